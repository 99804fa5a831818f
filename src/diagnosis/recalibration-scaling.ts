/** Temperature and offsets of the classes: fitted on some rows, applied to others. */

import { readNumbers } from '../arrays/numbers.js';
import type { LossParts, TemperatureReport } from '../types/diagnosis.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { KernelName } from '../types/scores.js';
import { foldedSample } from './joint-fit.js';
import { PartMeans } from './joint-parts.js';
import { searchFound } from './joint-recalibration.js';
import { jointTemperature } from './joint-report.js';
import { nothingToFit, readLogits, temperKernel } from './logit-rows.js';
import { searchRows } from './row-search.js';

/** Options of {@link fitRecalibration}. */
export interface FitRecalibrationOptions {
  /** Weight ≥ 0 of each row. */
  readonly sampleWeight?: ArrayLike<number> | undefined;
  /** Classes per row, where both arrays are flat and their lengths alone do not tell. */
  readonly classes?: number | undefined;
  /**
   * How firmly offsets are held at 0: a ridge λ‖b‖²/2 on the mean loss with λ = `ridge` / Σ weights;
   * 0 for none. Default: none up to five classes; for more chosen by the loss out of fold among
   * 0, 4, 40 and no offsets at all.
   */
  readonly ridge?: number | undefined;
  /** `simd` (default), `relaxed` or `reference`. */
  readonly kernel?: KernelName | undefined;
}

/** Fitted temperature and offsets: plain values, so that JSON holds them. */
export interface RecalibrationScaling {
  readonly schema: 'logitscope.recalibration/1';
  /** Logits are divided by it. */
  readonly temperature: number;
  /** Ends of the 95 % interval; left out at a bound. */
  readonly low?: number;
  readonly high?: number;
  /** Set where no temperature is best, as in {@link fitTemperature}. */
  readonly bound?: TemperatureReport['bound'];
  /** What is then added, of each class; Σ = 0. All 0 where offsets do not pay on other rows. */
  readonly offsets: readonly number[];
  /** Rows that it was fitted on. */
  readonly rows: number;
  /** Mean cross-entropy of these rows before and after, and after with the others' fit (5 folds). */
  readonly lossBefore: number;
  readonly lossAfter: number;
  readonly lossAfterCrossFitted: number;
  /** What is left of the loss, and what temperature and offsets take off it. */
  readonly parts: LossParts;
}

/**
 * Fits the temperature T and an offset b for each class that softmax(z/T + b) fits the targets best
 * with, by maximum likelihood (Alexandari, Kundaje and Shrikumar, "Maximum Likelihood with
 * Bias-Corrected Calibration is Hard-To-Beat at Label Shift Adaptation", ICML 2020). Temperature
 * mends how sure scores are, offsets mend which classes they favour, and the accuracy with that.
 * Classes with fewer than ten target rows share one offset; past 4096 classes so do all but
 * the 1024 most frequent ones.
 *
 * @param logits rows × classes, in lists or flat ({@link Scores}): logits, log-probabilities or
 *   logarithms of probabilities; −∞ is a mask
 * @param targets a class per row, in any form of {@link Targets} but probabilities; rows whose
 *   target is masked are left out
 * @throws UsageError `bad-option`, `not-numbers`, `length-mismatch`, `bad-classes`, `soft-targets`;
 *   InputError `empty-input`, `bad-logit`, `target-out-of-range`, `bad-target-row`, `bad-weight`,
 *   `nothing-scored`
 * @example
 * ```ts
 * import { fitRecalibration, recalibrate } from 'logitscope';
 * // Class 0 has a lead of 2 everywhere, and is right three times out of four.
 * const logits = Array.from({ length: 40 }, () => [2, 0]);
 * const targets = logits.map((_, row) => (row % 4 === 0 ? 1 : 0));
 * const fitted = fitRecalibration(logits, targets);
 * const [a, b] = recalibrate([[2, 0]], fitted);
 * 1 / (1 + Math.exp(b - a)); // 0.75
 * ```
 */
export function fitRecalibration(
  logits: Scores,
  targets: Targets,
  options: FitRecalibrationOptions = {},
): RecalibrationScaling {
  const { kernel = 'simd', ridge } = options;
  if (ridge !== undefined && !(ridge >= 0 && ridge < Number.POSITIVE_INFINITY)) {
    throw new UsageError('bad-option', `ridge must be a finite number ≥ 0; found ${ridge}.`);
  }
  const { sample, classes } = readLogits(logits, targets, 'fitRecalibration', options);
  const { temper, math } = temperKernel(kernel);
  const rows = foldedSample(sample);
  const found = searchRows(searchFound(sample.count, sample, temper, math, { ridge }), rows);
  if (found === null) throw nothingToFit();
  const means = new PartMeans(temper, [found], null);
  means.add(sample.count, rows.weights, () => rows);
  const parts = { ...means.parts(math), residual: means.residual };
  const { value, low, high, bound } = jointTemperature(found, math);
  const { offsets } = found.ends.all;
  return {
    schema: 'logitscope.recalibration/1',
    temperature: value,
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
    ...(bound !== undefined && { bound }),
    offsets: offsets === null ? new Array(classes).fill(0) : centred(offsets),
    rows: means.rows,
    lossBefore: means.lossAsIs,
    lossAfter: parts.refinement.inSample,
    lossAfterCrossFitted: parts.refinement.crossFitted,
    parts,
  };
}

function centred(offsets: Float64Array): number[] {
  const mean = offsets.reduce((sum, b) => sum + b, 0) / offsets.length;
  return Array.from(offsets, (b) => b - mean);
}

/**
 * Logits divided by a temperature, with the offset of its class added to each.
 * @param logits rows × classes, in lists or flat; the classes are those of the fit
 * @param scaling what {@link fitRecalibration} gave, also read back from JSON
 * @returns a new array, flat, row after row; of type f32 for f32 logits, else f64
 * @throws UsageError `bad-temperature`, `bad-option`, `not-numbers`, `length-mismatch`
 * @example
 * ```ts
 * import { recalibrate } from 'logitscope';
 * recalibrate([[2, 1], [0, 3]], { temperature: 2, offsets: [-1, 1] }); // [0, 1.5, -1, 2.5]
 * ```
 */
export function recalibrate(
  logits: Scores,
  scaling: Pick<RecalibrationScaling, 'temperature' | 'offsets'>,
): RealArray {
  const { temperature, offsets } = scaling;
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new UsageError(
      'bad-temperature',
      `A temperature must be a finite number > 0; found ${JSON.stringify(temperature)}. Pass what fitRecalibration gave.`,
    );
  }
  if (!Array.isArray(offsets) || offsets.length < 2 || !offsets.every(Number.isFinite)) {
    throw new UsageError(
      'bad-option',
      'Offsets must be a list of finite numbers, one per class. Pass what fitRecalibration gave.',
    );
  }
  const scaled = readNumbers('logits', logits).values.slice();
  const classes = offsets.length;
  if (scaled.length % classes !== 0) {
    throw new UsageError(
      'length-mismatch',
      `${scaled.length} logits do not make rows of ${classes} classes, which the offsets are of.`,
    );
  }
  for (let i = 0; i < scaled.length; i++)
    scaled[i] = scaled[i] / temperature + offsets[i % classes];
  return scaled;
}
