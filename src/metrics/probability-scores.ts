/** Metrics of probabilities and ranks as functions of arrays. */

import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import { badOption } from './class-rates.js';
import type { NormalizeOption } from './label-scores.js';
import {
  type ClassScoresOptions,
  countScores,
  countSingleScores,
  readClassScores,
  readScores,
} from './probability-arrays.js';
import { softBrier, softLogLoss } from './soft-targets.js';

/**
 * Mean negative log-likelihood of the targets in nats: cross-entropy of
 * probabilities, ≥ 0.
 *
 * As scikit-learn's `log_loss` from version 1.5: probabilities below the
 * machine epsilon of their array are raised to it. Older versions take 1e-15
 * (`eps: 1e-15`). Probabilities are used as they are, never renormalised.
 * Natural logarithms are those of the JavaScript engine.
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities q the loss is the
 *   mean of −Σ q·log p
 * @param yProb probabilities of N rows of C classes, or N of P(y = 1), in any form of {@link Scores}
 * @param options.labels what the columns stand for; see {@link ClassScoresOptions}
 * @param options.normalize whether to give the mean (default) or the sum
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `bad-option`, `bad-eps`; InputError
 *   `empty-input`, `bad-label`, `mixed-labels`, `unknown-label`, `bad-target-row`, `not-probabilities`,
 *   `invalid-scores`, `bad-weight`
 * @example
 * ```ts
 * import { logLoss } from 'logitscope';
 *
 * logLoss([0, 2], [[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]); // 0.5249110622
 * logLoss(['no', 'yes', 'yes'], [0.1, 0.9, 0.8]); // 0.1446215275
 * logLoss([[1, 0, 0]], [[0.5, 0.25, 0.25]]); // 0.6931471806
 * logLoss([[0.8, 0.2]], [[0.5, 0.5]]); // 0.6931471806
 * ```
 */
export function logLoss(
  yTrue: Targets,
  yProb: Scores,
  options: ClassScoresOptions & NormalizeOption = {},
): number {
  const arrays = readScores(yTrue, yProb, options);
  if (arrays.soft !== null) {
    const { mean, weight } = softLogLoss(arrays, options.eps);
    return options.normalize === false ? mean * weight : mean;
  }
  const tally =
    arrays.classes === null
      ? countSingleScores(arrays, options.eps)
      : countScores(arrays, 'probabilities', options.eps);
  const totals = tally.weights.totals();
  const loss = 'scores' in tally ? tally.scores!.loss : tally.loss;
  const { mean } = loss.over(totals);
  return options.normalize === false ? mean * totals.weight : mean;
}

/**
 * Brier score (Mon. Weather Rev. 78, 1950): mean squared distance of the
 * probabilities from the truth. Of one probability per row the mean of
 * (p − y)², 0 … 1; of C probabilities per row the mean of Σ_c (p_c − y_c)²,
 * 0 … 2, which for two classes is twice the other.
 *
 * As scikit-learn's `brier_score_loss` for one probability per row. (For C of
 * them, from version 1.7, with `scale_by_half=False`.)
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities q the score is the
 *   mean of Σ (p − q)²
 * @param yProb probabilities of N rows of C classes, or N of P(y = 1), in any form of {@link Scores}
 * @throws as {@link logLoss}
 * @example
 * ```ts
 * import { brierScoreLoss } from 'logitscope';
 *
 * brierScoreLoss([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]); // 0.0375
 * brierScoreLoss([0, 1], [[0.5, 0.25, 0.25], [0.2, 0.6, 0.2]]); // 0.3075
 * brierScoreLoss([[0.8, 0.2]], [[0.5, 0.5]]); // 0.18
 * ```
 */
export function brierScoreLoss(
  yTrue: Targets,
  yProb: Scores,
  options: Omit<ClassScoresOptions, 'eps'> = {},
): number {
  const arrays = readScores(yTrue, yProb, options);
  if (arrays.soft !== null) return softBrier(arrays).mean;
  if (arrays.classes === null) {
    const tally = countSingleScores(arrays);
    return tally.brier.over(tally.weights.totals()).mean;
  }
  const tally = countScores(arrays, 'probabilities');
  return tally.scores!.brier.over(tally.weights.totals()).mean;
}

/** What ranks are made of: any scores, the largest first. */
function countRanks(yTrue: Targets, yScore: Scores, options: RankOptions) {
  const arrays = readClassScores(yTrue, yScore, options);
  if (arrays.classes === null) {
    throw new UsageError(
      'length-mismatch',
      'Ranks need a score for every class; found one per row.',
    );
  }
  return countScores(arrays, 'logits');
}

export type RankOptions = Omit<ClassScoresOptions, 'eps'>;

/**
 * Share of the rows whose target is among the k largest scores, 0 … 1.
 *
 * As scikit-learn's `top_k_accuracy_score`, but for ties: of equal scores that
 * at the lower index ranks first, so that k = 1 is the accuracy of argmax.
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities the largest counts
 * @param yScore scores of any kind of N rows of C classes, in any form of {@link Scores}
 * @param options.k how many; default 2, as in scikit-learn
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `bad-option`; InputError
 *   `empty-input`, `bad-label`, `mixed-labels`, `unknown-label`, `bad-target-row`, `tied-target`,
 *   `invalid-scores`, `bad-weight`
 * @example
 * ```ts
 * import { topKAccuracyScore } from 'logitscope';
 *
 * const scores = [[5, 2, 1], [3, 1, 2], [0, 1, 1]];
 * topKAccuracyScore([0, 1, 2], scores, { k: 2 }); // 0.6666666667
 * topKAccuracyScore(new Int8Array([0, 1, 2]), scores.flat(), { k: 2, classes: 3 }); // 0.6666666667
 * ```
 */
export function topKAccuracyScore(
  yTrue: Targets,
  yScore: Scores,
  options: RankOptions & NormalizeOption & { readonly k?: number | undefined } = {},
): number {
  const { k = 2, normalize = true } = options;
  if (!Number.isSafeInteger(k) || k < 1) throw badOption('k', k, 'a positive integer');
  const tally = countRanks(yTrue, yScore, options);
  const top = tally.scores!.ranks.top(k);
  return normalize ? Math.min(1, top / tally.weights.totals().weight) : top;
}

/**
 * Mean of 1 / (rank of the target), 1 for first place, 0 … 1.
 *
 * Ties go to the lower index, as in {@link topKAccuracyScore}. It has no peer
 * in scikit-learn; with one relevant class per row it is what
 * `label_ranking_average_precision_score` gives where nothing ties.
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities the largest counts
 * @param yScore scores of any kind of N rows of C classes, in any form of {@link Scores}
 * @throws as {@link topKAccuracyScore}
 * @example
 * ```ts
 * import { meanReciprocalRank } from 'logitscope';
 *
 * meanReciprocalRank([0, 1, 2], [[5, 2, 1], [3, 1, 2], [0, 1, 2]]); // 0.7777777778
 * ```
 */
export function meanReciprocalRank(
  yTrue: Targets,
  yScore: Scores,
  options: RankOptions = {},
): number {
  const tally = countRanks(yTrue, yScore, options);
  return tally.scores!.ranks.meanReciprocal(tally.weights.totals()).mean;
}
