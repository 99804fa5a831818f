/** Weights per cell: integer counts where every row weighs 1, else exact sums. */

import { ExactSums, exactSum } from './exact-sums.js';
import { damagedState, requireCount, requireList } from './state-check.js';

/** State: counts as numbers, or exact sums as texts. */
export type WeightCellsState = readonly (number | string)[];

/** `size` cells of weight, all 0 at first. */
export class WeightCells {
  /** Rows per cell; null where rows have weights of their own. Integers up to 2⁵³. */
  counts: Float64Array | null;
  /** Weight per cell; null where every row weighs 1. */
  readonly sums: ExactSums | null;

  constructor(size: number, weighted: boolean) {
    this.counts = weighted ? null : new Float64Array(size);
    this.sums = weighted ? new ExactSums(size) : null;
  }

  get size(): number {
    return this.counts?.length ?? this.sums!.count;
  }

  /** Adds a weight (a number of rows where every row weighs 1) to one cell. */
  add(cell: number, weight: number): void {
    if (this.counts !== null) this.counts[cell] += weight;
    else this.sums!.add(cell, weight);
  }

  /** Adds `weights[i]`, or 1, to cell `cells[i]` for every i < `count`. */
  addRows(cells: Int32Array, weights: Float64Array | null, count: number): void {
    const { counts } = this;
    if (counts === null) {
      this.sums!.addScattered(cells, weights!, count);
    } else {
      for (let i = 0; i < count; i++) counts[cells[i]]++;
    }
  }

  /** Adds numbers of rows to the cells, where every row weighs 1. */
  addCounts(rows: Uint32Array): void {
    const counts = this.counts!;
    for (let cell = 0; cell < rows.length; cell++) counts[cell] += rows[cell];
  }

  /** The cells that are not 0, ascending. */
  nonZero(): Int32Array {
    const { counts, size } = this;
    const cells = new Int32Array(size);
    let found = 0;
    if (counts === null) {
      for (let cell = 0; cell < size; cell++) if (!this.sums!.isZero(cell)) cells[found++] = cell;
    } else {
      for (let cell = 0; cell < size; cell++) if (counts[cell] !== 0) cells[found++] = cell;
    }
    return cells.slice(0, found);
  }

  value(cell: number): number {
    return this.counts === null ? this.sums!.value(cell) : this.counts[cell];
  }

  values(): Float64Array {
    return this.counts?.slice() ?? this.sums!.values();
  }

  /** Weight of all cells together, rounded once. */
  total(): number {
    return this.counts === null ? this.sums!.total() : exactSum(this.counts);
  }

  /** Adds the cells of `other`, which must have as many and be of the same kind. */
  merge(other: WeightCells): void {
    if (this.counts === null) {
      this.sums!.merge(other.sums!);
    } else {
      const theirs = other.counts!;
      for (let i = 0; i < theirs.length; i++) this.counts[i] += theirs[i];
    }
  }

  /** Adds one cell of `other` to one of these. */
  mergeCell(cell: number, other: WeightCells, theirs: number): void {
    if (this.counts === null) this.sums!.addText(cell, other.sums!.text(theirs));
    else this.counts[cell] += other.counts![theirs];
  }

  /** Gives the cells from `size` on the weight 0, or drops them. */
  resize(size: number): void {
    this.sums?.resize(size);
    if (this.counts === null) return;
    const counts = new Float64Array(size);
    counts.set(this.counts.subarray(0, Math.min(size, this.counts.length)));
    this.counts = counts;
  }

  /** One cell as it stands in a state. */
  cellState(cell: number): number | string {
    return this.counts === null ? this.sums!.text(cell) : this.counts[cell];
  }

  /**
   * Adds what {@link cellState} wrote.
   * @throws InputError `state-damaged`
   */
  addCellState(cell: number, state: unknown): void {
    if (this.counts !== null) {
      this.counts[cell] += requireCount(state, 'a count of rows');
    } else {
      if (typeof state === 'string' && state.startsWith('-')) {
        throw damagedState('a weight is negative', state);
      }
      this.sums!.addText(cell, state);
    }
  }

  toJSON(): WeightCellsState {
    return Array.from({ length: this.size }, (_, cell) => this.cellState(cell));
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, size: number, weighted: boolean, name: string): WeightCells {
    const entries = requireList(state, name, size);
    const cells = new WeightCells(size, weighted);
    for (let cell = 0; cell < size; cell++) cells.addCellState(cell, entries[cell]);
    return cells;
  }
}
