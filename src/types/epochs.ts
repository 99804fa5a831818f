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
  readonly scale?: Change;
  readonly offsets?: Change;
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
  readonly scale: EpochChange;
  readonly offsets: EpochChange;
  /** Parts that changed beyond chance. */
  readonly causes: readonly Cause[];
  /** A sentence with the numbers. */
  readonly text: string;
}

/** Which way one thing goes, in the identifier of a {@link Phase}. */
type Way = 'rises' | 'falls' | 'stands';

/**
 * What a phase tells: of classes and labels loss and accuracy, of values squared error (`loss`) and
 * absolute error (`error`), of labels alone accuracy.
 */
export type PhaseKind =
  | 'both-improve'
  | 'both-worsen'
  | 'nothing-beyond-chance'
  | `loss-${Way}-accuracy-${Way}`
  | `loss-${Way}-error-${Way}`
  | 'accuracy-rises'
  | 'accuracy-falls';

/** A class of which more or fewer rows are right than at the beginning of a phase. */
export interface PhaseClass {
  /** Its index; of labels alone a number of its name. */
  readonly target: number;
  readonly name?: string;
  /** Rows of it behind the test. */
  readonly rows: number;
  /** Change of the share of them that is right. */
  readonly delta: number;
  /** Corrected for all classes. */
  readonly correctedPValue: number;
}

/** A piece of the run that tells one thing. The pieces follow each other from the first epoch to the last. */
export interface Phase {
  readonly from: number;
  readonly to: number;
  readonly kind: PhaseKind;
  /** Left out where there are no scores, as its parts. */
  readonly loss?: EpochChange;
  /** Of values, `absoluteError` stands instead. */
  readonly accuracy?: EpochChange;
  readonly absoluteError?: EpochChange;
  readonly refinement?: EpochChange;
  readonly calibration?: EpochChange;
  /** Both parts of calibration, where they are told apart. */
  readonly scale?: EpochChange;
  readonly offsets?: EpochChange;
  /** Where accuracy went down: classes that lost and gained beyond chance, or else most; those that moved most first. */
  readonly classes?: {
    readonly lost: readonly PhaseClass[];
    readonly gained: readonly PhaseClass[];
  };
  /** The one step that more than half of a fall of accuracy lies in, where the phase has several. */
  readonly drop?: { readonly from: number; readonly to: number; readonly delta: number };
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

/**
 * What to do about the run. `stop`: an earlier epoch is better than the last beyond chance;
 * `recalibrate`: it is, and a recalibration of the last would mend that; `either`: it is better,
 * but not beyond chance; `last`: the last is best; `go-on`: it is, and its loss was still falling.
 */
export type AdviceKind = 'stop' | 'recalibrate' | 'either' | 'last' | 'go-on';

export interface EpochsAdvice {
  readonly kind: AdviceKind;
  /** Of lowest loss (of labels alone of highest accuracy) among those better than the last beyond chance, or among all where there are none. */
  readonly epoch: number;
  readonly source: string;
  /** What this epoch has more or less than the last, corrected for all epochs against the last; left out where it is the last. */
  readonly loss?: EpochChange;
  readonly accuracy?: EpochChange;
  readonly absoluteError?: EpochChange;
  /** Loss of both after a recalibration, cross-fitted, and the change of refinement from this epoch to the last. */
  readonly recalibrated?: {
    readonly epoch: number;
    readonly last: number;
    readonly refinement: EpochChange;
  };
  /** In words, with the numbers. */
  readonly text: string;
}

/** Whether a run got better lately, where that was asked. */
export interface Patience {
  /** Epochs that had time to get better. */
  readonly epochs: number;
  /** Best of the epochs before them; left out while there are none before. */
  readonly best?: { readonly epoch: number; readonly source: string };
  /** Whether none of the last epochs is better than it beyond chance. */
  readonly isOver: boolean;
  readonly text: string;
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
  /** The whole run in pieces; none of one epoch. */
  readonly phases: readonly Phase[];
  readonly best: readonly BestEpoch[];
  readonly advice: EpochsAdvice;
  /** The epoch whose dump was read last, where a run is followed. */
  readonly latest?: number;
  /** Where a run is followed with patience. */
  readonly patience?: Patience;
  /** The same epochs on the training rows, where they were given. */
  readonly train?: readonly EpochReading[];
  /** From the first epoch to the last, over the rows behind tests; there where a gate asks for it. */
  readonly change?: EpochsChange;
  readonly notices: readonly Notice[];
  /** Conditions that the caller asked to fail for. */
  readonly gates?: readonly GateResult[];
}

/** What a line of JSON says after each dump, where a run is followed: the dump, and what it changes. */
export interface EpochLine extends EpochReading {
  readonly schema: 'logitscope.epoch/1';
  readonly version: string;
  readonly task: RowTask;
  /** Epochs read so far. */
  readonly epochs: number;
  /** The last piece of the run; null of one epoch. */
  readonly phase: Phase | null;
  readonly best: readonly BestEpoch[];
  readonly advice: EpochsAdvice;
  readonly patience?: Patience;
  readonly notices: readonly Notice[];
}
