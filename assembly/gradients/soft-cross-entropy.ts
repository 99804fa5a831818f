// Cross-entropy of probabilities as targets, with its gradient, row by row.
// The gradient may be written over the scores.

import { CLASS_WEIGHTS, CLASSES, LOSSES, OUT, SCALE, SCORES, SMOOTHING, SOFT } from '../call';
import { class_weights_of } from '../rows/class-sums';
import { load_tail, max_of } from '../rows/rows';
import { exp_of } from '../vectors/exp';
import { first_lanes, horizontal_sum, lanes, store_tail } from '../vectors/lanes';
import { finish_loss } from './finish-gradient';
import { BLOCK } from './softmax';

/** Σ w·q′ and Σ w·q′·(max − z) of the last row, in f64. */
const SUMS: usize = memory.data(16, 16);

/** w·q′ of the classes from `c` on: (1 − ε)·q + ε/C, times the weights where there are any. */
// @ts-ignore: decorator
@inline
function mass_of<T>(q: v128, keep: v128, spread: v128, class_weights: usize, c: usize): v128 {
  const smoothed = v128.add<T>(v128.mul<T>(keep, q), spread);
  if (class_weights == 0) return smoothed;
  return v128.mul<T>(smoothed, class_weights_of<T>(class_weights + (c << 3)));
}

/** m·d, where a mass of 0 costs nothing even on a masked class (d = −∞). */
// @ts-ignore: decorator
@inline
function cost_of<T>(m: v128, d: v128): v128 {
  return v128.and(v128.mul<T>(m, d), v128.ne<T>(m, i32x4.splat(0)));
}

/** Writes e^(z − max) to `out`, leaves the sums over the targets in SUMS, and returns Σ e^(z − max). */
function exponentiate_against<T>(
  row: usize,
  soft: usize,
  classes: usize,
  max: T,
  keep: f64,
  spread: f64,
  class_weights: usize,
  out: usize,
): f64 {
  const width = lanes<T>();
  const reference = v128.splat<T>(max);
  const keeps = v128.splat<T>(<T>keep);
  const spreads = v128.splat<T>(<T>spread);
  let sum: f64 = 0;
  let mass: f64 = 0;
  let cost: f64 = 0;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const end = min(block + BLOCK, classes);
    const pairs_end = block + ((end - block) & ~(2 * width - 1));
    let lane_sum = i32x4.splat(0);
    let lane_mass = i32x4.splat(0);
    let lane_cost = i32x4.splat(0);
    let c = block;
    for (; c < pairs_end; c += 2 * width) {
      const p = row + c * sizeof<T>();
      const q = soft + c * sizeof<T>();
      const to = out + c * sizeof<T>();
      const d0 = v128.sub<T>(v128.load(p), reference);
      const d1 = v128.sub<T>(v128.load(p, 16), reference);
      const m0 = mass_of<T>(v128.load(q), keeps, spreads, class_weights, c);
      const m1 = mass_of<T>(v128.load(q, 16), keeps, spreads, class_weights, c + width);
      const e0 = exp_of<T>(d0);
      const e1 = exp_of<T>(d1);
      v128.store(to, e0);
      v128.store(to, e1, 16);
      lane_sum = v128.add<T>(lane_sum, v128.add<T>(e0, e1));
      lane_mass = v128.add<T>(lane_mass, v128.add<T>(m0, m1));
      lane_cost = v128.sub<T>(lane_cost, v128.add<T>(cost_of<T>(m0, d0), cost_of<T>(m1, d1)));
    }
    for (; c < end; c += width) {
      const at = c * sizeof<T>();
      const left = min(end - c, width);
      const inside = first_lanes<T>(left);
      const d = v128.sub<T>(load_tail<T, T>(row + at, left, reference), reference);
      const m = mass_of<T>(v128.load(soft + at), keeps, spreads, class_weights, c);
      const e = exp_of<T>(d);
      if (left == width) v128.store(out + at, e);
      else store_tail<T>(out + at, e, left);
      lane_sum = v128.add<T>(lane_sum, v128.and(e, inside));
      lane_mass = v128.add<T>(lane_mass, v128.and(m, inside));
      lane_cost = v128.sub<T>(lane_cost, v128.and(cost_of<T>(m, d), inside));
    }
    sum += horizontal_sum<T>(lane_sum);
    mass += horizontal_sum<T>(lane_mass);
    cost += horizontal_sum<T>(lane_cost);
  }
  store<f64>(SUMS, mass);
  store<f64>(SUMS, cost, 8);
  return sum;
}

/** out ← factor · out − w·q′, where `keep` and `spread` have been scaled. */
function subtract_soft_targets<T>(
  out: usize,
  soft: usize,
  classes: usize,
  factor: f64,
  keep: f64,
  spread: f64,
  class_weights: usize,
): void {
  const factors = v128.splat<T>(<T>factor);
  const keeps = v128.splat<T>(<T>keep);
  const spreads = v128.splat<T>(<T>spread);
  const width = lanes<T>();
  for (let c: usize = 0; c < classes; c += width) {
    const at = c * sizeof<T>();
    const m = mass_of<T>(v128.load(soft + at), keeps, spreads, class_weights, c);
    const p = v128.sub<T>(v128.mul<T>(v128.load(out + at), factors), m);
    if (c + width <= classes) v128.store(out + at, p);
    else store_tail<T>(out + at, p, classes - c);
  }
}

/**
 * Cross-entropy of probability targets q, per row, and its gradient, with
 * q′ = (1 − ε)·q + ε/C:
 *
 *   loss_r = Σ_c w_c·q′_c·(−log p_c) + λ·LSE²
 *   ∂/∂z_c = scale · [(Σ w·q′ + 2λ·LSE)·p_c − w_c·q′_c]
 */
// @ts-ignore: decorator
@inline
export function soft_cross_entropy<T>(first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const class_weights = load<usize>(CLASS_WEIGHTS);
  const smoothing = load<f64>(SMOOTHING);
  const scale = load<f64>(SCALE);
  const stride = classes * sizeof<T>();
  const spread = smoothing / <f64>classes;
  const keep = 1 - smoothing;
  for (let r = first; r < first + rows; ++r) {
    const row = load<usize>(SCORES) + r * stride;
    const q = load<usize>(SOFT) + r * stride;
    const to = load<usize>(OUT) + r * stride;
    const max = max_of<T>(row, classes);
    const sum = exponentiate_against<T>(row, q, classes, max, keep, spread, class_weights, to);
    const mass = load<f64>(SUMS);
    const log_sum = Math.log(sum);
    const loss = load<f64>(SUMS, 8) + mass * log_sum;
    const factor = finish_loss(loss, mass, <f64>max + log_sum, load<usize>(LOSSES) + (r << 3));
    subtract_soft_targets<T>(
      to,
      q,
      classes,
      (scale * factor) / sum,
      scale * keep,
      scale * spread,
      class_weights,
    );
  }
}
