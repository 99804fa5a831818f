/** NumPy's npy files: arrays of numbers, read row by row into memory that the caller owns. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import type { NumberBuffer } from '../types/fields.js';
import { isByteSource, pullUpTo, streamOf, truncated } from './bytes.js';
import { collect, columnsInMemory, columnTiles, type RowFeed, regrouped } from './npy-columns.js';
import {
  convertElements,
  elementTexts,
  fitsSingle,
  sameLayout,
  toHostOrder,
} from './numpy-convert.js';
import { type ElementType, parseElementType } from './numpy-dtype.js';
import { type NpyHeader, readNpyHeader } from './numpy-header.js';

export interface NpyOptions {
  /**
   * Most bytes of an array that may be held in memory at once; needed only
   * for Fortran order in what cannot seek. Default 1 GiB.
   */
  readonly memoryBudget?: number;
  /** Whether two raw bytes (`V2`, as ml_dtypes writes) or their bits (`u2`) are bfloat16. */
  readonly bfloat16?: boolean;
}

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

const DEFAULT_MEMORY_BUDGET = 1024 ** 3;

/** Most bytes that are converted at once where they do not fit into the caller's own memory. */
const SCRATCH_BYTES = 1024 * 1024;

/** Zero bytes up to this length may follow the elements: padding to a page or block. */
export const LONGEST_PADDING = 4096;

/**
 * Opens an npy file of version 1 to 3 for reading.
 *
 * One axis or more; two and more are rows of the last axis. What follows the
 * elements is refused, though NumPy ignores it: two arrays saved into one
 * file would otherwise pass as the first. Up to 4096 bytes of zero padding
 * are let through. An input that is too short is refused here, before any
 * row is read, wherever its size is known.
 *
 * @param input is closed with the array; when this function throws, it stays the caller's to close.
 * @throws InputError `empty-input`, `not-npy`, `npy-version`, `npy-header`,
 *   `npy-shape`, `npy-object-array`, `npy-structured`, `npy-strings`,
 *   `npy-complex`, `npy-dtype`, `truncated`, `trailing-bytes`, `memory-budget`.
 */
export async function openNpy(
  input: ByteSource | ByteStream,
  options: NpyOptions = {},
): Promise<NumberArray> {
  const stream = isByteSource(input) ? streamOf(input) : input;
  const header = await readNpyHeader(stream, (source, descr) =>
    parseElementType(source, descr, options.bfloat16),
  );
  const { shape, element, dataOffset } = header;
  if (shape.length === 0) {
    throw new InputError('npy-shape', {
      source: input.name,
      problem: 'the array is a single number',
      found: 'shape ()',
      expected: 'one axis or more',
      advice: 'Save the whole array.',
    });
  }
  const dataBytes = header.length * element.bytes;
  if (stream.size !== null) {
    const left = stream.size - dataOffset;
    if (left < dataBytes) {
      throw truncated(input.name, stream.size, 'the array', left, dataBytes);
    }
    if (left > dataBytes + LONGEST_PADDING) throw trailing(input.name, dataOffset + dataBytes);
  }
  const feed = await openFeed(input, stream, header, options);
  const tail = async (): Promise<void> => {
    // A source that seeks was read tile by tile, a stream to the last element.
    const rest = new Uint8Array(LONGEST_PADDING + 1);
    const end = dataOffset + dataBytes;
    let count = 0;
    if (isByteSource(input)) {
      for (let got = -1; got !== 0 && count < rest.length; count += got) {
        got = await input.read(rest.subarray(count), end + count);
      }
    } else {
      count = await pullUpTo(stream, rest);
    }
    if (count === rest.length || rest.subarray(0, count).some((byte) => byte !== 0)) {
      throw trailing(input.name, end);
    }
  };
  if (isByteSource(input)) await tail();
  const columns = shape.length === 1 ? 1 : shape.at(-1)!;
  const rows = shape.slice(0, shape.length === 1 ? 1 : -1).reduce((a, b) => a * b, 1);
  return new FedArray(header, feed, rows, columns, {
    name: input.name,
    checkEnd: isByteSource(input) ? async () => {} : tail,
    close: async () => input.close(),
  });
}

