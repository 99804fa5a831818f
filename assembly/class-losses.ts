// Losses over rows of classes beside cross-entropy: the focal loss of a
// softmax and the margin loss, per row and with their gradients.
//
// While a row is summed, −∞ stands for its target, so that the sum is over the
// other classes alone: subtracting the target's term from a sum over all would
// leave rounding errors of its size. The output may be the scores; the scores
// are the core's own copy, in which the target is put back.

import { class_weight, weigh } from './class-sums';
import { horizontal_sum, lanes } from './lanes';
import { load_tail } from './rows';
import { exponentiate, max_of, scale_row } from './softmax';

/** Classes between moves of the f32 lane sums to f64. */
const BLOCK: usize = 512;

/**
 * Focal loss of class indices, per row, and its gradient. With p = p_y and
 * q = 1 − p = Σ_{c ≠ y} p_c, summed without the target:
 *
 *   loss_r = w_y · q^γ · (−log p)
 *   ∂/∂z_c = scale · w_y · A · p_c  (c ≠ y),  ∂/∂z_y = −scale · w_y · A · q
 *   A = q^γ · (1 + γ · p · (−log p)/q),  where (−log p)/q → 1 as q → 0
 *
 * so the gradient is finite for γ < 1 however sure the row is. A row whose
 * target is ignored has loss 0 and gradient 0.
 */
// @ts-ignore: decorator
@inline
function softmax_focal<T>(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  gamma: f64,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  const stride = classes * sizeof<T>();
  for (let r = first; r < first + rows; ++r) {
    const row = scores + r * stride;
    const to = out + r * stride;
    const target_class = load<i32>(targets + (r << 2));
    if (has_ignore && target_class == ignore_index) {
      store<f64>(losses + (r << 3), 0);
      memory.fill(to, 0, stride);
      continue;
    }
    const at = <usize>target_class * sizeof<T>();
    const score = load<T>(row + at);
    const own = <f64>score;
    const max = max_of<T>(row, classes);
    const top = <f64>max;
    store<T>(row + at, <T>-Infinity);
    const rest = exponentiate<T>(row, classes, max, to);
    store<T>(row + at, score);
    const own_exponential = Math.exp(own - top);
    const sum = rest + own_exponential;
    const p = own_exponential / sum;
    const q = rest / sum;
    const nll = own == top ? Math.log1p(rest) : top - own + Math.log(sum);
    const faded = Math.pow(q, gamma);
    // p · (−log p)/q, at its ends: 0 for a masked target, 1 where no other class has any mass.
    const steep = p == 0 ? 0 : q == 0 ? 1 : (p * nll) / q;
    const weight = class_weight(class_weights, <usize>target_class);
    store<f64>(losses + (r << 3), weigh(weight * faded, nll));
    const factor = scale * weight * faded * (1 + gamma * steep);
    scale_row<T>(to, classes, <T>(factor / sum), <T>0);
    store<T>(to + at, <T>(-factor * q));
  }
}

/** One class's part of the margin loss (before w_y/C), in f64; NaN for NaN. */
// @ts-ignore: decorator
@inline
function excess_of<T>(row: usize, index: usize, own: f64, margin: f64): f64 {
  const excess = <f64>load<T>(row + index * sizeof<T>()) - own + margin;
  return excess > 0 ? excess : excess == excess ? 0 : NaN;
}

/**
 * Σ_j v_j^p with v_j = max(0, x_j − own + margin) over a whole row; writes
 * factor · v_j^(p − 1) for each v_j > 0. `sums` receives the sum of what was
 * written, before the factor.
 */
