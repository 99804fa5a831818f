/** What recalibrations by temperature and offsets have in common: fits of labels, or of classes, and what they do to rows. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { FitRows, Fitted, RowLosses } from '../types/fitted.js';
import type { FoldedRows, TemperKernel } from '../types/temper.js';
import { foldOf } from './fold-moments.js';
import { answersOf } from './joint-answers.js';
import { type JointEnds, searchEnds } from './joint-ends.js';
import { type JointFitOptions, searchJoint } from './joint-fit.js';
import { AS_IS, mixedParts, PartMeans, rightAt } from './joint-parts.js';
import type { JointFound, JointTerms, LabelRows } from './joint-terms.js';
import type { FitOfAllRows } from './recalibration.js';
import type { RowReader, RowSearch } from './row-search.js';

/**
 * Searches temperature and offsets of rows of classes.
 * @returns null without rows that weigh something
 */
export function* searchFound(
  rows: number,
  sample: RowSample,
  kernel: TemperKernel,
  math: ScalarMath,
  options: JointFitOptions = {},
): RowSearch<JointFound | null> {
  const fit = yield* searchJoint(rows, sample, kernel, math, options);
  if (fit === null) return null;
  const { ends, errors } = yield* searchEnds(fit);
  const { alone, offsets } = fit;
  const crossFittedExcess = offsets === null ? alone.crossFittedLoss - alone.fit.loss : 0;
  return { fit, ends, errors, crossFittedExcess };
}

/** The folds of rows. */
function foldsOf({ index, count }: FitRows): Uint8Array {
  return Uint8Array.from(index.subarray(0, count), foldOf);
}

/** Adds rows to the means of parts. */
export function addParts(means: PartMeans, { labelRows }: JointTerms, batch: FitRows): RowLosses {
  const folds = foldsOf(batch);
  const columns = labelRows();
  const { weights, count } = batch;
  return means.add(count, weights, (label) => ({ rows: columns.of(batch, label), folds, weights }));
}

/** The rows of a sample that was fitted, and what the fit leaves of their loss: known already, and dear. */
interface OwnLosses {
  readonly index: Float64Array;
  readonly losses: RowLosses;
}

/** Whether both are the same memory. */
function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}

/** The fit, once its parts are known. */
export function fittedOf(
  terms: JointTerms,
  found: readonly JointFound[],
  means: PartMeans,
  own?: OwnLosses,
): Fitted {
  const { math, threshold } = terms;
  const parts = { ...means.parts(math), residual: means.residual };
  const [{ fit, ends }] = found;
  const { bound } = fit.alone.fit;
  const isBound = terms.isOfLabels || (fit.offsets?.minimum.bound ?? bound) !== null;
  return {
    rows: means.rows,
    lossAsIs: means.lossAsIs,
    loss: parts.refinement.inSample,
    crossFittedLoss: parts.refinement.crossFitted,
    logTemperature: isBound ? Number.NaN : -math.log(ends.all.beta),
    parameters: terms.parameters(found, means),
    parts,
    losses: (batch) =>
      own !== undefined && isSame(batch.index, own.index)
        ? own.losses
        : lossesOf(terms, found, batch),
    ...(terms.predicted && { answers: (batch, as) => answersOf(terms, found, batch, as) }),
    rightAtOffsets: (batch) => {
      if (found.every((label) => label.ends.all.offsets === null)) return null;
      const columns = terms.labelRows();
      const folds = foldsOf(batch);
      const right = new Float64Array(batch.count).fill(1);
      found.forEach((label, k) => {
        const own = rightIn({ rows: columns.of(batch, k), folds }, label.ends, threshold);
        for (let r = 0; r < right.length; r++) right[r] *= own[r];
      });
      return right;
    },
  };
}

/** Where a label has no offsets, it is right where it is as it is. */
function rightIn(
  { rows, folds }: Pick<FoldedRows, 'rows' | 'folds'>,
  { all, folds: ends }: JointEnds,
  threshold: number | null,
): Float64Array {
  const hasOffsets = all.offsets !== null;
  if (!hasOffsets) return rightAt({ rows, folds: null }, [AS_IS], threshold);
  return rightAt({ rows, folds }, ends, threshold === null ? null : 0);
}

/** Means over the labels of the parts of each row. */
function lossesOf(
  { kernel, labelRows }: JointTerms,
  found: readonly JointFound[],
  batch: FitRows,
): RowLosses {
  const columns = labelRows();
  const [asIs, refined, scale, lean] = [0, 1, 2, 3].map(() => new Float64Array(batch.count));
  const share = 1 / found.length;
  const folds = foldsOf(batch);
  found.forEach((fit, k) => {
    const parts = mixedParts(kernel, { rows: columns.of(batch, k), folds }, fit);
    for (let r = 0; r < batch.count; r++) {
      asIs[r] += share * parts.own.asIs[r];
      refined[r] += share * parts.refined[r];
      scale[r] += share * parts.scale[r];
      lean[r] += share * parts.own.lean[r];
    }
  });
  return { asIs, refined, scale, lean };
}

interface Advance {
  readonly search: RowSearch<JointFound | null>;
  reader: RowReader | null;
  found: JointFound | null;
}

/** Searches that advance together, each reading of the rows serving all that are not done; then one for the parts. */
export class JointOfAllRows implements FitOfAllRows {
  readonly #terms: JointTerms;
  readonly #searches: readonly Advance[];
  readonly #columns: LabelRows;
  #means: PartMeans | null = null;
  #fitted: Fitted | null = null;

  constructor(terms: JointTerms, searches: readonly RowSearch<JointFound | null>[]) {
    this.#terms = terms;
    this.#columns = terms.labelRows();
    this.#searches = searches.map((search) => {
      const advance: Advance = { search, reader: null, found: null };
      takeStep(advance);
      return advance;
    });
  }

  add(batch: FitRows): void {
    if (this.#means !== null) {
      addParts(this.#means, this.#terms, batch);
      return;
    }
    const folds = foldsOf(batch);
    const { weights } = batch;
    this.#searches.forEach(({ reader }, label) => {
      if (reader === null) return;
      reader.add({ rows: this.#columns.of(batch, label), folds, weights });
    });
  }

  next(): boolean {
    if (this.#means !== null) {
      this.#fitted = fittedOf(this.#terms, this.#found(), this.#means);
      return false;
    }
    for (const advance of this.#searches) if (advance.reader !== null) takeStep(advance);
    if (this.#searches.some(({ reader }) => reader !== null)) return true;
    const found = this.#found();
    // Rows that weigh nothing do so for every label.
    if (found.length < this.#searches.length) return false;
    this.#means = new PartMeans(this.#terms.kernel, found, this.#terms.threshold);
    return true;
  }

  #found(): JointFound[] {
    return this.#searches.flatMap(({ found }) => (found === null ? [] : [found]));
  }

  found(): Fitted | null {
    return this.#fitted;
  }
}

function takeStep(advance: Advance): void {
  const step = advance.search.next();
  advance.reader = step.done === true ? null : step.value;
  if (step.done === true) advance.found = step.value;
}
