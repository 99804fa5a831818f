// The largest of 16-bit scores, and how many of them beat the target, eight at
// a time: f16 and bf16 are compared as integers, before anything is widened.

import { first_lanes } from './lanes';

/** Keys per vector. */
const WIDTH: usize = 8;

/** 0x7fff eight times; −2^15 eight times, which is below all keys. */
const KEYS: usize = memory.data<u32>(
  [
    0x7fff7fff, 0x7fff7fff, 0x7fff7fff, 0x7fff7fff,
    0x80008000, 0x80008000, 0x80008000, 0x80008000,
  ],
  16,
);

/** Classes that beat the target in the block that was searched last. */
export let beaten_in_block: u32 = 0;
/** Whether a class after the target scores the same in that block. */
export let tied_in_block: bool = false;
/** Whether that block holds −∞, or NaN with a minus sign. */
export let masked_in_block: bool = false;

/** Key of ∞; those of NaN are larger. */
// @ts-ignore: decorator
@inline
function infinite_key<IN>(): i32 {
  return isSigned<IN>() ? 0x7f80 : 0x7c00;
}

/** Integers in the order of the scores, eight at a time: sign and size, with one 0. */
// @ts-ignore: decorator
@inline
function keys_of(bits: v128, size_bits: v128): v128 {
  const sign = i16x8.shr_s(bits, 15);
  return i16x8.sub(v128.xor(v128.and(bits, size_bits), sign), sign);
}

/** The same for one score. */
// @ts-ignore: decorator
@inline
export function key_of(bits: i32): i32 {
  return bits & 0x8000 ? -(bits & 0x7fff) : bits & 0x7fff;
}

/** The score of a key: ±∞ for NaN. */
function score_of<IN>(key: i32): f32 {
  if (key >= infinite_key<IN>()) return Infinity;
  if (key <= -infinite_key<IN>()) return -Infinity;
  const size = isSigned<IN>()
    ? reinterpret<f32>(abs(key) << 16)
    : reinterpret<f32>(abs(key) << 13) * reinterpret<f32>(0x77800000); // 2^112: see widen.ts
  return key < 0 ? -size : size;
}

/** [a, b, …, h] → max(a, b, …, h) */
// @ts-ignore: decorator
@inline
function largest_key(keys: v128): i32 {
  const fours = i16x8.max_s(keys, v128.shuffle<i64>(keys, keys, 1, 0));
  const pairs = i16x8.max_s(fours, v128.shuffle<i32>(fours, fours, 1, 0, 3, 2));
  return max<i32>(i16x8.extract_lane_s(pairs, 0), i16x8.extract_lane_s(pairs, 1));
}

/**
 * Searches the classes `from … end − 1` of a row, of which `from` is a multiple
 * of 8, for the largest score.
 * @param target index of the target in the row, anywhere
 * @param own {@link key_of} its score
 * @returns the largest score; ±∞ where it is NaN
 */
export function search_narrow<IN>(
  row: usize,
  from: usize,
  end: usize,
  target: usize,
  own: i32,
): f32 {
  const size_bits = v128.load(KEYS, 0);
  const lowest = v128.load(KEYS, 16);
  const zero = i16x8.splat(0);
  // A class before the target beats it by ≥, one after it by >.
  const above = i16x8.splat(<i16>own);
  const at_least = i16x8.splat(<i16>(own - 1));
  const target_vector = target & ~(WIDTH - 1);
  const whole_end = end & ~(WIDTH - 1);
  let block_max = lowest;
  let block_min = zero;
  let beaten = zero;
  let tied = false;
  let at = from;
  while (at < whole_end) {
    // Up to three stretches: before, at and after the target.
    let to = whole_end;
    let threshold = above;
    if (at < target_vector) {
      to = min(to, target_vector);
      threshold = at_least;
    } else if (at == target_vector) {
      to = at + WIDTH;
      const lane = target - target_vector;
      threshold = v128.bitselect(at_least, above, first_lanes<u16>(lane));
      const level = i16x8.bitmask(i16x8.eq(keys_of(v128.load(row + (at << 1)), size_bits), above));
      tied = level >>> <i32>(lane + 1) != 0;
    }
    let part_max = lowest;
    let p = row + (at << 1);
    const p_end = row + (to << 1);
    const p_wide = p + ((p_end - p) & ~63);
    while (p < p_wide) {
      const k0 = keys_of(v128.load(p), size_bits);
      const k1 = keys_of(v128.load(p, 16), size_bits);
      const k2 = keys_of(v128.load(p, 32), size_bits);
      const k3 = keys_of(v128.load(p, 48), size_bits);
      if (!isSigned<IN>()) {
        block_min = i16x8.min_s(block_min, i16x8.min_s(i16x8.min_s(k0, k1), i16x8.min_s(k2, k3)));
      }
      part_max = i16x8.max_s(part_max, i16x8.max_s(i16x8.max_s(k0, k1), i16x8.max_s(k2, k3)));
      beaten = i16x8.add(
        beaten,
        i16x8.add(
          i16x8.add(i16x8.gt_s(k0, threshold), i16x8.gt_s(k1, threshold)),
          i16x8.add(i16x8.gt_s(k2, threshold), i16x8.gt_s(k3, threshold)),
        ),
      );
      p += 64;
    }
    while (p < p_end) {
      const k = keys_of(v128.load(p), size_bits);
      if (!isSigned<IN>()) block_min = i16x8.min_s(block_min, k);
      part_max = i16x8.max_s(part_max, k);
      beaten = i16x8.add(beaten, i16x8.gt_s(k, threshold));
      p += 16;
    }
    if (at > target_vector && !tied) tied = v128.any_true(i16x8.eq(part_max, above));
    block_max = i16x8.max_s(block_max, part_max);
    at = to;
  }
  if (whole_end < end) {
    const left = first_lanes<u16>(end - whole_end);
    const k = keys_of(v128.load(row + (whole_end << 1)), size_bits);
    const inside = v128.bitselect(k, lowest, left);
    let threshold = above;
    if (whole_end < target_vector) {
      threshold = at_least;
    } else {
      const lane = whole_end == target_vector ? target - target_vector : 0;
      threshold = v128.bitselect(at_least, above, first_lanes<u16>(lane));
      const level = i16x8.bitmask(i16x8.eq(inside, above));
      const after = whole_end == target_vector ? lane + 1 : 0;
      if (level >>> <i32>after != 0) tied = true;
    }
    beaten = i16x8.add(beaten, i16x8.gt_s(inside, threshold));
    block_max = i16x8.max_s(block_max, inside);
    if (!isSigned<IN>()) block_min = i16x8.min_s(block_min, v128.and(k, left));
  }
  const pairs = i32x4.extadd_pairwise_i16x8_s(beaten);
  beaten_in_block = -(
    i32x4.extract_lane(pairs, 0) +
    i32x4.extract_lane(pairs, 1) +
    i32x4.extract_lane(pairs, 2) +
    i32x4.extract_lane(pairs, 3)
  );
  tied_in_block = tied;
  // Of bf16 they need no care: widening keeps them as they are.
  masked_in_block =
    !isSigned<IN>() && largest_key(i16x8.sub(zero, block_min)) >= infinite_key<IN>();
  return score_of<IN>(largest_key(block_max));
}
