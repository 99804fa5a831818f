// Cross-entropy of few classes with its gradient: four rows at once, one per
// lane. Rows are transposed into a scratch area of the first-level cache,
// exponentiated there, scaled, and transposed back; what follows the sums is
// done in f64, two rows at a time. A tail of 1–3 rows goes through the same
// arithmetic with its last row repeated.

import { class_weight, weighted_distance } from './class-sums';
import { exp_precise_f32x4 } from './exp';
import { leave_out, subtract_target, subtract_weights } from './finish-gradient';
import { log_f64x2 } from './log';
import { store_tail } from './softmax';
import { store_columns, store_transposed } from './transpose';
import { load_four } from './widen';

/** Most classes that are done this way. */
export const SMALL: usize = 32;

/** Four rows as columns of four lanes; the last block may hold up to three columns too many. */
const COLUMNS: usize = memory.data((32 + 4) * 16, 16);
/** Likewise what the targets say of each class: w·q′. */
const MASSES: usize = memory.data((32 + 4) * 16, 16);
/** A block of four columns turned back to rows. */
const TURNED: usize = memory.data(64, 16);
/** f64 losses of four rows. */
const LOSSES: usize = memory.data(32, 16);
/** What the targets of four rows weigh, and Σ_c w_c·(max − z_c), in f64. */
const WEIGHTS: usize = memory.data(32, 16);
const DISTANCES: usize = memory.data(32, 16);
const LOWEST: usize = memory.data<f32>([-Infinity, -Infinity, -Infinity, -Infinity], 16);

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

/** [a, b], [c, d] → [a, b, c, d] in f32. */
// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(
    f32x4.demote_f64x2_zero(low),
    f32x4.demote_f64x2_zero(high),
    0,
    1,
    4,
    5,
  );
}

/** Largest of each lane, NaN aside. */
function max_of_columns(classes: usize): v128 {
  let max = v128.load(LOWEST);
  const end = COLUMNS + (classes << 4);
  for (let column = COLUMNS; column < end; column += 16) {
    max = f32x4.pmax(max, v128.load(column));
  }
  return max;
}

/** Replaces the columns by e^(z − max) and returns their sum. */
function exponentiate_columns(classes: usize, max: v128): v128 {
  let sum = i32x4.splat(0);
  const end = COLUMNS + (classes << 4);
  let column = COLUMNS;
  for (; column + 16 < end; column += 32) {
    const e0 = exp_precise_f32x4(f32x4.sub(v128.load(column), max));
    const e1 = exp_precise_f32x4(f32x4.sub(v128.load(column, 16), max));
    v128.store(column, e0);
    v128.store(column, e1, 16);
    sum = f32x4.add(sum, f32x4.add(e0, e1));
  }
  if (column < end) {
    const e = exp_precise_f32x4(f32x4.sub(v128.load(column), max));
    v128.store(column, e);
    sum = f32x4.add(sum, e);
  }
  return sum;
}

/** log of two lanes of sums, NaN for NaN. */
// @ts-ignore: decorator
@inline
function log_of_sums(sums: v128): v128 {
  return v128.or(log_f64x2(sums), f64x2.ne(sums, sums));
}

/**
 * Adds λ·LSE² to the losses of two rows and stores them.
 * @returns scale · factor / Σ e^(z − max), the factor of the exponentials in the gradient
 */
// @ts-ignore: decorator
@inline
function finish_losses(
  loss: v128,
  factor: v128,
  log_normalizer: v128,
  sums: v128,
  z_loss: f64,
  scale: f64,
  address: usize,
): v128 {
  if (z_loss != 0) {
    const added = f64x2.mul(f64x2.splat(z_loss), log_normalizer);
    loss = f64x2.add(loss, f64x2.mul(added, log_normalizer));
    factor = f64x2.add(factor, f64x2.add(added, added));
  }
  v128.store(address, loss);
  return f64x2.div(f64x2.mul(f64x2.splat(scale), factor), sums);
}

/** {@link finish_losses} of two rows whose targets are class indices, as finish_index_loss (finish-gradient.ts). */
// @ts-ignore: decorator
@inline
function finish_index_losses(
  pair: usize,
  max: v128,
  own: v128,
  sums: v128,
  spread: f64,
  weight_sum: f64,
  z_loss: f64,
  scale: f64,
  address: usize,
): v128 {
  const log_sum = log_of_sums(sums);
  const weight = v128.load(WEIGHTS + pair);
  let loss = f64x2.mul(weight, f64x2.add(f64x2.sub(max, own), log_sum));
  loss = v128.and(loss, f64x2.ne(weight, i32x4.splat(0)));
  let factor = weight;
  if (spread != 0) {
    const all = f64x2.add(
      v128.load(DISTANCES + pair),
      f64x2.mul(f64x2.splat(weight_sum), log_sum),
    );
    loss = f64x2.add(loss, f64x2.mul(f64x2.splat(spread), all));
    factor = f64x2.add(factor, f64x2.splat(spread * weight_sum));
  }
  return finish_losses(
    loss,
    factor,
    f64x2.add(max, log_sum),
    sums,
    z_loss,
    scale,
    address + pair,
  );
}

