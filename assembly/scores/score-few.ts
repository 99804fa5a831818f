// Rows of few classes: four rows at once, one per lane.
//
// Columns go to a scratch area of the first-level cache while the maxima are
// found and the target is ranked, and are exponentiated from there. What
// follows the sums (logarithm, p(target), quotients) is done four rows at a
// time, too; what is added to scores is added in f64.

import { CAPACITY, CLASSES, FLAGS, HAS_IGNORE, SCORES, TARGETS } from '../call';
import {
  above_targets,
  level_with_target,
  level_with_targets,
  load_own,
  smallest_of_rows,
  store_columns,
} from '../vectors/columns';
import { EXP_F32, exp2_f32x4, exp2_once } from '../vectors/exp';
import { madd } from '../vectors/fused';
import { high_pair, low_pair, store_wide } from '../vectors/lanes';
import { log_f32x4 } from '../vectors/log';
import { F16_SPECIAL, has_stand_ins, restore_special } from '../vectors/widen';
import { NORMALIZATION_TOLERANCE } from './finish-logits';
import {
  CONTRADICTION,
  INVALID,
  NLL,
  NORMALIZER,
  PREDICTION,
  RANK,
  real_at,
  SCORED,
  status_at,
  store_blank,
  store_row,
  target_status,
  TIED,
  word_at,
} from './row-scores';
import { is_weighed, weigh_loss } from './weigh-loss';

/** Most classes that are scored this way. */
export const FEW: usize = 64;

/** Four rows as columns of four lanes; the last block may hold up to three columns too many. */
const SCRATCH: usize = memory.data((64 + 4) * 16, 16);
/** Results of four rows before a tail is copied out: six f64 quantities, two of u32. */
const RESULTS: usize = memory.data(224, 16);
/** What is looked at row by row: Σ e^(z − max), max z. */
const LANES: usize = memory.data(32, 16);

/** 1 as an integer, four times: see vectors/exp.ts for why constants lie in memory. */
const ONES: usize = memory.data<u32>([1, 1, 1, 1], 16);

/** Score of class `index` in lane `lane`. */
// @ts-ignore: decorator
@inline
function score_at(index: usize, lane: usize): f32 {
  return load<f32>(SCRATCH + (index << 4) + (lane << 2));
}

/** Largest score in lane `lane`. */
// @ts-ignore: decorator
@inline
function max_at(lane: usize): f32 {
  return load<f32>(LANES + (lane << 2), 16);
}

/** Classes before the target that tie with it. */
function ties_before(target: usize, lane: usize): u32 {
  const own = score_at(target, lane);
  let ties: u32 = 0;
  for (let c: usize = 0; c < target; ++c) if (score_at(c, lane) == own) ++ties;
  return ties;
}

/** Whether some score may be a stand-in for ∞ or NaN: see vectors/widen.ts. */
// @ts-ignore: decorator
@inline
function has_special(max: v128): bool {
  const special = v128.or(
    f32x4.ge(max, f32x4.splat(F16_SPECIAL)),
    f32x4.le(smallest_of_rows(), f32x4.splat(-F16_SPECIAL)),
  );
  return v128.any_true(special);
}

/** Turns stand-ins into infinities and NaN again. */
function restore_columns(classes: usize): void {
  for (let at: usize = 0; at < classes << 4; at += 16) {
    v128.store(SCRATCH + at, restore_special(v128.load(SCRATCH + at)));
  }
}

/** Stores two pairs of one quantity of four rows. */
// @ts-ignore: decorator
@inline
function store_pairs(to: usize, low: v128, high: v128): void {
  v128.store(to, low, 0);
  v128.store(to, high, 16);
}

/**
 * Stores the real quantities of four rows as if they were plain.
 * @param to where they go, `step` bytes from one to the next
 */
