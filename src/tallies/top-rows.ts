/** The k rows of the largest key; of equal ones those with the lower index. */

import {
  damagedState,
  isRecord,
  requireCount,
  requireList,
  requireNumber,
  requireText,
} from './state-check.js';

/** A row as it stands in a list of rows: its index, its name where it has one, and numbers about it. */
export type RowRecord = { readonly row: number; readonly id?: string };

/** Plain values of a list of rows; what JSON cannot hold is a text. */
export type TopRowsState = readonly Readonly<Record<string, number | string>>[];

export class TopRows<Row extends RowRecord> {
  readonly #most: number;
  readonly #keyOf: (row: Row) => number;
  #rows: Row[] = [];
  /** Rows with a smaller key are not among the top. */
  #least = Number.NEGATIVE_INFINITY;

  /** @param keyOf what the rows are ordered by; not NaN */
  constructor(most: number, keyOf: (row: Row) => number) {
    this.#most = most;
    this.#keyOf = keyOf;
  }

  /** Whether a row of this key may belong here. */
  takes(key: number): boolean {
    return key >= this.#least && this.#most > 0;
  }

  /** Rows with a smaller key do not belong here. */
  get least(): number {
    return this.#most > 0 ? this.#least : Number.POSITIVE_INFINITY;
  }

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length >= 2 * this.#most) this.#settle();
  }

  #settle(): void {
    const keyOf = this.#keyOf;
    this.#rows.sort((a, b) => {
      const [x, y] = [keyOf(a), keyOf(b)];
      // Infinite keys are equal; their difference would be NaN.
      return x === y ? a.row - b.row : y - x;
    });
    if (this.#rows.length < this.#most || this.#most === 0) return;
    this.#rows.length = this.#most;
    this.#least = keyOf(this.#rows[this.#most - 1]);
  }

  merge(other: TopRows<Row>): void {
    for (const row of other.#rows) if (this.takes(this.#keyOf(row))) this.add(row);
  }

  /** The rows, the largest key first. */
  rows(): readonly Row[] {
    this.#settle();
    return this.#rows;
  }

  toJSON(): TopRowsState {
    return this.rows().map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]: [string, number | string]) => [
          name,
          Number.isFinite(value) ? value : String(value),
        ]),
      ),
    );
  }

  /**
   * Adds the rows of a state.
   * @param names of the numbers that a row has
   * @param optional those of them that a row may lack
   * @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote.
   */
  addState(
    state: unknown,
    names: readonly (keyof Row & string)[],
    optional: readonly (keyof Row & string)[] = [],
  ): void {
    const entries = requireList(state, 'a list of rows');
    if (entries.length > this.#most) {
      throw damagedState(`a list of ${this.#most} rows has ${entries.length}`);
    }
    for (const entry of entries) {
      if (!isRecord(entry)) throw damagedState('a listed row is not an object', entry);
      const row = requireCount(entry.row, 'the index of a listed row');
      const { id } = entry;
      const has = (name: keyof Row & string) =>
        entry[name] !== undefined || !optional.includes(name);
      const numbers = names.filter(has).map((name) => {
        const value = entry[name] === 'Infinity' ? Number.POSITIVE_INFINITY : entry[name];
        return [name, requireNumber(value, `${name} of a listed row`)] as const;
      });
      this.add({
        row,
        ...(id !== undefined && { id: requireText(id, 'the name of a listed row') }),
        ...Object.fromEntries(numbers),
      } as unknown as Row);
    }
  }
}
