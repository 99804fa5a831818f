/** Loss, hits and confidence of the rows of each slice. */

import { InputError, quote } from '../types/errors.js';
import type { ScoredRows } from '../types/scores.js';
import { GroupSums, type GroupSumsState } from './group-sums.js';
import type { WeightTotals } from './ratio-moments.js';
import { ScoredColumns } from './scored-columns.js';

/** Past this many the report would be longer than anyone reads. */
const MOST_SLICES = 10_000;

/** Σ of loss, hit, confidence and loss². */
const PLAIN_SUMS = 4;
/** Besides, where rows or classes have weights: Σ of loss·v, v and v² for what the loss weighs; of w and w². */
const WEIGHTED_SUMS = PLAIN_SUMS + 5;

/** What is known of the rows of a slice. */
export interface SliceSums {
  /** What stands in the column; '' where it is missing. */
  readonly value: string;
  readonly rows: number;
  /** Σw and Σw². */
  readonly weights: WeightTotals;
  /** What the loss divides by: Σv and Σv². */
  readonly lossWeights: WeightTotals;
  readonly loss: number;
  readonly lossSquares: number;
  /** Σ loss·v. */
  readonly lossByWeight: number;
  readonly hits: number;
  readonly confidence: number;
}

export class SliceTally {
  readonly #weighted: boolean;
  readonly #columns: ScoredColumns;
  readonly #groups: GroupSums;
  readonly #products: readonly Float64Array[];

  /**
   * @param by name of the column, for messages
   * @param weighted whether rows have weights
   */
  constructor(by: string, weighted: boolean, classWeights: Float64Array | null) {
    this.#weighted = weighted || classWeights !== null;
    this.#columns = new ScoredColumns(classWeights);
    const sums = this.#weighted ? WEIGHTED_SUMS : PLAIN_SUMS;
    this.#groups = new GroupSums({
      sums,
      most: MOST_SLICES,
      tooMany: (text, row) => tooManySlices(by, text, row),
    });
    this.#products = [1, 2, 3, 4].map(() => new Float64Array(this.#columns.weight.length));
  }

  /**
   * @param texts what stands in the column, for each of the rows
   * @throws InputError `too-many-slices`
   */
  add(rows: ScoredRows, texts: readonly string[]): void {
    const columns = this.#columns;
    const { loss, lossWeight: v, weight: w, hit, confidence } = columns;
    const [squares, byWeight, vSquares, wSquares] = this.#products;
    columns.gather(rows, texts, (count) => {
      for (let i = 0; i < count; i++) squares[i] = loss[i] * loss[i];
      const sums = [loss, hit, confidence, squares];
      if (this.#weighted) {
        for (let i = 0; i < count; i++) {
          byWeight[i] = v[i] === 0 ? 0 : loss[i] * v[i];
          vSquares[i] = v[i] * v[i];
          wSquares[i] = w[i] * w[i];
        }
        sums.push(byWeight, v, vSquares, w, wSquares);
      }
      this.#groups.add(columns.texts, columns.index, sums, count);
    });
  }

  /** The slices, in no order that means anything. */
  slices(): SliceSums[] {
    const slices: SliceSums[] = [];
    this.#groups.forEach((value, rows, sums) => {
      const [loss, hits, confidence, lossSquares] = sums;
      const ones = { weight: rows, weightSquares: rows };
      const [lossByWeight, ...totals] = this.#weighted ? sums.subarray(PLAIN_SUMS) : [loss];
      slices.push({
        value,
        rows,
        weights: this.#weighted ? { weight: totals[2], weightSquares: totals[3] } : ones,
        lossWeights: this.#weighted ? { weight: totals[0], weightSquares: totals[1] } : ones,
        loss,
        lossSquares,
        lossByWeight,
        hits,
        confidence,
      });
    });
    return slices;
  }

  merge(other: SliceTally): void {
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

function tooManySlices(by: string, text: string, row: number | null): InputError {
  return new InputError('too-many-slices', {
    ...(row !== null && { row }),
    column: by,
    problem: `there are more than ${MOST_SLICES} different values to slice by`,
    found: `one more, ${quote(text)}`,
    expected: 'a column of few values, such as a language or a hospital',
    advice:
      'Cut numbers into ranges first, or join rare values. Is it a name of rows? That is --id. Are rows of one value not independent? That is --cluster.',
  });
}
