/** The files of a dump: what is in them, looked at before anything is read in earnest. */

import { openFields, recognise } from '../formats/formats.js';
import type { Bytes } from '../types/dump.js';
import {
  type Field,
  type Fields,
  type FormatName,
  type FormatOptions,
  widthOf,
} from '../types/fields.js';

/** Rows that take part in a decision. A fixed number, so that it does not depend on how the file is read. */
export const HEAD_ROWS = 256;

/** A file that is open, and can be opened again. */
export interface OpenFile {
  readonly fields: Fields;
  readonly input: {
    /** Whether it can be read again at any time, by several readers at once. */
    readonly seeks: boolean;
    /** No reader will begin again: nothing needs to be kept. */
    settle(): void;
  };
  /** Opens the same file anew, from its first row. */
  again(): Promise<Fields>;
}

/** @throws InputError where the file is refused. The input stays the caller's to close then. */
export async function openAgainFile(
  bytes: Bytes,
  format: FormatName | undefined,
  optionsOf: (format: FormatName) => FormatOptions,
): Promise<OpenFile> {
  if ('parts' in bytes) {
    const { openSeries } = await import('./series.js');
    return openSeries(bytes, format, optionsOf);
  }
  const known = await recognise(bytes, format);
  const options = optionsOf(known.format);
  const again = () => openFields(known, options);
  return { fields: await again(), input: known.input, again };
}

/** A field of a file. */
export interface Placed {
  readonly file: OpenFile;
  readonly fields: readonly Field[];
}

/** The same fields of the same file, opened anew. */
export function inAgain({ fields }: OpenFile, other: Fields, wanted: readonly Field[]): Field[] {
  const positions = new Map(fields.fields.map((field, position) => [field, position]));
  return wanted.map((field) => {
    const position = positions.get(field);
    return position === undefined ? other.nested!(field.name!)! : other.fields[position]!;
  });
}

/** The texts of the first rows of fields of one value, one list for each. */
export async function peekTexts(
  file: OpenFile,
  fields: readonly Field[],
  rows = HEAD_ROWS,
): Promise<readonly (readonly string[])[]> {
  if (fields.length === 0) return [];
  const other = await file.again();
  const reader = await other.select({ numbers: [], texts: inAgain(file, other, fields) });
  const texts: string[][] = fields.map(() => []);
  for (let row = 0; row < rows; ) {
    const got = await reader.read([], rows - row);
    if (got === 0) break;
    for (const [i, list] of texts.entries()) for (const text of reader.texts[i]!) list.push(text);
    row += got;
  }
  await reader.close();
  return texts;
}

/** The numbers of the first rows of fields, row-major, and how many rows there are. */
export async function peekNumbers(
  file: OpenFile,
  fields: readonly Field[],
  width = fields.reduce((sum, field) => sum + widthOf(field), 0),
): Promise<{ readonly numbers: Float64Array; readonly rows: number }> {
  const other = await file.again();
  const group = { fields: inAgain(file, other, fields), width, required: false };
  const reader = await other.select({ numbers: [group], texts: [] });
  const numbers = new Float64Array(HEAD_ROWS * width);
  let rows = 0;
  while (rows < HEAD_ROWS) {
    const got = await reader.read([numbers.subarray(rows * width)], HEAD_ROWS - rows);
    if (got === 0) break;
    rows += got;
  }
  await reader.close();
  return { numbers: numbers.subarray(0, rows * width), rows };
}

/** Calls with the texts of a field, from the first row to the last or until `onTexts` has enough. */
export async function readTexts(
  file: OpenFile,
  field: Field,
  onTexts: (texts: readonly string[]) => boolean,
): Promise<void> {
  const other = await file.again();
  const reader = await other.select({ numbers: [], texts: inAgain(file, other, [field]) });
  while ((await reader.read([], 4096)) > 0) if (!onTexts(reader.texts[0]!)) break;
  await reader.close();
}
