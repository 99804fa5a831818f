/** Rows that are paired at a time, in columns: they stay in the processor's cache. */

/** Rows that are gathered at a time. */
export const PAIRED_ROOM = 1024;

/** Paired rows, or those of them whose loss is finite in both readings. */
export class Gathered {
  readonly cell = new Int32Array(PAIRED_ROOM);
  readonly target = new Int32Array(PAIRED_ROOM);
  readonly weight = new Float64Array(PAIRED_ROOM);
  /** What changed, by the row's weight. */
  readonly change = new Float64Array(PAIRED_ROOM);
  count = 0;
  readonly #shifted = new Int32Array(PAIRED_ROOM);

  set(at: number, cell: number, target: number, weight: number, change: number): void {
    this.cell[at] = cell;
    this.target[at] = target;
    this.weight[at] = weight;
    this.change[at] = change;
  }

  /** `indices` + `by`; valid until the next call. */
  shifted(indices: Int32Array, by: number): Int32Array {
    for (let i = 0; i < this.count; i++) this.#shifted[i] = indices[i] + by;
    return this.#shifted;
  }
}

/** Paired rows with both of their changes, for sums over groups of rows. */
export class ChangedRows {
  /** Index of each row in the dump. */
  readonly index = new Float64Array(PAIRED_ROOM);
  readonly weight = new Float64Array(PAIRED_ROOM);
  /** The weight where the loss is finite in both readings, else 0. */
  readonly finiteWeight = new Float64Array(PAIRED_ROOM);
  /** w·Δ of the loss, where it is finite, and of the second reading. */
  readonly loss = new Float64Array(PAIRED_ROOM);
  readonly second = new Float64Array(PAIRED_ROOM);
  /** What stands in the columns of slices and clusters. */
  readonly by: string[] = [];
  readonly cluster: string[] = [];
  count = 0;
}
