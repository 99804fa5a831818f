/** Changes between two readings of all rows that were scored in both, each by its own test. */

import { countNotices } from '../metrics/cluster-report.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type { PairedClusterSummary } from '../tallies/paired-clusters.js';
import type { ChangeSums, PairedSlice } from '../tallies/paired-slices.js';
import type { PairedTally } from '../tallies/paired-tally.js';
import { quote } from '../types/errors.js';
import type {
  Cell,
  Change,
  ClassChange,
  ExplainReport,
  Identity,
  SliceChange,
} from '../types/explain.js';
import type { Notice } from '../types/report.js';
import { isShare } from '../types/rows.js';
import {
  changeOf,
  clusteredPairedMean,
  mcnemarTest,
  type PairedMean,
  pairedMeanOver,
} from './paired-tests.js';

type SecondChange = Pick<ExplainReport, 'accuracy' | 'absoluteError'>;
/** The two readings, as far as there are any. */
type Means = {
  readonly loss?: number;
  readonly accuracy?: number;
  readonly absoluteError?: number;
};

export interface PairedChanges {
  /** Null where rows have no loss. */
  readonly loss: PairedMean | null;
  readonly second: SecondChange;
  /** Null where rows are not right or wrong. */
  readonly cells: readonly Cell[] | null;
  readonly byClass: readonly ClassChange[] | null;
  readonly slices: ExplainReport['slices'] | null;
  readonly clusters: ExplainReport['clusters'] | null;
  readonly identities: readonly Identity[];
  /** Before and after. */
  readonly means: readonly [Means, Means];
  readonly notices: readonly Notice[];
}

/** @param resolution changes of the mean loss up to here are rounding */
export function pairedChanges(
  paired: PairedTally,
  math: ScalarMath,
  resolution: number,
): PairedChanges {
  const { by, cluster } = paired.options;
  const finite = paired.finiteWeights.totals();
  const totals = paired.weights.totals();
  const lossMean = paired.loss?.over(finite) ?? null;
  const secondMean = paired.second.over(totals);
  const clusters =
    paired.clusters?.summary(lossMean && { mean: lossMean.mean, weight: finite.weight }, {
      mean: secondMean.mean,
      weight: totals.weight,
    }) ?? null;
  const loss =
    lossMean &&
    (clusters?.loss
      ? clusteredPairedMean(lossMean.mean, clusters.loss, math, resolution)
      : pairedMeanOver(lossMean, finite, math, resolution));
  const second = clusters
    ? clusteredPairedMean(secondMean.mean, clusters.second, math)
    : pairedMeanOver(secondMean, totals, math);
  const cells = cellsOf(paired, finite.weight);
  const accuracy = cells && accuracyChange(paired, second, math);
  const slices = by === undefined ? null : slicesOf(paired, by, math, resolution);
  return {
    loss,
    second: accuracy ? { accuracy } : { absoluteError: changeOf(second) },
    cells,
    byClass: classChanges(paired, finite.weight, totals.weight),
    slices,
    clusters:
      clusters && cluster !== undefined
        ? { by: cluster, count: clusters.count, largest: clusters.largest }
        : null,
    identities: identitiesOf(paired, loss, second, cells, slices),
    means: meansOf(paired, loss, second),
    notices:
      clusters && cluster !== undefined
        ? [...clusterNotices(cluster, clusters, slices !== null)]
        : [],
  };
}

function accuracyChange(
  { cellRows, options, clusters }: PairedTally,
  change: PairedMean,
  math: ScalarMath,
): SecondChange['accuracy'] {
  const [, wrongToRight, rightToWrong] = cellRows;
  // The exact test counts rows that are independent; where they weigh, or cluster, it does not hold.
  const isExact = !options.weighted && clusters === null;
  const pValue = isExact ? mcnemarTest(wrongToRight, rightToWrong, math).pValue : change.pValue;
  return { ...changeOf(change), pValue, wrongToRight, rightToWrong };
}

/** @param weight of the rows of finite loss */
function cellsOf({ cells, cellRows, loss }: PairedTally, weight: number): Cell[] | null {
  if (cells === null) return null;
  const sums = cells.values();
  return [3, 2, 1, 0].map((cell) => ({
    before: cell >= 2 ? 'right' : 'wrong',
    after: cell % 2 === 1 ? 'right' : 'wrong',
    rows: cellRows[cell],
    ...(loss && {
      meanDelta: sums[8 + cell] / sums[4 + cell],
      contribution: sums[8 + cell] / weight,
    }),
  }));
}

