/** A series of dumps of the same rows, as plain values. */

import type { Cause, Change, Recalibrated } from './explain.js';
import type { GateResult } from './gate.js';
import type { MetricValue, Notice, RowTask, Slices } from './report.js';
import type { KernelName } from './scores.js';

/** One dump of a series. */
export interface EpochReading extends Recalibrated {
  /** Number from the file's name, or its place in the series. */
  readonly epoch: number;
  readonly source: string;
  /** Mean loss of rows where it is finite; left out where there are no scores. */
  readonly loss?: number;
  /** Share of right rows; left out for values. */
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

/** Which way something went between two epochs, beyond chance. */
export type Movement = 'up' | 'down' | 'still';

/** A change between two epochs; p-values are corrected for all pairs of epochs. */
export interface EpochChange {
  readonly delta: number;
  readonly correctedPValue: number;
  readonly movement: Movement;
}

/** What changed between two epochs, each quantity that there is by its own test. */
export interface EpochsChange {
  readonly loss?: Change;
  readonly accuracy?: Change;
  readonly absoluteError?: Change;
  readonly refinement?: Change;
  readonly calibration?: Change;
}

/** A stretch of epochs over which loss and accuracy do not tell the same. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly loss: EpochChange;
  /** Of values, `absoluteError` stands instead. */
  readonly accuracy?: EpochChange;
  readonly absoluteError?: EpochChange;
  readonly refinement: EpochChange;
  readonly calibration: EpochChange;
  readonly cause: Cause;
  /** A sentence with the numbers. */
  readonly text: string;
}

/** What an epoch can be best by. */
export type Measure = 'loss' | 'accuracy' | 'absoluteError' | 'refinement';

/** An answer to "which epoch is best". */
export interface BestEpoch {
  readonly by: Measure;
  readonly epoch: number;
  readonly source: string;
  readonly loss?: number;
  readonly accuracy?: number;
  readonly absoluteError?: number;
  readonly refinement?: number;
  /** What choosing it costs beside the best of each measure that there is; all ≥ 0. */
  readonly cost: { readonly [measure in Measure]?: number };
}

/** Everything `epochs` has to say. */
export interface EpochsReport {
  readonly schema: 'logitscope.epochs/1';
  readonly version: string;
  readonly kernel: KernelName | 'none';
  readonly labels?: string;
  readonly task: RowTask;
  /** Number of classes, or labels; left out for values. */
  readonly classes?: number;
  readonly rows: number;
  /** Rows behind tests, refinement and calibration. */
  readonly fitted: number;
  /** Level that the tests of all pairs of epochs keep together. */
  readonly level: number;
  readonly epochs: readonly EpochReading[];
  readonly stretches: readonly Stretch[];
  readonly best: readonly BestEpoch[];
  /** The same epochs on the training rows, where they were given. */
  readonly train?: readonly EpochReading[];
  /** From the first epoch to the last, over the rows behind tests; there where a gate asks for it. */
  readonly change?: EpochsChange;
  readonly notices: readonly Notice[];
  /** Conditions that the caller asked to fail for. */
  readonly gates?: readonly GateResult[];
}
