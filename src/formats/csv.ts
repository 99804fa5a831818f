/** CSV and TSV: finds the delimiter, the header and the columns, then hands over the rows. */

import { InputError, quote, UsageError } from '../types/errors.js';
import type { Field, Fields, FormatOptions } from '../types/fields.js';
import { isByteSource, streamOf } from './bytes.js';
import { CellScanner } from './csv-cells.js';
import { CsvRows } from './csv-rows.js';
import type { Input } from './input.js';
import { listLength } from './list-cell.js';
import { looksLikeNumber } from './number-style.js';
import { ByteWindow } from './text-window.js';

/** The first line holds as many names as there are classes. */
const HEADER_BYTES = 16 << 20;

const DELIMITERS: readonly (readonly [character: string, name: string])[] = [
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
  ['|', 'bar'],
];

/**
 * Opens CSV or TSV.
 *
 * Cells may stand in quotes, with quotes inside written twice and line breaks
 * within; lines end in `\n`, `\r\n` or `\r`. The delimiter is the one of `,` `;` tab `|` that the
 * first line uses. The first line is a header unless every cell is a number; a first
 * line `0,1,…,C−1` (three or more) is one too, as pandas writes it. Without a header the columns
 * are called "0", "1", …. A column whose first cell holds a list has as many numbers per row.
 * @throws UsageError `bad-delimiter`.
 * @throws InputError `empty-file`, `not-utf8`, `not-text`, `ambiguous-delimiter`,
 *   `ambiguous-header`, and what a cell can be refused for.
 */
export async function openCsv(input: Input, options: FormatOptions): Promise<Fields> {
  const window = await openWindow(input);
  let delimiter = options.delimiter === undefined ? undefined : delimiterCode(options.delimiter);
  if (delimiter === undefined && /\.(?:tsv|tab)$/i.test(input.name)) delimiter = 0x09;
  delimiter ??= findDelimiter(await firstLine(window), input.name);
  return openColumns(
    new CellScanner(window, delimiter),
    delimiter === 0x09 ? 'tsv' : 'csv',
    options,
  );
}

/** Opens plain text with one value per line, quotes and all. @throws InputError as {@link openCsv} */
export async function openLines(input: Input, options: FormatOptions): Promise<Fields> {
  return openColumns(new CellScanner(await openWindow(input), -1), 'txt', options);
}

async function openWindow(input: Input): Promise<ByteWindow> {
  const bytes = input.open();
  const window = new ByteWindow(isByteSource(bytes) ? streamOf(bytes) : bytes);
  await window.open();
  if (window.bytes[window.start] === 0x0a || window.bytes[window.start] === 0x0d) {
    throw new InputError(window.end - window.start <= 2 ? 'empty-file' : 'blank-line', {
      source: input.name,
      line: 1,
      problem: 'the first line is blank',
      expected: 'a header or the first row',
    });
  }
  return window;
}

async function openColumns(
  cells: CellScanner,
  format: 'csv' | 'tsv' | 'txt',
  { header, isSoleHeader }: FormatOptions,
): Promise<Fields> {
  const { window } = cells;
  const first = (await firstRecord(cells, 1))!;
  const isSole = isSoleHeader && ((cell: string) => isSoleHeader(cell) && !recurs(cells, first));
  const named = header ?? isHeader(first.cells, isSole, window.name);
  if (named) window.start = first.next;
  const line = named ? first.lines + 1 : 1;
  const row = named ? await firstRecord(cells, line) : first;
  const fields = first.cells.map((cell, position): Field => {
    const length = listLength(row?.cells[position] ?? '');
    return {
      name: named ? cell.trim() : String(position),
      content: length === null ? 'written' : 'number',
      stored: 'text',
      dtype: 'f64',
      inner: length === null ? [] : [length],
      rows: null,
    };
  });
  return {
    name: window.name,
    format,
    unit: 'column',
    named,
    fields,
    select: async (selection) => new CsvRows({ fields, named, line }, cells, selection),
  };
}

