/** Intervals of square roots: of `rmse` from those of `mse`. */

import type { Interval } from './intervals.js';

/** The interval of a square root; an end below 0 counts as 0. */
export function roots(interval: Interval | null): Interval | null {
  if (interval === null) return null;
  return { low: Math.sqrt(Math.max(0, interval.low)), high: Math.sqrt(interval.high) };
}
