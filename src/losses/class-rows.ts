/** Reads rows of classes and their targets, for the losses over them. */

import type { ClassRows } from '../types/class-rows.js';
import { InputError, UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import type { ClassIndices, Numbers } from '../types/loss.js';
import { MAX_CLASSES } from '../types/row-options.js';
import { checkTargets, inFormatOf, readInput } from './arrays.js';
import { numberOption, show } from './options.js';

/** Options of losses over rows of classes. */
export interface ClassOptions {
  /** Weight ≥ 0 of each class. */
  readonly weight?: Numbers | null | undefined;
  /** Target that takes a row out: loss and gradient 0. None by default (PyTorch: −100). */
  readonly ignoreIndex?: number | null | undefined;
  /**
   * Classes per row. With class indices it follows from the lengths, and is
   * only checked; with probability targets it has to be said.
   */
  readonly classes?: number | undefined;
}

/** Names of {@link ClassOptions}. */
export const CLASS_OPTIONS = ['weight', 'ignoreIndex', 'classes'] as const;

/** Rows of a loss, and what the mean over them divides by. */
export interface ReadRows extends ClassRows {
  readonly scores: RealArray;
  /** Rows that are not ignored. */
  readonly counted: number;
  /** Σ w_y over them. */
  readonly weightSum: number;
}

/**
 * Reads scores and class indices.
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `bad-weight`, `bad-ignore-index`;
 *   InputError `empty-input`, `target-out-of-range`
 */
export function readIndexRows(
  loss: string,
  input: Numbers,
  targets: ClassIndices,
  options: ClassOptions,
): ReadRows {
  const scores = readInput('input', input);
  const rows = lengthOf(loss, targets);
  const classes = scores.length / rows;
  if (!Number.isInteger(classes) || (options.classes ?? classes) !== classes) {
    const each = options.classes === undefined ? '' : ` of ${options.classes} classes`;
    throw new UsageError(
      'length-mismatch',
      `${scores.length} scores${each} do not fit ${rows} targets: ${loss} needs rows × classes scores and one class index per row.`,
    );
  }
  checkClasses(loss, classes);
  const weights = readWeights(loss, options.weight, classes);
  const ignoreIndex = readIgnoreIndex(loss, options.ignoreIndex);
  const { indices, counted, weightSum } = readIndices(targets, classes, weights, ignoreIndex);
  return {
    ...{ scores, rows, classes, indices, soft: null, weights, ignoreIndex },
    ...{ counted, weightSum },
  };
}

/** Whether targets are probabilities, one per score, and not one class index per row. */
export function areProbabilities(input: Numbers, targets: ClassIndices | Numbers): boolean {
  return targets?.length === input?.length && typeof targets[0] !== 'bigint';
}

/**
 * Reads scores and as many target probabilities.
 * @throws UsageError `missing-classes` and those of {@link readIndexRows}; InputError
 *   `target-out-of-range` for targets that are negative or no finite number
 */
export function readSoftRows(
  loss: string,
  input: Numbers,
  targets: Numbers,
  options: ClassOptions,
): ReadRows {
  const scores = readInput('input', input);
  const { classes } = options;
  if (classes === undefined) {
    throw new UsageError(
      'missing-classes',
      `The targets of ${loss} are as many numbers as its input: they are probabilities. Say how many classes a row has: { classes }. (Class indices are one per row.)`,
    );
  }
  checkClasses(loss, classes);
  const rows = scores.length / classes;
  if (!Number.isInteger(rows)) {
    throw new UsageError(
      'length-mismatch',
      `${scores.length} scores are no whole number of rows of ${classes} classes.`,
    );
  }
  if (options.ignoreIndex !== undefined && options.ignoreIndex !== null) {
    throw new UsageError(
      'bad-ignore-index',
      `ignoreIndex of ${loss} does not apply to probability targets: leave those rows out of the input.`,
    );
  }
  const soft = inFormatOf(scores, targets);
  const fits = (q: number) => q >= 0 && q < Number.POSITIVE_INFINITY;
  checkTargets(soft, fits, 'a probability ≥ 0');
  const weights = readWeights(loss, options.weight, classes);
  return {
    ...{ scores, rows, classes, indices: null, soft, weights, ignoreIndex: null },
    ...{ counted: rows, weightSum: rows },
  };
}

function lengthOf(loss: string, targets: ClassIndices): number {
  const length: unknown =
    typeof targets === 'object' && targets !== null ? targets.length : undefined;
  if (Number.isSafeInteger(length) && (length as number) > 0) return length as number;
  const found = length === 0 ? 'none' : show(targets);
  throw new UsageError(
    'length-mismatch',
    `${loss} needs a class index per row as targets; found ${found}.`,
  );
}

function checkClasses(loss: string, classes: number): void {
  const hint = classes === 1 ? ' (For one score per row use binaryCrossEntropyWithLogits.)' : '';
  if (Number.isInteger(classes) && classes >= 2 && classes <= MAX_CLASSES) return;
  throw new UsageError(
    'bad-classes',
    `${loss} needs rows of 2 to ${MAX_CLASSES} classes; found ${show(classes)}.${hint}`,
  );
}

function readWeights(
  loss: string,
  weight: Numbers | null | undefined,
  classes: number,
): Float64Array | null {
  if (weight === undefined || weight === null) return null;
  const weights = typeof weight === 'object' ? Float64Array.from(weight) : null;
  if (weights?.length !== classes) {
    throw new UsageError(
      'bad-weight',
      `weight of ${loss} needs one number per class (${classes}); found ${weights?.length ?? show(weight)}.`,
    );
  }
  const bad = weights.findIndex((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY));
  if (bad < 0) return weights;
  throw new UsageError(
    'bad-weight',
    `weight of ${loss} must be finite and ≥ 0; found ${weights[bad]} for class ${bad}.`,
  );
}

function readIgnoreIndex(loss: string, ignoreIndex: number | null | undefined): number | null {
  if (ignoreIndex === undefined || ignoreIndex === null) return null;
  numberOption(loss, 'ignoreIndex', ignoreIndex, { min: -(2 ** 31), max: 2 ** 31 - 1 });
  if (Number.isInteger(ignoreIndex)) return ignoreIndex;
  throw new UsageError(
    'bad-ignore-index',
    `ignoreIndex of ${loss} must be a whole number; found ${ignoreIndex}.`,
  );
}

/** Class indices as the kernels take them; on the way every one is checked. */
function readIndices(
  targets: ClassIndices,
  classes: number,
  weights: Float64Array | null,
  ignoreIndex: number | null,
): { indices: Int32Array; counted: number; weightSum: number } {
  const indices = targets instanceof Int32Array ? targets : new Int32Array(targets.length);
  let counted = 0;
  let weightSum = 0;
  for (let r = 0; r < indices.length; r++) {
    const found = targets[r];
    const target = typeof found === 'bigint' ? Number(found) : found;
    if (targets !== indices) indices[r] = target;
    if (ignoreIndex !== null && target === ignoreIndex) continue;
    if (!(target >= 0 && target < classes && Number.isInteger(target))) {
      throw new InputError('target-out-of-range', {
        row: r,
        problem: 'the target is no class',
        found: String(found),
        expected: `a class index from 0 to ${classes - 1}`,
        advice: 'Mark rows to leave out with ignoreIndex.',
      });
    }
    weightSum += weights === null ? 1 : weights[target];
    counted++;
  }
  return { indices, counted, weightSum };
}
