// One decimal number out of text, correctly rounded: bit for bit what
// JavaScript's Number() gives.

import { POWERS } from '../call';

/** A u64 holds all numbers of so many digits. */
const MANTISSA_DIGITS: i32 = 19;

/** Powers of ten that the host's table holds, 16 bytes each. */
const LEAST_POWER: i32 = -342;
const GREATEST_POWER: i32 = 308;

/** Bits of +∞; those of finite numbers are less. */
const INFINITY: u64 = 0x7ff0000000000000;

/** Exponents are not counted further than this; the table ends long before. */
const EXPONENT_LIMIT: i32 = 100000;

/** 10^0 … 10^22, all exact. */
const EXACT_POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);

/** 10^0 … 10^16 as integers. */
const WHOLE_POWERS: usize = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
  100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
  10000000000000000,
]);

/** Read from place n on, lane indices that move the first n bytes to the end, zeros before. */
const TO_THE_END: usize = memory.data<u8>([
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
]);

/** Weights that join digits in pairs, pairs in fours, fours in eights. */
const JOIN: usize = memory.data<u16>(
  [
    10, 10, 10, 10, 10, 10, 10, 10,
    100, 1, 100, 1, 100, 1, 100, 1,
    10000, 1, 10000, 1, 10000, 1, 10000, 1,
  ],
  16,
);

// @ts-ignore: decorator
@inline
function is_digit(byte: u32): bool {
  return byte - 0x30 < 10;
}

/**
 * mantissa · 10^power for a mantissa above 0, by the method of Eisel and Lemire
 * ("Number parsing at a gigabyte per second", 2021). The top 128 bits of the
 * power always decide ("Fast number parsing without fallback", Mushtak and
 * Lemire, 2022): the product needs the lower half of them only where the upper
 * half leaves nine ones below the bits that are kept.
 */
function scale(mantissa: u64, power: i32): f64 {
  if (power < LEAST_POWER) return 0;
  if (power > GREATEST_POWER) return Infinity;
  const entry = load<usize>(POWERS) + (<usize>(power - LEAST_POWER) << 4);
  const zeros = clz(mantissa);
  const m = mantissa << zeros;
  const top = load<u64>(entry, 8);
  let high = multiply_high(m, top);
  let low = m * top;
  if ((high & 0x1ff) == 0x1ff) {
    const carry = multiply_high(m, load<u64>(entry));
    low += carry;
    if (low < carry) high++;
  }
  const upper = high >> 63;
  let significand = high >> (upper + 9); // 54 bits: one more than a double's
  // 217706 / 2¹⁶ is log₂ 10; 1023 the bias.
  let exponent = <i64>(((217706 * power) >> 16) + 1086) + <i64>upper - <i64>zeros;
  if (exponent <= 0) {
    if (exponent < -62) return 0;
    significand >>= 1 - exponent;
    significand = (significand + (significand & 1)) >> 1;
    // 2⁵², if it was rounded up to that, is the first exponent that is not subnormal.
    return reinterpret<f64>(significand);
  }
  // Half-way points among doubles are met with these powers only; ties go to even.
  if (low <= 1 && power >= -4 && power <= 23 && (significand & 3) == 1) {
    if (significand << (upper + 9) == high) significand--;
  }
  significand = (significand + (significand & 1)) >> 1;
  // A carry out of the significand raises the exponent by itself.
  const bits = (<u64>exponent << 52) + (significand - 0x10000000000000);
  return bits < INFINITY ? reinterpret<f64>(bits) : Infinity;
}

/** Upper 64 bits of a product. */
// @ts-ignore: decorator
@inline
function multiply_high(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const other = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (other >> 32);
}

/** mantissa · 10^power, correctly rounded. */
// @ts-ignore: decorator
@inline
function scaled(mantissa: u64, power: i32): f64 {
  if (mantissa <= 0x20000000000000 && power >= -22 && power <= 22) {
    const exact = <f64>mantissa;
    if (power < 0) return exact / load<f64>(EXACT_POWERS + (<usize>-power << 3));
    return exact * load<f64>(EXACT_POWERS + (<usize>power << 3));
  }
  if (mantissa == 0) return 0;
  if (power == 0) return <f64>mantissa;
  return scale(mantissa, power);
}

