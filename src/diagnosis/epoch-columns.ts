/** What remains of an epoch once its dump is read: columns of sampled rows for paired tests. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample, SampledRows } from '../tallies/row-sample.js';
import type { TemperKernel } from '../types/temper.js';
import { LOSS_RESOLUTION, mcnemarTest, type PairedMean, pairedMeanOf } from './paired-tests.js';
import type { Refinement } from './temperature.js';

/** Rows of one epoch, by index. */
export interface EpochColumns {
  readonly index: Float64Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array | null;
  readonly loss: Float64Array;
  /** Loss at the epoch's best temperature. */
  readonly refined: Float64Array;
  readonly right: Uint8Array;
  /** Changes of the mean loss up to here are rounding. */
  readonly resolution: number;
}

/** Bytes of a row in {@link EpochColumns}. */
export const COLUMN_BYTES = 29;

/** @param most rows to keep at most; fewer are kept by the same hash in every epoch */
export function epochColumns(
  kernel: TemperKernel,
  sample: RowSample,
  { fit }: Refinement,
  most: number,
): EpochColumns {
  const rows = sample.atMost(most).rows();
  const lossesAt = (beta: number): Float64Array => {
    const losses = new Float64Array(rows.count);
    kernel.run(rows, 0, rows.count, beta, ({ loss }, count, firstRow) => {
      losses.set(loss.subarray(0, count), firstRow);
    });
    return losses;
  };
  const { index, targets, weights } = rows;
  return {
    index,
    targets,
    weights,
    loss: lossesAt(1),
    refined: lossesAt(fit.beta),
    right: rightRows(rows),
    resolution: LOSS_RESOLUTION * fit.lossAtOne,
  };
}

/** 1 for rows whose target is the lowest index among the largest scores. */
function rightRows({ classes, count, scores, targets }: SampledRows): Uint8Array {
  const right = new Uint8Array(count);
  for (let r = 0; r < count; r++) {
    const start = r * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[start + c] > scores[start + best]) best = c;
    right[r] = best === targets[r] ? 1 : 0;
  }
  return right;
}

/** Paired changes between two epochs over their common rows. */
export interface EpochPair {
  readonly loss: PairedMean;
  readonly accuracy: PairedMean;
  readonly refinement: PairedMean;
  readonly calibration: PairedMean;
}

/** Keeps the rows that all epochs have. */
export function commonColumns(epochs: readonly EpochColumns[]): EpochColumns[] {
  const seen = new Map<number, number>();
  for (const { index } of epochs) for (const row of index) seen.set(row, (seen.get(row) ?? 0) + 1);
  return epochs.map((columns) => {
    const isCommon = (_: unknown, i: number) => seen.get(columns.index[i]) === epochs.length;
    if (columns.index.every((row) => seen.get(row) === epochs.length)) return columns;
    const { index, targets, weights, loss, refined, right, resolution } = columns;
    return {
      index: index.filter(isCommon),
      targets: targets.filter(isCommon),
      weights: weights?.filter(isCommon) ?? null,
      loss: loss.filter(isCommon),
      refined: refined.filter(isCommon),
      right: right.filter(isCommon),
      resolution,
    };
  });
}

/** How the second epoch differs from the first; both hold the same rows. */
export function comparePair(a: EpochColumns, b: EpochColumns, math: ScalarMath): EpochPair {
  const resolution = Math.max(a.resolution, b.resolution);
  const mean = (difference: (row: number) => number) =>
    pairedMeanOf(a.index.length, difference, a.weights, math, resolution);
  return {
    loss: mean((i) => b.loss[i] - a.loss[i]),
    accuracy: compareRight(a, b, math),
    refinement: mean((i) => b.refined[i] - a.refined[i]),
    calibration: mean((i) => b.loss[i] - b.refined[i] - (a.loss[i] - a.refined[i])),
  };
}

function compareRight(a: EpochColumns, b: EpochColumns, math: ScalarMath): PairedMean {
  const change = pairedMeanOf(a.index.length, (i) => b.right[i] - a.right[i], a.weights, math);
  if (a.weights !== null) return change;
  let up = 0;
  let down = 0;
  for (let i = 0; i < a.right.length; i++) {
    if (b.right[i] > a.right[i]) up++;
    else if (b.right[i] < a.right[i]) down++;
  }
  return { ...change, pValue: mcnemarTest(up, down, math).pValue };
}
