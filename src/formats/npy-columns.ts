/** Fortran order: the file holds column after column, the caller wants row after row. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { readExactly, truncated } from './bytes.js';

/** Delivers the elements of whole rows in C order. */
export interface RowFeed {
  /** Fills `into` with the bytes of the next rows: its length is a multiple of a row's. */
  fill(into: Uint8Array): Promise<void>;
  /**
   * From here on delivers the bytes `from … end − 1`, in C order, of whole
   * rows. There where the input can seek.
   */
  select?(from: number, end: number): void;
}

/** Where a column-major matrix lies. */
export interface ColumnMatrix {
  readonly rows: number;
  readonly columns: number;
  /** 1, 2, 4 or 8. */
  readonly elementBytes: number;
}

/** Memory for a tile of some rows of every column, as a rule. */
const TILE_BYTES = 24 * 1024 * 1024;

/** A read shorter than this costs more in calls than in bytes: many columns get a larger tile. */
const SHORTEST_STRIPE = 1024;

/**
 * Reads a column-major matrix tile by tile: `columns` stripes of as many rows
 * as fit into about 24 MiB (more where that would make stripes shorter than
 * 1 KiB, never more than `memoryBudget`), transposed on the way out.
 *
 *     file   │a0 a1 a2 a3│b0 b1 b2 b3│     tile of 2 rows   │a0 a1│b0 b1│
 */
export function columnTiles(
  source: ByteSource,
  offset: number,
  matrix: ColumnMatrix,
  memoryBudget: number,
): RowFeed {
  const { rows, columns, elementBytes } = matrix;
  const rowBytes = columns * elementBytes;
  const wanted = Math.max(TILE_BYTES, rowBytes * (SHORTEST_STRIPE / elementBytes));
  const tileRows = Math.min(
    rows,
    Math.max(1, Math.floor(Math.min(wanted, memoryBudget) / rowBytes)),
  );
  let tile: Uint8Array | null = null;
  let tileStart = 0;
  let tileEnd = 0;
  let row = 0;
  let lastRow = rows;

  const load = async (): Promise<void> => {
    tile ??= new Uint8Array(tileRows * rowBytes);
    if (tileRows === rows) {
      tileStart = 0;
      tileEnd = rows;
      return readExactly(source, tile, offset, 'the array');
    }
    tileStart = row;
    tileEnd = Math.min(lastRow, tileStart + tileRows);
    const stripe = (tileEnd - tileStart) * elementBytes;
    for (let column = 0; column < columns; column++) {
      const at = column * tileRows * elementBytes;
      const position = offset + (column * rows + tileStart) * elementBytes;
      const into = tile.subarray(at, at + stripe);
      const got = source.read(into, position);
      // As a rule the file gave all of it at once; waiting once per column would take longer than reading.
      if (got !== stripe) {
        const done = await got;
        await readExactly(source, into.subarray(done), position + done, 'the array');
      }
    }
  };

  return {
    async fill(into) {
      const end = row + into.length / rowBytes;
      let at = 0;
      while (row < end) {
        if (row < tileStart || row >= tileEnd) await load();
        const count = Math.min(end, tileEnd) - row;
        const part = into.subarray(at, at + count * rowBytes);
        transpose(tile!, tileRows, row - tileStart, matrix, count, part);
        at += part.length;
        row += count;
      }
    },
    select(from, end) {
      row = from / rowBytes;
      lastRow = end / rowBytes;
    },
  };
}

/** Column-major elements that already lie in memory. */
export function columnsInMemory(bytes: Uint8Array, matrix: ColumnMatrix): RowFeed {
  let row = 0;
  return {
    async fill(into) {
      const count = into.length / (matrix.columns * matrix.elementBytes);
      transpose(bytes, matrix.rows, row, matrix, count, into);
      row += count;
    },
  };
}

/** Whole rows of a feed in pieces of any length. */
export function regrouped(feed: RowFeed, rowBytes: number): RowFeed {
  const row = new Uint8Array(rowBytes);
  let rest = row.subarray(0, 0);
  const fill = async (into: Uint8Array): Promise<void> => {
    for (let at = 0; at < into.length; ) {
      if (rest.length === 0) {
        await feed.fill(row);
        rest = row;
      }
      const count = Math.min(rest.length, into.length - at);
      into.set(rest.subarray(0, count), at);
      rest = rest.subarray(count);
      at += count;
    }
  };
  return { fill };
}

/**
 * Reads `length` bytes of a stream into memory that grows with what really
 * arrives: the length is a claim of the file.
 * @throws InputError `truncated`
 */
export async function collect(
  stream: ByteStream,
  position: number,
  length: number,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.min(length, TILE_BYTES));
  let done = 0;
  while (done < length) {
    if (done === bytes.length) {
      const grown = new Uint8Array(Math.min(length, 2 * bytes.length));
      grown.set(bytes);
      bytes = grown;
    }
    const pulling = stream.pull(bytes.subarray(done));
    const got = typeof pulling === 'number' ? pulling : await pulling;
    if (got === 0) throw truncated(stream.name, position + done, 'the array', done, length);
    done += got;
  }
  return bytes;
}

/** Side of the square that is turned at once: both sides of it stay in the nearest cache. */
const SQUARE = 32;

/** Copies rows `first … first + count` of a column-major tile to row-major `into`. */
function transpose(
  tile: Uint8Array,
  tileRows: number,
  first: number,
  { columns, elementBytes }: ColumnMatrix,
  count: number,
  into: Uint8Array,
): void {
  const from = wordsOf(tile, elementBytes);
  const to = wordsOf(into, elementBytes);
  const turn = elementBytes === 8 ? turnPairs : turnWords;
  for (let row = 0; row < count; row += SQUARE) {
    const rowEnd = Math.min(count, row + SQUARE);
    for (let column = 0; column < columns; column += SQUARE) {
      const columnEnd = Math.min(columns, column + SQUARE);
      turn(from, to, tileRows, first, columns, row, rowEnd, column, columnEnd);
    }
  }
}

type Words = Uint8Array | Uint16Array | Int32Array;

function wordsOf(bytes: Uint8Array, elementBytes: number): Words {
  const { buffer, byteOffset, length } = bytes;
  if (elementBytes === 1) return bytes;
  if (elementBytes === 2) return new Uint16Array(buffer, byteOffset, length / 2);
  return new Int32Array(buffer, byteOffset, length / 4);
}

function turnWords(
  from: Words,
  to: Words,
  tileRows: number,
  first: number,
  columns: number,
  rowStart: number,
  rowEnd: number,
  columnStart: number,
  columnEnd: number,
): void {
  for (let column = columnStart; column < columnEnd; column++) {
    const stripe = column * tileRows + first;
    let at = rowStart * columns + column;
    for (let row = rowStart; row < rowEnd; row++, at += columns) to[at] = from[stripe + row]!;
  }
}

/** Eight-byte elements as two words each: as doubles, integers that look like NaN could change. */
function turnPairs(
  from: Words,
  to: Words,
  tileRows: number,
  first: number,
  columns: number,
  rowStart: number,
  rowEnd: number,
  columnStart: number,
  columnEnd: number,
): void {
  for (let column = columnStart; column < columnEnd; column++) {
    const stripe = column * tileRows + first;
    let at = 2 * (rowStart * columns + column);
    for (let row = rowStart; row < rowEnd; row++, at += 2 * columns) {
      to[at] = from[2 * (stripe + row)]!;
      to[at + 1] = from[2 * (stripe + row) + 1]!;
    }
  }
}
