/** Which rows of a dump have been scored: ranges of indices, kept as short as they can be said. */

import { UsageError } from '../types/errors.js';

/** Rows `first … end − 1`. */
type Range = readonly [first: number, end: number];

/** A set of row indices. */
export class RowRanges {
  /** Ascending; no two overlap or touch. */
  #ranges: Range[] = [];

  /** Ranges `[first, end]`, ascending; `end` is the row after the last. */
  toJSON(): [number, number][] {
    return this.#ranges.map(([first, end]) => [first, end]);
  }

  /** Number of rows. */
  get rows(): number {
    return this.#ranges.reduce((sum, [first, end]) => sum + end - first, 0);
  }

  /** @throws UsageError `state-overlap` when one of the rows `first … end − 1` is there already. */
  requireFree(first: number, end: number): void {
    const last = this.#ranges.at(-1);
    // As a rule rows come in order.
    if (last === undefined || first >= last[1]) return;
    const taken = this.#ranges.find(([from, to]) => first < to && from < end);
    if (taken !== undefined) throw overlap(Math.max(first, taken[0]), Math.min(end, taken[1]));
  }

  /** Takes in the rows `first … end − 1`. */
  add(first: number, end: number): void {
    if (end <= first) return;
    const last = this.#ranges.at(-1);
    if (last === undefined || first > last[1]) this.#ranges.push([first, end]);
    else if (first === last[1]) this.#ranges[this.#ranges.length - 1] = [last[0], end];
    else this.#ranges = coalesce([...this.#ranges, [first, end]], false);
  }

  /** The rows of either, as a set of its own. */
  union(other: RowRanges): RowRanges {
    return this.#with(other, false);
  }

  /**
   * The rows of both, as a set of its own.
   * @throws UsageError `state-overlap` when a row is in both.
   */
  disjointUnion(other: RowRanges): RowRanges {
    return this.#with(other, true);
  }

  #with(other: RowRanges, disjoint: boolean): RowRanges {
    const both = new RowRanges();
    both.#ranges = coalesce([...this.#ranges, ...other.#ranges], disjoint);
    return both;
  }
}

function coalesce(ranges: Range[], disjoint: boolean): Range[] {
  const joined: Range[] = [];
  for (const range of ranges.sort(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last === undefined || range[0] > last[1]) {
      joined.push(range);
      continue;
    }
    if (disjoint && range[0] < last[1]) throw overlap(range[0], Math.min(range[1], last[1]));
    joined[joined.length - 1] = [last[0], Math.max(last[1], range[1])];
  }
  return joined;
}

function overlap(first: number, end: number): UsageError {
  const rows = end - first === 1 ? `Row ${first} is` : `Rows ${first} to ${end - 1} are`;
  return new UsageError(
    'state-overlap',
    `${rows} scored twice. Every row counts once: give each part of a dump the index of its first row (firstRow), and merge each part once.`,
  );
}
