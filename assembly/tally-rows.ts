// What a tally needs of row scores, added up where they lie: counts per class,
// confusion matrix, ranks, calibration bins and exact sums. The host adds a
// tally to its own and clears it (src/engine/row-tally.ts) every 2^20 rows or
// so. It lies in memory thus; src/engine/layout.ts holds the same order.
//
//   f64 edges of the bins: −∞, 1/15 … 14/15, ∞            16
//   u32 rows: scored, ignored, refused, tied, infinite    16
//       loss, p(target) = 0, p(target) < eps, noted
//   i64 Σ|t − p|, Σ(t − p)²                                2
//   u32 rows per bin │ hits per bin                       16 + 16
//   u32 +∞, −∞, NaN of each exact sum                     34 × 3
//   v128 parts of a block: loss, its square, Brier score,  4 × 3
//        its square, in even and odd rows
//   v128 parts of a block: [confidence, gap²] per bin     15 × 3
//   u32 rows of a block per bin                           16
//   i64 digits of each exact sum                          34 × 67
//   u32 targets │ predictions │ hits │ ranks              classes each
//   u32 confusion matrix, where it is kept here           classes²
//
// Exact sums, in order: loss, loss², Brier score, its square, confidence of
// each bin, (confidence − hit)² of each bin.

import { IGNORED, SCORED, TIED } from './row-scores';
import { load_one } from './widen';

const STATUS_MASK: u8 = 0x0f;
const BINS: i32 = 15;
/** Digit k of an exact sum counts multiples of 2^(32 k − 1087). */
const DIGITS: usize = 67;

const ROWS: usize = 128;
const DISTANCES: usize = 192;
const BIN_ROWS: usize = 208;
const BIN_HITS: usize = 272;
const NON_FINITE: usize = 336;
const PARTS: usize = 768;
const BIN_PARTS: usize = 960;
const BLOCK_ROWS: usize = 1680;
const SUMS: usize = 1744;
const CLASSES: usize = 19968;

/** Bytes of the parts of one vector: three of two i64. */
const PART: usize = 48;

/** Sums per column, and the first of those per bin. */
const LOSS: usize = 0;
const LOSS_SQUARE: usize = 1;
const BRIER: usize = 2;
const BRIER_SQUARE: usize = 3;
const CONFIDENCE: usize = 4;
const GAP: usize = 19;

/** What rows are noted for; `Watch` in src/types/row-tally.ts. */
const WATCH_SUM: i32 = 1;
const WATCH_KIND: i32 = 2;

/** As in the host: how far Σ p may lie from 1, or log Σ e^z from 0. */
const TOLERANCE: f64 = 1e-3;
const LOOSE: f64 = 1e-5;
const LARGEST_PROBABILITY: f64 = 1 + 1e-6;

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
const BLOCK: usize = 1 << 11;
const LARGE: i32 = 17;
const SMALL: i32 = 3;
const VAST: f64 = 256;
/** Position of the units of LARGE and SMALL in an exact sum, whose bit 0 counts 2^-1087. */
const ORIGIN: i32 = 1087 - 52;

/** Bits of 1.5 · 2^e. */
// @ts-ignore: decorator
@inline
function cutter(e: i32): i64 {
  return (<i64>(e + 1023) << 52) | (<i64>1 << 51);
}

/** What the loop needs, in vectors: engines would make constants anew in each turn. */
const CONSTANTS: usize = memory.data<u64>(
  [
    0x4108000000000000, 0x4108000000000000, // 1.5 · 2^17, 1.5 · 2^-35
    0x3dc8000000000000, 0x3dc8000000000000,
    0x4028000000000000, 0x4028000000000000, // 1.5 · 2^3, 1.5 · 2^-49
    0x3ce8000000000000, 0x3ce8000000000000,
    0x4070000000000000, 0x4070000000000000, // 256
    0x3ff0000000000000, 0x3ff0000000000000, // 1
    0x402e000000000000, 0x402e000000000000, // 15
    0x42b8000000000000, 0x42b8000000000000, // 1.5 · 2^44
  ],
  16,
);

/** How many of the first `count` rows are neither scored nor ignored. */
export function refused_rows(out: usize, capacity: usize, count: usize): u32 {
  const status = out + capacity * 56;
  let refused: u32 = 0;
  let r: usize = 0;
  const verdict = i8x16.splat(STATUS_MASK);
  const ignored = i8x16.splat(IGNORED);
  for (; r + 16 <= count; r += 16) {
    const statuses = v128.and(v128.load(status + r), verdict);
    refused += popcnt(i8x16.bitmask(i8x16.gt_u(statuses, ignored)));
  }
  for (; r < count; r++) {
    refused += u32((load<u8>(status + r) & STATUS_MASK) > IGNORED);
  }
  return refused;
}

