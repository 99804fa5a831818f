/** Rows of logits at an inverse temperature and offsets, as recalibrations need them. */

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

/** And its derivative along a change of the offsets. */
export interface JointRows extends TemperedRows {
  readonly lean: Float64Array;
}

/** Where rows are computed: as softmax(βz + b). */
export interface JointPoint {
  readonly beta: number;
  /** b of each class; null where all are 0. */
  readonly offsets: Float64Array | null;
}

/** With the change of the offsets that `lean` is the derivative along; null for none. */
export interface LeaningPoint extends JointPoint {
  readonly lean?: Float64Array | null | undefined;
}

/** Classes by the offset that they have. */
export interface OffsetGroups {
  /** Number of groups. */
  readonly count: number;
  /** Group of each class. */
  readonly of: Int32Array;
}

/**
 * What sums of rows are asked for: the loss and its gradient; 1: with the curvature's first row
 * and diagonal; 2: with all of it; 3: with squares of the gradient instead.
 */
export type SumLevel = 0 | 1 | 2 | 3;

/** Sums at a point, with their groups. */
export interface SumQuery extends JointPoint {
  readonly groups: OffsetGroups;
  readonly level: SumLevel;
}

/** Rows in folds, as sums are made of them. */
export interface FoldedRows {
  readonly rows: TargetedRows;
  /** Fold of each row. */
  readonly folds: Uint8Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

/** f64 of a vector of so many numbers, as kernels lay them out. */
export function paddedLength(count: number): number {
  return count + (count % 2);
}

/** f64 of the sums of a fold: see assembly/joint.ts. */
export function sumsLength(groups: number, level: SumLevel): number {
  const wide = paddedLength(groups);
  return 8 + (level >= 2 ? 3 + groups : 3) * wide;
}

/** Computes rows at points; the memory that it works in is its own. */
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
  /**
   * Goes through all rows in order, and through the stages for each block.
   * @param folds of the rows; null where all are of fold 0
   * @param stages points by fold
   * @param take receives the columns of a block at a stage; they are valid during the call
   */
  runAt(
    rows: TargetedRows,
    folds: Uint8Array | null,
    stages: readonly (readonly LeaningPoint[])[],
    take: (columns: JointRows, stage: number, count: number, firstRow: number) => void,
  ): void;
  /**
   * Adds all rows to the sums of their folds, one after the other: the bits do not depend on how
   * they are cut into calls.
   * @param sums `sumsLength` f64 for each fold (assembly/joint.ts)
   */
  sum(rows: FoldedRows, query: SumQuery, sums: Float64Array): void;
}
