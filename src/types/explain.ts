/** What changed between two dumps of the same rows, as plain values. */

import type {
  AccuracyAtOffsets,
  FittedPart,
  LineReport,
  LossParts,
  OffsetsReport,
  TemperatureReport,
  ThresholdReport,
} from './diagnosis.js';
import type { GateResult } from './gate.js';
import type { MetricValue, Notice, ReportSource, RowTask } from './report.js';
import type { KernelName } from './scores.js';

/**
 * A change with its 95 % interval and the test of no change: by the normal distribution, of
 * fewer than 30 rows by Student's t; for accuracy of unweighted rows McNemar's exact test.
 */
export interface Change {
  readonly delta: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

/**
 * One reading of the rows. What a task does not have is left out: the loss and its parts of
 * labels alone, the accuracy of values.
 */
export interface Reading extends Recalibrated {
  readonly source: ReportSource;
  /** Mean loss over the paired rows where it is finite in both readings. */
  readonly loss?: number;
  /** Share of right rows; of several labels, of those whose labels are all right. */
  readonly accuracy?: number;
  /** Mean absolute error of values. */
  readonly absoluteError?: number;
  /** Metrics that were asked for by name, of all rows of the dump. */
  readonly metrics?: Readonly<Record<string, MetricValue>>;
}

/** What recalibration finds in one reading of the rows. */
export interface Recalibrated {
  readonly temperature?: TemperatureReport;
  /** Of each label by itself. */
  readonly temperatures?: readonly TemperatureReport[];
  /** Of values. */
  readonly line?: LineReport;
  readonly offsets?: OffsetsReport;
  readonly threshold?: ThresholdReport;
  readonly parts?: LossParts;
  readonly refinement?: FittedPart;
  readonly calibration?: FittedPart;
  readonly accuracyAtOffsets?: AccuracyAtOffsets;
}

/** Rows of one slice and their changes. */
export interface SliceChange {
  /** What stands in the column; '' where it is missing. */
  readonly value: string;
  readonly rows: number;
  /** Σw of the rows; left out where every row weighs 1. */
  readonly weight?: number;
  readonly loss?: Change;
  readonly accuracy?: Change;
  readonly absoluteError?: Change;
  /** Its part of the change of the mean loss. */
  readonly lossContribution?: number;
}

/** Rows by whether they were right before and after. */
export interface Cell {
  readonly before: 'right' | 'wrong';
  readonly after: 'right' | 'wrong';
  readonly rows: number;
  /** Mean Δloss of the cell; NaN when it is empty, left out where there is no loss. */
  readonly meanDelta?: number;
  /** Its part of the change of the mean loss. */
  readonly contribution?: number;
}

/** A class and its part in the changes. */
export interface ClassChange {
  readonly target: number;
  /** Weight of its rows. */
  readonly support: number;
  /** Parts of Δloss and Δaccuracy; over the classes they add up. */
  readonly lossContribution: number;
  readonly accuracyContribution: number;
}

/** A row whose loss moved far. */
export interface MovedRowReport {
  readonly row: number;
  readonly id?: string;
  /** Left out where rows have several labels. */
  readonly target?: number;
  readonly predictionBefore: number;
  readonly predictionAfter: number;
  readonly lossBefore: number;
  readonly lossAfter: number;
}

/**
 * What a change comes from. `scale`: scores are more or less sure than they should be. `offsets`:
 * some classes are favoured, which moves the boundary between them. `discrimination`: what scores
 * tell about the targets. Of values: slope, intercept, and the noise around the best line.
 */
export type Cause = 'scale' | 'offsets' | 'discrimination';

export interface Verdict {
  /** In the order of {@link Cause}; none where no part changed beyond chance by itself. */
  readonly causes: readonly Cause[];
  /** Whether anything changed beyond chance. */
  readonly changed: boolean;
  /** Level that all tests together keep. */
  readonly level: number;
  /** More right answers, and the remaining mistakes more confident. */
  readonly paradox: boolean;
  /** Two to four sentences. */
  readonly text: string;
  /** What to do, with the numbers that it gives; part of the text, too. */
  readonly advice: string;
}

/** An identity that the numbers must fulfil, and how far they are from it. */
export interface Identity {
  readonly identity: string;
  readonly residual: number;
}

/** Everything `explain` has to say about two dumps. */
export interface ExplainReport {
  readonly schema: 'logitscope.explain/1';
  readonly version: string;
  readonly kernel: KernelName | 'none';
  readonly labels?: string;
  readonly task: RowTask;
  /** Number of classes, or labels; left out for values. */
  readonly classes?: number;
  readonly classNames?: readonly string[];
  readonly before: Reading;
  readonly after: Reading;
  readonly rows: {
    readonly total: number;
    readonly paired: number;
    readonly onlyBefore: number;
    readonly onlyAfter: number;
    readonly neither: number;
    readonly infinite: number;
    /** Rows behind refinement and calibration. */
    readonly fitted: number;
  };
  /** Left out where there are no scores, as what follows from it. */
  readonly loss?: Change;
  /** Left out for values, as what follows from it. */
  readonly accuracy?: Change & {
    readonly wrongToRight: number;
    readonly rightToWrong: number;
  };
  /** Of values. */
  readonly absoluteError?: Change;
  readonly refinement?: Change & { readonly crossFitted: number };
  /** Scale + offsets. */
  readonly calibration?: Change & { readonly crossFitted: number };
  /** What the temperature saves, or of values the slope. */
  readonly scale?: Change & { readonly crossFitted: number };
  /** What the offsets save, or of values the intercept. */
  readonly offsets?: Change & { readonly crossFitted: number };
  /** Accuracy at each dump's own offsets, over the fitted rows. */
  readonly accuracyAtOffsets?: Change;
  /** And the rest of the change of accuracy: what offsets cost. */
  readonly accuracyLost?: Change;
  /** ln(T after / T before); NaN where a temperature is at a bound; left out where there is no one temperature. */
  readonly logTemperatureRatio?: number;
  readonly cells?: readonly Cell[];
  readonly byClass?: readonly ClassChange[];
  /** The changes by a column, where it was asked for; the slice that moved the loss most first. */
  readonly slices?: { readonly by: string; readonly of: readonly SliceChange[] };
  /** Where intervals and tests of loss and accuracy take rows of one cluster for dependent. */
  readonly clusters?: { readonly by: string; readonly count: number; readonly largest: number };
  readonly rose: readonly MovedRowReport[];
  readonly fell: readonly MovedRowReport[];
  readonly identities: readonly Identity[];
  readonly verdict: Verdict;
  readonly notices: readonly Notice[];
  /** Conditions that the caller asked to fail for. */
  readonly gates?: readonly GateResult[];
}
