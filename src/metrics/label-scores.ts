/** Metrics of predicted labels as functions of arrays: accuracy, agreement, confusion. */

import { isNested } from '../arrays/numbers.js';
import type { Label, Targets } from '../types/forms.js';
import {
  balancedAccuracy,
  balancedAccuracyAdjusted,
  kappa,
  kappaLinear,
  kappaQuadratic,
  matthews,
} from './agreement.js';
import { badOption } from './class-rates.js';
import { normalizedMatrix, wholeMatrix } from './confusion.js';
import { countIndicators } from './indicator-arrays.js';
import { countLabels, type SampleWeight } from './label-arrays.js';
import { type Marginals, marginalsOf } from './marginals.js';

export interface SampleWeightOption {
  /** Weight of each row; every row weighs 1 by default. */
  readonly sampleWeight?: SampleWeight | undefined;
}

export interface NormalizeOption {
  /** Whether to give a share (the default) or the weight of the rows. */
  readonly normalize?: boolean | undefined;
}

/** Weight of the rows that are wholly right, and of all. */
function rightRows(
  yTrue: Targets,
  yPred: Targets,
  sampleWeight: SampleWeight | undefined,
): { readonly right: number; readonly weight: number } {
  if (!isNested(yTrue) || !isNested(yPred)) {
    return marginalsOf(countLabels(yTrue, yPred, { sampleWeight }).tally);
  }
  const tally = countIndicators(yTrue, yPred, sampleWeight);
  return { right: tally.exact.totals().weight, weight: tally.weights.totals().weight };
}

/**
 * Share of the rows whose prediction is the target, 0 … 1. Of rows of several
 * labels: the share whose labels are all right (subset accuracy).
 *
 * As scikit-learn's `accuracy_score`.
 * Lists of 0 and 1 in both arrays are rows of several labels. Lists in one of
 * them hold a number per class instead: targets are one-hot or probabilities,
 * of which the largest counts; predictions are one-hot.
 * @param yTrue target per row: N labels (whole numbers or texts), or N lists of L numbers
 * @param yPred prediction per row, likewise
 * @returns NaN where all rows weigh nothing
 * @throws UsageError `length-mismatch`; InputError `empty-input`, `bad-label`, `mixed-labels`,
 *   `bad-target`, `bad-prediction`, `bad-target-row`, `tied-target`, `bad-weight`
 * @example
 * ```ts
 * import { accuracyScore } from 'logitscope';
 *
 * accuracyScore([1, 1, 1, 0, 0], [1, 0, 1, 1, 0]); // 0.6
 * accuracyScore([[0, 1], [0.7, 0.3]], [1, 1]); // 0.5
 * ```
 */
export function accuracyScore(
  yTrue: Targets,
  yPred: Targets,
  options: SampleWeightOption & NormalizeOption = {},
): number {
  const { right, weight } = rightRows(yTrue, yPred, options.sampleWeight);
  return options.normalize === false ? right : right / weight;
}

/**
 * Share of the rows whose prediction is not the target, 0 … 1; of rows of
 * several labels, the share with any label wrong.
 *
 * As scikit-learn's `zero_one_loss`.
 * @param yTrue target per row, as in {@link accuracyScore}
 * @param yPred prediction per row
 * @throws as {@link accuracyScore}
 * @example
 * ```ts
 * import { zeroOneLoss } from 'logitscope';
 *
 * zeroOneLoss([1, 1, 1, 0, 0], [1, 0, 1, 1, 0]); // 0.4
 * ```
 */
export function zeroOneLoss(
  yTrue: Targets,
  yPred: Targets,
  options: SampleWeightOption & NormalizeOption = {},
): number {
  const { right, weight } = rightRows(yTrue, yPred, options.sampleWeight);
  const wrong = Math.max(0, weight - right);
  return options.normalize === false ? wrong : wrong / weight;
}

/**
 * Share of the labels that are wrong, 0 … 1. With one label per row that is
 * {@link zeroOneLoss}; of rows of several labels it is the mean share of them
 * that are predicted wrong.
 *
 * As scikit-learn's `hamming_loss`.
 * @param yTrue target per row, as in {@link accuracyScore}
 * @param yPred prediction per row
 * @throws as {@link accuracyScore}
 * @example
 * ```ts
 * import { hammingLoss } from 'logitscope';
 *
 * hammingLoss([[1, 0, 1], [0, 1, 0]], [[1, 0, 0], [0, 1, 1]]); // 0.3333333333
 * ```
 */
export function hammingLoss(
  yTrue: Targets,
  yPred: Targets,
  options: SampleWeightOption = {},
): number {
  if (!isNested(yTrue) || !isNested(yPred)) return zeroOneLoss(yTrue, yPred, options);
  const tally = countIndicators(yTrue, yPred, options.sampleWeight);
  return tally.errors.over(tally.weights.totals()).mean;
}

/**
 * Mean recall over the classes that have targets, 0 … 1.
 *
 * As scikit-learn's `balanced_accuracy_score`, but with `adjusted` a single
 * class of targets gives NaN.
 * @param yTrue target label per row, or a list of a number per class: one-hot, or probabilities of
 *   which the largest counts
 * @param yPred predicted label per row, or a one-hot list
 * @param options.adjusted whether to bring chance, 1 / classes with targets, to 0; default false
 * @throws UsageError `length-mismatch`; InputError `empty-input`, `bad-label`, `mixed-labels`, `bad-weight`
 * @example
 * ```ts
 * import { balancedAccuracyScore } from 'logitscope';
 *
 * balancedAccuracyScore([0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1]); // 0.625
 * ```
 */
