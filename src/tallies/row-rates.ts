/** A rate of every row of labels, averaged over rows: the `samples` averages. */

import type { Rate } from './rates.js';
import { type Mean, RatioMoments, WeightMoments } from './ratio-moments.js';
import { requireRecord } from './state-check.js';

export interface RowRateState {
  readonly moments: ReturnType<RatioMoments['toJSON']>;
  readonly undefinedRows: ReturnType<WeightMoments['toJSON']>;
}

/** How many labels rows have, are predicted to have, and have both. */
export interface LabelsOfRows {
  readonly hits: Float64Array;
  readonly targets: Float64Array;
  readonly predictions: Float64Array;
}

/** Mean of one rate. What 0/0 counts as is decided when the mean is asked for. */
export class RowRate {
  readonly #rate: Rate;
  #moments: RatioMoments;
  /** Rows whose rate is 0/0. */
  #undefinedRows: WeightMoments;
  #values = new Float64Array(0);
  #weights = new Float64Array(0);

  constructor(rate: Rate, weighted: boolean) {
    this.#rate = rate;
    this.#moments = new RatioMoments(weighted);
    this.#undefinedRows = new WeightMoments(weighted);
  }

  /**
   * @param labels how many labels there are.
   * @param weights weight of each row, or null where every row weighs 1.
   */
  addRows(rows: LabelsOfRows, labels: number, weights: Float64Array | null, count: number): void {
    if (this.#values.length < count) {
      this.#values = new Float64Array(count);
      this.#weights = new Float64Array(count);
    }
    const { hits, targets, predictions } = rows;
    const values = this.#values;
    const undefinedWeights = this.#weights;
    let undefinedRows = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights === null ? 1 : weights[i];
      const [numerator, denominator] = this.#rate(hits[i], targets[i], predictions[i], labels);
      if (denominator === 0) {
        values[i] = 0;
        undefinedWeights[undefinedRows++] = weight;
      } else {
        values[i] = (numerator / denominator) * weight;
      }
    }
    this.#moments.addRows(values, weights, count);
    this.#undefinedRows.addRows(weights === null ? null : undefinedWeights, undefinedRows);
  }

  /**
   * @param all weights of all rows.
   * @param zeroDivision what 0/0 counts as; NaN leaves such rows out.
   */
  over(all: WeightMoments, zeroDivision: number): Mean {
    const totals = all.totals();
    const without = this.#undefinedRows.totals();
    if (zeroDivision === 0) return this.#moments.over(totals);
    if (zeroDivision === 1) return this.#moments.over(totals, without);
    return this.#moments.over({
      weight: Math.max(0, totals.weight - without.weight),
      weightSquares: Math.max(0, totals.weightSquares - without.weightSquares),
    });
  }

  merge(other: RowRate): void {
    this.#moments.merge(other.#moments);
    this.#undefinedRows.merge(other.#undefinedRows);
  }

  toJSON(): RowRateState {
    return { moments: this.#moments.toJSON(), undefinedRows: this.#undefinedRows.toJSON() };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, rate: Rate, weighted: boolean): RowRate {
    const record = requireRecord(state, 'a rate of rows');
    const read = new RowRate(rate, weighted);
    read.#moments = RatioMoments.fromJSON(record.moments, weighted);
    read.#undefinedRows = WeightMoments.fromJSON(record.undefinedRows, weighted);
    return read;
  }
}
