// Where the scores of a row go: one array per quantity, one after the other
// from OUT on, each with room for CAPACITY rows. src/engine/layout.ts holds the
// same order for the host.
//
//   f64 nll │ loss │ confidence │ target_probability │ sum_squares │ normalizer
//   u32 prediction │ rank
//   u8  status

import { CAPACITY, is_ignored, OUT } from '../call';

/** Verdicts on a row, as `RowStatus` in src/types/scores.ts. */
export const SCORED: u8 = 0;
export const IGNORED: u8 = 1;
export const INVALID: u8 = 2;
export const BAD_TARGET: u8 = 3;
export const MISSING_TARGET: u8 = 4;
export const CONTRADICTION: u8 = 5;
/** Flag: the target ties with another class for first place. */
export const TIED: u8 = 0x10;
/** What of a status is the verdict. */
export const STATUS_MASK: u8 = 0x0f;

/** Quantities of 64 bits. */
export const NLL: usize = 0;
export const LOSS: usize = 1;
export const CONFIDENCE: usize = 2;
export const TARGET_PROBABILITY: usize = 3;
export const SUM_SQUARES: usize = 4;
export const NORMALIZER: usize = 5;
/** Quantities of 32 bits. */
export const PREDICTION: usize = 0;
export const RANK: usize = 1;

const MISSING: i32 = i32.MIN_VALUE;

/** Where a quantity of 64 bits of a row lies. */
// @ts-ignore: decorator
@inline
export function real_at(quantity: usize, row: usize): usize {
  return load<usize>(OUT) + ((load<usize>(CAPACITY) * quantity + row) << 3);
}

/** Where a quantity of 32 bits of a row lies. */
// @ts-ignore: decorator
@inline
export function word_at(quantity: usize, row: usize): usize {
  return load<usize>(OUT) + ((load<usize>(CAPACITY) * (quantity + 12) + row) << 2);
}

/** Where the status of a row lies. */
// @ts-ignore: decorator
@inline
export function status_at(row: usize): usize {
  return load<usize>(OUT) + load<usize>(CAPACITY) * 56 + row;
}

/** What the target alone says about a row. */
// @ts-ignore: decorator
@inline
export function target_status(target: i32, classes: usize): u8 {
  if (is_ignored(target)) return IGNORED;
  if (target == MISSING) return MISSING_TARGET;
  return <u32>target < <u32>classes ? SCORED : BAD_TARGET;
}

/** Stores what is known of a row. */
export function store_row(
  row: usize,
  nll: f64,
  confidence: f64,
  target_probability: f64,
  sum_squares: f64,
  normalizer: f64,
  prediction: u32,
  rank: u32,
  status: u8,
): void {
  const capacity = load<usize>(CAPACITY);
  const out = load<usize>(OUT);
  const column = capacity << 3;
  let real = out + (row << 3);
  store<f64>(real, nll);
  // The loss starts as the plain cross-entropy; weigh_loss replaces it where
  // class weights or label smoothing ask for another.
  store<f64>((real += column), nll);
  store<f64>((real += column), confidence);
  store<f64>((real += column), target_probability);
  store<f64>((real += column), sum_squares);
  store<f64>((real += column), normalizer);
  const word = out + 6 * column + (row << 2);
  store<u32>(word, prediction);
  store<u32>(word + (capacity << 2), rank);
  store<u8>(out + 7 * column + row, status);
}

/** A row that is left out: NaN in the real arrays, 0 in the others. */
export function store_blank(row: usize, status: u8): void {
  store_row(row, NaN, NaN, NaN, NaN, NaN, 0, 0, status);
}
