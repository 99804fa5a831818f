// Natural logarithms of vectors.

import { madd } from './fused';

/** f32x4 constants, 16 bytes each: see log_f32x4. */
export const LOG_F32: usize = memory.data<f32>(
  [
    0.666668176651001, 0.666668176651001, 0.666668176651001, 0.666668176651001, // r0
    0.3997359275817871, 0.3997359275817871, 0.3997359275817871, 0.3997359275817871, // r1
    0.2996154725551605, 0.2996154725551605, 0.2996154725551605, 0.2996154725551605, // r2
    0.69314575, 0.69314575, 0.69314575, 0.69314575, // ln 2, high part (16 bits)
    1.4286068e-6, 1.4286068e-6, 1.4286068e-6, 1.4286068e-6, // ln 2, low part
    1, 1, 1, 1,
    0.5, 0.5, 0.5, 0.5,
  ],
  16,
);

/** Bits of √½, of 1 and of the mantissa, as i32x4. */
const LOG_BITS: usize = memory.data<u32>(
  [
    0x004afb0d, 0x004afb0d, 0x004afb0d, 0x004afb0d, // bits(1) − bits(√½)
    0x3f3504f3, 0x3f3504f3, 0x3f3504f3, 0x3f3504f3, // bits(√½)
    0x007fffff, 0x007fffff, 0x007fffff, 0x007fffff,
    127, 127, 127, 127,
  ],
  16,
);

/**
 * log x in four lanes for finite normal x > 0; exactly 0 at 1. Error ≤ 2 ulp,
 * or 4e-8 where the result is near 0: with x = 2^k·m, m in (√½, √2), f = m − 1
 * and s = f/(m + 1),
 *
 *   log m = 2·artanh s = f − (f²/2 − s·(f²/2 + R(s²)))
 *
 * where R(z) = 2z/3 + 2z²/5 + …, here z times a quadratic polynomial from a
 * Lawson fit (absolute error 2e-10).
 */
// @ts-ignore: decorator
@inline
export function log_f32x4(x: v128): v128 {
  const one = v128.load(LOG_F32, 80);
  // Adding the distance from √½ to 1 moves mantissas above √2 into the next octave.
  const shifted = i32x4.add(x, v128.load(LOG_BITS, 0));
  const k = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(shifted, 23), v128.load(LOG_BITS, 48)));
  const m = i32x4.add(v128.and(shifted, v128.load(LOG_BITS, 32)), v128.load(LOG_BITS, 16));
  const f = f32x4.sub(m, one);
  const s = f32x4.div(f, f32x4.add(m, one));
  const z = f32x4.mul(s, s);
  let r = madd<f32>(z, v128.load(LOG_F32, 32), v128.load(LOG_F32, 16));
  r = madd<f32>(r, z, v128.load(LOG_F32, 0));
  r = f32x4.mul(r, z);
  const half_square = f32x4.mul(v128.load(LOG_F32, 96), f32x4.mul(f, f));
  const low = f32x4.add(
    f32x4.mul(s, f32x4.add(half_square, r)),
    f32x4.mul(k, v128.load(LOG_F32, 64)),
  );
  return f32x4.add(
    f32x4.mul(k, v128.load(LOG_F32, 48)),
    f32x4.sub(f, f32x4.sub(half_square, low)),
  );
}

/** f32x4 constants, 16 bytes each: see log1p_f32x4. */
const LOG1P_F32: usize = memory.data<f32>(
  [
    0.6666641235351562, 0.6666641235351562, 0.6666641235351562, 0.6666641235351562, // p0
    0.4002169966697693, 0.4002169966697693, 0.4002169966697693, 0.4002169966697693, // p1
    0.2799914479255676, 0.2799914479255676, 0.2799914479255676, 0.2799914479255676, // p2
    0.28024446964263916, 0.28024446964263916, 0.28024446964263916, 0.28024446964263916, // p3
    2, 2, 2, 2,
  ],
  16,
);

/**
 * log(1 + e) in four lanes for 0 ≤ e ≤ 1; relative error ≤ 3e-7, also for tiny e:
 * with s = e/(e + 2), 2·artanh s = 2s + s³·P(s²) on s² ≤ 1/9, from a Lawson fit.
 */
// @ts-ignore: decorator
@inline
export function log1p_f32x4(e: v128): v128 {
  const two = v128.load(LOG1P_F32, 64);
  const s = f32x4.div(e, f32x4.add(e, two));
  const z = f32x4.mul(s, s);
  let p = madd<f32>(z, v128.load(LOG1P_F32, 48), v128.load(LOG1P_F32, 32));
  p = madd<f32>(p, z, v128.load(LOG1P_F32, 16));
  p = madd<f32>(p, z, v128.load(LOG1P_F32, 0));
  return madd<f32>(f32x4.mul(s, z), p, f32x4.mul(two, s));
}

