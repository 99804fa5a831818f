// Losses that are sums over elements, with their gradients: squared error,
// Huber, and binary cross-entropy of logits. An element's loss and gradient
// depend on it alone. The gradient may be written over the input.

import { exp_f64x2, exp_precise_f32x4 } from './exp';
import { first_lanes, horizontal_sum, lanes } from './lanes';
import { log1p_f32x4 } from './log';

/** Elements between moves of the f32 lane sums to f64. */
const BLOCK: usize = 1024;

/** log(1 + e) in two lanes, by the scalar function. */
// @ts-ignore: decorator
@inline
function log1p_f64x2(e: v128): v128 {
  return f64x2.replace_lane(
    f64x2.splat(Math.log1p(f64x2.extract_lane(e, 0))),
    1,
    Math.log1p(f64x2.extract_lane(e, 1)),
  );
}

/** Loads `left` elements; the other lanes are 0. */
// @ts-ignore: decorator
@inline
function load_left<T>(address: usize, left: usize): v128 {
  return v128.and(v128.load(address), first_lanes<T>(left));
}

/** Stores the first `count` lanes. */
// @ts-ignore: decorator
@inline
function store_left<T>(address: usize, v: v128, count: usize): void {
  for (let lane: usize = 0; lane < count; ++lane) {
    store<T>(
      address + lane * sizeof<T>(),
      lane == 0
        ? v128.extract_lane<T>(v, 0)
        : sizeof<T>() == 8 || lane == 1
          ? v128.extract_lane<T>(v, 1)
          : lane == 2
            ? <T>f32x4.extract_lane(v, 2)
            : <T>f32x4.extract_lane(v, 3),
    );
  }
}

/** Which loss: a compile-time constant of {@link elementwise}. */
const SQUARED: i32 = 0;
const HUBER: i32 = 1;
const BINARY: i32 = 2;

/** Loss of a vector of elements. */
// @ts-ignore: decorator
@inline
function loss_of<T>(kind: i32, x: v128, t: v128, parameter: v128): v128 {
  if (kind == SQUARED) {
    const d = v128.sub<T>(x, t);
    return v128.mul<T>(d, d);
  }
  if (kind == HUBER) {
    const size = v128.abs<T>(v128.sub<T>(x, t));
    // ½·m·(2|d| − m) with m = min(|d|, δ): ½d² inside, δ(|d| − ½δ) outside.
    const m = v128.pmin<T>(size, parameter);
    const half = v128.mul<T>(v128.splat<T>(<T>0.5), m);
    return v128.mul<T>(half, v128.sub<T>(v128.add<T>(size, size), m));
  }
  // posWeight·t·softplus(−x) + (1 − t)·softplus(x), softplus(x) = max(x, 0) + log(1 + e^−|x|)
  const zero = v128.splat<T>(<T>0);
  const e = exp_negative<T>(v128.neg<T>(v128.abs<T>(x)));
  const tail = sizeof<T>() == 8 ? log1p_f64x2(e) : log1p_f32x4(e);
  const plus = v128.add<T>(v128.pmax<T>(zero, x), tail);
  const minus = v128.add<T>(v128.pmax<T>(zero, v128.neg<T>(x)), tail);
  const against = v128.sub<T>(v128.splat<T>(<T>1), t);
  return v128.add<T>(
    v128.mul<T>(v128.mul<T>(parameter, t), minus),
    v128.mul<T>(against, plus),
  );
}

/** e^x for x ≤ 0. */
// @ts-ignore: decorator
@inline
function exp_negative<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp_f64x2(x) : exp_precise_f32x4(x);
}

/** Derivative of a vector of elements. */
// @ts-ignore: decorator
@inline
function slope_of<T>(kind: i32, x: v128, t: v128, parameter: v128): v128 {
  if (kind == SQUARED) {
    const d = v128.sub<T>(x, t);
    return v128.add<T>(d, d);
  }
  if (kind == HUBER) {
    const d = v128.sub<T>(x, t);
    return v128.pmax<T>(v128.neg<T>(parameter), v128.pmin<T>(d, parameter));
  }
  // σ(x)·(posWeight·t + 1 − t) − posWeight·t
  const one = v128.splat<T>(<T>1);
  const e = exp_negative<T>(v128.neg<T>(v128.abs<T>(x)));
  const s = v128.div<T>(one, v128.add<T>(one, e));
  const sigmoid = v128.bitselect(s, v128.mul<T>(e, s), v128.ge<T>(x, v128.splat<T>(<T>0)));
  const positive = v128.mul<T>(parameter, t);
  const total = v128.add<T>(positive, v128.sub<T>(one, t));
  return v128.sub<T>(v128.mul<T>(sigmoid, total), positive);
}

