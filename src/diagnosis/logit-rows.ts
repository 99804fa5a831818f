/** Arrays of logits and targets as rows to fit recalibrations on. */

import { readClasses } from '../arrays/classes.js';
import { readNumbers } from '../arrays/numbers.js';
import { type Shape, shapeOf } from '../arrays/shape.js';
import { oneHotClasses, readTargetRows } from '../arrays/target-rows.js';
import { currentCore } from '../engine/current-core.js';
import { TemperEngine } from '../engine/temper-engine.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { TemperReference } from '../reference/temper-reference.js';
import { RowSample } from '../tallies/row-sample.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { KernelName } from '../types/scores.js';
import type { TemperKernel } from '../types/temper.js';

export interface LogitRowsOptions {
  readonly sampleWeight?: ArrayLike<number> | undefined;
  readonly classes?: number | undefined;
}

/**
 * All rows that weigh something and whose target is not masked.
 * @param caller the public function, for messages
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `soft-targets`; InputError
 *   `empty-input`, `bad-logit`, `target-out-of-range`, `bad-target-row`, `bad-weight`
 */
export function readLogits(
  logits: Scores,
  targets: Targets,
  caller: string,
  options: LogitRowsOptions,
): { readonly sample: RowSample; readonly classes: number } {
  const { sampleWeight } = options;
  const read = readNumbers('logits', logits);
  const { values } = read;
  requireRows(targets.length);
  const names = { scoresName: 'logits', targetsName: 'targets' };
  const shape = shapeOf(read, targets, { ...names, classes: options.classes });
  const { rows, classes } = shape;
  requireFit(shape, values.length, sampleWeight);
  const indices = shape.targetRows
    ? oneHotClasses(readTargetRows('targets', shape.targetRows, classes), caller)
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
  return { sample, classes };
}

/** The kernel of fits, and the exponential and logarithm that go with it. */
export function temperKernel(kernel: KernelName): {
  readonly temper: TemperKernel;
  readonly math: ScalarMath;
} {
  if (kernel === 'reference') return { temper: new TemperReference(), math: Math };
  const core = currentCore(kernel);
  return { temper: new TemperEngine(core), math: core };
}

export function nothingToFit(): InputError {
  return new InputError('nothing-scored', {
    problem: 'no row is left to fit on',
    expected: 'a row of weight above 0 whose target is not masked',
  });
}

function requireRows(rows: number): void {
  if (rows !== 0) return;
  throw new InputError('empty-input', {
    problem: 'there are no rows to fit on',
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
