// Losses of one vector of elements and their derivatives, by the kind of loss,
// a compile-time constant. What loss and derivative share (an exponential, a
// logarithm) comes first, in up to three steps, so that it is computed once.
//
// x is the input, t the target; p and q are the loss's own numbers.

import { exp_any_f64x2, exp_f64x2, exp_of, one_minus_exp_f64x2 } from '../vectors/exp';
import { log1p, log_f64x2 } from './elementwise-math';

/** (x − t)² */
export const SQUARED: i32 = 0;
/** ½d² for |d| ≤ p, p(|d| − ½p) beyond, d = x − t; q = −p */
export const HUBER: i32 = 1;
/** p(x − t) above the target, q(x − t) below it, p > 0 > q */
export const QUANTILE: i32 = 2;
/** log cosh(x − t); f64 */
export const LOG_COSH: i32 = 3;
/** p·t·softplus(−x) + (1 − t)·softplus(x); p may differ from element to element */
export const BINARY_LOGITS: i32 = 4;
/** −t·log x − (1 − t)·log(1 − x), logarithms ≥ −100; p is the least x(1 − x) to divide by; f64 */
export const BINARY_PROBABILITIES: i32 = 5;
/** (t ? q : 1 − q)·(1 − p_t)^p·(−log p_t), t ∈ {0, 1}; f64 */
export const FOCAL: i32 = 6;
/** max(0, 1 − tx), t = ±1 */
export const HINGE: i32 = 7;
/** max(0, 1 − tx)², t = ±1 */
export const SQUARED_HINGE: i32 = 8;
/** log(1 + e^−tx), t = ±1; f64 */
export const SOFT_MARGIN: i32 = 9;
/** e^x − tx, or x − t·log(x + p), and Stirling's approximation of log t!; f64 */
export const POISSON: i32 = 10;
/** ½(log v + (x − t)²/v) + q with v the extra number, at least p; f64 */
export const GAUSSIAN: i32 = 11;
/** t(log t − x), or e^t(t − x); f64 */
export const DIVERGENCE: i32 = 12;

/** Flag: the input of POISSON, or the target of DIVERGENCE, is a logarithm. */
export const LOGARITHM: u32 = 1;
/** Flag: POISSON adds Stirling's approximation. */
export const FULL: u32 = 2;

/** 1, ½ and the sign bit, for f32 and for f64: V8 loads them faster than it makes them. */
const ONE_F32: usize = memory.data<f32>([1, 1, 1, 1], 16);
const ONE_F64: usize = memory.data<f64>([1, 1], 16);
const HALF_F32: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5], 16);
const HALF_F64: usize = memory.data<f64>([0.5, 0.5], 16);
const SIGN_F32: usize = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000], 16);
const SIGN_F64: usize = memory.data<u64>([0x8000000000000000, 0x8000000000000000], 16);

// @ts-ignore: decorator
@inline
function one<T>(): v128 {
  return v128.load(sizeof<T>() == 8 ? ONE_F64 : ONE_F32);
}

// @ts-ignore: decorator
@inline
function half<T>(): v128 {
  return v128.load(sizeof<T>() == 8 ? HALF_F64 : HALF_F32);
}

// @ts-ignore: decorator
@inline
function sign<T>(): v128 {
  return v128.load(sizeof<T>() == 8 ? SIGN_F64 : SIGN_F32);
}

/** −x */
// @ts-ignore: decorator
@inline
function minus<T>(x: v128): v128 {
  return v128.xor(x, sign<T>());
}

/** −|x| */
// @ts-ignore: decorator
@inline
function minus_abs<T>(x: v128): v128 {
  return v128.or(x, sign<T>());
}

/** max(x, 0), NaN stays. */
// @ts-ignore: decorator
@inline
function positive_part<T>(x: v128): v128 {
  return v128.pmax<T>(x, v128.splat<T>(<T>0));
}

/** 1/(1 + e^−z) from e = e^−|z|: 1/(1 + e) for z ≥ 0, e/(1 + e) for others. */
// @ts-ignore: decorator
@inline
function sigmoid<T>(z: v128, e: v128): v128 {
  const above = v128.and(one<T>(), v128.ge<T>(z, v128.splat<T>(<T>0)));
  return v128.div<T>(v128.pmax<T>(e, above), v128.add<T>(one<T>(), e));
}

