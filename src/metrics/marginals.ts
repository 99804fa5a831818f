/** Weight of each class among targets, predictions and hits: all that most label metrics need. */

import { exactSum } from '../tallies/exact-sums.js';
import type { LabelCounts } from '../tallies/label-counts.js';
import type { WeightMoments } from '../tallies/ratio-moments.js';

/** A tally of one target and one predicted class per row. */
export interface LabelTally {
  readonly weights: WeightMoments;
  readonly labels: LabelCounts;
}

export interface Marginals {
  readonly classes: number;
  readonly targets: Float64Array;
  readonly predictions: Float64Array;
  readonly hits: Float64Array;
  /** Weight of all rows. */
  readonly weight: number;
  /** Weight of the rows that are predicted right. */
  readonly right: number;
  /** Classes that occur, with weight, among targets. */
  readonly targetClasses: number;
  /** Classes that occur, with weight, among targets or predictions. */
  readonly classesSeen: number;
}

export function marginalsOf(tally: LabelTally): Marginals {
  const { labels } = tally;
  const { weight } = tally.weights.totals();
  return marginals({
    targets: labels.targets.values(),
    predictions: labels.predictions.values(),
    hits: labels.hits.values(),
    weight,
    right: labels.hits.total(),
  });
}

/** Counts the classes of weights per class. */
export function marginals(
  weights: Omit<Marginals, 'classes' | 'targetClasses' | 'classesSeen'>,
): Marginals {
  const { targets, predictions } = weights;
  return {
    ...weights,
    classes: targets.length,
    targetClasses: targets.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0),
    classesSeen: targets.reduce(
      (count, weight, k) => count + (weight > 0 || predictions[k]! > 0 ? 1 : 0),
      0,
    ),
  };
}

/** Number of classes that occur among targets or predictions: the denominator of macro averages. */
export function classesSeen(tally: LabelTally): number {
  return marginalsOf(tally).classesSeen;
}

/** Frequencies π of the target classes. */
export function frequencies({ targets, weight }: Marginals): Float64Array {
  return targets.map((target) => target / weight);
}

/** Σ f(k) over all classes, exact in every order of the classes. */
export function sumOverClasses(classes: number, f: (k: number) => number): number {
  return exactSum(Float64Array.from({ length: classes }, (_, k) => f(k)));
}
