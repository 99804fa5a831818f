/** Rows of CSV: numbers go from bytes to memory without a string between. */

import { ColumnRole, type DecimalParser, type ParsedRows } from '../types/decimals.js';
import { InputError, quote } from '../types/errors.js';
import type { TablePlan, TableRow, TextTable } from './table.js';
import type { CellScanner } from './table-cells.js';
import { NumberScanner, parseDecimal } from './table-number.js';

/** What to do with a column; a score column's entry is its place in the row of scores. */
const { skip: SKIP, target: TARGET, weight: WEIGHT } = ColumnRole;
const PREDICTION = -4;

/** A record may take this many bytes, and so many more per column. */
const RECORD_BYTES = 1 << 20;
const RECORD_BYTES_PER_COLUMN = 64;

/** Most rows that are read without the parser after it has stopped at one: it may be all of them. */
const LONGEST_PAUSE = 63;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A CSV or TSV file behind its header. */
export class CsvTable implements TextTable {
  readonly unit = 'column';
  private readonly roles: Int32Array;
  private readonly numbers = new NumberScanner();
  private readonly current: TableRow = {
    row: 0,
    line: 1,
    target: '',
    prediction: '',
    weight: 1,
    texts: [],
  };
  /** Place of each column among the wanted texts, or −1. */
  private textPlaces: readonly number[] = [];
  private classes = 0;
  private emptyIsNaN = false;
  /** Reads rows of plain numbers, where there is one. */
  private decimals: DecimalParser | null = null;
  private hasTarget = false;
  private hasWeight = false;
  /** State of the window that the parser was given last. */
  private loaded = -1;
  /** Rows to read without the parser, and how many it was the last time. */
  private pause = 0;
  private pauses = 0;
  private readonly limit: number;
  /** Line of the first of the blank lines just before, or 0. */
  private blankLine = 0;
  /** Line breaks inside the quoted cells of the record at hand. */
  private breaks = 0;
  /** The first cell that does not fit, until the record's number of cells is known to be right. */
  private problem: InputError | null = null;

  constructor(
    readonly format: 'csv' | 'tsv' | 'txt',
    readonly names: readonly string[],
    readonly named: boolean,
    private readonly cells: CellScanner,
    /** Line that the window begins on. */
    private line: number,
  ) {
    this.roles = new Int32Array(names.length).fill(SKIP);
    this.limit = RECORD_BYTES + RECORD_BYTES_PER_COLUMN * names.length;
  }

  get name(): string {
    return this.cells.window.name;
  }

  plan(plan: TablePlan, decimals?: DecimalParser): readonly number[] {
    this.roles.fill(SKIP);
    this.decimals = null;
    this.loaded = -1;
    this.emptyIsNaN = plan.values === true;
    const positions = new Map(this.names.map((name, position) => [name, position]));
    const assign = (name: string | null, role: number) => {
      if (name !== null) this.roles[positions.get(name)!] = role;
    };
    plan.scores.forEach(assign);
    assign(plan.target, TARGET);
    assign(plan.prediction, PREDICTION);
    assign(plan.weight, WEIGHT);
    this.classes = plan.scores.length;
    const { texts = [] } = plan;
    const lastText = Math.max(-1, ...texts.map((name) => positions.get(name)!));
    this.textPlaces = this.names.slice(0, lastText + 1).map((name) => texts.indexOf(name));
    this.current.texts = texts.map(() => '');
    if (decimals !== undefined && this.classes > 0 && plan.prediction === null) {
      decimals.plan(this.classes, this.roles, this.cells.delimiter);
      this.decimals = decimals;
      this.hasTarget = plan.target !== null;
      this.hasWeight = plan.weight !== null;
    }
    return plan.scores.map(() => 1);
  }

  async read(
    scores: Float64Array | Float32Array,
    count: number,
    onRow: (index: number, row: TableRow) => void,
  ): Promise<number> {
    const { window } = this.cells;
    let index = 0;
    while (index < count) {
      const begins = this.passBlankLines();
      if (begins && this.decimals !== null && --this.pause < 0) {
        const parsed = this.parse(this.decimals, scores, index, count, onRow);
        index += parsed.count;
        const stuck = parsed.count === 0 && !parsed.cut;
        this.pauses = stuck ? Math.min(2 * this.pauses + 1, LONGEST_PAUSE) : 0;
        this.pause = this.pauses;
        if (parsed.cut && !window.ended && window.end - window.start <= this.limit) {
          await window.more();
          continue;
        }
        if (parsed.count > 0) continue;
      }
      const next = begins ? this.record(scores, index * this.classes) : -1;
      if (next < 0) {
        if (window.ended && window.start === window.end) break;
        this.cells.checkSize(this.limit, { row: this.current.row, line: this.line });
        await window.more();
        continue;
      }
      this.pass(next, index, onRow);
      index++;
    }
    return index;
  }

  /** Hands over the row at the window's start, which ends at `next`. */
  private pass(next: number, index: number, onRow: (index: number, row: TableRow) => void): void {
    const { window } = this.cells;
    const size = next - window.start;
    if (size > this.limit) {
      this.cells.checkSize(this.limit, { row: this.current.row, line: this.line }, size);
    }
    this.current.line = this.line;
    if (this.textPlaces.length > 0) this.keepTexts();
    onRow(index, this.current);
    window.start = next;
    this.line += 1 + this.breaks;
    this.current.row++;
  }

