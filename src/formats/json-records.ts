/** The values of JSON Lines, or of one JSON array, one after another. */

import { InputError, quote } from '../types/errors.js';
import { JsonFault, JsonScanner } from './json-scan.js';
import type { ByteWindow } from './text-window.js';

/** Longest record: a row of 262 144 scores takes about 6 MB. */
const RECORD_BYTES = 64 << 20;

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One value in the window, `bytes[start … end)`. */
export interface JsonRecord {
  readonly start: number;
  readonly end: number;
  /** Lines that it goes on over. */
  readonly breaks: number;
}

/** Records that lie whole in the window, counted. */
export class JsonRecords {
  readonly scanner = new JsonScanner();
  row = 0;
  line = 1;
  /** Of an array: before its bracket, before a value, behind one, behind the end. */
  #state: 'before' | 'value' | 'behind' | 'closed' = 'before';

  constructor(
    readonly window: ByteWindow,
    readonly isArray: boolean,
  ) {}

  /** The next record. @returns null at the end */
  async next(): Promise<JsonRecord | null> {
    for (;;) {
      const record = this.here();
      if (record !== null) return record;
      const { window } = this;
      if (window.ended && window.start >= window.end) {
        if (this.isArray && this.#state !== 'closed') {
          throw this.refuse(new JsonFault(window.end, 'the rest of the array'));
        }
        return null;
      }
      if (window.end - window.start > RECORD_BYTES) {
        throw new InputError('line-too-long', {
          ...this.place(),
          problem: this.isArray ? 'the value does not end' : 'the line does not end',
          found: `more than ${RECORD_BYTES} bytes`,
          expected: `at most ${RECORD_BYTES} bytes`,
          advice: 'Write one object per line (`jq -c .`).',
        });
      }
      await window.more();
    }
  }

  /** The next record if the window holds the whole of it. @throws InputError `bad-json` */
  here(): JsonRecord | null {
    return this.isArray ? this.#element() : this.#line();
  }

  #line(): JsonRecord | null {
    const { window, scanner } = this;
    for (;;) {
      const { bytes, start, end } = window;
      if (start >= end) return null;
      const feed = bytes.indexOf(LINE_FEED, start);
      if (feed >= end && !window.ended) return null;
      scanner.bytes = bytes;
      scanner.at = start;
      if (scanner.peek() !== LINE_FEED) return { start, end: feed, breaks: 0 };
      this.#passLine(feed);
    }
  }

  #passLine(feed: number): void {
    this.window.start = Math.min(feed + 1, this.window.end);
    this.line++;
  }

  /** Leaves a record. */
  pass({ end, breaks }: JsonRecord): void {
    if (this.isArray) {
      this.window.start = end;
      this.line += breaks;
    } else this.#passLine(end);
    this.row++;
  }

  /** The next element of the array. */
  #element(): JsonRecord | null {
    const { window } = this;
    const { bytes, end } = window;
    for (; window.start < end; window.start++) {
      const byte = bytes[window.start]!;
      if (byte === LINE_FEED) this.line++;
      if (byte === LINE_FEED || byte === 0x20 || byte === 0x09 || byte === 0x0d) continue;
      if (this.#state === 'before') {
        this.#state = 'value';
      } else if (this.#state === 'closed') {
        throw this.refuse(new JsonFault(window.start, 'nothing behind the array'));
      } else if (byte === 0x5d && (this.#state === 'behind' || this.row === 0)) {
        this.#state = 'closed';
      } else if (this.#state === 'behind') {
        if (byte !== 0x2c)
          throw this.refuse(new JsonFault(window.start, 'a comma or a closing bracket'));
        this.#state = 'value';
      } else {
        const record = this.#valueAt(window.start);
        if (record !== null) this.#state = 'behind';
        return record;
      }
    }
    return null;
  }

  /** Finds where a value ends; whether it is sound, its reader will see. */
  #valueAt(start: number): JsonRecord | null {
    const { bytes, end, ended } = this.window;
    const record = valueAt(bytes, start, end);
    if (record !== null) return record.end > start + 1 ? this.#onOneLine(record) : record;
    if (!ended) return null;
    throw this.refuse(new JsonFault(end, 'the rest of the value'));
  }

  /** Line feeds become blanks, which they are in JSON: to the scanner they end a record. */
  #onOneLine(record: JsonRecord): JsonRecord {
    const { bytes } = this.window;
    for (let at = record.start; record.breaks > 0 && at < record.end; at++) {
      if (bytes[at] === LINE_FEED) bytes[at] = 0x20;
    }
    return record;
  }

  place(): { source: string; row: number; line: number } {
    return { source: this.window.name, row: this.row, line: this.line };
  }

  /** What the scanner stumbled over, as an error with its place. */
  refuse(fault: unknown): unknown {
    if (!(fault instanceof JsonFault)) return fault;
    const { bytes, end } = this.window;
    const rest = new TextDecoder().decode(bytes.subarray(fault.at, Math.min(end, fault.at + 20)));
    const isEnd = rest.split('\n')[0] === '';
    return new InputError('bad-json', {
      ...this.place(),
      offset: this.window.offset(fault.at),
      problem: this.isArray ? 'this is no JSON array of rows' : 'the line is not a JSON object',
      found: isEnd
        ? `the end of the ${this.isArray ? 'file' : 'line'}`
        : quote(rest.split('\n')[0]!),
      expected: fault.expected,
      advice: this.isArray
        ? 'Was it written to its end? `jq . FILE` says what is wrong with it.'
        : 'Every line must hold one whole object (`jq -c .` writes them so).',
    });
  }
}

/** Where the value at `start` ends, by its brackets and quotes; null where the bytes end first. */
export function valueAt(bytes: Uint8Array, start: number, end: number): JsonRecord | null {
  let depth = 0;
  let breaks = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      for (at++; at < end && bytes[at] !== QUOTE && bytes[at] !== LINE_FEED; at++) {
        if (bytes[at] === BACKSLASH) at++;
      }
    } else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return { start, end: at, breaks };
      if (--depth === 0) return { start, end: at + 1, breaks };
    } else if (depth === 0 && (byte === 0x2c || byte <= 0x20)) return { start, end: at, breaks };
    else if (byte === LINE_FEED) breaks++;
  }
  return null;
}
