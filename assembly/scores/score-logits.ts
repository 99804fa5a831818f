// The fused pass over rows of logits or log-probabilities: f32, f64, f16, bf16.
//
// A row is read in blocks that stay in the first-level cache. Each block is
// first searched for its maximum while the classes that beat the target are
// counted, then exponentiated against the largest score so far. f32 lane sums
// move to f64 after each block. The grouping of the additions depends on the
// class index alone, so a row gives the same bits wherever it lies. 16-bit
// scores are searched as integers, and widened as they are exponentiated.

import { CLASSES, SCORES, TARGETS } from '../call';
import { first_index_of, load_tail, rank_of_masked } from '../rows/rows';
import { EXP_F32, exp2_f32x4, exp2_once, exp_f64, exp_f64x2 } from '../vectors/exp';
import { add_squares, madd } from '../vectors/fused';
import { horizontal_sum, lanes } from '../vectors/lanes';
import { has_scale, load_one, load_scaled, load_scores, SCALED, UNIT } from '../vectors/widen';
import { finish_logits } from './finish-logits';
import { INVALID, SCORED, store_blank, target_status } from './row-scores';
import { beaten_in_block, masked_in_block, search_block, tied_in_block } from './search-block';
import { is_weighed, weigh_loss } from './weigh-loss';

/** Classes per block: 2 or 4 KiB, and few enough f32 additions per lane for an error below 2^-22. */
const BLOCK: usize = 512;

/** e^(x − reference), where log2e takes scores and their reference from their unit. */
// @ts-ignore: decorator
@inline
function exp_below<T>(
  x: v128,
  reference: v128,
  log2e: v128,
  floor: v128,
  magic: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  one: v128,
): v128 {
  const d = v128.sub<T>(x, reference);
  if (sizeof<T>() == 8) return exp_f64x2(d);
  return exp2_f32x4(f32x4.mul(d, log2e), floor, magic, c1, c2, c3, c4, c5, one);
}

/** A vector of scores: in their unit, or as they are. */
// @ts-ignore: decorator
@inline
function load_in_unit<IN>(in_unit: bool, address: usize): v128 {
  return in_unit ? load_scaled<IN>(address) : load_scores<IN>(address);
}

/** Σ e^(z − max) and Σ e^(2(z − max)) of a block, by lanes. */
const LANE_SUMS: usize = memory.data(32, 16);
/** The same of the block that was summed last. */
let sum_of_block: f64 = 0;
let squares_of_block: f64 = 0;

/**
 * Adds up whole vectors from one address up to another in LANE_SUMS.
 * @param in_unit leaves scores in the unit that {@link load_scaled} has them in
 */
