/** Means of columns of rows, with their errors; sums row by row, so that the bits do not depend on how rows are cut. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import { ratioMean, type WeightTotals } from '../tallies/ratio-moments.js';
import { type PairedMean, pairedMeanOver } from './paired-tests.js';

export class ColumnMeans {
  /** Σwx, Σw²x² and Σw²x of each column. */
  readonly #sums: Float64Array;
  #weight = 0;
  #weightSquares = 0;
  /** Rows so far. */
  rows = 0;

  constructor(columns: number) {
    this.#sums = new Float64Array(3 * columns);
  }

  /** Adds the first `count` rows of columns. */
  add(columns: readonly Float64Array[], weights: Float64Array | null, count: number): void {
    const sums = this.#sums;
    this.rows += count;
    for (let r = 0; r < count; r++) {
      const weight = weights === null ? 1 : weights[r];
      this.#weight += weight;
      this.#weightSquares += weight * weight;
    }
    columns.forEach((column, k) => {
      for (let r = 0; r < count; r++) {
        const weight = weights === null ? 1 : weights[r];
        const product = weight * column[r];
        sums[3 * k] += product;
        sums[3 * k + 1] += product * product;
        sums[3 * k + 2] += product * weight;
      }
    });
  }

  get totals(): WeightTotals {
    return { weight: this.#weight, weightSquares: this.#weightSquares };
  }

  mean(column: number): number {
    return this.#sums[3 * column] / this.#weight;
  }

  /** A column's mean with its interval and the test of 0. */
  paired(column: number, math: ScalarMath = Math): PairedMean {
    const [u, uu, uv] = this.#sums.subarray(3 * column, 3 * column + 3);
    return pairedMeanOver(ratioMean(u, uu, uv, this.totals), this.totals, math);
  }
}
