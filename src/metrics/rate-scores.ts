/** Precision, recall and their kind as functions of arrays. */

import type { Targets } from '../types/forms.js';
import { checkBeta } from './class-rates.js';
import {
  fBetaNamed,
  JACCARD,
  PRECISION,
  type RateAverage,
  type RateOptions,
  type RateValue,
  RECALL,
  rateOfArrays,
  SPECIFICITY,
} from './rate-arrays.js';

/**
 * Share of the rows predicted as a class that are of it, TP / (TP + FP), 0 … 1.
 *
 * As scikit-learn's `precision_score`.
 * @param yTrue target per row: N labels (whole numbers or texts), or N lists of numbers
 * @param yPred prediction per row, likewise. Lists of 0 and 1 in both are rows of several labels; lists
 *   in one of them are of classes, as in {@link accuracyScore}
 * @param options see {@link RateOptions}; `average` is `binary` by default, as in scikit-learn
 * @returns one number, or for `average: 'none'` one per class; NaN where all rows weigh nothing
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `no-positive-class`, `bad-target`, `bad-prediction`, `bad-weight`
 * @example
 * ```ts
 * import { precisionScore } from 'logitscope';
 *
 * precisionScore([0, 1, 1, 0, 1], [0, 1, 1, 1, 0]); // 0.6666666667
 * precisionScore(['a', 'b', 'c', 'a'], ['a', 'c', 'c', 'b'], { average: 'macro' }); // 0.5
 * ```
 */
export function precisionScore<A extends RateAverage = 'binary'>(
  yTrue: Targets,
  yPred: Targets,
  options: RateOptions<A> = {},
): RateValue<A> {
  return rateOfArrays(PRECISION, yTrue, yPred, options);
}

/**
 * Share of the rows of a class that are predicted as it, TP / (TP + FN), 0 … 1: sensitivity.
 *
 * As scikit-learn's `recall_score`.
 * @param yTrue target per row: N labels (whole numbers or texts), or N lists of numbers
 * @param yPred prediction per row, likewise. Lists of 0 and 1 in both are rows of several labels; lists
 *   in one of them are of classes, as in {@link accuracyScore}
 * @param options see {@link RateOptions}; `average` is `binary` by default, as in scikit-learn
 * @returns one number, or for `average: 'none'` one per class; NaN where all rows weigh nothing
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `no-positive-class`, `bad-target`, `bad-prediction`, `bad-weight`
 * @example
 * ```ts
 * import { recallScore } from 'logitscope';
 *
 * recallScore([0, 1, 1, 0, 1], [0, 1, 1, 1, 0]); // 0.6666666667
 * recallScore([[1, 0], [1, 1]], [[1, 0], [0, 1]], { average: 'samples' }); // 0.75
 * ```
 */
export function recallScore<A extends RateAverage = 'binary'>(
  yTrue: Targets,
  yPred: Targets,
  options: RateOptions<A> = {},
): RateValue<A> {
  return rateOfArrays(RECALL, yTrue, yPred, options);
}

/**
 * Share of the rows not of a class that are not predicted as it, TN / (TN + FP), 0 … 1.
 *
 * As scikit-learn's `recall_score` of the negatives; there it has no name of its own.
 * @param yTrue target per row: N labels (whole numbers or texts), or N lists of numbers
 * @param yPred prediction per row, likewise. Lists of 0 and 1 in both are rows of several labels; lists
 *   in one of them are of classes, as in {@link accuracyScore}
 * @param options see {@link RateOptions}; `average` is `binary` by default, as in scikit-learn
 * @returns one number, or for `average: 'none'` one per class; NaN where all rows weigh nothing
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `no-positive-class`, `bad-target`, `bad-prediction`, `bad-weight`
 * @example
 * ```ts
 * import { specificityScore } from 'logitscope';
 *
 * specificityScore([0, 1, 1, 0, 1], [0, 1, 1, 1, 0]); // 0.5
 * ```
 */
