/** Rows of numbers from arrays, tables and columns. */

import type { DecimalParser } from '../types/decimals.js';
import type { ColumnSource, NumberRows } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { type NumberArray, shapeText } from './npy.js';
import type { TextTable } from './table.js';

/**
 * The rows of an array of one axis (one number each) or more.
 * @param archive is closed with the rows
 * @throws InputError `no-rows`
 */
export function arrayRows(
  array: NumberArray,
  format: 'npy' | 'npz',
  archive?: { close(): Promise<void> },
): NumberRows {
  const { name, element, columns, rows, shape } = array;
  if (rows === 0 || columns === 0) {
    throw new InputError('no-rows', {
      source: name,
      problem: 'the array holds no rows',
      found: `shape ${shapeText(shape)}`,
      expected: 'one row or more',
      advice: 'Check the program that wrote it.',
    });
  }
  return {
    name,
    format,
    stored: element.descr,
    dtype: element.kind === 'float' && element.bytes < 8 ? 'f32' : 'f64',
    columns,
    rows,
    readRows: (into, count) => array.readRows(into, count),
    ...(array.selectRows && { selectRows: array.selectRows }),
    progress: () => array.progress(),
    async close() {
      await array.close();
      await archive?.close();
    },
  };
}

/**
 * Columns of a table, or fields with a number or an array of numbers each;
 * empty cells and null are NaN.
 * @returns the rows, and how many of their numbers come from each of the names
 */
export function tableRows(
  table: TextTable,
  names: readonly string[],
  decimals: DecimalParser | undefined,
): { readonly rows: NumberRows; readonly widths: readonly number[] } {
  const plan = { target: null, prediction: null, weight: null, watched: [] };
  const widths = table.plan({ ...plan, scores: names, values: true }, decimals);
  const rows: NumberRows = {
    name: table.name,
    format: table.format,
    stored: 'text',
    dtype: 'f64',
    columns: widths.reduce((sum, width) => sum + width, 0),
    rows: null,
    readRows: (into, count) => table.read(into, count, () => {}),
    progress: () => table.progress(),
    close: () => table.close(),
  };
  return { rows, widths };
}

/** A column that is open already. */
export function columnRows(column: ColumnSource): NumberRows {
  let scratch = new Float64Array(0);
  return {
    name: column.name,
    format: column.format,
    stored: 'column',
    dtype: 'f64',
    columns: 1,
    rows: column.rows,
    async readRows(into, count) {
      if (into instanceof Float64Array) return column.readNumbers(into, count);
      if (scratch.length < count) scratch = new Float64Array(count);
      const got = await column.readNumbers(scratch, count);
      into.set(scratch.subarray(0, got));
      return got;
    },
    ...(column.selectRows && { selectRows: column.selectRows }),
    progress: () => ({ done: 0, total: null }),
    close: () => column.close(),
  };
}
