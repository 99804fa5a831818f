/** What changed between two dumps of the same rows, from their tallies. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { PairedTally } from '../tallies/paired-tally.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { ExplainReport, Reading } from '../types/explain.js';
import type { Fitted } from '../types/fitted.js';
import type { Notice } from '../types/report.js';
import { pairedChanges } from './paired-changes.js';
import { changeOf } from './paired-tests.js';
import { recalibrated } from './recalibrated.js';
import type { Recalibration } from './recalibration.js';
import { type FittedPair, fitPair, lossParts } from './sampled-changes.js';
import { verdictOf } from './verdict.js';

/** What an explanation is made of. */
export interface ExplainParts {
  readonly paired: PairedTally;
  /** Samples of the rows before and after; null, as the recalibration, where rows have no scores. */
  readonly before: RowSample | null;
  readonly after: RowSample | null;
  readonly recalibration: Recalibration | null;
  readonly math: ScalarMath;
  /** Level of the verdict's tests together. */
  readonly level: number;
}

/**
 * What {@link explain} computes, in the order that reports have it; `fitted`, `readings` and
 * `notices` are for the caller to take out, names and sources to add.
 */
export type Explanation = Pick<
  ExplainReport,
  | 'loss'
  | 'accuracy'
  | 'absoluteError'
  | 'refinement'
  | 'calibration'
  | 'scale'
  | 'offsets'
  | 'accuracyAtOffsets'
  | 'accuracyLost'
  | 'logTemperatureRatio'
  | 'cells'
  | 'identities'
  | 'verdict'
  | 'byClass'
  | 'slices'
  | 'clusters'
> & {
  /** Sampled rows behind refinement and calibration; 0 where there are no scores. */
  readonly fitted: number;
  readonly readings: readonly [ReadingParts, ReadingParts];
  /** About clusters, where there are any. */
  readonly notices: readonly Notice[];
};

/** What is known of one reading: means over the paired rows, the loss over those where it is finite both times. */
export type ReadingParts = Omit<Reading, 'source' | 'metrics'>;

/** @returns null where no row is paired, with a finite loss in both readings where there are losses */
export function explain(parts: ExplainParts): Explanation | null {
  const { paired, math, level } = parts;
  const { readings } = paired.options;
  const hasLoss = readings.loss !== null;
  const pair = hasLoss ? fitSamples(parts) : null;
  if (paired.rows.paired === 0 || (hasLoss && pair === null)) return null;
  const found = pairedChanges(paired, math, pair?.resolution ?? 0);
  const { loss, second, cells, byClass, slices, clusters, means, notices } = found;
  const ofLoss = pair && loss && lossParts(pair, loss.mean, math);
  const changes = {
    ...(loss && { loss: changeOf(loss) }),
    ...second,
    ...ofLoss?.changes,
    ...(cells && { cells }),
  };
  const readingParts = [readingOf(means[0], pair?.was), readingOf(means[1], pair?.is)] as const;
  return {
    ...changes,
    identities: [...found.identities, ...(ofLoss?.identities ?? [])],
    verdict: verdictOf(changes, level, readings, {
      before: readingParts[0],
      after: readingParts[1],
      rows: paired.rose.rows().map(({ row, id }) => id ?? `row ${row}`),
    }),
    ...(byClass && { byClass }),
    ...(slices && { slices }),
    ...(clusters && { clusters }),
    fitted: pair?.before.count ?? 0,
    readings: readingParts,
    notices,
  };
}

function fitSamples({ recalibration, before, after }: ExplainParts): FittedPair | null {
  if (recalibration === null || before === null || after === null) return null;
  return fitPair(recalibration, { before, after });
}

function readingOf(means: ReadingParts, fitted: Fitted | undefined): ReadingParts {
  const { loss } = means;
  return fitted === undefined || loss === undefined
    ? means
    : { ...means, ...recalibrated(fitted, loss) };
}
