// Rows of probabilities, f32 or f64. They are taken as they are: nothing is
// renormalised, all arithmetic on them is f64.

import { NORMALIZATION_TOLERANCE } from './finish-logits';
import {
  count_of_masks,
  first_lanes,
  horizontal_max,
  horizontal_sum,
  lanes,
  number_below,
} from './lanes';
import { first_index_of, load_tail } from './rows';
import {
  CONTRADICTION,
  INVALID,
  SCORED,
  store_blank,
  store_row,
  TIED,
  target_status,
} from './row-scores';
import { weigh_probability_loss } from './weigh-loss';

/** How far above 1 rounding may carry a probability. */
const ABOVE_ONE: f64 = 1e-6;

/** [a, b, c, d] → [a + c, b + d] in f64; two f64 lanes stay as they are. */
// @ts-ignore: decorator
@inline
function widen_sum<T>(v: v128): v128 {
  if (sizeof<T>() == 8) return v;
  return f64x2.add(
    f64x2.promote_low_f32x4(v),
    f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)),
  );
}

/** [a, b, c, d] → [a² + c², b² + d²] in f64. */
// @ts-ignore: decorator
@inline
function widen_squares<T>(v: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.mul(v, v);
  const low = f64x2.promote_low_f32x4(v);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
  return f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high));
}

/** −log p with p raised to eps and lowered to 1. */
export function negative_log(p: f64, eps: f64): f64 {
  return 0 - Math.log(min(max(p, eps), 1));
}

/**
 * Scores rows of probabilities.
 * @param scores row-major; up to 12 bytes past the last row are read and ignored
 * @param first first row to score; `rows` of them are scored
 * @param eps probabilities below it are raised to it before the logarithm; 0 for never
 * @param out row scores for `capacity` rows (row-scores.ts); the normalizer is Σ p
 */
// @ts-ignore: decorator
@inline
function score_probabilities<T>(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  eps: f64,
  out: usize,
  capacity: usize,
): void {
  const width = lanes<T>();
  const nothing = v128.splat<T>(<T>0);
  const whole_end = classes & ~(width - 1);
  const end = first + rows;
  for (let r = first; r < end; ++r) {
    const target_class = load<i32>(targets + (r << 2));
    const verdict = target_status(target_class, <i32>classes, has_ignore, ignore_index);
    if (verdict != SCORED) {
      store_blank(out, capacity, r, verdict);
      continue;
    }
    const target = <usize>target_class;
    const row = scores + r * classes * sizeof<T>();
    const target_score = load<T>(row + target * sizeof<T>());
    const above = v128.splat<T>(target_score);
    const at_least = v128.splat<T>(number_below<T>(target_score));
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

    const sum = horizontal_sum<f64>(sums);
    if (!isFinite(sum)) {
      store_blank(out, capacity, r, INVALID);
      continue;
    }
    const confidence = horizontal_max<T>(top);
    const lowest = -horizontal_max<T>(v128.neg<T>(bottom));
    const rank = count_of_masks<T>(beaten);
    let status = SCORED;
    if (
      lowest < <T>0 ||
      <f64>confidence > 1 + ABOVE_ONE ||
      !(abs(sum - 1) <= NORMALIZATION_TOLERANCE)
    ) {
      status = CONTRADICTION;
    } else if (target_score == confidence && count_of_masks<T>(equal) > 1) {
      status |= TIED;
    }
    store_row(
      out,
      capacity,
      r,
      negative_log(<f64>target_score, eps),
      <f64>confidence,
      <f64>target_score,
      horizontal_sum<f64>(squares),
      sum,
      rank == 0 || status == CONTRADICTION
        ? <u32>target
        : first_index_of<T, T>(row, 0, confidence),
      rank,
      status,
    );
    if (class_weights != 0 || smoothing != 0) {
      weigh_probability_loss<T>(
        row,
        classes,
        target,
        class_weights,
        smoothing,
        eps,
        out,
        capacity,
        r,
      );
    }
  }
}

/** {@link score_probabilities} for f32 scores. */
export function score_probabilities_f32(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  eps: f64,
  out: usize,
  capacity: usize,
): void {
  score_probabilities<f32>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    smoothing,
    eps,
    out,
    capacity,
  );
}

/** {@link score_probabilities} for f64 scores. */
export function score_probabilities_f64(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  eps: f64,
  out: usize,
  capacity: usize,
): void {
  score_probabilities<f64>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    smoothing,
    eps,
    out,
    capacity,
  );
}
