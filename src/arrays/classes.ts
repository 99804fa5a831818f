/** One target per row as class indices. */

import { InputError } from '../types/errors.js';
import type { Label, Labels } from '../types/forms.js';
import { compareLabels, labelOf, placesOf, requireLabel, showLabel } from './labels.js';

/** What a function takes for a class, and what its refusals are called. */
export interface ClassTerms {
  readonly classes: number;
  /** Name of the targets in messages. */
  readonly source?: string | undefined;
  /** Labels of the classes in their order: then targets are these, and no indices. */
  readonly labels?: readonly Label[] | undefined;
  /** What the option of these is called; `labels` by default. */
  readonly labelsName?: string | undefined;
  /** Whether −1 and 1 may stand for the two of two classes. */
  readonly signs?: boolean | undefined;
  /**
   * Whether numbers, too, are labels: then as many different ones as classes may be any,
   * in ascending order, and what can be no label has codes of its own.
   */
  readonly areLabels?: boolean | undefined;
  /** An index that is let through, whatever it is. */
  readonly ignoreIndex?: number | null | undefined;
  /** Code for a target that is no class. */
  readonly code: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
}

/**
 * Class index of each target; an Int32Array of indices is not copied.
 * @throws UsageError `bad-option`; InputError `bad-label`, `mixed-labels`, and with the code of the terms
 */
export function readClasses(targets: Labels, terms: ClassTerms): Int32Array {
  const { labels, classes } = terms;
  if (labels !== undefined)
    return byPlace(targets, placesOf(labels, classes, terms.labelsName), terms);
  if (typeof targets[0] === 'string') return byText(targets, terms);
  const { ignoreIndex = null } = terms;
  const isIndices = targets instanceof Int32Array;
  const indices = isIndices ? targets : new Int32Array(targets.length);
  for (let r = 0; r < indices.length; r++) {
    const value = targets[r];
    const number = typeof value === 'number' ? value : numberOf(value);
    if (!isIndices) indices[r] = number;
    if (number >= 0 && number < classes && Number.isInteger(number)) continue;
    if (ignoreIndex !== null && number === ignoreIndex) continue;
    return byNumber(targets, r, terms);
  }
  return indices;
}

function numberOf(value: unknown): number {
  return typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : Number.NaN;
}

/** Whether all targets are −1 or 1. */
export function areSigns(targets: Labels): boolean {
  for (let r = 0; r < targets.length; r++) {
    const number = Number(targets[r]);
    if (number !== 1 && number !== -1) return false;
  }
  return true;
}

/** Numbers of which one is no class index. */
function byNumber(targets: Labels, firstOdd: number, terms: ClassTerms): Int32Array {
  const { classes, areLabels = false, signs = false } = terms;
  if (signs && classes === 2 && areSigns(targets)) {
    return Int32Array.from(targets as ArrayLike<number>, (sign) => Number(Number(sign) > 0));
  }
  if (areLabels) return bySize(targets, terms);
  if (typeof targets[firstOdd] === 'string') throw mixed(targets, firstOdd, targets[0], terms);
  throw noClass(targets, firstOdd, terms, `a class index from 0 to ${classes - 1}`);
}

/** Labels by their place among those that the caller names. */
function byPlace(
  targets: Labels,
  places: ReadonlyMap<Label, number>,
  terms: ClassTerms,
): Int32Array {
  const indices = new Int32Array(targets.length);
  for (let r = 0; r < indices.length; r++) {
    const label = labelOf(targets[r]);
    const place = places.get(label);
    if (place === undefined) {
      const known = [...places.keys()];
      if (terms.areLabels) requireLabel(targets[r], terms.source ?? 'targets', r);
      if (terms.areLabels && typeof label !== typeof known[0]) {
        throw mixed(targets, r, known[0], terms);
      }
      throw noClass(targets, r, terms, `one of the labels ${listOf(known)}`);
    }
    indices[r] = place;
  }
  return indices;
}

/** Texts, which are labels of all classes. */
function byText(targets: Labels, terms: ClassTerms): Int32Array {
  return byPlace(targets, placesOf(sortedTexts(targets, terms)), terms);
}

/**
 * The different texts of targets, by their code points: as many as classes.
 * @throws InputError `mixed-labels`, and with the code of the terms
 */
export function sortedTexts(targets: Labels, terms: ClassTerms): string[] {
  const seen = new Set<string>();
  for (let r = 0; r < targets.length; r++) {
    const text: unknown = targets[r];
    if (typeof text !== 'string') throw mixed(targets, r, targets[0], terms);
    seen.add(text);
  }
  const texts = [...seen].sort(compareLabels);
  if (texts.length === terms.classes) return texts;
  throw untold(texts, terms);
}

/** Numbers that are labels, in ascending order. */
function bySize(targets: Labels, terms: ClassTerms): Int32Array {
  const { source = 'targets', classes } = terms;
  const numbers = Array.from({ length: targets.length }, (_, r) => {
    const label = requireLabel(targets[r], source, r);
    if (typeof label === 'string') throw mixed(targets, r, targets[0], terms);
    return label;
  });
  const labels = [...new Set(numbers)].sort(compareLabels);
  if (labels.length !== classes) throw untold(labels, terms);
  const places = placesOf(labels);
  return Int32Array.from(numbers, (label) => places.get(label)!);
}

const place = ({ source }: ClassTerms) => (source === undefined ? {} : { source });

function untold(labels: readonly Label[], terms: ClassTerms): InputError {
  const { classes, code } = terms;
  return new InputError(code, {
    ...place(terms),
    problem: `which label each of ${classes} columns is for cannot be told`,
    found: `${labels.length} different labels, ${listOf(labels)}`,
    expected: `class indices 0 … ${classes - 1}, or ${classes} different labels`,
    advice: terms.advice ?? 'Name what the columns stand for with labels.',
  });
}

function noClass(targets: Labels, row: number, terms: ClassTerms, expected: string): InputError {
  return new InputError(terms.code, {
    ...place(terms),
    row,
    problem: 'the target is no class',
    found: showLabel(targets[row]),
    expected,
    advice: terms.advice,
  });
}

function mixed(targets: Labels, row: number, beside: unknown, terms: ClassTerms): InputError {
  return new InputError(terms.areLabels ? 'mixed-labels' : terms.code, {
    ...place(terms),
    row,
    problem: 'labels are numbers and texts',
    found: `${showLabel(targets[row])} beside ${showLabel(beside)}`,
    expected: 'labels of one type',
    advice: 'Convert them with String() or Number().',
  });
}

/** The first few labels as a message shows them. */
function listOf(labels: readonly Label[]): string {
  return `${labels.slice(0, 4).map(showLabel).join(', ')}${labels.length > 4 ? ', …' : ''}`;
}