/** (1 − 2t)·x: the logit of the class that the target t ∈ {0, 1} is not. */
// @ts-ignore: decorator
@inline
function wrong_logit(x: v128, t: v128): v128 {
  return f64x2.mul(f64x2.sub(one<f64>(), f64x2.add(t, t)), x);
}

/** First of what loss and derivative share. */
// @ts-ignore: decorator
@inline
export function shared_of<T>(
  kind: i32,
  x: v128,
  t: v128,
  extra: v128,
  p: v128,
  flags: u32,
): v128 {
  if (kind == BINARY_LOGITS || kind == FOCAL || kind == SOFT_MARGIN) {
    return exp_of<T>(minus_abs<T>(x));
  }
  if (kind == HINGE || kind == SQUARED_HINGE) {
    return positive_part<T>(v128.sub<T>(one<T>(), v128.mul<T>(t, x)));
  }
  if (kind == LOG_COSH) {
    return one_minus_exp_f64x2(minus_abs<f64>(f64x2.sub(x, t)));
  }
  if (kind == BINARY_PROBABILITIES) return f64x2.sub(one<f64>(), x);
  if (kind == POISSON) return flags & LOGARITHM ? exp_any_f64x2(x) : f64x2.add(x, p);
  if (kind == GAUSSIAN) return f64x2.pmax(extra, p);
  if (kind == DIVERGENCE) return flags & LOGARITHM ? exp_any_f64x2(t) : t;
  return v128.sub<T>(x, t);
}

/** Derivative of QUANTILE: p above the target, q below it, 0 on it. */
// @ts-ignore: decorator
@inline
function quantile_slope<T>(d: v128, p: v128, q: v128): v128 {
  const zero = v128.splat<T>(<T>0);
  const above = v128.and(p, v128.gt<T>(d, zero));
  const below = v128.and(q, v128.lt<T>(d, zero));
  // A mask of ones is a NaN.
  return v128.or(v128.or(above, below), v128.ne<T>(d, d));
}

/** What loss and derivative share beyond {@link shared_of}. */
// @ts-ignore: decorator
@inline
export function second_of<T>(
  kind: i32,
  x: v128,
  t: v128,
  shared: v128,
  p: v128,
  q: v128,
): v128 {
  if (kind == BINARY_LOGITS || kind == FOCAL || kind == SOFT_MARGIN) return log1p<T>(shared);
  if (kind == GAUSSIAN) return f64x2.div(f64x2.sub(x, t), shared);
  if (kind == HUBER) return v128.pmax<T>(v128.pmin<T>(shared, p), q);
  if (kind == QUANTILE) return quantile_slope<T>(shared, p, q);
  return shared;
}

/** What loss and derivative share beyond {@link second_of}: the weight of FOCAL. */
// @ts-ignore: decorator
@inline
export function third_of<T>(
  kind: i32,
  x: v128,
  t: v128,
  second: v128,
  p: v128,
  q: v128,
): v128 {
  if (kind != FOCAL) return second;
  // log(1 − p_t) = −softplus of minus the wrong logit; bounded, for 0·∞ is NaN.
  const log_wrong = f64x2.add(positive_part<f64>(minus<f64>(wrong_logit(x, t))), second);
  const bounded = f64x2.pmin(log_wrong, f64x2.splat(1e300));
  const against = f64x2.sub(one<f64>(), t);
  const balance = f64x2.add(f64x2.mul(t, q), f64x2.mul(against, f64x2.sub(one<f64>(), q)));
  return f64x2.mul(balance, exp_f64x2(minus<f64>(f64x2.mul(p, bounded))));
}

/** log y, at least −100. */
// @ts-ignore: decorator
@inline
function clamped_log(y: v128): v128 {
  return f64x2.pmax(log_f64x2(y), f64x2.splat(-100));
}

