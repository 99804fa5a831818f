/** What changed between two dumps of the same rows, as plain values. */

import type { FittedPart, TemperatureReport } from './diagnosis.js';
import type { GateResult } from './gate.js';
import type { Notice, ReportSource } from './report.js';
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

/** One reading of the rows. */
export interface Reading {
  readonly source: ReportSource;
  /** Mean −log p(target) over the paired rows where it is finite in both readings. */
  readonly loss: number;
  readonly accuracy: number;
  readonly temperature: TemperatureReport;
  readonly refinement: FittedPart;
  readonly calibration: FittedPart;
}

/** Rows by whether they were right before and after. */
export interface Cell {
  readonly before: 'right' | 'wrong';
  readonly after: 'right' | 'wrong';
  readonly rows: number;
  /** Mean Δloss of the cell; NaN when it is empty. */
  readonly meanDelta: number;
  /** Its part of the change of the mean loss. */
  readonly contribution: number;
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
  readonly target: number;
  readonly predictionBefore: number;
  readonly predictionAfter: number;
  readonly lossBefore: number;
  readonly lossAfter: number;
}

/**
 * What the change comes from. `confidence`: a change of scale. `discrimination`:
 * of what scores tell about the targets. `unattributed`: there is a change that
 * is neither beyond chance. `none`: no change beyond chance.
 */
export type Cause = 'confidence' | 'discrimination' | 'both' | 'unattributed' | 'none';

export interface Verdict {
  readonly cause: Cause;
  /** Level that all tests together keep. */
  readonly level: number;
  /** More right answers, and the remaining mistakes more confident. */
  readonly paradox: boolean;
  /** Two or three sentences. */
  readonly text: string;
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
  readonly kernel: KernelName;
  readonly labels?: string;
  readonly classes: number;
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
  readonly loss: Change;
  readonly accuracy: Change & {
    readonly wrongToRight: number;
    readonly rightToWrong: number;
  };
  readonly refinement: Change & { readonly crossFitted: number };
  readonly calibration: Change & { readonly crossFitted: number };
  /** ln(T after / T before); NaN where a temperature is at a bound. */
  readonly logTemperatureRatio: number;
  readonly cells: readonly Cell[];
  readonly byClass?: readonly ClassChange[];
  readonly rose: readonly MovedRowReport[];
  readonly fell: readonly MovedRowReport[];
  readonly identities: readonly Identity[];
  readonly verdict: Verdict;
  readonly notices: readonly Notice[];
  /** Conditions that the caller asked to fail for. */
  readonly gates?: readonly GateResult[];
}
