/** The k rows of highest loss; of equal ones those with the lower index. */

import { requireCount, requireList, requireNumber } from './state-check.js';

/** One row as it stands in a list of rows. */
export interface WorstRow {
  readonly row: number;
  readonly target: number;
  readonly prediction: number;
  /** Largest probability of the row. */
  readonly confidence: number;
  readonly loss: number;
}

function worstFirst(a: WorstRow, b: WorstRow): number {
  // Infinite losses are equal; their difference would be NaN.
  return a.loss === b.loss ? a.row - b.row : b.loss - a.loss;
}

export class WorstRows {
  readonly #most: number;
  #rows: WorstRow[] = [];
  /** Losses below this one are not among the worst. */
  #least = Number.NEGATIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether a row of this loss may belong here. */
  takes(loss: number): boolean {
    return loss >= this.#least && this.#most > 0;
  }

  add(row: WorstRow): void {
    this.#rows.push(row);
    if (this.#rows.length >= 2 * this.#most) this.#settle();
  }

  #settle(): void {
    this.#rows.sort(worstFirst);
    if (this.#rows.length < this.#most) return;
    this.#rows.length = this.#most;
    this.#least = this.#rows[this.#most - 1].loss;
  }

  merge(other: WorstRows): void {
    for (const row of other.#rows) if (this.takes(row.loss)) this.add(row);
  }

  /** The rows, worst first. */
  rows(): readonly WorstRow[] {
    this.#settle();
    return this.#rows;
  }

  toJSON(): readonly (readonly (number | 'Infinity')[])[] {
    return this.rows().map(({ row, target, prediction, confidence, loss }) => [
      row,
      target,
      prediction,
      confidence,
      loss === Number.POSITIVE_INFINITY ? 'Infinity' : loss,
    ]);
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, most: number): WorstRows {
    const read = new WorstRows(most);
    for (const entry of requireList(state, 'the worst rows')) {
      const [row, target, prediction, confidence, loss] = requireList(entry, 'a worst row', 5);
      read.add({
        row: requireCount(row, 'a row'),
        target: requireCount(target, 'a target'),
        prediction: requireCount(prediction, 'a prediction'),
        confidence: requireNumber(confidence, 'a confidence'),
        loss: loss === 'Infinity' ? Number.POSITIVE_INFINITY : requireNumber(loss, 'a loss'),
      });
    }
    return read;
  }
}
