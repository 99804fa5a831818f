/** Labels as people write them, and the class index that each stands for. */

import { InputError, type InputPlace, quote } from '../types/errors.js';
import { MISSING_TARGET } from '../types/scores.js';
import { listNames } from './name-lists.js';

/** Gives the target of a label. `place` is asked for only when there is something to say. */
export type LabelIndex = (label: string, place: () => InputPlace) => number;

/** What stands for no label, as pandas, R and JSON write it; `none` and `na` in small letters may be classes. */
const MISSING = /^(?:nan|NaN|NAN|n\/a|N\/A|#N\/A|NA|<NA>|null|NULL|None)?$/;

/**
 * An integer in canonical form: `+3`, `3.0`, ` 3`, `3e0` and `-0` become `3` and `0`.
 * @returns null for any other text, `007` among it, which can only be a name.
 */
export function canonicalInteger(text: string): string | null {
  const match = /^([+-]?)(0|[1-9]\d*)(?:\.(\d*))?(e[+-]?\d{1,3})?$/i.exec(text.trim());
  if (match === null) return null;
  const [written, sign, whole, fraction = '', exponent] = match;
  if (exponent === undefined) {
    if (/[1-9]/.test(fraction)) return null;
    return sign === '-' && whole !== '0' ? `-${whole}` : whole!;
  }
  const value = Number(written);
  return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : null;
}

/** A label as text, integers in canonical form, so that `3` and `3.0` are one label; no blanks around it; '' where there is none. */
export function canonicalLabel(text: string): string {
  const label = text.trim();
  return canonicalInteger(label) ?? (MISSING.test(label) ? '' : label);
}

/**
 * Makes the mapping from labels to targets:
 *
 * 1. a label that is exactly the name of a class is that class;
 * 2. an empty label, NaN and their like are {@link MISSING_TARGET};
 * 3. an integer is the class of that name if any class is named by an integer
 *    (`1` … `10`, or columns in the order 0, 1, 10, 2), and otherwise the index itself, but
 *    not beside labels in words;
 * 4. an integer that names no class is passed on, for it may be `ignoreIndex`; but
 *    not where it would be taken for the index of a class with another name.
 *
 * @param classNames names of the classes in the order of the scores; null where they are numbered.
 * @throws (the mapping) InputError `unknown-label`, `label-out-of-range`.
 */
export function labelIndex(classNames: readonly string[] | null): LabelIndex {
  const named = new Map<string, number>();
  for (const [index, name] of (classNames ?? []).entries()) if (name !== '') named.set(name, index);
  let byName = false;
  for (const [index, name] of (classNames ?? []).entries()) {
    const integer = canonicalInteger(name);
    byName ||= integer !== null;
    if (integer !== null && !named.has(integer)) named.set(integer, index);
  }
  // Labels repeat: each distinct one is judged once.
  const judged = new Map<string, number>();
  let form: 'words' | 'indices' | null = null;
  const requireForm = (own: 'words' | 'indices', label: string, place: () => InputPlace) => {
    form ??= own;
    if (form !== own) throw unknownLabel(label, classNames, place());
  };
  const judge = (label: string, place: () => InputPlace): number => {
    // Blanks around a label count only where they tell classes apart.
    const exact = named.get(label) ?? named.get(label.trim());
    const integer = canonicalInteger(label);
    if (exact !== undefined) {
      if (!byName) requireForm('words', label, place);
      return exact;
    }
    if (MISSING.test(label.trim())) return MISSING_TARGET;
    if (integer === null) throw unknownLabel(label, classNames, place());
    const ofName = byName ? named.get(integer) : undefined;
    if (ofName !== undefined) return ofName;
    const index = inRange(label, integer, place);
    if (classNames !== null && index >= 0 && index < classNames.length) {
      if (byName) throw unknownLabel(label, classNames, place());
      requireForm('indices', label, place);
    }
    return index;
  };
  return (label, place) => {
    const known = judged.get(label);
    if (known !== undefined) return known;
    const target = judge(label, place);
    if (judged.size < MEMORY) judged.set(label, target);
    return target;
  };
}

/** Spellings that are remembered: every class twice over at the most. */
const MEMORY = 1 << 19;

function inRange(label: string, integer: string, place: () => InputPlace): number {
  const value = Number(integer);
  if (value > 2147483647 || value <= MISSING_TARGET) {
    throw new InputError('label-out-of-range', {
      ...place(),
      problem: 'the label is out of range',
      found: quote(label),
      expected: 'an integer above -2147483648 and up to 2147483647',
      advice:
        'Number the classes from 0, say where they begin with --labels-from, or give their names with --class-names.',
    });
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
