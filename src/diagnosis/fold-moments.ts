/**
 * Sums over rows at one inverse temperature β, by folds: of the loss, of its
 * derivatives with respect to β, and of what the error of a fit is made of.
 */

import { rowHash } from '../types/row-hash.js';
import type { TemperedRows } from '../types/temper.js';

/** Folds of the cross-fit. */
export const FOLDS = 5;
const FOLD_SEED = 0x666f6c64;
/** Sums per fold. */
const WIDTH = 7;

/** The fold of a row, by a hash of its index. */
export function foldOf(row: number): number {
  return rowHash(row, FOLD_SEED) % FOLDS;
}

/** Σw·L, Σw·L′, Σw·L″, Σw·L‴, Σw, Σ(w·L′)² and Σw²·L′·L″ of some rows at one β. */
export class Moments {
  constructor(
    readonly loss = 0,
    readonly first = 0,
    readonly second = 0,
    readonly third = 0,
    readonly weight = 0,
    readonly firstSquares = 0,
    readonly firstSecond = 0,
  ) {}

  plus(other: Moments): Moments {
    return new Moments(
      this.loss + other.loss,
      this.first + other.first,
      this.second + other.second,
      this.third + other.third,
      this.weight + other.weight,
      this.firstSquares + other.firstSquares,
      this.firstSecond + other.firstSecond,
    );
  }

  /** What the moments are at β + step, by their Taylor series. */
  moved(step: number): Moments {
    return new Moments(
      this.loss + step * (this.first + step * (this.second / 2 + (step * this.third) / 6)),
      this.first + step * (this.second + (step * this.third) / 2),
      this.second + step * this.third,
      this.third,
      this.weight,
      this.firstSquares + 2 * step * this.firstSecond,
      this.firstSecond,
    );
  }

  /** Halley's step from this β towards L′ = 0. */
  step(): number {
    // By ratios: of separated rows, products of moments are 0 long before the moments are.
    const newton = this.first / this.second;
    return (-2 * newton) / (2 - newton * (this.third / this.second));
  }
}

/** The moments of all folds but `without`. */
export function total(folds: readonly Moments[], without = -1): Moments {
  return folds.reduce((sums, fold, k) => (k === without ? sums : sums.plus(fold)), new Moments());
}

/**
 * Adds up rows, each fold's one after the other. Rows that come in the order
 * of their index give the same bits however they are cut into blocks.
 */
export class FoldSums {
  readonly #sums = new Float64Array(FOLDS * WIDTH);

  /**
   * Adds rows `0 … count − 1` of a block.
   * @param folds of the rows of which the first is `firstRow`
   * @param weights likewise; null where every row weighs 1
   */
  add(
    { loss, first, second, third }: TemperedRows,
    count: number,
    folds: Uint8Array,
    weights: Float64Array | null,
    firstRow: number,
  ): void {
    const sums = this.#sums;
    for (let r = 0; r < count; r++) {
      const at = folds[firstRow + r] * WIDTH;
      const weight = weights === null ? 1 : weights[firstRow + r];
      const slope = weight * first[r];
      const curvature = weight * second[r];
      sums[at] += weight * loss[r];
      sums[at + 1] += slope;
      sums[at + 2] += curvature;
      sums[at + 3] += weight * third[r];
      sums[at + 4] += weight;
      sums[at + 5] += slope * slope;
      sums[at + 6] += slope * curvature;
    }
  }

  /** The moments of each fold so far. */
  moments(): Moments[] {
    return Array.from(
      { length: FOLDS },
      (_, k) => new Moments(...this.#sums.subarray(k * WIDTH, (k + 1) * WIDTH)),
    );
  }
}
