// Logarithms that losses over elements need beside those of vectors/log.ts: of
// any number, two doubles at a time, each within a few ulp.

import { madd } from '../vectors/fused';
import { LOG_BITS_F64, log1p_f32x4 } from '../vectors/log';

/** f64x2 constants, 16 bytes each: see artanh2_f64x2 and log_f64x2. */
const LOG_F64: usize = memory.data<f64>(
  [
    0.6666666666666666, 0.6666666666666666, // p0
    0.39999999999999525, 0.39999999999999525, // p1
    0.285714285716001, 0.285714285716001, // p2
    0.2222222219823677, 0.2222222219823677, // p3
    0.18181819897962714, 0.18181819897962714, // p4
    0.1538454396486055, 0.1538454396486055, // p5
    0.13335178631449257, 0.13335178631449257, // p6
    0.11734279061303197, 0.11734279061303197, // p7
    0.10845178394880015, 0.10845178394880015, // p8
    0.07492143795550767, 0.07492143795550767, // p9
    0.1563057780092285, 0.1563057780092285, // p10
    0.6931471805599453, 0.6931471805599453, // ln 2
    1, 1,
    2, 2,
  ],
  16,
);

/**
 * 2·artanh s in two lanes for |s| ≤ 1/3: 2s + s³·P(s²), with P of degree 10
 * interpolated at Chebyshev nodes (2e-18 relative).
 */
// @ts-ignore: decorator
@inline
function artanh2_f64x2(s: v128): v128 {
  const z = f64x2.mul(s, s);
  let p = madd<f64>(z, v128.load(LOG_F64, 160), v128.load(LOG_F64, 144));
  p = madd<f64>(p, z, v128.load(LOG_F64, 128));
  p = madd<f64>(p, z, v128.load(LOG_F64, 112));
  p = madd<f64>(p, z, v128.load(LOG_F64, 96));
  p = madd<f64>(p, z, v128.load(LOG_F64, 80));
  p = madd<f64>(p, z, v128.load(LOG_F64, 64));
  p = madd<f64>(p, z, v128.load(LOG_F64, 48));
  p = madd<f64>(p, z, v128.load(LOG_F64, 32));
  p = madd<f64>(p, z, v128.load(LOG_F64, 16));
  p = madd<f64>(p, z, v128.load(LOG_F64, 0));
  return madd<f64>(f64x2.mul(s, z), p, f64x2.add(s, s));
}

/** log(1 + e) for 0 ≤ e ≤ 1, also for tiny e: 2·artanh(e/(e + 2)). */
// @ts-ignore: decorator
@inline
export function log1p<T>(e: v128): v128 {
  if (sizeof<T>() == 4) return log1p_f32x4(e);
  return artanh2_f64x2(f64x2.div(e, f64x2.add(e, v128.load(LOG_F64, 208))));
}

/** Bits of 2^52 + 1023, twice. */
const EXPONENT_BIAS: usize = memory.data<u64>([0x43300000000003ff, 0x43300000000003ff], 16);

/**
 * log x in two lanes for normal x > 0. With x = 2^k·m and m in [√½, √2),
 * log x = k·ln 2 + 2·artanh((m − 1)/(m + 1)). 0 gives −∞, subnormal numbers
 * about −709, negative ones and NaN give NaN, ∞ gives ∞.
 */
// @ts-ignore: decorator
@inline
export function log_f64x2(x: v128): v128 {
  const one = v128.load(LOG_F64, 192);
  const shifted = i64x2.add(f64x2.abs(x), v128.load(LOG_BITS_F64, 0));
  const exponent = v128.or(i64x2.shr_u(shifted, 52), v128.load(LOG_BITS_F64, 48));
  const k = f64x2.sub(exponent, v128.load(EXPONENT_BIAS));
  const m = i64x2.add(
    v128.and(shifted, v128.load(LOG_BITS_F64, 32)),
    v128.load(LOG_BITS_F64, 16),
  );
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const value = madd<f64>(k, v128.load(LOG_F64, 176), artanh2_f64x2(s));
  // √ keeps NaN and ∞ and is NaN for negative numbers; √x − √x is 0 for all others.
  const zero = f64x2.splat(0);
  const root = f64x2.sqrt(x);
  const usual = v128.bitselect(value, root, f64x2.eq(f64x2.sub(root, root), zero));
  return v128.bitselect(f64x2.splat(-Infinity), usual, f64x2.eq(x, zero));
}
