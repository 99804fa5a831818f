/** What remains of an epoch once its dump is read: columns of sampled rows for paired tests. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import { DEEPEST_LEVEL, SAMPLE_SEED } from '../tallies/row-sample-state.js';
import type { EpochsChange } from '../types/epochs.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import { rowHash } from '../types/row-hash.js';
import { isShare, type Readings } from '../types/rows.js';
import {
  changeOf,
  LOSS_RESOLUTION,
  mcnemarTest,
  type PairedMean,
  pairedMeanOf,
} from './paired-tests.js';
import type { Recalibration } from './recalibration.js';
import { noiseOf } from './sampled-changes.js';

/** What is kept of each row's loss. */
export interface EpochLosses {
  readonly asIs: Float64Array;
  readonly refined: Float64Array;
  /** The temperature's part of the difference, less the row's part in the error of the fit. */
  readonly scale: Float64Array;
}

/** Rows of one epoch, by index. */
export interface EpochColumns {
  readonly readings: Readings;
  readonly index: Float64Array;
  /** A number of each row's target, the same in all epochs. */
  readonly targets: Float64Array;
  readonly weights: Float64Array | null;
  /** A number of each row's cluster; null where rows are independent. */
  readonly groups: Float64Array | null;
  /** Loss as it is, and after the epoch's best recalibration; null where there are no scores. */
  readonly losses: EpochLosses | null;
  /** The second reading. */
  readonly second: Float64Array;
  /** Changes of the mean loss up to here are rounding. */
  readonly resolution: number;
  /** And of its scale and offsets. */
  readonly partResolution: number;
}

/** Rows that the columns of all epochs may have together, of some 48 to 64 bytes each. */
export const MOST_COLUMN_ROWS = 3_856_830;

/** Sampled rows, with the clusters where there are any. */
type GroupedRows = FitRows & { readonly groups?: Float64Array | null };

/**
 * @param fitted on the whole sample; null where rows have no scores
 * @param most rows to keep at most; fewer are kept by the same hash in every epoch
 */
export function epochColumns(
  recalibration: Recalibration,
  sample: RowSample,
  fitted: Fitted | null,
  most: number,
): EpochColumns {
  const rows: GroupedRows = sample.atMost(most).rows();
  const losses = fitted?.losses(rows) ?? null;
  return {
    readings: recalibration.readings,
    index: rows.index,
    targets: Float64Array.from(recalibration.targets(rows)),
    weights: rows.weights,
    groups: rows.groups ?? null,
    losses: losses && {
      asIs: losses.asIs,
      refined: losses.refined,
      scale: losses.scale.map((value, i) => value - losses.lean[i]),
    },
    second: recalibration.second(rows),
    resolution: fitted === null ? 0 : LOSS_RESOLUTION * fitted.lossAsIs,
    partResolution: fitted === null ? 0 : noiseOf(fitted),
  };
}

/** Paired changes between two epochs over their common rows; those of the loss where there is one. */
export interface EpochPair {
  readonly loss?: PairedMean;
  readonly second: PairedMean;
  readonly refinement?: PairedMean;
  readonly calibration?: PairedMean;
  readonly scale?: PairedMean;
  readonly offsets?: PairedMean;
}

/** The rows whose place `isWanted`; the same columns where they are all. */
function filtered(columns: EpochColumns, isWanted: (place: number) => boolean): EpochColumns {
  const { index, targets, weights, groups, losses, second } = columns;
  const keep = (_: unknown, i: number) => isWanted(i);
  if (index.every(keep)) return columns;
  return {
    ...columns,
    index: index.filter(keep),
    targets: targets.filter(keep),
    weights: weights?.filter(keep) ?? null,
    groups: groups?.filter(keep) ?? null,
    losses: losses && {
      asIs: losses.asIs.filter(keep),
      refined: losses.refined.filter(keep),
      scale: losses.scale.filter(keep),
    },
    second: second.filter(keep),
  };
}

