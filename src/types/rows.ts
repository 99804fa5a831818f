/**
 * What every task says of a scored row, and all that views of rows look at: slices, clusters,
 * worst rows, comparisons.
 */

import type { RowTexts } from './row-texts.js';

/**
 * The two readings of a row: what training minimises, and what people understand.
 * Their means over the rows are the metrics of these names.
 */
export interface Readings {
  /** Null where there are no scores, and so no loss. */
  readonly loss: 'log_loss' | 'mse' | null;
  /** Whether the row is right, or how far off its value is. */
  readonly second: 'accuracy' | 'exact_match' | 'mae';
}

/** Whether the second reading of a row is 1 or 0: right or wrong. */
export function isShare({ second }: Readings): boolean {
  return second !== 'mae';
}

/**
 * Readings of `count` rows, one array per quantity. The arrays may be views
 * that stay valid until the next batch is leased.
 */
export interface RowReadings {
  readonly count: number;
  /** `RowStatus` in the low four bits: what is not `scored` is in nothing else. */
  readonly status: Uint8Array;
  /** Predicted class; of several labels how many are predicted; of values the value; of labels alone a number of the text. */
  readonly prediction: ArrayLike<number>;
  /** The loss, without weights or smoothing; 0 where there is none. */
  readonly nll: Float64Array;
  /** The loss with class weights and label smoothing. */
  readonly loss: Float64Array;
  /** Probability of what was predicted, where there is one. */
  readonly confidence?: ArrayLike<number>;
  /** The second reading ({@link Readings}); left out where it says whether `prediction` is the target. */
  readonly second?: Float64Array;
  /** Of several labels: how many of the row's are predicted wrong. */
  readonly wrong?: ArrayLike<number>;
}

/** One scored batch. */
export interface ScoredRows {
  /** Index of the first row in the whole dump. */
  readonly firstRow: number;
  readonly scores: RowReadings;
  /**
   * A number per row that two dumps of the same rows share: the class; the true value; of several
   * labels, and of labels alone, a number of them all (`types/text-number.ts`).
   */
  readonly targets: Int32Array | Float64Array;
  /** Sample weights, or null where every row weighs 1. */
  readonly weights: Float64Array | null;
  /** Columns of text, where there are any. */
  readonly texts?: RowTexts | undefined;
}

/** The second reading of a row. */
export function secondOf({ scores, targets }: ScoredRows, row: number): number {
  const { second, prediction } = scores;
  if (second !== undefined) return second[row];
  return prediction[row] === targets[row] ? 1 : 0;
}
