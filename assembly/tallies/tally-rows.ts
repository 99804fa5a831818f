// What a tally needs of row scores, added up where they lie: counts per class,
// confusion matrix, ranks, calibration bins and exact sums.

import { CLASSES, EPS, FLAGS, TALLY, TARGETS, WATCH } from '../call';
import {
  CONFIDENCE,
  IGNORED,
  LOSS,
  PREDICTION,
  RANK,
  real_at,
  SCORED,
  STATUS_MASK,
  status_at,
  SUM_SQUARES,
  TARGET_PROBABILITY,
  TIED,
  word_at,
} from '../scores/row-scores';
import { add_any, add_block, add_left, add_parts, BLOCK, LARGE, SMALL, VAST } from './exact-sums';
import { count_noted } from './noted-rows';
import {
  BIN_HITS,
  BIN_PARTS,
  BIN_ROWS,
  BINS,
  BLOCK_ROWS,
  DISTANCES,
  increment,
  PART,
  PARTS,
  PER_CLASS,
  ROWS,
  SUM_OF_BRIER,
  SUM_OF_BRIER_SQUARE,
  SUM_OF_CONFIDENCE,
  SUM_OF_GAP,
  SUM_OF_LOSS,
  SUM_OF_LOSS_SQUARE,
} from './tally-layout';

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

/** Adds the bins of a block to those of the tally. */
function add_bins(tally: usize): void {
  for (let bin: usize = 0; bin < BINS; bin++) {
    const count = load<u32>(tally + BLOCK_ROWS + (bin << 2));
    if (count == 0) continue;
    store<u32>(tally + BLOCK_ROWS + (bin << 2), 0);
    increment(tally + BIN_ROWS + (bin << 2), count);
    const at = tally + BIN_PARTS + bin * PART;
    add_block(tally, at, SMALL, SUM_OF_CONFIDENCE + bin, SUM_OF_GAP + bin, count);
  }
}

/** Adds one loss and its square, if it is too large for parts, and counts it if it is infinite. */
function add_vast(tally: usize, loss: f64): void {
  if (abs(loss) < VAST) return;
  add_any(tally, SUM_OF_LOSS, loss);
  add_any(tally, SUM_OF_LOSS_SQUARE, loss * loss);
  if (loss == Infinity) increment(tally + ROWS + 16);
}

// @ts-ignore: decorator
@inline
function sum_of_lanes(v: v128): i64 {
  return i64x2.extract_lane(v, 0) + i64x2.extract_lane(v, 1);
}

/**
 * Adds the losses and Brier scores of two rows, and their squares.
 * @param large cutter of losses, and the next one; `small` of Brier scores
 */
// @ts-ignore: decorator
@inline
function add_moments(
  tally: usize,
  loss: v128,
  brier: v128,
  large: v128,
  after_large: v128,
  small: v128,
  after_small: v128,
): void {
  const parts = tally + PARTS;
  const a = add_parts(parts, loss, large, after_large);
  const b = add_parts(parts + PART, f64x2.mul(loss, loss), large, after_large);
  const c = add_parts(parts + 2 * PART, brier, small, after_small);
  const d = add_parts(parts + 3 * PART, f64x2.mul(brier, brier), small, after_small);
  if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
    add_left(tally, parts, LARGE, SUM_OF_LOSS, SUM_OF_LOSS, a);
    add_left(tally, parts + PART, LARGE, SUM_OF_LOSS_SQUARE, SUM_OF_LOSS_SQUARE, b);
    add_left(tally, parts + 2 * PART, SMALL, SUM_OF_BRIER, SUM_OF_BRIER, c);
    add_left(tally, parts + 3 * PART, SMALL, SUM_OF_BRIER_SQUARE, SUM_OF_BRIER_SQUARE, d);
  }
}

/**
 * Counts one scored row, and adds its [confidence, gap²] to its bin.
 * @param guess of the bin, from a rounded product
 */
