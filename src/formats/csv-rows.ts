/** Rows of CSV: numbers go from bytes to memory without a string between. */

import { ColumnRole, type DecimalParser, type ParsedRows } from '../types/decimals.js';
import { InputError } from '../types/errors.js';
import type { Field, NumberBuffer, RowReader, Selection } from '../types/fields.js';
import { widthOf } from '../types/fields.js';
import type { CellScanner } from './csv-cells.js';
import { notNumber, ragged } from './csv-problems.js';
import { learnStyles } from './csv-styles.js';
import { ListCell } from './list-cell.js';
import { NumberScanner } from './number-scan.js';
import { NumberStyle } from './number-style.js';
import { RowNumbers, slotsByField } from './row-numbers.js';

/** What to do with a column; from 0 on, the place of its first number in the row. */
const { skip: SKIP, target: TARGET } = ColumnRole;

/** A record may take this many bytes, and so many more per column. */
const RECORD_BYTES = 1 << 20;
const RECORD_BYTES_PER_COLUMN = 64;

/** Most rows that are read without the parser after it has stopped at one: it may be all of them. */
const LONGEST_PAUSE = 63;

const NO_SLOTS: readonly number[] = [];
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMA = 0x2c;
const POINT = 0x2e;

/** The columns of a file behind its header, if it has one. */
export interface CsvColumns {
  readonly fields: readonly Field[];
  readonly named: boolean;
  /** Line that the window begins on. */
  readonly line: number;
}

/** Rows of the selected columns of a CSV or TSV file. */
export class CsvRows implements RowReader {
  texts: string[][];
  readonly #roles: Int32Array;
  /** Of columns of numbers; of others undefined. */
  readonly #styles: (NumberStyle | undefined)[] = [];
  readonly #lists: (ListCell | undefined)[] = [];
  /** Lists of texts that a column's go to. */
  readonly #textsOf: (readonly number[])[];
  readonly #lastText: number;
  readonly #numbers: RowNumbers;
  readonly #scanner = new NumberScanner();
  /** Reads rows of plain numbers, where there is one. */
  readonly #decimals: DecimalParser | null = null;
  readonly #current: string[];
  readonly #limit: number;
  /** Whether every column of numbers is written so that scanners can read it. */
  #isPlain = true;
  /** Rows of the last read whose line does not follow that of the row before, with their lines. */
  #jumps: [row: number, line: number][] = [];
  #nextLine = 0;
  #firstRow = 0;
  #row = 0;
  #line: number;
  /** State of the window that the parser was given last. */
  #loaded = -1;
  /** Rows to read without the parser, and how many it was the last time. */
  #pause = 0;
  #pauses = 0;
  /** Line of the first of the blank lines just before, or 0. */
  #blankLine = 0;
  /** Line breaks inside the quoted cells of the record at hand. */
  #breaks = 0;
  /** The first cell that does not fit, until the record's number of cells is known to be right. */
  #problem: InputError | null = null;

