// Looking through a row of scores of any type IN, widened to lanes of type T
// (f32 for f32, f16 and bf16; f64 for f64).

import { first_lanes, horizontal_max, lane_bits, lanes } from '../vectors/lanes';
import { load_one, load_scores } from '../vectors/widen';

/** The last `left` (≥ 1) scores of a row; lanes beyond them become `filler`. */
// @ts-ignore: decorator
@inline
export function load_tail<T, IN>(address: usize, left: usize, filler: v128): v128 {
  return v128.bitselect(load_scores<IN>(address), filler, first_lanes<T>(left));
}

/** Largest score of a row, NaN aside. */
export function max_of<T>(row: usize, classes: usize): T {
  const width = lanes<T>();
  const whole = row + (classes & ~(width - 1)) * sizeof<T>();
  const lowest = v128.splat<T>(<T>-Infinity);
  let top = lowest;
  let p = row;
  const wide = row + ((whole - row) & ~63);
  while (p < wide) {
    const a = v128.pmax<T>(v128.load(p), v128.load(p, 16));
    const b = v128.pmax<T>(v128.load(p, 32), v128.load(p, 48));
    top = v128.pmax<T>(top, v128.pmax<T>(a, b));
    p += 64;
  }
  while (p < whole) {
    top = v128.pmax<T>(top, v128.load(p));
    p += 16;
  }
  const left = classes & (width - 1);
  if (left) top = v128.pmax<T>(top, load_tail<T, T>(p, left, lowest));
  return horizontal_max<T>(top);
}

/** Index, from `start` on, of the first class with this score; it is known to be there. */
export function first_index_of<T, IN>(row: usize, start: usize, value: T): u32 {
  const wanted = v128.splat<T>(value);
  let index = start;
  while (true) {
    const bits = lane_bits<T>(v128.eq<T>(load_scores<IN>(row + index * sizeof<IN>()), wanted));
    if (bits) return <u32>index + <u32>ctz(bits);
    index += lanes<T>();
  }
}

/** Rank of a target whose score is −∞: there is no number below it to compare with. */
export function rank_of_masked<IN>(row: usize, classes: usize, target: usize): u32 {
  let rank: u32 = 0;
  for (let c: usize = 0; c < classes; ++c) {
    if (c < target || load_one<IN>(row + c * sizeof<IN>()) > -Infinity) ++rank;
  }
  return rank;
}
