/** JSON values straight from bytes: checks the grammar, builds only what is asked for. */

import { NumberScanner } from './number-scan.js';
import { decodeText } from './text-window.js';

/** Deepest nesting that is followed in a value that is passed over. */
const DEPTH_LIMIT = 512;

/** What stands at a place, by its first byte. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'null' | 'boolean' | 'nothing';

/** Thrown within the scanner; the caller adds row and line. */
export class JsonFault extends Error {
  constructor(
    readonly at: number,
    readonly expected: string,
  ) {
    super(expected);
  }
}

/**
 * Reads JSON from bytes that end with a line feed. `at` moves along. NaN,
 * Infinity and -Infinity, which Python's json writes, are numbers.
 */
export class JsonScanner {
  bytes = new Uint8Array(1);
  at = 0;
  private readonly numbers = new NumberScanner();

  /** Moves to the next byte that is no white space, and gives it; a line feed is the end. */
  peek(): number {
    const { bytes } = this;
    let byte = bytes[this.at]!;
    while (byte === 0x20 || byte === 0x09 || byte === 0x0d) byte = bytes[++this.at]!;
    return byte;
  }

  /** What begins here. */
  kind(): JsonKind {
    const byte = this.peek();
    if (byte === 0x7b) return 'object';
    if (byte === 0x5b) return 'array';
    if (byte === 0x22) return 'string';
    if (byte === 0x74 || byte === 0x66) return 'boolean';
    if (byte === 0x6e) return 'null';
    const number =
      byte === 0x2d || (byte >= 0x30 && byte <= 0x39) || byte === 0x4e || byte === 0x49;
    return number ? 'number' : 'nothing';
  }

  /** Passes over `byte`, which must come next. */
  expect(byte: number, what: string): void {
    if (this.peek() !== byte) throw new JsonFault(this.at, what);
    this.at++;
  }

  /** Nothing but white space may stand before `end`. */
  expectEnd(end: number): void {
    this.peek();
    if (this.at < end) throw new JsonFault(this.at, 'the end of the line');
  }

  /** Passes over `byte` if it comes next. */
  accept(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.at++;
    return true;
  }

  /** A number, or NaN for null. */
  number(): number {
    const { bytes, numbers } = this;
    const byte = this.peek();
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      const value = numbers.scan(bytes, this.at);
      if (numbers.end >= 0 && !numbers.loose) {
        this.at = numbers.end;
        return value;
      }
      if (numbers.end >= 0) throw new JsonFault(this.at, 'a number as JSON writes it');
    }
    if (this.word('null') || this.word('NaN')) return Number.NaN;
    if (this.word('Infinity')) return Number.POSITIVE_INFINITY;
    if (this.word('-Infinity')) return Number.NEGATIVE_INFINITY;
    throw new JsonFault(this.at, 'a number');
  }

  /** A string. */
  string(): string {
    this.expect(0x22, 'a string');
    const start = this.at;
    const escaped = this.endString();
    const end = this.at - 1;
    const text = decodeText(this.bytes, start, end);
    if (text === null) throw new JsonFault(start, 'text in UTF-8');
    return escaped ? (JSON.parse(`"${text}"`) as string) : text;
  }

  /** Passes over a value of any kind. */
  skip(depth = 0): void {
    if (depth > DEPTH_LIMIT)
      throw new JsonFault(this.at, `at most ${DEPTH_LIMIT} levels of nesting`);
    switch (this.kind()) {
      case 'string':
        this.at++;
        this.endString();
        return;
      case 'number':
      case 'null':
        this.number();
        return;
      case 'boolean':
        this.flag();
        return;
      case 'array':
        this.at++;
        if (this.accept(0x5d)) return;
        do this.skip(depth + 1);
        while (this.accept(0x2c));
        this.expect(0x5d, 'a comma or a closing bracket');
        return;
      case 'object':
        this.at++;
        if (this.accept(0x7d)) return;
        do {
          this.expect(0x22, 'a field name in quotes');
          this.endString();
          this.expect(0x3a, 'a colon');
          this.skip(depth + 1);
        } while (this.accept(0x2c));
        this.expect(0x7d, 'a comma or a closing brace');
        return;
      default:
        throw new JsonFault(this.at, 'a value');
    }
  }

  /** `true` or `false`. */
  flag(): boolean {
    if (this.word('true')) return true;
    if (this.word('false')) return false;
    throw new JsonFault(this.at, 'a value');
  }

  /** A scalar as text: strings as they are, numbers canonical, '' for null and NaN. */
  scalar(): string {
    const kind = this.kind();
    if (kind === 'string') return this.string();
    if (kind === 'boolean') return String(this.flag());
    if (kind === 'number' || kind === 'null') {
      const start = this.at;
      const value = this.number();
      if (Number.isNaN(value)) return '';
      // An integer of so many digits may not be a double.
      const long = this.at - start > 15 ? decodeText(this.bytes, start, this.at)!.trim() : '';
      return /^-?\d+$/.test(long) ? long : String(value === 0 ? 0 : value);
    }
    throw new JsonFault(this.at, 'a string or a number');
  }

  /** Passes over `word` if it comes next and ends there. */
  private word(word: string): boolean {
    const { bytes, at } = this;
    for (let index = 0; index < word.length; index++) {
      if (bytes[at + index] !== word.charCodeAt(index)) return false;
    }
    this.at = at + word.length;
    return true;
  }

  /** Moves behind the closing quote. @returns whether the string holds escapes. */
  private endString(): boolean {
    const { bytes } = this;
    let at = this.at;
    let escaped = false;
    for (;;) {
      const byte = bytes[at]!;
      if (byte === 0x22) break;
      if (byte < 0x20) throw new JsonFault(at, 'a closing quote');
      if (byte === 0x5c) {
        escaped = true;
        at = this.endEscape(at + 1);
      } else at++;
    }
    this.at = at + 1;
    return escaped;
  }

  private endEscape(at: number): number {
    const { bytes } = this;
    const byte = bytes[at]!;
    if (byte !== 0x75) {
      if (!'"\\/bfnrt'.includes(String.fromCharCode(byte)))
        throw new JsonFault(at, 'an escape of JSON');
      return at + 1;
    }
    for (let index = 1; index <= 4; index++) {
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(bytes[at + index]!))) {
        throw new JsonFault(at + index, 'four hexadecimal digits');
      }
    }
    return at + 5;
  }
}
