/** Recalibration of sampled rows, whatever their task: how much of the loss a temperature, or a line, would mend. */

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
  /** What a report shows of the parameters; the parts are for the caller to add. */
  readonly parameters: Pick<Recalibrated, 'temperature' | 'temperatures' | 'line'>;
  /** Of values: what slope and intercept save, which together is what the line saves. */
  readonly parts?: Required<Pick<Recalibrated, 'scale' | 'offsets'>>;
  /** Loss of each of some rows as they are, and after recalibration in sample. */
  losses(rows: FitRows): RowLosses;
  /**
   * What is answered to some rows as they are, or after recalibration in sample; left out where rows
   * have no confidence.
   * @returns null after a recalibration that leaves rows in their order, and where none is best
   */
  answers?(rows: FitRows, as: 'they are' | 'recalibrated'): Answers | null;
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
  /** Of values: the part of `asIs − refined` that is the slope's; the rest is the intercept's. */
  readonly scale?: Float64Array;
}
