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
  if (into instanceof Float32Array) {
    // Bits, not numbers: payloads of NaN pass unchanged.
    const from = columns.map(({ piece, from }) => wordsOf(piece.values as Float32Array, from));
    const to = wordsOf(into, 0);
    for (let c = 0; c < from.length; c += 4) {
      gatherWords(from[c]!, from[c + 1], from[c + 2], from[c + 3], rows, to, at + c, stride);
    }
    return;
  }
  const from = columns.map(({ piece, from }) => (piece.values as Float64Array).subarray(from));
  for (let c = 0; c < from.length; c += 4) {
    const [a, b, d, e] = [from[c]!, from[c + 1], from[c + 2], from[c + 3]];
    gatherDoubles(a, b, d, e, rows, into as Float64Array, at + c, stride);
  }
}

function wordsOf({ buffer, byteOffset, length }: Float32Array, from: number): Uint32Array {
  return new Uint32Array(buffer, byteOffset + 4 * from, length - from);
}

function gatherWords(
  a: Uint32Array,
  b: Uint32Array | undefined,
  c: Uint32Array | undefined,
  d: Uint32Array | undefined,
  rows: number,
  into: Uint32Array,
  at: number,
  stride: number,
): void {
  if (d !== undefined) {
    for (let row = 0, place = at; row < rows; row++, place += stride) {
      into[place] = a[row]!;
      into[place + 1] = b![row]!;
      into[place + 2] = c![row]!;
      into[place + 3] = d[row]!;
    }
    return;
  }
  for (let row = 0, place = at; row < rows; row++, place += stride) into[place] = a[row]!;
  if (b !== undefined) gatherWords(b, c, d, undefined, rows, into, at + 1, stride);
}

function gatherDoubles(
  a: Float64Array,
  b: Float64Array | undefined,
  c: Float64Array | undefined,
  d: Float64Array | undefined,
  rows: number,
  into: Float64Array,
  at: number,
  stride: number,
): void {
  if (d !== undefined) {
    for (let row = 0, place = at; row < rows; row++, place += stride) {
      into[place] = a[row]!;
      into[place + 1] = b![row]!;
      into[place + 2] = c![row]!;
      into[place + 3] = d[row]!;
    }
    return;
  }
  for (let row = 0, place = at; row < rows; row++, place += stride) into[place] = a[row]!;
  if (b !== undefined) gatherDoubles(b, c, d, undefined, rows, into, at + 1, stride);
}
