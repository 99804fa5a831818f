/** A series of dumps of the same rows, as plain values. */

import type { FittedPart, TemperatureReport } from './diagnosis.js';
import type { Cause } from './explain.js';
import type { Notice } from './report.js';
import type { KernelName } from './scores.js';

/** One dump of a series. */
export interface EpochReading {
  /** Number from the file's name, or its place in the series. */
  readonly epoch: number;
  readonly source: string;
  /** Mean −log p(target) of rows where it is finite. */
  readonly loss: number;
  readonly accuracy: number;
  readonly refinement: FittedPart;
  readonly calibration: FittedPart;
  readonly temperature: TemperatureReport;
  /** Mean confidence − accuracy. */
  readonly confidenceGap: number;
}

/** Which way something went between two epochs, beyond chance. */
export type Movement = 'up' | 'down' | 'still';

/** A change between two epochs; p-values are corrected for all pairs of epochs. */
export interface EpochChange {
  readonly delta: number;
  readonly correctedPValue: number;
  readonly movement: Movement;
}

/** A stretch of epochs over which loss and accuracy do not tell the same. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly loss: EpochChange;
  readonly accuracy: EpochChange;
  readonly refinement: EpochChange;
  readonly calibration: EpochChange;
  readonly cause: Cause;
  /** A sentence with the numbers. */
  readonly text: string;
}

/** An answer to "which epoch is best". */
export interface BestEpoch {
  readonly by: 'loss' | 'accuracy' | 'refinement';
  readonly epoch: number;
  readonly source: string;
  readonly loss: number;
  readonly accuracy: number;
  readonly refinement: number;
  /** What choosing it costs beside the best of each; all ≥ 0. */
  readonly cost: { readonly loss: number; readonly accuracy: number; readonly refinement: number };
}

/** Everything `epochs` has to say. */
export interface EpochsReport {
  readonly schema: 'logitscope.epochs/1';
  readonly version: string;
  readonly kernel: KernelName;
  readonly labels?: string;
  readonly classes: number;
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
  readonly notices: readonly Notice[];
}
