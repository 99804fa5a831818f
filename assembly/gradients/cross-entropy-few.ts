// Cross-entropy of few classes with its gradient, for class indices and for
// probabilities as targets: four rows at once, one per lane. Rows are transposed
// into a scratch area of the first-level cache, exponentiated there, scaled, and
// transposed back; what follows the sums is done in f64, two rows at a time.

import {
  CLASS_WEIGHTS,
  CLASSES,
  is_ignored,
  LOSSES,
  OUT,
  SCALE,
  SCORES,
  SMOOTHING,
  SOFT,
  TARGETS,
  WEIGHT_SUM,
  Z_LOSS,
} from '../call';
import { class_weight, weighted_distance } from '../rows/class-sums';
import { load_own, store_columns, store_rows_of_block } from '../vectors/columns';
import { exp_precise_f32x4 } from '../vectors/exp';
import { high_pair, low_pair, narrow, store_tail, store_wide } from '../vectors/lanes';
import { log_f64x2 } from '../vectors/log';
import { leave_out, subtract_target, subtract_weights } from './finish-gradient';

/** Most classes that are done this way. */
export const FEW: usize = 32;

/** Four rows as columns of four lanes; the last block may hold up to three columns too many. */
const SCRATCH: usize = memory.data((32 + 4) * 16, 16);
/** Likewise what targets that are probabilities say of each class: scale·w·q′. */
const MASSES: usize = memory.data((32 + 4) * 16, 16);
/** A block of four columns turned back to rows. */
const TURNED: usize = memory.data(64, 16);
/** f64 losses of the rows of a tail. */
const TAIL_LOSSES: usize = memory.data(32, 16);
/** In f64, of four rows: what their targets weigh, (1 − ε)·w_y or Σ_c w_c·q′_c … */
const WEIGHTS: usize = memory.data(32, 16);
/** … and Σ_c w_c·(max − z_c), or Σ_c w_c·q′_c·(max − z_c). */
const DISTANCES: usize = memory.data(32, 16);

