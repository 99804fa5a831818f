/** Losses over rows of classes with their gradients, as the kernels compute them. */

/** Scores and gradients; 16-bit formats have no gradient. */
export type RealArray = Float32Array | Float64Array;

/** Rows of a loss over classes. */
export interface RowShape {
  readonly classes: number;
  readonly dtype: 'f32' | 'f64';
  readonly ignoreIndex: number | null;
  readonly classWeights: Float64Array | null;
}

/** What shapes the cross-entropy of every row. */
export interface CrossEntropyShape extends RowShape {
  /** Label smoothing ε, 0 ≤ ε ≤ 1. */
  readonly labelSmoothing: number;
  /** λ of λ·LSE² added to each row. */
  readonly zLoss: number;
}

/** Memory for rows on their way through a gradient kernel. */
export interface GradientBuffers {
  readonly capacity: number;
  /** Logits, `capacity × classes`. */
  readonly scores: RealArray;
  /** Class index per row; for index targets. */
  readonly targets: Int32Array;
  /** Probability of each class, `capacity × classes`; length 0 unless leased with `soft`. */
  readonly soft: RealArray;
  /** Where the gradient goes; the same memory as `scores` unless leased with `separate`. */
  readonly gradient: RealArray;
}

export interface GradientLeaseOptions {
  /** Whether targets are probabilities. */
  readonly soft?: boolean;
  /** Whether the gradient has memory of its own; otherwise it replaces the scores. */
  readonly separate?: boolean;
}
