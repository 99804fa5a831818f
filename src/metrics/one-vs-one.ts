/** AUC of every pair of classes, as Hand and Till (Machine Learning 45, 2001) average it. */

import { sumSorted } from '../tallies/score-runs.js';
import type { RealArray } from '../types/gradients.js';
import type { ScoreSorter } from '../types/ranking.js';
import { RunningSum } from './running-sum.js';

/** Rows with a score per class. */
export interface ClassRows {
  readonly dtype: 'f32' | 'f64';
  readonly count: number;
  readonly classes: number;
  readonly targets: Int32Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
  /** Writes the scores of one class. */
  fillColumn(column: number, into: RealArray): void;
}

/** Averages of the AUC over pairs of classes that both occur; NaN where no pair does. */
export interface OneVsOne {
  readonly macro: number;
  /** Pairs weighted by the share of the rows that are of either class. */
  readonly weighted: number;
}

/**
 * A pair's AUC is the mean of two: rows of either class ranked by the scores of
 * one, and by those of the other. One sort per class serves all its pairs.
 */
export function oneVsOne(rows: ClassRows, sorter: ScoreSorter): OneVsOne {
  const { classes } = rows;
  const totals = classWeights(rows);
  const concordance = Array.from({ length: classes }, (_, c) => concordanceOf(rows, c, sorter));
  const macro = new RunningSum();
  const weighted = new RunningSum();
  const shares = new RunningSum();
  let pairs = 0;
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      if (totals[a] === 0 || totals[b] === 0) continue;
      const both = concordance[a][b] + concordance[b][a];
      const auc = Math.min(1, both / 4 / (totals[a] * totals[b]));
      const share = totals[a] + totals[b];
      macro.add(auc);
      weighted.add(auc * share);
      shares.add(share);
      pairs++;
    }
  }
  return { macro: macro.value / pairs, weighted: weighted.value / shares.value };
}

/** Weight of the rows of each class. */
function classWeights({ classes, targets, weights }: ClassRows): Float64Array {
  const totals = new Float64Array(classes);
  if (weights === null) {
    for (const target of targets) totals[target]++;
    return totals;
  }
  const rows = Uint32Array.from(targets.keys());
  return totals.map((_, c) => sumSorted(rows, (row) => targets[row] === c, weights));
}

/**
 * For rows ranked by the scores of class `a`: per other class, the weight of
 * its pairs with rows of class `a` that rank higher, twice, and of ties, once.
 */
function concordanceOf(rows: ClassRows, a: number, sorter: ScoreSorter): Float64Array {
  const { dtype, count, classes, targets, weights } = rows;
  const { scores, carried } = sorter.sort(dtype, count, (into, indices) => {
    rows.fillColumn(a, into);
    for (let i = 0; i < count; i++) indices[i] = i;
  });
  const sums = Array.from({ length: classes }, () => new RunningSum());
  const above = new RunningSum();
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && scores[to] === scores[from]) to++;
    if (weights === null) {
      let tied = 0;
      for (let i = from; i < to; i++) if (targets[carried[i]] === a) tied++;
      const gain = 2 * above.value + tied;
      for (let i = from; i < to; i++) {
        const target = targets[carried[i]];
        if (target !== a) sums[target].add(gain);
      }
      above.add(tied);
    } else {
      const run = carried.subarray(from, to);
      const tied = sumSorted(run, (row) => targets[row] === a, weights);
      const gain = 2 * above.value + tied;
      for (const target of new Set(Array.from(run, (row) => targets[row]))) {
        if (target === a) continue;
        sums[target].add(gain * sumSorted(run, (row) => targets[row] === target, weights));
      }
      above.add(tied);
    }
    from = to;
  }
  return Float64Array.from(sums, (sum) => sum.value);
}
