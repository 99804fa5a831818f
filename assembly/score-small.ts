// Rows of few classes: four rows at once, one per lane.
//
//   rows   a0 a1 a2 a3          columns   a0 b0 c0 d0
//          b0 b1 b2 b3    →               a1 b1 c1 d1
//          c0 c1 c2 c3                    a2 b2 c2 d2
//          d0 d1 d2 d3                    a3 b3 c3 d3
//
// Columns go to a scratch area of the first-level cache while the maxima are
// found and the target is ranked, and are exponentiated from there. What
// follows the sums (logarithm, p(target), quotients) is done
// four rows at a time, too; what is added to scores is added in f64. A tail of 1–3
// rows goes through the same arithmetic with its last row repeated.

import { EXP_F32, exp2_f32x4 } from './exp';
import { madd } from './fused';
import { NORMALIZATION_TOLERANCE } from './finish-logits';
import { log_f32x4 } from './log';
import {
  CONTRADICTION,
  INVALID,
  SCORED,
  store_blank,
  store_row,
  target_status,
  TIED,
} from './row-scores';
import { weigh_loss } from './weigh-loss';
import { F16_SPECIAL, has_stand_ins, load_four, load_swiftly, restore_special } from './widen';

/** Most classes that are scored this way. */
export const SMALL: usize = 64;

/** Four rows as columns of four lanes; the last block may hold up to three columns too many. */
const COLUMNS: usize = memory.data((64 + 4) * 16, 16);
/** Results of four rows before a tail is copied out: six f64 quantities, two u32, status; then lanes to look at one by one. */
const RESULTS: usize = memory.data(240 + 3 * 16, 16);

/** −∞, and 1 as an integer, four times each: see exp.ts for why constants lie in memory. */
const CONSTANTS: usize = memory.data<u32>(
  [0xff800000, 0xff800000, 0xff800000, 0xff800000, 1, 1, 1, 1],
  16,
);

/** Lane `lane` of column `index`, as f32. */
// @ts-ignore: decorator
@inline
function score_at(index: usize, lane: usize): f32 {
  return load<f32>(COLUMNS + (index << 4) + (lane << 2));
}

/** Classes before the target that tie with it. */
function ties_before(target: usize, lane: usize): u32 {
  const own = score_at(target, lane);
  let ties: u32 = 0;
  for (let c: usize = 0; c < target; ++c) if (score_at(c, lane) == own) ++ties;
  return ties;
}

