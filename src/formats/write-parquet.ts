/** Parquet: groups of rows, each column by itself, in plain encoding, which keeps every bit. */

import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { halfToNumber } from '../types/score-array.js';
import type { ByteSink } from '../types/score-output.js';
import type { ColumnValues, TableColumn, TableLayout, TableWriter } from '../types/table-output.js';
import { integerAt, numberAt } from './write-values.js';

/** Most values that a group of rows holds, and most rows. */
const GROUP_VALUES = 1 << 19;
const GROUP_ROWS = 100_000;

type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];
type Value = number | bigint | string | null;

function elementOf({ name, type }: TableColumn): Element {
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
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(elementOf)],
    createdBy: 'logitscope',
  });
  const groupRows = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_VALUES / columns.length)));
  const held = columns.map((): Value[] => []);
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
  const take = (values: ColumnValues, i: number, r: number, row: number): Value => {
    const column = columns[i]!;
    if (column.type === 'text') return values[r] === '' ? null : (values[r] as string);
    if (column.type === 'i64') return integerAt(layout, column, values, r, row + r);
    return column.type === 'f16'
      ? halfToNumber(values[r] as number)
      : numberAt(values, column.type, r);
  };
  return {
    async write(values, row, count) {
      for (let r = 0; r < count; r++) {
        for (const [i, list] of held.entries()) list.push(take(values[i]!, i, r, row));
        if (held[0]!.length === groupRows) await write();
      }
    },
    async finish() {
      await write();
      await parquet.finish();
    },
  };
}
