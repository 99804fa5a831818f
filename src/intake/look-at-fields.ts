/** Values, ranges and counts of the fields of a file. */

import { looksLikeNumber } from '../formats/number-style.js';
import { InputError } from '../types/errors.js';
import { type Field, widthOf } from '../types/fields.js';
import { inAgain, type OpenFile } from './files.js';
import { canonicalInteger } from './label-index.js';

/** What is seen of a field. */
export interface FieldLook {
  rows: number;
  readonly first: (number | string)[];
  min: number;
  max: number;
  nan: number;
  infinite: number;
  empty: number;
  /** Whether every number so far is whole. */
  isWhole: boolean;
  /** Whether every text so far reads as a number. */
  isNumber: boolean;
  /** Null past {@link MOST_DISTINCT}. */
  distinct: Set<number | string> | null;
  problem: InputError | null;
}

const FIRST = 4;
const MOST_DISTINCT = 1000;
/** Numbers that are held at once. */
const BATCH = 1 << 18;

function newLook(): FieldLook {
  return {
    rows: 0,
    first: [],
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    nan: 0,
    infinite: 0,
    empty: 0,
    isWhole: true,
    isNumber: true,
    distinct: new Set(),
    problem: null,
  };
}

function see(look: FieldLook, value: number): void {
  if (look.first.length < FIRST) look.first.push(value);
  if (Number.isNaN(value)) look.nan++;
  else if (!Number.isFinite(value)) look.infinite++;
  else {
    if (value < look.min) look.min = value;
    if (value > look.max) look.max = value;
    if (!Number.isInteger(value)) look.isWhole = false;
    else if (look.isWhole) count(look, value);
  }
}

function seeText(look: FieldLook, text: string): void {
  const word = text.trim();
  if (look.first.length < FIRST) look.first.push(text);
  if (word === '') look.empty++;
  else {
    count(look, word);
    if (!looksLikeNumber(word)) look.isNumber = false;
    if (canonicalInteger(word) === null) look.isWhole = false;
    const value = Number(word);
    if (value < look.min) look.min = value;
    if (value > look.max) look.max = value;
  }
}

function count(look: FieldLook, value: number | string): void {
  if (look.distinct === null) return;
  look.distinct.add(value);
  if (look.distinct.size > MOST_DISTINCT) look.distinct = null;
}

/** What the file was read as far as. */
export interface FieldLooks {
  readonly looks: ReadonlyMap<Field, FieldLook>;
  /** Rows that were looked at, and whether these are all. */
  readonly rows: number;
  readonly isAll: boolean;
}

/**
 * Looks at the first rows of every field that can be read: of a table at all of them together, of
 * arrays at one after the other. What cannot be read ends it for these fields, and is kept.
 */
export async function lookAtFields(file: OpenFile, mostRows: number): Promise<FieldLooks> {
  const { fields, unit } = file.fields;
  const looks = new Map(fields.map((field) => [field, newLook()]));
  const readable = fields.filter(({ problem }) => problem === undefined);
  const isTable = unit === 'column' || unit === 'field';
  const parts = isTable && readable.length > 0 ? [readable] : readable.map((field) => [field]);
  let rows = 0;
  let isAll = true;
  for (const part of parts) {
    const reached = await lookAt(file, part, looks, mostRows);
    rows = Math.max(rows, reached.rows);
    isAll &&= reached.isAll;
  }
  return { looks, rows, isAll };
}

async function lookAt(
  file: OpenFile,
  fields: readonly Field[],
  looks: ReadonlyMap<Field, FieldLook>,
  mostRows: number,
): Promise<{ readonly rows: number; readonly isAll: boolean }> {
  const texts = fields.filter(
    (field) => widthOf(field) === 1 && (field.content === 'text' || field.content === 'written'),
  );
  const numbers = fields.filter((field) => !texts.includes(field) && field.content !== 'text');
  const width = numbers.reduce((sum, field) => sum + widthOf(field), 0);
  const batch = Math.max(1, Math.floor(BATCH / Math.max(width, texts.length, 1)));
  let rows = 0;
  try {
    const other = await file.again();
    const group = { fields: inAgain(file, other, numbers), width, required: false };
    const reader = await other.select({
      numbers: width === 0 ? [] : [group],
      texts: inAgain(file, other, texts),
    });
    const into = width === 0 ? [] : [new Float64Array(batch * width)];
    while (rows < mostRows) {
      const got = await reader.read(into, Math.min(batch, mostRows - rows));
      if (got === 0) break;
      if (width > 0) seeRows(into[0]!, got, width, numbers, looks);
      texts.forEach((field, i) => {
        const look = looks.get(field)!;
        for (const text of reader.texts[i]!) seeText(look, text);
      });
      rows += got;
    }
    await reader.close();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const field of fields) looks.get(field)!.problem = error;
  }
  for (const field of fields) looks.get(field)!.rows = rows;
  return { rows, isAll: rows < mostRows };
}

function seeRows(
  values: Float64Array,
  rows: number,
  width: number,
  fields: readonly Field[],
  looks: ReadonlyMap<Field, FieldLook>,
): void {
  let from = 0;
  for (const field of fields) {
    const look = looks.get(field)!;
    const end = from + widthOf(field);
    for (let row = 0; row < rows; row++) {
      for (let k = from; k < end; k++) see(look, values[row * width + k]!);
    }
    from = end;
  }
}
