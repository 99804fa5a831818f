/**
 * How firmly offsets of many classes are held at 0: by a ridge, chosen among a
 * few by the loss of rows that took no part in the fit. No offsets at all is
 * the choice unless another is better beyond chance.
 */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { FoldedRows, JointPoint } from '../types/temper.js';
import { ColumnMeans } from './column-means.js';
import { FOLDS } from './fold-moments.js';
import { foldFits, isWhole, minimise, type OffsetsFit, quadraticStep } from './joint-folds.js';
import { type JointProblem, longest, type Minimum, moved } from './joint-newton.js';
import { classOffsets, type JointSums, type JointVector } from './joint-sums.js';
import type { RowReader, RowSearch } from './row-search.js';

/** Ridges to choose from, in rows: for offsets of any size, of some 0.5 and of some 0.15. */
const RIDGES = [0, 4, 40];
/** Standard errors by which offsets must lower the loss out of fold. */
const BEYOND_CHANCE = 2;

/** Losses out of fold by one fit of the folds after the other, and how they differ from the first. */
class Contest implements RowReader {
  readonly #stages: readonly (readonly JointPoint[])[];
  readonly #problem: JointProblem;
  readonly gains: ColumnMeans;

  constructor(problem: JointProblem, fits: readonly (readonly JointVector[])[]) {
    this.#problem = problem;
    this.#stages = fits.map((folds) => folds.map((x) => jointPoint(problem, x)));
    this.gains = new ColumnMeans(fits.length - 1);
  }

  add({ rows, folds, weights }: FoldedRows): void {
    const { kernel } = this.#problem;
    const losses = this.#stages.map(() => new Float64Array(rows.count));
    kernel.runAt(rows, folds, this.#stages, ({ loss }, stage, count, firstRow) => {
      losses[stage].set(loss.subarray(0, count), firstRow);
    });
    const [alone, ...others] = losses;
    const gains = others.map((loss) => loss.map((value, r) => alone[r] - value));
    this.gains.add(gains, weights, rows.count);
  }
}

/** The point of a vector; without offsets where all are 0. */
export function jointPoint({ grouping }: JointProblem, x: JointVector): JointPoint {
  const isAlone = x.every((b, i) => i === 0 || b === 0);
  return { beta: x[0], offsets: isAlone ? null : classOffsets(grouping, x) };
}

/** The temperature alone without each fold: a step from that of all rows. */
function temperedFolds(
  { range }: JointProblem,
  { x, sums }: { readonly x: JointVector; readonly sums: JointSums },
): JointVector[] {
  return Array.from({ length: FOLDS }, (_, k) => {
    const means = sums.total(k);
    const step = x.map((_, i) => (i === 0 ? -means.gradient()[0] / means.firstRow()[0] : 0));
    return Number.isFinite(step[0]) ? moved(x, step, longest(x, step), range) : x;
  });
}

/**
 * @param minimum at `ridge`
 * @param tempered the temperature alone, with the sums there
 * @returns null where no offsets are best
 */
export function* chooseRidge(
  problem: JointProblem,
  minimum: Minimum,
  ridge: number,
  tempered: { readonly x: JointVector; readonly sums: JointSums },
  math: ScalarMath,
): RowSearch<OffsetsFit | null> {
  const { weight } = tempered.sums.total();
  const ridges = isWhole(problem) ? RIDGES : [ridge];
  const fits: JointVector[][] = [];
  for (const each of ridges) {
    const lambda = each / weight;
    if (isWhole(problem)) fits.push(quadraticFolds(problem, minimum, lambda));
    else fits.push(yield* foldFits(problem, minimum, lambda));
  }
  const contest = new Contest(problem, [temperedFolds(problem, tempered), ...fits]);
  yield contest;
  const means = ridges.map((_, i) => contest.gains.mean(i));
  const best = means.indexOf(Math.max(...means));
  const { mean, standardError } = contest.gains.paired(best, math);
  if (!(mean > BEYOND_CHANCE * standardError)) return null;
  const lambda = ridges[best] / weight;
  if (ridges[best] === ridge) {
    const folds = isWhole(problem) ? yield* foldFits(problem, minimum, lambda) : fits[best];
    return { problem, minimum, folds, ridge };
  }
  const place = { x: moved(minimum.x, stepTo(problem, minimum, lambda), 1, problem.range) };
  const held = yield* minimise(problem, lambda, place);
  const folds = yield* foldFits(problem, held, lambda);
  return { problem, minimum: held, folds, ridge: ridges[best] };
}

function stepTo(problem: JointProblem, minimum: Minimum, lambda: number): JointVector {
  return quadraticStep(problem, minimum, lambda, -1);
}

/** Near enough to the fits without each fold to choose by. */
function quadraticFolds(problem: JointProblem, minimum: Minimum, lambda: number): JointVector[] {
  const { x, sums } = minimum;
  return Array.from({ length: FOLDS }, (_, k) => {
    const own = sums.weight(k);
    if (own === 0 || !(sums.total().weight > own)) return x;
    return moved(x, quadraticStep(problem, minimum, lambda, k), 1, problem.range);
  });
}
