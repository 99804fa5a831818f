/** Labels of classes: what can be one, and in which order they stand. */

import { InputError, quote, UsageError } from '../types/errors.js';
import type { Label } from '../types/forms.js';

/**
 * A target as a label: whole numbers and texts as they are, bigints as numbers,
 * true and false as 1 and 0. NaN for what can be no label.
 */
export function labelOf(value: unknown): Label {
  if (typeof value === 'string') return value;
  const isLike = typeof value === 'bigint' || typeof value === 'boolean';
  const label = isLike ? Number(value) : value;
  return Number.isSafeInteger(label) ? (label as number) : Number.NaN;
}

/** @throws InputError `bad-label` */
export function requireLabel(value: unknown, source: string, row?: number): Label {
  const label = labelOf(value);
  if (!Number.isNaN(label)) return label;
  throw new InputError('bad-label', {
    source,
    ...(row !== undefined && { row }),
    problem: 'a class label cannot be used',
    found: showLabel(value),
    expected: 'a whole number or a text',
    advice: 'Turn scores into labels first (by argmax or a threshold).',
  });
}

/** A label as messages show it. */
export function showLabel(label: unknown): string {
  return typeof label === 'string' ? quote(label) : String(label);
}

/**
 * The order of labels: numbers by size, texts by their code points, as
 * scikit-learn's `classes_` has them. (`<` would compare UTF-16 code units,
 * which puts characters beyond U+FFFF before some that are below.)
 */
export function compareLabels(a: Label, b: Label): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) - Number(b);
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length - b.length;
  const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
  // A surrogate is half of a character beyond all that one unit can hold.
  const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
  return Number(isSurrogate(x)) - Number(isSurrogate(y)) || x - y;
}

/**
 * Labels as option `labels` has them, each with its place.
 * @param classes how many there must be; any number by default
 * @param name of the option in messages
 * @throws UsageError `bad-option`; InputError `bad-label`
 */
export function placesOf(
  labels: readonly Label[],
  classes = labels.length,
  name = 'labels',
): Map<Label, number> {
  if (labels.length !== classes) {
    throw new UsageError(
      'bad-option',
      `Option ${name} needs ${classes} labels, one per class; found ${labels.length}.`,
    );
  }
  const places = new Map<Label, number>();
  for (const label of labels) places.set(requireLabel(label, name), places.size);
  if (places.size === labels.length) return places;
  throw new UsageError('bad-option', `Option ${name} holds a label twice; expected each once.`);
}
