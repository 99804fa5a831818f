// Scores of 16 bits, widened to f32. The type of an input is u16 for f16 and
// i16 for bf16; f32 and f64 stand for themselves.

/** f16 bits moved to f32 places have an exponent that is 112 too small. */
const F16_SCALE: f32 = reinterpret<f32>(0x77800000); // 2^112

/**
 * Four scores as f32.
 *
 * f16: sign-extended and shifted, the sign stays on top and exponent and
 * mantissa fall into place; multiplying by 2^112 corrects the exponent and is
 * exact for subnormals, too. +∞ and NaN arrive as ±65536 and above, which no
 * finite f16 reaches, and are put right by {@link restore_f16}.
 * bf16: the upper half of an f32.
 */
// @ts-ignore: decorator
@inline
export function load_four<IN>(address: usize): v128 {
  if (sizeof<IN>() == 4) return v128.load(address);
  if (isSigned<IN>()) return i32x4.shl(v128.load_ext<u16>(address), 16);
  const bits = v128.and(i32x4.shl(v128.load_ext<i16>(address), 13), i32x4.splat(0x8fffe000));
  return restore_f16(f32x4.mul(bits, f32x4.splat(F16_SCALE)));
}

/** Turns what ±∞ and NaN became, numbers of size 65536 and more, into infinities and NaN again. */
// @ts-ignore: decorator
@inline
export function restore_f16(x: v128): v128 {
  const special = f32x4.ge(f32x4.abs(x), f32x4.splat(65536));
  return v128.or(x, v128.and(special, i32x4.splat(0x7f800000)));
}

/** One score as f32 (f64 for f64). */
// @ts-ignore: decorator
@inline
export function load_one<IN>(address: usize): f64 {
  if (isFloat<IN>()) return <f64>load<IN>(address);
  return <f64>f32x4.extract_lane(load_four<IN>(address), 0);
}
