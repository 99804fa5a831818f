/**
 * Rows that are added up next to their kernel, in its memory, and handed over
 * as totals: what a classification tally keeps of rows that all weigh 1.
 */

/**
 * Rows of several batches that are tallied at most before they are handed
 * over. A batch alone may be larger: no count or digit overflows in 4 GiB of rows.
 */
export const MOST_TALLIED_ROWS = 2 ** 20;

/** What rows are noted for. */
export const Watch = {
  nothing: 0,
  /** Probabilities whose sum is off by more than 1e-5. */
  looseSum: 1,
  /** Logits that look like log-probabilities or probabilities. */
  normalized: 2,
} as const;

export interface RowTallyOptions {
  /** Rows whose p(target) lies below this are counted. */
  readonly eps: number;
  /** One of {@link Watch}. */
  readonly watch: number;
  /** Bounds of the 15 calibration bins, −∞ first and ∞ last. */
  readonly binEdges: Float64Array;
}

/** Numbers of rows of {@link RowTotals}. */
export interface RowCounts {
  readonly scored: number;
  readonly ignored: number;
  readonly invalid: number;
  readonly tied: number;
  readonly infiniteLoss: number;
  readonly zeroProbability: number;
  readonly belowEps: number;
}

/** An exact sum of digits of 64 bits, digit k counting multiples of 2^(32 k − 1087). */
export interface ExactWords {
  /** Low and high word of each digit; the low ones are to be read without their sign. */
  readonly words: Int32Array;
  /** How many +∞, −∞ and NaN were added beside. */
  readonly nonFinite: Uint32Array;
}

/** Sums over rows that weigh 1. The arrays are views that die with the next call. */
export interface RowTotals {
  readonly rows: RowCounts;
  /** Rows that {@link RowTallyOptions.watch} asks for. */
  readonly noted: number;
  readonly targets: Uint32Array;
  readonly predictions: Uint32Array;
  /** Rows predicted right, per target. */
  readonly hits: Uint32Array;
  readonly ranks: Uint32Array;
  /** Rows per target · classes + prediction; null where the pairs go to the host row by row. */
  readonly confusion: Uint32Array | null;
  /** Low and high words of Σ|t − p| and Σ(t − p)². */
  readonly distances: Uint32Array;
  readonly binRows: Uint32Array;
  readonly binHits: Uint32Array;
  /** Moments of the loss: Σx and Σx². */
  readonly loss: readonly ExactWords[];
  /** Moments of the Brier score. */
  readonly brier: readonly ExactWords[];
  /** Σ confidence of each bin. */
  readonly confidence: readonly ExactWords[];
  /** Σ (confidence − hit)² of each bin. */
  readonly squaredGap: readonly ExactWords[];
}

/** Counts and exact sums of the batches that a row scorer has scored. */
export interface RowTally {
  /** Rows that were added since the last hand-over. */
  readonly rows: number;
  /** Whether the confusion matrix is kept; else the pairs go to the host row by row. */
  readonly holdsConfusion: boolean;
  /** How many of the first `count` rows of the last batch are neither scored nor ignored. */
  refused(count: number): number;
  /** Adds the first `count` rows of the last batch. */
  add(count: number): void;
  /** Hands the totals over to `take` and starts again. */
  drain(take: (totals: RowTotals) => void): void;
}
