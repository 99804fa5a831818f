/** Where temperatures are looked for: a range that goes with the scale of the scores. */

import type { RowSample } from '../tallies/row-sample.js';

/** How far the range goes beyond the scale, either way. */
const REACH = 1024;
/** Rows that tell the scale: of all samples of a dump the same ones, as long as they hold so many. */
const SCALE_ROWS = 64;
/** Scores this far below a row's largest are masks, to the kernels too. */
const MASKED = 1e12;
/** Below this a kernel would take a mask for a score. */
const LEAST_BETA = 1e-9;

/** Values of β = 1/T. */
export interface BetaRange {
  readonly low: number;
  readonly high: number;
}

/**
 * T from 1/1024 of how far a row's two highest scores lie apart to 1024 times
 * the mean distance from its highest, each in the median over rows. Two scales,
 * so that neither a few masks of −10⁹ nor scores that nearly tie narrow the range.
 */
export function betaRange(sample: RowSample): BetaRange {
  const { classes, count, scores } = sample.atMost(SCALE_ROWS).rows();
  const nearest: number[] = [];
  const means: number[] = [];
  for (let r = 0; r < count; r++) {
    const row = scores.subarray(r * classes, (r + 1) * classes);
    let top = Number.NEGATIVE_INFINITY;
    for (const score of row) if (score > top) top = score;
    let [least, sum, finite] = [Number.POSITIVE_INFINITY, 0, 0];
    for (const score of row) {
      const distance = top - score;
      if (distance >= MASKED) continue;
      finite++;
      sum += distance;
      if (distance > 0 && distance < least) least = distance;
    }
    // Equal scores have no scale.
    if (sum === 0) continue;
    nearest.push(least);
    means.push(sum / (finite - 1));
  }
  if (nearest.length === 0) return { low: 1 / REACH, high: REACH };
  return {
    low: Math.max(LEAST_BETA, 1 / (REACH * median(means))),
    high: REACH / median(nearest),
  };
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}