// @ts-ignore: decorator
@inline
function store_reals(
  to: usize,
  step: usize,
  normalized: bool,
  max: v128,
  own: v128,
  sum: v128,
  squares: v128,
): void {
  const log2e = v128.load(EXP_F32, 0);
  const log_sum = log_f32x4(sum);
  // −log p of a class is reference − z + lift.
  let reference = max;
  let lift = log_sum;
  let confidence: v128;
  if (normalized) {
    reference = i32x4.splat(0);
    lift = i32x4.splat(0);
    confidence = exp2_once(f32x4.mul(max, log2e));
  } else {
    confidence = f32x4.div(v128.load(EXP_F32, 128), sum);
  }
  const nll_low = f64x2.add(f64x2.sub(low_pair(reference), low_pair(own)), low_pair(lift));
  const nll_high = f64x2.add(f64x2.sub(high_pair(reference), high_pair(own)), high_pair(lift));
  let target_probability = exp2_once(f32x4.mul(f32x4.sub(own, reference), log2e));
  if (!normalized) target_probability = f32x4.mul(target_probability, confidence);
  const normalizer_low = f64x2.add(low_pair(max), low_pair(log_sum));
  const normalizer_high = f64x2.add(high_pair(max), high_pair(log_sum));
  store_pairs(to, nll_low, nll_high);
  store_pairs(to + step, nll_low, nll_high);
  store_wide<f32>(to + 2 * step, confidence);
  store_wide<f32>(to + 3 * step, target_probability);
  store_wide<f32>(to + 4 * step, f32x4.mul(squares, f32x4.mul(confidence, confidence)));
  store_pairs(to + 5 * step, normalizer_low, normalizer_high);
}

/** Copies a row of a tail from RESULTS to its place. */
function copy_row(lane: usize, row: usize): void {
  const real = RESULTS + (lane << 3);
  const whole = RESULTS + 192 + (lane << 2);
  store_row(
    row,
    load<f64>(real),
    load<f64>(real, 64),
    load<f64>(real, 96),
    load<f64>(real, 128),
    load<f64>(real, 160),
    load<u32>(whole),
    load<u32>(whole, 16),
    SCORED,
  );
}

/** Stores what is known of `count` rows from row `r` on, as if they were plain. */
// @ts-ignore: decorator
@inline
function store_rows(
  r: usize,
  count: usize,
  normalized: bool,
  max: v128,
  own: v128,
  sum: v128,
  squares: v128,
  prediction: v128,
): void {
  // A tail goes to RESULTS first, laid out for a capacity of four rows.
  const tail = count < 4;
  const step: usize = tail ? 32 : load<usize>(CAPACITY) << 3;
  store_reals(tail ? RESULTS : real_at(NLL, r), step, normalized, max, own, sum, squares);
  const whole = tail ? RESULTS + 192 : word_at(PREDICTION, r);
  v128.store(whole, prediction);
  v128.store(whole + (step >> 1), above_targets());
  if (tail) {
    for (let lane: usize = 0; lane < count; ++lane) copy_row(lane, r + lane);
  } else {
    store<u32>(status_at(r), 0);
  }
}

/**
 * Sets right what is special about a row that was stored as if it were plain.
 * @returns whether its loss is still to be weighed
 */
function finish_lane(lane: usize, r: usize, classes: usize): bool {
  const sum = load<f32>(LANES + (lane << 2));
  const target = load<i32>(load<usize>(TARGETS) + (r << 2));
  let verdict = target_status(target, classes);
  if (verdict == SCORED && sum != sum) verdict = INVALID;
  if (verdict != SCORED) {
    store_blank(r, verdict);
    return false;
  }
  if (level_with_target(lane) > 1) {
    const rank = word_at(RANK, r);
    store<u32>(rank, load<u32>(rank) + ties_before(<usize>target, lane));
    if (score_at(<usize>target, lane) == max_at(lane)) store<u8>(status_at(r), SCORED | TIED);
  }
  if (load<u32>(FLAGS) && abs(load<f64>(real_at(NORMALIZER, r))) > NORMALIZATION_TOLERANCE) {
    store<u8>(status_at(r), CONTRADICTION);
  }
  return is_weighed();
}

