/** Sums of rows at one (β, b), by folds, as gradients and curvatures of the mean loss. */

import {
  type FoldedRows,
  paddedLength,
  type SumLevel,
  type SumQuery,
  sumsLength,
  type TemperKernel,
} from '../types/temper.js';
import { FOLDS } from './fold-moments.js';
import type { Grouping } from './offset-groups.js';
import type { RowReader } from './row-search.js';

/** β, and then the offset of each group. */
export type JointVector = Float64Array;

/** The offset of each class. */
export function classOffsets({ of }: Grouping, x: JointVector): Float64Array {
  return Float64Array.from(of, (g) => x[1 + g]);
}

/** A reader that adds rows up. */
export class JointSums implements RowReader {
  readonly #kernel: TemperKernel;
  readonly #query: SumQuery;
  readonly #sums: Float64Array;
  readonly #length: number;

  constructor(kernel: TemperKernel, groups: Grouping, x: JointVector, level: SumLevel) {
    this.#kernel = kernel;
    this.#query = { beta: x[0], offsets: classOffsets(groups, x), groups, level };
    this.#length = sumsLength(groups.count, level);
    this.#sums = new Float64Array(FOLDS * this.#length);
  }

  add(rows: FoldedRows): void {
    this.#kernel.sum(rows, this.#query, this.#sums);
  }

  /** Of all folds but `without`. */
  total(without = -1): JointMeans {
    const sums = new Float64Array(this.#length);
    for (let k = 0; k < FOLDS; k++) {
      if (k === without) continue;
      const from = k * this.#length;
      for (let i = 0; i < sums.length; i++) sums[i] += this.#sums[from + i];
    }
    return new JointMeans(sums, this.#query.groups.count);
  }

  /** Weight of a fold. */
  weight(fold: number): number {
    return this.#sums[fold * this.#length];
  }
}

/** Means over some rows. */
export class JointMeans {
  readonly #sums: Float64Array;
  readonly #count: number;
  readonly #wide: number;
  readonly weight: number;
  /** Mean loss. */
  readonly loss: number;

  constructor(sums: Float64Array, count: number) {
    this.#sums = sums;
    this.#count = count;
    this.#wide = paddedLength(count);
    this.weight = sums[0];
    this.loss = sums[1] / sums[0];
  }

  /** Mean gradient of the loss. */
  gradient(): JointVector {
    const gradient = new Float64Array(1 + this.#count);
    gradient[0] = this.#sums[2] / this.weight;
    for (let g = 0; g < this.#count; g++) gradient[1 + g] = this.#sums[8 + g] / this.weight;
    return gradient;
  }

  /** The first row of the mean curvature, from level 1 on. */
  firstRow(): JointVector {
    const row = new Float64Array(1 + this.#count);
    row[0] = this.#sums[4] / this.weight;
    const from = 8 + this.#wide;
    for (let g = 0; g < this.#count; g++) row[1 + g] = this.#sums[from + g] / this.weight;
    return row;
  }

  /** The diagonal of the mean curvature, from level 1 on. */
  diagonal(): JointVector {
    const diagonal = new Float64Array(1 + this.#count);
    diagonal[0] = this.#sums[4] / this.weight;
    const from = 8 + 2 * this.#wide;
    for (let g = 0; g < this.#count; g++) diagonal[1 + g] = this.#sums[from + g] / this.weight;
    return diagonal;
  }

  /** The mean curvature, of level 2: n × n, n = 1 + groups, lower triangle. */
  curvature(): Float64Array {
    const n = 1 + this.#count;
    const matrix = this.#triangle(-1);
    const [first, diagonal] = [this.firstRow(), this.diagonal()];
    for (let i = 0; i < n; i++) {
      matrix[i * n] = first[i];
      matrix[i * n + i] = diagonal[i];
    }
    return matrix;
  }

  /** Σw²ψψᵀ / (Σw)², of level 3: what the gradient's error is; likewise. */
  gradientError(): Float64Array {
    const n = 1 + this.#count;
    const matrix = this.#triangle(1 / this.weight);
    const first = this.firstRow();
    matrix[0] = this.#sums[3] / this.weight ** 2;
    for (let i = 1; i < n; i++) matrix[i * n] = first[i] / this.weight;
    return matrix;
  }

  #triangle(factor: number): Float64Array {
    const n = 1 + this.#count;
    const matrix = new Float64Array(n * n);
    for (let g = 0; g < this.#count; g++) {
      const from = 8 + (3 + g) * this.#wide;
      for (let h = 0; h <= g; h++) {
        matrix[(1 + g) * n + 1 + h] = (factor * this.#sums[from + h]) / this.weight;
      }
    }
    return matrix;
  }
}
