// Scores of 16 bits, widened to f32. The type of an input is u16 for f16 and
// i16 for bf16; f32 and f64 stand for themselves.

/** f16 bits moved to f32 places have an exponent that is 112 too small: 2^112; the bits that are kept; ∞. */
const F16: usize = memory.data<u32>(
  [
    0x77800000, 0x77800000, 0x77800000, 0x77800000,
    0x8fffe000, 0x8fffe000, 0x8fffe000, 0x8fffe000,
    0x47800000, 0x47800000, 0x47800000, 0x47800000, // 65536 as f32
    0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000,
  ],
  16,
);

/** f16 bits moved to f32 places count in units of 2^112. */
export const UNIT: f32 = reinterpret<f32>(0x07800000); // 2^-112

/** log2 e · 2^112, four times: takes scores from {@link load_scaled} back. */
export const SCALED: usize = memory.data<u32>([0x77b8aa3b, 0x77b8aa3b, 0x77b8aa3b, 0x77b8aa3b], 16);

/** What ±∞ and NaN of f16 look like after {@link load_swiftly}: numbers of this size and more. */
export const F16_SPECIAL: f32 = 65536;

/** Whether scores of this type have stand-ins for ∞ and NaN after {@link load_swiftly}. */
// @ts-ignore: decorator
@inline
export function has_stand_ins<IN>(): bool {
  return sizeof<IN>() == 2 && !isSigned<IN>();
}

/**
 * A vector of scores: four f32, two f64, or four 16-bit scores as f32.
 *
 * f16: sign-extended and shifted, the sign stays on top and exponent and
 * mantissa fall into place; multiplying by 2^112 corrects the exponent and is
 * exact for subnormals, too. ±∞ and NaN arrive as numbers of size 65536 and
 * more, which no finite f16 reaches; {@link restore_special} puts them right.
 * bf16: the upper half of an f32.
 */
// @ts-ignore: decorator
@inline
export function load_swiftly<IN>(address: usize, immediate: usize = 0): v128 {
  if (sizeof<IN>() >= 4) return v128.load(address + immediate);
  if (isSigned<IN>()) return widen_swiftly<IN>(v128.load_ext<u16>(address + immediate));
  return widen_swiftly<IN>(v128.load_ext<i16>(address + immediate));
}

/** Whether {@link load_scaled} divides scores of this type by 2^112. */
// @ts-ignore: decorator
@inline
export function has_scale<IN>(): bool {
  return has_stand_ins<IN>();
}

/**
 * A vector of scores as {@link load_swiftly} gives it; those of f16 times
 * 2^-112, which leaves out a multiplication. Differences of such numbers are
 * rounded as those of the scores are: what falls below f32's normal numbers are
 * multiples of 2^-24, which have no more than ten bits there.
 */
// @ts-ignore: decorator
@inline
export function load_scaled<IN>(address: usize, immediate: usize = 0): v128 {
  if (!has_scale<IN>()) return load_swiftly<IN>(address + immediate);
  const bits = v128.load_ext<i16>(address + immediate);
  return v128.and(i32x4.shl(bits, 13), v128.load(F16, 16));
}

/** Four 16-bit scores in i32 lanes as f32; those of f16 sign-extended. */
// @ts-ignore: decorator
@inline
function widen_swiftly<IN>(bits: v128): v128 {
  if (isSigned<IN>()) return i32x4.shl(bits, 16);
  return f32x4.mul(
    v128.and(i32x4.shl(bits, 13), v128.load(F16, 16)),
    v128.load(F16, 0),
  );
}

/** Turns the stand-ins of f16 into infinities and NaN again. */
// @ts-ignore: decorator
@inline
export function restore_special(x: v128): v128 {
  const special = f32x4.ge(f32x4.abs(x), v128.load(F16, 32));
  return v128.or(x, v128.and(special, v128.load(F16, 48)));
}

/** A vector of scores as they are. */
// @ts-ignore: decorator
@inline
export function load_scores<IN>(address: usize): v128 {
  if (has_stand_ins<IN>()) return restore_special(load_swiftly<IN>(address));
  return load_swiftly<IN>(address);
}

/** One score from each of four addresses, as {@link load_swiftly} gives it. */
// @ts-ignore: decorator
@inline
export function load_four<IN>(a: usize, b: usize, c: usize, d: usize): v128 {
  if (sizeof<IN>() == 4) {
    const two = v128.load32_lane(b, v128.load32_zero(a), 1);
    return v128.load32_lane(d, v128.load32_lane(c, two, 2), 3);
  }
  let bits = i32x4.splat(load<i16>(a));
  bits = i32x4.replace_lane(bits, 1, load<i16>(b));
  bits = i32x4.replace_lane(bits, 2, load<i16>(c));
  bits = i32x4.replace_lane(bits, 3, load<i16>(d));
  return widen_swiftly<IN>(bits);
}

/** One score. */
// @ts-ignore: decorator
@inline
export function load_one<IN>(address: usize): f64 {
  if (isFloat<IN>()) return <f64>load<IN>(address);
  return <f64>f32x4.extract_lane(load_scores<IN>(address), 0);
}
