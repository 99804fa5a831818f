/** What changed between two dumps of the same rows, from their tallies. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { PairedTally } from '../tallies/paired-tally.js';
import type { RowSample, SampledRows } from '../tallies/row-sample.js';
import type { FittedPart } from '../types/diagnosis.js';
import type { Cell, Change, ClassChange, ExplainReport, Identity } from '../types/explain.js';
import type { TemperKernel } from '../types/temper.js';
import {
  LOSS_RESOLUTION,
  mcnemarTest,
  type PairedMean,
  pairedMean,
  pairedMeanOf,
  pairedMeanOver,
} from './paired-tests.js';
import { fitRefinement, type Refinement, temperatureReport } from './temperature.js';
import { verdictOf } from './verdict.js';

/** What an explanation is made of. */
export interface ExplainParts {
  readonly paired: PairedTally;
  /** Samples of the rows before and after, as logits. */
  readonly before: RowSample;
  readonly after: RowSample;
  readonly kernel: TemperKernel;
  readonly math: ScalarMath;
  /** Level of the verdict's tests together. */
  readonly level: number;
}

/** What {@link explain} computes; names and sources are for the caller to add. */
export type Explanation = Pick<
  ExplainReport,
  | 'loss'
  | 'accuracy'
  | 'refinement'
  | 'calibration'
  | 'logTemperatureRatio'
  | 'cells'
  | 'identities'
  | 'verdict'
> & {
  readonly fitted: number;
  readonly byClass?: readonly ClassChange[];
  readonly readings: readonly [ReadingParts, ReadingParts];
};

/** What is known of one reading. */
export interface ReadingParts {
  /** Over the paired rows of finite loss. */
  readonly loss: number;
  /** Over the paired rows. */
  readonly accuracy: number;
  readonly temperature: ReturnType<typeof temperatureReport>;
  readonly refinement: FittedPart;
  readonly calibration: FittedPart;
}

/** @returns null where no row is paired with a finite loss in both readings */
export function explain(parts: ExplainParts): Explanation | null {
  const { paired, kernel, math } = parts;
  const { before, after } = commonRows(parts.before, parts.after);
  const [was, is] = [fitRefinement(kernel, before, math), fitRefinement(kernel, after, math)];
  if (was === null || is === null) return null;
  const finite = paired.finiteWeights.totals();
  const resolution = LOSS_RESOLUTION * Math.max(was.fit.lossAtOne, is.fit.lossAtOne);
  const loss = pairedMeanOver(paired.loss.over(finite), finite, math, resolution);
  const accuracy = accuracyChange(paired, math);
  const changes = sampledChanges(parts, before.rows(), after.rows(), was, is, resolution);
  const { calibration } = changes;
  // Of a sample, the part that a temperature explains carries over best; the rest is refinement.
  const refinement = pairedMean(loss.mean - calibration.mean, changes.refinement, math, resolution);
  const cells = cellsOf(paired, finite.weight);
  const sums = paired.cells.values();
  const [, wrongRight, rightWrong, rightRight] = sums;
  const weight = paired.weights.totals().weight;
  const lossBefore = sums[12] / finite.weight;
  const accuracyBefore = (rightWrong + rightRight) / weight;
  const identities: Identity[] = [
    {
      identity: 'Δloss = Σ over the four cells',
      residual: loss.mean - cells.reduce((sum, cell) => sum + cell.contribution, 0),
    },
    {
      identity: 'Δaccuracy = (wrong → right − right → wrong) / rows',
      residual: accuracy.delta - (wrongRight - rightWrong) / weight,
    },
    {
      identity: 'Δloss = Δrefinement + Δcalibration, over the fitted rows',
      residual: changes.loss - changes.refinement.mean - changes.calibration.mean,
    },
  ];
  const logTemperatureRatio =
    was.fit.bound === null && is.fit.bound === null
      ? math.log(is.fit.temperature / was.fit.temperature)
      : Number.NaN;
  const explanation = {
    loss: changeOf(loss),
    accuracy,
    refinement: {
      ...changeOf(refinement),
      crossFitted: loss.mean - (crossFitted(is) - crossFitted(was)),
    },
    calibration: { ...changeOf(calibration), crossFitted: crossFitted(is) - crossFitted(was) },
    logTemperatureRatio,
    cells,
    identities,
    fitted: before.count,
    readings: [
      { accuracy: accuracyBefore, ...readingParts(was, lossBefore, math) },
      {
        accuracy: accuracyBefore + accuracy.delta,
        ...readingParts(is, lossBefore + loss.mean, math),
      },
    ] as const,
    ...(paired.byClass && { byClass: classChanges(paired, finite.weight, weight) }),
  };
  return { ...explanation, verdict: verdictOf(explanation, parts.level) };
}

