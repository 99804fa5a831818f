/** What a diagnosis of one dump says, as plain values. */

import type { Estimate, Notice } from './notice.js';

/** A quantity fitted on the rows it describes, and fitted on other rows. */
export interface FittedPart {
  /** By folds: each row is scored with what the others' rows fitted. */
  readonly crossFitted: number;
  /** Fitted and scored on the same rows, which flatters. */
  readonly inSample: number;
}

/**
 * One with its 95 % interval, and the test of 0: of the value between the two that neither flatters
 * nor does the opposite, 5/9 of what is in sample and 4/9 of what is cross-fitted.
 */
export interface TestedPart extends FittedPart {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

/**
 * The loss, split: what is left after recalibration, and what each of its parameters saves on the
 * straight line from (T = 1, no offsets) to the fit (Aumann and Shapley). They add up.
 */
export interface LossParts {
  /** Loss after recalibration: what only better discrimination can lower. */
  readonly refinement: TestedPart;
  /** What the temperature saves; of values the slope. */
  readonly scale: TestedPart;
  /** What the offsets of the classes save; of values the intercept. */
  readonly offsets: TestedPart;
  /** The most that the shares of a row missed its loss by. */
  readonly residual: number;
}

/** What is added to a logit that was divided by the temperature. */
export interface OffsetReport extends Estimate {
  /** Class or label. Of one score per row it is 1: what is added to its logit. */
  readonly index: number;
  readonly name?: string;
}

/** Offsets of the classes, Σ = 0; of labels, of each by itself. */
export interface OffsetsReport {
  /** Whether they save anything beyond chance on rows that they were not fitted on. */
  readonly told: boolean;
  /** Those of classes that have one of their own; none where offsets do not pay out of fold. */
  readonly values: readonly OffsetReport[];
  /** What all other classes share: those with fewer than ten target rows. */
  readonly common?: Estimate & { readonly classes: number; readonly targets: number };
  /** Ridge λ‖b‖²/2 that held them, as λ times the weight of the rows; left out at 0. */
  readonly ridge?: number;
}

/** The least score at which predicting the second class costs least, on the scale of the scores. */
export interface ThresholdReport extends Estimate {
  readonly scale: 'logit' | 'probability';
}

/** Accuracy with the offsets that the other folds fitted. */
export interface AccuracyAtOffsets {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Of the paired test against accuracy as it is: of unweighted rows McNemar's exact one. */
  readonly pValue: number;
  /** `value` − accuracy of the same rows as it is. */
  readonly lost: number;
}

/** The temperature T that z/T + b fits the targets best with. */
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
  /** Of the classes, or labels; left out for values, and where there are too few targets to tell any. */
  readonly offsets?: OffsetsReport;
  /** Of two classes and one score. */
  readonly threshold?: ThresholdReport;
  readonly parts: LossParts;
  /** Loss at the best temperature and offsets, or on the best line: what only better discrimination can lower. */
  readonly refinement: FittedPart;
  /** Loss − refinement: what temperature and offsets, or a line, would save: scale + offsets. */
  readonly calibration: FittedPart;
  /** Where offsets were fitted. */
  readonly accuracyAtOffsets?: AccuracyAtOffsets;
  /** Share of the loss that the worst share of the rows carries. */
  readonly worstShares: readonly { readonly rows: number; readonly loss: number }[];
  /** The rows of highest loss, which are also the ones to suspect of a wrong label. */
  readonly worst: readonly ListedRow[];
  /** What stands out, each with its numbers. */
  readonly flags: readonly Notice[];
}
