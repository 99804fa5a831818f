// Softmax and what follows from it for training: log-softmax, cross-entropy
// with its gradient, for class indices and for probabilities as targets.
//
// A row is read for its maximum, exponentiated into the output, and finished
// there; it stays in the cache in between. The output may be the input.
// Exponentials use a two-step range reduction here, as gradients are used one
// by one and not in a sum. NaN, +∞ and rows of −∞ alone give NaN throughout.

import { class_weight, load_pair, weigh, weighted_distance } from './class-sums';
import { exp_f64x2, exp_precise_f32x4 } from './exp';
import { first_lanes, horizontal_max, horizontal_sum, lanes } from './lanes';
import { load_tail } from './rows';

/** Classes between moves of the f32 lane sums to f64. */
const BLOCK: usize = 512;

// @ts-ignore: decorator
@inline
function exp_of<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp_f64x2(x) : exp_precise_f32x4(x);
}

/** Stores the first `count` lanes. */
// @ts-ignore: decorator
@inline
function store_tail<T>(address: usize, v: v128, count: usize): void {
  store<T>(address, v128.extract_lane<T>(v, 0));
  if (sizeof<T>() == 4) {
    if (count > 1) store<T>(address, v128.extract_lane<T>(v, 1), 4);
    if (count > 2) store<f32>(address, f32x4.extract_lane(v, 2), 8);
  }
}

/** Largest score of a row, NaN aside. */
export function max_of<T>(row: usize, classes: usize): T {
  const width = lanes<T>();
  const whole = row + (classes & ~(width - 1)) * sizeof<T>();
  const lowest = v128.splat<T>(<T>-Infinity);
  let top = lowest;
  let p = row;
  const wide = row + ((whole - row) & ~63);
  while (p < wide) {
    const a = v128.pmax<T>(v128.load(p), v128.load(p, 16));
    const b = v128.pmax<T>(v128.load(p, 32), v128.load(p, 48));
    top = v128.pmax<T>(top, v128.pmax<T>(a, b));
    p += 64;
  }
  while (p < whole) {
    top = v128.pmax<T>(top, v128.load(p));
    p += 16;
  }
  const left = classes & (width - 1);
  if (left) top = v128.pmax<T>(top, load_tail<T, T>(p, left, lowest));
  return horizontal_max<T>(top);
}

/** Writes e^(z − max) to `out` and returns the sum. */
export function exponentiate<T>(row: usize, classes: usize, max: T, out: usize): f64 {
  const width = lanes<T>();
  const reference = v128.splat<T>(max);
  let sum: f64 = 0;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const end = min(block + BLOCK, classes);
    const whole = end & ~(width - 1);
    let lane_sum = v128.splat<T>(<T>0);
    let p = row + block * sizeof<T>();
    let q = out + block * sizeof<T>();
    const p_end = row + whole * sizeof<T>();
    const p_wide = p + ((p_end - p) & ~31);
    while (p < p_wide) {
      const e0 = exp_of<T>(v128.sub<T>(v128.load(p), reference));
      const e1 = exp_of<T>(v128.sub<T>(v128.load(p, 16), reference));
      v128.store(q, e0);
      v128.store(q, e1, 16);
      lane_sum = v128.add<T>(lane_sum, v128.add<T>(e0, e1));
      p += 32;
      q += 32;
    }
    while (p < p_end) {
      const e = exp_of<T>(v128.sub<T>(v128.load(p), reference));
      v128.store(q, e);
      lane_sum = v128.add<T>(lane_sum, e);
      p += 16;
      q += 16;
    }
    if (whole < end) {
      const x = load_tail<T, T>(p, end - whole, v128.splat<T>(<T>-Infinity));
      const e = exp_of<T>(v128.sub<T>(x, reference));
      store_tail<T>(q, e, end - whole);
      lane_sum = v128.add<T>(lane_sum, v128.and(e, first_lanes<T>(end - whole)));
    }
    sum += horizontal_sum<T>(lane_sum);
  }
  return sum;
}

/** out ← factor · out + summand */
export function scale_row<T>(out: usize, classes: usize, factor: T, summand: T): void {
  const width = lanes<T>();
  const a = v128.splat<T>(factor);
  const b = v128.splat<T>(summand);
  const whole = out + (classes & ~(width - 1)) * sizeof<T>();
  let p = out;
  const wide = out + ((whole - out) & ~31);
  while (p < wide) {
    v128.store(p, v128.add<T>(v128.mul<T>(v128.load(p), a), b));
    v128.store(p, v128.add<T>(v128.mul<T>(v128.load(p, 16), a), b), 16);
    p += 32;
  }
  while (p < whole) {
    v128.store(p, v128.add<T>(v128.mul<T>(v128.load(p), a), b));
    p += 16;
  }
  for (const end = out + classes * sizeof<T>(); p < end; p += sizeof<T>()) {
    store<T>(p, load<T>(p) * factor + summand);
  }
}

