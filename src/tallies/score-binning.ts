/**
 * Bins that are fixed in advance and keep the order of scores: cut-off floats.
 *
 * A score falls into the bin of the 16-bit float that its bits begin with, so
 * every octave has equally many bins:
 *
 *     sign │ exponent │ mantissa, first 10 bits │ the rest, cut off
 *
 * To cut bits off never changes the order of two numbers; it may make them
 * equal. Neither does it to take the complement 1 − p of probabilities above
 * one half, which is exact there (Sterbenz), and to turn the order round.
 */

import { UsageError } from '../types/errors.js';

/**
 * How scores map to 65 536 bins.
 * - `real`: any numbers, logits and log-probabilities; 1024 bins per octave
 *   from 2⁻¹⁴ to 2¹⁶ on either side of 0, and a bin for each number of half precision.
 * - `probability`: 0 … 1; 1024 bins per octave of p, and of 1 − p above one half, down to 2⁻²⁸.
 * - `bfloat16`: the upper half of an f32; a bin for each bfloat16.
 */
export type ScoreBinning = 'real' | 'probability' | 'bfloat16';

export const SCORE_BINNINGS: readonly ScoreBinning[] = ['real', 'probability', 'bfloat16'];

/** 2 to this power is the number of bins. */
export const FULL_BITS = 16;
const BINS = 65536;
/** The bin of 0 and the smallest positive numbers. */
const ZERO = 32768;

/** A float that is cut short. */
interface Format {
  /** Bits of mantissa that are kept. */
  readonly mantissa: number;
  /** Octaves below this exponent share its spacing, as subnormal numbers do. */
  readonly lowest: number;
  /** From this exponent on 3 bits of mantissa are kept. */
  readonly coarse: number;
}

const FORMATS: Readonly<Record<ScoreBinning, Format>> = {
  real: { mantissa: 10, lowest: -14, coarse: 16 },
  probability: { mantissa: 10, lowest: -28, coarse: 16 },
  bfloat16: { mantissa: 7, lowest: -126, coarse: 128 },
};
const { real: REAL, probability: PROBABILITY, bfloat16: BFLOAT16 } = FORMATS;
const COARSE_MANTISSA = 3;
/** The last code of finite numbers, of `real` and of `bfloat16`; then comes infinity. */
const GREATEST_CODE = 0x7f7f;

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);
const words = new Uint32Array(double.buffer);
double[0] = -0;
const HIGH = words[1] === 0x80000000 ? 1 : 0;

/** Puts the bins of `count` scores, 0 … 65535, into `bins`. Larger scores never have smaller bins. */
export function fillBins(
  binning: ScoreBinning,
  scores: Float64Array,
  count: number,
  bins: Int32Array,
): void {
  if (binning === 'probability') {
    for (let i = 0; i < count; i++) bins[i] = probabilityBin(scores[i]);
  } else if (binning === 'real') {
    for (let i = 0; i < count; i++) bins[i] = signedBin(scores[i], REAL);
  } else {
    for (let i = 0; i < count; i++) bins[i] = signedBin(scores[i], BFLOAT16);
  }
}

function signedBin(score: number, format: Format): number {
  const code = codeOf(Math.abs(score), format);
  return score >= 0 ? ZERO + code : ZERO - 1 - code;
}

function probabilityBin(p: number): number {
  if (!(p > 0)) return 0;
  if (p <= 0.5) return codeOf(p, PROBABILITY);
  return p >= 1 ? BINS - 1 : BINS - 1 - codeOf(1 - p, PROBABILITY);
}

/** Code of a number ≥ 0: its bits, less those that are cut off. */
function codeOf(size: number, { mantissa, lowest, coarse }: Format): number {
  if (size < 2 ** lowest) return Math.trunc(size * 2 ** (mantissa - lowest));
  double[0] = size;
  const word = words[HIGH];
  if (size < 2 ** coarse) return (word >>> (20 - mantissa)) - ((lowest + 1022) << mantissa);
  if (size === Number.POSITIVE_INFINITY) return GREATEST_CODE + 1;
  const past = (word >>> (20 - COARSE_MANTISSA)) - ((coarse + 1023) << COARSE_MANTISSA);
  return Math.min(((coarse - lowest + 1) << mantissa) + past, GREATEST_CODE);
}

/** The smallest number with a code. */
function leastOfCode(code: number, { mantissa, lowest, coarse }: Format): number {
  if (code > GREATEST_CODE) return Number.POSITIVE_INFINITY;
  const coarseCode = (coarse - lowest + 1) << mantissa;
  if (code >= coarseCode) return float(code - coarseCode, COARSE_MANTISSA, coarse);
  if (code < 1 << mantissa) return code * 2 ** (lowest - mantissa);
  return float(code - (1 << mantissa), mantissa, lowest);
}

function float(code: number, mantissa: number, exponent: number): number {
  const within = code & ((1 << mantissa) - 1);
  return (1 + within / (1 << mantissa)) * 2 ** (exponent + (code >>> mantissa));
}

/**
 * A number that parts a bin from those below: every score of it or of a higher
 * bin is as large or larger, every other one smaller.
 */
export function lowerEdge(binning: ScoreBinning, bin: number): number {
  if (binning === 'probability') return probabilityEdge(bin);
  const format = FORMATS[binning];
  if (bin >= ZERO) return leastOfCode(bin - ZERO, format);
  // Below zero a bin ends where the next code begins.
  const next = ZERO - bin;
  return next > GREATEST_CODE + 1
    ? Number.NEGATIVE_INFINITY
    : justAbove(-leastOfCode(next, format));
}

function probabilityEdge(bin: number): number {
  if (bin === 0) return Number.NEGATIVE_INFINITY;
  const half = codeOf(0.5, PROBABILITY);
  if (bin <= half) return leastOfCode(bin, PROBABILITY);
  return justAbove(1 - leastOfCode(Math.min(BINS - bin, half), PROBABILITY));
}

/** The next double. */
function justAbove(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  double[0] = x;
  bits[0] += x < 0 ? -1n : 1n;
  return double[0];
}

/** @throws UsageError `bad-option` */
export function requireBinning(binning: unknown): ScoreBinning {
  if (SCORE_BINNINGS.includes(binning as ScoreBinning)) return binning as ScoreBinning;
  throw new UsageError(
    'bad-option',
    `Option binning is ${JSON.stringify(binning)}; expected one of ${SCORE_BINNINGS.join(', ')}.`,
  );
}