/** Bytes in C order, however they lie in the input. */
async function openFeed(
  input: ByteSource | ByteStream,
  stream: ByteStream,
  { element, fortranOrder, shape, length, dataOffset }: NpyHeader<ElementType>,
  { memoryBudget = DEFAULT_MEMORY_BUDGET }: NpyOptions,
): Promise<RowFeed> {
  if (!isTransposed({ fortranOrder, shape }) || length === 0) {
    let done = 0;
    const seekable = isByteSource(input);
    return {
      async fill(into) {
        const got = seekable
          ? await readUpTo(input, into, dataOffset + done)
          : await pullUpTo(stream, into);
        done += got;
        if (got === into.length) return;
        throw truncated(input.name, dataOffset + done, 'the array', done, length * element.bytes);
      },
      ...(seekable && {
        select(from: number) {
          done = from;
        },
      }),
    };
  }
  if (shape.length > 2) {
    throw new InputError('npy-shape', {
      source: input.name,
      problem: 'an array of more than two axes in Fortran order cannot be read row by row',
      found: `shape ${shapeText(shape)}`,
      expected: 'C order, or two axes',
      advice: 'Save it as np.ascontiguousarray(array).',
    });
  }
  const matrix = { rows: shape[0]!, columns: shape[1]!, elementBytes: element.bytes };
  if (isByteSource(input)) return columnTiles(input, dataOffset, matrix, memoryBudget);
  const bytes = length * element.bytes;
  if (bytes > memoryBudget) {
    throw new InputError('memory-budget', {
      source: input.name,
      problem: 'an array in Fortran order that is compressed or piped must be held in memory whole',
      found: `${bytes} bytes`,
      expected: `at most ${memoryBudget} (the memory budget)`,
      advice:
        'Save it in C order, np.ascontiguousarray(array), or as an uncompressed file: np.save or np.savez.',
    });
  }
  return columnsInMemory(await collect(stream, dataOffset, bytes), matrix);
}

/** Fills `into` as far as the source goes. */
async function readUpTo(source: ByteSource, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const reading = source.read(done === 0 ? into : into.subarray(done), position + done);
    const got = typeof reading === 'number' ? reading : await reading;
    if (got === 0) break;
    done += got;
  }
  return done;
}

/** With one axis longer than 1, both orders are the same. */
function isTransposed({
  fortranOrder,
  shape,
}: Pick<NpyHeader<ElementType>, 'fortranOrder' | 'shape'>): boolean {
  return fortranOrder && shape.filter((size) => size > 1).length > 1;
}

interface ArrayInput {
  readonly name: string;
  /** Looks at what follows the last element. */
  checkEnd(): Promise<void>;
  close(): Promise<void>;
}

/** An array whose bytes a feed delivers. */
class FedArray implements NumberArray {
  readonly name: string;
  readonly element: ElementType;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly selectRows: NumberArray['selectRows'];
  readonly #header: NpyHeader<ElementType>;
  readonly #feed: RowFeed;
  readonly #input: ArrayInput;
  readonly #rowBytes: number;
  /** Rows that are read. */
  #done = 0;
  /** Row after the last that is read. */
  #end: number;

  constructor(
    header: NpyHeader<ElementType>,
    feed: RowFeed,
    rows: number,
    columns: number,
    input: ArrayInput,
  ) {
    this.name = input.name;
    this.element = header.element;
    this.shape = header.shape;
    this.rows = rows;
    this.columns = columns;
    this.#header = header;
    this.#feed = feed;
    this.#input = input;
    this.#rowBytes = columns * header.element.bytes;
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
      if (this.#rowBytes * this.rows === 0) await this.#input.checkEnd();
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
    if (this.#done === this.rows && count > 0) await this.#input.checkEnd();
  }

  asRows(width: number): NumberArray {
    if (width === this.columns) return this;
    const header = this.#header;
    const feed = isTransposed(header) ? regrouped(this.#feed, this.#rowBytes) : this.#feed;
    return new FedArray(header, feed, header.length / width, width, this.#input);
  }

  progress(): { done: number; total: number } {
    return { done: this.#done * this.#rowBytes, total: this.rows * this.#rowBytes };
  }

  close(): Promise<void> {
    return this.#input.close();
  }
}

/** A shape as NumPy prints it. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
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

export function trailing(source: string, offset: number): InputError {
  return new InputError('trailing-bytes', {
    source,
    offset,
    problem: 'more bytes follow the last element',
    expected: 'the end of the file there',
    advice:
      'Was np.save called twice on one open file? Save one array per file: np.save("clean.npy", np.load(path)).',
  });
}
