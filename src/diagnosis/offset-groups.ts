/** Which classes have an offset of their own, and which share one. */

import type { FoldedRows, OffsetGroups } from '../types/temper.js';
import { FOLDS } from './fold-moments.js';
import type { RowReader } from './row-search.js';

/** A class with fewer target rows has no offset of its own: so few do not tell it. */
export const FEWEST_TARGETS = 10;
/** Past this many classes the most frequent targets alone have offsets of their own. */
const MANY_CLASSES = 4096;
const MOST_OWN = 1024;

/** Counts the rows of each class as target, by folds. */
export class TargetCounts implements RowReader {
  readonly classes: number;
  /** `FOLDS × classes` */
  readonly #counts: Float64Array;
  /** The least weight of a row. */
  leastWeight = Number.POSITIVE_INFINITY;

  constructor(classes: number) {
    this.classes = classes;
    this.#counts = new Float64Array(FOLDS * classes);
  }

  add({ rows: { count, targets }, folds, weights }: FoldedRows): void {
    for (let r = 0; r < count; r++) {
      this.#counts[folds[r] * this.classes + targets[r]]++;
      const weight = weights === null ? 1 : weights[r];
      if (weight < this.leastWeight) this.leastWeight = weight;
    }
  }

  /** Target rows of a class, in all folds or one. */
  of(c: number, fold = -1): number {
    let count = 0;
    for (let k = 0; k < FOLDS; k++) {
      if (fold < 0 || k === fold) count += this.#counts[k * this.classes + c];
    }
    return count;
  }
}

/** Groups of classes, and what is known of each. */
export interface Grouping extends OffsetGroups {
  /** Classes of each group. */
  readonly sizes: Float64Array;
  /** Group of the classes that have no offset of their own; null where all have. */
  readonly common: number | null;
  /** Target rows of each group, by fold: `FOLDS × count`. */
  readonly targets: Float64Array;
}

/** @returns null where fewer than two groups are the target of any row: there is no offset to tell */
export function groupClasses(counts: TargetCounts): Grouping | null {
  const { classes } = counts;
  const all = Array.from({ length: classes }, (_, c) => counts.of(c));
  let own = all.map((_, c) => c).filter((c) => all[c] >= FEWEST_TARGETS);
  if (classes > MANY_CLASSES && own.length > MOST_OWN) {
    own.sort((a, b) => all[b] - all[a] || a - b);
    own = own.slice(0, MOST_OWN).sort((a, b) => a - b);
  }
  const hasCommon = own.length < classes;
  const count = own.length + (hasCommon ? 1 : 0);
  const of = new Int32Array(classes).fill(own.length);
  own.forEach((c, g) => {
    of[c] = g;
  });
  const sizes = new Float64Array(count);
  const targets = new Float64Array(FOLDS * count);
  const isTarget = new Set<number>();
  for (let c = 0; c < classes; c++) {
    sizes[of[c]]++;
    if (all[c] > 0) isTarget.add(of[c]);
    for (let k = 0; k < FOLDS; k++) targets[k * count + of[c]] += counts.of(c, k);
  }
  if (isTarget.size < 2) return null;
  return { count, of, sizes, common: hasCommon ? own.length : null, targets };
}
