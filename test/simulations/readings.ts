/**
 * Readings of rows whose truth is known. Class y shows as a Gaussian around
 * STRENGTH · e_y; the logits are the log-posterior of what was seen, so they
 * are calibrated exactly. More noise tells less and stays calibrated; a factor
 * on the logits tells the same and does not.
 */

import { ClassRecalibration } from '../../src/diagnosis/class-recalibration.js';
import { TemperEngine } from '../../src/engine/temper-engine.js';
import { loadCore } from '../../src/node/core.js';
import { PairedTally, type ReadRows } from '../../src/tallies/paired-tally.js';
import { RowSample } from '../../src/tallies/row-sample.js';

export const CLASSES = 10;

/** Seeded standard normal deviates, two at a time (Box–Muller). */
export function normals(random: () => number): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const next = spare;
      spare = null;
      return next;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** What rows are of and what was seen of them at best. */
export interface Seen {
  readonly targets: Int32Array;
  /** rows × classes */
  readonly features: Float64Array;
  readonly strength: number;
}

export function see(rows: number, strength: number, random: () => number): Seen {
  const normal = normals(random);
  const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * CLASSES));
  const features = Float64Array.from({ length: rows * CLASSES }, normal);
  targets.forEach((target, row) => {
    features[row * CLASSES + target] += strength;
  });
  return { targets, features, strength };
}

/** One model's scores of rows. */
export interface Reading {
  readonly logits: Float64Array;
  readonly targets: Int32Array;
}

/**
 * @param noise standard deviation of what the model sees beside the features
 * @param scale what it multiplies its logits by; 1 is calibrated
 */
export function read(
  { targets, features, strength }: Seen,
  noise: number,
  scale: number,
  random: () => number,
): Reading {
  const normal = normals(random);
  const factor = (scale * strength) / (1 + noise * noise);
  const logits =
    noise === 0
      ? features.map((x) => factor * x)
      : features.map((x) => factor * (x + noise * normal()));
  return { logits, targets };
}

export interface ScoredReading extends ReadRows {
  /** −log p(target) */
  readonly loss: Float64Array;
}

/** Losses and predictions, in plain f64. */
export function score({ logits, targets }: Reading): ScoredReading {
  const rows = targets.length;
  const scored = {
    scored: new Uint8Array(rows).fill(1),
    prediction: new Float64Array(rows),
    second: new Float64Array(rows),
    loss: new Float64Array(rows),
  };
  for (let r = 0; r < rows; r++) {
    const start = r * CLASSES;
    let best = 0;
    for (let c = 1; c < CLASSES; c++) if (logits[start + c] > logits[start + best]) best = c;
    let sum = 0;
    for (let c = 0; c < CLASSES; c++) sum += Math.exp(logits[start + c] - logits[start + best]);
    scored.prediction[r] = best;
    scored.second[r] = best === targets[r] ? 1 : 0;
    scored.loss[r] = Math.log(sum) + logits[start + best] - logits[start + targets[r]];
  }
  return scored;
}

export function sampleOf({ logits, targets }: Reading): RowSample {
  const sample = new RowSample({
    classes: CLASSES,
    dtype: 'f64',
    weighted: false,
    budget: logits.byteLength,
  });
  targets.forEach((target, row) => {
    const scores = logits.subarray(row * CLASSES, (row + 1) * CLASSES);
    if (sample.offers(row)) sample.keep(row, target, 1, scores);
  });
  return sample;
}

export function pair(before: Reading, after: Reading): PairedTally {
  const { readings } = recalibration;
  const paired = new PairedTally({ readings, classes: CLASSES, weighted: false, listed: 0 });
  const rows = before.targets.length;
  paired.add(0, rows, Float64Array.from(before.targets), null, score(before), score(after));
  return paired;
}

export const math = await loadCore('simd');
export const kernel = new TemperEngine(math);
export const recalibration = new ClassRecalibration({
  kernel,
  math,
  classes: CLASSES,
  dtype: 'f64',
  kind: 'logits',
  eps: Number.EPSILON,
});
