/** Scores in order: what sorts them, and what ranking metrics are computed from. */

import type { RealArray } from './gradients.js';

/** Sorted scores, and what each carried along. The arrays may be views that die with the next call. */
export interface SortedScores {
  /** Highest first; −0 stands as 0. */
  readonly scores: RealArray;
  readonly carried: Uint32Array;
}

/** Sorts scores: the WebAssembly core, or the plain reference. */
export interface ScoreSorter {
  /**
   * Sorts `count` scores, highest first; equal ones (−0 equals 0) keep their order.
   * @param fill writes the scores, none of them NaN, and 32 bits that each carries along
   */
  sort(
    dtype: 'f32' | 'f64',
    count: number,
    fill: (scores: RealArray, carried: Uint32Array) => void,
  ): SortedScores;
}

/**
 * Rows in runs of equal scores, highest first. `positives` and `negatives`
 * are the numbers or weights of the rows of a run, never both 0.
 */
export interface ScoreRuns {
  /** How many entries of the arrays count. */
  readonly count: number;
  /** Score of each run; of a mixed one its lower bound: every row of it scores as much or more, every later row less. */
  readonly scores: Float64Array;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  /** 1 where a run holds different scores whose order is unknown (a bin); null where none does. */
  readonly mixed: Uint8Array | null;
}

/** Hands runs over, some at a time; the arrays are used again for the next ones. */
export type RunWalk = (take: (runs: ScoreRuns) => void) => void;
