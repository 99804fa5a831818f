/** 95 % intervals of proportions and means. */

import type { Mean, WeightTotals } from '../tallies/ratio-moments.js';

/** 97.5 % quantile of the standard normal distribution. */
export const Z_95 = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval (J. Am. Stat. Assoc. 22, 1927) of a proportion.
 * Weighted rows count as (Σw)² / Σw², Kish's effective number.
 * @returns null without rows.
 */
export function wilson(proportion: number, totals: WeightTotals): Interval | null {
  const n = (totals.weight / totals.weightSquares) * totals.weight;
  if (!(n > 0) || !Number.isFinite(n) || Number.isNaN(proportion)) return null;
  const z2 = Z_95 * Z_95;
  const centre = (proportion + z2 / (2 * n)) / (1 + z2 / n);
  const spread = (proportion * (1 - proportion)) / n + z2 / (4 * n * n);
  const half = (Z_95 / (1 + z2 / n)) * Math.sqrt(spread);
  // The ends 0 and 1 are exact; rounding must not move the interval off them, nor off the
  // proportion, which may lie within a rounding error of them.
  return {
    low: proportion <= 0 ? 0 : Math.min(proportion, Math.max(0, centre - half)),
    high: proportion >= 1 ? 1 : Math.max(proportion, Math.min(1, centre + half)),
  };
}

/**
 * mean ± z · standard error.
 * @returns null where the mean or its error is no finite number, or where a
 *   single row leaves the error unknown.
 */
export function normal({ mean, standardError }: Mean, rows: number): Interval | null {
  if (!Number.isFinite(mean) || !Number.isFinite(standardError) || rows < 2) return null;
  return { low: mean - Z_95 * standardError, high: mean + Z_95 * standardError };
}
