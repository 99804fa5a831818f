/** The confusion matrix as reports show it. */

import type { ClassificationTally } from '../tallies/classification-tally.js';
import type { Confusion } from '../types/report.js';

/**
 * The whole matrix for up to 1024 classes; else the heaviest cells.
 * @param cells most cells of a sparse matrix to give.
 * @returns null where there were too many cells to count (see `confusionLeftOut`).
 */
export function confusionOf(tally: ClassificationTally, cells = 1000): Confusion | null {
  const { confusion, classes } = tally.labels;
  if (confusion.leftOut) return null;
  if (confusion.dense) {
    const matrix: number[][] = [];
    for (let target = 0; target < classes; target++) matrix.push(confusion.row(target));
    return { layout: 'dense', matrix };
  }
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
export function confusionLeftOut(tally: ClassificationTally): boolean {
  return tally.labels.confusion.leftOut;
}

/** The matrix with rows that add up to 1; a class without targets has zeros. Null unless dense. */
export function confusionTrue(tally: ClassificationTally): number[][] | null {
  const confusion = confusionOf(tally);
  if (confusion?.layout !== 'dense') return null;
  const targets = tally.labels.targets.values();
  return confusion.matrix.map((row, target) =>
    row.map((weight) => (weight === 0 ? 0 : weight / targets[target]!)),
  );
}
