/** Changes of what recalibration finds in two readings of sampled rows. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { Change, ExplainReport, Identity, Recalibrated } from '../types/explain.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import {
  changeOf,
  LOSS_RESOLUTION,
  mcnemarTest,
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
  readonly recalibration: Recalibration;
  /** Changes of the mean loss up to here are rounding. */
  readonly resolution: number;
}

/** What recalibration tells of the change of the loss. */
export type LossParts = Pick<
  ExplainReport,
  | 'refinement'
  | 'calibration'
  | 'scale'
  | 'offsets'
  | 'accuracyAtOffsets'
  | 'accuracyLost'
  | 'logTemperatureRatio'
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
  const [was, is] = [recalibration.fit(before, true), recalibration.fit(after, true)];
  if (was === null || is === null) return null;
  const resolution = LOSS_RESOLUTION * Math.max(was.lossAsIs, is.lossAsIs);
  return { before, after, was, is, recalibration, resolution };
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
  const crossFitted = (part: 'scale' | 'offsets') =>
    is.parts[part].crossFitted - was.parts[part].crossFitted;
  const saved = crossFitted('scale') + crossFitted('offsets');
  const identities: Identity[] = [
    {
      identity: 'Δloss = Δrefinement + Δcalibration, over the fitted rows',
      residual: sampled.loss.mean - sampled.refinement.mean - calibration.mean,
    },
    {
      identity: 'Δcalibration = Δscale + Δoffsets, over the fitted rows',
      residual: calibration.mean - scale.mean - offsets.mean,
    },
  ];
  const changes = {
    refinement: { ...changeOf(refinement), crossFitted: meanLoss - saved },
    calibration: { ...changeOf(calibration), crossFitted: saved },
    scale: { ...changeOf(scale), crossFitted: crossFitted('scale') },
    offsets: { ...changeOf(offsets), crossFitted: crossFitted('offsets') },
    ...accuracyChanges(pair, math),
    ...temperatureRatio(was.parameters, is.parameters, math),
  };
  return { changes, identities };
}

/** Accuracy at the offsets, and what of the change of accuracy they are to blame for. */
function accuracyChanges(
  { before, after, was, is, recalibration }: FittedPair,
  math: ScalarMath,
): Pick<LossParts, 'accuracyAtOffsets' | 'accuracyLost'> {
  const [rows, others]: GroupedRows[] = [before.rows(), after.rows()];
  const [a, b] = [was.rightAtOffsets(rows), is.rightAtOffsets(others)];
  if (a === null && b === null) return {};
  const [rightWas, rightIs] = [recalibration.second(rows), recalibration.second(others)];
  const [atWas, atIs] = [a ?? rightWas, b ?? rightIs];
  const { count, weights } = rows;
  const groups = rows.groups ?? null;
  const mean = (of: (i: number) => number) => pairedMeanOf(count, of, weights, math, 0, groups);
  const at = mean((i) => atIs[i] - atWas[i]);
  const lost = mean((i) => atIs[i] - atWas[i] - (rightIs[i] - rightWas[i]));
  return {
    accuracyAtOffsets: exactChange(at, atWas, atIs, rows, math),
    accuracyLost: changeOf(lost),
  };
}

/** Where rows neither weigh nor cluster, by the exact test. */
function exactChange(
  change: PairedMean,
  was: Float64Array,
  is: Float64Array,
  { weights, groups = null }: GroupedRows,
  math: ScalarMath,
): Change {
  if (weights !== null || groups !== null) return changeOf(change);
  const [up, down] = [1, 0].map(
    (right) => is.filter((value, i) => value === right && was[i] !== right).length,
  );
  return { ...changeOf(change), pValue: mcnemarTest(up, down, math).pValue };
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
 * rows' own differences carry the errors; those of scale and offsets by
 * themselves have the error of the fit in them, too.
 */
function sampledChanges({ before, after, was, is, resolution }: FittedPair, math: ScalarMath) {
  const rows: GroupedRows = before.rows();
  const [a, b] = [was.losses(rows), is.losses(after.rows())];
  const total = difference(b.asIs, a.asIs);
  const refined = difference(b.refined, a.refined);
  const mean = (values: (row: number) => number, least = resolution): PairedMean =>
    pairedMeanOf(rows.count, values, rows.weights, math, least, rows.groups ?? null);
  const least = Math.max(resolution, noiseOf(was), noiseOf(is));
  const scale = difference(b.scale, a.scale);
  const lean = difference(b.lean, a.lean);
  return {
    loss: mean((i) => total[i]),
    refinement: mean((i) => refined[i]),
    calibration: mean((i) => total[i] - refined[i]),
    scale: mean((i) => scale[i] - lean[i], least),
    offsets: mean((i) => total[i] - refined[i] - scale[i] + lean[i], least),
  };
}

/**
 * Where there are no offsets, those that are fitted are noise, and what they save is of second
 * order in it: errors of first order do not hold that. In sample it is flattered by about as much
 * as lies between it and what is saved out of fold, so half of that is no change.
 */
export function noiseOf({ parts: { offsets } }: Pick<Fitted, 'parts'>): number {
  return Math.abs(offsets.inSample - offsets.crossFitted) / 2;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]);
}
