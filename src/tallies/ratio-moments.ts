/**
 * Sums behind a weighted mean Σu / Σv and its standard error, where u is a
 * row's value times its weight v. Where every row weighs 1, v = 1 and needs
 * no sums of its own.
 */

import type { ExactWords } from '../types/row-tally.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { requireCount } from './state-check.js';

/** Σv and Σv². */
export interface WeightTotals {
  readonly weight: number;
  readonly weightSquares: number;
}

/** Mean of a row value with the standard error of that mean. */
export interface Mean {
  /** Σu / Σv; NaN without rows. */
  readonly mean: number;
  /** √Σ(u − mean·v)² / Σv. For v = 1 that is sd / √n with sd² = Σ(x − x̄)² / n. */
  readonly standardError: number;
}

const NO_WEIGHT: WeightTotals = { weight: 0, weightSquares: 0 };

let scratch = new Float64Array(1024);

/** Room for the products of `count` rows. */
function productsOf(count: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(count);
  return scratch;
}

/** Weights of rows: how many, or Σv and Σv². */
export class WeightMoments {
  readonly #sums: ExactSums | null;
  #rows = 0;

  constructor(weighted: boolean) {
    this.#sums = weighted ? new ExactSums(2) : null;
  }

  /** Adds `count` rows of weight `weights[i]`, or 1. */
  addRows(weights: Float64Array | null, count: number): void {
    if (this.#sums === null || weights === null) {
      this.#rows += count;
      return;
    }
    this.#sums.addColumn(0, weights, count);
    const products = productsOf(count);
    for (let i = 0; i < count; i++) products[i] = weights[i] * weights[i];
    this.#sums.addColumn(1, products, count);
  }

  /** Adds rows by their totals: Σv (a number of rows where every row weighs 1) and Σv². */
  addTotals(weight: number, weightSquares: number): void {
    if (this.#sums === null) {
      this.#rows += weight;
    } else {
      this.#sums.add(0, weight);
      this.#sums.add(1, weightSquares);
    }
  }

  totals(): WeightTotals {
    return this.#sums === null
      ? { weight: this.#rows, weightSquares: this.#rows }
      : { weight: this.#sums.value(0), weightSquares: this.#sums.value(1) };
  }

  merge(other: WeightMoments): void {
    this.#rows += other.#rows;
    if (this.#sums !== null) this.#sums.merge(other.#sums!);
  }

  toJSON(): number | ExactSumsState {
    return this.#sums === null ? this.#rows : this.#sums.toJSON();
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, weighted: boolean): WeightMoments {
    const read = new WeightMoments(weighted);
    if (read.#sums === null) read.#rows = requireCount(state, 'a number of rows');
    else read.#sums.merge(ExactSums.fromJSON(state, 2));
    return read;
  }
}

/** Σu, Σu² and, where rows have weights, Σuv. */
export class RatioMoments {
  readonly #sums: ExactSums;

  constructor(weighted: boolean) {
    this.#sums = new ExactSums(weighted ? 3 : 2);
  }

  /** Adds `count` rows: u = value · weight, and v, or null where every row weighs 1. */
  addRows(u: Float64Array, v: Float64Array | null, count: number): void {
    this.#sums.addColumn(0, u, count);
    const products = productsOf(count);
    for (let i = 0; i < count; i++) products[i] = u[i] * u[i];
    this.#sums.addColumn(1, products, count);
    if (v === null) return;
    for (let i = 0; i < count; i++) products[i] = u[i] * v[i];
    this.#sums.addColumn(2, products, count);
  }

  /** Adds Σu and Σu² of rows that weigh 1. */
  addTotals(moments: readonly ExactWords[]): void {
    moments.forEach((sum, index) => {
      this.#sums.addWords(index, sum);
    });
  }

  /**
   * Mean over the rows whose weights add up to `totals`.
   * @param ones weights of rows that were added as 0 and count as 1.
   */
  over(totals: WeightTotals, ones: WeightTotals = NO_WEIGHT): Mean {
    const u = this.#sums.value(0) + ones.weight;
    const uu = this.#sums.value(1) + ones.weightSquares;
    const uv = this.#sums.count === 3 ? this.#sums.value(2) + ones.weightSquares : u;
    return ratioMean(u, uu, uv, totals);
  }

  merge(other: RatioMoments): void {
    this.#sums.merge(other.#sums);
  }

  toJSON(): ExactSumsState {
    return this.#sums.toJSON();
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, weighted: boolean): RatioMoments {
    const read = new RatioMoments(weighted);
    read.#sums.merge(ExactSums.fromJSON(state, read.#sums.count));
    return read;
  }
}

/** A few roundings of doubles, as a share of the largest term. */
const ROUNDING = 2 ** -49;

/** Σu / Σv and its standard error from Σu, Σu², Σuv and {@link WeightTotals}. */
export function ratioMean(u: number, uu: number, uv: number, totals: WeightTotals): Mean {
  const mean = u / totals.weight;
  const squares = uu - 2 * mean * uv + mean * mean * totals.weightSquares;
  // Where all values are equal, what is left is the rounding of the terms, of either sign.
  const spread = squares > ROUNDING * uu ? squares : 0;
  return { mean, standardError: Math.sqrt(spread) / totals.weight };
}
