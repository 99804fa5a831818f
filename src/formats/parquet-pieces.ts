/** Values of Parquet pages as pieces of a column. */

import type { Piece, PlainNumbers } from './column-pieces.js';
import {
  bigIntOf,
  decimalNumber,
  decimalText,
  dictionaryTexts,
  halfTexts,
  longTexts,
  numberTexts,
  stringTexts,
} from './column-texts.js';
import { Damage } from './damage.js';
import type { Leaf } from './parquet-schema.js';
import type { Values } from './parquet-values.js';

/** How many values there are. */
export function countOf(values: Values, { bytes }: Leaf): number {
  if (values.is === 'entries') return values.entries.length;
  return values.is === 'strings' ? values.starts.length : values.bytes.length / bytes;
}

/** Bytes that values hold in memory. */
export function memoryOf(values: Values): number {
  if (values.is === 'entries') return values.entries.byteLength;
  const own = values.bytes.byteLength;
  return values.is === 'strings' ? own + 2 * values.starts.byteLength : own;
}

/**
 * Values with room for the missing ones.
 * @throws Damage where an entry is none of the dictionary
 */
export function pieceOf(leaf: Leaf, values: Values, valid: Uint8Array | null): Piece {
  if (values.is === 'entries') {
    requireEntries(values.entries, countOf(values.of, leaf));
    const entries = spreadOut(values.entries, valid);
    return gathered(leaf, values.of, entries, valid);
  }
  if (valid === null) return asPiece(leaf, values, null);
  const places = new Int32Array(valid.length);
  for (let i = 0, next = 0; i < valid.length; i++) if (valid[i] !== 0) places[i] = next++;
  return gathered(leaf, values, places, valid);
}

/** Checks entries against the number of what they choose from. @throws Damage */
function requireEntries(entries: Int32Array, count: number): void {
  for (let i = 0; i < entries.length; i++) {
    if (entries[i]! >>> 0 >= count) {
      throw new Damage(`has entry ${entries[i]! >>> 0} of a dictionary of ${count}`, 0);
    }
  }
}

/** Entries at the places of the values that are there, 0 elsewhere. */
function spreadOut(entries: Int32Array, valid: Uint8Array | null): Int32Array {
  if (valid === null) return entries;
  const out = new Int32Array(valid.length);
  for (let i = 0, next = 0; i < valid.length; i++) if (valid[i] !== 0) out[i] = entries[next++]!;
  return out;
}

/** The value of each place; any where it is missing. */
function gathered(leaf: Leaf, values: Values, places: Int32Array, valid: Uint8Array | null): Piece {
  if (values.is !== 'fixed') {
    const piece = asPiece(leaf, values, null);
    const text = dictionaryTexts(piece.slots, piece.text, places);
    if (piece.kind === 'text') return { ...piece, slots: places.length, valid, text };
    const from = piece.values;
    const numbers = Float64Array.from(places, (place) => from[place] ?? 0);
    return { slots: places.length, kind: 'plain', values: numbers, valid, text };
  }
  const width = leaf.bytes;
  const out = new Uint8Array(places.length * width);
  const { bytes } = values;
  if (width === 4 || width === 8) {
    const from = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const to = new Uint32Array(out.buffer);
    if (width === 4) for (let i = 0; i < places.length; i++) to[i] = from[places[i]!]!;
    else {
      for (let i = 0; i < places.length; i++) {
        const place = 2 * places[i]!;
        to[2 * i] = from[place]!;
        to[2 * i + 1] = from[place + 1]!;
      }
    }
  } else {
    for (let i = 0; i < places.length; i++) {
      for (let b = 0; b < width; b++) out[i * width + b] = bytes[places[i]! * width + b]!;
    }
  }
  return asPiece(leaf, { is: 'fixed', bytes: out }, valid);
}

const NOTHING = new Uint8Array(0);

