/** How many rows and classes scores have, and in which form the targets beside them are. */

import { UsageError } from '../types/errors.js';
import type { Labels, Rows, Targets } from '../types/forms.js';
import { isNested, lengthOf } from './numbers.js';
import { show } from './show.js';

/** What scores and targets say together. */
export interface Shape {
  readonly rows: number;
  /** Scores per row, 1 or more. */
  readonly classes: number;
  /** One target per row; null where they hold a number per class. */
  readonly labels: Labels | null;
  /** Targets of a number per class, in lists or flat; null where there is one per row. */
  readonly targetRows: Rows | ArrayLike<number> | null;
}

/** Scores as they were read: how many, and the shape that their form tells. */
export interface ReadForm {
  readonly values: { readonly length: number };
  readonly rows: number | null;
  readonly width: number | null;
}

/** Names for messages, and what the caller says of the shape. */
export interface ShapeTerms {
  readonly scoresName?: string;
  readonly targetsName?: string;
  readonly classes?: number | undefined;
}

/**
 * Finds rows and classes: those of lists, or as `classes` says, or else as many
 * rows as there are targets.
 * @throws UsageError `bad-classes`, `length-mismatch`
 */
export function shapeOf(scores: ReadForm, targets: Targets, terms: ShapeTerms = {}): Shape {
  const { scoresName = 'scores', targetsName = 'targets', classes } = terms;
  const asked = requireClasses(classes);
  if (asked !== null && scores.width !== null && scores.width !== asked) {
    throw new UsageError(
      'length-mismatch',
      `${scoresName} holds rows of ${scores.width} numbers; option classes says ${asked}.`,
    );
  }
  const length = lengthOf(targets);
  if (length === null || length === 0) {
    throw new UsageError(
      'length-mismatch',
      `${targetsName} needs a target per row; found ${length === 0 ? 'none' : show(targets)}.`,
    );
  }
  const count = scores.values.length;
  const width = scores.width ?? asked;
  const rows = scores.rows ?? (width === null ? length : count / width);
  const perRow = width ?? count / rows;
  const isRows = isNested(targets);
  const isFlatRows =
    !isRows && length === count && length !== rows && perRow > 1 && typeof targets[0] === 'number';
  if (!Number.isInteger(rows)) {
    throw new UsageError(
      'length-mismatch',
      `${count} ${scoresName} are no whole number of rows of ${width} classes.`,
    );
  }
  if (!Number.isInteger(perRow) || perRow < 1 || (length !== rows && !isFlatRows)) {
    const found =
      scores.rows === null
        ? `${count} ${scoresName}${width === null ? '' : ` of ${width} classes`}`
        : `${rows} rows of ${width} ${scoresName}`;
    throw new UsageError(
      'length-mismatch',
      `${found} do not fit ${length} ${targetsName}: expected rows × classes scores, and a target per row or one for every score.`,
    );
  }
  const shape = { rows, classes: perRow };
  if (isRows) {
    const column = columnOf(targetsName, targets);
    return { ...shape, labels: column, targetRows: column === null ? targets : null };
  }
  return isFlatRows
    ? { ...shape, labels: null, targetRows: targets as ArrayLike<number> }
    : { ...shape, labels: targets as Labels, targetRows: null };
}

/** Lists of one target each as one target per row; null for longer lists. */
export function columnOf(name: string, targets: Rows): Labels | null {
  if (targets[0]!.length !== 1) return null;
  return Array.from({ length: targets.length }, (_, r) => {
    const row: unknown = targets[r];
    if (lengthOf(row) === 1) return (row as ArrayLike<number>)[0]!;
    throw new UsageError(
      'length-mismatch',
      `${name} needs 1 number in every row; found ${lengthOf(row) ?? show(row)} in row ${r}.`,
    );
  });
}

/**
 * Option `classes`; null where it is not given.
 * @throws UsageError `bad-classes`
 */
export function requireClasses(classes: unknown): number | null {
  if (classes === undefined || classes === null) return null;
  if (Number.isSafeInteger(classes) && (classes as number) >= 1) return classes as number;
  throw new UsageError(
    'bad-classes',
    `Option classes must be a whole number ≥ 1; found ${show(classes)}.`,
  );
}
