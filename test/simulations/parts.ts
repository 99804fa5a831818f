/**
 * What is claimed of scale, offsets and discrimination where the truth is known. Logits are drawn,
 * targets from their softmax: these are calibrated exactly. What is done to the second reading
 * changes one part alone: a factor the scale, numbers added to classes the offsets; and less is
 * told by the posterior of what is seen through noise.
 */

import { ClassRecalibration } from '../../src/diagnosis/class-recalibration.js';
import { explain } from '../../src/diagnosis/explain.js';
import { PairedTally } from '../../src/tallies/paired-tally.js';
import { RowSample } from '../../src/tallies/row-sample.js';
import type { Cause } from '../../src/types/explain.js';
import type { Fitted } from '../../src/types/fitted.js';
import { seeded } from '../support/rows.js';
import { kernel, math, normals } from './readings.js';

/** Distance of a class's mean from the others', by which rows are told apart. */
const STRENGTH: Readonly<Record<number, number>> = { 2: 1.6, 3: 1.8, 10: 2.5, 100: 3.2 };

export interface Effect {
  /** Factor of the logits; 1 for none. */
  readonly scale: number;
  /** Standard deviation of what is added to classes. */
  readonly offsets: number;
  /** Standard deviation of noise on the features. */
  readonly noise: number;
}

const NONE: Effect = { scale: 1, offsets: 0, noise: 0 };

interface Rows {
  readonly classes: number;
  readonly targets: Int32Array;
  readonly features: Float64Array;
}

function seeRows(rows: number, classes: number, random: () => number): Rows {
  const normal = normals(random);
  const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
  const features = Float64Array.from({ length: rows * classes }, normal);
  targets.forEach((target, row) => {
    features[row * classes + target] += STRENGTH[classes]!;
  });
  return { classes, targets, features };
}

/** Offsets of one size for all numbers of classes, their signs in turn. */
function offsetOf(c: number, classes: number, size: number): number {
  if (classes === 2) return c === 0 ? size : -size;
  if (classes === 3) return size * (1 - c) * 1.22;
  return c % 2 === 0 ? size : -size;
}

function readRows({ classes, features }: Rows, effect: Effect, random: () => number): Float64Array {
  const { scale, offsets, noise } = effect;
  const normal = normals(random);
  const factor = STRENGTH[classes]! / (1 + noise * noise);
  return features.map((x, i) => {
    const seen = noise === 0 ? x : x + noise * normal();
    return scale * (factor * seen + offsetOf(i % classes, classes, offsets));
  });
}

export function recalibrationOf(classes: number): ClassRecalibration {
  return new ClassRecalibration({
    kernel,
    math,
    classes,
    dtype: 'f64',
    kind: 'logits',
    eps: Number.EPSILON,
  });
}

function sampled(logits: Float64Array, targets: Int32Array, classes: number): RowSample {
  const sample = new RowSample({
    classes,
    dtype: 'f64',
    weighted: false,
    budget: logits.byteLength,
  });
  targets.forEach((target, row) => {
    if (sample.offers(row)) sample.keep(row, target, 1, logits, row * classes);
  });
  return sample;
}

function scored(logits: Float64Array, { classes, targets }: Rows) {
  const rows = targets.length;
  const read = {
    scored: new Uint8Array(rows).fill(1),
    prediction: new Float64Array(rows),
    second: new Float64Array(rows),
    loss: new Float64Array(rows),
  };
  for (let r = 0; r < rows; r++) {
    const at = r * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[at + c]! > logits[at + best]!) best = c;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[at + c]! - logits[at + best]!);
    read.prediction[r] = best;
    read.second[r] = best === targets[r] ? 1 : 0;
    read.loss[r] = Math.log(sum) + logits[at + best]! - logits[at + targets[r]!]!;
  }
  return read;
}

function explained(rows: Rows, before: Float64Array, after: Float64Array) {
  const { classes, targets } = rows;
  const recalibration = recalibrationOf(classes);
  const { readings } = recalibration;
  const paired = new PairedTally({ readings, classes, weighted: false, listed: 0 });
  const [was, is] = [scored(before, rows), scored(after, rows)];
  paired.add(0, targets.length, Float64Array.from(targets), null, was, is);
  return explain({
    paired,
    before: sampled(before, targets, classes),
    after: sampled(after, targets, classes),
    recalibration,
    math,
    level: 0.05,
  })!;
}