export function specificityScore<A extends RateAverage = 'binary'>(
  yTrue: Targets,
  yPred: Targets,
  options: RateOptions<A> = {},
): RateValue<A> {
  return rateOfArrays(SPECIFICITY, yTrue, yPred, options);
}

/**
 * Overlap of targets and predictions of a class, TP / (TP + FP + FN), 0 … 1.
 *
 * As scikit-learn's `jaccard_score`.
 * @param yTrue target per row: N labels (whole numbers or texts), or N lists of numbers
 * @param yPred prediction per row, likewise. Lists of 0 and 1 in both are rows of several labels; lists
 *   in one of them are of classes, as in {@link accuracyScore}
 * @param options see {@link RateOptions}; `average` is `binary` by default, as in scikit-learn
 * @returns one number, or for `average: 'none'` one per class; NaN where all rows weigh nothing
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `no-positive-class`, `bad-target`, `bad-prediction`, `bad-weight`
 * @example
 * ```ts
 * import { jaccardScore } from 'logitscope';
 *
 * jaccardScore([0, 1, 1, 0, 1], [0, 1, 1, 1, 0]); // 0.5
 * ```
 */
export function jaccardScore<A extends RateAverage = 'binary'>(
  yTrue: Targets,
  yPred: Targets,
  options: RateOptions<A> = {},
): RateValue<A> {
  return rateOfArrays(JACCARD, yTrue, yPred, options);
}

/**
 * Fβ (van Rijsbergen, Information Retrieval, 1979): harmonic mean of precision and recall in which
 * recall weighs β times as much, (1 + β²)·TP / ((1 + β²)·TP + β²·FN + FP), 0 … 1.
 *
 * As scikit-learn's `fbeta_score`.
 * @param yTrue target per row: N labels (whole numbers or texts), or N lists of numbers
 * @param yPred prediction per row, likewise. Lists of 0 and 1 in both are rows of several labels; lists
 *   in one of them are of classes, as in {@link accuracyScore}
 * @param options see {@link RateOptions}; `average` is `binary` by default, as in scikit-learn
 * @param options.beta β > 0; required
 * @returns one number, or for `average: 'none'` one per class; NaN where all rows weigh nothing
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `no-positive-class`, `bad-target`, `bad-prediction`, `bad-weight`
 * @example
 * ```ts
 * import { fbetaScore } from 'logitscope';
 *
 * fbetaScore([0, 1, 1, 0, 1, 1], [0, 1, 1, 1, 0, 0], { beta: 2 }); // 0.5263157895
 * ```
 */
export function fbetaScore<A extends RateAverage = 'binary'>(
  yTrue: Targets,
  yPred: Targets,
  options: RateOptions<A> & { readonly beta: number },
): RateValue<A> {
  const { beta } = options;
  checkBeta('beta', beta);
  return rateOfArrays(fBetaNamed(beta), yTrue, yPred, options, [beta]);
}

/**
 * F1: harmonic mean of precision and recall, 2·TP / (2·TP + FP + FN), 0 … 1.
 *
 * As scikit-learn's `f1_score`.
 * @param yTrue target per row: N labels (whole numbers or texts), or N lists of numbers
 * @param yPred prediction per row, likewise. Lists of 0 and 1 in both are rows of several labels; lists
 *   in one of them are of classes, as in {@link accuracyScore}
 * @param options see {@link RateOptions}; `average` is `binary` by default, as in scikit-learn
 * @returns one number, or for `average: 'none'` one per class; NaN where all rows weigh nothing
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `no-positive-class`, `bad-target`, `bad-prediction`, `bad-weight`
 * @example
 * ```ts
 * import { f1Score } from 'logitscope';
 *
 * f1Score([0, 1, 1, 0, 1], [0, 1, 1, 1, 0]); // 0.6666666667
 * f1Score([0, 1, 2, 2], [0, 2, 2, 1], { average: 'none' })[2]; // 0.5
 * ```
 */
export function f1Score<A extends RateAverage = 'binary'>(
  yTrue: Targets,
  yPred: Targets,
  options: RateOptions<A> = {},
): RateValue<A> {
  return fbetaScore(yTrue, yPred, { ...options, beta: 1 });
}
