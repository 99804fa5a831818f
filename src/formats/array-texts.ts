/** An array as text, one per row: strings of fixed width, or numbers as they are written. */

import { InputError } from '../types/errors.js';
import { openFeed } from './array-feed.js';
import { isTransposed, type LaidArray, shapeText } from './array-layout.js';
import { elementTexts, toHostOrder } from './numpy-convert.js';
import type { ElementType, TextType } from './numpy-dtype.js';
import { decodeText } from './text-window.js';

/** Most bytes that are decoded at once. */
const SCRATCH_BYTES = 1024 * 1024;

/** Most texts of any length that are read at once. */
const MOST_TEXTS = 4096;

/** Texts of an array, one per row. */
export interface TextArray {
  readonly rows: number;
  /** Reads up to `count` texts, '' where one is missing. Empty only at the end. */
  readTexts(count: number): Promise<string[]>;
  /** From here on reads these rows alone. There where the input can seek. */
  readonly selectRows?: ((first: number, count: number) => void) | undefined;
  /** Bytes of the array so far, and of all of it. */
  progress(): { readonly done: number; readonly total: number };
}

/**
 * Opens an array of one value per row. Strings lose the zeros that
 * fill them up, as in NumPy; NaN is ''.
 * @throws InputError `shape-mismatch`, `memory-budget`, and what the checks of its length throw;
 *   while read `truncated`, `not-utf8`, `bad-code-point`
 */
export async function openTexts(
  laid: LaidArray<TextType | ElementType>,
  memoryBudget?: number | undefined,
): Promise<TextArray> {
  const { name } = laid.bytes;
  const { element, shape, length } = laid.layout;
  if (shape.length === 0 || isTransposed(laid.layout)) {
    throw new InputError('shape-mismatch', {
      source: name,
      problem: 'there must be one value per row',
      found: `shape ${shapeText(shape)}${shape.length === 0 ? '' : ' in Fortran order'}`,
      expected: '(rows,)',
    });
  }
  await laid.checkLength?.();
  const feed = laid.texts ? null : await openFeed(laid, memoryBudget);
  let row = 0;
  let end = length;
  return {
    rows: length,
    async readTexts(count) {
      const most = Math.max(
        1,
        laid.texts ? MOST_TEXTS : Math.floor(SCRATCH_BYTES / Math.max(1, element.bytes)),
      );
      const rows = Math.max(0, Math.min(count, end - row, most));
      if (feed === null) {
        row += rows;
        return rows === 0 ? [] : [...laid.texts!(row - rows, rows)];
      }
      const bytes = new Uint8Array(rows * element.bytes);
      await feed.fill(bytes);
      const textOf = textReader(element, bytes, name, row);
      row += rows;
      return Array.from({ length: rows }, (_, i) => textOf(i));
    },
    ...(feed?.select && {
      selectRows(first: number, count: number) {
        row = Math.min(first, length);
        end = Math.min(first + count, length);
        feed.select!(row * element.bytes, end * element.bytes);
      },
    }),
    progress: () => ({ done: row * element.bytes, total: length * element.bytes }),
  };
}

function textReader(
  element: TextType | ElementType,
  bytes: Uint8Array,
  source: string,
  firstRow: number,
): (i: number) => string {
  const width = element.bytes;
  if ('descr' in element) {
    toHostOrder(element, bytes);
    const textOf = elementTexts(element, bytes);
    return (i) => {
      const text = textOf(i);
      return text === 'NaN' ? '' : text;
    };
  }
  if (element.kind === 'code points') return codePoints(element, bytes, source, firstRow);
  return (i) => {
    let end = (i + 1) * width;
    while (end > i * width && bytes[end - 1] === 0) end--;
    const text = decodeText(bytes, i * width, end);
    if (text !== null) return text;
    throw new InputError('not-utf8', {
      source,
      row: firstRow + i,
      problem: 'the bytes are no UTF-8',
      expected: 'UTF-8',
      advice: 'Save an array of str: np.char.decode(values, "latin-1").',
    });
  };
}

function codePoints(
  { bytes: width, littleEndian }: TextType,
  bytes: Uint8Array,
  source: string,
  firstRow: number,
): (i: number) => string {
  const view = new DataView(bytes.buffer);
  return (i) => {
    const codes: number[] = [];
    for (let at = i * width; at < (i + 1) * width; at += 4) {
      const code = view.getUint32(at, littleEndian);
      if (code > 0x10ffff) {
        throw new InputError('bad-code-point', {
          source,
          row: firstRow + i,
          problem: 'the string holds what is no character',
          found: `code point ${code}`,
          expected: 'at most 1114111',
          advice: 'The file is damaged; save the array again.',
        });
      }
      codes.push(code);
    }
    while (codes.at(-1) === 0) codes.pop();
    return codes.map((code) => String.fromCodePoint(code)).join('');
  };
}
