/** The rows of pairs.json, read twice, as comparisons take them. */

import { readFileSync } from 'node:fs';
import type { Recalibration } from '../../src/diagnosis/recalibration.js';
import { PairedTally, type PairedTallyOptions } from '../../src/tallies/paired-tally.js';
import { RowSample } from '../../src/tallies/row-sample.js';
import type { FitRows, Fitted } from '../../src/types/fitted.js';

export interface WantedChange {
  readonly delta: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

export const PAIRS = JSON.parse(
  readFileSync(new URL('fixtures/pairs.json', import.meta.url), 'utf8'),
);
export const ROWS: number = PAIRS.targets.length;
export const VALUES = { loss: 'mse', second: 'mae' } as const;
export const SEVERAL = { loss: 'log_loss', second: 'exact_match' } as const;
export const LABELS = { loss: null, second: 'accuracy' } as const;

const columns = {
  targets: Float64Array.from(PAIRS.targets as number[]),
  before: Float64Array.from(PAIRS.before as number[]),
  after: Float64Array.from(PAIRS.after as number[]),
};
export const weights = Float64Array.from(PAIRS.weights as number[]);

/** One reading of the values. */
export function valuesRead(which: 'before' | 'after') {
  const prediction = columns[which];
  const errors = prediction.map((value, i) => columns.targets[i]! - value);
  return {
    scored: new Uint8Array(ROWS).fill(1),
    prediction,
    second: errors.map(Math.abs),
    loss: errors.map((error) => error * error),
  };
}

/** One reading of rows that are right or wrong; the loss of each is 1 where it is wrong. */
export function rightRead(which: 'rightBefore' | 'rightAfter') {
  const second = Float64Array.from(PAIRS[which] as number[]);
  return {
    scored: new Uint8Array(ROWS).fill(1),
    prediction: second,
    second,
    loss: second.map((right) => 1 - right),
  };
}

export type ClusterName = 'few' | 'many';

export interface PairedCase {
  readonly weighted?: boolean;
  readonly cluster?: ClusterName;
  readonly by?: boolean;
}

/** All rows in one tally. */
export function pairedOf(
  readings: PairedTallyOptions['readings'],
  { weighted = false, cluster, by = false }: PairedCase,
): PairedTally {
  const tally = new PairedTally({
    readings,
    classes: 0,
    weighted,
    listed: 3,
    ...(cluster && { cluster: 'patient' }),
    ...(by && { by: 'place' }),
  });
  const [was, is] =
    readings.second === 'mae'
      ? [valuesRead('before'), valuesRead('after')]
      : [rightRead('rightBefore'), rightRead('rightAfter')];
  tally.add(0, ROWS, columns.targets, weighted ? weights : null, was, is, {
    by: PAIRS.by,
    ...(cluster && { cluster: PAIRS.clusters[cluster].map(String) }),
  });
  return tally;
}

/** A sample of all rows whose clusters are known. */
class ClusteredSample extends RowSample {
  groups: Float64Array | null = null;

  override rows() {
    return { ...super.rows(), groups: this.groups };
  }
}

/** All rows of weight, as prediction and true value. */
export function sampleOf(which: 'before' | 'after', { weighted = false, cluster }: PairedCase) {
  const sample = new ClusteredSample({ classes: 2, dtype: 'f64', weighted, budget: 1 << 20 });
  const kept: number[] = [];
  for (let row = 0; row < ROWS; row++) {
    const weight = weighted ? weights[row]! : 1;
    if (weight === 0 || !sample.offers(row)) continue;
    sample.keep(row, 0, weight, Float64Array.of(columns[which][row]!, columns.targets[row]!));
    kept.push(row);
  }
  if (cluster) {
    sample.groups = Float64Array.from(kept, (row) => PAIRS.clusters[cluster][row]);
  }
  return sample;
}

/** Straight lines by least squares, spelled out; without folds. */
export const LINES: Recalibration = {
  readings: VALUES,
  width: 2,
  fit: (sample) => fitLine(sample.rows()),
  fitAll: () => null,
  second: ({ count, scores }) =>
    Float64Array.from({ length: count }, (_, r) => Math.abs(scores[2 * r + 1]! - scores[2 * r]!)),
  targets: ({ count, scores }) =>
    Float64Array.from({ length: count }, (_, r) => scores[2 * r + 1]!),
};

function fitLine(rows: FitRows): Fitted {
  const { count, scores, weights: w } = rows;
  const total = (of: (prediction: number, target: number) => number): number => {
    let sum = 0;
    for (let r = 0; r < count; r++) {
      sum += (w?.[r] ?? 1) * of(scores[2 * r]!, scores[2 * r + 1]!);
    }
    return sum;
  };
  const weight = total(() => 1);
  const mean = (of: (prediction: number, target: number) => number) => total(of) / weight;
  const [x, y] = [mean((p) => p), mean((_, t) => t)];
  const slope = mean((p, t) => (p - x) * (t - y)) / mean((p) => (p - x) ** 2);
  const intercept = y - slope * x;
  const asIs = (p: number, t: number) => (t - p) ** 2;
  const refined = (p: number, t: number) => (t - intercept - slope * p) ** 2;
  const scale = (p: number, t: number) => (t - y - (p - x)) ** 2 - refined(p, t);
  const part = (value: number) => ({
    value,
    crossFitted: value,
    inSample: value,
    low: value,
    high: value,
    pValue: 1,
  });
  const each = (of: typeof asIs) => (batch: FitRows) =>
    Float64Array.from({ length: batch.count }, (_, r) =>
      of(batch.scores[2 * r]!, batch.scores[2 * r + 1]!),
    );
  return {
    rows: count,
    lossAsIs: mean(asIs),
    loss: mean(refined),
    crossFittedLoss: mean(refined),
    logTemperature: Number.NaN,
    parameters: { line: { slope: { value: slope }, intercept: { value: intercept } } },
    parts: {
      refinement: part(mean(refined)),
      scale: part(mean(scale)),
      offsets: part((y - x) ** 2),
      residual: 0,
    },
    rightAtOffsets: () => null,
    losses: (batch) => ({
      asIs: each(asIs)(batch),
      refined: each(refined)(batch),
      scale: each(scale)(batch),
      lean: new Float64Array(batch.count),
    }),
  };
}
