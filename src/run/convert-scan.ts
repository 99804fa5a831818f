/** A first reading of what only its rows tell: whether a column of text is numbers, and how many rows there are. */

import type { OpenFile } from '../intake/files.js';
import { InputError } from '../types/errors.js';
import type { ConvertColumn, TargetForm } from './convert-columns.js';
import { type Decimals, openColumns } from './convert-rows.js';

/** Few rows first: most of what is no number is none from the first row on. */
const FIRST_ROWS = 256;

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
/** Numbers that are written with zeros in front are names, such as 007. */
const PADDED = /^-?0\d+$/;
/** What a column of numbers can hold beside digits. */
const NUMERIC = /^[-+.\d\s'"()%,  ’]|^(?:nan|inf|null|none|na|n\/a)/i;

const LARGEST = 2n ** 63n - 1n;

function isInteger(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  if (text.length < 18) return true;
  const value = BigInt(text);
  return value <= LARGEST && value >= -LARGEST - 1n;
}

/** How rows are read. */
export interface ScanTerms {
  /** Lets signals through between batches. */
  readonly pause: () => Promise<void>;
  readonly decimals: Decimals;
}

/** What is known of the column so far. */
interface Seen {
  gaps: number;
  isLarge: boolean;
}

/**
 * Settles what columns are read as.
 * @returns how many rows there are
 * @throws InputError where a row cannot be read
 */
export async function scanRows(
  file: OpenFile,
  columns: readonly ConvertColumn[],
  form: TargetForm,
  { pause, decimals }: ScanTerms,
): Promise<number> {
  for (;;) {
    const rows = await tryRows(file, columns, form, { pause, decimals });
    if (rows !== null) return rows;
  }
}

/** Whether the rows have to be read before it is known what is written. */
export function needsScan(columns: readonly ConvertColumn[], form: TargetForm): boolean {
  return columns.some(
    ({ fields, isGuess, readAs }) =>
      isGuess || fields.some(({ rows }) => rows === null) || (readAs === 'text' && form.hasWidths),
  );
}

/** @returns null where a column turned out to be something else, so that all begins again */
async function tryRows(
  file: OpenFile,
  columns: readonly ConvertColumn[],
  form: TargetForm,
  { pause, decimals }: ScanTerms,
): Promise<number | null> {
  const seen = columns.map((): Seen => ({ gaps: 0, isLarge: false }));
  for (const column of columns) column.longest = 0;
  const rows = await openColumns(file, columns, decimals);
  let total = 0;
  try {
    for (let wanted = FIRST_ROWS; ; wanted = rows.capacity) {
      const count = await rows.read(Math.min(wanted, rows.capacity));
      if (count === 0) break;
      total += count;
      let changed = false;
      for (const [i, column] of columns.entries()) {
        const { readAs } = column;
        if (readAs !== 'text' && readAs !== 'digits') continue;
        const texts = rows.values[i] as readonly string[];
        if (readAs === 'text') measure(column, texts);
        else if (!takeDigits(column, texts, seen[i]!)) changed = true;
      }
      if (changed) return null;
      await pause();
    }
  } catch (error) {
    if (turnsToText(error, columns)) return null;
    throw error;
  } finally {
    await rows.close();
  }
  return fillGaps(columns, seen, form) ? null : total;
}

function measure(column: ConvertColumn, texts: readonly string[]): void {
  for (const text of texts) {
    if (text.length <= column.longest) continue;
    let length = 0;
    for (const _ of text) length++;
    column.longest = Math.max(column.longest, length);
  }
}

/** @returns whether all are integers; otherwise the column is read as something else from now on */
function takeDigits(column: ConvertColumn, texts: readonly string[], seen: Seen): boolean {
  for (const text of texts) {
    if (text === '') seen.gaps++;
    else if (isInteger(text)) seen.isLarge ||= text.length > 15;
    else if (column.isGuess) {
      const isName = PADDED.test(text) || INTEGER.test(text) || !NUMERIC.test(text);
      column.readAs = isName ? 'text' : 'numbers';
      return false;
    }
  }
  return true;
}

/** A guess of numbers that a row proved wrong is text. */
function turnsToText(error: unknown, columns: readonly ConvertColumn[]): boolean {
  if (!(error instanceof InputError)) return false;
  const { column: at } = error.place;
  const wrong = columns.find(
    ({ isGuess, readAs, fields }) =>
      isGuess && readAs === 'numbers' && fields[0]!.name === String(at),
  );
  if (wrong === undefined) return false;
  wrong.readAs = 'text';
  return true;
}

/** Integers some of which are missing are numbers, where an array cannot do without a value. */
function fillGaps(
  columns: readonly ConvertColumn[],
  seen: readonly Seen[],
  form: TargetForm,
): boolean {
  if (form.hasGaps) return false;
  let changed = false;
  for (const [i, column] of columns.entries()) {
    const { gaps, isLarge } = seen[i]!;
    if (column.readAs !== 'digits' || gaps === 0) continue;
    column.readAs = isLarge ? 'text' : 'numbers';
    changed ||= isLarge;
  }
  return changed;
}
