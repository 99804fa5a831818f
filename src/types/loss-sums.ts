/** Sums of losses that a kernel makes next to its rows, for a diagnosis. */

/** A batch whose rows have been scored. */
export interface LossRows {
  readonly status: Uint8Array;
  readonly nll: Float64Array;
  readonly targets: Int32Array;
  readonly from: number;
  readonly to: number;
  /** Index in the dump of the batch's row 0. */
  readonly firstRow: number;
}

/** Bins of a loss: the first 13 bits of a float, up to that of +∞, which is the last. */
export const LOSS_BINS = (0x7f800000 >>> 19) + 1;

/** Numbers per bin: rows, wholes and units of their losses; see `LossHistogram`. */
export const BIN_PARTS = 3;

/** Units of the four numbers per class whose sum is that of its losses. */
export const CLASS_UNITS: readonly number[] = [2 ** -20, 2 ** -52, 2 ** -84, 2 ** -116];

/** Rows that are added up at most before the sums are handed over. */
export const MOST_SUMMED_ROWS = 2 ** 19;

/** Whether a loss fits the sums; the others are left to the host. */
export function isSummed(loss: number): boolean {
  return loss === 0 || (loss >= 2 ** -63 && loss < 4096);
}

export interface LossSums {
  /**
   * Adds the scored rows of a batch whose loss {@link isSummed}.
   * @param seed of the hash of a row's index
   * @param limit rows with a hash up to this are to be looked at
   * @param worst and rows with at least this loss, and those that were not added
   * @param into takes the distances of those rows from row 0 of the batch, ascending
   * @returns how many rows there are to look at, and how many were scored
   */
  add(
    rows: LossRows,
    seed: number,
    limit: number,
    worst: number,
    into: Int32Array,
  ): { readonly found: number; readonly scored: number };
  /**
   * Hands the sums over and starts again; nothing where no row was added.
   * @param take gets {@link BIN_PARTS} numbers per bin, and four per class; views that die with the call
   */
  drain(take: (bins: Float64Array, classes: Float64Array) => void): void;
}