/** Effects of some six standard errors at 2 000 rows. */
export const SIZES: Readonly<Record<number, Effect>> = {
  2: { scale: 1.9, offsets: 0.42, noise: 0.45 },
  3: { scale: 1.65, offsets: 0.46, noise: 0.33 },
  10: { scale: 1.46, offsets: 0.5, noise: 0.21 },
  100: { scale: 1.4, offsets: 0.55, noise: 0.16 },
};

const CAUSES: readonly Cause[] = ['scale', 'offsets', 'discrimination'];

/** All non-empty sets of causes. */
export const CAUSE_SETS: readonly (readonly Cause[])[] = Array.from({ length: 7 }, (_, i) =>
  CAUSES.filter((_, bit) => ((i + 1) >> bit) & 1),
);

function effectOf(classes: number, causes: readonly Cause[]): Effect {
  const all = SIZES[classes]!;
  return {
    scale: causes.includes('scale') ? all.scale : NONE.scale,
    offsets: causes.includes('offsets') ? all.offsets : NONE.offsets,
    noise: causes.includes('discrimination') ? all.noise : NONE.noise,
  };
}

/** How often a verdict names exactly these causes, and how large the changes were in standard errors. */
export function namesCauses(
  classes: number,
  causes: readonly Cause[],
  runs: number,
  seed: number,
  rows = 2000,
) {
  const random = seeded(seed);
  const effect = effectOf(classes, causes);
  const sizes = { scale: 0, offsets: 0, refinement: 0 };
  const named: Record<string, number> = {};
  for (let run = 0; run < runs; run++) {
    const seen = seeRows(rows, classes, random);
    const before = readRows(seen, NONE, random);
    const found = explained(seen, before, readRows(seen, effect, random));
    const name = found.verdict.causes.join('+');
    named[name] = (named[name] ?? 0) + 1;
    for (const part of ['scale', 'offsets', 'refinement'] as const) {
      const { delta, low, high } = found[part]!;
      sizes[part] += delta / ((high - low) / (2 * 1.96)) / runs;
    }
  }
  return { share: (named[causes.join('+')] ?? 0) / runs, named, sizes };
}

/** How often anything is claimed of two readings alike: seen through noise of one size. */
export function claimsAnything(classes: number, runs: number, seed: number, rows = 2000): number {
  const random = seeded(seed);
  const noise = { ...NONE, noise: 0.3 };
  let claims = 0;
  for (let run = 0; run < runs; run++) {
    const seen = seeRows(rows, classes, random);
    const [before, after] = [readRows(seen, noise, random), readRows(seen, noise, random)];
    const { verdict } = explained(seen, before, after);
    if (verdict.changed) claims++;
  }
  return claims / runs;
}

/** Offsets of calibrated models: how often they are not told from 0, and what they save out of fold on average. */
export function calibrated(classes: number, rows: number, runs: number, seed: number) {
  const random = seeded(seed);
  let [untold, offsets] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const seen = seeRows(rows, classes, random);
    const sample = sampled(readRows(seen, NONE, random), seen.targets, classes);
    const { parameters, parts } = recalibrationOf(classes).fit(sample)!;
    if (parameters.offsets?.told !== true) untold++;
    offsets += parts.offsets.crossFitted / runs;
  }
  return { untold: untold / runs, offsets };
}

const PARTS = ['refinement', 'scale', 'offsets'] as const;

/**
 * How often the 95 % intervals of the parts hold what the parts are in very many rows, of dumps
 * drawn anew from the same population, all of whose parts are there.
 */
export function partCoverage(
  classes: number,
  dumps: number,
  rows: number,
  seed: number,
  pool = 400_000,
) {
  const random = seeded(seed);
  const effect = effectOf(classes, ['scale', 'offsets', 'discrimination']);
  const fitTo = (count: number): Fitted => {
    const seen = seeRows(count, classes, random);
    const logits = readRows(seen, effect, random);
    return recalibrationOf(classes).fit(sampled(logits, seen.targets, classes), true)!;
  };
  const truth = fitTo(pool).parts;
  const hits = { refinement: 0, scale: 0, offsets: 0 };
  for (let dump = 0; dump < dumps; dump++) {
    const { parts } = fitTo(rows);
    for (const part of PARTS) {
      const { low, high } = parts[part];
      if (low <= truth[part].inSample && truth[part].inSample <= high) hits[part] += 1 / dumps;
    }
  }
  return hits;
}
