/**
 * What travels between the layers: rows of scores on their way into the
 * engine, and the scores of rows on their way out of it.
 */

import type { RowTally, RowTallyOptions } from './row-tally.js';
import type { ScoredRows as AnyScoredRows, RowReadings } from './rows.js';

/** Number format of scores in memory. f16 and bf16 are logits only; the kernels widen them to f32. */
export type Dtype = 'f32' | 'f64' | 'f16' | 'bf16';

/** Scores in memory: the bits of f16 and bf16 lie in a Uint16Array. */
export type ScoreArray = Float32Array | Float64Array | Uint16Array;

/** What the numbers of a row mean. */
export type ScoreKind = 'logits' | 'log-probabilities' | 'probabilities';

/** The builds of the WebAssembly core: the same bits everywhere, or fused multiply-add where the machine has it. */
export type CoreKernel = 'simd' | 'relaxed';

/** Which code computed the rows. Its name is written into every report and state. */
export type KernelName = CoreKernel | 'reference';

/** Target of a row that has none (an empty cell, a missing field). */
export const MISSING_TARGET = -2147483648;
/** Target of a row of soft targets of which no one class is the largest: the row has a loss, and is in no metric of labels. */
export const NO_LARGEST = -2147483647;

/** Verdict on a row, in the low bits of {@link RowScores.status}. */
export const RowStatus = {
  /** The row counts. */
  scored: 0,
  /** The target equals `ignoreIndex`; or is {@link NO_LARGEST}: then the row counts in {@link RowScores.soft} alone. */
  ignored: 1,
  /** The scores hold NaN or +∞, or are all −∞ (for probabilities: NaN or ±∞). */
  invalid: 2,
  /** The target is neither a class nor `ignoreIndex`. */
  badTarget: 3,
  /** The row has no target ({@link MISSING_TARGET}). */
  missingTarget: 4,
  /** The scores contradict their kind: probabilities outside [0, 1] or whose sum is not 1 ± 1e-3. */
  contradiction: 5,
} as const;

/** Mask of the bits of {@link RowScores.status} that hold a {@link RowStatus}. */
export const STATUS_MASK = 0x0f;
/** Bit of {@link RowScores.status}: the target ties with another class for first place. */
export const STATUS_TIED = 0x10;

/** Memory for a batch of rows, owned by whoever lends it. */
export interface RowBuffers {
  /** How many rows fit. */
  readonly capacity: number;
  /** Row-major scores, or predicted values, `capacity × width`. */
  readonly scores: ScoreArray;
  /** Class index of each row, `ignoreIndex`, or {@link MISSING_TARGET}; of soft targets the largest class, or {@link NO_LARGEST}. */
  readonly targets: Int32Array;
  /** Sample weight of each row; read only where the scorer was made with `weighted: true`. */
  readonly weights: Float64Array;
  /**
   * Soft targets: a probability per class, row-major, `capacity × classes`; a row without a
   * target is all NaN. There where the scorer was made with `softTargets: true`, or the dump has them.
   */
  readonly soft?: Float64Array | undefined;
  /**
   * Targets that are numbers, row-major, `capacity × width`; NaN where there is none. There where
   * rows have values or several labels: `targets` are not written then.
   */
  readonly values?: Float64Array | undefined;
}

/**
 * What rows of soft targets q add up to, one number per row. Rows that are
 * not {@link counted} hold 0.
 */
export interface SoftScores {
  /** 1 for rows that count in the loss, whether a class is largest or not. */
  readonly counted: Uint8Array;
  /** 1 for those of them of which no one class is the largest. */
  readonly undecided: Uint8Array;
  /** The targets, row-major, count × classes. */
  readonly targets: Float64Array;
  /** −Σ q_c log p_c. */
  readonly nll: Float64Array;
  /** −Σ a_c log p_c, a_c = w_c·((1 − ε)·q_c + ε/C); the same numbers as {@link nll} without class weights and smoothing. */
  readonly loss: Float64Array;
  /** The entropy of q: the least that {@link nll} can be. */
  readonly entropy: Float64Array;
  /** The least that {@link loss} can be. */
  readonly least: Float64Array;
  /** Σ (p_c − q_c)². */
  readonly brier: Float64Array;
  /** Σ q_c². */
  readonly squares: Float64Array;
  /** For probabilities the least p_c of the classes with q_c > 0; otherwise 1. */
  readonly lowest: Float64Array;
}

/**
 * Scores of `count` rows, one array per quantity. The arrays are views that
 * stay valid until the next batch is leased. Rows whose status is not
 * `scored` hold NaN in the real-valued arrays and 0 in the others.
 */
export interface RowScores extends RowReadings {
  /** {@link RowStatus} in the low four bits, {@link STATUS_TIED} above them. */
  readonly status: Uint8Array;
  /** Predicted class: the lowest index among the largest scores. */
  readonly prediction: Uint32Array;
  /** How many classes score higher than the target, plus those that tie with it at a lower index; 0 is first place. */
  readonly rank: Uint32Array;
  /** −log p(target), natural logarithm, without weights or smoothing. */
  readonly nll: Float64Array;
  /** Cross-entropy with class weights and label smoothing (sample weights are left to the tally); of soft targets that of all their classes. */
  readonly loss: Float64Array;
  /** Largest probability of the row. */
  readonly confidence: Float64Array;
  /** p(target), never clipped. */
  readonly targetProbability: Float64Array;
  /** Σ p², for the Brier score. */
  readonly sumSquares: Float64Array;
  /** For logits and log-probabilities log Σ e^z; for probabilities Σ p. */
  readonly normalizer: Float64Array;
  /** Where targets are soft. */
  readonly soft?: SoftScores | undefined;
}

/** One scored batch of class scores as a tally receives it. */
export interface ScoredRows extends AnyScoredRows {
  readonly scores: RowScores;
  readonly targets: Int32Array;
}

/** What a row kernel needs to know about every row. */
export interface RowOptions {
  /** Number of classes, 2 … 262 144. */
  readonly classes: number;
  readonly dtype: Dtype;
  readonly kind: ScoreKind;
  /** Target that takes a row out of everything; null for none. */
  readonly ignoreIndex: number | null;
  /** Weight of each class in the loss, or null where all weigh 1. */
  readonly classWeights: Float64Array | null;
  /** Label smoothing ε, 0 ≤ ε < 1. */
  readonly labelSmoothing: number;
  /** Probabilities below this are raised to it before the logarithm is taken (probability input only); 0 for never. */
  readonly eps: number;
}

/** A row kernel with its memory: the SIMD engine, or the plain reference. */
export interface RowScorer {
  readonly kernel: KernelName;
  readonly options: RowOptions;
  /** Lends memory for `rows` rows. The lease before it is dead from then on. */
  lease(rows: number): RowBuffers;
  /** Lends memory for `rows` rows twice: one can be filled while the other is scored. */
  leasePair(rows: number): readonly [RowBuffers, RowBuffers];
  /**
   * Scores the first `count` rows of the current lease, or of one of the current pair.
   * @throws LogitscopeError `dead-lease` when `buffers` is not current.
   */
  score(buffers: RowBuffers, count: number): RowScores;
  /** Adds up scored batches where they lie; left out where the scorer cannot. The lease before it is dead. */
  tally?(options: RowTallyOptions): RowTally;
}
