/** Sums of the two readings, and of the confidence, of the rows of each slice. */

import { InputError, quote } from '../types/errors.js';
import { isShare, type Readings, type ScoredRows } from '../types/rows.js';
import { GroupSums, type GroupSumsState } from './group-sums.js';
import type { WeightTotals } from './ratio-moments.js';
import { hasConfidence, ScoredColumns } from './scored-columns.js';

/** Past this many the report would be longer than anyone reads. */
export const MOST_SLICES = 10_000;

/**
 * What is known of the rows of a slice: each sum over them, w a row's weight and v what its loss
 * weighs. What the task does not have, or needs not, is 0.
 */
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
  /** Σ w times the second reading. */
  readonly second: number;
  /** Of values: Σ of the squares of what {@link second} adds up, and by w. */
  readonly secondSquares: number;
  readonly secondByWeight: number;
  readonly confidence: number;
}

/** The sums that groups keep, by name, in their order; those past `lossSquares` where rows weigh alone. */
type SumName =
  | 'loss'
  | 'second'
  | 'confidence'
  | 'lossSquares'
  | 'secondSquares'
  | 'lossByWeight'
  | 'v'
  | 'vSquares'
  | 'w'
  | 'wSquares'
  | 'secondByWeight';

function sumNames(readings: Readings, weighted: boolean): SumName[] {
  const loss = readings.loss !== null;
  const kept: [SumName, boolean][] = [
    ['loss', loss],
    ['second', true],
    ['confidence', hasConfidence(readings)],
    ['lossSquares', loss],
    ['secondSquares', !isShare(readings)],
    ['lossByWeight', weighted && loss],
    ['v', weighted && loss],
    ['vSquares', weighted && loss],
    ['w', weighted],
    ['wSquares', weighted],
    ['secondByWeight', weighted && !isShare(readings)],
  ];
  return kept.filter(([, is]) => is).map(([name]) => name);
}

export class SliceTally {
  readonly #weighted: boolean;
  readonly #columns: ScoredColumns;
  readonly #names: readonly SumName[];
  readonly #groups: GroupSums;
  /** What is added to each sum. */
  readonly #sums: readonly Float64Array[];
  /** Those of them that are products of others: which two, and where they go. */
  readonly #products: readonly (readonly [Float64Array, Float64Array, Float64Array])[];

  /**
   * @param by name of the column, for messages
   * @param weighted whether rows have weights
   */
  constructor(
    by: string,
    weighted: boolean,
    classWeights: Float64Array | null,
    readings: Readings,
  ) {
    this.#weighted = weighted || classWeights !== null;
    this.#columns = new ScoredColumns(classWeights);
    this.#names = sumNames(readings, this.#weighted);
    const { loss, second, confidence, lossWeight: v, weight: w } = this.#columns;
    const plain: { [name in SumName]?: Float64Array } = { loss, second, confidence, v, w };
    const factors: { [name in SumName]?: readonly [Float64Array, Float64Array] } = {
      lossSquares: [loss, loss],
      secondSquares: [second, second],
      lossByWeight: [loss, v],
      vSquares: [v, v],
      wSquares: [w, w],
      secondByWeight: [second, w],
    };
    this.#sums = this.#names.map((name) => plain[name] ?? new Float64Array(w.length));
    this.#products = this.#names.flatMap((name, i) => {
      const pair = factors[name];
      return pair === undefined ? [] : [[...pair, this.#sums[i]] as const];
    });
    this.#groups = new GroupSums({
      sums: this.#names.length,
      most: MOST_SLICES,
      tooMany: (text, row) => tooManySlices(by, text, row),
    });
  }

  /**
   * @param texts what stands in the column, for each of the rows
   * @throws InputError `too-many-slices`
   */
  add(rows: ScoredRows, texts: readonly string[]): void {
    const columns = this.#columns;
    columns.gather(rows, texts, (count) => {
      for (const [a, b, product] of this.#products) {
        // What weighs nothing adds nothing, be the other factor infinite.
        for (let i = 0; i < count; i++) product[i] = b[i] === 0 ? 0 : a[i] * b[i];
      }
      this.#groups.add(columns.texts, columns.index, this.#sums, count);
    });
  }

  /** The slices, in no order that means anything. */
  slices(): SliceSums[] {
    const slices: SliceSums[] = [];
    this.#groups.forEach((value, rows, sums) => {
      const of = Object.fromEntries(this.#names.map((name, i) => [name, sums[i]])) as {
        readonly [name in SumName]?: number;
      };
      const { loss = 0, second = 0, confidence = 0, lossSquares = 0, secondSquares = 0 } = of;
      // Where every row weighs 1, what a row adds times its weight is what it adds.
      const { v = rows, vSquares = v, w = rows, wSquares = w } = of;
      slices.push({
        value,
        rows,
        weights: { weight: w, weightSquares: wSquares },
        lossWeights: { weight: v, weightSquares: vSquares },
        loss,
        lossSquares,
        lossByWeight: of.lossByWeight ?? loss,
        second,
        secondSquares,
        secondByWeight: of.secondByWeight ?? second,
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

/** The error for a slice too many; `row` is null in a merge. */
export function tooManySlices(by: string, text: string, row: number | null): InputError {
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
