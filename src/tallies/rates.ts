/** Precision, recall, Fβ, Jaccard index and specificity as fractions of weights. */

/**
 * A rate of one class or of one row of labels. `hits` are what is both target
 * and prediction, and counted in `targets` and `predictions` too; `weight` is
 * everything there is.
 */
export type Rate = (
  hits: number,
  targets: number,
  predictions: number,
  weight: number,
) => readonly [numerator: number, denominator: number];

/** TP / (TP + FP). */
export const precision: Rate = (hits, _targets, predictions) => [hits, predictions];

/** TP / (TP + FN). */
export const recall: Rate = (hits, targets) => [hits, targets];

/** TP / (TP + FP + FN). */
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

/** The rates that reports give, by name. */
export function ratesFor(betas: readonly number[]): [string, Rate][] {
  return [
    ['precision', precision],
    ['recall', recall],
    ...betas.map((beta): [string, Rate] => [`f${beta}`, fBeta(beta)]),
    ['jaccard', jaccard],
    ['specificity', specificity],
  ];
}