/** Values as they are. */
function asPiece(leaf: Leaf, values: Values, valid: Uint8Array | null): Piece {
  const slots = countOf(values, leaf);
  if (leaf.kind === 'decimal') return decimals(leaf, values, slots, valid);
  if (values.is === 'strings') {
    const text = stringTexts(values.bytes, values.starts, values.ends);
    return { slots, kind: 'text', values: NOTHING, valid, text };
  }
  const { bytes } = values as { bytes: Uint8Array };
  if (leaf.kind === 'uuid') {
    return { slots, kind: 'text', values: NOTHING, valid, text: (slot) => uuid(bytes, slot * 16) };
  }
  const { buffer, byteOffset, length } = bytes;
  switch (leaf.kind) {
    case 'boolean':
      return plain(bytes, valid);
    case 'int32':
      return plain(new Int32Array(buffer, byteOffset, length / 4), valid);
    case 'uint32':
      return plain(new Uint32Array(buffer, byteOffset, length / 4), valid);
    case 'float':
      return plain(new Float32Array(buffer, byteOffset, length / 4), valid);
    case 'double':
      return plain(new Float64Array(buffer, byteOffset, length / 8), valid);
    case 'float16':
      return halves(new Uint16Array(buffer, byteOffset, length / 2), valid);
    default: {
      const pairs = new Uint32Array(buffer, byteOffset, length / 4);
      const kind = leaf.kind === 'int64' ? 'int64' : 'uint64';
      return { slots, kind, values: pairs, valid, text: longTexts(pairs, kind === 'int64') };
    }
  }
}

function plain(values: PlainNumbers, valid: Uint8Array | null): Piece {
  return { slots: values.length, kind: 'plain', values, valid, text: numberTexts(values) };
}

function halves(bits: Uint16Array, valid: Uint8Array | null): Piece {
  return { slots: bits.length, kind: 'half', values: bits, valid, text: halfTexts(bits) };
}

function decimals(leaf: Leaf, values: Values, slots: number, valid: Uint8Array | null): Piece {
  const { scale, physical } = leaf;
  const unscaled = unscaledOf(leaf, values);
  const numbers = new Float64Array(slots);
  if (physical === 'INT32' && values.is === 'fixed') {
    const { buffer, byteOffset } = values.bytes;
    const whole = new Int32Array(buffer, byteOffset, slots);
    if (scale > 22) for (let i = 0; i < slots; i++) numbers[i] = decimalNumber(unscaled(i), scale);
    else for (let i = 0, unit = 10 ** scale; i < slots; i++) numbers[i] = whole[i]! / unit;
  } else for (let i = 0; i < slots; i++) numbers[i] = decimalNumber(unscaled(i), scale);
  const text = (slot: number) => decimalText(unscaled(slot), scale);
  return { slots, kind: 'plain', values: numbers, valid, text };
}

/** Longest decimal: 76 digits. */
const LONGEST_DECIMAL = 32;

function unscaledOf(leaf: Leaf, values: Values): (slot: number) => bigint {
  if (values.is === 'strings') {
    const { bytes, starts, ends } = values;
    for (let i = 0; i < starts.length; i++) {
      if (ends[i]! - starts[i]! > LONGEST_DECIMAL) throw new Damage('has an endless decimal', 0);
    }
    return (slot) => bigIntOf(bytes.subarray(starts[slot], ends[slot]));
  }
  const { bytes } = values as { bytes: Uint8Array };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (leaf.physical === 'INT32') return (slot) => BigInt(view.getInt32(slot * 4, true));
  if (leaf.physical === 'INT64') return (slot) => view.getBigInt64(slot * 8, true);
  return (slot) => bigIntOf(bytes.subarray(slot * leaf.bytes, (slot + 1) * leaf.bytes));
}

function uuid(bytes: Uint8Array, at: number): string {
  const hex = Array.from(bytes.subarray(at, at + 16), (b) => b.toString(16).padStart(2, '0'));
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
