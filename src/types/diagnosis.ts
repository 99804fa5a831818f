/** What a diagnosis of one dump says, as plain values. */

import type { Notice } from './report.js';

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

/** A row that is listed by itself. */
export interface ListedRow {
  /** Index in the dump, from 0. */
  readonly row: number;
  /** Its name, where the dump has names. */
  readonly id?: string;
  readonly target: number;
  readonly prediction: number;
  readonly confidence: number;
  readonly loss: number;
}

/** Why the loss is what it is. */
export interface Diagnosis {
  /** Mean −log p(target) of rows where it is finite; without class weights and smoothing. */
  readonly loss: number;
  /** Rows of infinite loss; they are left out of all that follows. */
  readonly infiniteRows: number;
  /** What the temperature was fitted on. */
  readonly fit: {
    readonly rows: number;
    readonly of: number;
    readonly scores: 'logits' | 'log-probabilities';
  };
  readonly temperature: TemperatureReport;
  /** Loss at the best temperature: what only better discrimination can lower. */
  readonly refinement: FittedPart;
  /** Loss − refinement: what a temperature would save. */
  readonly calibration: FittedPart;
  /** Share of the loss that the worst share of the rows carries. */
  readonly worstShares: readonly { readonly rows: number; readonly loss: number }[];
  /** The rows of highest loss, which are also the ones to suspect of a wrong label. */
  readonly worst: readonly ListedRow[];
  /** What stands out, each with its numbers. */
  readonly flags: readonly Notice[];
}
