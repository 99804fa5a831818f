/** What a joint fit saves of the loss, as parts with their errors, and what it does to accuracy. */

import { Z_95 } from '../metrics/intervals.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowLosses } from '../types/fitted.js';
import type { FoldedRows, JointPoint, LeaningPoint, TemperKernel } from '../types/temper.js';
import { ColumnMeans } from './column-means.js';
import type { JointEnds } from './joint-ends.js';
import { mcnemarTest } from './paired-tests.js';
import { pathParts } from './path-parts.js';

/** Rows of (β, b), one after the other. */
export interface RowParts {
  readonly asIs: Float64Array;
  readonly refined: Float64Array;
  /** Share of β in what a row loses; the rest is that of b. */
  readonly scale: Float64Array;
  /** Its part in the error of the fit, to be taken off `scale` where errors of means are wanted. */
  readonly lean: Float64Array;
  readonly residual: number;
}

/** Where the line begins. */
export const AS_IS: JointPoint = { beta: 1, offsets: null };

/** The parts of rows, all at one end or each at that of its fold. */
export function rowParts(
  kernel: TemperKernel,
  { rows, folds }: Pick<FoldedRows, 'rows'> & { readonly folds: Uint8Array | null },
  ends: readonly JointPoint[],
  lean: JointEnds['lean'] = null,
): RowParts {
  const [asIs, refined, leans] = [0, 1, 2].map(() => new Float64Array(rows.count));
  const end: readonly LeaningPoint[] = ends.map((point) => ({ ...point, lean: lean?.offsets }));
  const stages = [ends.map(() => AS_IS), end];
  kernel.runAt(rows, folds, stages, (columns, stage, count, firstRow) => {
    (stage === 0 ? asIs : refined).set(columns.loss.subarray(0, count), firstRow);
    if (stage === 0 || lean === null) return;
    for (let r = 0; r < count; r++) {
      leans[firstRow + r] = lean.beta * columns.first[r] + columns.lean[r];
    }
  });
  const lost = asIs.map((loss, r) => loss - refined[r]);
  const { scale, residual } = pathParts(kernel, rows, folds, ends, lost);
  return { asIs, refined, scale, lean: leans, residual };
}

/** The highest of βz + b of each row; ties go to the lowest class, at two classes above `threshold` to the second. */
export function predictedAt(
  { rows, folds }: Pick<FoldedRows, 'rows'> & { readonly folds: Uint8Array | null },
  points: readonly JointPoint[],
  threshold: number | null,
): Int32Array {
  const { classes, count, scores } = rows;
  const predicted = new Int32Array(count);
  for (let r = 0; r < count; r++) {
    const { beta, offsets } = points[folds === null ? 0 : folds[r]];
    const at = r * classes;
    const value = (c: number) => beta * scores[at + c] + (offsets === null ? 0 : offsets[c]);
    if (threshold !== null) {
      predicted[r] = value(1) - value(0) >= threshold ? 1 : 0;
      continue;
    }
    let top = value(0);
    for (let c = 1; c < classes; c++) {
      const z = beta * scores[at + c] + (offsets === null ? 0 : offsets[c]);
      if (z > top) [predicted[r], top] = [c, z];
    }
  }
  return predicted;
}

/** Which of rows have as target what is predicted of them: 1 or 0. */
export function rightAt(
  seen: Pick<FoldedRows, 'rows'> & { readonly folds: Uint8Array | null },
  points: readonly JointPoint[],
  threshold: number | null,
): Float64Array {
  const { targets } = seen.rows;
  return Float64Array.from(predictedAt(seen, points, threshold), (predicted, r) =>
    predicted === targets[r] ? 1 : 0,
  );
}

/** A mean out of fold and in sample, with what lies between them, its interval and the test of 0. */
export interface TestedMean {
  readonly value: number;
  readonly crossFitted: number;
  readonly inSample: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

const NOTHING: TestedMean = {
  value: 0,
  crossFitted: 0,
  inSample: 0,
  low: 0,
  high: 0,
  pValue: 1,
};

/**
 * Share of what is in sample in the mean that neither flatters nor does the opposite: a fit gains
 * on its own rows what it loses on others, and of five folds these others are fitted by four.
 */
export const OWN_SHARE = 5 / 9;

/** Parts of rows between those in sample and those out of fold. */
export interface MixedParts {
  readonly own: RowParts;
  readonly cross: RowParts;
  readonly refined: Float64Array;
  readonly scale: Float64Array;
}

/** @param seen rows with their folds */
export function mixedParts(
  kernel: TemperKernel,
  seen: Pick<FoldedRows, 'rows' | 'folds'>,
  { ends, crossFittedExcess }: EndsFit,
): MixedParts {
  const own = rowParts(kernel, { rows: seen.rows, folds: null }, [ends.all], ends.lean);
  const cross = ends.all.offsets === null ? own : rowParts(kernel, seen, ends.folds);
  const shift = (1 - OWN_SHARE) * crossFittedExcess;
  const mix = (name: 'refined' | 'scale', added: number) =>
    own[name].map((value, r) => OWN_SHARE * value + (1 - OWN_SHARE) * cross[name][r] + added);
  return { own, cross, refined: mix('refined', shift), scale: mix('scale', -shift) };
}

/** Accuracy at the offsets that the other folds fitted, beside the accuracy as it is. */
export interface OffsetAccuracy {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Of the test that both are equal. */
  readonly pValue: number;
  readonly asIs: number;
}

/** What was fitted to the rows of a label, or of classes. */
export interface EndsFit {
  readonly ends: JointEnds;
  /**
   * How much higher the mean loss out of fold is than in sample, where the fits without each fold
   * are not at hand; 0 where `ends` has them.
   */
  readonly crossFittedExcess: number;
}

/** Means over rows of what fits do to them; of several labels the mean over these. */
export class PartMeans {
  readonly #kernel: TemperKernel;
  readonly #fits: readonly EndsFit[];
  readonly #threshold: number | null;
  readonly #hasOffsets: boolean;
  readonly #means = new ColumnMeans(10);
  readonly #right = new ColumnMeans(3);
  #up = 0;
  #down = 0;
  #residual = 0;
  #isWeighted = false;