/**
 * A number of more than 19 digits, leading zeros among them, whose exponent
 * without regard to the point is `exponent`: between `at` and `end` stand
 * digits and at most one point. Where digits have to be left out, it lies
 * between two mantissas, and is taken if both round alike.
 * @returns NaN where they do not
 */
function scaled_long(at: usize, end: usize, exponent: i32): f64 {
  let mantissa: u64 = 0;
  let digits = 0;
  let power = exponent;
  let past_point = false;
  for (; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (!is_digit(byte)) {
      past_point = true;
      continue;
    }
    if (digits < MANTISSA_DIGITS) {
      mantissa = mantissa * 10 + (byte - 0x30);
      if (mantissa != 0) digits++;
      if (past_point) power--;
    } else {
      digits++;
      if (!past_point) power++;
    }
  }
  const value = scaled(mantissa, power);
  if (digits > MANTISSA_DIGITS && value != scaled(mantissa + 1, power)) return NaN;
  return value;
}

/**
 * Reads the number at `start` and stores it. `json` refuses what JSON does: a
 * plus, leading zeros, a point without digits on both sides.
 * @returns the address behind it, or 0 where it is left to the host
 */
// @ts-ignore: decorator
@inline
export function read_decimal(start: usize, out: usize, point: u32, json: bool): usize {
  let at = start;
  let byte: u32 = load<u8>(at);
  const negative = byte == 0x2d;
  // No branch: signs are what cannot be foretold.
  at += <usize>negative;
  byte = load<u8>(at);
  if (!json && byte == 0x2b && !negative) byte = load<u8>(++at);
  const whole = at;
  let mantissa: u64 = 0;
  while (is_digit(byte)) {
    mantissa = mantissa * 10 + (byte - 0x30);
    byte = load<u8>(++at);
  }
  let digits = <i32>(at - whole);
  if (json && (digits == 0 || (digits > 1 && load<u8>(whole) == 0x30))) return 0;
  let power = 0;
  if (byte == point) {
    at++;
    // "3141,…" → 16 lanes; the first n are digits and move to the end:
    // [0 … 0 3 1 4 1] → pairs [… 31 41] → fours [… 3141] → eights
    const lanes = i8x16.sub(v128.load(at), i8x16.splat(0x30));
    const others = ~i8x16.bitmask(i8x16.le_u(lanes, i8x16.splat(9)));
    const n = ctz(others); // bits from 16 on are set: at most 16
    const moved = i8x16.swizzle(lanes, v128.load(TO_THE_END + <usize>n));
    const pairs = i16x8.add(
      i16x8.mul(v128.and(moved, i16x8.splat(0xff)), v128.load(JOIN)),
      i16x8.shr_u(moved, 8),
    );
    const fours = i32x4.dot_i16x8_s(pairs, v128.load(JOIN, 16));
    const eights = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(fours, fours), v128.load(JOIN, 32));
    mantissa =
      mantissa * load<u64>(WHOLE_POWERS + (<usize>n << 3)) +
      <u64>(<u32>i32x4.extract_lane(eights, 0)) * 100000000 +
      <u64>(<u32>i32x4.extract_lane(eights, 1));
    at += <usize>n;
    byte = load<u8>(at);
    power = -n;
    if (n == 16) {
      while (is_digit(byte)) {
        mantissa = mantissa * 10 + (byte - 0x30);
        power--;
        byte = load<u8>(++at);
      }
    }
    if (json && power == 0) return 0;
    digits -= power;
  }
  if (digits == 0) return 0;
  const end = at;
  let exponent = 0;
  if ((byte | 0x20) == 0x65) {
    byte = load<u8>(++at);
    const down = byte == 0x2d;
    if (down || byte == 0x2b) byte = load<u8>(++at);
    if (!is_digit(byte)) return 0;
    do {
      if (exponent < EXPONENT_LIMIT) exponent = exponent * 10 + <i32>(byte - 0x30);
      byte = load<u8>(++at);
    } while (is_digit(byte));
    if (down) exponent = -exponent;
  }
  const value =
    digits <= MANTISSA_DIGITS
      ? scaled(mantissa, power + exponent)
      : scaled_long(whole, end, exponent);
  if (value != value) return 0;
  store<u64>(out, reinterpret<u64>(value) | (<u64>negative << 63));
  return at;
}
