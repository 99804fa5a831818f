/** Slices as a report has them. */

import { exactSum } from '../tallies/exact-sums.js';
import { ratioMean } from '../tallies/ratio-moments.js';
import { hasConfidence } from '../tallies/scored-columns.js';
import type { SliceSums } from '../tallies/slice-tally.js';
import type { Slice, Slices } from '../types/report.js';
import { isShare, type Readings } from '../types/rows.js';
import { normal, wilson } from './intervals.js';

/**
 * What the task says of every slice: loss, accuracy and calibration, or as much of them as there is.
 * The slice with most of the loss comes first; without a loss the one with most wrong rows.
 * @param by name of the column
 * @param weighted whether rows have weights
 */
export function sliceReport(
  by: string,
  slices: readonly SliceSums[],
  weighted: boolean,
  readings: Readings,
): Slices {
  const total = exactSum(slices.map(({ loss }) => loss));
  const size = ({ loss, weights, second }: SliceSums) =>
    readings.loss === null ? weights.weight - second : loss;
  const ordered = [...slices].sort((a, b) => {
    const [x, y] = [size(a), size(b)];
    return x === y ? (a.value < b.value ? -1 : 1) : y - x;
  });
  return { by, of: ordered.map((slice) => reportOf(slice, total, weighted, readings)) };
}

function reportOf(sums: SliceSums, total: number, weighted: boolean, readings: Readings): Slice {
  const { value, rows, weights, loss, second } = sums;
  const hasLoss = readings.loss !== null;
  return {
    value,
    rows,
    ...(weighted && { weight: weights.weight }),
    ...(hasLoss && { loss: lossOf(sums) }),
    ...(isShare(readings) ? { accuracy: accuracyOf(sums) } : { absoluteError: errorOf(sums) }),
    ...(hasConfidence(readings) && {
      confidence: sums.confidence / weights.weight,
      calibrationGap: (sums.confidence - second) / weights.weight,
    }),
    ...(hasLoss && { lossShare: loss / total }),
  };
}

function lossOf({ rows, loss, lossSquares, lossByWeight, lossWeights }: SliceSums) {
  const mean = ratioMean(loss, lossSquares, lossByWeight, lossWeights);
  return { value: mean.mean, ...normal(mean, rows) };
}

function accuracyOf({ second, weights }: SliceSums) {
  const accuracy = second / weights.weight;
  return { value: accuracy, ...wilson(accuracy, weights) };
}

function errorOf({ rows, second, secondSquares, secondByWeight, weights }: SliceSums) {
  const mean = ratioMean(second, secondSquares, secondByWeight, weights);
  return { value: mean.mean, ...normal(mean, rows) };
}
