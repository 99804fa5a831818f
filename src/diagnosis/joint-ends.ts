/** The line from (1, 0) to what was fitted, and the errors that its end has. */

import type { FoldedRows, JointPoint } from '../types/temper.js';
import { jointPoint } from './joint-choice.js';
import { everyFold, type JointFit } from './joint-fit.js';
import { isWhole, type OffsetsFit } from './joint-folds.js';
import { dot, factorsOf, ridgeOf } from './joint-newton.js';
import { preconditioner } from './joint-quasi-newton.js';
import { JointSums, type JointVector } from './joint-sums.js';
import { type RowReader, type RowSearch, readTogether } from './row-search.js';

/** The end of the line that starts at (1, 0): of all rows, and of each fold by the others. */
export interface JointEnds {
  readonly all: JointPoint;
  readonly folds: readonly JointPoint[];
  /**
   * What an error of the fit does to the share of β, as a point's β and a change of its offsets:
   * along it, a row's gradient is its part in that error. Null where the fit has one parameter.
   */
  readonly lean: { readonly beta: number; readonly offsets: Float64Array } | null;
}

/** Standard errors of what was fitted. */
export interface JointErrors {
  /** Of β. */
  readonly beta: number;
  /** Of Σ factor·value over β and the offsets of the groups; NaN where it is not known. */
  of(factors: JointVector): number;
}

/** Three Gauss–Legendre nodes on (0, 1): enough for what is a part of an error. */
const NODES = [
  { t: 0.1127016653792583, weight: 5 / 18 },
  { t: 0.5, weight: 8 / 18 },
  { t: 0.8872983346207417, weight: 5 / 18 },
] as const;

/** Sums at places along the line, of which the change of β's share with the end is made. */
class LineOfSums implements RowReader {
  readonly #sums: readonly JointSums[];
  readonly #x: JointVector;

  constructor({ problem, minimum: { x } }: OffsetsFit) {
    this.#x = x;
    const at = (t: number) => x.map((value, i) => (i === 0 ? 1 + t * (value - 1) : t * value));
    this.#sums = NODES.map(({ t }) => new JointSums(problem.kernel, problem.grouping, at(t), 1));
  }

  add(rows: FoldedRows): void {
    for (const sums of this.#sums) sums.add(rows);
  }

  /** The gradient of S = −(β − 1) Σ weight·L′(t) in β and b. */
  gradient(): JointVector {
    const gradient = new Float64Array(this.#x.length);
    const change = this.#x[0] - 1;
    NODES.forEach(({ t, weight }, i) => {
      const means = this.#sums[i].total();
      gradient[0] -= weight * means.gradient()[0];
      means.firstRow().forEach((value, g) => {
        gradient[g] -= change * weight * t * value;
      });
    });
    return gradient;
  }
}

/** Where the line ends, and what errors its end has; takes a reading where there are offsets. */
export function* searchEnds({
  alone: { fit },
  offsets,
}: JointFit): RowSearch<{ readonly ends: JointEnds; readonly errors: JointErrors | null }> {
  if (offsets === null) {
    const all = { beta: fit.beta, offsets: null };
    return { ends: { all, folds: everyFold(all), lean: null }, errors: null };
  }
  const { problem, minimum, folds, ridge } = offsets;
  const { kernel, grouping } = problem;
  const line = new LineOfSums(offsets);
  const squares = isWhole(problem) ? new JointSums(kernel, grouping, minimum.x, 3) : null;
  yield squares === null ? line : readTogether([line, squares]);
  const means = minimum.sums.total();
  const heldBy = ridgeOf(grouping, ridge / means.weight, means.weight);
  const gradient = line.gradient();
  let solve: (right: JointVector) => JointVector;
  let variance: (solved: JointVector) => number;
  if (squares === null) {
    const diagonal = preconditioner(means, heldBy);
    solve = (right) => right.map((value, i) => value / diagonal[i]);
    variance = (solved) =>
      dot(
        solved,
        solved.map((v, i) => v * diagonal[i]),
      ) / means.weight;
  } else {
    const factors = factorsOf(means.curvature(), heldBy, minimum.bound !== null);
    const error = squares.total().gradientError();
    solve = (right) => factors.solve(right);
    variance = (solved) => quadraticForm(error, solved);
  }
  const lean = solve(gradient);
  const errorOf = (of: JointVector) => Math.sqrt(Math.max(0, variance(solve(of))));
  const first = minimum.x.map((_, i) => (i === 0 ? 1 : 0));
  const ends = {
    all: jointPoint(problem, minimum.x),
    folds: folds.map((x) => jointPoint(problem, x)),
    lean: { beta: lean[0], offsets: Float64Array.from(grouping.of, (g) => lean[1 + g]) },
  };
  return { ends, errors: { beta: errorOf(first), of: errorOf } };
}

/** xᵀMx of a symmetric matrix's lower triangle. */
function quadraticForm(matrix: Float64Array, x: JointVector): number {
  const n = x.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let row = (matrix[i * n + i] * x[i]) / 2;
    for (let j = 0; j < i; j++) row += matrix[i * n + j] * x[j];
    sum += 2 * row * x[i];
  }
  return sum;
}