function changeOf({ mean, low, high, pValue }: PairedMean): Change {
  return { delta: mean, low, high, pValue };
}

function crossFitted({ fit, crossFittedLoss }: Refinement): number {
  return fit.lossAtOne - crossFittedLoss;
}

function readingParts(found: Refinement, loss: number, math: ScalarMath) {
  const { fit } = found;
  const calibration = { crossFitted: crossFitted(found), inSample: fit.lossAtOne - fit.loss };
  // Of a sample, the calibration carries over to all rows; the rest of their loss is refinement.
  const refinement = {
    crossFitted: loss - calibration.crossFitted,
    inSample: loss - calibration.inSample,
  };
  return { loss, temperature: temperatureReport(fit, math), refinement, calibration };
}

function accuracyChange(paired: PairedTally, math: ScalarMath): ExplainReport['accuracy'] {
  const totals = paired.weights.totals();
  const change = changeOf(pairedMeanOver(paired.accuracy.over(totals), totals, math));
  const [, wrongToRight, rightToWrong] = paired.cellRows;
  // The exact test counts rows; where they weigh, the normal one must do.
  const pValue = paired.options.weighted
    ? change.pValue
    : mcnemarTest(wrongToRight, rightToWrong, math).pValue;
  return { ...change, pValue, wrongToRight, rightToWrong };
}

function cellsOf(paired: PairedTally, weight: number): Cell[] {
  const sums = paired.cells.values();
  return [3, 2, 1, 0].map((cell) => ({
    before: cell >= 2 ? 'right' : 'wrong',
    after: cell % 2 === 1 ? 'right' : 'wrong',
    rows: paired.cellRows[cell],
    meanDelta: sums[8 + cell] / sums[4 + cell],
    contribution: sums[8 + cell] / weight,
  }));
}

function classChanges(paired: PairedTally, finite: number, weight: number): ClassChange[] {
  const { classes } = paired.options;
  const sums = paired.byClass!.values();
  return Array.from({ length: classes }, (_, target) => ({
    target,
    support: sums[target],
    lossContribution: sums[2 * classes + target] / finite,
    accuracyContribution: sums[classes + target] / weight,
  }));
}

/** The rows that both samples hold: they differ where a row was scored in one reading only. */
function commonRows(before: RowSample, after: RowSample): { before: RowSample; after: RowSample } {
  const level = Math.max(before.level, after.level);
  const [a, b] = [before.atLevel(level), after.atLevel(level)];
  const [rowsA, rowsB] = [a.rows().index, b.rows().index];
  const isSame = rowsA.length === rowsB.length && rowsA.every((row, i) => row === rowsB[i]);
  if (isSame) return { before: a, after: b };
  const [inA, inB] = [new Set(a.index), new Set(b.index)];
  return { before: a.only((row) => inB.has(row)), after: b.only((row) => inA.has(row)) };
}

/**
 * Changes of loss, refinement and calibration with their standard errors. At
 * the best temperature the loss does not depend on it to first order, so the
 * rows' own differences carry the errors of both parts.
 */
function sampledChanges(
  { kernel, math }: ExplainParts,
  before: SampledRows,
  after: SampledRows,
  was: Refinement,
  is: Refinement,
  resolution: number,
) {
  const lossesAt = (rows: SampledRows, beta: number): Float64Array => {
    const losses = new Float64Array(rows.count);
    kernel.run(rows, 0, rows.count, beta, ({ loss }, count, firstRow) => {
      losses.set(loss.subarray(0, count), firstRow);
    });
    return losses;
  };
  const total = difference(lossesAt(after, 1), lossesAt(before, 1));
  const refined = difference(lossesAt(after, is.fit.beta), lossesAt(before, was.fit.beta));
  const mean = (values: (row: number) => number) =>
    pairedMeanOf(before.count, values, before.weights, math, resolution);
  return {
    loss: mean((i) => total[i]).mean,
    refinement: mean((i) => refined[i]),
    calibration: mean((i) => total[i] - refined[i]),
  };
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]);
}
