/** Changes of what recalibration finds in two readings of sampled rows. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { ExplainReport, Identity, Recalibrated } from '../types/explain.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import {
  changeOf,
  LOSS_RESOLUTION,
  type PairedMean,
  pairedMean,
  pairedMeanOf,
} from './paired-tests.js';
import type { Recalibration } from './recalibration.js';

/** The same rows, read twice, and what was fitted to them. */
export interface FittedPair {
  readonly before: RowSample;
  readonly after: RowSample;
  readonly was: Fitted;
  readonly is: Fitted;
  /** Changes of the mean loss up to here are rounding. */
  readonly resolution: number;
}

/** What recalibration tells of the change of the loss. */
export type LossParts = Pick<
  ExplainReport,
  'refinement' | 'calibration' | 'scale' | 'offsets' | 'logTemperatureRatio'
>;

/**
 * Fits both readings on the rows that both samples hold.
 * @returns null without such rows
 */
export function fitPair(
  recalibration: Recalibration,
  samples: { readonly before: RowSample; readonly after: RowSample },
): FittedPair | null {
  const { before, after } = commonRows(samples.before, samples.after);
  const [was, is] = [recalibration.fit(before), recalibration.fit(after)];
  if (was === null || is === null) return null;
  const resolution = LOSS_RESOLUTION * Math.max(was.lossAsIs, is.lossAsIs);
  return { before, after, was, is, resolution };
}

/** They differ where a row was scored in one reading only. */
function commonRows(before: RowSample, after: RowSample): { before: RowSample; after: RowSample } {
  const level = Math.max(before.level, after.level);
  const [a, b] = [before.atLevel(level), after.atLevel(level)];
  const [rowsA, rowsB] = [a.rows().index, b.rows().index];
  const isSame = rowsA.length === rowsB.length && rowsA.every((row, i) => row === rowsB[i]);
  if (isSame) return { before: a, after: b };
  const [inA, inB] = [new Set(a.index), new Set(b.index)];
  return { before: a.only((row) => inB.has(row)), after: b.only((row) => inA.has(row)) };
}

/** @param meanLoss change of the mean loss of all paired rows */
export function lossParts(
  pair: FittedPair,
  meanLoss: number,
  math: ScalarMath,
): { readonly changes: LossParts; readonly identities: Identity[] } {
  const { was, is } = pair;
  const sampled = sampledChanges(pair, math);
  const { calibration, scale, offsets } = sampled;
  // Of a sample, the part that recalibration explains carries over best; the rest is refinement.
  const refined = meanLoss - calibration.mean;
  const refinement = pairedMean(refined, sampled.refinement, math, pair.resolution);
  const crossFitted = saved(is).crossFitted - saved(was).crossFitted;
  const identities: Identity[] = [
    {
      identity: 'Δloss = Δrefinement + Δcalibration, over the fitted rows',
      residual: sampled.loss.mean - sampled.refinement.mean - calibration.mean,
    },
  ];
  if (scale && offsets) {
    identities.push({
      identity: 'Δcalibration = Δscale + Δoffsets, over the fitted rows',
      residual: calibration.mean - scale.mean - offsets.mean,
    });
  }
  const changes = {
    refinement: { ...changeOf(refinement), crossFitted: meanLoss - crossFitted },
    calibration: { ...changeOf(calibration), crossFitted },
    ...(scale && { scale: changeOf(scale) }),
    ...(offsets && { offsets: changeOf(offsets) }),
    ...temperatureRatio(was.parameters, is.parameters, math),
  };
  return { changes, identities };
}

function temperatureRatio(
  { temperature: was }: Recalibrated,
  { temperature: is }: Recalibrated,
  math: ScalarMath,
): Pick<LossParts, 'logTemperatureRatio'> {
  if (was === undefined || is === undefined) return {};
  const isFound = was.bound === undefined && is.bound === undefined;
  return { logTemperatureRatio: isFound ? math.log(is.value / was.value) : Number.NaN };
}

/** Sampled rows, with their clusters where there are any. */
type GroupedRows = FitRows & { readonly groups?: Float64Array | null };

/**
 * Changes of the loss and its parts with their standard errors. After the best
 * recalibration the loss does not depend on it to first order, so the
 * rows' own differences carry the errors of both parts.
 */
function sampledChanges({ before, after, was, is, resolution }: FittedPair, math: ScalarMath) {
  const rows: GroupedRows = before.rows();
  const [a, b] = [was.losses(rows), is.losses(after.rows())];
  const total = difference(b.asIs, a.asIs);
  const refined = difference(b.refined, a.refined);
  const mean = (values: (row: number) => number): PairedMean =>
    pairedMeanOf(rows.count, values, rows.weights, math, resolution, rows.groups ?? null);
  const scale = a.scale && b.scale && difference(b.scale, a.scale);
  return {
    loss: mean((i) => total[i]),
    refinement: mean((i) => refined[i]),
    calibration: mean((i) => total[i] - refined[i]),
    ...(scale && {
      scale: mean((i) => scale[i]),
      offsets: mean((i) => total[i] - refined[i] - scale[i]),
    }),
  };
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]);
}

/** What recalibration saves. */
function saved({ lossAsIs, loss, crossFittedLoss }: Fitted) {
  return { crossFitted: lossAsIs - crossFittedLoss, inSample: lossAsIs - loss };
}

/**
 * What a report shows of a fit.
 * @param loss mean of all rows
 */
export function recalibrated(fitted: Fitted, loss: number): Recalibrated {
  const calibration = saved(fitted);
  // Of a sample, the calibration carries over to all rows; the rest of their loss is refinement.
  const refinement = {
    crossFitted: loss - calibration.crossFitted,
    inSample: loss - calibration.inSample,
  };
  return { ...fitted.parameters, refinement, calibration, ...fitted.parts };
}
