/** Every metric of rows of one score that needs no ranking, as a function of the tally. */

import type { BinaryTally } from '../tallies/binary-tally.js';
import { ratesFor } from '../tallies/rates.js';
import type { WeightTotals } from '../tallies/ratio-moments.js';
import { balancedAccuracy, kappa, matthews } from './agreement.js';
import { constantLosses } from './baselines.js';
import {
  calibrationGap,
  debiasedSquare,
  expectedError,
  expectedErrorByChance,
  largestError,
} from './calibration.js';
import { averagedRate, checkBeta, checkZeroDivision, type ZeroDivision } from './class-rates.js';
import { type Interval, normal, wilson } from './intervals.js';
import { type Marginals, marginalsOf } from './marginals.js';
import { higherIsBetter, lowerIsBetter, type Metrics } from './metric-values.js';
import type { ScalarMath } from './scalar-math.js';

export interface BinaryMetricsOptions {
  /** β of each Fβ; default 1. */
  readonly betas?: readonly number[] | undefined;
  /** What 0/0 counts as in precision and its kind: 0 (the default), 1 or NaN. */
  readonly zeroDivision?: ZeroDivision | undefined;
  /** Exponential and logarithm; default `Math`, whose last bits depend on the engine. */
  readonly math?: ScalarMath | undefined;
}

/**
 * All metrics of a tally by name: `log_loss`, `brier` (the mean of (p − y)²),
 * `accuracy`, `precision`, `recall`, `f1`, `mcc` and their kind at the
 * threshold, and the calibration of P(y = 1). Rates are those of class 1.
 *
 * Baselines are those of the prevalence π: entropy for the loss, π(1 − π) for
 * Brier, the majority for accuracy, and for precision, Fβ and Jaccard what
 * calling every row 1 would reach.
 * @throws UsageError `bad-option`
 */
export function binaryMetrics(tally: BinaryTally, options: BinaryMetricsOptions = {}): Metrics {
  const { betas = [1], zeroDivision = 0, math = Math } = options;
  checkZeroDivision(zeroDivision);
  for (const beta of betas) checkBeta('betas', beta);
  const counts = marginalsOf(tally);
  const metrics: Metrics = {};
  addLosses(metrics, tally, counts, math);
  addAgreement(metrics, tally, counts);
  addRates(metrics, tally, counts, betas, zeroDivision);
  addCalibration(metrics, tally, math);
  return metrics;
}

function addLosses(metrics: Metrics, tally: BinaryTally, counts: Marginals, math: ScalarMath) {
  const totals = tally.weights.totals();
  const { scored } = tally.rows;
  const loss = tally.loss.over(totals);
  const { prior } = constantLosses(counts, tally.settings, math);
  metrics.log_loss = lowerIsBetter(loss.mean, normal(loss, scored), prior);
  const brier = tally.brier.over(totals);
  const [zeros, ones] = counts.targets as unknown as [number, number];
  const ofPrevalence = (ones / counts.weight) * (zeros / counts.weight);
  metrics.brier = lowerIsBetter(brier.mean, normal(brier, scored), ofPrevalence);
}

function addAgreement(metrics: Metrics, tally: BinaryTally, counts: Marginals): void {
  const { weight, right, targets, targetClasses } = counts;
  const totals = tally.weights.totals();
  const accuracy = right / weight;
  const majority = Math.max(targets[0]!, targets[1]!) / weight;
  metrics.accuracy = higherIsBetter(accuracy, wilson(accuracy, totals), majority);
  const prevalence = targets[1]! / weight;
  metrics.prevalence = { value: prevalence, ...wilson(prevalence, totals) };
  metrics.balanced_accuracy = higherIsBetter(balancedAccuracy(counts), null, 1 / targetClasses);
  metrics.mcc = higherIsBetter(matthews(counts), null, 0);
  metrics.kappa = higherIsBetter(kappa(counts), null, 0);
}

function addRates(
  metrics: Metrics,
  tally: BinaryTally,
  counts: Marginals,
  betas: readonly number[],
  zeroDivision: ZeroDivision,
): void {
  const prevalence = counts.targets[1]! / counts.weight;
  const both = (a: WeightTotals, b: WeightTotals) => ({
    weight: a.weight + b.weight,
    weightSquares: a.weightSquares + b.weightSquares,
  });
  const proportions: Record<string, WeightTotals> = {
    precision: both(tally.cell(0, 1), tally.cell(1, 1)),
    recall: both(tally.cell(1, 0), tally.cell(1, 1)),
    specificity: both(tally.cell(0, 0), tally.cell(0, 1)),
  };
  for (const [name, rate] of ratesFor(betas)) {
    const [value] = averagedRate(rate, 'none', counts, zeroDivision, [1]) as [number];
    const totals = proportions[name];
    const interval: Interval | null = totals === undefined ? null : wilson(value, totals);
    if (name === 'recall' || name === 'specificity') {
      metrics[name] = { value, ...interval };
    } else {
      const [hits, all] = rate(prevalence, prevalence, 1, 1);
      metrics[name] = higherIsBetter(value, interval, hits / all);
    }
  }
}

function addCalibration(metrics: Metrics, tally: BinaryTally, math: ScalarMath): void {
  const { bins } = tally;
  metrics.ece_15_equal_width_positive = { value: expectedError(bins) };
  if (!tally.settings.weighted) {
    metrics.ece_15_by_chance = { value: expectedErrorByChance(bins, math) };
  }
  metrics.mce_15_equal_width_positive = { value: largestError(bins) };
  if (tally.gap === null) {
    metrics.debiased_square_15_equal_width_positive = { value: debiasedSquare(bins) };
  }
  const gap = calibrationGap(tally.weights, tally);
  metrics.calibration_gap_positive = { value: gap.mean, ...normal(gap, tally.rows.scored) };
}