/**
 * Σ loss over `count` elements; writes the gradient of scale · Σ loss, and the
 * losses, where an address is given.
 * @param gradient address, or 0 for none; may be `input`
 * @param losses address, or 0 for none
 */
// @ts-ignore: decorator
@inline
function elementwise<T>(
  kind: i32,
  input: usize,
  target: usize,
  count: usize,
  parameter: f64,
  scale: f64,
  gradient: usize,
  losses: usize,
): f64 {
  const width = lanes<T>();
  const factor = v128.splat<T>(<T>scale);
  const p = v128.splat<T>(<T>parameter);
  let sum: f64 = 0;
  for (let block: usize = 0; block < count; block += BLOCK) {
    const end = min(block + BLOCK, count);
    const whole = end & ~(width - 1);
    let lane_sum = v128.splat<T>(<T>0);
    let at = block * sizeof<T>();
    const stop = whole * sizeof<T>();
    for (; at < stop; at += 16) {
      const x = v128.load(input + at);
      const t = v128.load(target + at);
      const loss = loss_of<T>(kind, x, t, p);
      lane_sum = v128.add<T>(lane_sum, loss);
      if (losses) v128.store(losses + at, loss);
      if (gradient) v128.store(gradient + at, v128.mul<T>(factor, slope_of<T>(kind, x, t, p)));
    }
    if (whole < end) {
      const left = end - whole;
      const x = load_left<T>(input + at, left);
      const t = load_left<T>(target + at, left);
      const loss = loss_of<T>(kind, x, t, p);
      lane_sum = v128.add<T>(lane_sum, v128.and(loss, first_lanes<T>(left)));
      if (losses) store_left<T>(losses + at, loss, left);
      if (gradient) {
        store_left<T>(gradient + at, v128.mul<T>(factor, slope_of<T>(kind, x, t, p)), left);
      }
    }
    sum += horizontal_sum<T>(lane_sum);
  }
  return sum;
}

/** (x − t)²; `parameter` is not used. f32 elements; see {@link elementwise}. */
export function squared_error_f32(
  input: usize,
  target: usize,
  count: usize,
  parameter: f64,
  scale: f64,
  gradient: usize,
  losses: usize,
): f64 {
  return elementwise<f32>(SQUARED, input, target, count, parameter, scale, gradient, losses);
}

/** (x − t)²; `parameter` is not used. f64 elements; see {@link elementwise}. */
export function squared_error_f64(
  input: usize,
  target: usize,
  count: usize,
  parameter: f64,
  scale: f64,
  gradient: usize,
  losses: usize,
): f64 {
  return elementwise<f64>(SQUARED, input, target, count, parameter, scale, gradient, losses);
}

/** ½d² for |d| ≤ δ, δ(|d| − ½δ) beyond, with d = x − t; `parameter` is δ. f32 elements; see {@link elementwise}. */
export function huber_f32(
  input: usize,
  target: usize,
  count: usize,
  parameter: f64,
  scale: f64,
  gradient: usize,
  losses: usize,
): f64 {
  return elementwise<f32>(HUBER, input, target, count, parameter, scale, gradient, losses);
}

/** ½d² for |d| ≤ δ, δ(|d| − ½δ) beyond, with d = x − t; `parameter` is δ. f64 elements; see {@link elementwise}. */
export function huber_f64(
  input: usize,
  target: usize,
  count: usize,
  parameter: f64,
  scale: f64,
  gradient: usize,
  losses: usize,
): f64 {
  return elementwise<f64>(HUBER, input, target, count, parameter, scale, gradient, losses);
}

/** Binary cross-entropy of logits; `parameter` is the weight of the positive term. f32 elements; see {@link elementwise}. */
export function binary_cross_entropy_f32(
  input: usize,
  target: usize,
  count: usize,
  parameter: f64,
  scale: f64,
  gradient: usize,
  losses: usize,
): f64 {
  return elementwise<f32>(BINARY, input, target, count, parameter, scale, gradient, losses);
}

/** Binary cross-entropy of logits; `parameter` is the weight of the positive term. f64 elements; see {@link elementwise}. */
export function binary_cross_entropy_f64(
  input: usize,
  target: usize,
  count: usize,
  parameter: f64,
  scale: f64,
  gradient: usize,
  losses: usize,
): f64 {
  return elementwise<f64>(BINARY, input, target, count, parameter, scale, gradient, losses);
}
