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

/** Class 1 or 0 of rows of one score, the more likely 1 the higher the score is. */
function makeBinaryTargets(scores, next) {
  return Int32Array.from(scores, (score) =>
    next() / 2 ** 24 < 1 / (1 + Math.exp(-score)) ? 1 : 0,
  );
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
 * @param shape `{ kind, dtype, rows, classes, companion }`; companion is what a second array of
 *   the same shape holds (`logits`, or `probabilities` that add up to 1 in each row), or undefined
 * @returns the shape with `scores` (row-major), `targets`, `other` (the second array, or null) and
 *   the size of the scores in `bytes`
 */
export function makeInput({ kind, dtype, rows, classes, companion }) {
  const next = generator(classes * 7919 + rows);
  const { make, bytes } = DTYPES[dtype];
  const array = (content) => {
    const values = new Float32Array(rows * classes);
    fillLogits(values, next);
    const targets =
      classes === 1 ? makeBinaryTargets(values, next) : makeTargets(values, rows, classes, next);
    if (content !== 'logits') normalize(values, classes, content === 'log-probabilities');
    return { values: make(values), targets };
  };
  const { values: scores, targets } = array(kind);
  const other = companion ? array(companion).values : null;
  return { kind, dtype, rows, classes, scores, targets, other, bytes: rows * classes * bytes };
}

/** Writes an input as raw files for the contestants that are other processes. */
export function storeInput({ kind, dtype, rows, classes, scores, targets, other }, folder) {
  const store = (name, array) => {
    const file = join(folder, `${name}.raw`);
    writeFileSync(file, new Uint8Array(array.buffer));
    return file;
  };
  return {
    kind,
    dtype,
    rows,
    classes,
    scores: store('scores', scores),
    targets: store('targets', targets),
    other: other && store('other', other),
  };
}
