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
//   v128 sums of [confidence, gap²] per bin and part      15 × 3
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
const SUMS: usize = 1488;
const CLASSES: usize = 19712;

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
 * Numbers of [2^-58, 2^16) are cut into three integers below 2^42; 2^11 of
 * each add up in an f64 without error. Others go into the digits one by one.
 */
const BLOCK: usize = 1 << 11;
const LOW: f64 = reinterpret<f64>(<u64>0x3c50000000000000); // 2^-58
const HIGH: f64 = 65536;
const FIRST_SCALE: f64 = 67108864; // 2^26
const NEXT_SCALE: f64 = 4398046511104; // 2^42
const FIRST_UNIT: f64 = reinterpret<f64>(<u64>0x3e50000000000000); // 2^-26
const SECOND_UNIT: f64 = reinterpret<f64>(<u64>0x3bb0000000000000); // 2^-68
const THIRD_UNIT: f64 = reinterpret<f64>(<u64>0x3910000000000000); // 2^-110

/** How many of the first `count` rows are neither scored nor ignored. */
export function refused_rows(out: usize, capacity: usize, count: usize): u32 {
  const status = out + capacity * 56;
  let refused: u32 = 0;
  for (let r: usize = 0; r < count; r++) {
    refused += u32((load<u8>(status + r) & STATUS_MASK) > IGNORED);
  }
  return refused;
}

// @ts-ignore: decorator
@inline
function increment(address: usize, by: u32 = 1): void {
  store<u32>(address, load<u32>(address) + by);
}

/** Adds a value of whatever magnitude: 53 bits, shifted, over three digits. */
function add_any(tally: usize, sum: usize, value: f64): void {
  if (value == 0) return;
  const bits = reinterpret<u64>(value);
  const biased = <u32>(bits >>> 52) & 0x7ff;
  if (biased == 0x7ff) {
    const kind: usize = value > 0 ? 0 : value < 0 ? 1 : 2;
    increment(tally + NON_FINITE + (sum * 3 + kind) * 4);
    return;
  }
  let mantissa = bits & 0x000fffffffffffff;
  if (biased != 0) mantissa |= 0x0010000000000000;
  // A double is mantissa · 2^(exponent − 1075); subnormals have the exponent 1.
  const shift = max<u32>(biased, 1) + 12;
  const within = shift & 31;
  const rest = mantissa >>> (32 - within);
  const sign: i64 = value < 0 ? -1 : 1;
  const place = tally + SUMS + (sum * DIGITS + (shift >>> 5)) * 8;
  store<i64>(place, load<i64>(place) + sign * <i64>((mantissa << within) & 0xffffffff));
  store<i64>(place, load<i64>(place, 8) + sign * <i64>(rest & 0xffffffff), 8);
  const top = rest >>> 32;
  if (top != 0) store<i64>(place, load<i64>(place, 16) + sign * <i64>top, 16);
}

/** Adds a value that the blocks leave out. */
function add_stray(tally: usize, sum: usize, value: f64): void {
  const size = abs(value);
  if (!(size >= LOW && size < HIGH)) add_any(tally, sum, value);
}

/** Adds the three sums of a column of a block. */
function add_parts(tally: usize, sum: usize, first: f64, second: f64, third: f64): void {
  add_any(tally, sum, first * FIRST_UNIT);
  add_any(tally, sum, second * SECOND_UNIT);
  add_any(tally, sum, third * THIRD_UNIT);
}

/** Adds two columns of a block. */
function add_pair(tally: usize, one: usize, other: usize, first: v128, second: v128, third: v128): void {
  add_parts(
    tally,
    one,
    f64x2.extract_lane(first, 0),
    f64x2.extract_lane(second, 0),
    f64x2.extract_lane(third, 0),
  );
  add_parts(
    tally,
    other,
    f64x2.extract_lane(first, 1),
    f64x2.extract_lane(second, 1),
    f64x2.extract_lane(third, 1),
  );
}

/** The lanes that the blocks take. */
// @ts-ignore: decorator
@inline
function ordinary(v: v128): v128 {
  const size = f64x2.abs(v);
  return v128.and(f64x2.ge(size, f64x2.splat(LOW)), f64x2.lt(size, f64x2.splat(HIGH)));
}

