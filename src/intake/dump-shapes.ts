/** Whether what is read together has one shape, and what it is called where it has not. */

import { memberPlace } from '../formats/member-name.js';
import { shapeOf } from '../formats/npy-fields.js';
import { InputError, UsageError } from '../types/errors.js';
import { type Field, holdsArrays, widthOf } from '../types/fields.js';
import { MAX_CLASSES } from '../types/row-options.js';
import type { Dtype } from '../types/scores.js';
import type { OpenFile, Placed } from './files.js';
import { listNames } from './name-lists.js';

/** A file, or a member of an archive, in messages. */
export function sourceOf({ fields }: OpenFile, field: Field): string {
  if (!holdsArrays(fields)) return fields.name;
  return memberPlace(fields.name, field.name ?? '');
}

/** Numbers of the predictions per row, and rows where they are known. */
export interface ScoreShape {
  readonly source: string;
  /** Scores or values per row. */
  readonly classes: number;
  readonly rows: number | null;
  /** Whether all of them are one array. */
  readonly isArray: boolean;
}

/** @throws InputError `too-many-classes`, `no-rows` */
export function scoreShape(file: OpenFile, fields: readonly Field[]): ScoreShape {
  const [first] = fields as [Field];
  const source = sourceOf(file, first);
  const isArray = fields.length === 1 && first.rows !== null;
  const classes = fields.length > 1 ? fields.length : (first.inner.at(-1) ?? 1);
  const rows = isArray ? (first.rows! * widthOf(first)) / (classes || 1) : first.rows;
  if (rows === 0 || classes === 0) {
    throw new InputError('no-rows', {
      source,
      problem: 'the array holds no rows',
      found: `shape ${isArray ? shapeOf(first) : ''}`,
      expected: 'one row or more',
      advice: 'Check the program that wrote it.',
    });
  }
  if (classes <= MAX_CLASSES) return { source, classes, rows, isArray };
  throw new InputError('too-many-classes', {
    source,
    problem: 'there are more classes than can be scored',
    found: `${classes} columns`,
    expected: `at most ${MAX_CLASSES}`,
    advice: 'Is the array transposed? Rows are samples, columns are classes: save array.T.',
  });
}

/** The least number format that holds the numbers of all fields without rounding. */
export function commonDtype(fields: readonly Field[]): Dtype {
  const [first, ...others] = new Set(fields.map(({ dtype }) => dtype));
  if (others.length === 0) return first ?? 'f64';
  return first === 'f64' || others.includes('f64') ? 'f64' : 'f32';
}

/** Targets of a row: numbers of the fields, or of the last axis. */
export function targetsPerRow({ fields }: Placed, rows: number | null, outputs: number): number {
  if (fields.length > 1) return fields.length;
  const [field] = fields as [Field];
  const width = widthOf(field);
  if (field.rows === null || rows === null || rows === 0) return width;
  // (batch, time) beside (batch, time, outputs)
  const perRow = (field.rows * width) / rows;
  return outputs === 1 && perRow === 1 ? 1 : (field.inner.at(-1) ?? 1);
}

/** @throws InputError `shape-mismatch` where both lengths are known beforehand and differ */
export function requireRows(
  { file, fields }: Placed,
  predictions: OpenFile,
  rows: number | null,
  width: number,
  noun: string,
): void {
  const [field] = fields as [Field];
  if (field.problem !== undefined || field.rows === null) return;
  // Beside columns of a table there are no further axes to share.
  const isWide = rows === null && widthOf(field) !== width && fields.length === 1;
  if (rows === null && !isWide) return;
  const own = fields.length > 1 ? field.rows : (field.rows * widthOf(field)) / width;
  if (own === rows) return;
  const isOne = !isWide && (own === field.rows || widthOf(field) === 1);
  throw new InputError('shape-mismatch', {
    source: sourceOf(file, field),
    problem: isOne
      ? `there must be as many ${noun} as rows of predictions`
      : 'there must be one value per row',
    found: isOne ? `${own} rows` : `shape ${shapeOf(field)}`,
    expected: isOne ? `${rows}, as ${predictions.fields.name} has` : `(${rows ?? 'rows'},)`,
    advice: 'Give the file that was written by the same run over the same split.',
  });
}

/** Targets of several columns must stand in the order of the predictions. */
export function requireSameOrder(outputNames: readonly string[], { file, fields }: Placed): void {
  if (fields.length < 2) return;
  const own = (name: string) => name.slice(name.indexOf('_') + 1);
  const targets = fields.map(({ name }) => name ?? '');
  const outputs = outputNames.map((name) =>
    targets.some((t) => own(t) === name) ? name : own(name),
  );
  const labels = targets.map(own);
  const same = (a: readonly string[], b: readonly string[]) => a.join('\n') === b.join('\n');
  if (same(outputs, labels) || !same([...outputs].sort(), [...labels].sort())) return;
  throw new InputError('column-order', {
    source: file.fields.name,
    problem: 'the columns of the targets stand in another order than those of the predictions',
    found: listNames(targets),
    expected: `the order ${listNames(outputs)}`,
    advice: 'Give both orders with --scores and --target, as in --scores p_a,p_b --target y_a,y_b.',
  });
}

/** Names that are given are those of the classes in the order of the scores. @throws UsageError `class-names-order` */
export function requireOrder(
  given: readonly string[],
  found: readonly string[] | null,
  source: string,
): void {
  if (found === null || found.every((name, i) => name === given[i])) return;
  const names = new Set(given);
  if (!found.every((name) => names.has(name))) return;
  throw new UsageError(
    'class-names-order',
    `--class-names has the names that ${source} has for its scores, in another order: ${listNames(found)} there. Leave it out, for the names are known; to read the columns in another order, list them with --scores.`,
  );
}
