// Exponentials of numbers ≤ 0, the only ones a softmax needs: every score is
// taken relative to the largest of its row.
//
// V8 of Node 24 and 26 rebuilds a v128 constant at each use, so constants lie
// in memory and are loaded into locals before a loop (see the row kernels).

import { madd } from './fused';

/** f32x4 constants, 16 bytes each: see exp2_f32x4. */
export const EXP_F32: usize = memory.data<f32>(
  [
    1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634, // log2 e
    -127, -127, -127, -127, // where 2^y is flushed to 0
    12583039, 12583039, 12583039, 12583039, // 1.5 · 2^23 + 127: rounds y to an integer and biases it
    0.6931470036506653, 0.6931470036506653, 0.6931470036506653, 0.6931470036506653, // c1
    0.24022242426872253, 0.24022242426872253, 0.24022242426872253, 0.24022242426872253, // c2
    0.05550733581185341, 0.05550733581185341, 0.05550733581185341, 0.05550733581185341, // c3
    0.009671512991189957, 0.009671512991189957, 0.009671512991189957, 0.009671512991189957, // c4
    0.001326472731307149, 0.001326472731307149, 0.001326472731307149, 0.001326472731307149, // c5
    1, 1, 1, 1,
  ],
  16,
);

/**
 * 2^y in four lanes for y ≤ 0; exactly 1 at 0, exactly 0 below −126.5 (−∞
 * included), NaN for NaN. Relative error ≤ 1.6e-7: a degree-5 minimax
 * polynomial on [−½, ½] (9.1e-8, from a Lawson fit) and its roundings.
 *
 *   t = y + (1.5·2^23 + 127)   the low bits of t hold round(y) + 127
 *   f = y − round(y)           in [−½, ½]
 *   2^y = P(f) · bits(t << 23)
 *
 * The exponent is multiplied, not added as an integer, so that NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp2_f32x4(
  y: v128,
  floor: v128,
  magic: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  one: v128,
): v128 {
  const bounded = f32x4.pmax(y, floor); // NaN stays: pmax(a, b) = a < b ? b : a
  const t = f32x4.add(bounded, magic);
  const f = f32x4.sub(bounded, f32x4.sub(t, magic));
  let p = madd<f32>(f, c5, c4);
  p = madd<f32>(p, f, c3);
  p = madd<f32>(p, f, c2);
  p = madd<f32>(p, f, c1);
  p = madd<f32>(p, f, one);
  return f32x4.mul(p, i32x4.shl(t, 23));
}

/** {@link exp2_f32x4} outside of loops, with the constants from memory. */
// @ts-ignore: decorator
@inline
export function exp2_once(y: v128): v128 {
  return exp2_f32x4(
    y,
    v128.load(EXP_F32, 16),
    v128.load(EXP_F32, 32),
    v128.load(EXP_F32, 48),
    v128.load(EXP_F32, 64),
    v128.load(EXP_F32, 80),
    v128.load(EXP_F32, 96),
    v128.load(EXP_F32, 112),
    v128.load(EXP_F32, 128),
  );
}

/** f32x4 constants, 16 bytes each: see exp_precise_f32x4. */
const EXP_PRECISE: usize = memory.data<f32>(
  [
    1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634, // log2 e
    -88.02969, -88.02969, -88.02969, -88.02969, // −127 · ln 2: where e^x is flushed to 0
    12583039, 12583039, 12583039, 12583039, // 1.5 · 2^23 + 127
    -0.69314575, -0.69314575, -0.69314575, -0.69314575, // −ln 2, high part (16 bits)
    -1.4286068e-6, -1.4286068e-6, -1.4286068e-6, -1.4286068e-6, // −ln 2, low part
    0.4999922811985016, 0.4999922811985016, 0.4999922811985016, 0.4999922811985016, // q0
    0.16667115688323975, 0.16667115688323975, 0.16667115688323975, 0.16667115688323975, // q1
    0.041890550404787064, 0.041890550404787064, 0.041890550404787064, 0.041890550404787064, // q2
    0.008312477730214596, 0.008312477730214596, 0.008312477730214596, 0.008312477730214596, // q3
    1, 1, 1, 1,
  ],
  16,
);

/**
 * e^x in four lanes for x ≤ 0; exactly 1 at 0, 0 below −88.03 (−∞ included),
 * NaN for NaN. Error ≤ 2 ulp at every x: the multiple of ln 2 is subtracted in
 * two parts (Cody–Waite), then 1 + r + r²·Q(r) on |r| ≤ ln 2 / 2.
 */
// @ts-ignore: decorator
@inline
export function exp_precise_f32x4(x: v128): v128 {
  const floor = v128.load(EXP_PRECISE, 16);
  const magic = v128.load(EXP_PRECISE, 32);
  const bounded = f32x4.pmax(x, floor);
  const t = madd<f32>(bounded, v128.load(EXP_PRECISE, 0), magic);
  const n = f32x4.sub(t, magic);
  let r = madd<f32>(n, v128.load(EXP_PRECISE, 48), bounded);
  r = madd<f32>(n, v128.load(EXP_PRECISE, 64), r);
  let q = madd<f32>(r, v128.load(EXP_PRECISE, 128), v128.load(EXP_PRECISE, 112));
  q = madd<f32>(q, r, v128.load(EXP_PRECISE, 96));
  q = madd<f32>(q, r, v128.load(EXP_PRECISE, 80));
  const tail = madd<f32>(f32x4.mul(r, r), q, r);
  return f32x4.mul(f32x4.add(tail, v128.load(EXP_PRECISE, 144)), i32x4.shl(t, 23));
}

