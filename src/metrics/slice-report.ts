/** Slices as a report has them. */

import { exactSum } from '../tallies/exact-sums.js';
import { ratioMean } from '../tallies/ratio-moments.js';
import type { SliceSums } from '../tallies/slice-tally.js';
import type { Slice, Slices } from '../types/report.js';
import { normal, wilson } from './intervals.js';

/**
 * Loss, accuracy and calibration of every slice.
 * @param by name of the column
 * @param weighted whether rows have weights
 */
export function sliceReport(by: string, slices: readonly SliceSums[], weighted: boolean): Slices {
  const total = exactSum(slices.map(({ loss }) => loss));
  const ordered = [...slices].sort((a, b) =>
    a.loss === b.loss ? (a.value < b.value ? -1 : 1) : b.loss - a.loss,
  );
  return { by, of: ordered.map((slice) => reportOf(slice, total, weighted)) };
}

function reportOf(sums: SliceSums, total: number, weighted: boolean): Slice {
  const { value, rows, weights, lossWeights, loss, lossSquares, lossByWeight, hits } = sums;
  const mean = ratioMean(loss, lossSquares, lossByWeight, lossWeights);
  const accuracy = hits / weights.weight;
  const confidence = sums.confidence / weights.weight;
  return {
    value,
    rows,
    ...(weighted && { weight: weights.weight }),
    loss: { value: mean.mean, ...normal(mean, rows) },
    accuracy: { value: accuracy, ...wilson(accuracy, weights) },
    confidence,
    calibrationGap: (sums.confidence - hits) / weights.weight,
    lossShare: loss / total,
  };
}