/** Softmax of `rows` rows from row `first` on. */
// @ts-ignore: decorator
@inline
function softmax<T>(scores: usize, first: usize, rows: usize, classes: usize, out: usize): void {
  const stride = classes * sizeof<T>();
  for (let r = first; r < first + rows; ++r) {
    const max = max_of<T>(scores + r * stride, classes);
    const sum = exponentiate<T>(scores + r * stride, classes, max, out + r * stride);
    scale_row<T>(out + r * stride, classes, <T>(1 / sum), <T>0);
  }
}

/** Logarithms of the softmax: z − log Σ e^z. */
// @ts-ignore: decorator
@inline
function log_softmax<T>(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  out: usize,
): void {
  const stride = classes * sizeof<T>();
  for (let r = first; r < first + rows; ++r) {
    const row = scores + r * stride;
    const to = out + r * stride;
    const max = max_of<T>(row, classes);
    const sum = sum_of_exponentials<T>(row, classes, max);
    const log_sum = Math.log(sum);
    // (z − max) is exact where it matters; the logarithm is taken from that.
    for (let c: usize = 0; c < stride; c += sizeof<T>()) {
      store<T>(to + c, <T>(<f64>load<T>(row + c) - <f64>max - log_sum));
    }
  }
}

/** Σ e^(z − max), written nowhere. */
function sum_of_exponentials<T>(row: usize, classes: usize, max: T): f64 {
  const width = lanes<T>();
  const reference = v128.splat<T>(max);
  const lowest = v128.splat<T>(<T>-Infinity);
  let sum: f64 = 0;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const end = min(block + BLOCK, classes);
    let lane_sum = v128.splat<T>(<T>0);
    for (let c = block; c < end; c += width) {
      const p = row + c * sizeof<T>();
      const x = c + width <= end ? v128.load(p) : load_tail<T, T>(p, end - c, lowest);
      lane_sum = v128.add<T>(lane_sum, exp_of<T>(v128.sub<T>(x, reference)));
    }
    sum += horizontal_sum<T>(lane_sum);
  }
  return sum;
}

/**
 * Cross-entropy of class indices, per row, and its gradient:
 *
 *   loss_r = (1 − ε)·w_y·(−log p_y) + (ε/C)·Σ_c w_c·(−log p_c) + λ·LSE²
 *   ∂/∂z_c = scale · [((1 − ε)·w_y + (ε/C)·Σw + 2λ·LSE)·p_c − (1 − ε)·w_y·[c = y] − (ε/C)·w_c]
 *
 * A row whose target is ignored has loss 0 and gradient 0. Targets outside
 * the classes are for the caller to refuse.
 * @param class_weights f64 per class, or 0
 * @param weight_sum Σ_c w_c (C without weights)
 * @param scale factor of the gradient, such as 1/Σw
 * @param out gradient, rows × classes; may be `scores`
 * @param losses f64 per row
 */
// @ts-ignore: decorator
@inline
function cross_entropy<T>(
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
  const stride = classes * sizeof<T>();
  const spread = smoothing / <f64>classes;
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
    const own = <f64>load<T>(row + target * sizeof<T>());
    const max = max_of<T>(row, classes);
    const top = <f64>max;
    const distance =
      smoothing == 0 ? 0 : weighted_distance<T>(row, classes, class_weights, top);
    const sum = exponentiate<T>(row, classes, max, to);
    const log_sum = Math.log(sum);
    const log_normalizer = top + log_sum;
    const weight = (1 - smoothing) * class_weight(class_weights, target);
    let loss = weigh(weight, top - own + log_sum);
    let factor = weight;
    if (smoothing != 0) {
      loss += spread * (distance + weight_sum * log_sum);
      factor += spread * weight_sum;
    }
    if (z_loss != 0) {
      loss += z_loss * log_normalizer * log_normalizer;
      factor += 2 * z_loss * log_normalizer;
    }
    store<f64>(losses + (r << 3), loss);

    const even = smoothing == 0 || class_weights == 0;
    scale_row<T>(to, classes, <T>((scale * factor) / sum), even ? <T>(-scale * spread) : <T>0);
    if (!even) subtract_weights<T>(to, classes, class_weights, scale * spread);
    const hit = to + target * sizeof<T>();
    store<T>(hit, <T>(<f64>load<T>(hit) - scale * weight));
  }
}

/** out_c ← out_c − factor · w_c */
function subtract_weights<T>(out: usize, classes: usize, weights: usize, factor: f64): void {
  for (let c: usize = 0; c < classes; ++c) {
    const p = out + c * sizeof<T>();
    store<T>(p, <T>(<f64>load<T>(p) - factor * load<f64>(weights + (c << 3))));
  }
}

/**
 * Cross-entropy of probability targets q, per row, and its gradient, with
 * q′ = (1 − ε)·q + ε/C:
 *
 *   loss_r = Σ_c w_c·q′_c·(−log p_c) + λ·LSE²
 *   ∂/∂z_c = scale · [(Σ w·q′ + 2λ·LSE)·p_c − w_c·q′_c]
 *
 * @param soft q, rows × classes, of the type of the scores
 */