function delimiterCode(delimiter: string): number {
  const character = delimiter === 'tab' || delimiter === '\\t' ? '\t' : delimiter;
  if (/^[\t\x20-\x7e]$/.test(character) && !/["\w.+-]/.test(character)) {
    return character.charCodeAt(0);
  }
  throw new UsageError(
    'bad-delimiter',
    `The delimiter ${quote(delimiter)} cannot be used. Give one ASCII character that is part of no number, such as ',' or ';', or 'tab'.`,
  );
}

/** Text of the first line, or of as much of it as says enough. */
async function firstLine(window: ByteWindow): Promise<string> {
  let from = window.start;
  for (;;) {
    for (; from < window.end; from++) {
      const byte = window.bytes[from]!;
      if (byte === 0x0a || byte === 0x0d) break;
    }
    if (from < window.end || window.end - window.start > HEADER_BYTES) break;
    // What is unread moves to the front of the window.
    const length = from - window.start;
    if (!(await window.more())) break;
    from = window.start + length;
  }
  return new TextDecoder('latin1').decode(window.bytes.subarray(window.start, from));
}

/** The delimiter that the first line uses, quoted parts aside. */
function findDelimiter(line: string, source: string): number {
  const bare = line.replace(/"[^"]*"/g, '""');
  let counts = DELIMITERS.map(([character, name]) => ({
    character,
    name,
    count: bare.split(character).length - 1,
  })).filter(({ count }) => count > 0);
  if (counts.length > 1 && !/,(?!\d)|(?<!\d),/.test(bare)) {
    // Commas between digits beside another delimiter are decimal commas.
    counts = counts.filter(({ character }) => character !== ',');
  }
  counts.sort((a, b) => b.count - a.count);
  const [best, second] = counts;
  if (best === undefined) return 0x2c;
  if (second !== undefined && second.count === best.count) {
    throw new InputError('ambiguous-delimiter', {
      source,
      line: 1,
      problem: 'more than one delimiter is possible',
      found: `${best.count} × ${best.name} and ${second.count} × ${second.name}`,
      expected: 'one of them outside quotes',
      advice: "Give it with --delimiter (',', ';', 'tab' or '|').",
    });
  }
  return best.character.charCodeAt(0);
}

/** Cells of the record at the window's start; it stays unread. Null where there is none. */
async function firstRecord(
  cells: CellScanner,
  line: number,
): Promise<{ cells: string[]; next: number; lines: number } | null> {
  const { window, delimiter } = cells;
  const place = { row: 0, line };
  for (;;) {
    if (window.start === window.end && window.ended) return null;
    const texts: string[] = [];
    let breaks = 0;
    let at = window.start;
    for (;;) {
      at = cells.find(at, breaks, place);
      if (at < 0) break;
      texts.push(cells.text({ line }));
      breaks += cells.breaks;
      if (window.bytes[at] !== delimiter) break;
      at++;
    }
    const next = at < 0 ? -1 : cells.afterLine(at);
    if (next >= 0) return { cells: texts, next, lines: line + breaks };
    cells.checkSize(HEADER_BYTES, place);
    await window.more();
  }
}

/** Whether the only cell of the first line stands in a line behind it, too: then it is a row like them. */
function recurs({ window }: CellScanner, first: { cells: string[]; next: number }): boolean {
  const behind = window.bytes.subarray(first.next, Math.min(window.end, first.next + 65_536));
  const lines = new TextDecoder('latin1').decode(behind).split(/\r\n|\n|\r/);
  return lines.some((line) => line.replace(/^"(.*)"$/, '$1').trim() === first.cells[0]!.trim());
}

/** Whether the first line names the columns; an error where it could be either. */
function isHeader(
  cells: readonly string[],
  isSoleHeader: FormatOptions['isSoleHeader'],
  source: string,
): boolean {
  if (isSoleHeader !== undefined && cells.length === 1) return isSoleHeader(cells[0]!);
  const filled = cells.filter((cell) => cell.trim() !== '');
  const numbers = filled.filter(looksLikeNumber);
  if (filled.some((cell) => listLength(cell) !== null)) return false;
  // pandas leaves the name of its index empty.
  const [index, ...others] = cells;
  const isCounted = others.every((cell, position) => cell === String(position));
  if (index === '' && others.length > 0 && isCounted) return true;
  if (numbers.length === filled.length) {
    if (filled.length < 2 || !filled.every((cell, position) => cell === String(position)))
      return false;
    if (filled.length > 2) return true;
    throw unclear(source, 'the first line "0", "1" could be a header or a row');
  }
  // Classes that are whole numbers of a float type: 0.0, 1.0, 2.0.
  const isClass = (cell: string) => /^\d+\.0$/.test(cell);
  const areClasses = numbers.every(isClass) && new Set(numbers).size === numbers.length;
  if (!areClasses && numbers.some((cell) => /[.,eE%]/.test(cell))) {
    throw unclear(source, 'the first line mixes names and decimal numbers');
  }
  return true;
}

function unclear(source: string, problem: string): InputError {
  return new InputError('ambiguous-header', {
    source,
    line: 1,
    problem,
    expected: 'a line of column names, such as p_cat,p_dog,label',
    advice: 'Add one, or say with --header or --no-header what the first line is.',
  });
}
