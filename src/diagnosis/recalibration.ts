/**
 * How sampled rows of a task are recalibrated. There is one for each task; what compares dumps,
 * and what explains one, knows this interface alone.
 */

import type { RowSample } from '../tallies/row-sample.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import type { Readings } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';

export interface Recalibration {
  readonly readings: Readings;
  /** Numbers of a sampled row: the scores, and where targets are more than a class index these, too. */
  readonly width: number;
  /**
   * Fits on a sample, in folds by a hash of the row's index.
   * @param isCompared whether the fit is to be held against others: then it is made the same way
   *   whatever the rows, where otherwise offsets of many classes are kept only if they pay
   * @returns null without rows that weigh something, and where rows have no scores
   */
  fit(sample: RowSample, isCompared?: boolean): Fitted | null;
  /** Fits on all rows of a dump that is read as often as it takes; null where rows have no scores. */
  fitAll(rows: number, sample: RowSample): FitOfAllRows | null;
  /** The second reading of each row. */
  second(rows: FitRows): Float64Array;
  /** The number of each row's target that two dumps of the same rows share (`ScoredRows.targets`). */
  targets(rows: FitRows): ArrayLike<number>;
}

/** One that says, too, how a scored row becomes a sampled one. */
export interface ShapedRecalibration extends Recalibration {
  readonly shape: SampleShape;
}

/** A fit on rows that come in batches, in order, again and again. */
export interface FitOfAllRows {
  /** Takes in the next rows. */
  add(rows: FitRows): void;
  /** Ends a reading of the dump. @returns whether another is needed */
  next(): boolean;
  /** What was found, when no further reading is needed. */
  found(): Fitted | null;
}
