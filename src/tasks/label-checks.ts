/** Whether labels can be classes, and in which order these stand. */

import { InputError, quote } from '../types/errors.js';
import { MAX_CLASSES } from '../types/row-options.js';

/** From so many rows on, as many labels as this share of them are no classes. */
const FEWEST_ROWS = 20;
const NEARLY_ALL = 0.9;

/** What is looked at. */
export interface CheckedPairs {
  /** Rows that were counted. */
  readonly rows: number;
  /** All labels, in the order in which they were met. */
  labels(): ReadonlySet<string>;
  labelsOf(side: 'target' | 'prediction'): ReadonlySet<string>;
}

/**
 * Refuses labels that are hardly classes.
 * @throws InputError `label-per-row`, `not-an-integer`, `disjoint-labels`
 */
export function checkLabels(source: string, pairs: CheckedPairs): void {
  const labels = pairs.labels();
  if (pairs.rows >= FEWEST_ROWS && labels.size >= NEARLY_ALL * pairs.rows) {
    throw labelPerRow(source, labels, pairs.rows);
  }
  requireWhole(source, labels);
  requireShared(source, pairs);
}

/** Numbers before words: integers by value, then text by code unit. */
function byValue(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (Number.isInteger(x) && Number.isInteger(y)) return x - y;
  if (Number.isInteger(x) !== Number.isInteger(y)) return Number.isInteger(x) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Classes in order: as given; 0 … max for small whole numbers; otherwise the labels, sorted. */
export function classesOf(
  labels: ReadonlySet<string>,
  given: readonly string[] | null | undefined,
): readonly string[] {
  if (given) return given;
  const sorted = [...labels].sort(byValue);
  const numbers = sorted.map(Number);
  const last = numbers.at(-1) ?? 0;
  const isIndex = numbers.every((n, i) => Number.isInteger(n) && n >= 0 && String(n) === sorted[i]);
  if (isIndex && last < MAX_CLASSES && last < 4 * sorted.length + 16) {
    return Array.from({ length: Math.max(2, last + 1) }, (_, i) => String(i));
  }
  return sorted;
}

/** A number with a fraction among whole ones is no class. */
function requireWhole(source: string, labels: ReadonlySet<string>): void {
  const numbers = [...labels].map(Number);
  if (!numbers.every(Number.isFinite)) return;
  const fractions = [...labels].filter((label) => !Number.isInteger(Number(label)));
  if (fractions.length === 0 || 2 * fractions.length >= labels.size) return;
  throw new InputError('not-an-integer', {
    source,
    problem: 'labels are class numbers, and one of them has a fraction',
    found: quote(fractions[0]!),
    expected: 'integers',
    advice:
      'If they are values, say --task regression; if it is a class, name them all with --class-names.',
  });
}

/** Predicted labels and targets must be of one kind: words beside numbers never agree. */
function requireShared(source: string, pairs: CheckedPairs): void {
  const [targets, predicted] = [pairs.labelsOf('target'), pairs.labelsOf('prediction')];
  const isShared = [...targets].some((label) => predicted.has(label));
  if (isShared || targets.size < 2 || predicted.size < 2) return;
  const some = (labels: Iterable<string>) => [...labels].slice(0, 6).map(quote).join(', ');
  throw new InputError('disjoint-labels', {
    source,
    problem: 'no predicted label occurs among the targets, so no row can be right',
    found: `predictions ${some(predicted)}; targets ${some(targets)}`,
    expected: 'the same labels in both',
    advice:
      'Write both alike, say where class numbers begin with --labels-from, or name all classes with --class-names if this is meant.',
  });
}

function labelPerRow(source: string, labels: ReadonlySet<string>, rows: number): InputError {
  const isNumber = [...labels].every((label) => Number.isFinite(Number(label)));
  return new InputError('label-per-row', {
    source,
    problem: 'nearly every row has a label of its own, so these are hardly classes',
    found: `${labels.size} different labels in ${rows} rows, such as ${quote([...labels][0]!)}`,
    expected: 'labels that many rows share',
    advice: `${isNumber ? 'If they are predicted values, say --task regression. ' : ''}If a column of names was taken for labels, choose others with --prediction and --target; if these are classes, name them all with --class-names.`,
  });
}
