// Exact sums in memory: numbers are cut into integers, which add up without
// error and in any order.

import { DIGITS, increment, NON_FINITE, PART, SUMS } from './tally-layout';

/**
 * A number is cut by adding one of 1.5 · 2^e: the sum keeps what is left of
 * the unit 2^(e − 52), rounded, and its bits are those of 1.5 · 2^e plus that
 * part counted in units. So bits are added up as integers, without error for
 * 2^11 rows, and what was rounded off is cut again, by 2^52 finer units:
 *
 *     x = [first part, |x| < 2^(e − 1)] [second part] [third part] rest
 *
 * As a rule there is no third part, and no rest. Losses below 2^8, and their
 * squares, are cut by 1.5 · 2^17; all else is below 4 and cut by 1.5 · 2^3.
 */
export const BLOCK: usize = 1 << 11;
export const LARGE: i32 = 17;
export const SMALL: i32 = 3;
export const VAST: f64 = 256;
/** Position of the units of LARGE and SMALL in an exact sum, whose bit 0 counts 2^-1087. */
const ORIGIN: i32 = 1087 - 52;

/** Bits of 1.5 · 2^e. */
// @ts-ignore: decorator
@inline
function cutter(e: i32): i64 {
  return (<i64>(e + 1023) << 52) | (<i64>1 << 51);
}

/** Adds `value` · 2^(position − 1087): up to 63 bits, shifted, over three digits. */
function add_integer(tally: usize, sum: usize, value: i64, position: u32): void {
  if (value == 0) return;
  const size = <u64>abs(value);
  const within = position & 31;
  const rest = size >>> (32 - within);
  const sign: i64 = value < 0 ? -1 : 1;
  const place = tally + SUMS + (sum * DIGITS + (position >>> 5)) * 8;
  store<i64>(place, load<i64>(place) + sign * <i64>((size << within) & 0xffffffff));
  store<i64>(place, load<i64>(place, 8) + sign * <i64>(rest & 0xffffffff), 8);
  const top = rest >>> 32;
  if (top != 0) store<i64>(place, load<i64>(place, 16) + sign * <i64>top, 16);
}

/** Adds a value of whatever magnitude. */
export function add_any(tally: usize, sum: usize, value: f64): void {
  if (value == 0) return;
  const bits = reinterpret<u64>(value);
  const biased = <u32>(bits >>> 52) & 0x7ff;
  if (biased == 0x7ff) {
    const kind: usize = value > 0 ? 0 : value < 0 ? 1 : 2;
    increment(tally + NON_FINITE + (sum * 3 + kind) * 4);
    return;
  }
  let mantissa = <i64>(bits & 0x000fffffffffffff);
  if (biased != 0) mantissa |= 0x0010000000000000;
  // A double is mantissa · 2^(exponent − 1075); subnormals have the exponent 1.
  add_integer(tally, sum, value < 0 ? -mantissa : mantissa, max<u32>(biased, 1) + 12);
}

/**
 * Adds two numbers to their first two parts.
 * @returns what is left of them, 0 as a rule
 */
// @ts-ignore: decorator
@inline
export function add_parts(at: usize, values: v128, coarse: v128, fine: v128): v128 {
  const first = f64x2.add(values, coarse);
  v128.store(at, i64x2.add(v128.load(at), first));
  const left = f64x2.sub(values, f64x2.sub(first, coarse));
  const second = f64x2.add(left, fine);
  v128.store(at, i64x2.add(v128.load(at, 16), second), 16);
  return f64x2.sub(left, f64x2.sub(second, fine));
}

/** The third parts of two numbers, and what is left beyond them. */
function add_rest(tally: usize, at: usize, e: i32, one: usize, other: usize, left: v128): void {
  const finest = i64x2.splat(cutter(e - 104));
  const third = f64x2.add(left, finest);
  v128.store(at, i64x2.add(v128.load(at, 32), i64x2.sub(third, finest)), 32);
  const rest = f64x2.sub(left, f64x2.sub(third, finest));
  add_any(tally, one, f64x2.extract_lane(rest, 0));
  add_any(tally, other, f64x2.extract_lane(rest, 1));
}

/** Adds what {@link add_parts} left of two numbers, which belong to two sums or to one. */
// @ts-ignore: decorator
@inline
export function add_left(tally: usize, at: usize, e: i32, one: usize, other: usize, left: v128): void {
  if (v128.any_true(left)) add_rest(tally, at, e, one, other, left);
}

/** Adds the parts of a block, which `count` vectors were added to, to the digits and clears them. */
export function add_block(tally: usize, at: usize, e: i32, one: usize, other: usize, count: u32): void {
  for (let part = 0; part < 3; part++) {
    const finer = e - 52 * part;
    const cutters = part < 2 ? <i64>count * cutter(finer) : 0;
    const place = at + (<usize>part << 4);
    add_integer(tally, one, load<i64>(place) - cutters, finer + ORIGIN);
    add_integer(tally, other, load<i64>(place, 8) - cutters, finer + ORIGIN);
  }
  memory.fill(at, 0, PART);
}