/** Weighs the loss of a row that is finished. */
// @ts-ignore: decorator
@inline
function weigh_lane<IN>(lane: usize, r: usize, row: usize, classes: usize): void {
  const max = <f64>max_at(lane);
  const lift = load<u32>(FLAGS) ? -max : load<f64>(real_at(NORMALIZER, r)) - max;
  const target = load<u32>(load<usize>(TARGETS) + (r << 2));
  weigh_loss<IN>(r, row, classes, <usize>target, max, lift);
}

/**
 * Scores rows of 2 … {@link FEW} f32, f16 or bf16 logits or log-probabilities,
 * as score_logits does; up to 16 bytes past the last row are read and ignored.
 */
// @ts-ignore: decorator
@inline
export function score_few<IN>(first: usize, rows: usize): void {
  const log2e = v128.load(EXP_F32, 0);
  const floor = v128.load(EXP_F32, 16);
  const magic = v128.load(EXP_F32, 32);
  const c1 = v128.load(EXP_F32, 48);
  const c2 = v128.load(EXP_F32, 64);
  const c3 = v128.load(EXP_F32, 80);
  const c4 = v128.load(EXP_F32, 96);
  const c5 = v128.load(EXP_F32, 112);
  const one = v128.load(EXP_F32, 128);
  const next = v128.load(ONES);
  const classes = load<usize>(CLASSES);
  const scores = load<usize>(SCORES);
  const normalized = load<u32>(FLAGS) != 0;
  const always_finish = load<u32>(HAS_IGNORE) != 0 || normalized || is_weighed();
  const stride = classes * sizeof<IN>();
  const end = first + rows;
  for (let r = first; r < end; r += 4) {
    const count = min<usize>(4, end - r);
    const row0 = scores + r * stride;
    const row1 = row0 + (count > 1 ? stride : 0);
    const row2 = row1 + (count > 2 ? stride : 0);
    const row3 = row2 + (count > 3 ? stride : 0);
    const targets = load<usize>(TARGETS) + (r << 2);
    let own = load_own<IN>(targets, classes, row0, row1, row2, row3);
    let max = store_columns<IN>(true, own, row0, row1, row2, row3, classes, SCRATCH);
    if (has_stand_ins<IN>() && has_special(max)) {
      restore_columns(classes);
      max = restore_special(max);
      own = restore_special(own);
    }

    // Exponentials, and the first class that is largest.
    let sum = f32x4.splat(0);
    let squares = f32x4.splat(0);
    let prediction = i32x4.splat(-1);
    let index = i32x4.splat(0);
    const columns_end = SCRATCH + (classes << 4);
    for (let column = SCRATCH; column < columns_end; column += 16) {
      const x = v128.load(column);
      const y = f32x4.mul(f32x4.sub(x, max), log2e);
      const e = exp2_f32x4(y, floor, magic, c1, c2, c3, c4, c5, one);
      sum = f32x4.add(sum, e);
      squares = madd<f32>(e, e, squares);
      prediction = i32x4.min_u(prediction, v128.or(index, f32x4.ne(x, max)));
      index = i32x4.add(index, next);
    }
    store_rows(r, count, normalized, max, own, sum, squares, prediction);

    // Rows that are not plain: ties, no usable target, NaN or ∞, a contradicted kind.
    const usable = i32x4.lt_u(v128.load(targets), i32x4.splat(<i32>classes));
    const usual = v128.and(f32x4.eq(sum, sum), i32x4.eq(level_with_targets(), next));
    if (!i32x4.all_true(v128.and(usable, usual)) || count < 4 || always_finish) {
      v128.store(LANES, sum, 0);
      v128.store(LANES, max, 16);
      for (let lane: usize = 0; lane < count; ++lane) {
        const row = scores + (r + lane) * stride;
        if (finish_lane(lane, r + lane, classes)) weigh_lane<IN>(lane, r + lane, row, classes);
      }
    }
  }
}
