/**
 * Targets in whatever form they are written: class indices, words, one-hot or soft
 * rows, −1 and 1, true and false, counted from 1. Which form it is, is found once; rows
 * are decoded as they come.
 */

import { shapeOf } from '../formats/npy-fields.js';
import { InputError, UsageError } from '../types/errors.js';
import { type Field, holdsArrays, widthOf } from '../types/fields.js';
import { MISSING_TARGET } from '../types/scores.js';
import { isTruthValue, TRUTH_VALUES } from '../types/truth-values.js';
import { type OpenFile, type Placed, peekNumbers, peekTexts } from './files.js';
import { type LabelIndex, labelIndex } from './label-index.js';
import { listNames } from './name-lists.js';
import type { TargetContext, Targets } from './target-form.js';
import { findLabels, IGNORED } from './target-labels.js';
import { TargetRows } from './target-rows.js';

const NOTHING = {
  classNames: null,
  rows: null,
  isSoft: false,
  convention: null,
  indices: null,
  ignoreIndex: undefined,
  areWritten: false,
  index: null,
} as const;

/** Finds the form of targets. @throws InputError, UsageError where they do not fit the scores */
export async function findTargets(placed: Placed, context: TargetContext): Promise<Targets> {
  const { file, fields } = placed;
  const width = widthPerRow(placed, context);
  if (width > 1) return targetRows(placed, context, width);
  const [field] = fields as [Field];
  const isArray = field.content === 'whole' || field.content === 'real';
  // Booleans of typed files are 0 and 1, but where classes are named as they are.
  const areFlags = /b1$|^bool/i.test(field.stored) && context.classNames?.some(isTruthValue);
  const asLabel = areFlags ? (value: number) => TRUTH_VALUES[value] ?? '' : String;
  const [head] = isArray
    ? [Array.from((await peekNumbers(file, fields, 1)).numbers, asLabel)]
    : await peekTexts(file, fields);
  const {
    index,
    convention = null,
    classNames = null,
  } = await findLabels(file, field, head!, context);
  const isMarked =
    index !== null && context.ignoreIndex !== null && context.ignoreIndex !== undefined;
  const found = {
    ...{ ...NOTHING, convention, classNames },
    ignoreIndex: isMarked ? IGNORED : undefined,
  };
  const numbers = { fields, width: 1, required: false };
  if (isArray) {
    const indices = index && eachNumber(index, asLabel);
    return { ...found, part: { numbers }, indices };
  }
  // One number per row among others needs no text of its own.
  if (context.isSingle && index === null) return { ...found, part: { numbers }, areWritten: true };
  return { ...found, part: { text: field }, index: index ?? labelIndex(null) };
}

/** Integers as class indices, in place; each distinct one is looked up once. */
function eachNumber(
  index: LabelIndex,
  labelOf: (value: number) => string,
): NonNullable<Targets['indices']> {
  const known = new Map<number, number>([[MISSING_TARGET, MISSING_TARGET]]);
  return (targets, count, place) => {
    for (let i = 0; i < count; i++) {
      const target = targets[i]!;
      let found = known.get(target);
      if (found === undefined) {
        found = index(labelOf(target), () => place(i));
        known.set(target, found);
      }
      targets[i] = found;
    }
  };
}

/** Numbers of the targets that belong to a row of scores: 1, or as many as there are classes. */
function widthPerRow({ file, fields }: Placed, { classes, scores }: TargetContext): number {
  const [field] = fields as [Field];
  if (fields.length > 1) {
    if (fields.length === classes) return classes;
    throw shape(file, field, `${fields.length} ${file.fields.unit}s`, 'one, or one per class');
  }
  const width = widthOf(field);
  if (field.problem !== undefined || (scores === null && (width === 1 || width === classes)))
    return width;
  if (scores !== null && scores.field.rows !== null && field.rows !== null) {
    const { rows, inner } = scores.field;
    const axes = [rows, ...inner];
    const leading = widthOf(scores.field) === 1 ? axes : axes.slice(0, -1);
    const all = leading.reduce((product, size) => product * size, 1);
    const own = [field.rows, ...field.inner].join();
    const isOneOf = (...shapes: number[][]) => shapes.some((wanted) => wanted.join() === own);
    if (isOneOf([all], [all, 1], leading, [...leading, 1])) return 1;
    if (isOneOf([all, classes], [...leading, classes])) return classes;
    const isPlain = field.inner.length === 0 && leading.length === 1;
    const [found, expected] = isPlain
      ? [`${field.rows} rows`, `${all}, as ${scores.name} has`]
      : [
          `shape ${shapeOf(field)}`,
          `(${all},), as ${scores.name} has shape ${shapeOf(scores.field)}`,
        ];
    throw shape(file, field, found, expected);
  }
  if (width === 1 || width === classes) return width;
  throw shape(file, field, `${width} per row`, `one per row, or ${classes} (one per class)`);
}

function shape(
  { fields: file }: OpenFile,
  field: Field,
  found: string,
  expected: string,
): InputError {
  return new InputError('shape-mismatch', {
    source: holdsArrays(file) ? `${file.name}[${field.name}]` : file.name,
    ...(file.unit === 'field' && { column: field.name ?? 0 }),
    problem: 'there must be as many targets as rows of scores',
    found,
    expected,
    advice:
      'Save both from the same run and the same split. Classes stand on the last axis: np.moveaxis(logits, 1, -1) puts them there.',
  });
}

async function targetRows(placed: Placed, context: TargetContext, width: number): Promise<Targets> {
  const { file } = placed;
  const { classNames, labelsFrom } = context;
  if (labelsFrom !== undefined) {
    throw new UsageError(
      'labels-from-rows',
      `--labels-from is for targets that are class numbers, and those of ${file.fields.name} are rows of one number per class. Leave it out.`,
    );
  }
  const [first] = placed.fields as [Field];
  if (first.content === 'text') {
    throw new InputError('not-a-number', {
      source: file.fields.name,
      problem: 'a row of targets must hold numbers, one per class',
      found: 'text',
      expected: '0 and 1, or probabilities',
    });
  }
  const names =
    first.keys ?? (placed.fields.length > 1 ? placed.fields.map(({ name }) => name ?? '') : null);
  const order = names && classNames ? orderOf(names, classNames, file) : null;
  const isByKey = first.keys !== undefined;
  const fields = order && !isByKey ? order.map((at) => placed.fields[at]!) : placed.fields;
  const numbers = { fields, width, required: true };
  const rows = new TargetRows(width, isByKey ? order : null);
  const isSoft = await rows.findForm(file, numbers);
  return {
    ...NOTHING,
    part: { numbers },
    rows,
    isSoft,
    convention: isSoft
      ? null
      : 'the targets from one-hot rows, their numbers in the order of the classes',
  };
}

/** Place of each class among names of targets, which may follow a prefix that they share. */
function orderOf(
  names: readonly string[],
  classNames: readonly string[],
  { fields }: OpenFile,
): readonly number[] | null {
  const spellings = [names, names.map((name) => name.slice(name.indexOf('_') + 1))];
  for (const spelled of spellings) {
    const order = classNames.map((name) => spelled.indexOf(name));
    if (!order.includes(-1)) return order;
  }
  if (names.every((name) => !classNames.includes(name)) && !fields.named) return null;
  throw new InputError('column-order', {
    source: fields.name,
    problem: 'the targets of the classes have other names than their scores',
    found: listNames(names),
    expected: listNames(classNames),
    advice: 'Name both alike, or give class numbers as targets.',
  });
}
