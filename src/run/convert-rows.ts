/** Rows of the columns of a file, batch after batch. */

import { inAgain, type OpenFile } from '../intake/files.js';
import type { DecimalParser } from '../types/decimals.js';
import { type NumberBuffer, widthOf } from '../types/fields.js';
import { BYTES_PER_SCORE, newScoreArray } from '../types/score-array.js';
import type { ColumnValues } from '../types/table-output.js';
import type { ConvertColumn } from './convert-columns.js';

const BATCH_BYTES = 4 * 1024 * 1024;
const MOST_ROWS = 16_384;

/** Makes what reads plain numbers of text faster. */
export type Decimals = (() => Promise<DecimalParser | undefined>) | undefined;

/** Rows that are read one batch after the other. */
export interface ColumnRows {
  /** Most rows of a batch. */
  readonly capacity: number;
  /** Values of the rows of the last read, by column. */
  readonly values: readonly ColumnValues[];
  /** @returns how many rows; 0 only at the end */
  read(count: number): Promise<number>;
  progress(): { readonly done: number; readonly total: number | null };
  close(): Promise<void>;
}

const isText = ({ readAs }: ConvertColumn) => readAs === 'text' || readAs === 'digits';
/** Integers come as doubles, which hold them or are refused. */
const bufferType = ({ readAs, dtype }: ConvertColumn) => (readAs === 'integers' ? 'f64' : dtype);

/** @throws InputError where a field cannot be read so */
export async function openColumns(
  file: OpenFile,
  columns: readonly ConvertColumn[],
  decimals: Decimals,
): Promise<ColumnRows> {
  const other = await file.again();
  const numbers = columns.filter((column) => !isText(column));
  const texts = columns.filter(isText);
  const widths = numbers.map(({ fields }) =>
    fields.reduce((sum, field) => sum + widthOf(field), 0),
  );
  const reader = await other.select({
    numbers: numbers.map(({ fields }, i) => ({
      fields: inAgain(file, other, fields),
      width: widths[i]!,
      required: false,
    })),
    texts: texts.flatMap(({ fields }) => inAgain(file, other, fields)),
    decimals: await decimals?.(),
  });
  const rowBytes = numbers.reduce(
    (sum, column, i) => sum + widths[i]! * BYTES_PER_SCORE[bufferType(column)],
    64 * texts.length,
  );
  const capacity = Math.max(
    1,
    Math.min(MOST_ROWS, Math.floor(BATCH_BYTES / Math.max(1, rowBytes))),
  );
  const buffers: NumberBuffer[] = numbers.map((column, i) =>
    newScoreArray(bufferType(column), capacity * widths[i]!),
  );
  const slots = columns.map((column) => ({
    text: texts.indexOf(column),
    number: numbers.indexOf(column),
  }));
  let values: readonly ColumnValues[] = [];
  return {
    capacity,
    get values() {
      return values;
    },
    async read(count) {
      const got = await reader.read(buffers, count);
      values = slots.map(({ text, number }) =>
        number < 0 ? reader.texts[text]! : (buffers[number] as ColumnValues),
      );
      return got;
    },
    progress: () => reader.progress(),
    close: () => reader.close(),
  };
}