/** f64x2 constants, 16 bytes each: see exp_f64x2. */
const EXP_F64: usize = memory.data<f64>(
  [
    1.4426950408889634, 1.4426950408889634, // log2 e
    -1023, -1023, // where e^x is flushed to 0
    6755399441056767, 6755399441056767, // 1.5 · 2^52 + 1023
    -0.6931467056274414, -0.6931467056274414, // −ln 2, high part (21 bits)
    -4.7493250390316726e-7, -4.7493250390316726e-7, // −ln 2, low part
    0.5000000000000001, 0.5000000000000001, // q0
    0.16666666666666669, 0.16666666666666669, // q1
    0.04166666666662413, 0.04166666666662413, // q2
    0.008333333333330062, 0.008333333333330062, // q3
    0.0013888888917213717, 0.0013888888917213717, // q4
    0.00019841269863053618, 0.00019841269863053618, // q5
    2.4801521295954376e-5, 2.4801521295954376e-5, // q6
    2.7557268459997064e-6, 2.7557268459997064e-6, // q7
    2.7620088445409746e-7, 2.7620088445409746e-7, // q8
    2.510038549551032e-8, 2.510038549551032e-8, // q9
    1, 1,
  ],
  16,
);

/** e^r − 1 with r = x − n·ln 2, |r| ≤ ln 2 / 2: see exp_f64x2. */
// @ts-ignore: decorator
@inline
function exp_tail_f64x2(x: v128, n: v128): v128 {
  let r = madd<f64>(n, v128.load(EXP_F64, 48), x);
  r = madd<f64>(n, v128.load(EXP_F64, 64), r);
  let q = madd<f64>(r, v128.load(EXP_F64, 224), v128.load(EXP_F64, 208));
  q = madd<f64>(q, r, v128.load(EXP_F64, 192));
  q = madd<f64>(q, r, v128.load(EXP_F64, 176));
  q = madd<f64>(q, r, v128.load(EXP_F64, 160));
  q = madd<f64>(q, r, v128.load(EXP_F64, 144));
  q = madd<f64>(q, r, v128.load(EXP_F64, 128));
  q = madd<f64>(q, r, v128.load(EXP_F64, 112));
  q = madd<f64>(q, r, v128.load(EXP_F64, 96));
  q = madd<f64>(q, r, v128.load(EXP_F64, 80));
  return madd<f64>(f64x2.mul(r, r), q, r);
}

/**
 * e^x in two lanes for x ≤ 0; exactly 1 at 0, exactly 0 below about −708.7
 * (−∞ included), NaN for NaN. Error ≤ 1.5 ulp: Cody–Waite reduction by a
 * two-part ln 2, then 1 + r + r²·Q(r) on |r| ≤ ln 2 / 2 with Q of degree 9
 * interpolated at Chebyshev nodes (1.6e-17 relative).
 */
// @ts-ignore: decorator
@inline
export function exp_f64x2(x: v128): v128 {
  const floor = v128.load(EXP_F64, 16);
  const magic = v128.load(EXP_F64, 32);
  const y = f64x2.mul(x, v128.load(EXP_F64, 0));
  const t = f64x2.add(f64x2.pmax(y, floor), magic);
  const n = f64x2.sub(t, magic);
  const tail = exp_tail_f64x2(x, n);
  const value = f64x2.mul(f64x2.add(tail, v128.load(EXP_F64, 240)), i64x2.shl(t, 52));
  // Below the floor r is far outside the polynomial's range (−∞ makes it NaN).
  return v128.andnot(value, f64x2.lt(y, floor));
}

/** e^x for x ≤ 0 in lanes of type T, good enough for each to be used by itself. */
// @ts-ignore: decorator
@inline
export function exp_of<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp_f64x2(x) : exp_precise_f32x4(x);
}

/** e^x in two lanes for any x; ∞ from about 708.7 on. */
// @ts-ignore: decorator
@inline
export function exp_any_f64x2(x: v128): v128 {
  const e = exp_f64x2(f64x2.neg(f64x2.abs(x)));
  const above = f64x2.div(v128.load(EXP_F64, 240), e);
  return v128.bitselect(above, e, f64x2.gt(x, f64x2.splat(0)));
}

/** e^x for one x ≤ 0, in the same arithmetic as {@link exp_f64x2}. */
export function exp_f64(x: f64): f64 {
  return f64x2.extract_lane(exp_f64x2(f64x2.splat(x)), 0);
}

/**
 * 1 − e^x in two lanes for x ≤ 0, without cancellation near 0: with
 * e^x = 2^n·(1 + tail) it is (1 − 2^n) − 2^n·tail.
 */
// @ts-ignore: decorator
@inline
export function one_minus_exp_f64x2(x: v128): v128 {
  // e^−40 does not change 1; a bounded x keeps 2^n·tail finite.
  const bounded = f64x2.pmax(x, f64x2.splat(-40));
  const magic = v128.load(EXP_F64, 32);
  const t = f64x2.add(f64x2.mul(bounded, v128.load(EXP_F64, 0)), magic);
  const tail = exp_tail_f64x2(bounded, f64x2.sub(t, magic));
  const power = i64x2.shl(t, 52);
  return f64x2.sub(f64x2.sub(v128.load(EXP_F64, 240), power), f64x2.mul(power, tail));
}
