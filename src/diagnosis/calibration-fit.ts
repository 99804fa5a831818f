/** What a fit of temperature and offsets, or of a line, found, as a file holds it. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { CalibratedTask, CalibrationFit } from '../types/calibration.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import { ColumnMeans } from './column-means.js';
import { type PairedMean, pairedMean } from './paired-tests.js';

/** The error of what a fit saves: that of the mean of the rows' own savings. */
export class SavedMeans {
  readonly #fitted: Fitted;
  readonly #means = new ColumnMeans(1);

  constructor(fitted: Fitted) {
    this.#fitted = fitted;
  }

  add(rows: FitRows): void {
    const { asIs, refined } = this.#fitted.losses(rows);
    const saved = asIs.map((loss, r) => loss - refined[r]);
    this.#means.add([saved], rows.weights, rows.count);
  }

  paired(math: ScalarMath): PairedMean {
    return this.#means.paired(0, math);
  }
}

/**
 * @param saved of the same rows
 * @param of rows that were there to be sampled
 * @param hasOffsets whether offsets are to be written, be they 0
 */
export function calibrationFit(
  { task, classes }: { readonly task: CalibratedTask; readonly classes: number },
  fitted: Fitted,
  saved: SavedMeans,
  of: number,
  math: ScalarMath,
  hasOffsets: boolean,
): CalibrationFit {
  const { temperature, temperatures, line, threshold, accuracyAtOffsets } = fitted.parameters;
  const { lossAsIs: before, loss: after, crossFittedLoss: afterCrossFitted, rows } = fitted;
  const value = before - afterCrossFitted;
  const { low, high, pValue } = pairedMean(value, saved.paired(math), math);
  return {
    ...(temperature && { temperature: temperature.value }),
    ...(temperature?.bound && { bound: temperature.bound }),
    ...(temperatures && { temperatures: temperatures.map((each) => each.value) }),
    ...(line && { line: { slope: line.slope.value, intercept: line.intercept.value } }),
    ...(task !== 'regression' && hasOffsets && { offsets: offsetsOf(fitted, task, classes) }),
    ...(threshold && { threshold: threshold.value }),
    ...{ rows, of },
    loss: {
      name: task === 'regression' ? 'mse' : 'log_loss',
      ...{ before, after, afterCrossFitted },
      saved: { value, low, high, pValue },
    },
    ...(accuracyAtOffsets && {
      accuracy: {
        before: accuracyAtOffsets.value - accuracyAtOffsets.lost,
        afterCrossFitted: accuracyAtOffsets.value,
        low: accuracyAtOffsets.low,
        high: accuracyAtOffsets.high,
        pValue: accuracyAtOffsets.pValue,
      },
    }),
    parts: fitted.parts,
  };
}

/** One for each class or label; classes that share one have it each, and 0 where there are none. */
function offsetsOf(
  { parameters: { offsets } }: Fitted,
  task: CalibratedTask,
  classes: number,
): number[] {
  if (task === 'binary') return [offsets?.values[0]?.value ?? 0];
  const all = new Array<number>(classes).fill(offsets?.common?.value ?? 0);
  for (const { index, value } of offsets?.values ?? []) all[index] = value;
  return all;
}
