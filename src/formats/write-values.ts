/** Values of columns as bytes, as text, or refused where a format has no such value. */

import { InputError } from '../types/errors.js';
import { brainToNumber, halfToNumber } from '../types/score-array.js';
import type { ColumnValues, TableColumn, TableLayout } from '../types/table-output.js';

/** Values of a row. */
export function widthOfColumn({ inner }: Pick<TableColumn, 'inner'>): number {
  return inner.reduce((product, size) => product * size, 1);
}

/** A value that an output cannot hold, and what to do. */
export function cannotHold(
  { source }: Pick<TableLayout, 'source'>,
  column: string,
  problem: string,
  advice: string,
  row?: number,
): InputError {
  return new InputError('cannot-hold', {
    source,
    ...(row !== undefined && { row }),
    column,
    problem,
    advice,
  });
}

/** A number of a column of floats. */
export function numberAt(values: ColumnValues, type: TableColumn['type'], index: number): number {
  const value = values[index] as number;
  if (type === 'f16') return halfToNumber(value);
  return type === 'bf16' ? brainToNumber(value) : value;
}

/** A number in the fewest digits that give back the same double. */
export function exactDigits(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/** An integer of a column, null where it is missing. @throws InputError `cannot-hold` */
export function integerAt(
  layout: TableLayout,
  column: TableColumn,
  values: ColumnValues,
  index: number,
  row: number,
): bigint | null {
  const value = values[index]!;
  if (value === '' || Number.isNaN(value)) return null;
  const integer =
    typeof value === 'string' || Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (integer !== undefined && BigInt.asIntN(64, integer) === integer) return integer;
  throw cannotHold(
    layout,
    column.name,
    `${value} is no integer of 64 bits with a sign`,
    'Convert to CSV or JSON Lines, which hold any number of digits.',
    row,
  );
}

/** The same where every row must have one. @throws InputError `cannot-hold` */
export function requireInteger(
  layout: TableLayout,
  column: TableColumn,
  values: ColumnValues,
  index: number,
  row: number,
): bigint {
  const integer = integerAt(layout, column, values, index, row);
  if (integer !== null) return integer;
  throw cannotHold(
    layout,
    column.name,
    'an array of integers cannot do without a value, and there is none',
    'Convert to Parquet, CSV or JSON Lines, or leave the column out with --fields.',
    row,
  );
}

/** Bytes of a value in an array. */
export function bytesPerValue({ type, longest = 0 }: TableColumn): number {
  if (type === 'text') return 4 * Math.max(1, longest);
  return type === 'f16' || type === 'bf16' ? 2 : type === 'f32' ? 4 : 8;
}

/**
 * Bytes of some rows of a column in an array: numbers as they lie in memory, text as code points.
 * @throws InputError `cannot-hold`
 */
export function arrayBytes(
  layout: TableLayout,
  column: TableColumn,
  values: ColumnValues,
  row: number,
  count: number,
): Uint8Array {
  const width = widthOfColumn(column);
  const length = count * width;
  if (column.type === 'text') return codePoints(column, values as readonly string[], count);
  if (column.type !== 'i64') {
    const { buffer, byteOffset } = values as Float64Array;
    return new Uint8Array(buffer, byteOffset, length * bytesPerValue(column));
  }
  const integers = new BigInt64Array(length);
  for (let i = 0; i < length; i++) {
    integers[i] = requireInteger(layout, column, values, i, row + Math.floor(i / width));
  }
  return new Uint8Array(integers.buffer);
}

function codePoints(column: TableColumn, texts: readonly string[], count: number): Uint8Array {
  const width = bytesPerValue(column) / 4;
  const codes = new Uint32Array(count * width);
  for (let r = 0; r < count; r++) {
    let at = r * width;
    for (const character of texts[r]!) codes[at++] = character.codePointAt(0)!;
  }
  return new Uint8Array(codes.buffer);
}
