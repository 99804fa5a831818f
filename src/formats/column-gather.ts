/**
 * Columns side by side, turned to rows: several columns in one pass write rows piece after piece,
 * where one column after the other would touch each line of memory as often as there are columns.
 */

import type { NumberBuffer } from '../types/fields.js';
import type { Piece } from './column-pieces.js';

/** A column of one number per row, from a value on. */
export interface GatheredColumn {
  readonly piece: Piece;
  readonly from: number;
}

/** Whether a column is copied as it is: no missing values, and the type of the buffer. */
export function isGathered({ kind, values, valid }: Piece, into: NumberBuffer): boolean {
  if (kind !== 'plain' || valid !== null) return false;
  return values instanceof Float32Array
    ? into instanceof Float32Array
    : values instanceof Float64Array && into instanceof Float64Array;
}

/**
 * Copies rows of columns that lie next to each other in the buffer, all {@link isGathered}.
 * @param at place of the first column in the first row
 */
export function gatherColumns(
  columns: readonly GatheredColumn[],
  rows: number,
  into: NumberBuffer,
  at: number,
  stride: number,
): void {
  const isSingle = into instanceof Float32Array;
  // Bits, not numbers: payloads of NaN pass unchanged.
  const to = isSingle ? wordsOf(into, 0) : (into as Float64Array);
  const from = columns.map(({ piece, from }) =>
    isSingle
      ? wordsOf(piece.values as Float32Array, from)
      : (piece.values as Float64Array).subarray(from),
  );
  const gather = isSingle ? gatherWords : gatherDoubles;
  for (let c = 0; c < from.length; ) {
    const left = from.length - c;
    const count = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    gather(from.slice(c, c + count) as never, rows, to as never, at + c, stride);
    c += count;
  }
}

function wordsOf({ buffer, byteOffset, length }: Float32Array, from: number): Uint32Array {
  return new Uint32Array(buffer, byteOffset + 4 * from, length - from);
}

type Gather<Numbers extends Uint32Array | Float64Array> = (
  columns: readonly Numbers[],
  rows: number,
  into: Numbers,
  at: number,
  stride: number,
) => void;

/** A function for each type of numbers: one that has seen both is several times as slow. */
const gatherWords: Gather<Uint32Array> = (columns, rows, into, at, stride) => {
  const [a, b, c, d, e, f, g, h] = columns as unknown as Eight<Uint32Array>;
  let place = at;
  if (columns.length === 8) {
    for (let row = 0; row < rows; row++, place += stride) {
      into[place] = a[row]!;
      into[place + 1] = b[row]!;
      into[place + 2] = c[row]!;
      into[place + 3] = d[row]!;
      into[place + 4] = e[row]!;
      into[place + 5] = f[row]!;
      into[place + 6] = g[row]!;
      into[place + 7] = h[row]!;
    }
  } else if (columns.length === 4) {
    for (let row = 0; row < rows; row++, place += stride) {
      into[place] = a[row]!;
      into[place + 1] = b[row]!;
      into[place + 2] = c[row]!;
      into[place + 3] = d[row]!;
    }
  } else if (columns.length === 2) {
    for (let row = 0; row < rows; row++, place += stride) {
      into[place] = a[row]!;
      into[place + 1] = b[row]!;
    }
  } else for (let row = 0; row < rows; row++, place += stride) into[place] = a[row]!;
};

const gatherDoubles: Gather<Float64Array> = (columns, rows, into, at, stride) => {
  const [a, b, c, d, e, f, g, h] = columns as unknown as Eight<Float64Array>;
  let place = at;
  if (columns.length === 8) {
    for (let row = 0; row < rows; row++, place += stride) {
      into[place] = a[row]!;
      into[place + 1] = b[row]!;
      into[place + 2] = c[row]!;
      into[place + 3] = d[row]!;
      into[place + 4] = e[row]!;
      into[place + 5] = f[row]!;
      into[place + 6] = g[row]!;
      into[place + 7] = h[row]!;
    }
  } else if (columns.length === 4) {
    for (let row = 0; row < rows; row++, place += stride) {
      into[place] = a[row]!;
      into[place + 1] = b[row]!;
      into[place + 2] = c[row]!;
      into[place + 3] = d[row]!;
    }
  } else if (columns.length === 2) {
    for (let row = 0; row < rows; row++, place += stride) {
      into[place] = a[row]!;
      into[place + 1] = b[row]!;
    }
  } else for (let row = 0; row < rows; row++, place += stride) into[place] = a[row]!;
};

type Eight<Numbers> = [Numbers, Numbers, Numbers, Numbers, Numbers, Numbers, Numbers, Numbers];
