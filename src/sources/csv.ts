/** CSV and TSV: finds the delimiter and the header, then hands over the rows. */

import type { ByteStream } from '../types/dump.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import { ByteWindow } from './lines.js';
import type { TextTable } from './table.js';
import { CellScanner } from './table-cells.js';
import { CsvTable } from './table-csv.js';
import { parseDecimal } from './table-number.js';

/** How to read a CSV file where its text leaves it open. */
export interface CsvOptions {
  /**
   * One ASCII character, or `tab`. Left out: the one of `,` `;` tab `|` that the
   * first line uses. `null`: none, every line is one cell, quotes and all.
   */
  readonly delimiter?: string | null | undefined;
  /** Whether the first line names the columns. Left out: it does unless all its cells are numbers. */
  readonly header?: boolean | undefined;
  /** Names that make the first line of a file with one column a header; any other first line is a row. */
  readonly soleHeaders?: readonly string[] | undefined;
}

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
 * within; lines end in `\n`, `\r\n` or `\r`. The first line is a header unless
 * every cell is a number; a first line `0,1,…,C−1` (three or more) is one too, as
 * pandas writes it. Without a header the columns are called "0", "1", ….
 * @throws UsageError `bad-delimiter`.
 * @throws InputError `empty-file`, `not-utf8`, `not-text`, `ambiguous-delimiter`,
 *   `ambiguous-header`, and what a cell can be refused for.
 */
export async function openCsv(stream: ByteStream, options: CsvOptions = {}): Promise<TextTable> {
  const given =
    typeof options.delimiter === 'string' ? delimiterCode(options.delimiter) : undefined;
  const plain = options.delimiter === null;
  const window = new ByteWindow(stream);
  await window.open();
  if (window.bytes[window.start] === 0x0a || window.bytes[window.start] === 0x0d) {
    throw new InputError(window.end - window.start <= 2 ? 'empty-file' : 'blank-line', {
      source: stream.name,
      line: 1,
      problem: 'the first line is blank',
      expected: 'a header or the first row',
    });
  }
  let delimiter = plain ? -1 : given;
  if (delimiter === undefined && /\.(?:tsv|tab)$/i.test(stream.name)) delimiter = 0x09;
  delimiter ??= findDelimiter(await firstLine(window), stream.name);
  const cells = new CellScanner(window, delimiter);
  const first = await firstRecord(cells);
  const header = options.header ?? isHeader(first.cells, options.soleHeaders, stream.name);
  if (header) window.start = first.next;
  return new CsvTable(
    plain ? 'txt' : delimiter === 0x09 ? 'tsv' : 'csv',
    header ? first.cells : first.cells.map((_, position) => String(position)),
    header,
    cells,
    header ? first.lines + 1 : 1,
  );
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

/** Cells of the first record; it stays unread. */
async function firstRecord(
  cells: CellScanner,
): Promise<{ cells: string[]; next: number; lines: number }> {
  const { window, delimiter } = cells;
  const place = { row: 0, line: 1 };
  for (;;) {
    const texts: string[] = [];
    let breaks = 0;
    let at = window.start;
    for (;;) {
      at = cells.find(at, breaks, place);
      if (at < 0) break;
      texts.push(cells.text({ line: 1 }));
      breaks += cells.breaks;
      if (window.bytes[at] !== delimiter) break;
      at++;
    }
    const next = at < 0 ? -1 : cells.afterLine(at);
    if (next >= 0) return { cells: texts, next, lines: 1 + breaks };
    cells.checkSize(HEADER_BYTES, place);
    await window.more();
  }
}

/** Whether the first line names the columns; an error where it could be either. */
function isHeader(
  cells: readonly string[],
  soleHeaders: readonly string[] | undefined,
  source: string,
): boolean {
  if (soleHeaders !== undefined && cells.length === 1) return soleHeaders.includes(cells[0]!);
  const filled = cells.filter((cell) => cell.trim() !== '');
  const numbers = filled.filter(
    (cell) => parseDecimal(cell) !== null || /^[+-]?\d+,\d+$/.test(cell),
  );
  if (numbers.length === filled.length) {
    if (filled.length < 2 || !filled.every((cell, position) => cell === String(position)))
      return false;
    if (filled.length > 2) return true;
    throw unclear(source, 'the first line "0", "1" could be a header or a row');
  }
  if (numbers.some((cell) => /[.,eE]/.test(cell))) {
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