  /** Reads rows of plain numbers from the window's start on, as far as they go. */
  private parse(
    decimals: DecimalParser,
    scores: Float64Array | Float32Array,
    first: number,
    end: number,
    onRow: (index: number, row: TableRow) => void,
  ): ParsedRows {
    const { cells, current } = this;
    const { window } = cells;
    if (this.loaded !== window.fills) {
      decimals.load(window.bytes, window.start, window.end);
      this.loaded = window.fills;
    }
    const parsed = decimals.rows(window.start, end - first);
    const { count, places, weights } = parsed;
    scores.set(parsed.scores, first * this.classes);
    this.breaks = 0;
    for (let row = 0; row < count; row++) {
      if (this.hasTarget) {
        cells.select(places[3 * row + 1]!, places[3 * row + 2]!);
        current.target = cells.text({ row: current.row, line: this.line });
      }
      if (this.hasWeight) current.weight = weights[row]!;
      this.pass(places[3 * row]!, first + row, onRow);
    }
    return parsed;
  }

  /** Finds the cells that are wanted as text in the row at the window's start. */
  private keepTexts(): void {
    const { cells, current } = this;
    let at = cells.window.start;
    let breaks = 0;
    for (const place of this.textPlaces) {
      const next = cells.find(at, breaks, current);
      if (place >= 0) current.texts[place] = cells.text(current);
      breaks += cells.breaks;
      at = next + 1;
    }
  }

  progress(): { readonly done: number; readonly total: number | null } {
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
  private passBlankLines(): boolean {
    const { window } = this.cells;
    for (;;) {
      if (window.start === window.end) return false;
      const byte = window.bytes[window.start]!;
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) break;
      const next = this.cells.afterLine(window.start);
      if (next < 0) return false;
      if (this.blankLine === 0) this.blankLine = this.line;
      window.start = next;
      this.line++;
    }
    if (this.blankLine > 0) {
      throw new InputError('blank-line', {
        source: this.name,
        row: this.current.row,
        line: this.blankLine,
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
  private record(scores: Float64Array | Float32Array, base: number): number {
    const { cells, numbers, roles } = this;
    const { window, delimiter } = cells;
    const { bytes } = window;
    const columns = roles.length;
    let at = window.start;
    let column = 0;
    this.breaks = 0;
    this.problem = null;
    for (;;) {
      const role = column < columns ? roles[column]! : SKIP;
      if (role >= 0) {
        const value = numbers.scan(bytes, at);
        const next = numbers.end;
        const byte = next < 0 ? -1 : bytes[next]!;
        if (byte === delimiter) {
          scores[base + role] = value;
          at = next + 1;
          column++;
          continue;
        }
        // A number that the window cuts ends at its line feed; afterLine() tells.
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
          scores[base + role] = value;
          at = next;
        } else {
          at = this.cell(at);
          if (at < 0) return -1;
          scores[base + role] = this.number(column);
        }
      } else {
        at = this.cell(at);
        if (at < 0) return -1;
        if (role !== SKIP) this.keep(role, column);
      }
      if (bytes[at] !== delimiter) break;
      at++;
      column++;
    }
    const next = cells.afterLine(at);
    if (next < 0) return -1;
    if (column + 1 !== columns) throw this.ragged(column + 1);
    if (this.problem !== null) throw this.problem;
    return next;
  }

  private cell(at: number): number {
    const next = this.cells.find(at, this.breaks, { row: this.current.row, line: this.line });
    this.breaks += this.cells.breaks;
    return next;
  }

  private keep(role: number, column: number): void {
    if (role === WEIGHT) {
      this.current.weight = this.number(column);
      return;
    }
    const text = this.cells.text({ row: this.current.row, line: this.line });
    if (role === TARGET) this.current.target = text;
    else this.current.prediction = text;
  }

  /** The last cell as a number; what is none is kept as the record's problem. */
  private number(column: number): number {
    const text = this.cells.text({ row: this.current.row, line: this.line });
    const value = parseDecimal(text);
    if (value !== null) return value;
    if (this.emptyIsNaN && text.trim() === '') return Number.NaN;
    this.problem ??= this.notNumber(text, column);
    return Number.NaN;
  }

  private notNumber(text: string, column: number): InputError {
    const place = {
      source: this.name,
      row: this.current.row,
      line: this.line,
      column: this.named ? this.names[column]! : column,
    };
    if (text.trim() === '') {
      return new InputError('empty-cell', {
        ...place,
        problem: 'the cell is empty',
        expected: 'a number',
        advice: 'Write nan for a number that is missing.',
      });
    }
    if (/^\s*[+-]?\d+,\d+\s*$/.test(text)) {
      return new InputError('decimal-comma', {
        ...place,
        problem: 'the number has a decimal comma',
        found: quote(text),
        expected: 'a decimal point',
        advice: "Write numbers with a point (pandas: to_csv(decimal='.')).",
      });
    }
    return new InputError('not-a-number', {
      ...place,
      problem: 'the cell is not a decimal number',
      found: quote(text),
      expected: 'a number such as 0.25, -1e-3, nan or inf',
      ...(this.current.row === 0 &&
        !this.named && {
          advice: 'If the first line is a header, give its column names by option.',
        }),
    });
  }

  private ragged(found: number): InputError {
    const expected = this.names.length;
    return new InputError('ragged-row', {
      source: this.name,
      row: this.current.row,
      line: this.line,
      problem: 'the row has another number of fields than the first line',
      found: `${found}`,
      expected: `${expected}`,
      advice:
        found === 2 * expected
          ? 'If numbers are written with a decimal comma, write them with a point.'
          : 'Cells that hold the delimiter must stand in quotes.',
    });
  }
}