/**
 * A column of gradients: the exponentials times the factors of their rows, less
 * the masses where targets are probabilities, or plus a summand.
 */
// @ts-ignore: decorator
@inline
function gradient_of(column: usize, soft: bool, factor: v128, summand: v128): v128 {
  const p = f32x4.mul(v128.load(column), factor);
  if (soft) return f32x4.sub(p, v128.load(column + (MASSES - COLUMNS)));
  return f32x4.add(p, summand);
}

/** Gradients of classes c … c + 3 as rows at four addresses. */
// @ts-ignore: decorator
@inline
function store_block(
  soft: bool,
  c: usize,
  factor: v128,
  summand: v128,
  to0: usize,
  to1: usize,
  to2: usize,
  to3: usize,
): void {
  const column = COLUMNS + (c << 4);
  store_transposed(
    gradient_of(column, soft, factor, summand),
    gradient_of(column + 16, soft, factor, summand),
    gradient_of(column + 32, soft, factor, summand),
    gradient_of(column + 48, soft, factor, summand),
    to0,
    to1,
    to2,
    to3,
  );
}

/**
 * Writes the gradients of `count` rows. The last block goes first where it is
 * not whole: what it writes past the end of a row is the next row's beginning,
 * which is written after it.
 */
// @ts-ignore: decorator
@inline
function store_rows(
  soft: bool,
  out: usize,
  classes: usize,
  count: usize,
  factor: v128,
  summand: v128,
): void {
  const stride = classes << 2;
  const to1 = out + (count > 1 ? stride : 0);
  const to2 = to1 + (count > 2 ? stride : 0);
  const to3 = to2 + (count > 3 ? stride : 0);
  const whole = classes & ~3;
  if (whole < classes) {
    store_block(soft, whole, factor, summand, TURNED, TURNED + 16, TURNED + 32, TURNED + 48);
    let to = out + (whole << 2);
    for (let lane: usize = 0; lane + 1 < count; ++lane) {
      v128.store(to, v128.load(TURNED + (lane << 4)));
      to += stride;
    }
    store_tail<f32>(to, v128.load(TURNED + ((count - 1) << 4)), classes - whole);
  }
  for (let c: usize = 0; c < whole; c += 4) {
    const at = c << 2;
    store_block(soft, c, factor, summand, out + at, to1 + at, to2 + at, to3 + at);
  }
}

/** Copies the losses of a tail to their places. */
function copy_losses(losses: usize, count: usize): void {
  for (let lane: usize = 0; lane < count; ++lane) {
    store<f64>(losses + (lane << 3), load<f64>(LOSSES + (lane << 3)));
  }
}

/** {@link finish_losses} of two rows whose targets are probabilities. */
// @ts-ignore: decorator
@inline
function finish_soft_losses(
  max: v128,
  mass: v128,
  cost: v128,
  sums: v128,
  z_loss: f64,
  scale: f64,
  address: usize,
): v128 {
  const log_sum = log_of_sums(sums);
  const loss = f64x2.add(cost, f64x2.mul(mass, log_sum));
  return finish_losses(loss, mass, f64x2.add(max, log_sum), sums, z_loss, scale, address);
}

/**
 * {@link cross_entropy} of rows of at most {@link SMALL} f32 scores.
 * Up to 12 bytes past the last row are read and ignored.
 */
