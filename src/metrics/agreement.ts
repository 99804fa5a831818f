/**
 * Agreement beyond chance: balanced accuracy, Matthews correlation, Cohen's
 * kappa. Every difference is taken of counts, before any division, so that
 * nothing cancels where one class holds nearly all rows; shares of the whole
 * are multiplied instead of counts, whose products would leave 2⁵³.
 */

import { exactSum } from '../tallies/exact-sums.js';
import { type Marginals, sumOverClasses } from './marginals.js';

/** Mean recall over the classes that have targets. */
export function balancedAccuracy({ classes, targets, hits, targetClasses }: Marginals): number {
  const sum = sumOverClasses(classes, (k) => (targets[k]! > 0 ? hits[k]! / targets[k]! : 0));
  return sum / targetClasses;
}

/** Balanced accuracy brought from chance level … 1 to 0 … 1; NaN for a single class of targets. */
export function balancedAccuracyAdjusted(marginals: Marginals): number {
  // One class: chance is perfection, and rounding must not make it ±∞.
  if (marginals.targetClasses < 2) return Number.NaN;
  const chance = 1 / marginals.targetClasses;
  return (balancedAccuracy(marginals) - chance) / (1 - chance);
}

/**
 * Matthews correlation of many classes (Gorodkin's R_K):
 * (c·s − Σ p_k t_k) / √((s² − Σ p_k²)(s² − Σ t_k²)).
 * @returns 0 where every prediction is the same; NaN where every target is.
 */
export function matthews({ classes, targets, predictions, hits, weight }: Marginals): number {
  const impurity = (counts: Float64Array) =>
    sumOverClasses(
      classes,
      (k) => (counts[k]! / weight) * (Math.max(0, weight - counts[k]!) / weight),
    );
  const ofTargets = impurity(targets);
  const ofPredictions = impurity(predictions);
  if (!(ofTargets > 0)) return Number.NaN;
  if (ofPredictions === 0) return 0;
  // h·s − p·t = TP·TN − FP·FN for each class.
  const terms = new Float64Array(2 * classes);
  for (let k = 0; k < classes; k++) {
    const hit = hits[k]!;
    const misses = targets[k]! - hit;
    const falseAlarms = predictions[k]! - hit;
    const rest = weight - targets[k]! - falseAlarms;
    terms[2 * k] = (hit / weight) * (rest / weight);
    terms[2 * k + 1] = -(falseAlarms / weight) * (misses / weight);
  }
  const correlation = exactSum(terms) / Math.sqrt(ofTargets * ofPredictions);
  return Math.min(1, Math.max(-1, correlation));
}

/**
 * Cohen's kappa: 1 − observed / expected disagreement.
 * @returns NaN where no disagreement can be expected.
 */
export function kappa({ classes, targets, predictions, weight, right }: Marginals): number {
  const expected = sumOverClasses(
    classes,
    (k) => (targets[k]! / weight) * Math.max(0, weight - predictions[k]!),
  );
  return disagreementRatio(Math.max(0, weight - right), expected);
}

/**
 * Kappa whose disagreements weigh |t − p|, over class indices.
 * @param observed Σ s·|t − p|.
 */
export function kappaLinear(marginals: Marginals, observed: number): number {
  const { classes, targets, predictions, weight } = marginals;
  // Σ_ij |i − j| t_i p_j: every step k → k + 1 is walked by pairs on its two sides.
  const steps = new Float64Array(2 * classes);
  let targetsBelow = 0;
  let predictionsBelow = 0;
  for (let k = 0; k < classes; k++) {
    targetsBelow += targets[k]!;
    predictionsBelow += predictions[k]!;
    steps[2 * k] = (targetsBelow / weight) * Math.max(0, weight - predictionsBelow);
    steps[2 * k + 1] = (predictionsBelow / weight) * Math.max(0, weight - targetsBelow);
  }
  return disagreementRatio(observed, exactSum(steps));
}

/**
 * Kappa whose disagreements weigh (t − p)², over class indices.
 * @param observed Σ s·(t − p)².
 */
export function kappaQuadratic(marginals: Marginals, observed: number): number {
  const { classes, targets, predictions, weight } = marginals;
  const mean = (counts: Float64Array) => sumOverClasses(classes, (k) => k * (counts[k]! / weight));
  const variance = (counts: Float64Array, centre: number) =>
    sumOverClasses(classes, (k) => (k - centre) * (k - centre) * counts[k]!);
  const targetMean = mean(targets);
  const predictionMean = mean(predictions);
  const apart = targetMean - predictionMean;
  const expected =
    variance(targets, targetMean) + variance(predictions, predictionMean) + weight * apart * apart;
  return disagreementRatio(observed, expected);
}

function disagreementRatio(observed: number, expected: number): number {
  return expected > 0 ? 1 - observed / expected : Number.NaN;
}
