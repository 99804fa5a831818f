/**
 * Lists of numbers in one cell, as pandas writes a column of lists, NumPy
 * arrays or tensors: `[0.1, 0.2]`, `[0.1 0.2\n 0.3]`, `array([…])`, `tensor([…])`,
 * `[np.float32(0.1), …]`. They are read, never evaluated.
 */

import { NumberScanner, parseDecimal } from './number-scan.js';
import { isMissing } from './number-style.js';

/** What is wrong with a list. */
export interface ListFault {
  readonly code: 'bad-list' | 'ragged-row';
  readonly problem: string;
  readonly found?: string;
  readonly expected: string;
  readonly advice: string;
}

const TOKEN = /\s*([[\](),]|[^\s[\](),]+)/y;
const WRAPPER = /^(?:np\.|numpy\.|torch\.)?(?:array|asarray|tensor)$/;
const SCALAR = /^(?:np\.|numpy\.)?(?:float|int|uint|bool)(?:8|16|32|64|_)?$/;

/** The texts of the numbers of one row; null where the cell is no list, or one of several rows. */
function items(text: string): string[] | null {
  const tokens = Array.from(text.trimEnd().matchAll(new RegExp(TOKEN, 'gy')), (match) => match[1]!);
  let at = 0;
  const isWrapped = WRAPPER.test(tokens[0] ?? '') && tokens[1] === '(';
  if (isWrapped) at = 2;
  const closers: string[] = [];
  // A batch of one row is that row.
  for (; tokens[at] === '[' || tokens[at] === '('; at++)
    closers.push(tokens[at] === '[' ? ']' : ')');
  if (closers.length === 0) return null;
  const found: string[] = [];
  const isComma = tokens.includes(',');
  for (let isFirst = true; at < tokens.length && tokens[at] !== closers.at(-1); at++) {
    // Either all numbers have a comma between them, or none.
    if (isComma && !isFirst && tokens[at++] !== ',') return null;
    isFirst = false;
    const token = tokens[at];
    if (token === closers.at(-1)) break;
    if (token === undefined || /^[[\](),]$/.test(token)) return null;
    if (tokens[at + 1] !== '(') {
      found.push(token);
      continue;
    }
    if (!SCALAR.test(token) || tokens[at + 3] !== ')') return null;
    found.push(tokens[at + 2]!);
    at += 3;
  }
  for (const closer of closers.reverse()) {
    if (tokens[at] === ',') at++;
    if (tokens[at++] !== closer) return null;
  }
  // What follows the numbers of an array or a tensor says its type or device.
  if (isWrapped) return tokens.at(-1) === ')' ? found : null;
  return at === tokens.length ? found : null;
}

/** How many numbers a cell's list has; null where it is no list of numbers. */
export function listLength(text: string): number | null {
  const found = items(text);
  if (found === null || found.length === 0) return null;
  return found.every((item) => numberOf(item) !== null || item === '...') ? found.length : null;
}

/** As JSON and Python write numbers, nothing and truth. */
function numberOf(item: string): number | null {
  const bare = /^(['"])(.*)\1$/.exec(item)?.[2] ?? item;
  if (bare === 'None' || bare === 'null') return Number.NaN;
  if (/^(?:True|true)$/.test(bare)) return 1;
  if (/^(?:False|false)$/.test(bare)) return 0;
  return parseDecimal(bare);
}

/** Reads the lists of one column. */
export class ListCell {
  readonly #scanner = new NumberScanner();

  constructor(private readonly width: number) {}

  /**
   * Reads `[n, n n …]` straight from bytes; the byte after the cell belongs to no number.
   * @returns false where the cell is anything else
   */
  scan(
    bytes: Uint8Array,
    from: number,
    to: number,
    into: Float64Array | Float32Array,
    base: number,
  ): boolean {
    const scanner = this.#scanner;
    if (bytes[from] !== 0x5b || bytes[to - 1] !== 0x5d) return false;
    let at = from + 1;
    let found = 0;
    let mostCommas = 0;
    for (;;) {
      let byte = bytes[at]!;
      const before = at;
      let commas = 0;
      for (
        ;
        byte === 0x20 || byte === 0x2c || byte === 0x0a || byte === 0x0d;
        byte = bytes[++at]!
      ) {
        if (byte === 0x2c) commas++;
      }
      if (at === to - 1) return found === this.width && commas === 0;
      // Either one comma stands between all numbers, or none.
      if (found === 1) mostCommas = commas;
      const isApart = found === 0 ? commas === 0 : at > before && commas === mostCommas;
      if (!isApart || commas > 1) return false;
      const value = scanner.scan(bytes, at);
      if (scanner.end < 0 || found === this.width) return false;
      into[base + found++] = value;
      at = scanner.end;
    }
  }

  /** Reads a list of any kind. @returns what is wrong with it, or null */
  read(text: string, into: Float64Array | Float32Array, base: number): ListFault | null {
    into.fill(Number.NaN, base, base + this.width);
    if (isMissing(text)) return null;
    const found = items(text);
    const again = {
      expected: 'a list such as [0.1, 0.9] in every row',
      advice: 'Write each row with json.dumps(array.tolist()), or the array to npy.',
    };
    const shown = { found: JSON.stringify(text.slice(0, 60)), ...again };
    if (found === null) return { code: 'bad-list', problem: 'the cell holds no list', ...shown };
    if (found.some((item) => item === '...' || item === '…')) {
      const problem = 'NumPy has left numbers out of the printed array ("..."), and they are lost';
      return { code: 'bad-list', problem, ...shown };
    }
    if (found.length !== this.width) {
      return {
        code: 'ragged-row',
        problem: 'the list has another length than that of the first row',
        found: `${found.length} numbers`,
        expected: `${this.width}`,
        advice: 'Every row needs as many numbers as the first, one per class.',
      };
    }
    for (const [i, item] of found.entries()) {
      const value = numberOf(item);
      if (value === null) {
        const problem = 'the list holds what is no number';
        return { code: 'bad-list', problem, found: JSON.stringify(item.slice(0, 60)), ...again };
      }
      into[base + i] = value;
    }
    return null;
  }
}
