/** Temperature scaling: fitted on some rows, applied to others. */

import { readNumbers } from '../arrays/numbers.js';
import type { TemperatureReport } from '../types/diagnosis.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { KernelName } from '../types/scores.js';
import { nothingToFit, readLogits, temperKernel } from './logit-rows.js';
import { fitRefinement, temperatureReport } from './temperature.js';

/** Options of {@link fitTemperature}. */
export interface FitTemperatureOptions {
  /** Weight ≥ 0 of each row. */
  readonly sampleWeight?: ArrayLike<number> | undefined;
  /** Classes per row, where both arrays are flat and their lengths alone do not tell. */
  readonly classes?: number | undefined;
  /** `simd` (default), `relaxed` or `reference`. */
  readonly kernel?: KernelName | undefined;
}

/** A fitted temperature: plain values, so that JSON holds it. */
export interface TemperatureScaling {
  readonly schema: 'logitscope.temperature/1';
  /** Logits are divided by it. */
  readonly temperature: number;
  /** Ends of the 95 % interval; left out at a bound. */
  readonly low?: number;
  readonly high?: number;
  /**
   * Set where no temperature is best, and this one is the end of the range: 1/1024 of the
   * distance between a row's two highest scores, or 1024 times the mean distance from the
   * highest (medians over rows).
   */
  readonly bound?: TemperatureReport['bound'];
  /** Rows that it was fitted on. */
  readonly rows: number;
  /** Mean cross-entropy of these rows before and after, and after with the others' temperature (5 folds). */
  readonly lossBefore: number;
  readonly lossAfter: number;
  readonly lossAfterCrossFitted: number;
}

/**
 * Fits the temperature T that softmax(z/T) fits the targets best with (Guo et
 * al., "On Calibration of Modern Neural Networks", ICML 2017), by maximum
 * likelihood. Predictions do not change, and so neither does accuracy.
 *
 * @param logits rows × classes, in lists or flat ({@link Scores}): logits, log-probabilities or
 *   logarithms of probabilities; −∞ is a mask
 * @param targets a class per row, in any form of {@link Targets} but probabilities; rows whose
 *   target is masked are left out
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `soft-targets`; InputError
 *   `empty-input`, `bad-logit`, `target-out-of-range`, `bad-target-row`, `bad-weight`, `nothing-scored`
 * @example
 * ```ts
 * import { fitTemperature, temperatureScale } from 'logitscope';
 * // Right two times out of three, and always sure.
 * const logits = [[4, 0], [4, 0], [4, 0]];
 * const scaling = fitTemperature(logits, [0, 0, 1]);
 * scaling.temperature; // 5.7708
 * temperatureScale(logits, scaling).slice(0, 2); // [0.6931, 0]
 * ```
 */
export function fitTemperature(
  logits: Scores,
  targets: Targets,
  options: FitTemperatureOptions = {},
): TemperatureScaling {
  const { kernel = 'simd' } = options;
  const { sample } = readLogits(logits, targets, 'fitTemperature', options);
  const { temper, math } = temperKernel(kernel);
  const found = fitRefinement(temper, sample, math);
  if (found === null) throw nothingToFit();
  const { value, low, high, bound } = temperatureReport(found.fit, math);
  return {
    schema: 'logitscope.temperature/1',
    temperature: value,
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
    ...(bound !== undefined && { bound }),
    rows: found.rows,
    lossBefore: found.fit.lossAtOne,
    lossAfter: found.fit.loss,
    lossAfterCrossFitted: found.crossFittedLoss,
  };
}

/**
 * Logits divided by a temperature.
 * @param logits of any shape, in lists or flat
 * @param scaling what {@link fitTemperature} gave, also read back from JSON; or a temperature
 * @returns a new array, flat, row after row; of type f32 for f32 logits, else f64
 * @throws UsageError `bad-temperature`, `not-numbers`, `length-mismatch`
 * @example
 * ```ts
 * import { temperatureScale } from 'logitscope';
 * temperatureScale(Float32Array.of(2, 1), 2); // [1, 0.5]
 * temperatureScale([[2, 1], [0, 3]], 2); // [1, 0.5, 0, 1.5]
 * ```
 */
export function temperatureScale(
  logits: Scores,
  scaling: number | Pick<TemperatureScaling, 'temperature'>,
): RealArray {
  const temperature = typeof scaling === 'number' ? scaling : scaling?.temperature;
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new UsageError(
      'bad-temperature',
      `A temperature must be a finite number > 0, or what fitTemperature gave; found ${JSON.stringify(scaling)}.`,
    );
  }
  const scaled = readNumbers('logits', logits).values.slice();
  for (let i = 0; i < scaled.length; i++) scaled[i] /= temperature;
  return scaled;
}
