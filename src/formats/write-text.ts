/** Writers of tables as text: CSV and JSON Lines. */

import type { ByteSink } from '../types/score-output.js';
import type { ColumnValues, TableColumn, TableLayout, TableWriter } from '../types/table-output.js';
import { cell } from './write-cell.js';
import { exactDigits, numberAt, widthOfColumn } from './write-values.js';

/** Gives the text of a value. */
type Digits = (values: ColumnValues, index: number) => string;

/** CSV; numbers in the fewest digits that give back the same double. */
export function csvTable(layout: TableLayout, sink: ByteSink): TableWriter {
  const encoder = new TextEncoder();
  const { columns, hasHeader } = layout;
  if (hasHeader) {
    sink.write(encoder.encode(`${columns.map(({ name }) => cell(name)).join(',')}\n`));
  }
  const cells = columns.map((column): Digits => {
    const { type, inner } = column;
    if (inner.length > 0) return listCell(column);
    if (type === 'text') return (values, i) => cell(values[i] as string);
    if (type === 'i64') return (values, i) => integerDigits(values[i]!, '');
    return (values, i) => exactDigits(numberAt(values, type, i));
  });
  return {
    write(values, _, count) {
      let text = '';
      for (let r = 0; r < count; r++) {
        const line = cells.map((digits, c) => digits(values[c]!, r)).join(',');
        // A blank line would be none.
        text += line === '' ? '""\n' : `${line}\n`;
      }
      sink.write(encoder.encode(text));
    },
    finish() {},
  };
}

/** The numbers of a row in one cell, as pandas writes a list. */
function listCell(column: TableColumn): Digits {
  const { type } = column;
  const width = widthOfColumn(column);
  const digits: Digits =
    type === 'i64'
      ? (values, i) => integerDigits(values[i]!, 'nan')
      : (values, i) => exactDigits(numberAt(values, type, i));
  return (values, r) =>
    cell(`[${Array.from({ length: width }, (_, k) => digits(values, r * width + k)).join(', ')}]`);
}

/** Digits of an integer, or what stands for one that is missing. */
function integerDigits(value: string | number, missing: string): string {
  return value === '' || Number.isNaN(value) ? missing : String(value);
}

/** JSON has no NaN, which is null as a number that is missing is; infinities stand as Python writes them. */
function jsonDigits(value: number): string {
  if (Number.isNaN(value)) return 'null';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return Object.is(value, -0) ? '-0.0' : String(value);
}

function digitsOf({ type }: TableColumn): Digits {
  if (type === 'text') return (values, i) => JSON.stringify(values[i]);
  if (type === 'i64') return (values, i) => integerDigits(values[i]!, 'null');
  return (values, i) => jsonDigits(numberAt(values, type, i));
}

/** A row's values in lists of lists, or in an object where they have names. */
function nested(
  { inner, keys }: Pick<TableColumn, 'inner' | 'keys'>,
  digits: Digits,
  values: ColumnValues,
  first: number,
): string {
  const [size, ...rest] = inner;
  if (size === undefined) return digits(values, first);
  const step = widthOfColumn({ inner: rest });
  const items = Array.from({ length: size }, (_, k) =>
    nested({ inner: rest }, digits, values, first + k * step),
  );
  if (keys === undefined) return `[${items.join(',')}]`;
  return `{${items.map((item, k) => `${JSON.stringify(keys[k])}:${item}`).join(',')}}`;
}

/** JSON Lines: an object for each row. */
export function jsonLinesTable({ columns }: TableLayout, sink: ByteSink): TableWriter {
  const encoder = new TextEncoder();
  const fields = columns.map((column) => ({
    column,
    digits: digitsOf(column),
    width: widthOfColumn(column),
    key: `${JSON.stringify(column.name)}:`,
  }));
  return {
    write(values, _, count) {
      let text = '';
      for (let r = 0; r < count; r++) {
        const items = fields.map(
          ({ column, digits, width, key }, i) =>
            key + nested(column, digits, values[i]!, r * width),
        );
        text += `{${items.join(',')}}\n`;
      }
      sink.write(encoder.encode(text));
    },
    finish() {},
  };
}
