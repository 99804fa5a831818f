/** For the rows of each fold the (β, b) that the rows of the other folds are fitted best by. */

import { FOLDS } from './fold-moments.js';
import {
  factorsOf,
  type JointProblem,
  type Minimum,
  newton,
  ridgedGradient,
  ridgeOf,
} from './joint-newton.js';
import { type QuasiMinimum, quasiNewton } from './joint-quasi-newton.js';
import type { JointSums, JointVector } from './joint-sums.js';
import type { RowSearch } from './row-search.js';

/** Offsets beside the temperature. */
export interface OffsetsFit {
  readonly problem: JointProblem;
  readonly minimum: Minimum;
  /** Without each fold. */
  readonly folds: readonly JointVector[];
  /** In rows. */
  readonly ridge: number;
}

/**
 * A step shorter than this ends where the others' fit is, but for its square: far less than
 * offsets that so few rows tell are known by.
 */
const SHORT_STEP = 0.03;
/** And where steps go by the diagonal of the curvature, each fold's search ends with steps this short. */
const LAST_FOLD_STEP = 2e-3;
/** Offsets up to here are fitted by the whole curvature. */
const MOST_WHOLE = 128;

/** Whether a problem is small enough for the whole curvature. */
export function isWhole({ grouping }: JointProblem): boolean {
  return grouping.count <= MOST_WHOLE;
}

/** Searches the minimum by whichever steps suit the number of offsets. */
export function minimise(
  problem: JointProblem,
  lambda: number,
  first: { readonly x: JointVector; readonly sums?: JointSums },
): RowSearch<Minimum> {
  return isWhole(problem) ? newton(problem, lambda, first) : quasiNewton(problem, lambda, first);
}

/** The minimum of the quadratic that the loss of all folds but `without` looks like at the fit of all. */
export function quadraticStep(
  { grouping }: JointProblem,
  { x, at, sums, bound }: Minimum,
  lambda: number,
  without: number,
): JointVector {
  const means = sums.total(without);
  const ridge = ridgeOf(grouping, lambda, means.weight, without);
  const holdsBeta = bound !== null;
  const gradient = ridgedGradient(means.gradient(), at, ridge);
  if (holdsBeta) gradient[0] = 0;
  const step = factorsOf(means.curvature(), ridge, holdsBeta).solve(gradient);
  return step.map((s, i) => at[i] - s - x[i]);
}

/**
 * Where the others are separated, or there are none, the fit of all rows stands in: a row that is
 * not like them would cost without end.
 * @returns a vector for each fold
 */
export function* foldFits(
  problem: JointProblem,
  minimum: Minimum,
  lambda: number,
): RowSearch<JointVector[]> {
  const fits: JointVector[] = [];
  const { x, sums, bound, pairs } = minimum as QuasiMinimum;
  const all = sums.total().weight;
  for (let k = 0; k < FOLDS; k++) {
    const own = sums.weight(k);
    if (own === 0 || !(all - own > 0) || bound === 'separated') {
      fits.push(x);
      continue;
    }
    if (!isWhole(problem)) {
      const others = yield* quasiNewton(problem, lambda, { x, sums, pairs }, k, LAST_FOLD_STEP);
      fits.push(others.bound === 'separated' ? x : others.x);
      continue;
    }
    const others = yield* newton(problem, lambda, { x: minimum.at, sums }, k, SHORT_STEP);
    fits.push(others.bound === 'separated' ? x : others.x);
  }
  return fits;
}