/** Replaces the columns by e^(z − max) and returns their sum. */
function exponentiate_columns(classes: usize, max: v128): v128 {
  let sum = i32x4.splat(0);
  const end = SCRATCH + (classes << 4);
  let column = SCRATCH;
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

/** Stores what the targets of `count` rows from row `r` on weigh, where class weights or smoothing are given. */
// @ts-ignore: decorator
@inline
function weigh_indices(r: usize, count: usize, classes: usize, max: v128): void {
  const class_weights = load<usize>(CLASS_WEIGHTS);
  const smoothing = load<f64>(SMOOTHING);
  const targets = load<usize>(TARGETS) + (r << 2);
  const rows = load<usize>(SCORES) + r * (classes << 2);
  v128.store(TURNED, max);
  for (let lane: usize = 0; lane < 4; ++lane) {
    // A repeated row is written as often, and has to come out the same.
    const own_row = min(lane, count - 1);
    const target = <usize>load<i32>(targets + (own_row << 2));
    if (target >= classes) continue;
    const weight = (1 - smoothing) * class_weight(class_weights, target);
    store<f64>(WEIGHTS + (lane << 3), weight);
    if (smoothing == 0) continue;
    const row = rows + own_row * (classes << 2);
    const top = <f64>load<f32>(TURNED + (lane << 2));
    const distance = weighted_distance<f32>(row, classes, class_weights, top);
    store<f64>(DISTANCES + (lane << 3), distance);
  }
}

/** Stores what targets that are probabilities weigh, whose columns lie in MASSES: w·q′, with q′ = (1 − ε)·q + ε/C. */
// @ts-ignore: decorator
@inline
function weigh_masses(classes: usize, max: v128, keep: v128, spread: v128, scale: v128): void {
  const class_weights = load<usize>(CLASS_WEIGHTS);
  const zero = i32x4.splat(0);
  let mass = zero;
  let cost = zero;
  for (let c: usize = 0; c < classes; ++c) {
    const at = c << 4;
    let m = f32x4.add(f32x4.mul(keep, v128.load(MASSES + at)), spread);
    if (class_weights != 0) {
      m = f32x4.mul(m, f32x4.splat(<f32>load<f64>(class_weights + (c << 3))));
    }
    // Where the mass is 0, a mask (−∞) costs nothing.
    const d = f32x4.sub(max, v128.load(SCRATCH + at));
    cost = f32x4.add(cost, v128.and(f32x4.mul(m, d), f32x4.ne(m, zero)));
    mass = f32x4.add(mass, m);
    v128.store(MASSES + at, f32x4.mul(m, scale));
  }
  store_wide<f32>(WEIGHTS, mass);
  store_wide<f32>(DISTANCES, cost);
}

/**
 * Stores the losses of two rows, as finish_loss and finish_index_loss
 * (finish-gradient.ts) do.
 * @param pair 0 for rows 0 and 1, 16 for rows 2 and 3
 * @returns scale · factor / Σ e^(z − max), the factor of the exponentials in the gradient
 */
// @ts-ignore: decorator
@inline
function finish_pair(
  soft: bool,
  pair: usize,
  max: v128,
  own: v128,
  sums: v128,
  spread: f64,
  losses: usize,
): v128 {
  const log_sum = v128.or(log_f64x2(sums), f64x2.ne(sums, sums)); // NaN for NaN
  const weight = v128.load(WEIGHTS + pair);
  let factor = weight;
  let loss: v128;
  if (soft) {
    loss = f64x2.add(v128.load(DISTANCES + pair), f64x2.mul(weight, log_sum));
  } else {
    loss = f64x2.mul(weight, f64x2.add(f64x2.sub(max, own), log_sum));
    loss = v128.and(loss, f64x2.ne(weight, i32x4.splat(0)));
    if (spread != 0) {
      const weight_sum = load<f64>(WEIGHT_SUM);
      const others = f64x2.mul(f64x2.splat(weight_sum), log_sum);
      const all = f64x2.add(v128.load(DISTANCES + pair), others);
      loss = f64x2.add(loss, f64x2.mul(f64x2.splat(spread), all));
      factor = f64x2.add(factor, f64x2.splat(spread * weight_sum));
    }
  }
  const z_loss = load<f64>(Z_LOSS);
  if (z_loss != 0) {
    const log_normalizer = f64x2.add(max, log_sum);
    const added = f64x2.mul(f64x2.splat(z_loss), log_normalizer);
    loss = f64x2.add(loss, f64x2.mul(added, log_normalizer));
    factor = f64x2.add(factor, f64x2.add(added, added));
  }
  v128.store(losses + pair, loss);
  return f64x2.div(f64x2.mul(f64x2.splat(load<f64>(SCALE)), factor), sums);
}

/**
 * A column of gradients: the exponentials times the factors of their rows, less
 * the masses where targets are probabilities, or plus a summand.
 */
// @ts-ignore: decorator
@inline
function gradient_of(soft: bool, column: usize, factor: v128, summand: v128): v128 {
  const p = f32x4.mul(v128.load(column), factor);
  if (soft) return f32x4.sub(p, v128.load(column + (MASSES - SCRATCH)));
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
  const column = SCRATCH + (c << 4);
  const g0 = gradient_of(soft, column, factor, summand);
  const g1 = gradient_of(soft, column + 16, factor, summand);
  const g2 = gradient_of(soft, column + 32, factor, summand);
  const g3 = gradient_of(soft, column + 48, factor, summand);
  store_rows_of_block(g0, g1, g2, g3, to0, to1, to2, to3);
}

/**
 * Writes the gradients of `count` rows. The last block goes first where it is
 * not whole: what it writes past the end of a row is the next row's beginning,
 * which is written after it.
 */
// @ts-ignore: decorator
@inline
function store_gradients(
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

/** Takes the classes of the targets from the gradients of `count` rows from row `r` on, or the rows themselves. */
// @ts-ignore: decorator
@inline
function finish_indices(r: usize, count: usize, classes: usize, spread: f64): void {
  const class_weights = load<usize>(CLASS_WEIGHTS);
  const scale = load<f64>(SCALE);
  const targets = load<usize>(TARGETS) + (r << 2);
  const stride = classes << 2;
  let to = load<usize>(OUT) + r * stride;
  for (let lane: usize = 0; lane < count; ++lane, to += stride) {
    const target = load<i32>(targets + (lane << 2));
    if (is_ignored(target)) {
      leave_out(to, stride, load<usize>(LOSSES) + ((r + lane) << 3));
      continue;
    }
    if (class_weights != 0) subtract_weights<f32>(to, classes, class_weights, scale * spread);
    subtract_target<f32>(to, <usize>target, scale * load<f64>(WEIGHTS + (lane << 3)));
  }
}

/**
 * Cross-entropy and its gradient, as cross-entropy.ts and soft-cross-entropy.ts
 * say, of rows of at most {@link FEW} f32 scores. Up to 12 bytes past the last
 * row, of scores and probabilities, are read and ignored.
 * @param soft whether targets are probabilities
 */
// @ts-ignore: decorator
@inline
export function cross_entropy_few(soft: bool, first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const smoothing = load<f64>(SMOOTHING);
  const scale = load<f64>(SCALE);
  const stride = classes << 2;
  const spread = smoothing / <f64>classes;
  const shaped = load<usize>(CLASS_WEIGHTS) != 0 || smoothing != 0;
  const everywhere = load<usize>(CLASS_WEIGHTS) == 0 ? <f32>(-scale * spread) : <f32>0;
  const summand = f32x4.splat(everywhere);
  const keeps = f32x4.splat(<f32>(1 - smoothing));
  const spreads = f32x4.splat(<f32>spread);
  const scales = f32x4.splat(<f32>scale);
  const zero = i32x4.splat(0);
  v128.store(WEIGHTS, f64x2.splat(1), 0);
  v128.store(WEIGHTS, f64x2.splat(1), 16);
  const end = first + rows;
  for (let r = first; r < end; r += 4) {
    const count = min<usize>(4, end - r);
    const row0 = load<usize>(SCORES) + r * stride;
    const row1 = row0 + (count > 1 ? stride : 0);
    const row2 = row1 + (count > 2 ? stride : 0);
    const row3 = row2 + (count > 3 ? stride : 0);
    let own = zero;
    const max = store_columns<f32>(false, own, row0, row1, row2, row3, classes, SCRATCH);
    if (soft) {
      const q = load<usize>(SOFT) - load<usize>(SCORES);
      store_columns<f32>(false, own, row0 + q, row1 + q, row2 + q, row3 + q, classes, MASSES);
      weigh_masses(classes, max, keeps, spreads, scales);
    } else {
      const targets = load<usize>(TARGETS) + (r << 2);
      own = load_own<f32>(targets, classes, row0, row1, row2, row3);
      if (shaped) weigh_indices(r, count, classes, max);
    }
    const sum = exponentiate_columns(classes, max);
    const losses = load<usize>(LOSSES) + (r << 3);
    const at = count < 4 ? TAIL_LOSSES : losses;
    const low = finish_pair(soft, 0, low_pair(max), low_pair(own), low_pair(sum), spread, at);
    const high = finish_pair(soft, 16, high_pair(max), high_pair(own), high_pair(sum), spread, at);
    if (count < 4) memory.copy(losses, TAIL_LOSSES, count << 3);
    const to = load<usize>(OUT) + r * stride;
    store_gradients(soft, to, classes, count, narrow(low, high), summand);
    if (!soft) finish_indices(r, count, classes, spread);
  }
}
