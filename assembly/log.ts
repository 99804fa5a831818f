// Natural logarithm of two doubles at once, for the sums of small rows.

/** f64x2 constants, 16 bytes each: the coefficients of R, lowest first, then ln 2 in two parts. */
const LOG_F64: usize = memory.data<f64>(
  [
    0.6666666666666666, 0.6666666666666666, // r0
    0.4000000000000088, 0.4000000000000088, // r1
    0.2857142857080285, 0.2857142857080285, // r2
    0.22222222391887064, 0.22222222391887064, // r3
    0.18181795621632782, 0.18181795621632782, // r4
    0.15386240708969665, 0.15386240708969665, // r5
    0.13268746195596595, 0.13268746195596595, // r6
    0.13086907887965027, 0.13086907887965027, // r7
    0.6931471803691238, 0.6931471803691238, // ln 2, high part (32 bits)
    1.9082149292705877e-10, 1.9082149292705877e-10, // ln 2, low part
  ],
  16,
);

/**
 * log x in two lanes for finite x ≥ 2^-1022; NaN for NaN. Error ≤ 1 ulp: with
 * x = 2^k·m, m in (√½, √2), f = m − 1 and s = f/(m + 1),
 *
 *   log m = 2·artanh s = 2s + s·R(s²) = f − (f²/2 − s·(f²/2 + R(s²)))
 *
 * where R(z) = 2z/3 + 2z²/5 + …, here z times a polynomial of degree 7
 * interpolated at Chebyshev nodes (absolute error below 1e-18).
 */
// @ts-ignore: decorator
@inline
export function log_f64x2(x: v128): v128 {
  // Adding the distance from √½ to 1 moves mantissas above √2 into the next octave.
  const shifted = i64x2.add(x, i64x2.splat(0x3ff0000000000000 - 0x3fe6a09e667f3bcd));
  const k_bits = i64x2.sub(i64x2.shr_u(shifted, 52), i64x2.splat(1023));
  const mantissa = i64x2.add(
    v128.and(shifted, i64x2.splat(0x000fffffffffffff)),
    i64x2.splat(0x3fe6a09e667f3bcd),
  );
  // k is a small integer: its low words side by side convert to doubles.
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(k_bits, k_bits, 0, 2, 0, 2));
  const f = f64x2.sub(mantissa, f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(mantissa, f64x2.splat(1)));
  const z = f64x2.mul(s, s);
  let r = f64x2.add(f64x2.mul(z, v128.load(LOG_F64, 112)), v128.load(LOG_F64, 96));
  r = f64x2.add(f64x2.mul(r, z), v128.load(LOG_F64, 80));
  r = f64x2.add(f64x2.mul(r, z), v128.load(LOG_F64, 64));
  r = f64x2.add(f64x2.mul(r, z), v128.load(LOG_F64, 48));
  r = f64x2.add(f64x2.mul(r, z), v128.load(LOG_F64, 32));
  r = f64x2.add(f64x2.mul(r, z), v128.load(LOG_F64, 16));
  r = f64x2.add(f64x2.mul(r, z), v128.load(LOG_F64, 0));
  r = f64x2.mul(r, z);
  const half_square = f64x2.mul(f64x2.splat(0.5), f64x2.mul(f, f));
  const low = f64x2.add(
    f64x2.mul(s, f64x2.add(half_square, r)),
    f64x2.mul(k, v128.load(LOG_F64, 144)),
  );
  const value = f64x2.add(
    f64x2.mul(k, v128.load(LOG_F64, 128)),
    f64x2.sub(f, f64x2.sub(half_square, low)),
  );
  return v128.bitselect(x, value, f64x2.ne(x, x));
}
