// Vectors of f32 or f64 lanes: widening, narrowing, what is found across lanes.
// T is f32 (four lanes) or f64 (two); masks are of any type.

/** Number of lanes of type T in a vector. */
// @ts-ignore: decorator
@inline
export function lanes<T>(): usize {
  return 16 / sizeof<T>();
}

/** Byte masks: from byte 16 − 4k on, the first k words are set. */
const TAIL_MASKS: usize = memory.data<u32>(
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 0],
  16,
);

/** Lane mask whose first `count` lanes of type T are set. */
// @ts-ignore: decorator
@inline
export function first_lanes<T>(count: usize): v128 {
  return v128.load(TAIL_MASKS + 16 - count * sizeof<T>());
}

/** [a, b, c, d] → max(a, b, c, d), NaN lanes aside. */
// @ts-ignore: decorator
@inline
export function horizontal_max<T>(v: v128): T {
  if (sizeof<T>() == 8) {
    return v128.extract_lane<T>(v128.pmax<T>(v, v128.shuffle<f64>(v, v, 1, 0)), 0);
  }
  const pairs = v128.pmax<T>(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return v128.extract_lane<T>(v128.pmax<T>(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** [a, b, c, d] → [a, b] in f64. */
// @ts-ignore: decorator
@inline
export function low_pair(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

/** [a, b, c, d] → [c, d] in f64. */
// @ts-ignore: decorator
@inline
export function high_pair(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
}

/** [a, b], [c, d] → [a, b, c, d] in f32. */
// @ts-ignore: decorator
@inline
export function narrow(low: v128, high: v128): v128 {
  const c_d = f32x4.demote_f64x2_zero(high);
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), c_d, 0, 1, 4, 5);
}

/** Stores lanes of type T in f64. */
// @ts-ignore: decorator
@inline
export function store_wide<T>(address: usize, v: v128): void {
  v128.store(address, sizeof<T>() == 8 ? v : low_pair(v));
  if (sizeof<T>() == 4) v128.store(address, high_pair(v), 16);
}

/** Stores the first `count` lanes. */
// @ts-ignore: decorator
@inline
export function store_tail<T>(address: usize, v: v128, count: usize): void {
  store<T>(address, v128.extract_lane<T>(v, 0));
  if (sizeof<T>() == 4) {
    if (count > 1) store<T>(address, v128.extract_lane<T>(v, 1), 4);
    if (count > 2) store<f32>(address, f32x4.extract_lane(v, 2), 8);
  }
}

/** [a, b, c, d] → [a + c, b + d] in f64; two f64 lanes stay as they are. */
// @ts-ignore: decorator
@inline
export function widen_sum<T>(v: v128): v128 {
  if (sizeof<T>() == 8) return v;
  return f64x2.add(low_pair(v), high_pair(v));
}

/** [a, b, c, d] → (a + c) + (b + d), added in f64. */
// @ts-ignore: decorator
@inline
export function horizontal_sum<T>(v: v128): f64 {
  const pairs = widen_sum<T>(v);
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

/** How often a comparison of T lanes was true, from the sum of its masks as integers. */
// @ts-ignore: decorator
@inline
export function count_of_masks<T>(masks: v128): u32 {
  const v = sizeof<T>() == 2 ? i32x4.extadd_pairwise_i16x8_s(masks) : masks;
  const words = -(
    i32x4.extract_lane(v, 0) +
    i32x4.extract_lane(v, 1) +
    i32x4.extract_lane(v, 2) +
    i32x4.extract_lane(v, 3)
  );
  return sizeof<T>() == 8 ? <u32>words / 2 : words;
}

/** Bit per lane of a comparison. */
// @ts-ignore: decorator
@inline
export function lane_bits<T>(mask: v128): i32 {
  if (sizeof<T>() == 2) return i16x8.bitmask(mask);
  return sizeof<T>() == 8 ? i64x2.bitmask(mask) : i32x4.bitmask(mask);
}

/** Largest number below `x`. */
// @ts-ignore: decorator
@inline
export function number_below<T>(x: T): T {
  if (sizeof<T>() == 8) {
    if (x == <T>0) return <T>reinterpret<f64>(<u64>0x8000000000000001);
    const bits = reinterpret<i64>(<f64>x);
    return <T>reinterpret<f64>(bits + (bits > 0 ? -1 : 1));
  }
  if (x == <T>0) return <T>reinterpret<f32>(<u32>0x80000001);
  const bits = reinterpret<i32>(<f32>x);
  return <T>reinterpret<f32>(bits + (bits > 0 ? -1 : 1));
}