// @ts-ignore: decorator
@inline
function increment(address: usize, by: u32 = 1): void {
  store<u32>(address, load<u32>(address) + by);
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
function add_any(tally: usize, sum: usize, value: f64): void {
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
function add_parts(at: usize, values: v128, coarse: v128, fine: v128): v128 {
  const first = f64x2.add(values, coarse);
  v128.store(at, i64x2.add(v128.load(at), first));
  const left = f64x2.sub(values, f64x2.sub(first, coarse));
  const second = f64x2.add(left, fine);
  v128.store(at, i64x2.add(v128.load(at, 16), second), 16);
  return f64x2.sub(left, f64x2.sub(second, fine));
}

/** Adds what {@link add_parts} left of two numbers, which belong to two sums or to one. */
function add_rest(tally: usize, at: usize, e: i32, one: usize, other: usize, left: v128): void {
  const finest = i64x2.splat(cutter(e - 104));
  const third = f64x2.add(left, finest);
  v128.store(at, i64x2.add(v128.load(at, 32), i64x2.sub(third, finest)), 32);
  const rest = f64x2.sub(left, f64x2.sub(third, finest));
  add_any(tally, one, f64x2.extract_lane(rest, 0));
  add_any(tally, other, f64x2.extract_lane(rest, 1));
}

/** Adds the parts of a block, which `count` vectors were added to, to the digits and clears them. */
function add_block(tally: usize, at: usize, e: i32, one: usize, other: usize, count: u32): void {
  for (let part = 0; part < 3; part++) {
    const finer = e - 52 * part;
    const cutters = part < 2 ? <i64>count * cutter(finer) : 0;
    const place = at + (<usize>part << 4);
    add_integer(tally, one, load<i64>(place) - cutters, finer + ORIGIN);
    add_integer(tally, other, load<i64>(place, 8) - cutters, finer + ORIGIN);
  }
  memory.fill(at, 0, PART);
}

/** Adds the bins of a block to those of the tally. */
function add_bins(tally: usize): void {
  for (let bin: usize = 0; bin < <usize>BINS; bin++) {
    const count = load<u32>(tally + BLOCK_ROWS + (bin << 2));
    if (count == 0) continue;
    store<u32>(tally + BLOCK_ROWS + (bin << 2), 0);
    increment(tally + BIN_ROWS + (bin << 2), count);
    add_block(tally, tally + BIN_PARTS + bin * PART, SMALL, CONFIDENCE + bin, GAP + bin, count);
  }
}

/** Adds one loss and its square, if it is too large for parts. @returns 1 if it is infinite */
function add_vast(tally: usize, loss: f64): u32 {
  if (abs(loss) < VAST) return 0;
  add_any(tally, LOSS, loss);
  add_any(tally, LOSS_SQUARE, loss * loss);
  return u32(loss == Infinity);
}

// @ts-ignore: decorator
@inline
function sum_of_lanes(v: v128): i64 {
  return i64x2.extract_lane(v, 0) + i64x2.extract_lane(v, 1);
}

/** Whether a row is probabilities. Rows of logits are known by their first numbers, as a rule. */
function sums_to_one<IN>(row: usize, classes: usize): bool {
  let sum: f64 = 0;
  for (let c: usize = 0; c < classes; c++) {
    const p = load_one<IN>(row + c * sizeof<IN>());
    if (!(p >= 0 && p <= LARGEST_PROBABILITY)) return false;
    sum += p;
  }
  return abs(sum - 1) <= TOLERANCE;
}

/** Number formats come in the order of src/engine/row-tally.ts. */
function is_probabilities(dtype: i32, scores: usize, row: usize, classes: usize): bool {
  const start = row * classes;
  if (dtype == 0) return sums_to_one<f32>(scores + (start << 2), classes);
  if (dtype == 1) return sums_to_one<f64>(scores + (start << 3), classes);
  if (dtype == 2) return sums_to_one<u16>(scores + (start << 1), classes);
  return sums_to_one<i16>(scores + (start << 1), classes);
}

/** How many scored rows of `from` … `to` are what {@link tally_rows} watches for. */
function count_noted(
  scores: usize,
  dtype: i32,
  from: usize,
  to: usize,
  classes: usize,
  watch: i32,
  out: usize,
  capacity: usize,
): u32 {
  const statuses = out + capacity * 56;
  const normalizers = out + capacity * 40;
  let noted: u32 = 0;
  for (let r = from; r < to; r++) {
    if ((load<u8>(statuses + r) & STATUS_MASK) != SCORED) continue;
    const normalizer = load<f64>(normalizers + (r << 3));
    if (watch == WATCH_SUM) {
      noted += u32(abs(normalizer - 1) > LOOSE);
    } else {
      // log Σ e^z = 0: log-probabilities.
      noted += u32(abs(normalizer) <= TOLERANCE || is_probabilities(dtype, scores, r, classes));
    }
  }
  return noted;
}

/** Counts one scored row, and adds its [confidence, gap²] to its bin. */
// @ts-ignore: decorator
@inline
function add_row(
  tally: usize,
  per_target: usize,
  classes: usize,
  confusion: bool,
  target: usize,
  prediction: usize,
  rank: usize,
  hit: u32,
  guess: i32,
  confidence: f64,
  confidence_and_gap: v128,
  coarse: v128,
  fine: v128,
): void {
  const column = classes << 2;
  const counts = per_target + (target << 2);
  const per_prediction = per_target + column;
  increment(counts);
  increment(counts + (column << 1), hit);
  increment(per_prediction + (prediction << 2));
  increment(per_prediction + (column << 1) + (rank << 2));
  if (confusion) {
    increment(per_target + (column << 2) + ((target * classes + prediction) << 2));
  }

  // A rounded product only guesses the bin; the edges decide.
  let bin = min(guess, BINS - 1);
  const edge = tally + (<usize>bin << 3);
  bin += i32(confidence >= load<f64>(edge, 8)) - i32(confidence < load<f64>(edge));
  const place = tally + (<usize>bin << 2);
  increment(place + BLOCK_ROWS);
  increment(place + BIN_HITS, hit);
  const at = tally + BIN_PARTS + <usize>bin * PART;
  const left = add_parts(at, confidence_and_gap, coarse, fine);
  if (v128.any_true(left)) {
    add_rest(tally, at, SMALL, CONFIDENCE + <usize>bin, GAP + <usize>bin, left);
  }
}

/**
 * Adds the first `rows` rows of a lease, which its kernel has scored.
 * @param watch what rows are noted for: 0, WATCH_SUM or WATCH_KIND
 * @param confusion whether the confusion matrix is kept here
 */
export function tally_rows(
  tally: usize,
  scores: usize,
  dtype: i32,
  rows: usize,
  classes: usize,
  targets: usize,
  eps: f64,
  watch: i32,
  confusion: bool,
  out: usize,
  capacity: usize,
): void {
  const per_target = tally + CLASSES;
  const losses = out + (capacity << 3);
  const confidences = out + (capacity << 4);
  const probabilities = out + capacity * 24;
  const squares = out + capacity * 32;
  const predictions = out + capacity * 48;
  const ranks = out + capacity * 52;
  const statuses = out + capacity * 56;

  const large = v128.load(CONSTANTS);
  const after_large = v128.load(CONSTANTS, 16);
  const small = v128.load(CONSTANTS, 32);
  const after_small = v128.load(CONSTANTS, 48);
  const vast = v128.load(CONSTANTS, 64);
  const one = v128.load(CONSTANTS, 80);
  const bins = v128.load(CONSTANTS, 96);
  const to_integer = v128.load(CONSTANTS, 112);
  const zero = f64x2.splat(0);
  const least = f64x2.splat(eps);
  const of_loss = tally + PARTS;
  const of_loss_square = of_loss + PART;
  const of_brier = of_loss_square + PART;
  const of_brier_square = of_brier + PART;

  for (let from: usize = 0; from < rows; from += BLOCK) {
    const to = min(rows, from + BLOCK);
    let left_out: u32 = 0;
    let ignored: u32 = 0;
    let tied: u32 = 0;
    let infinite: u32 = 0;
    let impossible = zero;
    let below = zero;
    let linear = zero;
    let quadratic = zero;

    // Two rows at a time: [even, odd].
    for (let r = from; r < to; r += 2) {
      let status = <u32>load<u16>(statuses + r);
      // There is no odd row at the end of an odd number.
      if (r + 1 == to) status = (status & 0xff) | (<u32>STATUS_MASK << 8);
      let loss = v128.load(losses + (r << 3));
      let probability = v128.load(probabilities + (r << 3));
      const sum_squares = v128.load(squares + (r << 3));
      let brier = f64x2.add(f64x2.sub(sum_squares, f64x2.add(probability, probability)), one);
      brier = f64x2.pmax(brier, zero);
      let target = v128.load64_zero(targets + (r << 2));
      let prediction = v128.load64_zero(predictions + (r << 2));
      if (status != 0) {
        const even = status & STATUS_MASK;
        const odd = (status >>> 8) & STATUS_MASK;
        tied += u32(even == SCORED && (status & TIED) != 0);
        tied += u32(odd == SCORED && ((status >>> 8) & TIED) != 0);
        ignored += u32(even == IGNORED) + u32(odd == IGNORED);
        left_out += u32(even != SCORED) + u32(odd != SCORED);
        const scored = i64x2.replace_lane(i64x2.splat(-i64(even == SCORED)), 1, -i64(odd == SCORED));
        loss = v128.and(loss, scored);
        brier = v128.and(brier, scored);
        probability = v128.or(probability, v128.not(scored)); // NaN
        const narrow = v128.shuffle<i32>(scored, scored, 0, 2, 0, 2);
        target = v128.and(target, narrow);
        prediction = v128.and(prediction, narrow);
      }
      impossible = i64x2.sub(impossible, f64x2.eq(probability, zero));
      below = i64x2.sub(below, f64x2.lt(probability, least));

      const usual = f64x2.lt(f64x2.abs(loss), vast);
      if (i64x2.bitmask(usual) != 3) {
        infinite += add_vast(tally, f64x2.extract_lane(loss, 0));
        infinite += add_vast(tally, f64x2.extract_lane(loss, 1));
        loss = v128.and(loss, usual);
      }
      const loss_square = f64x2.mul(loss, loss);
      const brier_square = f64x2.mul(brier, brier);
      const a = add_parts(of_loss, loss, large, after_large);
      const b = add_parts(of_loss_square, loss_square, large, after_large);
      const c = add_parts(of_brier, brier, small, after_small);
      const d = add_parts(of_brier_square, brier_square, small, after_small);
      if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
        add_rest(tally, of_loss, LARGE, LOSS, LOSS, a);
        add_rest(tally, of_loss_square, LARGE, LOSS_SQUARE, LOSS_SQUARE, b);
        add_rest(tally, of_brier, SMALL, BRIER, BRIER, c);
        add_rest(tally, of_brier_square, SMALL, BRIER_SQUARE, BRIER_SQUARE, d);
      }

      const distance = i32x4.sub(target, prediction);
      linear = i64x2.add(linear, i64x2.extend_low_i32x4_u(i32x4.abs(distance)));
      quadratic = i64x2.add(quadratic, i64x2.extmul_low_i32x4_s(distance, distance));

      const confidence = v128.load(confidences + (r << 3));
      const hit = i32x4.eq(target, prediction);
      const gap = f64x2.sub(confidence, v128.and(i64x2.extend_low_i32x4_s(hit), one));
      const gap_square = f64x2.mul(gap, gap);
      // 15 · confidence in units of 1/256.
      const guess = f64x2.add(f64x2.mul(confidence, bins), to_integer);
      if ((status & STATUS_MASK) == SCORED) {
        add_row(
          tally,
          per_target,
          classes,
          confusion,
          i32x4.extract_lane(target, 0),
          i32x4.extract_lane(prediction, 0),
          load<u32>(ranks + (r << 2)),
          -i32x4.extract_lane(hit, 0),
          i32x4.extract_lane(guess, 0) >> 8,
          f64x2.extract_lane(confidence, 0),
          v128.shuffle<f64>(confidence, gap_square, 0, 2),
          small,
          after_small,
        );
      }
      if (((status >>> 8) & STATUS_MASK) == SCORED) {
        add_row(
          tally,
          per_target,
          classes,
          confusion,
          i32x4.extract_lane(target, 1),
          i32x4.extract_lane(prediction, 1),
          load<u32>(ranks + (r << 2), 4),
          -i32x4.extract_lane(hit, 1),
          i32x4.extract_lane(guess, 2) >> 8,
          f64x2.extract_lane(confidence, 1),
          v128.shuffle<f64>(confidence, gap_square, 1, 3),
          small,
          after_small,
        );
      }
    }

    const pairs = <u32>((to - from + 1) >> 1);
    const scored = (pairs << 1) - left_out;
    const counts = tally + ROWS;
    increment(counts, scored);
    increment(counts + 4, ignored);
    increment(counts + 8, <u32>(to - from) - scored - ignored);
    increment(counts + 12, tied);
    increment(counts + 16, infinite);
    increment(counts + 20, <u32>sum_of_lanes(impossible));
    increment(counts + 24, <u32>sum_of_lanes(below));
    if (watch != 0) {
      const noted = count_noted(scores, dtype, from, to, classes, watch, out, capacity);
      increment(counts + 28, noted);
    }
    const distances = tally + DISTANCES;
    store<i64>(distances, load<i64>(distances) + sum_of_lanes(linear));
    store<i64>(distances, load<i64>(distances, 8) + sum_of_lanes(quadratic), 8);
    add_block(tally, of_loss, LARGE, LOSS, LOSS, pairs);
    add_block(tally, of_loss_square, LARGE, LOSS_SQUARE, LOSS_SQUARE, pairs);
    add_block(tally, of_brier, SMALL, BRIER, BRIER, pairs);
    add_block(tally, of_brier_square, SMALL, BRIER_SQUARE, BRIER_SQUARE, pairs);
    add_bins(tally);
  }
}