function classChanges(paired: PairedTally, finite: number, weight: number): ClassChange[] | null {
  const { classes } = paired.options;
  const sums = paired.byClass?.values();
  if (sums === undefined) return null;
  return Array.from({ length: classes }, (_, target) => ({
    target,
    support: sums[target],
    lossContribution: sums[2 * classes + target] / finite,
    accuracyContribution: sums[classes + target] / weight,
  }));
}

/** The slice that moved the mean loss most first; without a loss the one that moved accuracy most. */
function slicesOf(
  paired: PairedTally,
  by: string,
  math: ScalarMath,
  resolution: number,
): ExplainReport['slices'] {
  const size = ({ loss, second }: PairedSlice) => Math.abs((loss ?? second).sum);
  const slices = paired.slices!.slices().sort((a, b) => {
    const [x, y] = [size(a), size(b)];
    return x === y ? (a.value < b.value ? -1 : 1) : y - x;
  });
  return { by, of: slices.map((slice) => sliceChange(paired, slice, math, resolution)) };
}

function sliceChange(
  { options, finiteWeights }: PairedTally,
  { value, rows, weight, loss, second }: PairedSlice,
  math: ScalarMath,
  resolution: number,
): SliceChange {
  const { readings, weighted } = options;
  const test = ({ mean, totals }: ChangeSums, least: number): Change =>
    changeOf(pairedMeanOver(mean, totals, math, least));
  const change = test(second, 0);
  // Of rows that weigh 1, Σ Δ is how many more became right than wrong, and Σ Δ² how many of both.
  const [up, down] = [1, -1].map((sign) => (second.squares + sign * second.sum) / 2);
  const isExact = isShare(readings) && !weighted;
  const pValue = isExact ? mcnemarTest(up, down, math).pValue : change.pValue;
  return {
    value,
    rows,
    ...(weighted && { weight }),
    ...(loss && { loss: test(loss, resolution) }),
    [isShare(readings) ? 'accuracy' : 'absoluteError']: { ...change, pValue },
    ...(loss && { lossContribution: loss.sum / finiteWeights.totals().weight }),
  };
}

function identitiesOf(
  paired: PairedTally,
  loss: PairedMean | null,
  second: PairedMean,
  cells: readonly Cell[] | null,
  slices: ExplainReport['slices'] | null,
): Identity[] {
  const { weight } = paired.weights.totals();
  const identities: Identity[] = [];
  if (cells && loss) {
    identities.push({
      identity: 'Δloss = Σ over the four cells',
      residual: loss.mean - cells.reduce((sum, { contribution = 0 }) => sum + contribution, 0),
    });
  }
  if (cells) {
    const [, wrongRight, rightWrong] = paired.cells!.values();
    identities.push({
      identity: 'Δaccuracy = (wrong → right − right → wrong) / rows',
      residual: second.mean - (wrongRight - rightWrong) / weight,
    });
  }
  if (slices && loss) {
    identities.push({
      identity: 'Δloss = Σ over the slices',
      residual:
        loss.mean - slices.of.reduce((sum, { lossContribution = 0 }) => sum + lossContribution, 0),
    });
  }
  return identities;
}

function meansOf(
  { cells, starts, options, weights, finiteWeights }: PairedTally,
  loss: PairedMean | null,
  second: PairedMean,
): [Means, Means] {
  const { weight } = weights.totals();
  const [lossSum, secondSum] = starts.values();
  const [, , rightWrong, rightRight] = cells?.values() ?? [];
  const secondBefore = (cells === null ? secondSum : rightWrong + rightRight) / weight;
  const lossBefore = lossSum / finiteWeights.totals().weight;
  const name = isShare(options.readings) ? 'accuracy' : 'absoluteError';
  return [0, 1].map((at) => ({
    [name]: secondBefore + at * second.mean,
    ...(loss && { loss: lossBefore + at * loss.mean }),
  })) as [Means, Means];
}

function* clusterNotices(
  by: string,
  { count, missing }: PairedClusterSummary,
  hasSlices: boolean,
): Generator<Notice> {
  const column = quote(by);
  if (count < 2) {
    yield {
      code: 'few-clusters',
      message: `All rows are of one cluster of ${column}, which says nothing about other clusters: no change can be told from chance.`,
      evidence: { clusters: count },
    };
    return;
  }
  yield {
    code: 'clustered-errors',
    message: `Intervals and tests of the changes take rows of one cluster of ${column} for dependent (${count} clusters).${hasSlices ? ' Those of slices are of independent rows.' : ''}`,
    evidence: { clusters: count },
  };
  yield* countNotices(count, missing);
}
