/** Which class each label stands for: numbers, words, −1 and 1, true and false. */

import { InputError, type InputPlace, quote } from '../types/errors.js';
import { type Field, holdsArrays } from '../types/fields.js';
import { MISSING_TARGET } from '../types/scores.js';
import { isTruthValue } from '../types/truth-values.js';
import { HEAD_ROWS, type OpenFile, readTexts } from './files.js';
import { canonicalInteger, canonicalLabel, type LabelIndex, labelIndex } from './label-index.js';
import { listNames } from './name-lists.js';
import type { TargetContext } from './target-form.js';

/** Target of a row that is ignored, where labels are no class indices: it is the index of no class. */
export const IGNORED = -2147483646;

/** What labels stand for. */
export interface LabelForm {
  /** Null where labels are the class indices themselves. */
  readonly index: LabelIndex | null;
  /** Names of the classes, where only the labels tell them. */
  readonly classNames?: readonly string[];
  readonly convention?: string;
}

const isSign = (label: string) => label === '1' || label === '-1';

/**
 * Finds what labels stand for.
 * @param head labels of the first rows
 * @throws InputError `label-count`
 */
export async function findLabels(
  file: OpenFile,
  field: Field,
  head: readonly string[],
  context: TargetContext,
): Promise<LabelForm> {
  const { classNames, classes, ignoreIndex, labelsFrom = 0 } = context;
  const ignored = ignoreIndex === null || ignoreIndex === undefined ? null : String(ignoreIndex);
  const labels = new Set(head.map(canonicalLabel));
  labels.delete('');
  if (ignored !== null) labels.delete(ignored);
  const found = [...labels];
  const marked = (form: LabelForm): LabelForm =>
    form.index === null || ignored === null
      ? form
      : { ...form, index: marking(form.index, ignored) };
  if (labelsFrom !== 0 && !isNumberedFrom(classNames, labelsFrom)) {
    return marked({ index: counted(labelsFrom, context) });
  }
  const names = classNames?.map((name) => (canonicalInteger(name) ?? name).toLowerCase()) ?? [];
  if (classes === 2 && found.length > 0) {
    const isNamed = (label: string) => names.includes(label.toLowerCase());
    const isOdd = names.some((name) => /^-?\d+$/.test(name) && name !== '0' && name !== '1');
    const areSigns = found.includes('-1') && found.every(isSign) && !isNamed('-1') && !isOdd;
    const areFlags =
      found.every(isTruthValue) && !found.every((label) => classNames?.includes(label));
    if (areSigns || (areFlags && !isOdd)) {
      const second = Math.max(names.indexOf('1'), names.indexOf('true'));
      const positive = second < 0 ? 1 : second;
      const convention = areSigns
        ? 'targets −1 as the first class and 1 as the second'
        : 'targets False as the first class and True as the second';
      const form = { index: ofTwo(areSigns ? isSign : isTruthValue, positive) };
      return marked(positive === 1 && second < 0 ? { ...form, convention } : form);
    }
  }
  if (classNames !== null) {
    const isPlain = names.every((name, i) => name === String(i));
    return marked({ index: isPlain && field.content === 'whole' ? null : labelIndex(classNames) });
  }
  // Numbers with fractions are no words: they are refused where they are read.
  const isArray = field.content === 'whole' || field.content === 'real';
  if (isArray || found.every((label) => canonicalInteger(label) !== null)) return { index: null };
  return marked(await wordsInOrder(file, field, found, classes, ignored));
}

/** Whether classes are named by the numbers of the targets, in whatever order: then nothing is to be counted. */
function isNumberedFrom(classNames: readonly string[] | null, from: number): boolean {
  const names = new Set(classNames?.map(canonicalInteger));
  return classNames?.every((_, i) => names.has(String(i + from))) ?? false;
}

/** The label of ignored rows before all others. */
function marking(index: LabelIndex, ignored: string): LabelIndex {
  return (label, place) => {
    const isIgnored = label === ignored || canonicalInteger(label) === ignored;
    return isIgnored ? IGNORED : index(label, place);
  };
}

/** Labels that are counted from another number than 0. */
function counted(from: number, { classes, classNames }: TargetContext): LabelIndex {
  const byName = isNumberedFrom(classNames, 0) ? labelIndex(classNames) : null;
  return (label, place) => {
    if (canonicalLabel(label) === '') return MISSING_TARGET;
    const integer = canonicalInteger(label);
    const index = integer === null ? -1 : Number(integer) - from;
    if (index >= 0 && index < classes)
      return byName === null ? index : byName(String(index), place);
    throw noClass(label, place(), {
      expected: `a number from ${from} to ${classes - 1 + from}, as --labels-from ${from} says`,
      advice:
        'Check where the numbers of the classes begin, or mark rows to leave out with --ignore-index.',
    });
  };
}

/** Labels of two kinds, of which 1 and true are the positive class. */
function ofTwo(isOne: (label: string) => boolean, positive: number): LabelIndex {
  return (label, place) => {
    const own = canonicalLabel(label);
    if (own === '') return MISSING_TARGET;
    if (isOne(own)) return own === '1' || /^true$/i.test(own) ? positive : 1 - positive;
    throw noClass(label, place(), {
      expected: isOne('-1')
        ? '-1 or 1, as the first rows have it'
        : 'True or False, as the first rows have it',
      advice: 'Mark rows to leave out with --ignore-index.',
    });
  };
}

function noClass(label: string, place: InputPlace, more: { expected: string; advice: string }) {
  const found = canonicalInteger(label) ?? quote(label);
  return new InputError('target-out-of-range', {
    ...place,
    problem: 'the target is no class',
    found,
    ...more,
  });
}

/** Classes in the sorted order of the words that occur, as scikit-learn's `classes_`. */
async function wordsInOrder(
  file: OpenFile,
  field: Field,
  head: readonly string[],
  classes: number,
  ignored: string | null,
): Promise<LabelForm> {
  const found = new Set(head);
  const most = 2 * classes + 16;
  if (file.input.seeks && found.size <= classes) {
    await readTexts(file, field, (texts) => {
      for (const text of texts) found.add(canonicalLabel(text));
      return found.size <= most;
    });
  }
  found.delete('');
  if (ignored !== null) found.delete(ignored);
  const sorted = [...found].sort(byCodePoint);
  if (sorted.length !== classes) {
    const some = file.input.seeks ? '' : ` among the first ${HEAD_ROWS} rows`;
    const { name, unit } = file.fields;
    const isArray = holdsArrays(file.fields);
    throw new InputError('label-count', {
      source: isArray ? `${name}[${field.name}]` : name,
      ...(!isArray && unit !== 'array' && { column: field.name ?? 0 }),
      problem:
        'the labels are words, and there are not as many of them as classes, so which score is whose is not known',
      found: `${sorted.length > most ? 'more than ' : ''}${sorted.length} different labels${some}: ${listNames(sorted, 8)}`,
      expected: `${classes}, one for each class`,
      advice: 'Give the names of the classes in the order of the scores with --class-names.',
    });
  }
  return {
    classNames: sorted,
    convention: `the classes in the sorted order of the labels (${listNames(sorted, 6)})`,
    index: labelIndex(sorted),
  };
}

/** As Python sorts text. */
function byCodePoint(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}
