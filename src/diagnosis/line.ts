/**
 * The straight line a + b·ŷ that fits true values y best, by (weighted) least squares.
 *
 * All is told by what the line adds to a prediction, d = (b − 1)(ŷ − c) + m, where c is the mean
 * of ŷ and m that of the errors e = y − ŷ: with numbers of the size of errors, values of 10⁹ keep
 * their digits. A row's squared error falls from e² to (e − d)², and the two parts of
 *
 *     e² − (e − d)² = (b − 1)(ŷ − c)(2e − d)  +  m(2e − d)
 *
 * are the slope's and the intercept's: over the rows of the fit their means are
 * (b − 1)²·Var ŷ and m² (Murphy, J. Clim. Appl. Meteorol. 26, 1988), wherever ŷ has its zero.
 */

import { ExactSums } from '../tallies/exact-sums.js';
import type { FitRows } from '../types/fitted.js';
import { ColumnMeans } from './column-means.js';
import { FOLDS, foldOf } from './fold-moments.js';

/** A prediction ŷ and the true value y of each row, side by side. */
export type ValueRows = Pick<FitRows, 'count' | 'scores' | 'index' | 'weights'>;

/** A number near the predictions, and one near the errors, which sums count from. */
export interface Origin {
  readonly prediction: number;
  readonly error: number;
}

export interface Line {
  readonly origin: Origin;
  /** b − 1; 0 where all predictions are equal, and only the intercept is fitted. */
  readonly excess: number;
  /** c, the mean of ŷ, counted from the origin. */
  readonly centre: number;
  /** m, what the line adds at the centre: the mean of y − ŷ, counted from the origin. */
  readonly offset: number;
  /** Σw of the rows that it was fitted on. */
  readonly weight: number;
  /** Σw(ŷ − c)²; 0 where all predictions are equal. */
  readonly spread: number;
}

/** What the line does to the loss of one row. */
export interface LinePart {
  /** e². */
  readonly asIs: number;
  /** (e − d)². */
  readonly refined: number;
  /** What the slope, and what the intercept takes off; negative where it adds. */
  readonly scale: number;
  readonly offset: number;
}

export function partOf(line: Line, prediction: number, value: number): LinePart {
  const error = value - prediction;
  const slope = line.excess * (prediction - line.origin.prediction - line.centre);
  const left = error - line.origin.error - slope - line.offset;
  const both = error + left;
  return {
    asIs: error * error,
    refined: left * left,
    scale: slope * both,
    offset: meanError(line) * both,
  };
}

/** m: over the rows that the line was fitted on the mean of y − ŷ. */
export function meanError({ origin, offset }: Line): number {
  return origin.error + offset;
}

/** The same line told around another centre, so that slope and intercept of several lines mean the same. */
export function around(line: Line, centre: number): Line {
  return { ...line, centre, offset: line.offset + line.excess * (centre - line.centre) };
}

/** The means of some rows; NaN without any. */
export function originOf({ count, scores }: Pick<ValueRows, 'count' | 'scores'>): Origin {
  // From the first row on: means of large numbers would not lie among them.
  const [prediction, error] = [scores[0], scores[1] - scores[0]];
  let [predictions, errors] = [0, 0];
  for (let r = 0; r < count; r++) {
    predictions += scores[2 * r] - prediction;
    errors += scores[2 * r + 1] - scores[2 * r] - error;
  }
  return { prediction: prediction + predictions / count, error: error + errors / count };
}

/** Rows that are gathered at a time. */
const SLICE = 1024;

/** Exact sums over rows, by folds, of what lines are made of. */
export class LineSums {
  readonly #origin: Origin;
  /** Σw, Σwx, Σwe, Σwx² and Σwxe; x and e counted from the origin. */
  readonly #sums = Array.from({ length: 5 }, () => new ExactSums(FOLDS));
  readonly #columns = Array.from({ length: 5 }, () => new Float64Array(SLICE));
  readonly #folds = new Int32Array(SLICE);
  /** The least and the largest prediction of each fold. */
  readonly #least = new Float64Array(FOLDS).fill(Number.POSITIVE_INFINITY);
  readonly #most = new Float64Array(FOLDS).fill(Number.NEGATIVE_INFINITY);

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  add(rows: ValueRows): void {
    for (let from = 0; from < rows.count; from += SLICE) {
      this.#addSlice(rows, from, Math.min(rows.count, from + SLICE));
    }
  }

