/** Columns as files of columns have them: typed arrays, copied to rows without an object per row. */

import { InputError, UsageError } from '../types/errors.js';
import type { NumberBuffer } from '../types/fields.js';
import { MISSING_TARGET } from '../types/scores.js';
import { halfValues } from './numpy-half.js';

/** Numbers that a typed array says as they are. */
export type PlainNumbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Values of one column, one after the other. A row of a list column has several. */
export interface Piece {
  /** Values, missing ones included. */
  readonly slots: number;
  /**
   * `plain`: numbers as they are. `half`: bits of half precision.
   * `int64`, `uint64`: two words each, the lower one first. `text`: no numbers.
   */
  readonly kind: 'plain' | 'half' | 'int64' | 'uint64' | 'text';
  readonly values: PlainNumbers;
  /** 1 for each value that is there; null where all are. */
  readonly valid: Uint8Array | null;
  /** A value as text. @throws InputError `not-utf8` without row */
  readonly text: (slot: number) => string;
}

/** Where the numbers of a field go in a buffer of rows. */
export interface Destination {
  readonly into: NumberBuffer;
  /** Numbers per row of the buffer, and of the field. */
  readonly stride: number;
  readonly width: number;
  /** Index of the field's first number. */
  readonly at: number;
}

/** A value that cannot be read into the buffer exactly. */
export interface BadValue {
  /** Value of the piece. */
  readonly slot: number;
  readonly isMissing: boolean;
}

/**
 * Copies `rows` rows of `width` values each, from value `from` on.
 * @returns the first value that the buffer cannot hold, or that is missing where it may not
 * @throws UsageError `inexact-read` where the buffer is too narrow for the type
 */
export function copyRows(
  piece: Piece,
  from: number,
  rows: number,
  to: Destination,
  required: boolean,
): BadValue | null {
  const bad = copyNumbers(piece, from, rows, to);
  const { valid } = piece;
  if (valid !== null) {
    const missing = clearMissing(valid, from, rows, to, required);
    // What lies in the memory of a missing value is nothing.
    if (missing >= 0 && (bad < 0 || missing <= bad)) return { slot: missing, isMissing: true };
    if (bad >= 0 && valid[bad] === 0) {
      return badBehind(piece, bad + 1, from, rows, to, required);
    }
  }
  return bad < 0 ? null : { slot: bad, isMissing: false };
}

/** Goes on behind a value that was refused although it is missing. */
function badBehind(
  piece: Piece,
  next: number,
  from: number,
  rows: number,
  to: Destination,
  required: boolean,
): BadValue | null {
  const { width, stride, at } = to;
  for (let slot = next; slot < from + rows * width; slot++) {
    const row = Math.floor((slot - from) / width);
    const one = { ...to, width: 1, at: at + row * stride + ((slot - from) % width) };
    const bad = copyRows(piece, slot, 1, one, required);
    if (bad !== null) return bad;
  }
  return null;
}

function copyNumbers(piece: Piece, from: number, rows: number, to: Destination): number {
  const { kind, values } = piece;
  const { into } = to;
  if (kind === 'half') return copyHalves(values as Uint16Array, from, rows, to);
  if (into instanceof Uint16Array) throw inexact('Uint16Array');
  if (kind === 'int64' || kind === 'uint64') {
    return copyLongs(values as Uint32Array, kind === 'int64', from, rows, to);
  }
  if (into instanceof Int32Array) return copyTargets(values, from, rows, to);
  if (into instanceof Float32Array) {
    if (values instanceof Float32Array) {
      // Bits, not numbers: payloads of NaN pass unchanged.
      spread(words(values), from, rows, { ...to, into: words(into) as never });
      return -1;
    }
    if (values instanceof Float64Array || values.BYTES_PER_ELEMENT === 4) {
      throw inexact('Float32Array');
    }
  }
  spread(values, from, rows, to);
  return -1;
}

function inexact(buffer: string): UsageError {
  return new UsageError(
    'inexact-read',
    `The column cannot be read into a ${buffer} without rounding; use a Float64Array.`,
  );
}

