/** What a diagnosis of one dump says, as plain values. */

import type { Estimate, Notice } from './notice.js';

/** A quantity fitted on the rows it describes, and fitted on other rows. */
export interface FittedPart {
  /** By folds: each row is scored with what the others' rows fitted. */
  readonly crossFitted: number;
  /** Fitted and scored on the same rows, which flatters. */
  readonly inSample: number;
}

/** The temperature T that z/T fits the targets best with. */
export interface TemperatureReport {
  /**
   * Above 1 the scores are over-confident, below 1 under-confident. At a bound an end of the
   * range, which goes with the scale of the scores: 1/1024 of the distance between a row's two
   * highest scores, or 1024 times the mean distance from the highest (medians over rows).
   */
  readonly value: number;
  /** Ends of the 95 % interval; left out at a bound. */
  readonly low?: number;
  readonly high?: number;
  /**
   * Where no temperature is best: `no-information` (any higher one is better;
   * the scores say nothing about the targets), `separated` (any lower one is;
   * every target scores highest).
   */
  readonly bound?: 'no-information' | 'separated';
}

/** The straight line a + b·ŷ that fits true values best. */
export interface LineReport {
  /** b: below 1 predictions are spread too far, above 1 not far enough. */
  readonly slope: Estimate;
  /** a. */
  readonly intercept: Estimate;
}

/** A row that is listed by itself. */
export interface ListedRow {
  /** Index in the dump, from 0. */
  readonly row: number;
  /** Its name, where the dump has names. */
  readonly id?: string;
  /** Class, or true value; of several labels how many the row has. */
  readonly target: number;
  /** Predicted class, or value; of several labels how many are predicted. */
  readonly prediction: number;
  /** Probability of the prediction, where there is one. */
  readonly confidence?: number;
  /** Of several labels: how many are predicted wrong. */
  readonly wrong?: number;
  readonly loss: number;
}

/** Why the loss is what it is. */
export interface Diagnosis {
  /** Mean loss of rows where it is finite: −log p(target), without class weights and smoothing; of values the squared error. */
  readonly loss: number;
  /** Rows of infinite loss; they are left out of all that follows. */
  readonly infiniteRows: number;
  /** What the temperature was fitted on. */
  readonly fit: {
    readonly rows: number;
    readonly of: number;
    readonly scores: 'logits' | 'log-probabilities' | 'values';
  };
  /** Left out for several labels, and values. */
  readonly temperature?: TemperatureReport;
  /** Of each label by itself, where rows have several. */
  readonly temperatures?: readonly TemperatureReport[];
  /** Of values. */
  readonly line?: LineReport;
  /** Loss at the best temperature, or on the best line: what only better discrimination can lower. */
  readonly refinement: FittedPart;
  /** Loss − refinement: what a temperature, or a line, would save. */
  readonly calibration: FittedPart;
  /** Of values, the two parts of calibration: what the slope, and what the intercept would save. */
  readonly scale?: FittedPart;
  readonly offsets?: FittedPart;
  /** Share of the loss that the worst share of the rows carries. */
  readonly worstShares: readonly { readonly rows: number; readonly loss: number }[];
  /** The rows of highest loss, which are also the ones to suspect of a wrong label. */
  readonly worst: readonly ListedRow[];
  /** What stands out, each with its numbers. */
  readonly flags: readonly Notice[];
}