/** Loss of a vector of elements. */
// @ts-ignore: decorator
@inline
export function loss_of<T>(
  kind: i32,
  x: v128,
  t: v128,
  shared: v128,
  second: v128,
  third: v128,
  p: v128,
  q: v128,
  flags: u32,
): v128 {
  if (kind == SQUARED || kind == SQUARED_HINGE) return v128.mul<T>(shared, shared);
  if (kind == HINGE) return shared;
  if (kind == HUBER) {
    // With c the slope: c·(d − ½c) is ½d² inside and δ(|d| − ½δ) outside.
    return v128.mul<T>(second, v128.sub<T>(shared, v128.mul<T>(half<T>(), second)));
  }
  if (kind == QUANTILE) return v128.mul<T>(shared, second);
  if (kind == LOG_COSH) {
    // With a = 1 − e^−y: log cosh y = log(1 + a²/(2(1 − a))) for small y,
    // y − log 2 + log(1 + e^−2y) for others; neither cancels.
    const y = f64x2.abs(f64x2.sub(x, t));
    const e = f64x2.sub(one<f64>(), shared);
    const small = f64x2.lt(y, one<f64>());
    const near = f64x2.div(f64x2.mul(shared, shared), f64x2.add(e, e));
    const offset = v128.andnot(f64x2.sub(y, f64x2.splat(0.6931471805599453)), small);
    return f64x2.add(offset, log1p<f64>(v128.bitselect(near, f64x2.mul(e, e), small)));
  }
  if (kind == BINARY_LOGITS) {
    // softplus(x) = max(x, 0) + log(1 + e^−|x|), softplus(−x) = max(x, 0) − x + …
    const above = positive_part<T>(x);
    const below = v128.sub<T>(above, x);
    const positive = v128.mul<T>(p, t);
    const against = v128.sub<T>(one<T>(), t);
    const straight = v128.add<T>(v128.mul<T>(positive, below), v128.mul<T>(against, above));
    return v128.add<T>(straight, v128.mul<T>(v128.add<T>(positive, against), second));
  }
  if (kind == BINARY_PROBABILITIES) {
    const against = f64x2.sub(one<f64>(), t);
    return minus<f64>(
      f64x2.add(f64x2.mul(t, clamped_log(x)), f64x2.mul(against, clamped_log(shared))),
    );
  }
  if (kind == FOCAL) {
    return f64x2.mul(third, f64x2.add(positive_part<f64>(wrong_logit(x, t)), second));
  }
  if (kind == SOFT_MARGIN) return f64x2.add(positive_part<f64>(minus<f64>(f64x2.mul(t, x))), second);
  if (kind == POISSON) {
    const loss =
      flags & LOGARITHM
        ? f64x2.sub(shared, f64x2.mul(t, x))
        : f64x2.sub(x, f64x2.mul(t, log_f64x2(shared)));
    if (!(flags & FULL)) return loss;
    // log t! ≈ (t + ½)·log t − t + ½·log 2π, for t > 1
    const past = f64x2.add(t, half<f64>());
    const stirling = f64x2.add(
      f64x2.sub(f64x2.mul(past, log_f64x2(t)), t),
      f64x2.splat(0.9189385332046728),
    );
    return f64x2.add(loss, v128.and(stirling, f64x2.gt(t, one<f64>())));
  }
  if (kind == GAUSSIAN) {
    const distance = f64x2.mul(f64x2.sub(x, t), second);
    const twice = f64x2.add(log_f64x2(shared), distance);
    return f64x2.add(f64x2.mul(half<f64>(), twice), q);
  }
  // DIVERGENCE; 0·log 0 = 0, and so is 0·∞
  const log_target = flags & LOGARITHM ? t : log_f64x2(t);
  const loss = f64x2.mul(shared, f64x2.sub(log_target, x));
  return v128.andnot(loss, f64x2.eq(shared, f64x2.splat(0)));
}

