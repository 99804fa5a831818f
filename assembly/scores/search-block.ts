// The largest score of a block of a row, and how many of its classes beat the
// target. f32 and f64 scores are compared as they are; f16 and bf16 as
// integers, eight at a time, before anything is widened.

import {
  count_of_masks,
  first_lanes,
  horizontal_max,
  lane_bits,
  lanes,
  number_below,
} from '../vectors/lanes';
import { has_stand_ins } from '../vectors/widen';

/** 0x7fff eight times; −2^15 eight times, which is below all keys. */
const KEYS: usize = memory.data<u32>(
  [
    0x7fff7fff, 0x7fff7fff, 0x7fff7fff, 0x7fff7fff,
    0x80008000, 0x80008000, 0x80008000, 0x80008000,
  ],
  16,
);

// Beside its result, a search leaves behind:

/** Classes that beat the target in the block. */
export let beaten_in_block: u32 = 0;
/** Whether a class after the target scores the same. */
export let tied_in_block: bool = false;
/** Whether a block of f16 holds −∞, or NaN with a minus sign. */
export let masked_in_block: bool = false;

/** Whether scores of this type are compared as integers. */
// @ts-ignore: decorator
@inline
function has_keys<IN>(): bool {
  return sizeof<IN>() == 2;
}

/** Key of ∞; those of NaN are larger. */
// @ts-ignore: decorator
@inline
function infinite_key<IN>(): i32 {
  return isSigned<IN>() ? 0x7f80 : 0x7c00;
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

/** Scores as they are compared: 16-bit ones as integers in the order of the scores, with one 0. */
// @ts-ignore: decorator
@inline
function load_keys<IN>(address: usize, immediate: usize, size_bits: v128): v128 {
  const bits = v128.load(address + immediate);
  if (!has_keys<IN>()) return bits;
  const sign = i16x8.shr_s(bits, 15);
  return i16x8.sub(v128.xor(v128.and(bits, size_bits), sign), sign);
}

/** The same of one score, in all lanes. */
// @ts-ignore: decorator
@inline
function splat_key<IN>(address: usize): v128 {
  if (!has_keys<IN>()) return v128.splat<IN>(load<IN>(address));
  const bits: i32 = load<i16>(address);
  return i16x8.splat(<i16>(bits < 0 ? -(bits & 0x7fff) : bits & 0x7fff));
}

/** The largest key below that of a score, in all lanes. */
// @ts-ignore: decorator
@inline
function splat_below<IN>(address: usize): v128 {
  if (!has_keys<IN>()) return v128.splat<IN>(number_below<IN>(load<IN>(address)));
  return i16x8.sub(splat_key<IN>(address), i16x8.splat(1));
}

/** max(a, b) per lane; NaN in b aside. */
// @ts-ignore: decorator
@inline
function larger<IN>(a: v128, b: v128): v128 {
  return has_keys<IN>() ? i16x8.max_s(a, b) : v128.pmax<IN>(a, b);
}

// @ts-ignore: decorator
@inline
function is_above<IN>(a: v128, b: v128): v128 {
  return has_keys<IN>() ? i16x8.gt_s(a, b) : v128.gt<IN>(a, b);
}

// @ts-ignore: decorator
@inline
function is_level<IN>(a: v128, b: v128): v128 {
  return has_keys<IN>() ? i16x8.eq(a, b) : v128.eq<IN>(a, b);
}

/** a + b per lane of masks. */
// @ts-ignore: decorator
@inline
function add_masks<IN>(a: v128, b: v128): v128 {
  return has_keys<IN>() ? i16x8.add(a, b) : i32x4.add(a, b);
}

/** [a, b, …, h] → max(a, b, …, h) */
// @ts-ignore: decorator
@inline
function largest_key(keys: v128): i32 {
  const fours = i16x8.max_s(keys, v128.shuffle<i64>(keys, keys, 1, 0));
  const pairs = i16x8.max_s(fours, v128.shuffle<i32>(fours, fours, 1, 0, 3, 2));
  return max<i32>(i16x8.extract_lane_s(pairs, 0), i16x8.extract_lane_s(pairs, 1));
}

/** The score of the largest key. */
// @ts-ignore: decorator
@inline
function largest_score<T, IN>(keys: v128): T {
  return has_keys<IN>() ? <T>score_of<IN>(largest_key(keys)) : horizontal_max<T>(keys);
}

/** Below all scores, in all lanes. */
// @ts-ignore: decorator
@inline
function lowest_key<T, IN>(): v128 {
  return has_keys<IN>() ? v128.load(KEYS, 16) : v128.splat<T>(<T>-Infinity);
}

/** What is found in a block, by lanes: masks of the classes that beat the target, and the smallest key of f16. */
const FOUND: usize = memory.data(32, 16);

/**
 * Searches whole vectors from one address up to another, and adds to FOUND.
 * @param threshold classes above it beat the target
 * @returns the largest of each lane, NaN aside
 */
// @ts-ignore: decorator
@inline
function search_stretch<T, IN>(from: usize, end: usize, threshold: v128, size_bits: v128): v128 {
  let largest = lowest_key<T, IN>();
  let beaten = v128.load(FOUND);
  let least = has_stand_ins<IN>() ? v128.load(FOUND, 16) : beaten;
  let p = from;
  const wide_end = from + ((end - from) & ~63);
  while (p < wide_end) {
    const k0 = load_keys<IN>(p, 0, size_bits);
    const k1 = load_keys<IN>(p, 16, size_bits);
    const k2 = load_keys<IN>(p, 32, size_bits);
    const k3 = load_keys<IN>(p, 48, size_bits);
    if (has_stand_ins<IN>()) {
      least = i16x8.min_s(least, i16x8.min_s(i16x8.min_s(k0, k1), i16x8.min_s(k2, k3)));
    }
    largest = larger<IN>(largest, larger<IN>(larger<IN>(k0, k1), larger<IN>(k2, k3)));
    const first = add_masks<IN>(is_above<IN>(k0, threshold), is_above<IN>(k1, threshold));
    const second = add_masks<IN>(is_above<IN>(k2, threshold), is_above<IN>(k3, threshold));
    beaten = add_masks<IN>(beaten, add_masks<IN>(first, second));
    p += 64;
  }
  while (p < end) {
    const k = load_keys<IN>(p, 0, size_bits);
    if (has_stand_ins<IN>()) least = i16x8.min_s(least, k);
    largest = larger<IN>(largest, k);
    beaten = add_masks<IN>(beaten, is_above<IN>(k, threshold));
    p += 16;
  }
  v128.store(FOUND, beaten);
  if (has_stand_ins<IN>()) v128.store(FOUND, least, 16);
  return largest;
}

/**
 * Searches the classes `from … end − 1` of a row, of which `from` is a multiple
 * of the lanes in a vector, for the largest score.
 * @param target index of the target in the row, anywhere
 * @returns the largest score, NaN aside; ±∞ where 16-bit scores have NaN
 */
// @ts-ignore: decorator
@inline
function search<T, IN>(row: usize, from: usize, end: usize, target: usize): T {
  const width = lanes<IN>();
  const size_bits = v128.load(KEYS, 0);
  // A class before the target beats it by ≥, which is > what is next below it;
  // one after it by >.
  const own = row + target * sizeof<IN>();
  const above = splat_key<IN>(own);
  const at_least = splat_below<IN>(own);
  const target_lane = target & (width - 1);
  const target_vector = target - target_lane;
  const mixed = v128.bitselect(at_least, above, first_lanes<IN>(target_lane));
  const whole_end = end & ~(width - 1);
  v128.store(FOUND, i16x8.splat(0), 0);
  if (has_stand_ins<IN>()) v128.store(FOUND, i16x8.splat(0), 16);
  let largest = lowest_key<T, IN>();
  let tied = false;
  for (let at = from; at < whole_end; ) {
    // Up to three stretches: before, at and after the target.
    let to = whole_end;
    let threshold = above;
    if (at < target_vector) {
      to = min(to, target_vector);
      threshold = at_least;
    } else if (at == target_vector) {
      to = at + width;
      threshold = mixed;
      const keys = load_keys<IN>(row + at * sizeof<IN>(), 0, size_bits);
      tied = lane_bits<IN>(is_level<IN>(keys, above)) >>> <i32>(target_lane + 1) != 0;
    }
    const start = row + at * sizeof<IN>();
    const part = search_stretch<T, IN>(start, row + to * sizeof<IN>(), threshold, size_bits);
    if (at > target_vector && !tied) tied = v128.any_true(is_level<IN>(part, above));
    largest = larger<IN>(largest, part);
    at = to;
  }
  let beaten = v128.load(FOUND);
  let least = has_stand_ins<IN>() ? v128.load(FOUND, 16) : beaten;
  if (whole_end < end) {
    const left = first_lanes<IN>(end - whole_end);
    const keys = load_keys<IN>(row + whole_end * sizeof<IN>(), 0, size_bits);
    const inside = v128.bitselect(keys, lowest_key<T, IN>(), left);
    let threshold = at_least;
    if (whole_end >= target_vector) {
      const level = lane_bits<IN>(is_level<IN>(inside, above));
      const here = whole_end == target_vector;
      threshold = here ? mixed : above;
      if (level >>> (here ? <i32>(target_lane + 1) : 0)) tied = true;
    }
    beaten = add_masks<IN>(beaten, is_above<IN>(inside, threshold));
    largest = larger<IN>(largest, inside);
    if (has_stand_ins<IN>()) least = i16x8.min_s(least, v128.and(keys, left));
  }
  beaten_in_block = count_of_masks<IN>(beaten);
  tied_in_block = tied;
  // Of bf16 they need no care: widening keeps them as they are.
  if (has_stand_ins<IN>()) {
    masked_in_block = largest_key(i16x8.neg(least)) >= infinite_key<IN>();
  }
  return largest_score<T, IN>(largest);
}

/** {@link search} as a function of its own. */
function search_apart<T, IN>(row: usize, from: usize, end: usize, target: usize): T {
  return search<T, IN>(row, from, end, target);
}

/** {@link search}; within its caller for f64, whose rows of few classes come here, too. */
// @ts-ignore: decorator
@inline
export function search_block<T, IN>(row: usize, from: usize, end: usize, target: usize): T {
  if (sizeof<IN>() == 8) return search<T, IN>(row, from, end, target);
  return search_apart<T, IN>(row, from, end, target);
}