/** Keeps the rows that all epochs have. */
export function commonColumns(epochs: readonly EpochColumns[]): EpochColumns[] {
  const seen = new Map<number, number>();
  for (const { index } of epochs) for (const row of index) seen.set(row, (seen.get(row) ?? 0) + 1);
  return epochs.map((columns) =>
    filtered(columns, (i) => seen.get(columns.index[i]) === epochs.length),
  );
}

/** At most so many rows, by the hash that samples them: as `RowSample.atMost` would have kept. */
export function thinnedColumns(columns: EpochColumns, most: number): EpochColumns {
  const { index } = columns;
  if (index.length <= most) return columns;
  const zeros = Uint8Array.from(index, (row) => Math.clz32(rowHash(row, SAMPLE_SEED)));
  const atLevels = new Float64Array(DEEPEST_LEVEL + 1);
  for (const level of zeros) atLevels[level]++;
  let level = 0;
  for (let left = index.length; left > most && level < DEEPEST_LEVEL; ) left -= atLevels[level++];
  return filtered(columns, (i) => zeros[i] >= level);
}

/** How the second epoch differs from the first; both hold the same rows. */
export function comparePair(a: EpochColumns, b: EpochColumns, math: ScalarMath): EpochPair {
  const resolution = Math.max(a.resolution, b.resolution);
  const mean = (difference: (row: number) => number, least = resolution) =>
    pairedMeanOf(a.index.length, difference, a.weights, math, least, a.groups);
  const ofParts = Math.max(resolution, a.partResolution, b.partResolution);
  const second = compareSecond(a, b, math);
  if (a.losses === null || b.losses === null) return { second };
  const [was, is] = [a.losses, b.losses];
  return {
    loss: mean((i) => is.asIs[i] - was.asIs[i]),
    second,
    refinement: mean((i) => is.refined[i] - was.refined[i]),
    calibration: mean((i) => is.asIs[i] - is.refined[i] - (was.asIs[i] - was.refined[i])),
    scale: mean((i) => is.scale[i] - was.scale[i], ofParts),
    offsets: mean((i) => rest(is, i) - rest(was, i), ofParts),
  };
}

/** The offsets' part of what a row loses. */
function rest({ asIs, refined, scale }: EpochLosses, row: number): number {
  return asIs[row] - refined[row] - scale[row];
}

function compareSecond(a: EpochColumns, b: EpochColumns, math: ScalarMath): PairedMean {
  const { weights, groups, readings } = a;
  const difference = (i: number) => b.second[i] - a.second[i];
  const change = pairedMeanOf(a.index.length, difference, weights, math, 0, groups);
  if (weights !== null || groups !== null || !isShare(readings)) return change;
  let up = 0;
  let down = 0;
  for (let i = 0; i < a.second.length; i++) {
    if (b.second[i] > a.second[i]) up++;
    else if (b.second[i] < a.second[i]) down++;
  }
  return { ...change, pValue: mcnemarTest(up, down, math).pValue };
}

/** The change from one epoch to another, each quantity by its own test. */
export function epochsChange(a: EpochColumns, b: EpochColumns, math: ScalarMath): EpochsChange {
  const { loss, second, refinement, calibration, scale, offsets } = comparePair(a, b, math);
  return {
    ...(loss && { loss: changeOf(loss) }),
    [isShare(a.readings) ? 'accuracy' : 'absoluteError']: changeOf(second),
    ...(refinement && { refinement: changeOf(refinement) }),
    ...(calibration && { calibration: changeOf(calibration) }),
    ...(scale && { scale: changeOf(scale) }),
    ...(offsets && { offsets: changeOf(offsets) }),
  };
}

/** {@link comparePair} that compares each two columns once, for as long as there are both. */
export function rememberedPairs(): typeof comparePair {
  const known = new WeakMap<EpochColumns, WeakMap<EpochColumns, EpochPair>>();
  return (a, b, math) => {
    let ofA = known.get(a);
    if (ofA === undefined) {
      ofA = new WeakMap();
      known.set(a, ofA);
    }
    let pair = ofA.get(b);
    if (pair === undefined) {
      pair = comparePair(a, b, math);
      ofA.set(b, pair);
    }
    return pair;
  };
}