/** Derivative of a vector of elements with respect to the input. */
// @ts-ignore: decorator
@inline
export function slope_of<T>(
  kind: i32,
  x: v128,
  t: v128,
  shared: v128,
  second: v128,
  third: v128,
  p: v128,
  q: v128,
  flags: u32,
): v128 {
  if (kind == SQUARED) return v128.add<T>(shared, shared);
  if (kind == HUBER || kind == QUANTILE) return second;
  if (kind == HINGE) {
    const inside = v128.ne<T>(shared, v128.splat<T>(<T>0));
    const slope = v128.and(minus<T>(t), inside);
    return v128.bitselect(shared, slope, v128.ne<T>(shared, shared));
  }
  if (kind == SQUARED_HINGE) return minus<T>(v128.mul<T>(v128.add<T>(t, t), shared));
  if (kind == LOG_COSH) {
    // tanh y = (1 − e²)/(1 + e²) with e = 1 − a; 1 − e² = a(2 − a)
    const d = f64x2.sub(x, t);
    const e = f64x2.sub(one<f64>(), shared);
    const above = f64x2.mul(shared, f64x2.add(one<f64>(), e));
    const tanh = f64x2.div(above, f64x2.add(one<f64>(), f64x2.mul(e, e)));
    return v128.or(tanh, v128.and(d, f64x2.splat(-0.0)));
  }
  if (kind == BINARY_LOGITS) {
    // σ(x)·(p·t + 1 − t) − p·t
    const positive = v128.mul<T>(p, t);
    const total = v128.add<T>(positive, v128.sub<T>(one<T>(), t));
    return v128.sub<T>(v128.mul<T>(sigmoid<T>(x, shared), total), positive);
  }
  if (kind == BINARY_PROBABILITIES) {
    const spread = f64x2.pmax(f64x2.mul(shared, x), p);
    return f64x2.div(f64x2.sub(x, t), spread);
  }
  if (kind == FOCAL) {
    // z the wrong logit: d/dz [(1 − p_t)^γ·softplus(z)] = (1 − p_t)^γ·(γ·p_t·softplus(z) + 1 − p_t)
    const z = wrong_logit(x, t);
    const wrong = sigmoid<f64>(z, shared);
    const loss = f64x2.add(positive_part<f64>(z), second);
    const focus = f64x2.mul(f64x2.mul(p, sigmoid<f64>(minus<f64>(z), shared)), loss);
    const sign = f64x2.sub(one<f64>(), f64x2.add(t, t));
    return f64x2.mul(f64x2.mul(sign, third), f64x2.add(focus, wrong));
  }
  if (kind == SOFT_MARGIN) {
    return minus<f64>(f64x2.mul(t, sigmoid<f64>(minus<f64>(f64x2.mul(t, x)), shared)));
  }
  if (kind == POISSON) {
    return flags & LOGARITHM ? f64x2.sub(shared, t) : f64x2.sub(one<f64>(), f64x2.div(t, shared));
  }
  if (kind == GAUSSIAN) return second;
  return minus<f64>(shared); // DIVERGENCE
}

/** Derivative of GAUSSIAN with respect to the variance: ½(1/v − ((x − t)/v)²). */
// @ts-ignore: decorator
@inline
export function extra_slope_of(shared: v128, second: v128): v128 {
  const inverse = f64x2.div(one<f64>(), shared);
  return f64x2.mul(half<f64>(), f64x2.sub(inverse, f64x2.mul(second, second)));
}

/** Lanes with a number that the loss cannot have; only of what lies in a range. */
// @ts-ignore: decorator
@inline
export function refused_of<T>(kind: i32, x: v128, t: v128, extra: v128, flags: u32): v128 {
  const zero = v128.splat<T>(<T>0);
  if (kind == BINARY_LOGITS) return outside<T>(t, zero, one<T>());
  if (kind == BINARY_PROBABILITIES) {
    // A NaN input is no number out of range: its loss is NaN.
    const bad = v128.or(f64x2.lt(x, zero), f64x2.gt(x, one<f64>()));
    return v128.or(bad, outside<f64>(t, zero, one<f64>()));
  }
  if (kind == FOCAL) return v128.and(f64x2.ne(t, zero), f64x2.ne(t, one<f64>()));
  if (kind == HINGE || kind == SQUARED_HINGE || kind == SOFT_MARGIN) {
    return v128.ne<T>(v128.abs<T>(t), one<T>());
  }
  if (kind == POISSON) return v128.not(f64x2.ge(t, zero));
  if (kind == GAUSSIAN) return f64x2.lt(extra, zero);
  if (kind == DIVERGENCE && !(flags & LOGARITHM)) return v128.not(f64x2.ge(t, zero));
  return zero;
}

/** Lanes that do not lie from `low` to `high`, NaN among them. */
// @ts-ignore: decorator
@inline
function outside<T>(t: v128, low: v128, high: v128): v128 {
  return v128.ne<T>(t, v128.pmin<T>(v128.pmax<T>(t, low), high));
}