function words({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

function spread(values: PlainNumbers, from: number, rows: number, to: Destination): void {
  const { into, stride, width, at } = to;
  if (width === stride) into.set(values.subarray(from, from + rows * width), at);
  else if (width === 1) spreadColumn(values, from, rows, into, at, stride);
  else spreadLists(values, from, rows, to);
}

function spreadLists(values: PlainNumbers, from: number, rows: number, to: Destination): void {
  const { into, stride, width, at } = to;
  for (let row = 0, slot = from; row < rows; row++) {
    for (let k = 0, place = at + row * stride; k < width; k++) into[place++] = values[slot++]!;
  }
}

function spreadColumn(
  values: PlainNumbers,
  from: number,
  rows: number,
  into: NumberBuffer,
  at: number,
  stride: number,
): void {
  const end = from + rows;
  for (let slot = from, place = at; slot < end; slot++, place += stride) {
    into[place] = values[slot]!;
  }
}

function copyHalves(bits: Uint16Array, from: number, rows: number, to: Destination): number {
  const { into, stride, width, at } = to;
  if (into instanceof Uint16Array) {
    spread(bits, from, rows, to);
    return -1;
  }
  const table = halfValues();
  const tableWords = words(table);
  const intoWords = into instanceof Float32Array ? words(into) : null;
  const isTarget = into instanceof Int32Array;
  for (let row = 0, slot = from; row < rows; row++) {
    for (let k = 0, place = at + row * stride; k < width; k++, slot++, place++) {
      if (intoWords) intoWords[place] = tableWords[bits[slot]!]!;
      else if (isTarget) {
        const target = targetOf(table[bits[slot]!]!);
        if (target === null) return slot;
        into[place] = target;
      } else into[place] = table[bits[slot]!]!;
    }
  }
  return -1;
}

function copyLongs(
  pairs: Uint32Array,
  isSigned: boolean,
  from: number,
  rows: number,
  to: Destination,
): number {
  const { into, stride, width, at } = to;
  if (into instanceof Float32Array) throw inexact('Float32Array');
  const most = into instanceof Int32Array ? 2147483647 : Number.MAX_SAFE_INTEGER;
  for (let row = 0, slot = from; row < rows; row++) {
    for (let k = 0, place = at + row * stride; k < width; k++, slot++) {
      const high = isSigned ? pairs[2 * slot + 1]! | 0 : pairs[2 * slot + 1]!;
      const value = high * 2 ** 32 + pairs[2 * slot]!;
      if (value > most || value < -most) return slot;
      into[place++] = value;
    }
  }
  return -1;
}

function copyTargets(values: PlainNumbers, from: number, rows: number, to: Destination): number {
  const { into, stride, width, at } = to;
  for (let row = 0, slot = from; row < rows; row++) {
    for (let k = 0, place = at + row * stride; k < width; k++, slot++) {
      const target = targetOf(values[slot]!);
      if (target === null) return slot;
      into[place++] = target;
    }
  }
  return -1;
}

/** A class index, or the mark of none for NaN; null for what is neither. */
function targetOf(value: number): number | null {
  if (Number.isNaN(value)) return MISSING_TARGET;
  return value > -2147483648 && value < 2147483648 && value % 1 === 0 ? value : null;
}

/** Bits of NaN in half precision. */
const HALF_NAN = 0x7e00;

/** Writes what stands for a missing value. @returns the first missing value where none may be, else −1 */
function clearMissing(
  valid: Uint8Array,
  from: number,
  rows: number,
  { into, stride, width, at }: Destination,
  required: boolean,
): number {
  const nothing =
    into instanceof Int32Array
      ? MISSING_TARGET
      : into instanceof Uint16Array
        ? HALF_NAN
        : Number.NaN;
  for (let row = 0, slot = from; row < rows; row++) {
    for (let k = 0, place = at + row * stride; k < width; k++, slot++, place++) {
      if (valid[slot] !== 0) continue;
      if (required) return slot;
      into[place] = nothing;
    }
  }
  return -1;
}

/** Where a value stands, for messages. */
export interface ValuePlace {
  readonly source: string;
  readonly row: number;
  readonly column: string;
}

/** The error for a value that {@link copyRows} refused. */
export function valueError(
  place: ValuePlace,
  piece: Piece,
  { slot, isMissing }: BadValue,
  asInteger: boolean,
): InputError {
  if (isMissing) {
    return new InputError('missing-value', {
      ...place,
      problem: 'the row has no value in this column',
      found: 'null',
      expected: 'a number in every row',
      advice: 'Leave such rows out before writing the file.',
    });
  }
  const found = piece.text(slot);
  if (asInteger && !/^-?\d+$/.test(found)) {
    return new InputError('not-an-integer', {
      ...place,
      problem: 'this is no class index',
      found,
      expected: 'an integer',
      advice:
        'Targets are class indices; mark rows to leave out with an index of their own, such as -100. If they are values, say --task regression.',
    });
  }
  return new InputError('value-out-of-range', {
    ...place,
    problem: 'the value cannot be represented exactly',
    found,
    expected: asInteger
      ? 'an integer from -2147483647 to 2147483647'
      : 'an integer from -(2^53 - 1) to 2^53 - 1',
    advice: asInteger ? 'Targets are class indices.' : 'Write the column as DOUBLE.',
  });
}
