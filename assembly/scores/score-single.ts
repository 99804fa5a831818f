// Rows of one score: a logit of class 1 against class 0, or its probability.
// A vector of rows at a time; nothing of a row reaches its neighbours.
//
// Where the results go, one array per quantity, each with room for `capacity`
// rows (src/engine/single-score-engine.ts holds the same order):
//
//   f64 nll │ probability
//   u8  prediction │ status

import { CAPACITY, EPS, HAS_IGNORE, IGNORE_INDEX, OUT, SCORES, TARGETS, THRESHOLD } from '../call';
import { exp_of } from '../vectors/exp';
import { lane_bits, lanes, number_below, store_wide } from '../vectors/lanes';
import { log1p_of, log_of } from '../vectors/log';
import { load_one, load_scores } from '../vectors/widen';
import { CONTRADICTION, INVALID, SCORED, target_status } from './row-scores';
import { negative_log } from './weigh-loss';

/** −0, 1, ∞, the least normal number, and 1 as an integer, 16 bytes each: see exp.ts for why constants lie in memory. */
const CONSTANTS_F32: usize = memory.data<u32>(
  [
    0x80000000, 0x80000000, 0x80000000, 0x80000000,
    0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000,
    0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000,
    0x00800000, 0x00800000, 0x00800000, 0x00800000,
    1, 1, 1, 1,
  ],
  16,
);
const CONSTANTS_F64: usize = memory.data<u64>(
  [
    0x8000000000000000, 0x8000000000000000,
    0x3ff0000000000000, 0x3ff0000000000000,
    0x7ff0000000000000, 0x7ff0000000000000,
    0x0010000000000000, 0x0010000000000000,
    1, 1,
  ],
  16,
);

/** Target that a row is ignored for where none is: that of a missing target, which counts for no row. */
const NONE: i32 = i32.MIN_VALUE;

/** Targets of a vector of rows, in lanes as wide as T. */
// @ts-ignore: decorator
@inline
function load_targets<T>(address: usize): v128 {
  if (sizeof<T>() == 8) return i64x2.extend_low_i32x4_s(v128.load64_zero(address));
  return v128.load(address);
}

/** Which lanes hold the same integer. */
// @ts-ignore: decorator
@inline
function same<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 8 ? i64x2.eq(a, b) : i32x4.eq(a, b);
}

// @ts-ignore: decorator
@inline
function splat_integer<T>(value: i32): v128 {
  return sizeof<T>() == 8 ? i64x2.splat(value) : i32x4.splat(value);
}

/** A byte per lane, 1 where the bit of the lane is set: for up to four lanes. */
// @ts-ignore: decorator
@inline
function store_bits<T>(address: usize, bits: i32): void {
  const bytes = (bits * 0x00204081) & 0x01010101;
  if (sizeof<T>() == 8) store<u16>(address, <u16>bytes);
  else store<u32>(address, bytes);
}

/** The least number of type T that is not below `threshold`. */
// @ts-ignore: decorator
@inline
function least_from<T>(threshold: f64): T {
  const nearest = <T>threshold;
  return <f64>nearest < threshold ? -number_below<T>(-nearest) : nearest;
}

/**
 * A row that the vectors cannot do: left out for its target or its score, or
 * of a probability of the truth so small that it needs the scalar logarithm.
 */
function finish_row(probabilities: bool, r: usize, score: f64): void {
  const target = load<i32>(load<usize>(TARGETS) + (r << 2));
  let status = target_status(target, 2);
  if (status == SCORED) {
    if (!isFinite(score)) status = INVALID;
    else if (probabilities && (score < 0 || score > 1)) status = CONTRADICTION;
  }
  const out = load<usize>(OUT);
  const capacity = load<usize>(CAPACITY);
  const nll = out + (r << 3);
  if (status == SCORED) {
    store<f64>(nll, negative_log(target == 1 ? score : 1 - score, load<f64>(EPS)));
    return;
  }
  store<f64>(nll, NaN);
  store<f64>(nll + (capacity << 3), NaN);
  store<u8>(out + (capacity << 4) + r, 0);
  store<u8>(out + capacity * 17 + r, status);
}