export function cross_entropy_small(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  weight_sum: f64,
  smoothing: f64,
  z_loss: f64,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  const stride = classes << 2;
  const spread = smoothing / <f64>classes;
  const summand = f32x4.splat(class_weights == 0 ? <f32>(-scale * spread) : <f32>0);
  const shaped = class_weights != 0 || smoothing != 0;
  v128.store(WEIGHTS, f64x2.splat(1), 0);
  v128.store(WEIGHTS, f64x2.splat(1), 16);
  const end = first + rows;
  for (let r = first; r < end; r += 4) {
    const count = min<usize>(4, end - r);
    const row0 = scores + r * stride;
    const row1 = row0 + (count > 1 ? stride : 0);
    const row2 = row1 + (count > 2 ? stride : 0);
    const row3 = row2 + (count > 3 ? stride : 0);
    store_columns(row0, row1, row2, row3, classes, COLUMNS);
    const max = max_of_columns(classes);
    const sum = exponentiate_columns(classes, max);

    // An ignored row borrows class 0 and is put right below.
    const t0 = <usize>load<i32>(targets + (r << 2));
    const t1 = count > 1 ? <usize>load<i32>(targets + (r << 2), 4) : t0;
    const t2 = count > 2 ? <usize>load<i32>(targets + (r << 2), 8) : t1;
    const t3 = count > 3 ? <usize>load<i32>(targets + (r << 2), 12) : t2;
    const own = load_four<f32>(
      row0 + (t0 < classes ? t0 << 2 : 0),
      row1 + (t1 < classes ? t1 << 2 : 0),
      row2 + (t2 < classes ? t2 << 2 : 0),
      row3 + (t3 < classes ? t3 << 2 : 0),
    );
    if (shaped) {
      v128.store(TURNED, max);
      for (let lane: usize = 0; lane < 4; ++lane) {
        const own_row = r + min(lane, count - 1);
        const target = <usize>load<i32>(targets + (own_row << 2));
        if (target >= classes) continue;
        const weight = (1 - smoothing) * class_weight(class_weights, target);
        store<f64>(WEIGHTS + (lane << 3), weight);
        if (smoothing == 0) continue;
        const row = scores + own_row * stride;
        const top = <f64>load<f32>(TURNED + (lane << 2));
        store<f64>(
          DISTANCES + (lane << 3),
          weighted_distance<f32>(row, classes, class_weights, top),
        );
      }
    }
    const at = count < 4 ? LOSSES : losses + (r << 3);
    const low = finish_index_losses(
      0,
      low_pair(max),
      low_pair(own),
      low_pair(sum),
      spread,
      weight_sum,
      z_loss,
      scale,
      at,
    );
    const high = finish_index_losses(
      16,
      high_pair(max),
      high_pair(own),
      high_pair(sum),
      spread,
      weight_sum,
      z_loss,
      scale,
      at,
    );
    if (count < 4) copy_losses(losses + (r << 3), count);
    store_rows(false, out + r * stride, classes, count, narrow(low, high), summand);
    for (let lane: usize = 0; lane < count; ++lane) {
      const target = load<i32>(targets + ((r + lane) << 2));
      const to = out + (r + lane) * stride;
      if (has_ignore && target == ignore_index) {
        leave_out(to, stride, losses + ((r + lane) << 3));
        continue;
      }
      if (shaped && class_weights != 0) subtract_weights<f32>(to, classes, class_weights, scale * spread);
      subtract_target<f32>(to, <usize>target, scale * load<f64>(WEIGHTS + (lane << 3)));
    }
  }
}

/**
 * {@link soft_cross_entropy} of rows of at most {@link SMALL} f32 scores.
 * Up to 12 bytes past the last row, of scores and targets, are read and ignored.
 */
export function soft_cross_entropy_small(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  soft: usize,
  class_weights: usize,
  smoothing: f64,
  z_loss: f64,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  const stride = classes << 2;
  const keep = f32x4.splat(<f32>(1 - smoothing));
  const spread = f32x4.splat(<f32>(smoothing / <f64>classes));
  const scales = f32x4.splat(<f32>scale);
  const zero = i32x4.splat(0);
  const end = first + rows;
  for (let r = first; r < end; r += 4) {
    const count = min<usize>(4, end - r);
    const step1 = count > 1 ? stride : 0;
    const step2 = step1 + (count > 2 ? stride : 0);
    const step3 = step2 + (count > 3 ? stride : 0);
    const row = scores + r * stride;
    const q = soft + r * stride;
    store_columns(row, row + step1, row + step2, row + step3, classes, COLUMNS);
    store_columns(q, q + step1, q + step2, q + step3, classes, MASSES);
    const max = max_of_columns(classes);
    let mass = zero;
    let cost = zero;
    for (let c: usize = 0; c < classes; ++c) {
      const at = c << 4;
      let m = f32x4.add(f32x4.mul(keep, v128.load(MASSES + at)), spread);
      if (class_weights != 0) {
        m = f32x4.mul(m, f32x4.splat(<f32>load<f64>(class_weights + (c << 3))));
      }
      // Where the mass is 0, a mask (−∞) costs nothing.
      const d = f32x4.sub(max, v128.load(COLUMNS + at));
      cost = f32x4.add(cost, v128.and(f32x4.mul(m, d), f32x4.ne(m, zero)));
      mass = f32x4.add(mass, m);
      v128.store(MASSES + at, f32x4.mul(m, scales));
    }
    const sum = exponentiate_columns(classes, max);
    const at = count < 4 ? LOSSES : losses + (r << 3);
    const low = finish_soft_losses(low_pair(max), low_pair(mass), low_pair(cost), low_pair(sum), z_loss, scale, at);
    const high = finish_soft_losses(high_pair(max), high_pair(mass), high_pair(cost), high_pair(sum), z_loss, scale, at + 16);
    if (count < 4) copy_losses(losses + (r << 3), count);
    store_rows(true, out + r * stride, classes, count, narrow(low, high), zero);
  }
}
