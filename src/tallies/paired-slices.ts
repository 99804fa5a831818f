/** Changes between two readings of the rows of each slice. */

import type { Readings } from '../types/rows.js';
import { GroupSums, type GroupSumsState } from './group-sums.js';
import { type ChangedRows, PAIRED_ROOM } from './paired-columns.js';
import { type Mean, ratioMean, type WeightTotals } from './ratio-moments.js';
import { MOST_SLICES, tooManySlices } from './slice-tally.js';

/** A mean change, and the weights of its rows. */
export interface ChangeSums {
  /** Σ w·Δ. */
  readonly sum: number;
  /** Σ (w·Δ)². */
  readonly squares: number;
  readonly mean: Mean;
  readonly totals: WeightTotals;
}

/** What is known of the changes of a slice. */
export interface PairedSlice {
  /** What stands in the column; '' where it is missing. */
  readonly value: string;
  readonly rows: number;
  /** Σw of its rows. */
  readonly weight: number;
  /** Of rows of finite loss in both readings; null where there is no loss. */
  readonly loss: ChangeSums | null;
  readonly second: ChangeSums;
}

export class PairedSlices {
  readonly #groups: GroupSums;
  readonly #weighted: boolean;
  readonly #hasLoss: boolean;
  readonly #products: readonly Float64Array[];

  /** @param by name of the column, for messages */
  constructor(by: string, weighted: boolean, { loss }: Readings) {
    this.#weighted = weighted;
    this.#hasLoss = loss !== null;
    const sums = (weighted ? 5 : 2) + (this.#hasLoss ? (weighted ? 5 : 3) : 0);
    this.#groups = new GroupSums({
      sums,
      most: MOST_SLICES,
      tooMany: (text, row) => tooManySlices(by, text, row),
    });
    this.#products = Array.from({ length: 6 }, () => new Float64Array(PAIRED_ROOM));
  }

  /** @throws InputError `too-many-slices` */
  add(rows: ChangedRows): void {
    const { count, index, weight: w, finiteWeight: v, loss, second } = rows;
    const [ss, sw, ww, ll, lv, vv] = this.#products;
    const product = (into: Float64Array, a: Float64Array, b: Float64Array) => {
      for (let i = 0; i < count; i++) into[i] = a[i] * b[i];
      return into;
    };
    const sums = [second, product(ss, second, second)];
    if (this.#weighted) sums.push(product(sw, second, w), w, product(ww, w, w));
    if (this.#hasLoss) {
      sums.push(loss, product(ll, loss, loss), v);
      if (this.#weighted) sums.push(product(lv, loss, v), product(vv, v, v));
    }
    this.#groups.add(rows.by, index, sums, count);
  }

  /** The slices, in no order that means anything. */
  slices(): PairedSlice[] {
    const slices: PairedSlice[] = [];
    this.#groups.forEach((value, rows, sums) => {
      const [u, uu, uw = u, w = rows, ww = rows] = this.#weighted ? sums : sums.subarray(0, 2);
      const [l, ll, v, lv = l, vv = v] = sums.subarray(this.#weighted ? 5 : 2);
      slices.push({
        value,
        rows,
        weight: w,
        loss: this.#hasLoss ? changeSums(l, ll, lv, { weight: v, weightSquares: vv }) : null,
        second: changeSums(u, uu, uw, { weight: w, weightSquares: ww }),
      });
    });
    return slices;
  }

  merge(other: PairedSlices): void {
    this.#groups.merge(other.#groups);
  }

  toJSON(): GroupSumsState {
    return this.#groups.toJSON();
  }

  /** @throws InputError `state-damaged`, `too-many-slices` */
  addState(state: unknown): void {
    this.#groups.addState(state);
  }
}

function changeSums(u: number, uu: number, uv: number, totals: WeightTotals): ChangeSums {
  return { sum: u, squares: uu, mean: ratioMean(u, uu, uv, totals), totals };
}
