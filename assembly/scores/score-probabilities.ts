// Rows of probabilities, f32 or f64. They are taken as they are: nothing is
// renormalised, all arithmetic on them is f64.

import { CLASSES, EPS, SCORES, TARGETS } from '../call';
import { first_index_of, load_tail } from '../rows/rows';
import {
  count_of_masks,
  first_lanes,
  high_pair,
  horizontal_max,
  horizontal_sum,
  lanes,
  low_pair,
  number_below,
  widen_sum,
} from '../vectors/lanes';
import { NORMALIZATION_TOLERANCE } from './finish-logits';
import {
  CONTRADICTION,
  INVALID,
  SCORED,
  store_blank,
  store_row,
  target_status,
  TIED,
} from './row-scores';
import { is_weighed, negative_log, weigh_probability_loss } from './weigh-loss';

/** How far above 1 rounding may carry a probability. */
const ABOVE_ONE: f64 = 1e-6;

/** [a, b, c, d] → [a² + c², b² + d²] in f64. */
// @ts-ignore: decorator
@inline
function widen_squares<T>(v: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.mul(v, v);
  const low = low_pair(v);
  const high = high_pair(v);
  return f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high));
}

// What {@link search_row} leaves behind.
let row_squares: f64 = 0;
let row_rank: u32 = 0;
let row_top: f64 = 0;
let row_bottom: f64 = 0;

/** Masks of the classes that score the same as the target, added up by lanes. */
const EQUAL: usize = memory.data(16, 16);

/**
 * Finds Σ p², the largest and the least p (or 0), and the classes above and level with the target.
 * @returns Σ p
 */
// @ts-ignore: decorator
@inline
function search_row<T>(row: usize, classes: usize, target: usize): f64 {
  const width = lanes<T>();
  const nothing = v128.splat<T>(<T>0);
  const whole_end = classes & ~(width - 1);
  const own = load<T>(row + target * sizeof<T>());
  // A class before the target beats it by ≥, which is > the number below it;
  // one after it by >.
  const above = v128.splat<T>(own);
  const at_least = v128.splat<T>(number_below<T>(own));
  const target_lane = target & (width - 1);
  const target_vector = target - target_lane;
  const mixed = v128.bitselect(at_least, above, first_lanes<T>(target_lane));
  let top = nothing;
  let bottom = nothing;
  let sums = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let beaten = i32x4.splat(0);
  let equal = i32x4.splat(0);
  for (let c: usize = 0; c < classes; c += width) {
    const p = row + c * sizeof<T>();
    const whole = c < whole_end;
    // Lanes past the end count as probability 0, and never as equal to the target.
    const x = whole ? v128.load(p) : load_tail<T, T>(p, classes - c, nothing);
    const threshold = c < target_vector ? at_least : c == target_vector ? mixed : above;
    let same = v128.eq<T>(x, above);
    let better = v128.gt<T>(x, threshold);
    if (!whole) {
      const inside = first_lanes<T>(classes - c);
      same = v128.and(same, inside);
      better = v128.and(better, inside);
    }
    equal = i32x4.add(equal, same);
    beaten = i32x4.add(beaten, better);
    top = v128.pmax<T>(top, x);
    bottom = v128.pmin<T>(bottom, x);
    sums = f64x2.add(sums, widen_sum<T>(x));
    squares = f64x2.add(squares, widen_squares<T>(x));
  }
  row_squares = horizontal_sum<f64>(squares);
  row_rank = count_of_masks<T>(beaten);
  v128.store(EQUAL, equal);
  row_top = <f64>horizontal_max<T>(top);
  row_bottom = <f64>-horizontal_max<T>(v128.neg<T>(bottom));
  return horizontal_sum<f64>(sums);
}

/**
 * Scores a row, whose target is one of the classes.
 * @returns whether it is SCORED (whatever else it is) or INVALID
 */
// @ts-ignore: decorator
@inline
function score_row<T>(
  r: usize,
  row: usize,
  classes: usize,
  target: usize,
  eps: f64,
  weighed: bool,
): u8 {
  const sum = search_row<T>(row, classes, target);
  if (!isFinite(sum)) return INVALID;
  const own = <f64>load<T>(row + target * sizeof<T>());
  const confidence = row_top;
  const rank = row_rank;
  let prediction = <u32>target;
  let status = SCORED;
  if (row_bottom < 0 || confidence > 1 + ABOVE_ONE || !(abs(sum - 1) <= NORMALIZATION_TOLERANCE)) {
    status = CONTRADICTION;
  } else {
    if (rank != 0) prediction = first_index_of<T, T>(row, 0, <T>confidence);
    if (own == confidence && count_of_masks<T>(v128.load(EQUAL)) > 1) status |= TIED;
  }
  const nll = negative_log(own, eps);
  store_row(r, nll, confidence, own, row_squares, sum, prediction, rank, status);
  if (weighed) weigh_probability_loss<T>(r, row, classes, target, eps);
  return SCORED;
}

/**
 * Scores `rows` rows of probabilities from row `first` on; the normalizer is
 * Σ p. Up to 12 bytes past the last row are read and ignored.
 */
// @ts-ignore: decorator
@inline
export function score_probabilities<T>(first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const targets = load<usize>(TARGETS);
  const eps = load<f64>(EPS);
  const weighed = is_weighed();
  const stride = classes * sizeof<T>();
  const end = first + rows;
  let row = load<usize>(SCORES) + first * stride;
  for (let r = first; r < end; ++r, row += stride) {
    const target = load<i32>(targets + (r << 2));
    let verdict = target_status(target, classes);
    if (verdict == SCORED) {
      verdict = score_row<T>(r, row, classes, <usize>target, eps, weighed);
    }
    if (verdict != SCORED) store_blank(r, verdict);
  }
}
