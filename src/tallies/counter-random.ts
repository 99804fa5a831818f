/**
 * Random numbers without a state: each is a hash of a seed, a replicate and
 * the index of a row, so that what is drawn does not depend on how the rows
 * are split, nor on the order in which they come.
 */

import { rowHash } from '../types/row-hash.js';

/** 2³² · P(X ≤ k) of a Poisson variable of mean 1: past 12 there is less than 2⁻³². */
const POISSON = (() => {
  const bounds = new Float64Array(13);
  // 1/e as a literal: `Math.exp` has different last bits in different engines.
  let term = 0.36787944117144233;
  let sum = 0;
  for (let k = 0; k < bounds.length; k++) {
    if (k > 0) term /= k;
    sum += term;
    bounds[k] = sum * 2 ** 32;
  }
  bounds[12] = 2 ** 32;
  return bounds;
})();

/** What the upper 12 bits say of the variable; −1 where it takes the others: a look instead of steps that no processor foresees. */
const BY_UPPER_BITS = Int8Array.from({ length: 4096 }, (_, upper) => {
  const [least, most] = [upper * 2 ** 20, (upper + 1) * 2 ** 20 - 1].map(poissonOf);
  return least === most ? least : -1;
});

function poissonOf(bits: number): number {
  let k = 0;
  while (bits >= POISSON[k]) k++;
  return k;
}

/** Past this a Poisson variable is drawn from its normal approximation. */
const MOST_SUMMED = 256;
/** Uniform numbers in a normal one: their sum has kurtosis −6/(5·32), and no logarithm. */
const SUMMED = 32;

/** Draws of one replicate. */
export class CounterRandom {
  readonly #key: number;

  /** @param seed integer; @param replicate integer ≥ 0 */
  constructor(seed: number, replicate: number) {
    this.#key = rowHash(replicate, rowHash(Math.abs(seed), seed < 0 ? 1 : 0));
  }

  /** An integer of 0 … 2³² − 1 for an index of 0 … 2⁵³ − 1. */
  bits(index: number): number {
    return rowHash(index, this.#key);
  }

  /** A Poisson variable of mean 1. */
  poisson(index: number): number {
    const bits = this.bits(index);
    const k = BY_UPPER_BITS[bits >>> 20];
    return k >= 0 ? k : poissonOf(bits);
  }

  /**
   * A Poisson variable of mean `mean`, an integer: what as many draws of mean 1
   * add up to. Past 256 it is n + √n·z + (z² − 1)/6, rounded, with z close to normal:
   * mean, variance and skewness are right to a thousandth or better.
   * @param block number of the block of 2¹⁰ indices that are drawn from
   */
  poissonSum(block: number, mean: number): number {
    const from = block * 1024;
    if (mean <= MOST_SUMMED) {
      let sum = 0;
      for (let i = 0; i < mean; i++) sum += this.poisson(from + i);
      return sum;
    }
    let uniform = 0;
    for (let i = 0; i < SUMMED; i++) uniform += this.bits(from + i);
    // Σ of 32 numbers of 0 … 2³²: mean 16 · 2³², variance 32/12 · 2⁶⁴.
    const z = (uniform / 2 ** 32 - SUMMED / 2) / Math.sqrt(SUMMED / 12);
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * z + (z * z - 1) / 6));
  }
}

/** Ends of the middle `level` of sorted values, by linear interpolation between neighbours. */
export function middle(sorted: Float64Array, level: number): { low: number; high: number } {
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const first = sorted[below]!;
    const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
    return first === next ? first : first + (place - below) * (next - first);
  };
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}