  /** @param threshold of the second of two classes as it is; null where the highest of all is predicted */
  constructor(kernel: TemperKernel, fits: readonly EndsFit[], threshold: number | null) {
    this.#kernel = kernel;
    this.#fits = fits;
    this.#threshold = threshold;
    this.#hasOffsets = fits.some(({ ends }) => ends.all.offsets !== null);
  }

  /**
   * @param rowsOf rows of a label; valid until the next call
   * @returns what the fits leave of the loss of these rows
   */
  add(
    count: number,
    weights: Float64Array | null,
    rowsOf: (label: number) => FoldedRows,
  ): RowLosses {
    const columns = Array.from({ length: 10 }, () => new Float64Array(count));
    const lean = new Float64Array(count);
    const [was, is] = [0, 1].map(() => new Float64Array(this.#hasOffsets ? count : 0).fill(1));
    this.#fits.forEach((fit, label) => {
      const { ends } = fit;
      const seen = rowsOf(label);
      this.#addLabel(seen, fit, columns, lean);
      if (this.#hasOffsets) this.#judge(seen, ends, was, is);
    });
    this.#means.add(columns, weights, count);
    this.#isWeighted ||= weights !== null;
    if (this.#hasOffsets) this.#addRight(was, is, weights);
    const [asIs, refined, leaned] = [columns[0], columns[7], columns[8]];
    return { asIs, refined, scale: leaned.map((value, r) => value + lean[r]), lean };
  }

  #addRight(was: Float64Array, is: Float64Array, weights: Float64Array | null): void {
    const change = is.map((value, r) => value - was[r]);
    this.#right.add([was, is, change], weights, was.length);
    for (const value of change) {
      if (value > 0) this.#up++;
      else if (value < 0) this.#down++;
    }
  }

  #addLabel(
    seen: FoldedRows,
    fit: EndsFit,
    columns: readonly Float64Array[],
    lean: Float64Array,
  ): void {
    const { own, cross, refined, scale } = mixedParts(this.#kernel, seen, fit);
    const share = 1 / this.#fits.length;
    for (let r = 0; r < refined.length; r++) {
      const asIs = own.asIs[r];
      const leaned = scale[r] - own.lean[r];
      columns[0][r] += share * asIs;
      columns[1][r] += share * own.refined[r];
      columns[2][r] += share * own.scale[r];
      columns[3][r] += share * (asIs - own.refined[r] - own.scale[r]);
      columns[4][r] += share * cross.refined[r];
      columns[5][r] += share * cross.scale[r];
      columns[6][r] += share * (asIs - cross.refined[r] - cross.scale[r]);
      columns[7][r] += share * refined[r];
      columns[8][r] += share * leaned;
      columns[9][r] += share * (asIs - refined[r] - leaned);
      lean[r] += share * own.lean[r];
    }
    this.#residual = Math.max(this.#residual, own.residual, cross.residual);
  }

  /** Leaves 1 where the label, too, is right. */
  #judge(seen: FoldedRows, ends: JointEnds, was: Float64Array, is: Float64Array): void {
    const two = this.#threshold !== null;
    const before = rightAt({ rows: seen.rows, folds: null }, [AS_IS], this.#threshold);
    const hasOffsets = ends.all.offsets !== null;
    const after = hasOffsets ? rightAt(seen, ends.folds, two ? 0 : null) : before;
    for (let r = 0; r < was.length; r++) {
      was[r] *= before[r];
      is[r] *= after[r];
    }
  }

  get rows(): number {
    return this.#means.rows;
  }

  /** The most that a row's shares missed its loss by. */
  get residual(): number {
    return this.#residual;
  }

  get lossAsIs(): number {
    return this.#means.mean(0);
  }

  parts(math: ScalarMath): Record<'refinement' | 'scale' | 'offsets', TestedMean> {
    const excess = this.#fits.reduce((sum, fit) => sum + fit.crossFittedExcess, 0);
    const shift = excess / this.#fits.length;
    const of = (column: number, added: number): TestedMean => {
      const { mean: value, low, high, pValue } = this.#means.paired(6 + column, math);
      const crossFitted = this.#means.mean(3 + column) + added;
      return { value, crossFitted, inSample: this.#means.mean(column), low, high, pValue };
    };
    // What is left of offsets that are all 0 is rounding.
    const offsets = this.#hasOffsets ? of(3, 0) : NOTHING;
    return { refinement: of(1, shift), scale: of(2, -shift), offsets };
  }

  /** Null where there are no offsets. */
  accuracy(math: ScalarMath): OffsetAccuracy | null {
    if (!this.#hasOffsets) return null;
    const change = this.#right.paired(2, math);
    const { mean: value, standardError } = this.#right.paired(1, math);
    const isExact = !this.#isWeighted;
    return {
      value,
      low: Math.max(0, value - Z_95 * standardError),
      high: Math.min(1, value + Z_95 * standardError),
      pValue: isExact ? mcnemarTest(this.#up, this.#down, math).pValue : change.pValue,
      asIs: this.#right.mean(0),
    };
  }
}
