// The margin loss over class indices, per row and with its gradient. While a
// row is summed, −∞ stands for its target, as in focal.ts.

import {
  CLASSES,
  CLASS_WEIGHTS,
  FLAGS,
  is_ignored,
  LOSSES,
  OUT,
  P,
  SCALE,
  SCORES,
  TARGETS,
} from '../call';
import { class_weight, weigh } from '../rows/class-sums';
import { load_tail } from '../rows/rows';
import { horizontal_sum, lanes, store_tail } from '../vectors/lanes';
import { leave_out } from './finish-gradient';
import { BLOCK } from './softmax';

/** Σ p·v_j^(p − 1) of the row that was summed last. */
let row_slope: f64 = 0;

/** One class's part of the margin loss (before w_y/C), in f64; NaN for NaN. */
// @ts-ignore: decorator
@inline
function excess_of<T>(row: usize, index: usize, own: f64, margin: f64): f64 {
  const excess = <f64>load<T>(row + index * sizeof<T>()) - own + margin;
  return excess > 0 ? excess : excess == excess ? 0 : NaN;
}

/** max(0, x − own + margin); NaN stays: pmax(a, b) = a < b ? b : a */
// @ts-ignore: decorator
@inline
function excesses_of<T>(x: v128, own: v128, margin: v128): v128 {
  return v128.pmax<T>(v128.add<T>(v128.sub<T>(x, own), margin), v128.splat<T>(<T>0));
}

/** Derivative of v^p: 2v, or 1 where v > 0. */
// @ts-ignore: decorator
@inline
function slopes_of<T>(squared: bool, v: v128): v128 {
  if (squared) return v128.add<T>(v, v);
  return v128.bitselect(v128.splat<T>(<T>1), v, v128.gt<T>(v, v128.splat<T>(<T>0)));
}

/**
 * Σ_j v_j^p with v_j = max(0, x_j − own + margin) over a whole row; writes
 * factor · v_j^(p − 1) for each v_j > 0. What was written, before the factor, is
 * summed up in row_slope.
 */
// @ts-ignore: decorator
@inline
function margin_terms<T>(
  squared: bool,
  row: usize,
  classes: usize,
  own: T,
  margin: T,
  factor: T,
  out: usize,
): f64 {
  const width = lanes<T>();
  const reference = v128.splat<T>(own);
  const margins = v128.splat<T>(margin);
  const factors = v128.splat<T>(factor);
  let sum: f64 = 0;
  let slope: f64 = 0;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const end = min(block + BLOCK, classes);
    const whole = end & ~(width - 1);
    let lane_sum = v128.splat<T>(<T>0);
    let lane_slope = v128.splat<T>(<T>0);
    let c = block;
    for (; c < whole; c += width) {
      const at = c * sizeof<T>();
      const v = excesses_of<T>(v128.load(row + at), reference, margins);
      const slopes = slopes_of<T>(squared, v);
      lane_sum = v128.add<T>(lane_sum, squared ? v128.mul<T>(v, v) : v);
      lane_slope = v128.add<T>(lane_slope, slopes);
      v128.store(out + at, v128.mul<T>(slopes, factors));
    }
    if (c < end) {
      const at = c * sizeof<T>();
      const x = load_tail<T, T>(row + at, end - c, v128.splat<T>(<T>-Infinity));
      const v = excesses_of<T>(x, reference, margins);
      const slopes = slopes_of<T>(squared, v);
      lane_sum = v128.add<T>(lane_sum, squared ? v128.mul<T>(v, v) : v);
      lane_slope = v128.add<T>(lane_slope, slopes);
      store_tail<T>(out + at, v128.mul<T>(slopes, factors), end - c);
    }
    sum += horizontal_sum<T>(lane_sum);
    slope += horizontal_sum<T>(lane_slope);
  }
  row_slope = slope;
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
  row_slope = slope;
  return sum;
}

/**
 * Margin loss of class indices, per row, and its gradient, with
 * v_j = max(0, margin − x_y + x_j):
 *
 *   loss_r = (w_y/C) · Σ_{j ≠ y} v_j^p
 *   ∂/∂x_j = scale · (w_y/C) · p·v_j^(p − 1)·[v_j > 0]  (j ≠ y),  ∂/∂x_y = −Σ_j of those
 *
 * P is the margin; FLAGS says whether p is 2, not 1.
 */
// @ts-ignore: decorator
@inline
export function multi_margin<T>(first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const margin = load<f64>(P);
  const squared = load<u32>(FLAGS) != 0;
  const stride = classes * sizeof<T>();
  for (let r = first; r < first + rows; ++r) {
    const row = load<usize>(SCORES) + r * stride;
    const to = load<usize>(OUT) + r * stride;
    const loss = load<usize>(LOSSES) + (r << 3);
    const target_class = load<i32>(load<usize>(TARGETS) + (r << 2));
    if (is_ignored(target_class)) {
      leave_out(to, stride, loss);
      continue;
    }
    const target = <usize>target_class;
    const at = target * sizeof<T>();
    const own = load<T>(row + at);
    const share = class_weight(load<usize>(CLASS_WEIGHTS), target) / <f64>classes;
    const factor = load<f64>(SCALE) * share;
    let sum: f64;
    if (own - own == 0) {
      store<T>(row + at, <T>-Infinity);
      sum = squared
        ? margin_terms<T>(true, row, classes, own, <T>margin, <T>factor, to)
        : margin_terms<T>(false, row, classes, own, <T>margin, <T>factor, to);
      store<T>(row + at, own);
    } else {
      sum = margin_terms_of_infinite<T>(row, classes, target, margin, squared, factor, to);
    }
    store<f64>(loss, weigh(share, sum));
    store<T>(to + at, <T>(-factor * row_slope));
  }
}
