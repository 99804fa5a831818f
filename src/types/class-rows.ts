/** Targets of rows of classes, as the losses over them have checked them. */

/** What the rows of a loss are held against: class indices or probabilities. */
export interface ClassRows {
  readonly rows: number;
  readonly classes: number;
  /** Class index of each row; null for probability targets. */
  readonly indices: Int32Array | null;
  /** Probability of each class, rows × classes; null for class indices. */
  readonly soft: Float32Array | Float64Array | null;
  /** Weight ≥ 0 of each class; null where all weigh 1. */
  readonly weights: Float64Array | null;
  /** Index that takes a row out; null for none. */
  readonly ignoreIndex: number | null;
}
