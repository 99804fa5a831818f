/** Temperature scaling: fitted on some rows, applied to others. */

import { readClasses } from '../arrays/classes.js';
import { readNumbers } from '../arrays/numbers.js';
import { type Shape, shapeOf } from '../arrays/shape.js';
import { oneHotClasses, readTargetRows } from '../arrays/target-rows.js';
import { currentCore } from '../engine/current-core.js';
import { TemperEngine } from '../engine/temper-engine.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { TemperReference } from '../reference/temper-reference.js';
import { RowSample } from '../tallies/row-sample.js';
import type { TemperatureReport } from '../types/diagnosis.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { KernelName } from '../types/scores.js';
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
  const { sampleWeight, kernel = 'simd' } = options;
  const read = readNumbers('logits', logits);
  const { values } = read;
  requireRows(targets.length);
  const names = { scoresName: 'logits', targetsName: 'targets' };
  const shape = shapeOf(read, targets, { ...names, classes: options.classes });
  const { rows, classes } = shape;
  requireFit(shape, values.length, sampleWeight);
  const indices = shape.targetRows
    ? oneHotClasses(readTargetRows('targets', shape.targetRows, classes), 'fitTemperature')
    : readClasses(shape.labels!, { classes, code: 'target-out-of-range' });
  const sample = new RowSample({
    classes,
    dtype: values instanceof Float32Array ? 'f32' : 'f64',
    weighted: sampleWeight !== undefined,
    budget: values.byteLength,
  });
  for (let row = 0; row < rows; row++) {
    const scores = values.subarray(row * classes, (row + 1) * classes);
    const target = indices[row];
    requireLogits(scores, row);
    const weight = checkedWeight(sampleWeight, row);
    if (weight === 0 || scores[target] === Number.NEGATIVE_INFINITY) continue;
    if (sample.offers(row)) sample.keep(row, target, weight, scores);
  }
  const isReference = kernel === 'reference';
  const core = isReference ? null : currentCore(kernel);
  const math: ScalarMath = core ?? Math;
  const found = fitRefinement(core ? new TemperEngine(core) : new TemperReference(), sample, math);
  if (found === null) {
    throw new InputError('nothing-scored', {
      problem: 'no row is left to fit a temperature on',
      expected: 'a row of weight above 0 whose target is not masked',
    });
  }
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

function requireRows(rows: number): void {
  if (rows !== 0) return;
  throw new InputError('empty-input', {
    problem: 'there are no rows to fit a temperature on',
    expected: 'one row or more',
  });
}

function requireFit(
  { rows, classes }: Shape,
  numbers: number,
  weights: ArrayLike<number> | undefined,
): void {
  if (classes < 2) {
    throw new UsageError(
      'length-mismatch',
      `${numbers} logits do not make ${rows} rows of two classes or more, one per target.`,
    );
  }
  if (weights !== undefined && weights.length !== rows) {
    throw new UsageError(
      'length-mismatch',
      `Expected ${rows} weights, one per row; found ${weights.length}.`,
    );
  }
}

function checkedWeight(weights: ArrayLike<number> | undefined, row: number): number {
  const weight = weights === undefined ? 1 : weights[row];
  if (weight >= 0 && weight < Number.POSITIVE_INFINITY) return weight;
  throw new InputError('bad-weight', {
    row,
    problem: 'the sample weight cannot be used',
    found: String(weight),
    expected: 'a finite number ≥ 0',
  });
}

function requireLogits(scores: RealArray, row: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < scores.length; c++) {
    const score = scores[c];
    if (Number.isNaN(score) || score === Number.POSITIVE_INFINITY) {
      throw new InputError('bad-logit', {
        row,
        column: c,
        problem: 'the logit is no number that a softmax can have',
        found: String(score),
        expected: 'a finite number, or −∞ for a masked class',
      });
    }
    if (score > largest) largest = score;
  }
  if (largest > Number.NEGATIVE_INFINITY) return;
  throw new InputError('bad-logit', {
    row,
    problem: 'every class is masked',
    found: '−∞ throughout',
    expected: 'a finite logit',
  });
}
