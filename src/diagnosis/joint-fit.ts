/**
 * One fit of temperature and offsets: softmax(βz + b) with β = 1/T and a number
 * for each class (Alexandari, Kundaje and Shrikumar, ICML 2020: bias-corrected
 * temperature scaling), once on all rows and once per fold on the others.
 *
 * The temperature alone comes first. It is where the joint fit begins, and what
 * is left where offsets do not pay on rows that they were not fitted on.
 */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { FoldedRows, TemperKernel } from '../types/temper.js';
import { FOLDS, foldOf } from './fold-moments.js';
import { chooseRidge } from './joint-choice.js';
import { foldFits, isWhole, minimise, type OffsetsFit } from './joint-folds.js';
import type { JointProblem } from './joint-newton.js';
import { JointSums, type JointVector } from './joint-sums.js';
import { type Grouping, groupClasses, TargetCounts } from './offset-groups.js';
import { type RowSearch, readTogether, searchRows, temperatureSearch } from './row-search.js';
import { type Refinement, searchRefinement, startingRows } from './temperature.js';
import { betaRange } from './temperature-range.js';

/** Up to so many classes offsets are fitted as they are: each has rows enough, or the interval says so. */
const A_HANDFUL = 5;
/** Many rows are fitted in a few of them first. */
const WORTH_A_PART = 8;
/** Rows' worth of a ridge where few rows are to tell many offsets: while a start is looked for, and by quasi-Newton steps. */
const SAFE_RIDGE = 4;

/** And in fits that are compared: less would let offsets of rare classes run, more would leave a part of others behind. */
const COMPARED_RIDGE = 1;

export interface JointFitOptions {
  /**
   * Ridge λ‖b‖²/2 on the offsets, in rows: λ is this by the weight of all rows. Left out, it is
   * chosen by the loss out of fold, no offsets among the choices; for a handful of classes it is 0.
   * `fixed` takes a small one where it would be chosen: fits that are compared must not differ in it.
   */
  readonly ridge?: number | 'fixed' | undefined;
}

export interface JointFit {
  /** The temperature alone. */
  readonly alone: Refinement;
  /** Null where offsets do not pay, or cannot be told. */
  readonly offsets: OffsetsFit | null;
  /** Null where there are no two groups of targets that offsets could tell apart. */
  readonly grouping: Grouping | null;
}

/** The rows of a sample in their folds. */
export function foldedSample(sample: RowSample): FoldedRows {
  const rows = sample.rows();
  return { rows, folds: Uint8Array.from(rows.index, foldOf), weights: rows.weights };
}

/**
 * Searches the fit of rows.
 * @param rows how many rows will be read
 * @param sample of these rows, or all of them, as logits
 * @returns null without rows that weigh something
 */
export function* searchJoint(
  rows: number,
  sample: RowSample,
  kernel: TemperKernel,
  math: ScalarMath,
  options: JointFitOptions = {},
): RowSearch<JointFit | null> {
  const { classes } = sample.options;
  const ridge = options.ridge === 'fixed' ? fixedRidge(classes) : options.ridge;
  const counts = new TargetCounts(classes);
  const search = searchRefinement(rows, sample, kernel, math);
  const alone = yield* temperatureSearch(search, kernel, counts);
  if (alone === null) return null;
  const grouping = groupClasses(counts);
  if (grouping === null || alone.fit.bound === 'separated') {
    return { alone, offsets: null, grouping };
  }
  const range = betaRange(sample);
  const problem: JointProblem = { kernel, grouping, range, leastWeight: counts.leastWeight };
  const tempered = new Float64Array(1 + grouping.count);
  tempered[0] = Math.min(range.high, Math.max(range.low, alone.fit.beta));
  const level = isWhole(problem) ? 2 : 1;
  const atTempered = new JointSums(kernel, grouping, tempered, level);
  const start = startOf(rows, sample, problem, tempered);
  const first = start === null ? atTempered : new JointSums(kernel, grouping, start, level);
  yield start === null ? atTempered : readTogether([atTempered, first]);
  const { weight } = atTempered.total();
  const isChosen = ridge === undefined && classes > A_HANDFUL;
  const firstRidge = ridge ?? (isChosen && !isWhole(problem) ? SAFE_RIDGE : 0);
  const place = { x: start ?? tempered, sums: first };
  const minimum = yield* minimise(problem, firstRidge / weight, place);
  if (!isChosen) {
    const folds = yield* foldFits(problem, minimum, firstRidge / weight);
    return { alone, offsets: { problem, minimum, folds, ridge: firstRidge }, grouping };
  }
  const tempering = { x: tempered, sums: atTempered };
  const offsets = yield* chooseRidge(problem, minimum, firstRidge, tempering, math);
  return { alone, offsets, grouping };
}

function fixedRidge(classes: number): number {
  return classes > A_HANDFUL ? COMPARED_RIDGE : 0;
}

/** The minimum over a few of the rows; null where all are few. */
function startOf(
  rows: number,
  sample: RowSample,
  problem: JointProblem,
  tempered: JointVector,
): JointVector | null {
  const few = startingRows(sample.options.classes);
  if (rows < WORTH_A_PART * few) return null;
  const part = foldedSample(sample.atMost(few));
  const weight = part.weights?.reduce((sum, w) => sum + w, 0) ?? part.rows.count;
  const search = minimise(problem, SAFE_RIDGE / weight, { x: tempered });
  const { x, bound } = searchRows(search, part);
  return bound === 'separated' ? null : x;
}

/** What stands in for the fits without each fold where there is none. */
export function everyFold<Value>(value: Value): Value[] {
  return Array.from({ length: FOLDS }, () => value);
}