// @ts-ignore: decorator
@inline
function soft_cross_entropy<T>(
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
  const stride = classes * sizeof<T>();
  const spread = smoothing / <f64>classes;
  const keep = 1 - smoothing;
  for (let r = first; r < first + rows; ++r) {
    const row = scores + r * stride;
    const q = soft + r * stride;
    const to = out + r * stride;
    const max = max_of<T>(row, classes);
    const top = <f64>max;

    // Σ w·q′ and Σ w·q′·(max − z), before the row is written over.
    let mass = f64x2.splat(0);
    let distance = f64x2.splat(0);
    const pairs = classes & ~1;
    for (let c: usize = 0; c < pairs; c += 2) {
      let m = f64x2.add(
        f64x2.mul(f64x2.splat(keep), load_pair<T>(q + c * sizeof<T>())),
        f64x2.splat(spread),
      );
      if (class_weights != 0) m = f64x2.mul(m, v128.load(class_weights + (c << 3)));
      const d = f64x2.sub(f64x2.splat(top), load_pair<T>(row + c * sizeof<T>()));
      mass = f64x2.add(mass, m);
      // Where q′ is 0, a mask (−∞) costs nothing.
      distance = f64x2.add(distance, v128.and(f64x2.mul(m, d), f64x2.ne(m, f64x2.splat(0))));
    }
    let total = horizontal_sum<f64>(mass);
    let cost = horizontal_sum<f64>(distance);
    if (pairs < classes) {
      const at = pairs * sizeof<T>();
      const m = (keep * <f64>load<T>(q + at) + spread) * class_weight(class_weights, pairs);
      total += m;
      cost += weigh(m, top - <f64>load<T>(row + at));
    }

    const sum = exponentiate<T>(row, classes, max, to);
    const log_sum = Math.log(sum);
    const log_normalizer = top + log_sum;
    let loss = cost + total * log_sum;
    let factor = total;
    if (z_loss != 0) {
      loss += z_loss * log_normalizer * log_normalizer;
      factor += 2 * z_loss * log_normalizer;
    }
    store<f64>(losses + (r << 3), loss);
    const a = (scale * factor) / sum;
    let c: usize = 0;
    if (class_weights == 0) {
      // scale · (p·Σq′ − (1 − ε)·q − ε/C), a vector at a time.
      const of_exponential = v128.splat<T>(<T>a);
      const of_target = v128.splat<T>(<T>(scale * keep));
      const everywhere = v128.splat<T>(<T>(scale * spread));
      const whole = classes & ~(lanes<T>() - 1);
      for (; c < whole; c += lanes<T>()) {
        const at = c * sizeof<T>();
        const p = v128.mul<T>(v128.load(to + at), of_exponential);
        const target = v128.add<T>(v128.mul<T>(v128.load(q + at), of_target), everywhere);
        v128.store(to + at, v128.sub<T>(p, target));
      }
    }
    for (; c < classes; ++c) {
      const at = c * sizeof<T>();
      const m = (keep * <f64>load<T>(q + at) + spread) * class_weight(class_weights, c);
      store<T>(to + at, <T>(a * <f64>load<T>(to + at) - scale * m));
    }
  }
}

/** {@link softmax} of f32 scores. */
export function softmax_f32(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  out: usize,
): void {
  softmax<f32>(
    scores,
    first,
    rows,
    classes,
    out,
  );
}

/** {@link softmax} of f64 scores. */
export function softmax_f64(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  out: usize,
): void {
  softmax<f64>(
    scores,
    first,
    rows,
    classes,
    out,
  );
}

/** {@link log_softmax} of f32 scores. */
export function log_softmax_f32(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  out: usize,
): void {
  log_softmax<f32>(
    scores,
    first,
    rows,
    classes,
    out,
  );
}

/** {@link log_softmax} of f64 scores. */
export function log_softmax_f64(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  out: usize,
): void {
  log_softmax<f64>(
    scores,
    first,
    rows,
    classes,
    out,
  );
}

/** {@link cross_entropy} of f32 scores. */
export function cross_entropy_f32(
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
  cross_entropy<f32>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    weight_sum,
    smoothing,
    z_loss,
    scale,
    out,
    losses,
  );
}

/** {@link cross_entropy} of f64 scores. */
export function cross_entropy_f64(
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
  cross_entropy<f64>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    weight_sum,
    smoothing,
    z_loss,
    scale,
    out,
    losses,
  );
}

/** {@link soft_cross_entropy} of f32 scores. */
export function soft_cross_entropy_f32(
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
  soft_cross_entropy<f32>(
    scores,
    first,
    rows,
    classes,
    soft,
    class_weights,
    smoothing,
    z_loss,
    scale,
    out,
    losses,
  );
}

/** {@link soft_cross_entropy} of f64 scores. */
export function soft_cross_entropy_f64(
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
  soft_cross_entropy<f64>(
    scores,
    first,
    rows,
    classes,
    soft,
    class_weights,
    smoothing,
    z_loss,
    scale,
    out,
    losses,
  );
}