  constructor(
    private readonly columns: CsvColumns,
    private readonly cells: CellScanner,
    { numbers, texts, decimals }: Selection,
  ) {
    const { fields } = columns;
    this.#line = columns.line;
    this.#limit = RECORD_BYTES + RECORD_BYTES_PER_COLUMN * fields.length;
    this.#roles = new Int32Array(fields.length).fill(SKIP);
    this.#numbers = new RowNumbers(numbers);
    const positions = new Map(fields.map((field, position) => [field, position]));
    const delimiter = cells.delimiter < 0 ? null : String.fromCharCode(cells.delimiter);
    for (const [field, place] of this.#numbers.places) {
      const at = positions.get(field)!;
      this.#roles[at] = place;
      const of = { source: this.#name, column: this.#nameOf(at), delimiter };
      this.#styles[at] = new NumberStyle(of);
      if (field.inner.length > 0) this.#lists[at] = new ListCell(widthOf(field));
    }
    this.texts = texts.map(() => []);
    const slotsOf = slotsByField(texts);
    this.#textsOf = fields.map((field) => slotsOf.get(field) ?? NO_SLOTS);
    this.#lastText = this.#textsOf.findLastIndex((slots) => slots.length > 0);
    this.#current = texts.map(() => '');
    const written = this.#styles.map((style, at) => (this.#lists[at] ? undefined : style));
    learnStyles(cells, written, columns.line);
    this.#isPlain = written.every((style) => style === undefined || style.isPlain);
    const styles = this.#styles.filter((style) => style !== undefined);
    const isComma = styles.every((style) => style.sign === ',' && style.isScannable);
    if (decimals && styles.length > 0 && (this.#isPlain || isComma) && !this.#lists.some(Boolean)) {
      this.#decimals = decimals;
      const point = isComma ? COMMA : POINT;
      decimals.plan(this.#numbers.width, this.#parserRoles(), cells.delimiter, point);
    }
  }

  get #name(): string {
    return this.cells.window.name;
  }

  /** The one column of text can be found by the parser. */
  #parserRoles(): Int32Array {
    const roles = this.#roles.slice();
    const texts = this.#textsOf.flatMap((slots, at) => (slots.length > 0 ? [at] : []));
    if (texts.length === 1 && roles[texts[0]!] === SKIP) roles[texts[0]!] = TARGET;
    return roles;
  }

  async read(into: readonly NumberBuffer[], count: number): Promise<number> {
    const { window } = this.cells;
    // Those of the last read are the caller's.
    this.texts = this.texts.map(() => []);
    this.#jumps = [];
    this.#nextLine = 0;
    this.#firstRow = this.#row;
    const numbers = this.#numbers.into(into, count);
    let index = 0;
    while (index < count) {
      const begins = this.#passBlankLines();
      if (begins && this.#decimals !== null && --this.#pause < 0) {
        const parsed = this.#parse(this.#decimals, numbers, index, count);
        index += parsed.count;
        const stuck = parsed.count === 0 && !parsed.cut;
        this.#pauses = stuck ? Math.min(2 * this.#pauses + 1, LONGEST_PAUSE) : 0;
        this.#pause = this.#pauses;
        if (parsed.cut && !window.ended && window.end - window.start <= this.#limit) {
          await window.more();
          continue;
        }
        if (parsed.count > 0) continue;
      }
      const next = begins ? this.#record(numbers, index * this.#numbers.width) : -1;
      if (next < 0) {
        if (window.ended && window.start === window.end) break;
        this.cells.checkSize(this.#limit, { row: this.#row, line: this.#line });
        await window.more();
        continue;
      }
      this.#pass(next);
      index++;
    }
    this.#numbers.deliver(into, index);
    return index;
  }

  /** Takes in the row at the window's start, which ends at `next`. */
  #pass(next: number): void {
    const { window } = this.cells;
    const size = next - window.start;
    if (size > this.#limit) {
      this.cells.checkSize(this.#limit, { row: this.#row, line: this.#line }, size);
    }
    const current = this.#current;
    for (let i = 0; i < current.length; i++) this.texts[i]!.push(current[i]!);
    if (this.#line !== this.#nextLine) this.#jumps.push([this.#row, this.#line]);
    this.#nextLine = this.#line + 1;
    window.start = next;
    this.#line += 1 + this.#breaks;
    this.#row++;
  }

  /** Reads rows of plain numbers from the window's start on, as far as they go. */
  #parse(
    decimals: DecimalParser,
    numbers: Float64Array | Float32Array,
    first: number,
    end: number,
  ): ParsedRows {
    const { window } = this.cells;
    if (this.#loaded !== window.fills) {
      decimals.load(window.bytes, window.start, window.end);
      this.#loaded = window.fills;
    }
    const parsed = decimals.rows(window.start, end - first);
    const { count, places } = parsed;
    numbers.set(parsed.scores, first * this.#numbers.width);
    this.#breaks = 0;
    if (this.texts.length === 1 && this.#roles[this.#lastText] === SKIP) {
      this.#passOneText(parsed);
      return parsed;
    }
    const hasTexts = this.#current.length > 0;
    const place = { row: 0, line: 0 };
    for (let row = 0; row < count; row++) {
      place.row = this.#row;
      place.line = this.#line;
      if (hasTexts) this.#readTexts(places[3 * row + 1]!, places[3 * row + 2]!, place);
      this.#pass(places[3 * row]!);
    }
    return parsed;
  }

  /** Takes in rows of one text, each on the line behind the one before. */
  #passOneText({ count, places }: ParsedRows): void {
    const { cells } = this;
    const [texts] = this.texts;
    if (count > 0 && this.#line !== this.#nextLine) this.#jumps.push([this.#row, this.#line]);
    const place = { row: this.#row, line: this.#line };
    for (let row = 0; row < count; row++, place.row++, place.line++) {
      const next = places[3 * row]!;
      const size = next - cells.window.start;
      if (size > this.#limit) cells.checkSize(this.#limit, place, size);
      cells.select(places[3 * row + 1]!, places[3 * row + 2]!);
      texts!.push(cells.text(place));
      cells.window.start = next;
    }
    this.#row += count;
    this.#line += count;
    if (count > 0) this.#nextLine = this.#line;
  }

  /** The texts of the row at the window's start; where only one column is wanted, its cell is known. */
  #readTexts(from: number, to: number, place: { row: number; line: number }): void {
    const { cells } = this;
    const texts = this.#textsOf[this.#lastText]!;
    if (texts.length === this.#current.length && this.#roles[this.#lastText] === SKIP) {
      cells.select(from, to);
      const text = cells.text(place);
      for (const i of texts) this.#current[i] = text;
      return;
    }
    let at = cells.window.start;
    for (let column = 0; column <= this.#lastText; column++) {
      const next = cells.find(at, 0, place);
      const slots = this.#textsOf[column]!;
      if (slots.length > 0) {
        const text = cells.text(place);
        for (const i of slots) this.#current[i] = text;
      }
      at = next + 1;
    }
  }

  place(index: number) {
    const row = this.#firstRow + index;
    const [from, line] = this.#jumps.findLast(([first]) => first <= row)!;
    return { source: this.#name, row, line: line + row - from };
  }

  progress() {
    return this.cells.window.progress();
  }

  async close(): Promise<void> {
    await this.cells.window.close();
  }

  /**
   * Blank lines may end a file. In the middle they are refused: a row that is
   * gone shifts all others against labels from elsewhere.
   * @returns whether a record begins at the window's start.
   */
  #passBlankLines(): boolean {
    const { window } = this.cells;
    for (;;) {
      if (window.start === window.end) return false;
      const byte = window.bytes[window.start]!;
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) break;
      const next = this.cells.afterLine(window.start);
      if (next < 0) return false;
      if (this.#blankLine === 0) this.#blankLine = this.#line;
      window.start = next;
      this.#line++;
    }
    if (this.#blankLine > 0) {
      throw new InputError('blank-line', {
        source: this.#name,
        row: this.#row,
        line: this.#blankLine,
        problem: 'a blank line stands between rows',
        expected: 'one row on every line; blank lines only at the end',
        advice: 'Remove it, or write the missing row (an empty cell in quotes: "").',
      });
    }
    return true;
  }

  /**
   * Reads the record at the window's start.
   * @returns index after its line end, or −1 where the window ends before it does.
   */
  #record(numbers: Float64Array | Float32Array, base: number): number {
    const { cells } = this;
    const { window, delimiter } = cells;
    const { bytes } = window;
    const scanner = this.#scanner;
    const columns = this.#roles.length;
    let at = window.start;
    let column = 0;
    this.#breaks = 0;
    this.#problem = null;
    for (;;) {
      const role = column < columns ? this.#roles[column]! : SKIP;
      const isText = column < columns && this.#textsOf[column]!.length > 0;
      if (role >= 0 && !isText && this.#isScannable(column)) {
        const value = scanner.scan(bytes, at);
        const next = scanner.end;
        const byte = next < 0 ? -1 : bytes[next]!;
        if (byte === delimiter) {
          numbers[base + role] = value;
          at = next + 1;
          column++;
          continue;
        }
        // A number that the window cuts ends at its line feed; afterLine() tells.
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
          numbers[base + role] = value;
        } else {
          at = this.#cell(at);
          if (at < 0) return -1;
          numbers[base + role] = this.#number(column);
        }
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN) at = next;
      } else {
        at = this.#cell(at);
        if (at < 0) return -1;
        if (isText) this.#keep(column);
        if (role >= 0) this.#readCell(column, numbers, base + role);
      }
      if (bytes[at] !== delimiter) break;
      at++;
      column++;
    }
    const next = cells.afterLine(at);
    if (next < 0) return -1;
    if (column + 1 !== columns) throw ragged(this.#here(), column + 1, columns);
    if (this.#problem !== null) throw this.#problem;
    return next;
  }

  /** Whether the numbers of a column end where a scanner that knows its decimal sign ends. */
  #isScannable(column: number): boolean {
    if (this.#lists[column]) return false;
    if (this.#isPlain) return true;
    const style = this.#styles[column]!;
    this.#scanner.point = style.sign === ',' ? COMMA : POINT;
    return style.isScannable;
  }

  #cell(at: number): number {
    const next = this.cells.find(at, this.#breaks, { row: this.#row, line: this.#line });
    this.#breaks += this.cells.breaks;
    return next;
  }

  #keep(column: number): void {
    const text = this.cells.text({ row: this.#row, line: this.#line });
    for (const i of this.#textsOf[column]!) this.#current[i] = text;
  }

  /** The last cell as the numbers of its column. */
  #readCell(column: number, numbers: Float64Array | Float32Array, place: number): void {
    const list = this.#lists[column];
    if (list === undefined) {
      numbers[place] = this.#number(column);
      return;
    }
    const { cells } = this;
    if (list.scan(cells.window.bytes, cells.from, cells.to, numbers, place)) return;
    const text = cells.text({ row: this.#row, line: this.#line });
    const fault = list.read(text, numbers, place);
    if (fault === null) return;
    this.#problem ??= new InputError(fault.code, { ...this.#place(column), ...fault });
  }

  /** The last cell as a number; what is none is kept as the record's problem. */
  #number(column: number): number {
    const text = this.cells.text({ row: this.#row, line: this.#line });
    const value = this.#styles[column]!.number(text, { row: this.#row, line: this.#line });
    if (value !== null) return value;
    this.#problem ??= notNumber(text, this.#place(column), this.columns.named);
    return Number.NaN;
  }

  #nameOf(column: number): string | number {
    return this.columns.named ? this.columns.fields[column]!.name! : column;
  }

  #place(column: number) {
    return { ...this.#here(), column: this.#nameOf(column) };
  }

  #here() {
    return { source: this.#name, row: this.#row, line: this.#line };
  }
}
