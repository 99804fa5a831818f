/** Rows of logits at a temperature, as the fits of temperatures need them. */

import type { RealArray } from './gradients.js';
import type { KernelName } from './scores.js';

/** Rows with their targets; every target's score is finite. */
export interface TargetedRows {
  readonly classes: number;
  readonly count: number;
  /** Logits or logarithms of probabilities, `count × classes`. */
  readonly scores: RealArray;
  readonly targets: Int32Array;
}

/** Loss of rows at an inverse temperature β, and its derivatives with respect to β. */
export interface TemperedRows {
  readonly loss: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly third: Float64Array;
}

/** Computes {@link TemperedRows}. */
export interface TemperKernel {
  readonly kernel: KernelName;
  /**
   * Goes through the rows `from … to` in order, a block at a time.
   * @param take receives the columns of a block and how many rows it has; they are valid during the call
   */
  run(
    rows: TargetedRows,
    from: number,
    to: number,
    beta: number,
    take: (columns: TemperedRows, count: number, firstRow: number) => void,
  ): void;
}