  #addSlice({ scores, index, weights }: ValueRows, from: number, to: number): void {
    const [w, wx, we, wxx, wxe] = this.#columns;
    for (let r = from; r < to; r++) {
      const at = r - from;
      const [prediction, value] = [scores[2 * r], scores[2 * r + 1]];
      const weight = weights === null ? 1 : weights[r];
      const x = prediction - this.#origin.prediction;
      const e = value - prediction - this.#origin.error;
      const fold = foldOf(index[r]);
      this.#folds[at] = fold;
      w[at] = weight;
      wx[at] = weight * x;
      we[at] = weight * e;
      wxx[at] = weight * x * x;
      wxe[at] = weight * x * e;
      if (prediction < this.#least[fold]) this.#least[fold] = prediction;
      if (prediction > this.#most[fold]) this.#most[fold] = prediction;
    }
    this.#sums.forEach((sums, k) => {
      sums.addScattered(this.#folds, this.#columns[k], to - from);
    });
  }

  /** The line of the rows of all folds but `without`; null where they weigh nothing. */
  line(without = -1): Line | null {
    const [w, x, e, xx, xe] = this.#sums.map((sums) =>
      sums.values().reduce((sum, value, k) => (k === without ? sum : sum + value), 0),
    );
    if (!(w > 0)) return null;
    const others = (values: Float64Array) => values.filter((_, k) => k !== without);
    const isConstant = Math.min(...others(this.#least)) === Math.max(...others(this.#most));
    const spread = xx - (x / w) * x;
    const hasSlope = !isConstant && spread > 0 && spread < Number.POSITIVE_INFINITY;
    return {
      origin: this.#origin,
      excess: hasSlope ? (xe - (x / w) * e) / spread : 0,
      centre: x / w,
      offset: e / w,
      weight: w,
      spread: hasSlope ? spread : 0,
    };
  }
}

/** Sums over rows of what lines do to their loss, and of how well the line of all is known. */
export interface LineLosses {
  readonly rows: number;
  /** Means over the rows. */
  readonly asIs: number;
  readonly refined: number;
  /** By each row's line of the other folds. */
  readonly crossFitted: LinePart;
  /** Standard errors of slope and intercept (sandwich, HC0). */
  readonly slopeError: number;
  readonly interceptError: number;
  /** Of what is left, of the slope's part and of the intercept's, in sample. */
  readonly errors: ColumnMeans;
}

/** Exact sums over rows for {@link LineLosses}. */
export class LineLossSums {
  readonly #line: Line;
  readonly #folds: readonly Line[];
  readonly #sums = new ExactSums(7);
  readonly #columns = Array.from({ length: 7 }, () => new Float64Array(SLICE));
  readonly #errors = new ColumnMeans(3);
  readonly #parts = Array.from({ length: 3 }, () => new Float64Array(SLICE));
  #rows = 0;

  /**
   * @param line of all rows
   * @param folds for the rows of each fold the line of the others, around the centre of all rows
   */
  constructor(line: Line, folds: readonly Line[]) {
    this.#line = line;
    this.#folds = folds;
  }

  add(rows: ValueRows): void {
    this.#rows += rows.count;
    for (let from = 0; from < rows.count; from += SLICE) {
      this.#addSlice(rows, from, Math.min(rows.count, from + SLICE));
    }
  }

  #addSlice({ scores, index, weights }: ValueRows, from: number, to: number): void {
    const { origin, excess, centre, offset, weight: total, spread } = this.#line;
    const [asIs, refined, crossFitted, scale, offsets, slopes, intercepts] = this.#columns;
    const [remains, ownScale, ownOffset] = this.#parts;
    for (let r = from; r < to; r++) {
      const at = r - from;
      const [prediction, value] = [scores[2 * r], scores[2 * r + 1]];
      const weight = weights === null ? 1 : weights[r];
      const x = prediction - origin.prediction - centre;
      const left = weight * (value - prediction - origin.error - excess * x - offset);
      const slope = spread === 0 ? 0 : (left * x) / spread;
      const cross = partOf(this.#folds[foldOf(index[r])], prediction, value);
      const own = partOf(this.#line, prediction, value);
      remains[at] = own.refined;
      ownScale[at] = own.scale;
      ownOffset[at] = own.offset;
      asIs[at] = weight * cross.asIs;
      refined[at] = (left * left) / weight;
      crossFitted[at] = weight * cross.refined;
      scale[at] = weight * cross.scale;
      offsets[at] = weight * cross.offset;
      slopes[at] = slope * slope;
      intercepts[at] = (left / total - (origin.prediction + centre) * slope) ** 2;
    }
    this.#columns.forEach((column, k) => {
      this.#sums.addColumn(k, column, to - from);
    });
    this.#errors.add(this.#parts, weights?.subarray(from, to) ?? null, to - from);
  }

  losses(): LineLosses {
    const { weight } = this.#line;
    const sums = this.#sums.values();
    return {
      rows: this.#rows,
      asIs: sums[0] / weight,
      refined: sums[1] / weight,
      crossFitted: {
        asIs: sums[0] / weight,
        refined: sums[2] / weight,
        scale: sums[3] / weight,
        offset: sums[4] / weight,
      },
      slopeError: Math.sqrt(sums[5]),
      interceptError: Math.sqrt(sums[6]),
      errors: this.#errors,
    };
  }
}
