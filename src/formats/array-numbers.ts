/** Arrays of numbers, read row by row into memory that the caller owns. */

import { InputError, UsageError } from '../types/errors.js';
import type { NumberBuffer } from '../types/fields.js';
import { openFeed } from './array-feed.js';
import { type ArrayLayout, isTransposed, type LaidArray } from './array-layout.js';
import { type RowFeed, regrouped } from './npy-columns.js';
import {
  convertElements,
  elementTexts,
  fitsSingle,
  sameLayout,
  toHostOrder,
} from './numpy-convert.js';
import type { ElementType } from './numpy-dtype.js';

/** An array of numbers whose rows are read from first to last, or by ranges where the input can seek. */
export interface NumberArray {
  readonly name: string;
  readonly element: ElementType;
  readonly shape: readonly number[];
  /** All axes but the last, flattened in C order: (batch, sequence, vocabulary) has batch × sequence rows. */
  readonly rows: number;
  /** Length of the last axis; 1 for one-dimensional arrays. */
  readonly columns: number;
  /**
   * Reads the next rows, `min(maxRows, rows left, rows that fit)` of them, as numbers.
   * Elements that already have the layout of `into` arrive there without a
   * copy between. The memory behind `into` must stay where it is until then.
   * @returns the number of rows; 0 only at the end.
   * @throws InputError `truncated`, `trailing-bytes`, `value-out-of-range`, `not-an-integer`.
   * @throws UsageError `inexact-read` where `into` is too narrow for the type, `buffer-too-small`.
   */
  readRows(into: NumberBuffer, maxRows: number): Promise<number>;
  /**
   * From here on reads the rows `first … first + count − 1` alone, without
   * reading what lies before them. There where the input can seek.
   */
  readonly selectRows?: ((first: number, count: number) => void) | undefined;
  /** The same array as rows of so many numbers, in C order. Asked before the first read. */
  asRows(width: number): NumberArray;
  /** Bytes of elements read, and in all. */
  progress(): { readonly done: number; readonly total: number };
  close(): Promise<void>;
}

/** Most bytes that are converted at once where they do not fit into the caller's own memory. */
const SCRATCH_BYTES = 1024 * 1024;

/**
 * Opens an array for reading: one axis or more; two and more are rows of the last axis.
 * @throws InputError `npy-shape`, `memory-budget`, and what the checks of its length throw
 */
export async function openNumbers(
  laid: LaidArray<ElementType>,
  memoryBudget?: number | undefined,
): Promise<NumberArray> {
  const { layout } = laid;
  const { shape } = layout;
  await laid.checkLength?.();
  const feed = await openFeed(laid, memoryBudget);
  const columns = shape.length === 1 ? 1 : shape.at(-1)!;
  const rows = shape.slice(0, shape.length === 1 ? 1 : -1).reduce((a, b) => a * b, 1);
  return new FedArray(layout, feed, rows, columns, laid);
}

/** An array whose bytes a feed delivers. */
class FedArray implements NumberArray {
  readonly name: string;
  readonly element: ElementType;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly selectRows: NumberArray['selectRows'];
  readonly #layout: ArrayLayout<ElementType>;
  readonly #feed: RowFeed;
  readonly #laid: LaidArray<ElementType>;
  readonly #rowBytes: number;
  /** Rows that are read. */
  #done = 0;
  /** Row after the last that is read. */
  #end: number;

