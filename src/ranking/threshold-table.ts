/** Counts and rates by threshold. */

import { ScoreBins } from '../tallies/score-bins.js';
import { runsOf } from '../tallies/score-runs.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import { type CurvePoints, curvePoints } from './curve-points.js';
import { BINARY_NAMES } from './curves.js';
import { type BinaryRankingOptions, checkNames, readBinary, sorterOf } from './inputs.js';

/** What mistakes cost. */
export interface Costs {
  /** Cost of a negative that is called positive, ≥ 0; default 1. */
  readonly costFp?: number | undefined;
  /** Cost of a positive that is missed, ≥ 0; default 1. */
  readonly costFn?: number | undefined;
}

/** Options of {@link thresholdTable}. */
export interface ThresholdTableOptions extends BinaryRankingOptions, Costs {
  /** Thresholds to look at, in any order; default: ∞ and every score, falling. */
  readonly thresholds?: ArrayLike<number> | undefined;
}

/** What every column of a {@link ThresholdTable} holds. Weights count as rows. */
export interface ThresholdRow {
  /** A row is positive when its score is at least this; ∞: none is but scores of ∞. */
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  /** NaN where nothing is called positive. */
  readonly precision: number;
  /** True positive rate, sensitivity; NaN without positives. */
  readonly recall: number;
  /** False positive rate; NaN without negatives. */
  readonly fpr: number;
  /** 1 − fpr. */
  readonly specificity: number;
  readonly f1: number;
  /** Matthews correlation, 0 where it is 0/0. */
  readonly mcc: number;
  readonly accuracy: number;
  /** costFp · falsePositives + costFn · falseNegatives. */
  readonly cost: number;
}

/** Columns of numbers, one entry per threshold. */
export type ThresholdTable = { readonly [Name in keyof ThresholdRow]: Float64Array };

export const TABLE_NAMES = [...BINARY_NAMES, 'thresholds', 'costFp', 'costFn'];

/**
 * What each threshold would do: counts, rates and cost.
 *
 * @param yTrue 0 or 1, −1 or 1, false or true per row, or any labels with `posLabel`; or {@link ScoreBins},
 *   whose thresholds are the lower bounds of their bins: the counts there are exact (below 16 bits
 *   but for ∞, which may share a bin)
 * @param yScore one score per row, the higher, the more positive
 * @returns columns of one length, by falling threshold
 * @throws UsageError `length-mismatch`, `bad-option`, `unknown-option`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-target-row`, `bad-weight` with the row
 * @example
 * ```ts
 * import { thresholdTable } from 'logitscope';
 * const table = thresholdTable([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { costFn: 5 });
 * table.threshold; // [Infinity, 0.8, 0.4, 0.35, 0.1]
 * table.recall; // [0, 0.5, 0.5, 1, 1]
 * table.cost; // [10, 5, 6, 1, 2]
 * ```
 */
export function thresholdTable(bins: ScoreBins, options?: ThresholdTableOptions): ThresholdTable;
export function thresholdTable(
  yTrue: Targets,
  yScore: Scores,
  options?: ThresholdTableOptions,
): ThresholdTable;
export function thresholdTable(
  yTrue: Targets | ScoreBins,
  scoresOrOptions?: Scores | ThresholdTableOptions,
  options?: ThresholdTableOptions,
): ThresholdTable {
  const settings = ((yTrue instanceof ScoreBins ? scoresOrOptions : options) ??
    {}) as ThresholdTableOptions;
  checkNames('thresholdTable', settings, TABLE_NAMES);
  return tableOf(readThresholds(yTrue, scoresOrOptions, settings), settings);
}

/** Points of rows in arrays or bins. */
export function readThresholds(
  yTrue: Targets | ScoreBins,
  yScore: unknown,
  options: BinaryRankingOptions,
): CurvePoints {
  if (yTrue instanceof ScoreBins) return curvePoints(yTrue.runs);
  const rows = readBinary(yTrue, yScore as Scores, options);
  return curvePoints(runsOf(rows, sorterOf(options.kernel)));
}