/** f64x2 constants, 16 bytes each: see log_f64x2. */
const LOG_F64: usize = memory.data<f64>(
  [
    0.666666666666667, 0.666666666666667, // r0
    0.399999999998992, 0.399999999998992, // r1
    0.2857142862611452, 0.2857142862611452, // r2
    0.22222211112104948, 0.22222211112104948, // r3
    0.1818289077802613, 0.1818289077802613, // r4
    0.15331666676597175, 0.15331666676597175, // r5
    0.146171283998073, 0.146171283998073, // r6
    0.6931467056274414, 0.6931467056274414, // ln 2, high part (21 bits)
    4.7493250390316726e-7, 4.7493250390316726e-7, // ln 2, low part
    1, 1,
    0.5, 0.5,
    4503599627371519, 4503599627371519, // 2^52 + 1023
  ],
  16,
);

/** Bits of √½, of 1, of the mantissa and of 2^52, as i64x2. */
export const LOG_BITS_F64: usize = memory.data<u64>(
  [
    0x00095f619980c433, 0x00095f619980c433, // bits(1) − bits(√½)
    0x3fe6a09e667f3bcd, 0x3fe6a09e667f3bcd, // bits(√½)
    0x000fffffffffffff, 0x000fffffffffffff,
    0x4330000000000000, 0x4330000000000000, // below 2^53 the low bits of a number ≥ 2^52 count its units
  ],
  16,
);

/**
 * log x in two lanes for finite normal x > 0; exactly 0 at 1. Error ≤ 1 ulp,
 * in the steps of {@link log_f32x4}; R interpolated at Chebyshev nodes
 * (absolute error 5e-18).
 */
// @ts-ignore: decorator
@inline
export function log_f64x2(x: v128): v128 {
  const one = v128.load(LOG_F64, 144);
  const shifted = i64x2.add(x, v128.load(LOG_BITS_F64, 0));
  const k = f64x2.sub(
    v128.or(i64x2.shr_u(shifted, 52), v128.load(LOG_BITS_F64, 48)),
    v128.load(LOG_F64, 176),
  );
  const m = i64x2.add(
    v128.and(shifted, v128.load(LOG_BITS_F64, 32)),
    v128.load(LOG_BITS_F64, 16),
  );
  const f = f64x2.sub(m, one);
  const s = f64x2.div(f, f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let r = madd<f64>(z, v128.load(LOG_F64, 96), v128.load(LOG_F64, 80));
  r = madd<f64>(r, z, v128.load(LOG_F64, 64));
  r = madd<f64>(r, z, v128.load(LOG_F64, 48));
  r = madd<f64>(r, z, v128.load(LOG_F64, 32));
  r = madd<f64>(r, z, v128.load(LOG_F64, 16));
  r = madd<f64>(r, z, v128.load(LOG_F64, 0));
  r = f64x2.mul(r, z);
  const half_square = f64x2.mul(v128.load(LOG_F64, 160), f64x2.mul(f, f));
  const low = f64x2.add(
    f64x2.mul(s, f64x2.add(half_square, r)),
    f64x2.mul(k, v128.load(LOG_F64, 128)),
  );
  return f64x2.add(
    f64x2.mul(k, v128.load(LOG_F64, 112)),
    f64x2.sub(f, f64x2.sub(half_square, low)),
  );
}

/**
 * log(1 + e) in two lanes for −½ ≤ e ≤ 1; relative error ≤ 4e-16, also for
 * tiny e: what 1 + e loses in rounding is added to the logarithm.
 */
// @ts-ignore: decorator
@inline
export function log1p_f64x2(e: v128): v128 {
  const one = v128.load(LOG_F64, 144);
  const x = f64x2.add(one, e);
  return f64x2.add(log_f64x2(x), f64x2.sub(e, f64x2.sub(x, one)));
}

/** log x in lanes of type T: see log_f32x4 and log_f64x2. */
// @ts-ignore: decorator
@inline
export function log_of<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? log_f64x2(x) : log_f32x4(x);
}

/** log(1 + e) in lanes of type T: see log1p_f32x4 and log1p_f64x2. */
// @ts-ignore: decorator
@inline
export function log1p_of<T>(e: v128): v128 {
  return sizeof<T>() == 8 ? log1p_f64x2(e) : log1p_f32x4(e);
}