function margin_terms<T>(
  row: usize,
  classes: usize,
  own: T,
  margin: T,
  squared: bool,
  factor: T,
  out: usize,
  slopes: usize,
): f64 {
  const width = lanes<T>();
  const zero = v128.splat<T>(<T>0);
  const reference = v128.splat<T>(own);
  const margins = v128.splat<T>(margin);
  const factors = v128.splat<T>(factor);
  const lowest = v128.splat<T>(<T>-Infinity);
  let sum: f64 = 0;
  let slope: f64 = 0;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const end = min(block + BLOCK, classes);
    let lane_sum = zero;
    let lane_slope = zero;
    for (let c = block; c < end; c += width) {
      const at = c * sizeof<T>();
      const isWhole = c + width <= end;
      const x = isWhole ? v128.load(row + at) : load_tail<T, T>(row + at, end - c, lowest);
      const raw = v128.add<T>(v128.sub<T>(x, reference), margins);
      const v = v128.pmax<T>(raw, zero); // NaN stays: pmax(a, b) = a < b ? b : a
      const derivative = squared
        ? v128.add<T>(v, v)
        : v128.bitselect(v128.splat<T>(<T>1), v, v128.gt<T>(v, zero));
      lane_sum = v128.add<T>(lane_sum, squared ? v128.mul<T>(v, v) : v);
      lane_slope = v128.add<T>(lane_slope, derivative);
      const gradient = v128.mul<T>(derivative, factors);
      if (isWhole) v128.store(out + at, gradient);
      else {
        store<T>(out + at, v128.extract_lane<T>(gradient, 0));
        if (sizeof<T>() == 4) {
          if (end - c > 1) store<T>(out + at, v128.extract_lane<T>(gradient, 1), 4);
          if (end - c > 2) store<f32>(out + at, f32x4.extract_lane(gradient, 2), 8);
        }
      }
    }
    sum += horizontal_sum<T>(lane_sum);
    slope += horizontal_sum<T>(lane_slope);
  }
  store<f64>(slopes, slope);
  return sum;
}

/** {@link margin_terms} one by one, for a target of ±∞ or NaN. */
function margin_terms_of_infinite<T>(
  row: usize,
  classes: usize,
  target: usize,
  margin: f64,
  squared: bool,
  factor: f64,
  out: usize,
  slopes: usize,
): f64 {
  const own = <f64>load<T>(row + target * sizeof<T>());
  let sum: f64 = 0;
  let slope: f64 = 0;
  for (let c: usize = 0; c < classes; ++c) {
    if (c == target) continue;
    const v = excess_of<T>(row, c, own, margin);
    const derivative = squared ? 2 * v : v > 0 ? 1 : v;
    sum += squared ? v * v : v;
    slope += derivative;
    store<T>(out + c * sizeof<T>(), <T>(derivative * factor));
  }
  store<f64>(slopes, slope);
  return sum;
}

/** Where {@link margin_terms} leaves its second result. */
const SLOPES: usize = memory.data(8, 8);

/**
 * Margin loss of class indices, per row, and its gradient, with
 * v_j = max(0, margin − x_y + x_j):
 *
 *   loss_r = (w_y/C) · Σ_{j ≠ y} v_j^p
 *   ∂/∂x_j = scale · (w_y/C) · p·v_j^(p − 1)·[v_j > 0]  (j ≠ y),  ∂/∂x_y = −Σ_j of those
 *
 * @param squared whether p is 2; otherwise it is 1
 */
// @ts-ignore: decorator
@inline
function multi_margin<T>(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  margin: f64,
  squared: bool,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  const stride = classes * sizeof<T>();
  for (let r = first; r < first + rows; ++r) {
    const row = scores + r * stride;
    const to = out + r * stride;
    const target_class = load<i32>(targets + (r << 2));
    if (has_ignore && target_class == ignore_index) {
      store<f64>(losses + (r << 3), 0);
      memory.fill(to, 0, stride);
      continue;
    }
    const target = <usize>target_class;
    const at = target * sizeof<T>();
    const own = load<T>(row + at);
    const share = class_weight(class_weights, target) / <f64>classes;
    const factor = scale * share;
    let sum: f64;
    if (own - own == 0) {
      store<T>(row + at, <T>-Infinity);
      sum = margin_terms<T>(row, classes, own, <T>margin, squared, <T>factor, to, SLOPES);
      store<T>(row + at, own);
    } else {
      sum = margin_terms_of_infinite<T>(row, classes, target, margin, squared, factor, to, SLOPES);
    }
    store<f64>(losses + (r << 3), weigh(share, sum));
    store<T>(to + at, <T>(-factor * load<f64>(SLOPES)));
  }
}

/** {@link softmax_focal} of f32 scores. */
export function softmax_focal_f32(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  gamma: f64,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  softmax_focal<f32>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    gamma,
    scale,
    out,
    losses,
  );
}

/** {@link softmax_focal} of f64 scores. */
export function softmax_focal_f64(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  gamma: f64,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  softmax_focal<f64>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    gamma,
    scale,
    out,
    losses,
  );
}

/** {@link multi_margin} of f32 scores. */
export function multi_margin_f32(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  margin: f64,
  squared: bool,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  multi_margin<f32>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    margin,
    squared,
    scale,
    out,
    losses,
  );
}

/** {@link multi_margin} of f64 scores. */
export function multi_margin_f64(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  margin: f64,
  squared: bool,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  multi_margin<f64>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    margin,
    squared,
    scale,
    out,
    losses,
  );
}
