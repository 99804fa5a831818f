/** A fitted recalibration as a file holds it, and what it gained. */

import type { LossParts, TemperatureReport } from './diagnosis.js';
import type { RowTask } from './report.js';
import type { ScoreKind } from './scores.js';

/** What was fitted: which parameters a {@link CalibrationFit} has. */
export type CalibrationMethod = 'temperature-and-offsets' | 'temperature' | 'line' | 'isotonic';

/** Tasks whose scores can be recalibrated. */
export type CalibratedTask = Exclude<RowTask, 'labels'>;

/** Mean loss of the rows of a fit. */
export interface CalibrationLoss {
  readonly name: 'log_loss' | 'mse';
  readonly before: number;
  /** In sample: of the rows that were fitted on, which flatters. */
  readonly after: number;
  /** Out of fold: each row by what the rows of the other folds fitted. */
  readonly afterCrossFitted: number;
  /** `before` − `afterCrossFitted`, with its 95 % interval and the test of 0. */
  readonly saved: {
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly pValue: number;
  };
}

/** Share of right rows, out of fold; of several labels rows whose labels are all right. */
export interface CalibrationAccuracy {
  readonly before: number;
  readonly afterCrossFitted: number;
  /** 95 % interval of `afterCrossFitted`. */
  readonly low: number;
  readonly high: number;
  /** Of the paired test that nothing changed. */
  readonly pValue: number;
}

/** Parameters, and what they did to the rows that they were fitted on. */
export interface CalibrationFit {
  /** Logits are divided by it. */
  readonly temperature?: number;
  /** Of each label by itself. */
  readonly temperatures?: readonly number[];
  /** Set where no temperature is best; see {@link TemperatureReport}. */
  readonly bound?: TemperatureReport['bound'];
  /** What is added to a logit then: of each class (Σ = 0) or label; of one score per row one number. */
  readonly offsets?: readonly number[];
  /** Of values: intercept + slope · prediction. */
  readonly line?: { readonly slope: number; readonly intercept: number };
  /** Of one score per row: probability `x[i]` becomes `y[i]`, those between lie on straight lines, those outside go with the ends. */
  readonly isotonic?: { readonly x: readonly number[]; readonly y: readonly number[] };
  /** Of two classes: score as it was before (of classes the logit of the second less that of the first, or its probability) from which the second is the better guess. */
  readonly threshold?: number;
  readonly rows: number;
  /** Rows that were there to be sampled. */
  readonly of: number;
  readonly loss: CalibrationLoss;
  /** Left out where nothing is predicted otherwise than before: without offsets. */
  readonly accuracy?: CalibrationAccuracy;
  /** What scale and offsets saved. */
  readonly parts?: LossParts;
}

/** The fit of the rows of one slice. */
export interface SliceCalibration extends CalibrationFit {
  readonly name: string;
}

/** What `calibrateFile` finds: plain values, so that JSON holds them. */
export interface Calibration extends Partial<CalibrationFit> {
  readonly schema: 'logitscope.recalibration/1';
  readonly task: CalibratedTask;
  /** What the scores were; null where it does not matter. */
  readonly kind: ScoreKind | 'values' | null;
  readonly method: CalibrationMethod;
  /** Scores per row. */
  readonly classes: number;
  readonly classNames: readonly string[] | null;
  /** Probabilities below this count as this. */
  readonly eps?: number;
  readonly fittedOn: {
    readonly name: string;
    readonly rows: number;
    /** Rows that were there to be sampled. */
    readonly of: number;
    /** Rows that were not: their loss is infinite, or they weigh nothing. */
    readonly leftOut?: number;
  };
  /** Column or file whose text parts the rows into {@link slices}. */
  readonly by?: string;
  /** One fit for each slice; then there is none for all rows. */
  readonly slices?: readonly SliceCalibration[];
}

/** What applying a recalibration wrote. */
export interface AppliedCalibration {
  readonly schema: 'logitscope.applied/1';
  readonly source: string;
  readonly out: string;
  readonly rows: number;
  readonly kind: Calibration['kind'];
  /** Number format of what was written: `f32`, `f64` or `text`. */
  readonly stored: string;
  /** Rows of each slice, where there are any. */
  readonly slices?: readonly { readonly name: string; readonly rows: number }[];
}
