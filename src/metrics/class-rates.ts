/** Precision, recall, Fβ, Jaccard index and specificity: per class and averaged. */

import { type Marginals, sumOverClasses } from './marginals.js';

/** What 0/0 counts as. NaN leaves a class out of averages. */
export type ZeroDivision = number;

export const AVERAGES = ['micro', 'macro', 'weighted', 'none'] as const;
export type Average = (typeof AVERAGES)[number];

/** A rate as a fraction of weights. `hits` are right rows of a class, counted in `targets` and `predictions` too. */
export type Rate = (
  hits: number,
  targets: number,
  predictions: number,
  weight: number,
) => readonly [numerator: number, denominator: number];

export const precision: Rate = (hits, _targets, predictions) => [hits, predictions];
export const recall: Rate = (hits, targets) => [hits, targets];
export const jaccard: Rate = (hits, targets, predictions) => [hits, targets - hits + predictions];

/** True negatives over all negatives. Rounded weights may leave a little less than nothing. */
export const specificity: Rate = (hits, targets, predictions, weight) => {
  const negatives = Math.max(0, weight - targets);
  const falsePositives = Math.max(0, predictions - hits);
  return [Math.max(0, negatives - falsePositives), negatives];
};

/** Fβ = (1 + β²)·TP / (β²·targets + predictions). */
export function fBeta(beta: number): Rate {
  const square = beta * beta;
  return (hits, targets, predictions) => [(1 + square) * hits, square * targets + predictions];
}

/**
 * A rate under one average.
 * @returns one number, or one per class (all of them, seen or not) for `none`.
 *   Macro and weighted averages run over the classes that occur among targets
 *   or predictions, micro adds their fractions up.
 */
export function averagedRate(
  rate: Rate,
  average: Average,
  marginals: Marginals,
  zeroDivision: ZeroDivision,
): number | number[] {
  const { classes, targets, predictions, hits, weight } = marginals;
  const fractions = Array.from({ length: classes }, (_, k) =>
    rate(hits[k]!, targets[k]!, predictions[k]!, weight),
  );
  const ratio = ([numerator, denominator]: readonly [number, number]) =>
    denominator === 0 ? zeroDivision : numerator / denominator;
  if (average === 'none') {
    return marginals.classesSeen === 0 ? fractions.map(() => Number.NaN) : fractions.map(ratio);
  }
  const seen = (k: number) => targets[k]! > 0 || predictions[k]! > 0;
  if (marginals.classesSeen === 0) return Number.NaN;
  if (average === 'micro') {
    return ratio([
      sumOverClasses(classes, (k) => (seen(k) ? fractions[k]![0] : 0)),
      sumOverClasses(classes, (k) => (seen(k) ? fractions[k]![1] : 0)),
    ]);
  }
  const values = fractions.map(ratio);
  const share = (k: number) => {
    if (!seen(k) || Number.isNaN(values[k])) return 0;
    return average === 'macro' ? 1 : targets[k]!;
  };
  const total = sumOverClasses(classes, share);
  // All classes undefined, or none of those that are defined has a target.
  if (total === 0) return zeroDivision;
  return sumOverClasses(classes, (k) => (share(k) === 0 ? 0 : share(k) * values[k]!)) / total;
}
