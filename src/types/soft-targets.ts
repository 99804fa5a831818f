/** Soft targets: rows of a probability per class instead of one class. */

import { MISSING_TARGET, NO_LARGEST } from './scores.js';

/** How far Σ q may lie from 1; as for rows of probabilities. */
const TOLERANCE = 1e-3;

/**
 * The class that a row of soft targets stands for in metrics of labels: the
 * one that is strictly largest.
 * @param soft row-major
 * @param from where the row begins
 * @returns its index; {@link NO_LARGEST} where several are; {@link MISSING_TARGET} where all are NaN
 */
export function softTarget(soft: ArrayLike<number>, from: number, classes: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  let target = MISSING_TARGET;
  for (let c = 0; c < classes; c++) {
    const q = soft[from + c];
    if (q > largest) {
      largest = q;
      target = c;
    } else if (q === largest) {
      target = NO_LARGEST;
    }
  }
  return target;
}

/** Index of the first of the largest classes of a row, where it has a target. */
export function firstLargest(soft: ArrayLike<number>, from: number, classes: number): number {
  let first = 0;
  for (let c = 1; c < classes; c++) if (soft[from + c] > soft[from + first]) first = c;
  return first;
}

/**
 * What makes a row with a target no probabilities.
 * @returns null where they are
 */
export function softProblem(soft: ArrayLike<number>, from: number, classes: number): string | null {
  let sum = 0;
  let lowest = 0;
  for (let c = 0; c < classes; c++) {
    const q = soft[from + c];
    sum += q;
    if (q < lowest) lowest = q;
  }
  // A sum that is NaN is off, too.
  if (lowest === 0 && Math.abs(sum - 1) <= TOLERANCE) return null;
  for (let c = 0; c < classes; c++) {
    const q = soft[from + c];
    if (!(q >= 0)) return `${q} for class ${c}`;
  }
  return `a row that sums to ${sum}`;
}
