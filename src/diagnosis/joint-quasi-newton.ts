/**
 * The (β, b) of least loss where the whole curvature of so many offsets would
 * take longer than the steps that it saves: limited-memory BFGS (Liu and
 * Nocedal, 1989) on top of the curvature's diagonal.
 */

import {
  dot,
  isShort,
  type JointProblem,
  longest,
  type Minimum,
  moved,
  penalty,
  ridgedGradient,
  ridgeOf,
} from './joint-newton.js';
import { type JointMeans, JointSums, type JointVector } from './joint-sums.js';
import type { RowSearch } from './row-search.js';

/** Pairs of changes that are remembered. */
const MEMORY = 12;
const MOST_STEPS = 400;
const MOST_HALVINGS = 30;
const LAST_STEP = 1e-7;
/** Loss of a row below which it is right, and of rows that are all right where no more is gained. */
const RIGHT = Math.LN2;
const SEPARATED_LOSS = 1e-4;

export interface Pair {
  readonly step: JointVector;
  readonly change: JointVector;
  readonly product: number;
}

/** The two loops: what the pairs make of a gradient. */
function direction(gradient: JointVector, diagonal: JointVector, pairs: readonly Pair[]) {
  const q = gradient.slice();
  const shares = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, product } = pairs[i];
    shares[i] = dot(step, q) / product;
    for (let j = 0; j < q.length; j++) q[j] -= shares[i] * change[j];
  }
  const r = q.map((value, j) => value / diagonal[j]);
  pairs.forEach(({ step, change, product }, i) => {
    const share = dot(change, r) / product;
    for (let j = 0; j < r.length; j++) r[j] += (shares[i] - share) * step[j];
  });
  return r.map((value) => -value);
}

/** The diagonal with its ridge, nowhere 0. */
export function preconditioner(means: JointMeans, ridge: Float64Array): JointVector {
  const diagonal = means.diagonal();
  const least = 1e-12 * Math.max(...diagonal);
  return diagonal.map((value, i) => Math.max(least, value + (i === 0 ? 0 : ridge[i - 1])) || 1);
}

/** A minimum with what was learned of the curvature on the way. */
export interface QuasiMinimum extends Minimum {
  readonly pairs: readonly Pair[];
}

/**
 * As `newton`, with sums of level 1.
 * @param first may bring what a search of nearly the same rows has learned
 */
export function* quasiNewton(
  problem: JointProblem,
  lambda: number,
  first: {
    readonly x: JointVector;
    readonly sums?: JointSums;
    readonly pairs?: readonly Pair[];
  },
  without = -1,
  lastStep = LAST_STEP,
): RowSearch<QuasiMinimum> {
  const { kernel, grouping, range, leastWeight } = problem;
  let { x } = first;
  let sums = first.sums;
  if (sums === undefined) {
    sums = new JointSums(kernel, grouping, x, 1);
    yield sums;
  }
  const pairs: Pair[] = [...(first.pairs ?? [])];
  for (let tries = 0; ; tries++) {
    const means = sums.total(without);
    const { weight, loss } = means;
    const ridge = ridgeOf(grouping, lambda, weight, without);
    const isSeparated = loss * weight < RIGHT * leastWeight;
    const gradient = ridgedGradient(means.gradient(), x, ridge);
    const holdsBeta = x[0] <= range.low && gradient[0] > 0;
    if (holdsBeta) gradient[0] = 0;
    const step = direction(gradient, preconditioner(means, ridge), pairs);
    if (holdsBeta) step[0] = 0;
    const isDone = isShort(x, step, lastStep) || tries === MOST_STEPS;
    if (isDone || (isSeparated && loss < SEPARATED_LOSS)) {
      const bound = isSeparated ? 'separated' : holdsBeta ? 'no-information' : null;
      return { x, sums, at: x, bound, pairs };
    }
    const slope = dot(gradient, step);
    const value = loss + penalty(x, ridge);
    let share = longest(x, step);
    for (let halvings = 0; ; halvings++) {
      const next = moved(x, step, share, range);
      const there = new JointSums(kernel, grouping, next, 1);
      yield there;
      const means = there.total(without);
      const isEnough = means.loss + penalty(next, ridge) <= value + 1e-4 * share * slope + 1e-14;
      if (isEnough || halvings === MOST_HALVINGS) {
        const change = ridgedGradient(means.gradient(), next, ridge).map((g, i) => g - gradient[i]);
        const taken = next.map((to, i) => to - x[i]);
        const product = dot(taken, change);
        if (product > 1e-300) pairs.push({ step: taken, change, product });
        if (pairs.length > MEMORY) pairs.shift();
        x = next;
        sums = there;
        break;
      }
      share /= 2;
    }
  }
}