/**
 * Scores `rows` rows of one score of type IN each, in arithmetic of type T,
 * from row `first` on, a multiple of 4.
 *
 * Logits, with z = −x where the target is 1 and x where it is 0:
 *
 *   nll = max(z, 0) + log(1 + e^−|x|)     p = 1 / (1 + e^−x)
 *
 * Probabilities are taken as they are, and the logarithm as score_probabilities
 * does: p(target) raised to eps. 1 − p loses its last bits where p is small;
 * what it lost is added to the logarithm, which has slope 1 there.
 *
 * Up to 12 bytes past the last row are read, and its results are written into
 * the room of up to 3 more; CAPACITY is a multiple of 4.
 */
// @ts-ignore: decorator
@inline
export function score_single<T, IN>(probabilities: bool, first: usize, rows: usize): void {
  const scores = load<usize>(SCORES);
  const targets = load<usize>(TARGETS);
  const out = load<usize>(OUT);
  const capacity = load<usize>(CAPACITY);
  const all = (1 << <i32>lanes<T>()) - 1;
  const constants = sizeof<T>() == 8 ? CONSTANTS_F64 : CONSTANTS_F32;
  const negative_sign = v128.load(constants, 0);
  const one = v128.load(constants, 16);
  const infinity = v128.load(constants, 32);
  const least_normal = v128.load(constants, 48);
  const class_1 = v128.load(constants, 64);
  const zero = i32x4.splat(0);
  const lowest = v128.splat<T>(<T>load<f64>(EPS));
  const boundary = v128.splat<T>(least_from<T>(load<f64>(THRESHOLD)));
  const ignored = splat_integer<T>(load<u32>(HAS_IGNORE) ? load<i32>(IGNORE_INDEX) : NONE);
  const end = first + rows;
  for (let r = first; r < end; r += lanes<T>()) {
    const x = load_scores<IN>(scores + r * sizeof<IN>());
    const target = load_targets<T>(targets + (r << 2));
    const positive = same<T>(target, class_1);
    const known = v128.or(positive, same<T>(target, zero));
    const usable = v128.andnot(known, same<T>(target, ignored));
    let proper: v128;
    let nll: v128;
    let probability: v128;
    if (probabilities) {
      const rest = v128.sub<T>(one, x);
      const lost = v128.sub<T>(x, v128.sub<T>(one, rest));
      const own = v128.pmax<T>(v128.bitselect(x, rest, positive), lowest);
      nll = v128.sub<T>(v128.andnot(lost, positive), log_of<T>(own));
      probability = x;
      const inside = v128.and(v128.ge<T>(x, zero), v128.le<T>(x, one));
      proper = v128.and(inside, v128.ge<T>(own, least_normal));
    } else {
      proper = v128.lt<T>(v128.abs<T>(x), infinity);
      const e = exp_of<T>(v128.or(x, negative_sign));
      const against = v128.xor(x, v128.and(positive, negative_sign));
      nll = v128.add<T>(v128.pmax<T>(zero, against), log1p_of<T>(e));
      // e ≤ 1, so the larger of e and 1 where x ≥ 0, of e and 0 elsewhere, is the numerator.
      const numerator = v128.pmax<T>(e, v128.and(one, v128.ge<T>(x, zero)));
      probability = v128.div<T>(numerator, v128.add<T>(one, e));
    }
    store_wide<T>(out + (r << 3), nll);
    store_wide<T>(out + ((capacity + r) << 3), probability);
    const bytes = out + (capacity << 4) + r;
    store_bits<T>(bytes, lane_bits<T>(v128.ge<T>(x, boundary)));
    store_bits<T>(bytes + capacity, 0);
    const plain = lane_bits<T>(v128.and(usable, proper));
    if (plain != all) {
      for (let lane: usize = 0; lane < lanes<T>(); ++lane) {
        if ((plain >>> <i32>lane) & 1) continue;
        finish_row(probabilities, r + lane, load_one<IN>(scores + (r + lane) * sizeof<IN>()));
      }
    }
  }
}