// @ts-ignore: decorator
@inline
function add_row(
  tally: usize,
  classes: usize,
  target: usize,
  prediction: usize,
  rank: usize,
  guess: i32,
  confidence_and_gap: v128,
  coarse: v128,
  fine: v128,
): void {
  const column = classes << 2;
  const hit = u32(target == prediction);
  const per_target = tally + PER_CLASS;
  const counts = per_target + (target << 2);
  const per_prediction = per_target + column;
  increment(counts);
  increment(counts + (column << 1), hit);
  increment(per_prediction + (prediction << 2));
  increment(per_prediction + (column << 1) + (rank << 2));
  if (load<u32>(FLAGS)) {
    increment(per_target + (column << 2) + ((target * classes + prediction) << 2));
  }

  // The edges decide.
  let bin = <usize>min(guess, <i32>BINS - 1);
  const edge = tally + (bin << 3);
  const confidence = f64x2.extract_lane(confidence_and_gap, 0);
  bin += usize(confidence >= load<f64>(edge, 8)) - usize(confidence < load<f64>(edge));
  const place = tally + (bin << 2);
  increment(place + BLOCK_ROWS);
  increment(place + BIN_HITS, hit);
  const at = tally + BIN_PARTS + bin * PART;
  const left = add_parts(at, confidence_and_gap, coarse, fine);
  add_left(tally, at, SMALL, SUM_OF_CONFIDENCE + bin, SUM_OF_GAP + bin, left);
}

/** Counts those of rows r and r + 1 that are scored: {@link add_row}. */
// @ts-ignore: decorator
@inline
function add_pair(
  tally: usize,
  classes: usize,
  r: usize,
  status: u32,
  target: v128,
  prediction: v128,
  one: v128,
  small: v128,
  after_small: v128,
): void {
  const confidence = v128.load(real_at(CONFIDENCE, r));
  const hit = i64x2.extend_low_i32x4_s(i32x4.eq(target, prediction));
  const gap = f64x2.sub(confidence, v128.and(hit, one));
  const gap_square = f64x2.mul(gap, gap);
  // 15 · confidence in units of 1/256.
  const product = f64x2.mul(confidence, v128.load(CONSTANTS, 96));
  const guess = f64x2.add(product, v128.load(CONSTANTS, 112));
  if ((status & STATUS_MASK) == SCORED) {
    add_row(
      tally,
      classes,
      i32x4.extract_lane(target, 0),
      i32x4.extract_lane(prediction, 0),
      load<u32>(word_at(RANK, r)),
      i32x4.extract_lane(guess, 0) >> 8,
      v128.shuffle<f64>(confidence, gap_square, 0, 2),
      small,
      after_small,
    );
  }
  if (((status >>> 8) & STATUS_MASK) == SCORED) {
    add_row(
      tally,
      classes,
      i32x4.extract_lane(target, 1),
      i32x4.extract_lane(prediction, 1),
      load<u32>(word_at(RANK, r), 4),
      i32x4.extract_lane(guess, 2) >> 8,
      v128.shuffle<f64>(confidence, gap_square, 1, 3),
      small,
      after_small,
    );
  }
}

/**
 * Counts what two rows are beside scored, of which not both have status 0.
 * @returns how many are not scored
 */
// @ts-ignore: decorator
@inline
function count_statuses(tally: usize, status: u32): u32 {
  const even = status & STATUS_MASK;
  const odd = (status >>> 8) & STATUS_MASK;
  increment(tally + ROWS + 4, u32(even == IGNORED) + u32(odd == IGNORED));
  const even_tied = u32(even == SCORED && (status & TIED) != 0);
  increment(tally + ROWS + 12, even_tied + u32(odd == SCORED && ((status >>> 8) & TIED) != 0));
  return u32(even != SCORED) + u32(odd != SCORED);
}

/** Lanes of those of two rows that are scored. */
// @ts-ignore: decorator
@inline
function scored_lanes(status: u32): v128 {
  const even = i64x2.splat(-i64((status & STATUS_MASK) == SCORED));
  return i64x2.replace_lane(even, 1, -i64(((status >>> 8) & STATUS_MASK) == SCORED));
}

/** Adds Σ|t − p| and Σ(t − p)² of a block. */
// @ts-ignore: decorator
@inline
function add_distances(at: usize, linear: v128, quadratic: v128): void {
  store<i64>(at, load<i64>(at) + sum_of_lanes(linear));
  store<i64>(at, load<i64>(at, 8) + sum_of_lanes(quadratic), 8);
}

