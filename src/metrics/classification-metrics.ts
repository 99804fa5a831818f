/** Every classification metric as a function of the tally. */

import type { ClassificationTally } from '../tallies/classification-tally.js';
import { exactSum } from '../tallies/exact-sums.js';
import { jaccard, ratesFor, specificity } from '../tallies/rates.js';
import type { ScoreSums } from '../tallies/score-sums.js';
import {
  balancedAccuracy,
  balancedAccuracyAdjusted,
  kappa,
  kappaLinear,
  kappaQuadratic,
  matthews,
} from './agreement.js';
import { constantLosses, priorBrier, priorEntropy, sortedFrequencies } from './baselines.js';
import {
  calibrationGap,
  expectedError,
  expectedErrorByChance,
  largestError,
} from './calibration.js';
import {
  AVERAGES,
  averagedRate,
  badOption,
  checkBeta,
  checkZeroDivision,
  type ZeroDivision,
} from './class-rates.js';
import { normal, wilson } from './intervals.js';
import { type Marginals, marginalsOf } from './marginals.js';
import { higherIsBetter, lowerIsBetter, type Metrics, mapInterval } from './metric-values.js';
import type { ScalarMath } from './scalar-math.js';

export interface ClassificationMetricsOptions {
  /** k of each top-k accuracy; default 1 and 5, where there are more classes than k. */
  readonly topK?: readonly number[];
  /** β of each Fβ; default 1. */
  readonly betas?: readonly number[];
  /** What 0/0 counts as in precision and its kind: 0 (the default), 1 or NaN. */
  readonly zeroDivision?: ZeroDivision;
  /** Whether to give `precision_none` and its kind, one number per class; default true. */
  readonly perClass?: boolean;
  /** Exponential and logarithm; default `Math`, whose last bits depend on the engine. */
  readonly math?: ScalarMath;
}

/**
 * All metrics of a tally by name. Those that need scores are absent where the
 * tally holds labels alone; what is undefined is NaN.
 * @throws UsageError `bad-option` for a k that is no positive integer, a β that is no positive
 *   number, or another `zeroDivision`.
 */
export function classificationMetrics(
  tally: ClassificationTally,
  options: ClassificationMetricsOptions = {},
): Metrics {
  const { zeroDivision = 0, perClass = true, math = Math, betas = [1] } = options;
  const topK = options.topK ?? [1, 5].filter((k) => k < tally.labels.classes);
  checkOptions(topK, betas, zeroDivision);
  const marginals = marginalsOf(tally);
  const metrics: Metrics = {};
  if (tally.scores !== null) addLosses(metrics, tally, tally.scores, marginals, math);
  addAgreement(metrics, tally, marginals);
  if (tally.scores !== null) {
    addRanking(metrics, tally, tally.scores, marginals, topK);
    addCalibration(metrics, tally, tally.scores, math);
  }
  addClassRates(metrics, tally, marginals, betas, zeroDivision, perClass);
  return metrics;
}

/** Mean loss of the prediction 1/C for every row; ln C without class weights. */
export function uniformLogLoss(tally: ClassificationTally, math: ScalarMath = Math): number {
  return constantLosses(marginalsOf(tally), tally.settings, math).uniform;
}

function addLosses(
  metrics: Metrics,
  tally: ClassificationTally,
  scores: ScoreSums,
  marginals: Marginals,
  math: ScalarMath,
): void {
  const totals = tally.weights.totals();
  const rows = tally.rows.scored;
  const loss = scores.loss.over(scores.lossWeights?.totals() ?? totals);
  const constant = constantLosses(marginals, tally.settings, math).prior;
  metrics.log_loss = lowerIsBetter(loss.mean, normal(loss, rows), constant);
  const nll = scores.nll === null ? loss : scores.nll.over(totals);
  const interval = normal(nll, rows);
  const entropy = priorEntropy(marginals, math);
  // The least perplexity is 1, so that its skill is that of a score.
  metrics.perplexity = higherIsBetter(
    math.exp(nll.mean),
    mapInterval(interval, (x) => math.exp(x)),
    math.exp(entropy),
  );
  metrics.bits = lowerIsBetter(
    nll.mean / Math.LN2,
    mapInterval(interval, (x) => x / Math.LN2),
    entropy / Math.LN2,
  );
  const brier = scores.brier.over(totals);
  metrics.brier_multiclass = lowerIsBetter(brier.mean, normal(brier, rows), priorBrier(marginals));
}

