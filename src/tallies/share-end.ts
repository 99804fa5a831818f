/** Where a share of the weight of ordered values ends: what quantiles are read off. */

import { exactSum } from './exact-sums.js';

/** Places on both sides of the end of a share; twice the same where it falls into a value. */
export interface Places {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Where a share q of the weight ends, in a list in order of weights above 0. They are added up
 * in two doubles, so that an end between two places is found for what it is.
 */
export function around(q: number, count: number, weights: Float64Array | null): Places {
  if (weights === null) {
    const end = q * count;
    const lower = Math.min(count - 1, Math.max(0, Math.ceil(end) - 1));
    return {
      lower,
      upper: Number.isInteger(end) && end > 0 ? Math.min(count - 1, lower + 1) : lower,
    };
  }
  const total = exactSum(weights.subarray(0, count));
  const end = q * total;
  let sum = 0;
  let error = 0;
  let lower = -1;
  for (let i = 0; i < count; i++) {
    const weight = weights[i]!;
    if (lower >= 0) return { lower, upper: i };
    const next = sum + weight;
    const part = next - sum;
    error += sum - (next - part) + (weight - part);
    sum = next;
    const reached = sum - end + error;
    if (reached > 0) return { lower: i, upper: i };
    if (reached === 0) lower = i;
  }
  if (lower >= 0) return { lower, upper: lower };
  // Rounding kept the last sum below the end.
  return { lower: count - 1, upper: count - 1 };
}