/** Adds what the exact sums and the bins have gathered over a block of so many pairs of rows. */
// @ts-ignore: decorator
@inline
function finish_sums(tally: usize, pairs: u32): void {
  const parts = tally + PARTS;
  add_block(tally, parts, LARGE, SUM_OF_LOSS, SUM_OF_LOSS, pairs);
  add_block(tally, parts + PART, LARGE, SUM_OF_LOSS_SQUARE, SUM_OF_LOSS_SQUARE, pairs);
  add_block(tally, parts + 2 * PART, SMALL, SUM_OF_BRIER, SUM_OF_BRIER, pairs);
  add_block(tally, parts + 3 * PART, SMALL, SUM_OF_BRIER_SQUARE, SUM_OF_BRIER_SQUARE, pairs);
  add_bins(tally);
}

/** Adds rows `from` … `to − 1`, at most {@link BLOCK}. */
// @ts-ignore: decorator
@inline
function tally_block(from: usize, to: usize): void {
  const tally = load<usize>(TALLY);
  const classes = load<usize>(CLASSES);
  const counts = tally + ROWS;
  const ignored_before = load<u32>(counts, 4);
  const large = v128.load(CONSTANTS);
  const after_large = v128.load(CONSTANTS, 16);
  const small = v128.load(CONSTANTS, 32);
  const after_small = v128.load(CONSTANTS, 48);
  const vast = v128.load(CONSTANTS, 64);
  const one = v128.load(CONSTANTS, 80);
  const zero = f64x2.splat(0);
  const least = f64x2.splat(load<f64>(EPS));
  let impossible = zero;
  let below = zero;
  let linear = zero;
  let quadratic = zero;
  let left_out: u32 = 0;

  // Two rows at a time: [even, odd].
  for (let r = from; r < to; r += 2) {
    let status = <u32>load<u16>(status_at(r));
    // There is no odd row at the end of an odd number.
    if (r + 1 == to) status = (status & 0xff) | (<u32>STATUS_MASK << 8);
    let loss = v128.load(real_at(LOSS, r));
    let probability = v128.load(real_at(TARGET_PROBABILITY, r));
    const sum_squares = v128.load(real_at(SUM_SQUARES, r));
    let brier = f64x2.add(f64x2.sub(sum_squares, f64x2.add(probability, probability)), one);
    brier = f64x2.pmax(brier, zero);
    let target = v128.load64_zero(load<usize>(TARGETS) + (r << 2));
    let prediction = v128.load64_zero(word_at(PREDICTION, r));
    if (status != 0) {
      left_out += count_statuses(tally, status);
      const scored = scored_lanes(status);
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
    if (!i64x2.all_true(usual)) {
      add_vast(tally, f64x2.extract_lane(loss, 0));
      add_vast(tally, f64x2.extract_lane(loss, 1));
      loss = v128.and(loss, usual);
    }
    add_moments(tally, loss, brier, large, after_large, small, after_small);
    const distance = i32x4.sub(target, prediction);
    linear = i64x2.add(linear, i64x2.extend_low_i32x4_u(i32x4.abs(distance)));
    quadratic = i64x2.add(quadratic, i64x2.extmul_low_i32x4_s(distance, distance));

    add_pair(tally, classes, r, status, target, prediction, one, small, after_small);
  }

  const pairs = <u32>((to - from + 1) >> 1);
  const scored = (pairs << 1) - left_out;
  increment(counts, scored);
  increment(counts + 8, <u32>(to - from) - scored - (load<u32>(counts, 4) - ignored_before));
  increment(counts + 20, <u32>sum_of_lanes(impossible));
  increment(counts + 24, <u32>sum_of_lanes(below));
  if (load<u32>(WATCH) != 0) increment(counts + 28, count_noted(from, to));
  add_distances(tally + DISTANCES, linear, quadratic);
  finish_sums(tally, pairs);
}

/**
 * Adds the first `rows` rows of a lease, which its kernel has scored. FLAGS is
 * 1 where the confusion matrix is kept here.
 */
export function tally_rows(rows: usize): void {
  for (let from: usize = 0; from < rows; from += BLOCK) {
    tally_block(from, min(rows, from + BLOCK));
  }
}