function addAgreement(metrics: Metrics, tally: ClassificationTally, marginals: Marginals): void {
  const { weight, right, targets, targetClasses } = marginals;
  const totals = tally.weights.totals();
  const accuracy = right / weight;
  const error = Math.max(0, weight - right) / weight;
  const majority = targets.reduce((most, target) => Math.max(most, target), 0);
  const errorOfMajority = Math.max(0, weight - majority) / weight;
  const [linear, quadratic] = tally.labels.distances.values() as unknown as [number, number];
  metrics.accuracy = higherIsBetter(accuracy, wilson(accuracy, totals), majority / weight);
  const balanced = balancedAccuracy(marginals);
  metrics.balanced_accuracy = higherIsBetter(balanced, null, 1 / targetClasses);
  metrics.balanced_accuracy_adjusted = higherIsBetter(balancedAccuracyAdjusted(marginals), null, 0);
  metrics.mcc = higherIsBetter(matthews(marginals), null, 0);
  metrics.kappa = higherIsBetter(kappa(marginals), null, 0);
  metrics.kappa_linear = higherIsBetter(kappaLinear(marginals, linear), null, 0);
  metrics.kappa_quadratic = higherIsBetter(kappaQuadratic(marginals, quadratic), null, 0);
  metrics.hamming = lowerIsBetter(error, wilson(error, totals), errorOfMajority);
  metrics.zero_one = metrics.hamming;
}

function addRanking(
  metrics: Metrics,
  tally: ClassificationTally,
  { ranks }: ScoreSums,
  marginals: Marginals,
  topK: readonly number[],
): void {
  const totals = tally.weights.totals();
  const sorted = sortedFrequencies(marginals);
  for (const k of topK) {
    const top = Math.min(1, ranks.top(k) / marginals.weight);
    const baseline = Math.min(1, exactSum(sorted.subarray(0, k)));
    metrics[`top_${k}_accuracy`] = higherIsBetter(top, wilson(top, totals), baseline);
  }
  const reciprocal = ranks.meanReciprocal(totals);
  metrics.mrr = higherIsBetter(
    reciprocal.mean,
    normal(reciprocal, tally.rows.scored),
    exactSum(sorted.map((frequency, rank) => frequency / (rank + 1))),
  );
}

function addCalibration(
  metrics: Metrics,
  tally: ClassificationTally,
  scores: ScoreSums,
  math: ScalarMath,
): void {
  metrics.ece_15_equal_width_top_label = { value: expectedError(scores.bins) };
  if (!tally.settings.weighted) {
    metrics.ece_15_by_chance = {
      value: expectedErrorByChance(scores.bins, math),
    };
  }
  metrics.mce_15_equal_width_top_label = { value: largestError(scores.bins) };
  const gap = calibrationGap(tally.weights, scores);
  metrics.calibration_gap = { value: gap.mean, ...normal(gap, tally.rows.scored) };
}

function addClassRates(
  metrics: Metrics,
  tally: ClassificationTally,
  marginals: Marginals,
  betas: readonly number[],
  zeroDivision: ZeroDivision,
  perClass: boolean,
): void {
  const interval = wilson(marginals.right / marginals.weight, tally.weights.totals());
  for (const [name, rate] of ratesFor(betas)) {
    for (const average of AVERAGES) {
      if (average === 'none' && !perClass) continue;
      const value = averagedRate(rate, average, marginals, zeroDivision);
      // Micro precision, recall and Fβ are the accuracy under other names.
      const proportion = average === 'micro' && rate !== jaccard && rate !== specificity;
      metrics[`${name}_${average}`] = { value, ...(proportion ? interval : null) };
    }
  }
}

function checkOptions(topK: readonly number[], betas: readonly number[], zeroDivision: number) {
  for (const k of topK) {
    if (!Number.isSafeInteger(k) || k < 1) throw badOption('topK', k, 'positive integers');
  }
  for (const beta of betas) checkBeta('betas', beta);
  checkZeroDivision(zeroDivision);
}