/** The table of points. */
export function tableOf(points: CurvePoints, options: ThresholdTableOptions): ThresholdTable {
  const { costFp = 1, costFn = 1 } = options;
  for (const [name, cost] of Object.entries({ costFp, costFn })) {
    if (cost >= 0 && cost < Number.POSITIVE_INFINITY) continue;
    throw new UsageError('bad-option', `Option ${name} is ${cost}; expected a finite number ≥ 0.`);
  }
  const chosen = chooseThresholds(points, options.thresholds);
  const count = chosen.length;
  const names = Object.keys(
    rowAt(points, -1, Number.POSITIVE_INFINITY, costFp, costFn),
  ) as (keyof ThresholdRow)[];
  const table = Object.fromEntries(
    names.map((name) => [name, new Float64Array(count)]),
  ) as unknown as ThresholdTable;
  for (let i = 0; i < count; i++) {
    const row = rowAt(points, lastAtLeast(points.thresholds, chosen[i]), chosen[i], costFp, costFn);
    for (const name of names) table[name][i] = row[name];
  }
  return table;
}

/** One row of a table. */
export function tableRow(table: ThresholdTable, index: number): ThresholdRow {
  return Object.fromEntries(
    Object.entries(table).map(([name, column]) => [name, column[index]]),
  ) as unknown as ThresholdRow;
}

function chooseThresholds(
  { thresholds }: CurvePoints,
  given: ArrayLike<number> | undefined,
): Float64Array {
  if (given === undefined) {
    // A score of ∞ is a threshold that calls itself positive: there is none above it.
    if (thresholds[0] === Number.POSITIVE_INFINITY) return thresholds;
    const all = new Float64Array(thresholds.length + 1);
    all[0] = Number.POSITIVE_INFINITY;
    all.set(thresholds, 1);
    return all;
  }
  const chosen = Float64Array.from(given).sort().reverse();
  if (chosen.some(Number.isNaN)) {
    throw new UsageError('bad-option', 'Option thresholds holds NaN; expected numbers.');
  }
  return chosen;
}

/** Index of the last point whose threshold is at least `threshold`; −1 for none. */
function lastAtLeast(thresholds: Float64Array, threshold: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (thresholds[middle] >= threshold) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function rowAt(
  points: CurvePoints,
  index: number,
  threshold: number,
  costFp: number,
  costFn: number,
): ThresholdRow {
  return thresholdRow(
    threshold,
    index < 0 ? 0 : points.truePositives[index],
    index < 0 ? 0 : points.falsePositives[index],
    points.truePositives.at(-1) ?? 0,
    points.falsePositives.at(-1) ?? 0,
    { costFp, costFn },
  );
}

/** What follows from the positives and negatives at or above a threshold, and from those in all. */
export function thresholdRow(
  threshold: number,
  truePositives: number,
  falsePositives: number,
  positives: number,
  negatives: number,
  { costFp = 1, costFn = 1 }: Costs = {},
): ThresholdRow {
  const falseNegatives = Math.max(0, positives - truePositives);
  const trueNegatives = Math.max(0, negatives - falsePositives);
  const called = truePositives + falsePositives;
  const left = falseNegatives + trueNegatives;
  const spread = Math.sqrt(called * positives) * Math.sqrt(left * negatives);
  const agreement = truePositives * trueNegatives - falsePositives * falseNegatives;
  return {
    threshold,
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
    precision: truePositives / called,
    recall: truePositives / positives,
    fpr: falsePositives / negatives,
    specificity: trueNegatives / negatives,
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
    mcc: spread === 0 ? 0 : agreement / spread,
    accuracy: (truePositives + trueNegatives) / (positives + negatives),
    cost: costFp * falsePositives + costFn * falseNegatives,
  };
}
