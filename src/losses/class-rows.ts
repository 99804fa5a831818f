/** Reads rows of classes and their targets, for the losses over them. */

import { readClasses } from '../arrays/classes.js';
import type { ReadNumbers } from '../arrays/numbers.js';
import { type Shape, shapeOf } from '../arrays/shape.js';
import { oneHotClasses, readTargetRows } from '../arrays/target-rows.js';
import type { ClassRows } from '../types/class-rows.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { Numbers } from '../types/loss.js';
import { MAX_CLASSES } from '../types/row-options.js';
import { checkTargets, inFormatOf, readInputRows } from './arrays.js';
import { numberOption, show } from './options.js';

/** Options of losses over rows of classes. */
export interface ClassOptions {
  /** Weight ≥ 0 of each class. */
  readonly weight?: Numbers | null | undefined;
  /** Target that takes a row out: loss and gradient 0. None by default (PyTorch: −100). */
  readonly ignoreIndex?: number | null | undefined;
  /**
   * Classes per row. It follows from rows that are lists, and from the number of
   * targets that are one per row, and is then only checked; where scores and
   * targets are both flat and as many it has to be said.
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
 * Reads scores and one class per row.
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `bad-weight`, `bad-ignore-index`,
 *   `soft-targets`; InputError `empty-input`, `target-out-of-range`, `bad-target-row`
 */
export function readIndexRows(
  loss: string,
  input: Scores,
  targets: Targets,
  options: ClassOptions,
): ReadRows {
  const read = readInputRows('input', input);
  return indexRows(loss, read, shapeOf(read, targets, options), options);
}

/**
 * Reads scores and class indices or probabilities. Rows of targets are
 * probabilities, also where they are one-hot: what becomes of a row must not
 * depend on the others.
 * @throws UsageError `missing-classes` and those of {@link readIndexRows}; InputError
 *   `target-out-of-range` for flat targets that are negative or no finite number
 */
export function readClassRows(
  loss: string,
  input: Scores,
  targets: Targets,
  options: ClassOptions,
): ReadRows {
  const read = readInputRows('input', input);
  const isFlat = read.width === null && targets?.length === read.values.length;
  if (isFlat && typeof targets[0] !== 'bigint') {
    return flatSoftRows(loss, read, targets as Numbers, options);
  }
  const shape = shapeOf(read, targets, options);
  if (shape.targetRows === null) return indexRows(loss, read, shape, options);
  checkClasses(loss, shape.classes);
  const { values } = readTargetRows('targets', shape.targetRows, shape.classes);
  return softRows(loss, read.values, values, shape.classes, options);
}

function indexRows(
  loss: string,
  { values: scores }: ReadNumbers,
  shape: Shape,
  options: ClassOptions,
): ReadRows {
  const { rows, classes, labels, targetRows } = shape;
  checkClasses(loss, classes);
  const weights = readWeights(loss, options.weight, classes);
  const ignoreIndex = readIgnoreIndex(loss, options.ignoreIndex);
  const indices =
    labels === null
      ? oneHotClasses(readTargetRows('targets', targetRows!, classes), loss)
      : readClasses(labels, {
          classes,
          ignoreIndex,
          code: 'target-out-of-range',
          advice: 'Mark rows to leave out with ignoreIndex.',
        });
  return {
    ...{ scores, rows, classes, indices, soft: null, weights, ignoreIndex },
    ...countRows(indices, weights, ignoreIndex),
  };
}

/** Scores and as many target masses, both flat; masses need not add up to 1, as in PyTorch. */
function flatSoftRows(
  loss: string,
  { values: scores }: ReadNumbers,
  targets: Numbers,
  options: ClassOptions,
): ReadRows {
  const { classes } = options;
  if (classes === undefined) {
    throw new UsageError(
      'missing-classes',
      `The targets of ${loss} are as many numbers as its input: they are probabilities. Say how many classes a row has: { classes }. (Class indices are one per row.)`,
    );
  }
  checkClasses(loss, classes);
  if (!Number.isInteger(scores.length / classes)) {
    throw new UsageError(
      'length-mismatch',
      `${scores.length} scores are no whole number of rows of ${classes} classes.`,
    );
  }
  const soft = inFormatOf(scores, targets);
  const fits = (q: number) => q >= 0 && q < Number.POSITIVE_INFINITY;
  checkTargets(soft, fits, 'a probability ≥ 0');
  return softRows(loss, scores, soft, classes, options);
}

function softRows(
  loss: string,
  scores: RealArray,
  targets: RealArray,
  classes: number,
  options: ClassOptions,
): ReadRows {
  if (options.ignoreIndex !== undefined && options.ignoreIndex !== null) {
    throw new UsageError(
      'bad-ignore-index',
      `ignoreIndex of ${loss} does not apply to probability targets: leave those rows out of the input.`,
    );
  }
  const rows = scores.length / classes;
  const soft = inFormatOf(scores, targets);
  const weights = readWeights(loss, options.weight, classes);
  return {
    ...{ scores, rows, classes, indices: null, soft, weights, ignoreIndex: null },
    ...{ counted: rows, weightSum: rows },
  };
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

/** What the mean divides by. */
function countRows(
  indices: Int32Array,
  weights: Float64Array | null,
  ignoreIndex: number | null,
): { counted: number; weightSum: number } {
  let counted = 0;
  let weightSum = 0;
  for (let r = 0; r < indices.length; r++) {
    const target = indices[r];
    if (target === ignoreIndex) continue;
    weightSum += weights === null ? 1 : weights[target];
    counted++;
  }
  return { counted, weightSum };
}
