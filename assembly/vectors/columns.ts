// Four rows, one per lane: rows of scores as columns and back.
//
//   rows   a0 a1 a2 a3          columns   a0 b0 c0 d0
//          b0 b1 b2 b3    ⇄               a1 b1 c1 d1
//          c0 c1 c2 c3                    a2 b2 c2 d2
//          d0 d1 d2 d3                    a3 b3 c3 d3
//
// Fewer than four rows are taken with the last one repeated.

import { has_stand_ins, load_four, load_swiftly } from './widen';

/** −∞ four times. */
const LOWEST: usize = memory.data<f32>([-Infinity, -Infinity, -Infinity, -Infinity], 16);
// What else {@link store_columns} finds of each row.
/** Classes that score above the target. */
const ABOVE: usize = memory.data(16, 16);
/** Classes that score the same as the target, itself among them. */
const LEVEL: usize = memory.data(16, 16);
/** Smallest score of f16; 0 where none is negative. */
const SMALLEST: usize = memory.data(16, 16);

/** [a, b, c, d], [e, f, g, h] → [a, e, b, f] */
// @ts-ignore: decorator
@inline
function mix_low(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}

/** [a, b, c, d], [e, f, g, h] → [c, g, d, h] */
// @ts-ignore: decorator
@inline
function mix_high(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}

/** [a, b, c, d], [e, f, g, h] → [a, b, e, f] */
// @ts-ignore: decorator
@inline
function join_low(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

/** [a, b, c, d], [e, f, g, h] → [c, d, g, h] */
// @ts-ignore: decorator
@inline
function join_high(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7);
}

/**
 * Stores rows of scores, as load_swiftly gives them, as columns one after
 * another; the last block may hold up to three columns too many.
 * @param ranked whether the targets, of which `own` are the scores, are ranked
 * @returns the largest of each row, NaN aside
 */
// @ts-ignore: decorator
@inline
export function store_columns<IN>(
  ranked: bool,
  own: v128,
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  classes: usize,
  columns: usize,
): v128 {
  let max = v128.load(LOWEST);
  let least = i32x4.splat(0);
  let above = i32x4.splat(0);
  let level = i32x4.splat(0);
  let column = columns;
  for (let c: usize = 0; c < classes; c += 4) {
    const at = c * sizeof<IN>();
    const r0 = load_swiftly<IN>(row0 + at);
    const r1 = load_swiftly<IN>(row1 + at);
    const r2 = load_swiftly<IN>(row2 + at);
    const r3 = load_swiftly<IN>(row3 + at);
    const low_01 = mix_low(r0, r1);
    const low_23 = mix_low(r2, r3);
    const high_01 = mix_high(r0, r1);
    const high_23 = mix_high(r2, r3);
    const x0 = join_low(low_01, low_23);
    const x1 = join_high(low_01, low_23);
    const x2 = join_low(high_01, high_23);
    const x3 = join_high(high_01, high_23);
    v128.store(column, x0, 0);
    v128.store(column, x1, 16);
    v128.store(column, x2, 32);
    v128.store(column, x3, 48);
    max = f32x4.pmax(max, x0);
    if (has_stand_ins<IN>()) least = f32x4.pmin(least, x0);
    if (ranked) above = i32x4.sub(above, f32x4.gt(x0, own));
    if (ranked) level = i32x4.sub(level, f32x4.eq(x0, own));
    if (c + 1 < classes) {
      max = f32x4.pmax(max, x1);
      if (has_stand_ins<IN>()) least = f32x4.pmin(least, x1);
      if (ranked) above = i32x4.sub(above, f32x4.gt(x1, own));
      if (ranked) level = i32x4.sub(level, f32x4.eq(x1, own));
    }
    if (c + 2 < classes) {
      max = f32x4.pmax(max, x2);
      if (has_stand_ins<IN>()) least = f32x4.pmin(least, x2);
      if (ranked) above = i32x4.sub(above, f32x4.gt(x2, own));
      if (ranked) level = i32x4.sub(level, f32x4.eq(x2, own));
    }
    if (c + 3 < classes) {
      max = f32x4.pmax(max, x3);
      if (has_stand_ins<IN>()) least = f32x4.pmin(least, x3);
      if (ranked) above = i32x4.sub(above, f32x4.gt(x3, own));
      if (ranked) level = i32x4.sub(level, f32x4.eq(x3, own));
    }
    column += 64;
  }
  if (has_stand_ins<IN>()) v128.store(SMALLEST, least);
  if (ranked) v128.store(ABOVE, above);
  if (ranked) v128.store(LEVEL, level);
  return max;
}

/** Smallest score of each row of f16, after {@link store_columns}; 0 where none is negative. */
// @ts-ignore: decorator
@inline
export function smallest_of_rows(): v128 {
  return v128.load(SMALLEST);
}

/** Classes of each row that score above the target, after {@link store_columns}. */
// @ts-ignore: decorator
@inline
export function above_targets(): v128 {
  return v128.load(ABOVE);
}

/** Classes of each row that score the same as the target, itself among them. */
// @ts-ignore: decorator
@inline
export function level_with_targets(): v128 {
  return v128.load(LEVEL);
}

/** The same of one row. */
// @ts-ignore: decorator
@inline
export function level_with_target(lane: usize): u32 {
  return load<u32>(LEVEL + (lane << 2));
}

/** Stores classes c … c + 3 of four rows, given as columns, at four addresses. */
// @ts-ignore: decorator
@inline
export function store_rows_of_block(
  x0: v128,
  x1: v128,
  x2: v128,
  x3: v128,
  to0: usize,
  to1: usize,
  to2: usize,
  to3: usize,
): void {
  const low_01 = mix_low(x0, x1);
  const low_23 = mix_low(x2, x3);
  const high_01 = mix_high(x0, x1);
  const high_23 = mix_high(x2, x3);
  v128.store(to0, join_low(low_01, low_23));
  v128.store(to1, join_high(low_01, low_23));
  v128.store(to2, join_low(high_01, high_23));
  v128.store(to3, join_high(high_01, high_23));
}

/** Place of a row's target in it; a target that is no class borrows class 0. */
// @ts-ignore: decorator
@inline
function own_place<IN>(target: usize, classes: usize): usize {
  const index = <usize>load<u32>(target);
  return index < classes ? index * sizeof<IN>() : 0;
}

/** Scores of the targets of four rows; the target of a repeated row may be anything. */
// @ts-ignore: decorator
@inline
export function load_own<IN>(
  targets: usize,
  classes: usize,
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
): v128 {
  return load_four<IN>(
    row0 + own_place<IN>(targets, classes),
    row1 + own_place<IN>(targets + 4, classes),
    row2 + own_place<IN>(targets + 8, classes),
    row3 + own_place<IN>(targets + 12, classes),
  );
}
