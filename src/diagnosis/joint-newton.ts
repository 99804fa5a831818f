/**
 * The (β, b) of least loss: damped Newton steps, by the whole curvature.
 *
 * The loss is convex, flat along a common change of all offsets alone. Where no
 * ridge ends that, the curvature is lifted along that direction, which no
 * gradient has a part of; with a ridge the gradient has one, and a lift would
 * shorten the steps.
 */

import type { TemperKernel } from '../types/temper.js';
import { Factors } from './cholesky.js';
import { FOLDS } from './fold-moments.js';
import { type JointMeans, JointSums, type JointVector } from './joint-sums.js';
import type { Grouping } from './offset-groups.js';
import type { RowSearch } from './row-search.js';
import type { BetaRange } from './temperature-range.js';

/** A step this short, of b and relative to β, ends at the minimum to the last bits that tell. */
const LAST_STEP = 1e-6;
const MOST_STEPS = 100;
/** Offsets change by no more in a step, and β by no larger factor. */
const MOST_CHANGE = 4;
/** Halvings of a step that does not lower the loss. */
const MOST_HALVINGS = 30;
/** Loss of a row that is right by less than half the probability: below it for all rows together, each is right. */
const RIGHT = Math.LN2;
/** Rows that are all right have no least loss: followed down to here. */
const SEPARATED_LOSS = 1e-4;

/** What a minimum is looked for of. */
export interface JointProblem {
  readonly kernel: TemperKernel;
  readonly grouping: Grouping;
  readonly range: BetaRange;
  /** The least weight of a row. */
  readonly leastWeight: number;
}

/** Where a search ended. */
export interface Minimum {
  readonly x: JointVector;
  /** Sums at `at`, a last step away from x at most. */
  readonly sums: JointSums;
  readonly at: JointVector;
  readonly bound: 'separated' | 'no-information' | null;
}

/**
 * What is added to the curvature's diagonal for offsets: a ridge λ‖b‖²/2 over the classes, and for
 * a group that no row has as target one of a single row's weight, without which its offset is −∞.
 * @param lambda in units of the mean loss
 */
export function ridgeOf(
  { count, sizes, targets }: Grouping,
  lambda: number,
  weight: number,
  without = -1,
): Float64Array {
  return sizes.map((size, g) => {
    let rows = 0;
    for (let k = 0; k < FOLDS; k++) if (k !== without) rows += targets[k * count + g];
    return lambda * size + (rows === 0 ? 1 / weight : 0);
  });
}

/** The curvature with its ridge, ready to be solved with; β held where `holdsBeta`. */
export function factorsOf(
  curvature: Float64Array,
  ridge: Float64Array,
  holdsBeta: boolean,
): Factors {
  const n = 1 + ridge.length;
  const matrix = curvature.slice();
  let lift = 0;
  if (ridge.every((r) => r === 0)) {
    for (let i = 1; i < n; i++) lift += matrix[i * n + i] / ridge.length;
  }
  for (let i = 1; i < n; i++) {
    for (let j = 1; j <= i; j++) matrix[i * n + j] += lift;
    matrix[i * n + i] += ridge[i - 1];
    if (holdsBeta) matrix[i * n] = 0;
  }
  if (holdsBeta) matrix[0] = 1;
  return new Factors(matrix, n);
}

/** The gradient with that of the ridge. */
export function ridgedGradient(
  gradient: JointVector,
  x: JointVector,
  ridge: Float64Array,
): JointVector {
  return gradient.map((value, i) => (i === 0 ? value : value + ridge[i - 1] * x[i]));
}

export function penalty(x: JointVector, ridge: Float64Array): number {
  return ridge.reduce((sum, r, g) => sum + (r * x[1 + g] ** 2) / 2, 0);
}

/** Σ aᵢbᵢ. */
export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** x + t·step, β kept in its range. */
export function moved(x: JointVector, step: JointVector, t: number, range: BetaRange): JointVector {
  const next = x.map((value, i) => value + t * step[i]);
  next[0] = Math.min(range.high, Math.max(range.low, next[0]));
  return next;
}

/** How much of a step is taken at most. */
export function longest(x: JointVector, step: JointVector): number {
  let share = 1;
  step.forEach((change, i) => {
    const most = i > 0 ? MOST_CHANGE : change > 0 ? (MOST_CHANGE - 1) * x[0] : x[0];
    if (Math.abs(change) * share > most) share = most / Math.abs(change);
  });
  return share;
}

export function isShort(x: JointVector, step: JointVector, bar: number): boolean {
  return step.every((change, i) => Math.abs(change) < bar * (i === 0 ? x[0] : 1));
}

/** Whether every row counts as right. */
function isSeparated({ loss, weight }: JointMeans, { leastWeight }: JointProblem): boolean {
  return loss * weight < RIGHT * leastWeight;
}

/**
 * Searches the minimum over the rows of all folds but `without`.
 * @param lambda ridge
 * @param first where to begin, with the sums there if they are known
 * @param lastStep ends with a step shorter than this; what is left is of its square
 */
export function* newton(
  problem: JointProblem,
  lambda: number,
  first: { readonly x: JointVector; readonly sums?: JointSums },
  without = -1,
  lastStep = LAST_STEP,
): RowSearch<Minimum> {
  const { kernel, grouping, range } = problem;
  let { x } = first;
  let sums = first.sums;
  if (sums === undefined) {
    sums = new JointSums(kernel, grouping, x, 2);
    yield sums;
  }
  for (let tries = 0; ; tries++) {
    const means = sums.total(without);
    const { weight } = means;
    const ridge = ridgeOf(grouping, lambda, weight, without);
    if (isSeparated(means, problem) && means.loss < SEPARATED_LOSS) {
      return { x, sums, at: x, bound: 'separated' };
    }
    const gradient = ridgedGradient(means.gradient(), x, ridge);
    const holdsBeta = x[0] <= range.low && gradient[0] > 0;
    const bound = holdsBeta ? 'no-information' : null;
    if (holdsBeta) gradient[0] = 0;
    const step = factorsOf(means.curvature(), ridge, holdsBeta)
      .solve(gradient)
      .map((s) => -s);
    if (isShort(x, step, lastStep) || tries === MOST_STEPS) {
      const isDone = isSeparated(means, problem) ? 'separated' : bound;
      return { x: moved(x, step, 1, range), sums, at: x, bound: isDone };
    }
    const slope = dot(gradient, step);
    const value = means.loss + penalty(x, ridge);
    let share = longest(x, step);
    for (let halvings = 0; ; halvings++) {
      const next = moved(x, step, share, range);
      const there = new JointSums(kernel, grouping, next, 2);
      yield there;
      const lower = there.total(without).loss + penalty(next, ridge);
      // Rounding alone keeps the loss from falling further where the slope is of its size.
      const isEnough = lower <= value + 1e-4 * share * slope + 1e-15 * Math.abs(value);
      if (isEnough || halvings === MOST_HALVINGS) {
        x = next;
        sums = there;
        break;
      }
      share /= 2;
    }
  }
}
