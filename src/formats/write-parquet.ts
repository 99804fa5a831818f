/** Parquet: groups of rows, each column by itself, in plain encoding, which keeps every bit. */

import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ByteSink } from '../types/score-output.js';
import type { ColumnValues, TableColumn, TableLayout, TableWriter } from '../types/table-output.js';
import { integerAt, numberAt, widthOfColumn } from './write-values.js';

/** Most values that a group of rows holds, and most rows. */
const GROUP_VALUES = 1 << 19;
const GROUP_ROWS = 100_000;

type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];
type Value = number | bigint | string | null;
type Held = Value | readonly Value[];

/** A column, or a list in three levels, as Parquet has it. */
function elementsOf({ name, type, inner }: TableColumn): Element[] {
  if (inner.length === 0) return [elementOf(name, type)];
  return [
    { name, repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    elementOf('element', type),
  ];
}

function elementOf(name: string, type: TableColumn['type']): Element {
  if (type === 'text') {
    return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' };
  }
  if (type === 'i64') return { name, type: 'INT64', repetition_type: 'OPTIONAL' };
  if (type === 'f16') {
    return {
      ...{ name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, repetition_type: 'REQUIRED' },
      logical_type: { type: 'FLOAT16' },
    };
  }
  // There is no bfloat16; a float holds each.
  return { name, type: type === 'f64' ? 'DOUBLE' : 'FLOAT', repetition_type: 'REQUIRED' };
}

/** A Parquet file with a column for each. */
export function parquetTable(layout: TableLayout, sink: ByteSink): TableWriter {
  const { columns } = layout;
  const writer = new ByteWriter();
  const flush = () => {
    sink.write(new Uint8Array(writer.buffer, 0, writer.index));
    writer.index = 0;
  };
  const parquet = new ParquetWriter({
    writer: Object.assign(writer, { flush, finish: flush }),
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)],
    createdBy: 'logitscope',
  });
  const values = Math.max(
    1,
    columns.reduce((sum, column) => sum + widthOfColumn(column), 0),
  );
  const groupRows = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_VALUES / values)));
  const widths = columns.map(widthOfColumn);
  const held = columns.map((): Held[] => []);
  const write = async (): Promise<void> => {
    if (held[0]!.length === 0) return;
    await parquet.write({
      columnData: columns.map(({ name, type }, i) => ({
        name,
        data: held[i] as (number | string)[],
        // A dictionary takes 0 and −0 for one.
        ...(type !== 'text' && { encoding: 'PLAIN' as const }),
      })),
      rowGroupSize: groupRows,
    });
    for (const values of held) values.length = 0;
  };
  const take = (values: ColumnValues, i: number, at: number, row: number): Value => {
    const column = columns[i]!;
    if (column.type === 'text') return values[at] === '' ? null : (values[at] as string);
    if (column.type === 'i64') return integerAt(layout, column, values, at, row);
    return numberAt(values, column.type, at);
  };
  const rowOf = (values: ColumnValues, i: number, r: number, row: number): Held => {
    const width = widths[i]!;
    if (columns[i]!.inner.length === 0) return take(values, i, r, row);
    return Array.from({ length: width }, (_, k) => take(values, i, r * width + k, row));
  };
  return {
    async write(values, row, count) {
      for (let r = 0; r < count; r++) {
        for (const [i, list] of held.entries()) list.push(rowOf(values[i]!, i, r, row + r));
        if (held[0]!.length === groupRows) await write();
      }
    },
    async finish() {
      await write();
      await parquet.finish();
    },
  };
}
