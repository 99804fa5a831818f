/**
 * Where a scorer keeps things in wasm memory, from the first free byte on:
 *
 *   tally of rows │ class weights │ scores + padding │ targets │ row scores
 *
 * The order inside the row scores is that of assembly/scores/row-scores.ts, that
 * inside the tally that of assembly/tallies/tally-rows.ts.
 */

import { BYTES_PER_SCORE } from '../types/score-array.js';
import type { RowOptions, RowScores } from '../types/scores.js';

const ALIGNMENT = 64;
/** Kernels read up to one vector past the last row. */
export const PADDING = 16;
/** Bytes of row scores for a row: six f64, two u32, one u8. */
const BYTES_PER_ROW_SCORE = 57;

/** Byte offsets within the tally of rows; the counts per class end it. */
export const TALLY_LAYOUT = {
  edges: 0,
  rows: 128,
  distances: 192,
  binRows: 208,
  binHits: 272,
  nonFinite: 336,
  sums: 1744,
  classes: 19968,
} as const;
/** Most classes whose confusion matrix the tally of rows keeps, as the host keeps it whole: 4 MiB. */
const TALLY_CONFUSION_CLASSES = 1024;

/** Whether the tally of rows keeps the confusion matrix. */
export function tallyHoldsConfusion(classes: number): boolean {
  return classes <= TALLY_CONFUSION_CLASSES;
}

/** Bytes of the tally of rows. */
export function tallyBytes(classes: number): number {
  const cells = tallyHoldsConfusion(classes) ? classes * classes : 0;
  return TALLY_LAYOUT.classes + 4 * (4 * classes + cells);
}

/** Byte offsets for a lease. */
export interface LeaseLayout {
  readonly classWeights: number;
  readonly scores: number;
  readonly targets: number;
  readonly out: number;
  readonly end: number;
}

/** The next multiple of a cache line. */
export function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

/** Lays out a lease of `rows` rows above `base`. */
export function layOut(base: number, rows: number, options: RowOptions): LeaseLayout {
  const classWeights = align(base);
  const scores = align(classWeights + (options.classWeights ? options.classes * 8 : 0));
  const targets = align(scores + rows * options.classes * BYTES_PER_SCORE[options.dtype] + PADDING);
  const out = align(targets + rows * 4);
  return { classWeights, scores, targets, out, end: out + rows * BYTES_PER_ROW_SCORE };
}

/** Views of the first `count` row scores of `capacity`. */
export function rowScoreViews(
  memory: ArrayBuffer,
  out: number,
  capacity: number,
  count: number,
): RowScores {
  const real = (index: number) => new Float64Array(memory, out + index * 8 * capacity, count);
  return {
    count,
    nll: real(0),
    loss: real(1),
    confidence: real(2),
    targetProbability: real(3),
    sumSquares: real(4),
    normalizer: real(5),
    prediction: new Uint32Array(memory, out + 48 * capacity, count),
    rank: new Uint32Array(memory, out + 52 * capacity, count),
    status: new Uint8Array(memory, out + 56 * capacity, count),
  };
}
