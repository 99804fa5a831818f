// Where the scores of a row go: one array per quantity, one after the other,
// each with room for `capacity` rows. src/engine/layout.ts holds the same
// order for the host.
//
//   f64 nll │ loss │ confidence │ target_probability │ sum_squares │ normalizer
//   u32 prediction │ rank
//   u8  status

/** Verdicts on a row, as `RowStatus` in src/types/scores.ts. */
export const SCORED: u8 = 0;
export const IGNORED: u8 = 1;
export const INVALID: u8 = 2;
export const BAD_TARGET: u8 = 3;
export const MISSING_TARGET: u8 = 4;
export const CONTRADICTION: u8 = 5;
/** Flag: the target ties with another class for first place. */
export const TIED: u8 = 0x10;

const MISSING: i32 = i32.MIN_VALUE;

/** What the target alone says about a row. */
// @ts-ignore: decorator
@inline
export function target_status(target: i32, classes: i32, has_ignore: bool, ignore_index: i32): u8 {
  if (has_ignore && target == ignore_index) return IGNORED;
  if (target == MISSING) return MISSING_TARGET;
  return <u32>target < <u32>classes ? SCORED : BAD_TARGET;
}

export function store_row(
  out: usize,
  capacity: usize,
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
  const real = out + (row << 3);
  store<f64>(real, nll);
  // The loss starts as the plain cross-entropy; weigh_loss replaces it where
  // class weights or label smoothing ask for another.
  store<f64>(real + (capacity << 3), nll);
  store<f64>(real + (capacity << 4), confidence);
  store<f64>(real + capacity * 24, target_probability);
  store<f64>(real + capacity * 32, sum_squares);
  store<f64>(real + capacity * 40, normalizer);
  const index = out + capacity * 48 + (row << 2);
  store<u32>(index, prediction);
  store<u32>(index + (capacity << 2), rank);
  store<u8>(out + capacity * 56 + row, status);
}

/** Replaces the loss of a stored row. */
// @ts-ignore: decorator
@inline
export function store_loss(out: usize, capacity: usize, row: usize, loss: f64): void {
  store<f64>(out + (capacity << 3) + (row << 3), loss);
}

/** A row that is left out: NaN in the real arrays, 0 in the others. */
export function store_blank(out: usize, capacity: usize, row: usize, status: u8): void {
  store_row(out, capacity, row, NaN, NaN, NaN, NaN, NaN, 0, 0, status);
}
