/** Cells of CSV: where they begin and end, and their text. */

import { InputError, type InputProblem, quote } from '../types/errors.js';
import { type ByteWindow, decodeText } from './text-window.js';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Finds cells in a window. Answers of −1 mean that the window ends within the cell. */
export class CellScanner {
  /** The last cell without its quotes, `bytes[from … to)`. */
  from = 0;
  to = 0;
  /** Line breaks inside the last cell. */
  breaks = 0;
  /** The last cell holds doubled quotes. */
  private doubled = false;
  /** Line breaks before the quoted cell in which the window ended, or −1. */
  private cutQuote = -1;

  constructor(
    readonly window: ByteWindow,
    /** Code of the delimiter; −1 where the whole line is one cell, quotes and all. */
    readonly delimiter: number,
  ) {}

  /**
   * Finds the cell that begins at `start`.
   * @param breaksBefore line breaks in this record before the cell.
   * @returns index of the delimiter or line end after it, or −1.
   * @throws InputError `bad-quote`, `unterminated-quote`.
   */
  find(start: number, breaksBefore: number, place: { row: number; line: number }): number {
    const { bytes, end, ended } = this.window;
    const delimiter = this.delimiter;
    this.breaks = 0;
    this.doubled = false;
    let at = start;
    if (bytes[at] === QUOTE && at < end && delimiter >= 0) {
      at++;
      this.from = at;
      for (;;) {
        const byte = bytes[at]!;
        if (byte === QUOTE && at < end) {
          if (bytes[at + 1] !== QUOTE || at + 1 >= end) break;
          this.doubled = true;
          at++;
        } else if (byte === LINE_FEED) {
          if (at >= end) {
            if (ended) throw this.unterminated(breaksBefore, place);
            this.cutQuote = breaksBefore;
            return -1;
          }
          this.breaks++;
        } else if (byte === CARRIAGE_RETURN && bytes[at + 1] !== LINE_FEED) this.breaks++;
        at++;
      }
      this.to = at;
      at++;
      const byte = bytes[at]!;
      if (byte !== delimiter && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        throw new InputError('bad-quote', {
          ...this.place(place, breaksBefore + this.breaks),
          offset: this.window.offset(at),
          problem: 'text follows a closing quote',
          found: quote(String.fromCharCode(byte)),
          expected: 'the delimiter or the end of the line',
          advice: 'Quotes inside a quoted cell are written twice.',
        });
      }
    } else {
      this.from = at;
      let byte = bytes[at]!;
      while (byte !== delimiter && byte !== LINE_FEED && byte !== CARRIAGE_RETURN)
        byte = bytes[++at]!;
      this.to = at;
    }
    this.cutQuote = -1;
    return at === end && !ended ? -1 : at;
  }

  /** Makes `bytes[from … to)`, found by other means, the last cell; no quotes are doubled in it. */
  select(from: number, to: number): void {
    this.from = from;
    this.to = to;
    this.doubled = false;
  }

  /** Text of the last cell. @throws InputError `not-utf8`. */
  text(place: { row?: number; line: number }): string {
    const text = decodeText(this.window.bytes, this.from, this.to);
    if (text === null) {
      throw new InputError('not-utf8', {
        ...this.place(place, 0),
        offset: this.window.offset(this.from),
        problem: 'the text is not UTF-8',
        expected: 'UTF-8',
        advice: 'Convert the file, for example with `iconv -f LATIN1 -t UTF-8`.',
      });
    }
    return this.doubled ? text.replaceAll('""', '"') : text;
  }

  /**
   * Index after the line end at `at`, or −1 where the window ends before it is known.
   * A lone carriage return ends a line too.
   */
  afterLine(at: number): number {
    const { bytes, end, ended } = this.window;
    if (at >= end) return ended ? end : -1;
    if (bytes[at] === LINE_FEED) return at + 1;
    if (at + 1 >= end) return ended ? end : -1;
    return bytes[at + 1] === LINE_FEED ? at + 2 : at + 1;
  }

  /**
   * @param size bytes of the record; left out for one that the window ends in.
   * @throws InputError `line-too-long`, `unterminated-quote` when that is more than `limit`.
   */
  checkSize(
    limit: number,
    place: { row: number; line: number },
    size = this.window.end - this.window.start,
  ): void {
    if (size <= limit) return;
    if (this.cutQuote >= 0) throw this.unterminated(this.cutQuote, place);
    throw new InputError('line-too-long', {
      ...this.place(place, 0),
      problem: 'the line does not end',
      found: `more than ${limit} bytes`,
      expected: `at most ${limit} bytes`,
      advice: 'Check that the file is CSV and its lines end in \\n.',
    });
  }

  private unterminated(breaksBefore: number, place: { row: number; line: number }): InputError {
    return new InputError('unterminated-quote', {
      ...this.place(place, breaksBefore),
      problem: 'a quoted cell that opens on this line is never closed',
      expected: 'a closing quote',
      advice: 'Quotes inside a quoted cell are written twice; a lone quote must stand in quotes.',
    });
  }

  private place(
    place: { row?: number; line: number },
    breaks: number,
  ): Omit<InputProblem, 'problem'> {
    return { source: this.window.name, ...place, line: place.line + breaks };
  }
}