/** Adds the bins of a block to the digits and clears them. */
function add_bins(tally: usize): void {
  for (let bin: usize = 0; bin < <usize>BINS; bin++) {
    const part = tally + PARTS + bin * 48;
    const first = v128.load(part, 0);
    const second = v128.load(part, 16);
    const third = v128.load(part, 32);
    if (!v128.any_true(v128.or(v128.or(first, second), third))) continue;
    add_pair(tally, CONFIDENCE + bin, GAP + bin, first, second, third);
    memory.fill(part, 0, 48);
  }
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
  const per_prediction = per_target + (classes << 2);
  const per_hit = per_prediction + (classes << 2);
  const per_rank = per_hit + (classes << 2);
  const cells = per_rank + (classes << 2);

  for (let from: usize = 0; from < rows; from += BLOCK) {
    const to = min(rows, from + BLOCK);
    let scored: u32 = 0;
    let ignored: u32 = 0;
    let tied: u32 = 0;
    let infinite: u32 = 0;
    let impossible: u32 = 0;
    let below: u32 = 0;
    let noted: u32 = 0;
    let linear: i64 = 0;
    let quadratic: i64 = 0;
    // [loss, Brier score] and their squares, in three parts each.
    let first = f64x2.splat(0);
    let second = f64x2.splat(0);
    let third = f64x2.splat(0);
    let first_square = f64x2.splat(0);
    let second_square = f64x2.splat(0);
    let third_square = f64x2.splat(0);
    const whole = f64x2.splat(FIRST_SCALE);
    const next = f64x2.splat(NEXT_SCALE);

    for (let r = from; r < to; r++) {
      const status = load<u8>(out + capacity * 56 + r);
      if ((status & STATUS_MASK) != SCORED) {
        ignored += u32((status & STATUS_MASK) == IGNORED);
        continue;
      }
      scored++;
      tied += u32((status & TIED) != 0);
      const target = load<u32>(targets + (r << 2));
      const whole_numbers = out + capacity * 48 + (r << 2);
      const prediction = load<u32>(whole_numbers);
      const rank = load<u32>(whole_numbers + (capacity << 2));
      const hit = u32(target == prediction);
      increment(per_target + (<usize>target << 2));
      increment(per_prediction + (<usize>prediction << 2));
      increment(per_hit + (<usize>target << 2), hit);
      increment(per_rank + (<usize>rank << 2));
      if (confusion) increment(cells + ((<usize>target * classes + <usize>prediction) << 2));
      const distance = <i64>target - <i64>prediction;
      linear += abs(distance);
      quadratic += distance * distance;

      const real = out + (r << 3);
      const loss = load<f64>(real + (capacity << 3));
      const confidence = load<f64>(real + (capacity << 4));
      const probability = load<f64>(real + capacity * 24);
      infinite += u32(loss == Infinity);
      impossible += u32(probability == 0);
      below += u32(probability < eps);
      const brier = max<f64>(load<f64>(real + capacity * 32) - 2 * probability + 1, 0);

      const values = f64x2.replace_lane(f64x2.splat(loss), 1, brier);
      const squares = f64x2.mul(values, values);
      const taken = ordinary(values);
      const taken_squares = ordinary(squares);
      const scaled = f64x2.mul(v128.and(values, taken), whole);
      const a = f64x2.trunc(scaled);
      const after_a = f64x2.mul(f64x2.sub(scaled, a), next);
      const b = f64x2.trunc(after_a);
      first = f64x2.add(first, a);
      second = f64x2.add(second, b);
      third = f64x2.add(third, f64x2.mul(f64x2.sub(after_a, b), next));
      const scaled_square = f64x2.mul(v128.and(squares, taken_squares), whole);
      const d = f64x2.trunc(scaled_square);
      const after_d = f64x2.mul(f64x2.sub(scaled_square, d), next);
      const e = f64x2.trunc(after_d);
      first_square = f64x2.add(first_square, d);
      second_square = f64x2.add(second_square, e);
      third_square = f64x2.add(third_square, f64x2.mul(f64x2.sub(after_d, e), next));
      if (!i64x2.all_true(v128.and(taken, taken_squares))) {
        add_stray(tally, LOSS, loss);
        add_stray(tally, BRIER, brier);
        add_stray(tally, LOSS_SQUARE, f64x2.extract_lane(squares, 0));
        add_stray(tally, BRIER_SQUARE, f64x2.extract_lane(squares, 1));
      }

      // A rounded product only guesses the bin; the edges decide.
      let bin = min(<i32>(confidence * <f64>BINS), BINS - 1);
      const edge = tally + (<usize>bin << 3);
      if (confidence < load<f64>(edge)) bin--;
      else if (confidence >= load<f64>(edge, 8)) bin++;
      increment(tally + BIN_ROWS + (<usize>bin << 2));
      increment(tally + BIN_HITS + (<usize>bin << 2), hit);
      const gap = confidence - <f64>hit;
      const square = gap * gap;
      const pair = f64x2.replace_lane(f64x2.splat(confidence), 1, square);
      const taken_pair = ordinary(pair);
      const part = tally + PARTS + <usize>bin * 48;
      const scaled_pair = f64x2.mul(v128.and(pair, taken_pair), whole);
      const f = f64x2.trunc(scaled_pair);
      const after_f = f64x2.mul(f64x2.sub(scaled_pair, f), next);
      const g = f64x2.trunc(after_f);
      v128.store(part, f64x2.add(v128.load(part, 0), f), 0);
      v128.store(part, f64x2.add(v128.load(part, 16), g), 16);
      const h = f64x2.mul(f64x2.sub(after_f, g), next);
      v128.store(part, f64x2.add(v128.load(part, 32), h), 32);
      if (!i64x2.all_true(taken_pair)) {
        add_stray(tally, CONFIDENCE + <usize>bin, confidence);
        add_stray(tally, GAP + <usize>bin, square);
      }

      if (watch == WATCH_SUM) {
        noted += u32(abs(load<f64>(real + capacity * 40) - 1) > LOOSE);
      } else if (watch == WATCH_KIND) {
        // log Σ e^z = 0: log-probabilities.
        const normalizer = load<f64>(real + capacity * 40);
        noted += u32(abs(normalizer) <= TOLERANCE || is_probabilities(dtype, scores, r, classes));
      }
    }

    const counts = tally + ROWS;
    increment(counts, scored);
    increment(counts + 4, ignored);
    increment(counts + 8, <u32>(to - from) - scored - ignored);
    increment(counts + 12, tied);
    increment(counts + 16, infinite);
    increment(counts + 20, impossible);
    increment(counts + 24, below);
    increment(counts + 28, noted);
    const distances = tally + DISTANCES;
    store<i64>(distances, load<i64>(distances) + linear);
    store<i64>(distances, load<i64>(distances, 8) + quadratic, 8);
    add_pair(tally, LOSS, BRIER, first, second, third);
    add_pair(tally, LOSS_SQUARE, BRIER_SQUARE, first_square, second_square, third_square);
    add_bins(tally);
  }
}
