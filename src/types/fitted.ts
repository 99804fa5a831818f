/** Recalibration of sampled rows, whatever their task: how much of the loss a temperature, or a line, would mend. */

import type { LossParts } from './diagnosis.js';
import type { Recalibrated } from './explain.js';
import type { RealArray } from './gradients.js';

/** Rows of a sample as a {@link Recalibration} reads them: `width` numbers each. */
export interface FitRows {
  readonly count: number;
  /** Row-major, count × width. */
  readonly scores: RealArray;
  readonly targets: Int32Array;
  readonly index: Float64Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

/** What a fit found. */
export interface Fitted {
  /** Rows that it used. */
  readonly rows: number;
  /** Mean loss of these rows as they are. */
  readonly lossAsIs: number;
  /** Mean loss after recalibration, fitted on the same rows. */
  readonly loss: number;
  /** Mean loss of rows after the recalibration that the other folds fitted. */
  readonly crossFittedLoss: number;
  /** ln T; NaN at a bound, and where there is no one temperature. */
  readonly logTemperature: number;
  /** What a report shows of the parameters; what they save is for the caller to add. */
  readonly parameters: Pick<
    Recalibrated,
    'temperature' | 'temperatures' | 'line' | 'offsets' | 'threshold' | 'accuracyAtOffsets'
  >;
  /** What is left of the loss, and what the temperature or slope, and the offsets or intercept save. */
  readonly parts: LossParts;
  /**
   * Loss of each of some rows as they are, and after recalibration: between in sample and out of
   * fold, as `TestedPart.value` is.
   */
  losses(rows: FitRows): RowLosses;
  /**
   * What is answered to some rows as they are, or after recalibration in sample; left out where rows
   * have no confidence.
   * @returns null after a recalibration that leaves rows in their order, and where none is best
   */
  answers?(rows: FitRows, as: 'they are' | 'recalibrated'): Answers | null;
  /**
   * Whether each of some rows is right at the offsets that the other folds fitted, 1 or 0; null
   * where there are no offsets, or no right and wrong.
   */
  rightAtOffsets(rows: FitRows): Float64Array | null;
}

/** What is answered to rows. */
export interface Answers {
  /** Probability of what is answered. */
  readonly confidence: Float64Array;
  /** 1 for a row that is right, 0 for one that is not. */
  readonly right: Float64Array;
  readonly losses: Float64Array;
}

export interface RowLosses {
  readonly asIs: Float64Array;
  readonly refined: Float64Array;
  /** The part of `asIs − refined` that is the temperature's, or the slope's; the rest is that of offsets, or the intercept. */
  readonly scale: Float64Array;
  /**
   * The row's part in the error that the fit brings to `scale`: errors of means of `scale − lean`,
   * and of the rest plus it, are those of the parts. Its own mean is 0.
   */
  readonly lean: Float64Array;
}
