/** Several dumps of the same rows beside each other, as plain values. */

import type { Recalibrated } from './explain.js';
import type { GateResult } from './gate.js';
import type { MetricValue, Notice, RowTask, Slices } from './report.js';
import type { KernelName } from './scores.js';

/** What models are compared by, as far as their task has it. */
export type CompareMeasure = 'loss' | 'accuracy' | 'absoluteError' | 'refinement';

/** One of the models. */
export interface ComparedModel extends Recalibrated {
  /** What its file is called, as short as tells it from the others. */
  readonly name: string;
  readonly source: string;
  /** Mean loss of all rows where it is finite; left out where there are no scores. */
  readonly loss?: number;
  /** Share of right rows; of several labels, of those whose labels are all right. */
  readonly accuracy?: number;
  /** Mean absolute error of values. */
  readonly absoluteError?: number;
  /** Mean confidence − accuracy, where a row has one confidence. */
  readonly confidenceGap?: number;
  /** Metrics that were asked for by name. */
  readonly metrics?: Readonly<Record<string, MetricValue>>;
  /** The rows by a column, where it was asked for. */
  readonly slices?: Slices;
}

/** How far a model is from the best. */
export interface ModelDifference {
  readonly name: string;
  /** Its mean minus that of the best. */
  readonly delta: number;
  /** Ends of its interval, which hold for the differences of all pairs of models together. */
  readonly low: number;
  readonly high: number;
  /** Of the difference; by clusters where there are any. */
  readonly standardError: number;
  /** Of the paired test, corrected by Holm for all pairs of models. */
  readonly correctedPValue: number;
  /** Whether it cannot be told from the best. */
  readonly inBestSet: boolean;
  /** The least difference that a test of these two alone finds with a power of 80 %. */
  readonly detectable: number;
  /** Rows like these that finding the asked for difference takes, with a power of 80 %. */
  readonly rowsNeeded?: number;
}

/** Two models, in the order of the table. */
export interface ModelPair {
  readonly a: string;
  readonly b: string;
  /** Mean of b minus mean of a. */
  readonly delta: number;
  /** Ends of the interval of this pair alone. */
  readonly low: number;
  readonly high: number;
  /** Two-sided, of this pair alone: as `explain` tests it. */
  readonly pValue: number;
  /** Corrected by Holm for all pairs of models. */
  readonly correctedPValue: number;
}

/** The models by one measure. */
export interface Comparison {
  readonly by: CompareMeasure;
  /** Rows that the tests were made on: those that all models have. */
  readonly rows: number;
  /** The best over these rows; of equal ones the first in the table. */
  readonly best: string;
  /** Models that cannot be told from the best, itself among them, in the order of the table. */
  readonly bestSet: readonly string[];
  /** Standard errors that intervals reach: what the largest |t| of all pairs stays below by chance, at `level`. */
  readonly quantile: number;
  /** Of all models but the best, in the order of the table. */
  readonly differences: readonly ModelDifference[];
  /** All pairs of models. */
  readonly pairs: readonly ModelPair[];
}

/** Everything `compare` has to say. */
export interface CompareReport {
  readonly schema: 'logitscope.compare/1';
  readonly version: string;
  readonly task: RowTask;
  readonly kernel: KernelName | 'none';
  readonly labels?: string;
  /** Number of classes, or labels; left out for values. */
  readonly classes?: number;
  readonly classNames?: readonly string[];
  readonly rows: number;
  /** Level that the intervals of a measure keep together, and each set of the best. */
  readonly level: number;
  /** The difference that `rowsNeeded` is about, where one was asked for. */
  readonly difference?: number;
  /** What tells which rows are not independent, where it was asked for. */
  readonly clusters?: { readonly by: string; readonly count: number };
  /** The best by loss first; without scores by accuracy. */
  readonly models: readonly ComparedModel[];
  /** By loss, accuracy or absolute error, and refinement, as far as there are any. */
  readonly comparisons: readonly Comparison[];
  readonly notices: readonly Notice[];
  /** Conditions that the caller asked to fail for. */
  readonly gates?: readonly GateResult[];
}
