/** Numbers in one typed array, in whatever form they come. */

import { UsageError } from '../types/errors.js';
import type { Rows } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import { show } from './show.js';

/** Numbers, row after row in one array. */
export interface ReadNumbers {
  /** The array itself, where it is of f32 or f64 and flat. */
  readonly values: RealArray;
  /** How many rows, and numbers in each, where the form says it; null for a flat array. */
  readonly rows: number | null;
  readonly width: number | null;
}

/** Whether values are a list per row. */
export function isNested(values: unknown): values is Rows {
  if (typeof values !== 'object' || values === null || ArrayBuffer.isView(values)) return false;
  const first = (values as ArrayLike<unknown>)[0];
  return Array.isArray(first) || ArrayBuffer.isView(first);
}

/** Whether these are numbers in f32 or f64. */
export function isReal(values: unknown): values is RealArray {
  return values instanceof Float32Array || values instanceof Float64Array;
}

/**
 * Numbers of any form: f32 and f64 arrays as they are, lists of nothing but f32
 * arrays as f32, all else as f64.
 * @throws UsageError `not-numbers`; `length-mismatch` for rows of different length
 */
export function readNumbers(name: string, values: unknown): ReadNumbers {
  if (!isNested(values)) return { values: readFlat(name, values), rows: null, width: null };
  const width = values[0]!.length;
  return { values: flatRows(name, values, width), rows: values.length, width };
}

/**
 * Rows of one length in one array.
 * @throws UsageError `not-numbers`, `length-mismatch`
 */
export function flatRows(name: string, rows: Rows, width = rows[0]!.length): RealArray {
  const count = rows.length * width;
  const flat = allSingle(rows) ? new Float32Array(count) : new Float64Array(count);
  for (let r = 0; r < rows.length; r++) {
    const row: unknown = rows[r];
    const length = lengthOf(row);
    if (length !== width) {
      const found = length === null ? show(row) : `${length}`;
      throw new UsageError(
        'length-mismatch',
        `${name} needs ${width} numbers in every row; found ${found} in row ${r}.`,
      );
    }
    fill(flat, r * width, row as ArrayLike<unknown>, (c) => `${name}, row ${r}, column ${c}`);
  }
  return flat;
}

/** Rows of `width` numbers as views of a flat array: what changes there, changes in them. */
export function rowViews(values: RealArray, width: number): RealArray[] {
  const count = width === 0 ? 0 : values.length / width;
  return Array.from({ length: count }, (_, r) => values.subarray(r * width, (r + 1) * width));
}

/** Length of what can be read by index; null for all else. */
export function lengthOf(values: unknown): number | null {
  if (typeof values !== 'object' || values === null || values instanceof DataView) return null;
  const { length } = values as { length?: unknown };
  return Number.isSafeInteger(length) && (length as number) >= 0 ? (length as number) : null;
}

function readFlat(name: string, values: unknown): RealArray {
  if (isReal(values)) return values;
  const length = lengthOf(values);
  if (length === null) {
    throw new UsageError(
      'not-numbers',
      `${name} must be an array of numbers; found ${show(values)}.`,
    );
  }
  const flat = new Float64Array(length);
  fill(flat, 0, values as ArrayLike<unknown>, (i) => `${name}, index ${i}`);
  return flat;
}

function fill(
  into: RealArray,
  from: number,
  values: ArrayLike<unknown>,
  placeOf: (index: number) => string,
): void {
  if (isBigIntegers(values)) {
    throw new UsageError(
      'not-numbers',
      `${placeOf(0)}: found ${show(values)}; expected numbers. Float64Array.from(values, Number) makes them of bigints.`,
    );
  }
  const odd = ArrayBuffer.isView(values) ? -1 : firstOdd(values);
  if (odd < 0) {
    into.set(values as ArrayLike<number>, from);
    return;
  }
  const value = values[odd];
  throw new UsageError(
    'not-numbers',
    `${placeOf(odd)}: found ${typeof value === 'bigint' ? `the bigint ${value}n` : show(value)}; expected a number.`,
  );
}

/** Index of the first that is no number, nor true or false, which are 1 and 0; −1 for none. */
function firstOdd(values: ArrayLike<unknown>): number {
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] !== 'number' && typeof values[i] !== 'boolean') return i;
  }
  return -1;
}

function isBigIntegers(values: unknown): boolean {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

function allSingle(rows: Rows): boolean {
  for (let r = 0; r < rows.length; r++) {
    if (!(rows[r] instanceof Float32Array)) return false;
  }
  return true;
}
