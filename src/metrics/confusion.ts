/** The confusion matrix as reports show it. */

import { exactSum } from '../tallies/exact-sums.js';
import { UsageError } from '../types/errors.js';
import type { Confusion } from '../types/report.js';
import type { LabelTally } from './marginals.js';

/**
 * The whole matrix for up to 1024 classes; else the heaviest cells.
 * @param cells most cells of a sparse matrix to give.
 * @returns null where there were too many cells to count (see `confusionLeftOut`).
 */
export function confusionOf(tally: LabelTally, cells = 1000): Confusion | null {
  const { confusion } = tally.labels;
  if (confusion.leftOut) return null;
  if (confusion.dense) return { layout: 'dense', matrix: wholeMatrix(tally) };
  const { targets, predictions, weights } = confusion.entries();
  // Entries stand by target, then prediction, and sorting is stable.
  const order = Array.from(weights.keys()).sort((a, b) => weights[b]! - weights[a]!);
  return {
    layout: 'sparse',
    nonZero: weights.length,
    cells: order.slice(0, cells).map((i) => ({
      target: targets[i]!,
      prediction: predictions[i]!,
      weight: weights[i]!,
    })),
  };
}

/** Whether the confusion matrix had more cells than are counted. */
export function confusionLeftOut(tally: LabelTally): boolean {
  return tally.labels.confusion.leftOut;
}

/** Most classes for which the whole matrix is given as lists. */
const WHOLE_CLASSES = 4096;

/**
 * All cells of the first `classes` classes, 0 or not.
 * @throws UsageError `too-many-cells`
 */
export function wholeMatrix({ labels }: LabelTally, classes = labels.classes): number[][] {
  const { confusion } = labels;
  if (confusion.leftOut || classes > WHOLE_CLASSES) {
    throw new UsageError(
      'too-many-cells',
      `A confusion matrix of ${classes} classes is too large to list; expected at most ${WHOLE_CLASSES} classes and a million cells that are not 0. Name some classes with labels.`,
    );
  }
  if (confusion.dense) {
    return Array.from({ length: classes }, (_, k) => confusion.row(k).slice(0, classes));
  }
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const { targets, predictions, weights } = confusion.entries();
  weights.forEach((weight, i) => {
    matrix[targets[i]!]![predictions[i]!] = weight;
  });
  return matrix;
}

/** The matrix with rows, columns or all that add up to 1; what adds up to 0 stays 0. */
export function normalizedMatrix(
  matrix: readonly (readonly number[])[],
  over: 'true' | 'pred' | 'all',
): number[][] {
  const ofTargets = matrix.map(exactSum);
  const ofPredictions = matrix.map((_, prediction) =>
    exactSum(matrix.map((row) => row[prediction]!)),
  );
  const all = exactSum(ofTargets);
  return matrix.map((row, target) =>
    row.map((weight, prediction) => {
      if (weight === 0) return 0;
      if (over === 'true') return weight / ofTargets[target]!;
      return weight / (over === 'pred' ? ofPredictions[prediction]! : all);
    }),
  );
}