export function balancedAccuracyScore(
  yTrue: Targets,
  yPred: Targets,
  options: SampleWeightOption & { readonly adjusted?: boolean | undefined } = {},
): number {
  const counts = marginalsOfLabels(yTrue, yPred, options);
  return options.adjusted ? balancedAccuracyAdjusted(counts) : balancedAccuracy(counts);
}

/**
 * Matthews correlation of targets and predictions, −1 … 1; for more than two
 * classes Gorodkin's R_K (Comput. Biol. Chem. 28, 2004).
 *
 * As scikit-learn's `matthews_corrcoef`, but where all targets are of one
 * class there is no correlation: NaN instead of 0. Where all predictions are
 * of one class it is 0.
 * @param yTrue target label per row, or a list of a number per class: one-hot, or probabilities of
 *   which the largest counts
 * @param yPred predicted label per row, or a one-hot list
 * @throws UsageError `length-mismatch`; InputError `empty-input`, `bad-label`, `mixed-labels`, `bad-weight`
 * @example
 * ```ts
 * import { matthewsCorrcoef } from 'logitscope';
 *
 * matthewsCorrcoef(['a', 'a', 'a', 'b'], ['a', 'b', 'a', 'a']); // -0.3333333333
 * ```
 */
export function matthewsCorrcoef(
  yTrue: Targets,
  yPred: Targets,
  options: SampleWeightOption = {},
): number {
  return matthews(marginalsOfLabels(yTrue, yPred, options));
}

/**
 * Cohen's kappa (Educ. Psychol. Meas. 20, 1960): agreement beyond chance, at
 * most 1, 0 at chance. NaN where no disagreement can be expected.
 *
 * As scikit-learn's `cohen_kappa_score`.
 * @param yTrue label per row of one rater
 * @param yPred label per row of the other
 * @param options.weights how disagreements weigh: all alike (default), by the distance of
 *   the classes (`linear`), or by its square. Distance counts places in the order of the
 *   classes: ascending, or as `labels` has them
 * @param options.labels classes to look at; rows with other labels are left out
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `bad-weight`
 * @example
 * ```ts
 * import { cohenKappaScore } from 'logitscope';
 *
 * const [first, second] = [[0, 1, 2, 2, 1], [0, 2, 2, 1, 1]];
 * cohenKappaScore(first, second); // 0.375
 * cohenKappaScore(first, second, { weights: 'quadratic' }); // 0.6428571429
 * ```
 */
export function cohenKappaScore(
  yTrue: Targets,
  yPred: Targets,
  options: SampleWeightOption & {
    readonly weights?: 'linear' | 'quadratic' | null | undefined;
    readonly labels?: readonly Label[] | undefined;
  } = {},
): number {
  const { weights = null } = options;
  const { tally } = countLabels(yTrue, yPred, { ...options, onlyListed: true });
  const counts = marginalsOf(tally);
  if (weights === null) return kappa(counts);
  const { distances } = tally.labels;
  if (weights === 'linear') return kappaLinear(counts, distances.value(0));
  if (weights === 'quadratic') return kappaQuadratic(counts, distances.value(1));
  throw badOption('weights', JSON.stringify(weights), '"linear", "quadratic" or null');
}

/**
 * Weight of the rows of each target (first index) that are predicted as each
 * class (second index).
 *
 * As scikit-learn's `confusion_matrix`.
 * @param yTrue target label per row, or a list of a number per class: one-hot, or probabilities of
 *   which the largest counts
 * @param yPred predicted label per row, or a one-hot list
 * @param options.labels classes in the order wanted; rows with other labels are left out.
 *   Default: all labels, ascending
 * @param options.normalize makes rows (`true`), columns (`pred`) or the whole (`all`) add up
 *   to 1; what adds up to 0 stays 0
 * @returns C × C numbers
 * @throws UsageError `length-mismatch`, `bad-option`, `too-many-cells` past a million cells that
 *   are not 0 or 4096 classes; InputError `empty-input`, `bad-label`, `mixed-labels`, `bad-weight`
 * @example
 * ```ts
 * import { confusionMatrix } from 'logitscope';
 *
 * const [targets, predictions] = [['cat', 'ant', 'cat', 'ant'], ['ant', 'ant', 'cat', 'ant']];
 * confusionMatrix(targets, predictions)[0][0]; // 2
 * confusionMatrix(targets, predictions, { normalize: 'true' })[1][0]; // 0.5
 * ```
 */
export function confusionMatrix(
  yTrue: Targets,
  yPred: Targets,
  options: SampleWeightOption & {
    readonly labels?: readonly Label[] | undefined;
    readonly normalize?: 'true' | 'pred' | 'all' | null | undefined;
  } = {},
): number[][] {
  const { classes, tally } = countLabels(yTrue, yPred, { ...options, onlyListed: true });
  const matrix = wholeMatrix(tally, classes.length);
  const { normalize = null } = options;
  if (normalize === null) return matrix;
  if (normalize === 'true' || normalize === 'pred' || normalize === 'all') {
    return normalizedMatrix(matrix, normalize);
  }
  throw badOption('normalize', JSON.stringify(normalize), '"true", "pred", "all" or null');
}

function marginalsOfLabels(yTrue: Targets, yPred: Targets, options: SampleWeightOption): Marginals {
  return marginalsOf(countLabels(yTrue, yPred, { sampleWeight: options.sampleWeight }).tally);
}
