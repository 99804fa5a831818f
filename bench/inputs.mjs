/** Seeded inputs, the same for every contestant: arrays for this process, files for the others. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A linear congruential generator: integers of 24 bits, the same in every engine. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

/** Logits about 0 with a standard deviation of 3.5: sums of four uniform numbers. */
function fillLogits(scores, next) {
  for (let i = 0; i < scores.length; i++) {
    const sum = next() + next() + next() + next();
    scores[i] = (sum / 2 ** 24 - 2) * 6;
  }
}

/** The scores of every row as (log-)probabilities, computed in f64. */
function normalize(scores, classes, logarithm) {
  for (let from = 0; from < scores.length; from += classes) {
    const row = scores.subarray(from, from + classes);
    let max = row[0];
    for (let c = 1; c < classes; c++) max = Math.max(max, row[c]);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(row[c] - max);
    const normalizer = max + Math.log(sum);
    for (let c = 0; c < classes; c++) {
      row[c] = logarithm ? row[c] - normalizer : Math.exp(row[c] - normalizer);
    }
  }
}

/** The largest class in about half of the rows, any class in the others. */
function makeTargets(scores, rows, classes, next) {
  const targets = new Int32Array(rows);
  for (let r = 0; r < rows; r++) {
    let target = next() % classes;
    if (next() & 0x800000) {
      target = 0;
      for (let c = 1; c < classes; c++) {
        if (scores[r * classes + c] > scores[r * classes + target]) target = c;
      }
    }
    targets[r] = target;
  }
  return targets;
}

/** Bits of f16 for finite numbers below 65504, rounded to nearest, ties to even. */
function toHalf(values) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (pattern) => {
    const sign = (pattern >>> 16) & 0x8000;
    const size = pattern & 0x7fffffff;
    if (size < 0x38800000) return sign; // below 2^-14: to zero, which no result depends on
    return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  });
}

/** Bits of bf16, rounded to nearest, ties to even. */
function toBrain(values) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (pattern) => (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16);
}

/** Number formats: the array that holds the values, and their size in a dump. */
export const DTYPES = {
  f32: { make: (values) => values, bytes: 4 },
  f64: { make: (values) => Float64Array.from(values), bytes: 8 },
  f16: { make: toHalf, bytes: 2 },
  bf16: { make: toBrain, bytes: 2 },
};

/**
 * Makes rows of scores with targets.
 * @param shape `{ kind, dtype, rows, classes }`
 * @returns the shape with `scores` (row-major), `targets` and the size of the scores in `bytes`
 */
export function makeInput({ kind, dtype, rows, classes }) {
  const next = generator(classes * 7919 + rows);
  const values = new Float32Array(rows * classes);
  fillLogits(values, next);
  const targets = makeTargets(values, rows, classes, next);
  if (kind !== 'logits') normalize(values, classes, kind === 'log-probabilities');
  const { make, bytes } = DTYPES[dtype];
  const scores = make(values);
  return { kind, dtype, rows, classes, scores, targets, bytes: values.length * bytes };
}

/** Writes an input as two raw files for the contestants that are other processes. */
export function storeInput({ kind, dtype, rows, classes, scores, targets }, folder) {
  const files = { scores: join(folder, 'scores.raw'), targets: join(folder, 'targets.raw') };
  writeFileSync(files.scores, new Uint8Array(scores.buffer));
  writeFileSync(files.targets, new Uint8Array(targets.buffer));
  return { kind, dtype, rows, classes, ...files };
}
