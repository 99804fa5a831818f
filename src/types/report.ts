/** The report: plain values that every output is a pure function of. */

import type { Coverage } from './coverage.js';
import type { Diagnosis } from './diagnosis.js';
import type { GateResult } from './gate.js';
import type { Estimate, Notice } from './notice.js';
import type { KernelName, ScoreKind } from './scores.js';

export type { Estimate, Notice };

/**
 * What predictions are for: classes to choose from by a score each, two classes
 * by one score, any number of labels at once, or values to be near to.
 */
export type Task = 'classification' | 'binary' | 'multilabel' | 'regression';

/** How rows are scored: a task by its scores, or labels that were predicted without any. */
export type RowTask = Task | 'labels';

/** One metric. What does not apply is left out. */
export interface MetricValue {
  /** The number, or one number per class. */
  readonly value: number | readonly number[];
  /** Ends of the 95 % interval. */
  readonly low?: number;
  readonly high?: number;
  /** Standard error of a mean, sd / √n with n − 1 in sd; of records of an evaluation alone. */
  readonly standardError?: number;
  /** What it costs to know nothing but the class frequencies. */
  readonly baseline?: number;
  /**
   * Share of the way from the baseline to perfection: (m − m₀)/(1 − m₀) for scores, 1 − S/S₀ for
   * losses. Of soft targets, perfection is the least loss that is possible, their entropy.
   */
  readonly skill?: number;
}

/** Rows by what became of them; `total` is the sum of the others. */
export interface RowCounts {
  readonly total: number;
  readonly scored: number;
  /** Rows whose target is `ignoreIndex`. */
  readonly ignored: number;
  /** Rows left out under `invalid: 'skip'`. */
  readonly invalid: number;
}

/** Counts of target × prediction; `matrix[i][j]` counts target i predicted as j. */
export interface DenseConfusion {
  readonly layout: 'dense';
  readonly matrix: readonly (readonly number[])[];
}

/** The heaviest cells, heaviest first (ties by target, then prediction). */
export interface SparseConfusion {
  readonly layout: 'sparse';
  /** Number of cells that are not zero. */
  readonly nonZero: number;
  readonly cells: readonly {
    readonly target: number;
    readonly prediction: number;
    readonly weight: number;
  }[];
}

export type Confusion = DenseConfusion | SparseConfusion;

/** What a threshold does. Weights count as rows. */
export interface ThresholdChoice {
  /** `used`, or the metric that this threshold makes highest. */
  readonly for: 'used' | 'f1' | 'mcc' | 'accuracy';
  /** A row is positive when its score is at least this. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly specificity: number;
  readonly f1: number;
  readonly mcc: number;
  readonly accuracy: number;
  /** What it falls short of the best that any threshold gives. */
  readonly costs: { readonly f1: number; readonly mcc: number; readonly accuracy: number };
}

/** One bin of the reliability diagram: of top-label confidence, or of P(y = 1) where there is one score per row. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  /** Mean confidence, NaN for an empty bin. */
  readonly confidence: number;
  /** Accuracy, NaN for an empty bin. */
  readonly accuracy: number;
}

/** The rows that have the same text in a column. */
export interface Slice {
  /** The text; '' where it is missing. */
  readonly value: string;
  readonly rows: number;
  /** Σw of the rows; left out where every row weighs 1. */
  readonly weight?: number;
  /** Left out where there are no scores. */
  readonly loss?: Estimate;
  /** Share of right rows, of several labels of those whose labels are all right; left out for values. */
  readonly accuracy?: Estimate;
  /** Mean absolute error of values. */
  readonly absoluteError?: Estimate;
  /** Mean confidence; where a row has one. */
  readonly confidence?: number;
  /** Mean confidence minus accuracy. */
  readonly calibrationGap?: number;
  /** Share of the sum of the losses of all rows. */
  readonly lossShare?: number;
}

/** The rows by what stands in a column. */
export interface Slices {
  /** Name of the column or file. */
  readonly by: string;
  /** The slice that carries most of the loss first; of equal ones by their text. */
  readonly of: readonly Slice[];
}

/** A standard error that takes rows of one cluster for dependent. */
export interface ClusteredError {
  readonly standardError: number;
  /** How many times the standard error of independent rows it is. */
  readonly ratio: number;
}

/** Metrics whose intervals clusters widen: the means of the two readings of a row. */
export type ClusteredMetric = 'log_loss' | 'mse' | 'accuracy' | 'exact_match' | 'mae';

/** What the intervals of the two readings were widened by. */
export type Clusters = {
  /** Name of the column or file. */
  readonly by: string;
  /** Number of clusters. */
  readonly count: number;
  /** Rows of the cluster with most of them. */
  readonly largest: number;
} & { readonly [metric in ClusteredMetric]?: ClusteredError };

/** Where the numbers came from. */
export interface ReportSource {
  readonly name: string;
  readonly format: string;
  /** Number format in the file, in the file's own words (`<f4`, `text`). */
  readonly stored: string;
  readonly kind: ScoreKind | 'labels' | 'values';
  /** Whether the kind was decided from the rows or given. */
  readonly kindFrom: 'data' | 'option';
  readonly labels?: string;
}

/** The options that shape a number, as they were used. */
export interface ReportOptions {
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
  readonly eps?: number;
  readonly classWeights?: readonly number[];
  readonly weighted?: boolean;
  /** Whether targets are a probability per class; left out where they are not. */
  readonly softTargets?: boolean;
  readonly invalid?: 'error' | 'skip';
  readonly zeroDivision?: number;
  /** Least score of a row, or label, that is called positive. */
  readonly threshold?: number;
  /** Quantiles of the pinball losses, where they were asked for. */
  readonly quantiles?: readonly number[];
  /** Metrics that the report holds, where they were chosen. */
  readonly metrics?: readonly string[];
  /** Library whose conventions the numbers follow. */
  readonly like?: string;
}

/** Everything `score` has to say about one dump. */
export interface ScoreReport {
  readonly schema: 'logitscope.score/1';
  readonly version: string;
  readonly task: Task;
  /** Whether the task was decided from the data or given. */
  readonly taskFrom: 'data' | 'option';
  readonly source: ReportSource;
  readonly kernel: KernelName | 'none';
  readonly options: ReportOptions;
  /** Number of classes; this and what follows from it is left out for values. */
  readonly classes?: number;
  /** Number of labels of a row, where it can have several. */
  readonly labels?: number;
  /** Names of the classes, or labels, in order. */
  readonly classNames?: readonly string[];
  /** Classes that occur among targets or predictions: the denominator of macro averages. */
  readonly classesSeen?: number;
  readonly rows: RowCounts;
  /** Rows whose target ties with another class for first place. */
  readonly tiedRows?: number;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly confusion?: Confusion;
  readonly calibration?: readonly CalibrationBin[];
  /** What the threshold does, and those that would be best on these rows; for one score per row. */
  readonly thresholds?: readonly ThresholdChoice[];
  /** Why the loss is what it is; where scores are there and it was asked for. */
  readonly diagnosis?: Diagnosis;
  /** What it would be worth to leave the least confident rows unanswered; with a diagnosis, where rows have a confidence. */
  readonly coverage?: Coverage;
  /** The rows by a column; where it was asked for. */
  readonly slices?: Slices;
  /** Clusters of rows; where it was asked for. */
  readonly clusters?: Clusters;
  readonly notices: readonly Notice[];
  /** Conditions that the caller asked to fail for. */
  readonly gates?: readonly GateResult[];
}
