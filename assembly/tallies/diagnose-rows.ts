// What a diagnosis adds up of the losses of scored rows, and which rows it has
// to look at one by one: those that a sample takes by a hash of their index,
// the worst, and those whose loss does not fit the sums here.
//
// Sums lie in memory thus; src/engine/loss-sums.ts holds the same order.
//
//   i32 rows of the call that were scored, and room up to      24
//   f64 [rows, Σ wholes, Σ units] per bin of the loss          3 × 4081
//   f64 [Σ a, Σ b, Σ c, Σ d] per target class                  4 × classes
//
// All sums are of integers below 2^33, so 2^19 rows add up without error.

import { HASH_LIMIT, HASH_SEED, LOSSES, OUT, STATUS, TALLY, TARGETS, WORST } from '../call';
import { SCORED, STATUS_MASK } from '../scores/row-scores';

const BINS: usize = 24;
const BIN_COUNT: usize = 4081;
const BIN_BYTES: usize = 24;
const CLASSES: usize = BINS + BIN_BYTES * BIN_COUNT;
const CLASS_BYTES: usize = 32;

/** A bin is the first 13 bits of the loss as a float: sixteen to an octave. */
const BIN_SHIFT: u32 = 19;
/** Losses that fit the four integers of a class: multiples of 2^-116 below 2^12. */
const LEAST: f64 = 1.0842021724855044e-19;
const MOST: f64 = 4096;
const WORD: f64 = 4294967296;

/** As mix in src/types/row-hash.ts. */
// @ts-ignore: decorator
@inline
function mix(x: u32): u32 {
  let h = x;
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

/** Adds a loss that fits to the sums of its bin and of its target's class. */
// @ts-ignore: decorator
@inline
function add_loss(sums: usize, loss: f64, target: usize): void {
  const bin = reinterpret<u32>(<f32>loss) >> BIN_SHIFT;
  const at = sums + BINS + BIN_BYTES * bin;
  store<f64>(at, load<f64>(at) + 1);
  if (loss == 0) return;
  // 2^(20 − e) for the octave [2^e, 2^(e + 1)) of the bin.
  const scale = reinterpret<f64>((1170 - <u64>(bin >> 4)) << 52);
  const scaled = loss * scale;
  const whole = trunc(scaled);
  store<f64>(at, load<f64>(at, 8) + whole, 8);
  store<f64>(at, load<f64>(at, 16) + (scaled - whole) * (2 * WORD), 16);
  const class_at = sums + CLASSES + CLASS_BYTES * target;
  const large = loss * 1048576;
  const a = trunc(large);
  const after_a = (large - a) * WORD;
  const b = trunc(after_a);
  const after_b = (after_a - b) * WORD;
  const c = trunc(after_b);
  store<f64>(class_at, load<f64>(class_at) + a);
  store<f64>(class_at, load<f64>(class_at, 8) + b, 8);
  store<f64>(class_at, load<f64>(class_at, 16) + c, 16);
  store<f64>(class_at, load<f64>(class_at, 24) + (after_b - c) * WORD, 24);
}

/**
 * Adds `count` rows. OUT takes the distances of the rows to look at, i32.
 * @param high what the rows share of their hash; `row` the low word of the first one's index
 * @returns how many there are
 */
export function diagnose_rows(count: i32, high: u32, row: u32): i32 {
  const sums = load<usize>(TALLY);
  const status = load<usize>(STATUS);
  const nll = load<usize>(LOSSES);
  const targets = load<usize>(TARGETS);
  const into = load<usize>(OUT);
  const seed = load<u32>(HASH_SEED);
  const limit = load<u32>(HASH_LIMIT);
  const worst = load<f64>(WORST);
  let scored = 0;
  let found: usize = 0;
  const start = high + 0x9e3779b9 + row;
  for (let i: usize = 0; i < <usize>count; i++) {
    if ((load<u8>(status + i) & STATUS_MASK) != SCORED) continue;
    scored++;
    const loss = max(0.0, load<f64>(nll + 8 * i));
    const fits = loss == 0 || (loss >= LEAST && loss < MOST);
    const hash = mix(mix(start + <u32>i) ^ seed);
    store<i32>(into + 4 * found, <i32>i);
    found += <usize>(hash <= limit) | <usize>(loss >= worst) | <usize>!fits;
    if (fits) add_loss(sums, loss, <usize>load<i32>(targets + 4 * i));
  }
  store<i32>(sums, load<i32>(sums) + scored);
  return <i32>found;
}