/** [a, b, c, d] → [a, b] in f64. */
// @ts-ignore: decorator
@inline
function low_pair(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

/** [a, b, c, d] → [c, d] in f64. */
// @ts-ignore: decorator
@inline
function high_pair(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
}

/** Stores four rows of one quantity in f64. */
// @ts-ignore: decorator
@inline
function store_wide(address: usize, v: v128): void {
  v128.store(address, low_pair(v), 0);
  v128.store(address, high_pair(v), 16);
}

/** Turns stand-ins into infinities and NaN again: see widen.ts. */
function restore_columns(classes: usize): void {
  for (let at: usize = 0; at < classes << 4; at += 16) {
    v128.store(COLUMNS + at, restore_special(v128.load(COLUMNS + at)));
  }
}

/** Copies a row of a tail from RESULTS to its place. */
function copy_row(lane: usize, out: usize, capacity: usize, row: usize): void {
  const real = RESULTS + (lane << 3);
  const whole = RESULTS + 192 + (lane << 2);
  store_row(
    out,
    capacity,
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

/**
 * Scores rows of 2 … 64 f32, f16 or bf16 logits or log-probabilities.
 * Parameters as in score_logits; up to 16 bytes past the last row are read and ignored.
 */
// @ts-ignore: decorator
@inline
export function score_small<IN>(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  normalized: bool,
  out: usize,
  capacity: usize,
): void {
  const log2e = v128.load(EXP_F32, 0);
  const floor = v128.load(EXP_F32, 16);
  const magic = v128.load(EXP_F32, 32);
  const c1 = v128.load(EXP_F32, 48);
  const c2 = v128.load(EXP_F32, 64);
  const c3 = v128.load(EXP_F32, 80);
  const c4 = v128.load(EXP_F32, 96);
  const c5 = v128.load(EXP_F32, 112);
  const one = v128.load(EXP_F32, 128);
  const lowest = v128.load(CONSTANTS, 0);
  const next = v128.load(CONSTANTS, 16);
  const weighed = class_weights != 0 || smoothing != 0;
  const stride = classes * sizeof<IN>();
  const end = first + rows;

  for (let r = first; r < end; r += 4) {
    const count = min<usize>(4, end - r);
    const row0 = scores + r * stride;
    const row1 = row0 + (count > 1 ? stride : 0);
    const row2 = row1 + (count > 2 ? stride : 0);
    const row3 = row2 + (count > 3 ? stride : 0);

    // Scores of the targets. A row without a usable target borrows class 0 and is blanked below.
    const t0 = <usize>load<i32>(targets + (r << 2));
    const t1 = count > 1 ? <usize>load<i32>(targets + (r << 2), 4) : 0;
    const t2 = count > 2 ? <usize>load<i32>(targets + (r << 2), 8) : 0;
    const t3 = count > 3 ? <usize>load<i32>(targets + (r << 2), 12) : 0;
    let own = load_four<IN>(
      row0 + (t0 < classes ? t0 : 0) * sizeof<IN>(),
      row1 + (t1 < classes ? t1 : 0) * sizeof<IN>(),
      row2 + (t2 < classes ? t2 : 0) * sizeof<IN>(),
      row3 + (t3 < classes ? t3 : 0) * sizeof<IN>(),
    );
    let above = i32x4.splat(0);
    let level = i32x4.splat(0);

    // Transpose, and find the maxima.
    let max = lowest;
    let min = own;
    let column = COLUMNS;
    for (let c: usize = 0; c < classes; c += 4) {
      const at = c * sizeof<IN>();
      const a = load_swiftly<IN>(row0 + at);
      const b = load_swiftly<IN>(row1 + at);
      const d = load_swiftly<IN>(row2 + at);
      const e = load_swiftly<IN>(row3 + at);
      const ab_low = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab_high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const de_low = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
      const de_high = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
      const x0 = v128.shuffle<f32>(ab_low, de_low, 0, 1, 4, 5);
      const x1 = v128.shuffle<f32>(ab_low, de_low, 2, 3, 6, 7);
      const x2 = v128.shuffle<f32>(ab_high, de_high, 0, 1, 4, 5);
      const x3 = v128.shuffle<f32>(ab_high, de_high, 2, 3, 6, 7);
      v128.store(column, x0, 0);
      v128.store(column, x1, 16);
      v128.store(column, x2, 32);
      v128.store(column, x3, 48);
      max = f32x4.pmax(max, x0);
      if (has_stand_ins<IN>()) min = f32x4.pmin(min, x0);
      above = i32x4.sub(above, f32x4.gt(x0, own));
      level = i32x4.sub(level, f32x4.eq(x0, own));
      if (c + 1 < classes) {
        max = f32x4.pmax(max, x1);
        if (has_stand_ins<IN>()) min = f32x4.pmin(min, x1);
        above = i32x4.sub(above, f32x4.gt(x1, own));
        level = i32x4.sub(level, f32x4.eq(x1, own));
      }
      if (c + 2 < classes) {
        max = f32x4.pmax(max, x2);
        if (has_stand_ins<IN>()) min = f32x4.pmin(min, x2);
        above = i32x4.sub(above, f32x4.gt(x2, own));
        level = i32x4.sub(level, f32x4.eq(x2, own));
      }
      if (c + 3 < classes) {
        max = f32x4.pmax(max, x3);
        if (has_stand_ins<IN>()) min = f32x4.pmin(min, x3);
        above = i32x4.sub(above, f32x4.gt(x3, own));
        level = i32x4.sub(level, f32x4.eq(x3, own));
      }
      column += 64;
    }
    if (has_stand_ins<IN>()) {
      const special = v128.or(
        f32x4.ge(max, f32x4.splat(F16_SPECIAL)),
        f32x4.le(min, f32x4.splat(-F16_SPECIAL)),
      );
      if (v128.any_true(special)) {
        restore_columns(classes);
        max = restore_special(max);
        own = restore_special(own);
      }
    }
    // Exponentials, the classes above and level with the target, and the first that is largest.
    let sum = f32x4.splat(0);
    let squares = f32x4.splat(0);
    let prediction = i32x4.splat(-1);
    let index = i32x4.splat(0);
    const columns_end = COLUMNS + (classes << 4);
    for (column = COLUMNS; column < columns_end; column += 16) {
      const x = v128.load(column);
      const e = exp2_f32x4(
        f32x4.mul(f32x4.sub(x, max), log2e),
        floor,
        magic,
        c1,
        c2,
        c3,
        c4,
        c5,
        one,
      );
      sum = f32x4.add(sum, e);
      squares = madd<f32>(e, e, squares);
      prediction = i32x4.min_u(prediction, v128.or(index, f32x4.ne(x, max)));
      index = i32x4.add(index, next);
    }

    // A tail goes to RESULTS first, laid out for a capacity of four rows.
    const tail = count < 4;
    const to = tail ? RESULTS : out + (r << 3);
    const step: usize = tail ? 32 : capacity << 3;
    const whole = tail ? RESULTS + 192 : out + capacity * 48 + (r << 2);
    const log_sum = log_f32x4(sum);
    const log_low = low_pair(log_sum);
    const log_high = high_pair(log_sum);
    const max_low = low_pair(max);
    const max_high = high_pair(max);
    const own_low = low_pair(own);
    const own_high = high_pair(own);
    let nll_low: v128;
    let nll_high: v128;
    let confidence: v128;
    let target_probability: v128;
    if (normalized) {
      nll_low = f64x2.sub(f64x2.splat(0), own_low);
      nll_high = f64x2.sub(f64x2.splat(0), own_high);
      confidence = exp2_f32x4(f32x4.mul(max, log2e), floor, magic, c1, c2, c3, c4, c5, one);
      target_probability = exp2_f32x4(f32x4.mul(own, log2e), floor, magic, c1, c2, c3, c4, c5, one);
    } else {
      nll_low = f64x2.add(f64x2.sub(max_low, own_low), log_low);
      nll_high = f64x2.add(f64x2.sub(max_high, own_high), log_high);
      confidence = f32x4.div(one, sum);
      target_probability = f32x4.mul(
        exp2_f32x4(
          f32x4.mul(f32x4.sub(own, max), log2e),
          floor,
          magic,
          c1,
          c2,
          c3,
          c4,
          c5,
          one,
        ),
        confidence,
      );
    }
    v128.store(to, nll_low, 0);
    v128.store(to, nll_high, 16);
    v128.store(to + step, nll_low, 0);
    v128.store(to + step, nll_high, 16);
    store_wide(to + 2 * step, confidence);
    store_wide(to + 3 * step, target_probability);
    store_wide(to + 4 * step, f32x4.mul(squares, f32x4.mul(confidence, confidence)));
    v128.store(to + 5 * step, f64x2.add(max_low, log_low), 0);
    v128.store(to + 5 * step, f64x2.add(max_high, log_high), 16);
    v128.store(whole, prediction);
    v128.store(whole + (step >> 1), above);
    if (tail) {
      for (let lane: usize = 0; lane < count; ++lane) copy_row(lane, out, capacity, r + lane);
    } else {
      store<u32>(out + capacity * 56 + r, 0);
    }

    // Rows that are not plain: ties, no usable target, NaN or ∞, a contradicted kind.
    const usable = i32x4.lt_u(v128.load(targets + (r << 2)), i32x4.splat(<i32>classes));
    const plain =
      i32x4.bitmask(v128.and(usable, v128.and(f32x4.eq(sum, sum), i32x4.eq(level, next)))) ==
      15;
    if (!plain || count < 4 || has_ignore || normalized || weighed) {
      v128.store(RESULTS, level, 240);
      v128.store(RESULTS, sum, 256);
      v128.store(RESULTS, max, 272);
      for (let lane: usize = 0; lane < count; ++lane) {
        finish_lane<IN>(
          lane,
          r + lane,
          load<i32>(targets + ((r + lane) << 2)),
          load<u32>(RESULTS + (lane << 2), 240),
          load<f32>(RESULTS + (lane << 2), 256),
          load<f32>(RESULTS + (lane << 2), 272),
          scores + (r + lane) * stride,
          classes,
          has_ignore,
          ignore_index,
          class_weights,
          smoothing,
          normalized,
          out,
          capacity,
        );
      }
    }
  }
}

/** Sets right what is special about a row that was stored as if it were plain. */
function finish_lane<IN>(
  lane: usize,
  r: usize,
  target: i32,
  level: u32,
  sum: f32,
  max: f32,
  row: usize,
  classes: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  normalized: bool,
  out: usize,
  capacity: usize,
): void {
  const verdict = target_status(target, <i32>classes, has_ignore, ignore_index);
  if (verdict != SCORED) {
    store_blank(out, capacity, r, verdict);
    return;
  }
  if (sum != sum) {
    store_blank(out, capacity, r, INVALID);
    return;
  }
  const status = out + capacity * 56 + r;
  if (level > 1) {
    const rank = out + capacity * 52 + (r << 2);
    store<u32>(rank, load<u32>(rank) + ties_before(<usize>target, lane));
    if (score_at(<usize>target, lane) == max) store<u8>(status, SCORED | TIED);
  }
  if (normalized) {
    const normalizer = load<f64>(out + capacity * 40 + (r << 3));
    if (abs(normalizer) > NORMALIZATION_TOLERANCE) store<u8>(status, CONTRADICTION);
  }
  if (class_weights != 0 || smoothing != 0) {
    weigh_loss<IN>(
      row,
      classes,
      <usize>target,
      class_weights,
      smoothing,
      <f64>max,
      normalized ? -(<f64>max) : load<f64>(out + capacity * 40 + (r << 3)) - <f64>max,
      out,
      capacity,
      r,
    );
  }
}