  constructor(
    layout: ArrayLayout<ElementType>,
    feed: RowFeed,
    rows: number,
    columns: number,
    laid: LaidArray<ElementType>,
  ) {
    this.name = laid.bytes.name;
    this.element = layout.element;
    this.shape = layout.shape;
    this.rows = rows;
    this.columns = columns;
    this.#layout = layout;
    this.#feed = feed;
    this.#laid = laid;
    this.#rowBytes = columns * layout.element.bytes;
    this.#end = rows;
    if (feed.select) {
      this.selectRows = (first, count) => {
        this.#done = Math.min(first, this.rows);
        this.#end = Math.min(first + count, this.rows);
        feed.select!(this.#done * this.#rowBytes, this.#end * this.#rowBytes);
      };
    }
  }

  async readRows(into: NumberBuffer, maxRows: number): Promise<number> {
    const { name, element, columns } = this;
    if (into instanceof Float32Array && !fitsSingle(element)) {
      throw new UsageError(
        'inexact-read',
        `${name}: dtype ${element.descr} cannot be read into a Float32Array without rounding; use a Float64Array.`,
      );
    }
    const left = Math.min(maxRows, this.#end - this.#done);
    if (left <= 0 || columns === 0) {
      // An array without numbers is at its end before anything is read.
      if (this.#rowBytes * this.rows === 0) await this.#laid.checkEnd?.();
      return 0;
    }
    if (into.length < columns) {
      throw new UsageError(
        'buffer-too-small',
        `${name}: a row has ${columns} numbers, but the buffer holds ${into.length}.`,
      );
    }
    const count = Math.min(left, Math.floor(into.length / columns));
    const rowBytes = this.#rowBytes;
    if (element.bytes <= into.BYTES_PER_ELEMENT) {
      // The last bytes of the caller's own memory: see convertElements.
      const last = into.byteOffset + count * columns * into.BYTES_PER_ELEMENT;
      const bytes = new Uint8Array(into.buffer, last - count * rowBytes, count * rowBytes);
      await this.#convert(bytes, into);
      await this.#finish(count);
      return count;
    }
    const pieceRows = Math.max(1, Math.min(count, Math.floor(SCRATCH_BYTES / rowBytes)));
    const scratch = new Uint8Array(pieceRows * rowBytes);
    for (let row = 0; row < count; row += pieceRows) {
      const piece = Math.min(pieceRows, count - row);
      await this.#convert(scratch.subarray(0, piece * rowBytes), into.subarray(row * columns));
      await this.#finish(piece);
    }
    return count;
  }

  /** Reads rows into `bytes` and from there, in place or not, into `into`. */
  async #convert(bytes: Uint8Array, into: NumberBuffer): Promise<void> {
    const { element, columns } = this;
    await this.#feed.fill(bytes);
    toHostOrder(element, bytes);
    if (sameLayout(element, into)) return;
    const bad = convertElements(element, bytes, into, bytes.length / element.bytes);
    if (bad < 0) return;
    throw valueProblem(
      this.name,
      this.#done + Math.floor(bad / columns),
      columns > 1 ? bad % columns : undefined,
      elementTexts(element, bytes)(bad),
      into instanceof Int32Array,
    );
  }

  async #finish(count: number): Promise<void> {
    this.#done += count;
    if (this.#done === this.rows && count > 0) await this.#laid.checkEnd?.();
  }

  asRows(width: number): NumberArray {
    if (width === this.columns) return this;
    const layout = this.#layout;
    const feed = isTransposed(layout) ? regrouped(this.#feed, this.#rowBytes) : this.#feed;
    return new FedArray(layout, feed, layout.length / width, width, this.#laid);
  }

  progress(): { done: number; total: number } {
    return { done: this.#done * this.#rowBytes, total: this.rows * this.#rowBytes };
  }

  async close(): Promise<void> {
    await this.#laid.bytes.close();
  }
}

function valueProblem(
  source: string,
  row: number,
  column: number | undefined,
  found: string,
  asInteger: boolean,
): InputError {
  const isInteger = /^-?\d+$/.test(found) || /e\+/.test(found);
  const place = { source, row, ...(column !== undefined && { column }), found };
  if (asInteger && !isInteger) {
    return new InputError('not-an-integer', {
      ...place,
      problem: 'this is no class index',
      expected: 'an integer',
      advice:
        'Targets are class indices; mark rows to leave out with an index of their own, such as -100. If they are values, say --task regression.',
    });
  }
  return new InputError('value-out-of-range', {
    ...place,
    problem: 'the value cannot be represented exactly',
    expected: asInteger
      ? 'an integer from -2147483647 to 2147483647'
      : 'an integer from -(2^53 - 1) to 2^53 - 1, or a boolean of 0 or 1',
    advice: asInteger ? 'Targets are class indices.' : 'Save the array as float64.',
  });
}
