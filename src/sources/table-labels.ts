/** Labels as people write them, and the class index that each stands for. */

import { InputError, type InputPlace, quote } from '../types/errors.js';
import { MISSING_TARGET } from '../types/scores.js';
import { listNames } from './table-names.js';

/** Gives the target of a label. `place` is asked for only when there is something to say. */
export type LabelIndex = (label: string, place: () => InputPlace) => number;

/**
 * An integer in canonical form: `+3`, `3.0` and `-0` become `3`, `3` and `0`.
 * @returns null for any other text, `007` among it, which can only be a name.
 */
export function canonicalInteger(text: string): string | null {
  const match = /^([+-]?)(0|[1-9]\d*)(?:\.0*)?$/.exec(text);
  if (match === null) return null;
  return match[1] === '-' && match[2] !== '0' ? `-${match[2]}` : match[2]!;
}

/** A label as text, integers in canonical form, so that `3` and `3.0` are one label. */
export function canonicalLabel(text: string): string {
  return canonicalInteger(text) ?? text;
}

/**
 * Makes the mapping from labels to targets:
 *
 * 1. an empty label is {@link MISSING_TARGET};
 * 2. a label that is exactly the name of a class is that class;
 * 3. an integer is the class of that name if any class is named by an integer
 *    (`1` … `10`, or columns in the order 0, 1, 10, 2), and otherwise the index itself;
 * 4. an integer that names no class is passed on, for it may be `ignoreIndex`; but
 *    not where it would be taken for the index of a class with another name.
 *
 * @param classNames names of the classes in the order of the scores; null where they are numbered.
 * @throws (the mapping) InputError `unknown-label`, `label-out-of-range`.
 */
export function labelIndex(classNames: readonly string[] | null): LabelIndex {
  // Labels repeat: each distinct one is judged once.
  const known = new Map<string, number>();
  let byName = false;
  if (classNames !== null) {
    for (const [index, name] of classNames.entries()) {
      if (name !== '') known.set(name, index);
      byName ||= canonicalInteger(name) !== null;
    }
  }
  known.set('', MISSING_TARGET);
  return (label, place) => {
    const target = known.get(label);
    if (target !== undefined) return target;
    const judged = judge(label, known, byName, classNames, place);
    if (known.size < MEMORY) known.set(label, judged);
    return judged;
  };
}

/** Spellings that are remembered: every class twice over at the most. */
const MEMORY = 1 << 19;

function judge(
  label: string,
  known: ReadonlyMap<string, number>,
  byName: boolean,
  classNames: readonly string[] | null,
  place: () => InputPlace,
): number {
  const integer = canonicalInteger(label);
  if (integer === null) throw unknownLabel(label, classNames, place());
  if (byName) {
    const named = known.get(integer);
    if (named !== undefined) return named;
  }
  const value = Number(integer);
  if (value > 2147483647 || value <= MISSING_TARGET) {
    throw new InputError('label-out-of-range', {
      ...place(),
      problem: 'the label is out of range',
      found: quote(label),
      expected: 'an integer above -2147483648 and up to 2147483647',
      advice: 'Number the classes from 0, or give their names with --class-names.',
    });
  }
  if (byName && value >= 0 && value < classNames!.length) {
    throw unknownLabel(label, classNames, place());
  }
  return value;
}

function unknownLabel(
  label: string,
  classNames: readonly string[] | null,
  place: InputPlace,
): InputError {
  return new InputError('unknown-label', {
    ...place,
    problem: classNames === null ? 'the label is not a class index' : 'the label names no class',
    found: quote(label),
    expected:
      classNames === null
        ? 'an integer from 0 to C−1, for the classes have no names here'
        : `one of ${listNames(classNames)}`,
    advice:
      classNames === null
        ? 'Give the names of the classes in the order of the scores with --class-names.'
        : 'Labels are matched exactly; check spelling, case and spaces.',
  });
}