// @ts-ignore: decorator
@inline
function sum_vectors<T, IN>(in_unit: bool, from: usize, end: usize, max: T): void {
  const scaled = in_unit && has_scale<IN>();
  const log2e = v128.load(scaled ? SCALED : EXP_F32);
  const floor = v128.load(EXP_F32, 16);
  const magic = v128.load(EXP_F32, 32);
  const c1 = v128.load(EXP_F32, 48);
  const c2 = v128.load(EXP_F32, 64);
  const c3 = v128.load(EXP_F32, 80);
  const c4 = v128.load(EXP_F32, 96);
  const c5 = v128.load(EXP_F32, 112);
  const one = v128.load(EXP_F32, 128);
  const reference = v128.splat<T>(scaled ? max * <T>UNIT : max);
  const step: usize = lanes<T>() * sizeof<IN>();
  const wide_end = from + ((end - from) & ~(4 * step - 1));
  let sum = v128.splat<T>(<T>0);
  let squares = v128.splat<T>(<T>0);
  let p = from;
  while (p < wide_end) {
    const x0 = load_in_unit<IN>(in_unit, p);
    const x1 = load_in_unit<IN>(in_unit, p + step);
    const x2 = load_in_unit<IN>(in_unit, p + 2 * step);
    const x3 = load_in_unit<IN>(in_unit, p + 3 * step);
    const e0 = exp_below<T>(x0, reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    const e1 = exp_below<T>(x1, reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    const e2 = exp_below<T>(x2, reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    const e3 = exp_below<T>(x3, reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    sum = v128.add<T>(sum, v128.add<T>(v128.add<T>(e0, e1), v128.add<T>(e2, e3)));
    squares = add_squares<T>(squares, e0, e1, e2, e3);
    p += 4 * step;
  }
  while (p < end) {
    const x = load_in_unit<IN>(in_unit, p);
    const e = exp_below<T>(x, reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    sum = v128.add<T>(sum, e);
    squares = madd<T>(e, e, squares);
    p += step;
  }
  v128.store(LANE_SUMS, sum, 0);
  v128.store(LANE_SUMS, squares, 16);
}

/** {@link sum_vectors} of f16 with −∞ or NaN among them, which {@link load_scaled} cannot do. */
function sum_masked(from: usize, end: usize, max: f32): void {
  sum_vectors<f32, u16>(false, from, end, max);
}

/** Sums over `count` classes from `from` on. */
// @ts-ignore: decorator
@inline
function sum_block<T, IN>(from: usize, count: usize, max: T): void {
  const left = count & (lanes<T>() - 1);
  const whole_end = from + (count - left) * sizeof<IN>();
  if (has_scale<IN>() && masked_in_block) sum_masked(from, whole_end, <f32>max);
  else sum_vectors<T, IN>(true, from, whole_end, max);
  let sum = v128.load(LANE_SUMS, 0);
  let squares = v128.load(LANE_SUMS, 16);
  if (left) {
    const x = load_tail<T, IN>(whole_end, left, v128.splat<T>(<T>-Infinity));
    const d = v128.sub<T>(x, v128.splat<T>(max));
    const e = sizeof<T>() == 8 ? exp_f64x2(d) : exp2_once(f32x4.mul(d, v128.load(EXP_F32)));
    sum = v128.add<T>(sum, e);
    squares = madd<T>(e, e, squares);
  }
  sum_of_block = horizontal_sum<T>(sum);
  squares_of_block = horizontal_sum<T>(squares);
}

/**
 * Scores a row, whose target is one of the classes.
 * @returns whether it is SCORED or INVALID
 */
// @ts-ignore: decorator
@inline
function score_row<T, IN>(r: usize, row: usize, classes: usize, target: usize): u8 {
  let max: T = <T>-Infinity;
  let max_block: usize = 0;
  let sum: f64 = 0;
  let squares: f64 = 0;
  let rank: u32 = 0;
  let tied_after = false;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const block_end = min(block + BLOCK, classes);
    const block_max = search_block<T, IN>(row, block, block_end, target);
    rank += beaten_in_block;
    if (tied_in_block) tied_after = true;
    if (block_max > max) {
      if (sum != 0) {
        const shrink = exp_f64(<f64>max - <f64>block_max);
        sum *= shrink;
        squares *= shrink * shrink;
      }
      max = block_max;
      max_block = block;
    }
    // Exponentials against the largest score so far. Blocks of −∞ alone have
    // none yet: any finite number will do.
    const finite: T = max == <T>-Infinity ? <T>0 : max;
    sum_block<T, IN>(row + block * sizeof<IN>(), block_end - block, finite);
    sum += sum_of_block;
    squares += squares_of_block;
  }

  // NaN reaches the sum through its exponential; +∞ and a row of −∞ show in the maximum.
  if (sum != sum || max == <T>Infinity || max == <T>-Infinity) return INVALID;
  const own = <T>load_one<IN>(row + target * sizeof<IN>());
  // Of f32 and f64 there is no number below −∞ to compare with.
  if (own == <T>-Infinity && isFloat<IN>()) rank = rank_of_masked<IN>(row, classes, target);
  const prediction = rank == 0 ? <u32>target : first_index_of<T, IN>(row, max_block, max);
  const lift = finish_logits(r, <f64>max, <f64>own, sum, squares, prediction, rank, tied_after);
  if (is_weighed()) weigh_loss<IN>(r, row, classes, target, <f64>max, lift);
  return SCORED;
}

/**
 * Scores `rows` rows of logits or log-probabilities of type IN from row `first`
 * on, in arithmetic of type T. Up to 14 bytes past the last score are read and
 * ignored. FLAGS is 1 for log-probabilities, from which log Σ e^z is not subtracted.
 */
// @ts-ignore: decorator
@inline
export function score_logits<T, IN>(first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const targets = load<usize>(TARGETS);
  const stride = classes * sizeof<IN>();
  const end = first + rows;
  let row = load<usize>(SCORES) + first * stride;
  for (let r = first; r < end; ++r, row += stride) {
    const target = load<i32>(targets + (r << 2));
    let verdict = target_status(target, classes);
    if (verdict == SCORED) verdict = score_row<T, IN>(r, row, classes, <usize>target);
    if (verdict != SCORED) store_blank(r, verdict);
  }
}
