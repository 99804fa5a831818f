/** Class labels in arrays: checked, numbered and counted. */

import { compareLabels, requireLabel, showLabel } from '../arrays/labels.js';
import { isNested } from '../arrays/numbers.js';
import { ClassificationTally } from '../tallies/classification-tally.js';
import { MOST_CLASSES } from '../tallies/tally-options.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Label, Labels, Targets } from '../types/forms.js';
import { labelsOfRows } from './label-rows.js';

/** Weight of each row; 0 leaves a row out. */
export type SampleWeight = ArrayLike<number>;

/** Labels by number. */
export interface NumberedLabels {
  /** The labels: those of `order` first, then the others, ascending. */
  readonly classes: readonly Label[];
  /** Class number per row, one array per input. */
  readonly numbers: readonly Int32Array[];
}

/**
 * Numbers the labels of arrays of one length.
 * @param inputs arrays by name, the targets first; or rows of a number per class.
 * @param order labels that come first, as option `labels` has them.
 * @throws InputError `empty-input`, `bad-label`, `mixed-labels`, `too-many-classes`, `bad-target-row`,
 *   `tied-target`
 * @throws UsageError `length-mismatch`, `bad-option`
 */
export function numberLabels(
  inputs: Readonly<Record<string, Targets>>,
  order: readonly Label[] = [],
): NumberedLabels {
  const names = Object.keys(inputs);
  const rows = inputs[names[0]!]!.length;
  for (const name of names) requireLength(name, inputs[name]!.length, rows);
  requireRows(names[0]!, rows);
  const seen = new Map<Label, number>();
  for (const label of order) seen.set(requireLabel(label, 'labels'), seen.size);
  if (seen.size < order.length) {
    throw new UsageError('bad-option', 'Option labels holds a label twice; expected each once.');
  }
  let first = order[0];
  const numbers = names.map((name) => {
    const given = inputs[name]!;
    const values = isNested(given)
      ? labelsOfRows(name, given, order, name === names[0])
      : (given as Labels);
    const numbered = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const label = requireLabel(values[row], name, row);
      let number = seen.get(label);
      if (number === undefined) {
        first ??= label;
        if (typeof label !== typeof first) throw mixedLabels(name, row, label, first);
        number = seen.size;
        if (number === MOST_CLASSES) throw tooManyClasses(name, row);
        seen.set(label, number);
      }
      numbered[row] = number;
    }
    return numbered;
  });
  const found = [...seen.keys()];
  const classes = [...order, ...found.slice(order.length).sort(compareLabels)];
  const place = new Map(classes.map((label, k) => [label, k]));
  const moved = Int32Array.from(found, (label) => place.get(label)!);
  for (const numbered of numbers) {
    for (let row = 0; row < rows; row++) numbered[row] = moved[numbered[row]];
  }
  return { classes, numbers };
}

function mixedLabels(source: string, row: number, label: Label, first: Label): InputError {
  return new InputError('mixed-labels', {
    source,
    row,
    problem: 'labels are numbers and texts',
    found: `${showLabel(label)} beside ${showLabel(first)}`,
    expected: 'labels of one type in targets, predictions and options',
    advice: 'Convert them with String() or Number().',
  });
}

function tooManyClasses(source: string, row: number): InputError {
  return new InputError('too-many-classes', {
    source,
    row,
    problem: `there are more than ${MOST_CLASSES} different labels`,
    expected: 'labels of classes, not values of a regression',
  });
}

/** @throws UsageError `length-mismatch` */
export function requireLength(name: string, length: number, rows: number): void {
  if (length === rows) return;
  throw new UsageError(
    'length-mismatch',
    `${name} needs ${rows} entries, one per row; found ${length}.`,
  );
}

/** @throws InputError `empty-input` */
export function requireRows(source: string, rows: number): void {
  if (rows > 0) return;
  throw new InputError('empty-input', {
    source,
    problem: 'there are no rows',
    expected: 'one row or more',
  });
}

/** Sample weights as the tallies take them; null where there are none. */
export function weightsOf(sampleWeight: SampleWeight | undefined, rows: number) {
  if (sampleWeight === undefined) return null;
  requireLength('sampleWeight', sampleWeight.length, rows);
  return sampleWeight instanceof Float64Array ? sampleWeight : Float64Array.from(sampleWeight);
}

/** Labels of one target and one prediction per row, counted. */
export interface CountedLabels {
  readonly classes: readonly Label[];
  readonly tally: ClassificationTally;
}

/**
 * Counts targets and predictions.
 * @param options.onlyListed leaves out rows with a target or prediction that is not in `labels`.
 */
export function countLabels(
  yTrue: Targets,
  yPred: Targets,
  options: {
    readonly labels?: readonly Label[] | undefined;
    readonly sampleWeight?: SampleWeight | undefined;
    readonly onlyListed?: boolean;
  } = {},
): CountedLabels {
  const { labels = [], sampleWeight, onlyListed = false } = options;
  const { classes, numbers } = numberLabels({ yTrue, yPred }, labels);
  const [targets, predictions] = numbers as [Int32Array, Int32Array];
  const weights = weightsOf(sampleWeight, targets.length);
  const listed = onlyListed && labels.length > 0 ? labels.length : classes.length;
  const tally = labelTally(listed, weights !== null);
  if (listed === classes.length) {
    tally.addLabels(targets, predictions, weights);
  } else {
    const kept = Int32Array.from(targets.keys()).filter(
      (row) => targets[row] < listed && predictions[row] < listed,
    );
    tally.addLabels(
      kept.map((row) => targets[row]),
      kept.map((row) => predictions[row]),
      weights && Float64Array.from(kept, (row) => weights[row]),
    );
  }
  return { classes: classes.slice(0, listed), tally };
}

/** A tally of labels without scores. */
export function labelTally(classes: number, weighted: boolean): ClassificationTally {
  // A single class has a second beside it that never occurs.
  return new ClassificationTally({
    classes: Math.max(2, classes),
    weighted,
    scores: false,
    kernel: 'none',
    version: '',
  });
}
