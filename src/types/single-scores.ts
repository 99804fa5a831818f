/** Rows of one score each (the logit or the probability of class 1), and their scores. */

import type { Dtype, KernelName, ScoreArray } from './scores.js';

/** What a kernel needs to know about rows of one score. */
export interface SingleScoreOptions {
  /** f16 and bf16 are logits only. */
  readonly dtype: Dtype;
  /** Logits of class 1 against class 0, or probabilities of class 1. */
  readonly kind: 'logits' | 'probabilities';
  /** Target that takes a row out of everything; null for none. */
  readonly ignoreIndex: number | null;
  /** Least score of a row that is predicted to be 1, on the scale of the scores. */
  readonly threshold: number;
  /** p(target) below this is raised to it before the logarithm is taken (probabilities only); 0 for never. */
  readonly eps: number;
}

/** Memory for a batch of rows, owned by whoever lends it. */
export interface SingleScoreBuffers {
  /** How many rows fit. */
  readonly capacity: number;
  readonly scores: ScoreArray;
  /** 0, 1, `ignoreIndex`, or `MISSING_TARGET`. */
  readonly targets: Int32Array;
}

/**
 * Scores of `count` rows, one array per quantity: views that stay valid until
 * the next batch is leased. Rows whose status is not `scored` hold NaN in the
 * real-valued arrays and 0 in `prediction`.
 *
 * What a Brier score adds up is (probability − target)².
 */
export interface SingleScores {
  readonly count: number;
  /**
   * `RowStatus` of each row: `invalid` for NaN and ±∞, `badTarget` for a target that is
   * neither 0 nor 1, `contradiction` for a probability outside [0, 1].
   */
  readonly status: Uint8Array;
  /** 1 where the score is at least `threshold`, else 0. */
  readonly prediction: Uint8Array;
  /** −log p(target), natural logarithm. */
  readonly nll: Float64Array;
  /** p(y = 1), never clipped. */
  readonly probability: Float64Array;
}

/** A kernel for rows of one score with its memory: the SIMD engine, or the plain reference. */
export interface SingleScoreScorer {
  readonly kernel: KernelName;
  readonly options: SingleScoreOptions;
  /** Lends memory for `rows` rows. The lease before it is dead from then on. */
  lease(rows: number): SingleScoreBuffers;
  /**
   * Scores the first `count` rows of the current lease.
   * @throws LogitscopeError `dead-lease`, UsageError `bad-row-count`
   */
  score(buffers: SingleScoreBuffers, count: number): SingleScores;
}
