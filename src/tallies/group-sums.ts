/**
 * Exact sums over groups of rows, each group known by a text that its rows
 * share. What a value or a state shows depends on the set of rows alone.
 */

import { ExactSums, type ExactSumsState } from './exact-sums.js';
import {
  damagedState,
  requireCount,
  requireList,
  requireRecord,
  requireText,
} from './state-check.js';

/** Room for the first groups. */
const FIRST_ROOM = 64;

export interface GroupSumsOptions {
  /** How many sums a group has. */
  readonly sums: number;
  /** Most groups that are kept. */
  readonly most: number;
  /** The error for a group too many; `row` is where it turned up, null in a merge. */
  readonly tooMany: (text: string, row: number | null) => Error;
}

/** Groups in the order of their texts. */
export interface GroupSumsState {
  readonly texts: readonly string[];
  /** Rows of each. */
  readonly rows: readonly number[];
  /** Of each sum of a group, those of all groups. */
  readonly sums: readonly ExactSumsState[];
}

export class GroupSums {
  readonly #options: GroupSumsOptions;
  readonly #places = new Map<string, number>();
  readonly #sums: readonly ExactSums[];
  #rows = new Float64Array(0);
  #placeOfRow = new Int32Array(0);

  constructor(options: GroupSumsOptions) {
    this.#options = options;
    this.#sums = Array.from({ length: options.sums }, () => new ExactSums(0));
  }

  /** Number of groups. */
  get count(): number {
    return this.#places.size;
  }

  /**
   * Adds rows to their groups.
   * @param texts of `count` rows
   * @param index of those rows in the dump
   * @param columns what they add to each sum
   */
  add(
    texts: readonly string[],
    index: Float64Array,
    columns: readonly Float64Array[],
    count: number,
  ): void {
    if (this.#placeOfRow.length < count) this.#placeOfRow = new Int32Array(count);
    const places = this.#placeOfRow;
    for (let i = 0; i < count; i++) {
      const text = texts[i];
      places[i] = this.#places.get(text) ?? this.#newPlace(text, index[i]);
    }
    for (let i = 0; i < count; i++) this.#rows[places[i]]++;
    columns.forEach((values, k) => {
      this.#sums[k].addScattered(places, values, count);
    });
  }

  #newPlace(text: string, row: number | null): number {
    const place = this.#places.size;
    if (place >= this.#options.most) throw this.#options.tooMany(text, row);
    if (place >= this.#rows.length) {
      const rows = new Float64Array(Math.max(FIRST_ROOM, 2 * place));
      rows.set(this.#rows);
      this.#rows = rows;
      for (const sums of this.#sums) sums.resize(rows.length);
    }
    this.#places.set(text, place);
    return place;
  }

  /** Adds the groups of another, of the same options. */
  merge(other: GroupSums): void {
    const places = new Int32Array(other.count);
    for (const [text, from] of other.#places) {
      const to = this.#places.get(text) ?? this.#newPlace(text, null);
      places[from] = to;
      this.#rows[to] += other.#rows[from];
    }
    this.#sums.forEach((sums, k) => {
      sums.mergeAt(other.#sums[k], places);
    });
  }

  /** Calls back for every group, in no order that means anything; `sums` is used again for the next. */
  forEach(take: (text: string, rows: number, sums: Float64Array) => void): void {
    const values = new Float64Array(this.#sums.length);
    for (const [text, place] of this.#places) {
      this.#sums.forEach((sums, k) => {
        values[k] = sums.value(place);
      });
      take(text, this.#rows[place], values);
    }
  }

  toJSON(): GroupSumsState {
    const texts = [...this.#places.keys()].sort();
    const ranks = new Int32Array(texts.length);
    texts.forEach((text, rank) => {
      ranks[this.#places.get(text)!] = rank;
    });
    return {
      texts,
      rows: texts.map((text) => this.#rows[this.#places.get(text)!]),
      sums: this.#sums.map((sums) => {
        const sorted = new ExactSums(texts.length);
        sorted.mergeAt(sums, ranks);
        return sorted.toJSON();
      }),
    };
  }

  /**
   * Adds the groups of a state.
   * @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote.
   */
  addState(state: unknown): void {
    const { texts, rows, sums } = requireRecord(state, 'sums over groups');
    const names = requireList(texts, 'the groups').map((text) => requireText(text, 'a group'));
    if (names.some((name, i) => i > 0 && name <= names[i - 1])) {
      throw damagedState('the groups are out of order');
    }
    const read = new GroupSums(this.#options);
    for (const name of names) read.#newPlace(name, null);
    requireList(rows, 'the rows of groups', names.length).forEach((count, i) => {
      read.#rows[i] = requireCount(count, 'the rows of a group');
    });
    const places = Int32Array.from(names, (_, i) => i);
    requireList(sums, 'the sums of groups', this.#sums.length).forEach((column, k) => {
      read.#sums[k].mergeAt(ExactSums.fromJSON(column, names.length), places);
    });
    this.merge(read);
  }
}
