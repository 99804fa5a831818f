/** Columns of a record batch as pieces: typed arrays over its buffers. */

import type { RecordBatch } from './arrow-batch.js';
import type { ArrowColumn, ValueKind } from './arrow-schema.js';
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

/** Where the next node and buffer of a column stand. */
interface Cursor {
  node: number;
  buffer: number;
  readonly views: number;
}

/** A piece, and its first value that counts. */
export interface BatchPiece {
  readonly piece: Piece;
  readonly from: number;
}

/** A list of another length than the others. */
export class RaggedList extends Error {
  constructor(
    /** Row of the batch. */
    readonly row: number,
    readonly found: number,
  ) {
    super();
  }
}

/**
 * The values of a column in a batch.
 * @param length elements of each list
 * @param dictionary what the values choose from
 * @throws Damage, PackedFault, RaggedList
 */
export async function readColumn(
  batch: RecordBatch,
  column: ArrowColumn,
  length: number,
  dictionary: Piece | null,
): Promise<BatchPiece> {
  const { layout, lists, value } = column;
  const buffer = layout.buffer + viewBuffers(batch, layout.views);
  const cursor: Cursor = { node: layout.node, buffer, views: layout.views };
  if (lists !== null) return readLists(batch, column, cursor, length);
  const piece = await readValues(batch, value, cursor);
  if (piece.slots !== batch.rows) throw new Damage('has a column of another length', 0);
  if (column.dictionary === null) return { piece, from: 0 };
  if (dictionary === null) throw new Damage('needs a dictionary that is not there', 0);
  return { piece: chosen(piece, dictionary), from: 0 };
}

/** Buffers of the columns of views before a column. */
function viewBuffers(batch: RecordBatch, views: number): number {
  return batch.viewsBefore(views);
}

/** Length of the first list that is there; null where none is. @throws Damage, PackedFault */
export async function firstLength(batch: RecordBatch, column: ArrowColumn): Promise<number | null> {
  const buffer = column.layout.buffer + viewBuffers(batch, column.layout.views);
  const { node } = column.layout;
  const valid = await readValidity(batch, node, buffer);
  const offsets = await readOffsets(batch, column.lists!.layout, buffer + 1, batch.rows);
  for (let row = 0; row < batch.rows; row++) {
    if (valid === null || valid[row] !== 0) return offsets[row + 1]! - offsets[row]!;
  }
  return null;
}

async function readLists(
  batch: RecordBatch,
  { lists, value }: ArrowColumn,
  cursor: Cursor,
  length: number,
): Promise<BatchPiece> {
  const { rows } = batch;
  if (batch.node(cursor.node).length !== rows) {
    throw new Damage('has a column of another length', 0);
  }
  const valid = await readValidity(batch, cursor.node, cursor.buffer);
  const isFixed = lists!.layout === 'fixed';
  const offsets = isFixed ? null : await readOffsets(batch, lists!.layout, cursor.buffer + 1, rows);
  const elements = { ...cursor, node: cursor.node + 1, buffer: cursor.buffer + (isFixed ? 1 : 2) };
  const piece = await readValues(batch, value, elements);
  const from = offsets === null || rows === 0 ? 0 : offsets[0]!;
  let isDense = true;
  for (let row = 0; row < rows; row++) {
    const found = offsets === null ? length : offsets[row + 1]! - offsets[row]!;
    const isThere = valid === null || valid[row] !== 0;
    if (isThere && found !== length) throw new RaggedList(row, found);
    if (!isThere) isDense = false;
  }
  const end = offsets === null ? rows * length : offsets[rows]!;
  if (end > piece.slots) throw new Damage('has fewer values than its lists', 0);
  if (isDense) return { piece: { ...piece, slots: end }, from };
  if (rows * length > 0x7fffffff) throw new Damage('has too many values', 0);
  batch.take(rows * length * 16);
  const places = new Int32Array(rows * length).fill(-1);
  for (let row = 0, at = 0; row < rows; row++) {
    const start = offsets === null ? row * length : offsets[row]!;
    const isThere = valid === null || valid[row] !== 0;
    for (let k = 0; k < length; k++, at++) if (isThere) places[at] = start + k;
  }
  return { piece: gathered(piece, places), from: 0 };
}

/** The values of the places, none at −1. */
function gathered(piece: Piece, places: Int32Array): Piece {
  const lanes = piece.kind === 'int64' || piece.kind === 'uint64' ? 2 : 1;
  const from = piece.values;
  const values = new (from.constructor as Float64ArrayConstructor)(
    piece.kind === 'text' ? 0 : places.length * lanes,
  );
  const valid = new Uint8Array(places.length);
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place < 0 || (piece.valid !== null && piece.valid[place] === 0)) continue;
    valid[i] = 1;
    if (piece.kind === 'text') continue;
    for (let lane = 0; lane < lanes; lane++) {
      values[i * lanes + lane] = from[place * lanes + lane]!;
    }
  }
  const text = (slot: number) => piece.text(places[slot]!);
  const slots = places.length;
  return { slots, kind: piece.kind, values: values as unknown as PlainNumbers, valid, text };
}

/** Entries of a dictionary. @throws Damage */
function chosen({ slots, values, valid }: Piece, dictionary: Piece): Piece {
  const places = new Int32Array(slots);
  for (let i = 0; i < slots; i++) {
    const entry = values[i]!;
    if (valid !== null && valid[i] === 0) places[i] = -1;
    else if (entry >= 0 && entry < dictionary.slots) places[i] = entry;
    else throw new Damage(`has entry ${entry} of a dictionary of ${dictionary.slots}`, 0);
  }
  return gathered(dictionary, places);
}

/** A dictionary: its values, each text decoded once. @throws Damage, PackedFault */
export async function readDictionary(batch: RecordBatch, value: ValueKind): Promise<Piece> {
  const piece = await readValues(batch, value, { node: 0, buffer: 0, views: 0 });
  if (piece.slots !== batch.rows) throw new Damage('has a dictionary of another length', 0);
  if (piece.kind !== 'text') return piece;
  const places = Int32Array.from({ length: piece.slots }, (_, i) => i);
  return { ...piece, text: dictionaryTexts(piece.slots, piece.text, places) };
}

/** 1 for each value that is there; null where all are. */
async function readValidity(
  batch: RecordBatch,
  node: number,
  buffer: number,
): Promise<Uint8Array | null> {
  const { length, missing } = batch.node(node);
  if (missing === 0) return null;
  const bits = await batch.buffer(buffer);
  return bits.length === 0 ? null : bitsOf(bits, length);
}

function bitsOf(bits: Uint8Array, count: number): Uint8Array {
  if (Math.ceil(count / 8) > bits.length) throw new Damage('has a buffer that is too short', 0);
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (bits[i >> 3]! >> (i & 7)) & 1;
  return out;
}

/** Where each value begins, and the last ends. @throws Damage where they do not ascend */
async function readOffsets(
  batch: RecordBatch,
  layout: 'fixed' | 'offsets' | 'long offsets' | 'views',
  buffer: number,
  count: number,
): Promise<Int32Array> {
  const bytes = await batch.buffer(buffer);
  // Of no values there may be none.
  if (count === 0) return new Int32Array(1);
  const isLong = layout === 'long offsets';
  const need = (count + 1) * (isLong ? 8 : 4);
  if (need > bytes.length) throw new Damage('has a buffer that is too short', 0);
  let offsets: Int32Array;
  if (isLong) {
    const pairs = new Int32Array(bytes.buffer, bytes.byteOffset, 2 * (count + 1));
    offsets = new Int32Array(count + 1);
    for (let i = 0; i <= count; i++) offsets[i] = pairs[2 * i + 1] === 0 ? pairs[2 * i]! : -1;
  } else offsets = new Int32Array(bytes.buffer, bytes.byteOffset, count + 1);
  let before = 0;
  for (let i = 0; i <= count; i++) {
    if (offsets[i]! < before) throw new Damage('has offsets that do not ascend', 0);
    before = offsets[i]!;
  }
  return offsets;
}

const NOTHING = new Uint8Array(0);

async function readValues(batch: RecordBatch, value: ValueKind, cursor: Cursor): Promise<Piece> {
  const slots = batch.node(cursor.node).length;
  const valid = await readValidity(batch, cursor.node, cursor.buffer);
  if (value.is === 'text') {
    const text = await readTexts(batch, value.layout, cursor, slots, valid);
    return { slots, kind: 'text', values: NOTHING, valid, text };
  }
  const bytes = await batch.buffer(cursor.buffer + 1);
  if (value.is === 'bool') return plain(bitsOf(bytes, slots), valid);
  if ((slots * value.bits) / 8 > bytes.length) {
    throw new Damage('has a buffer that is too short', 0);
  }
  if (value.is === 'decimal') return decimals(bytes, value, slots, valid);
  const { buffer, byteOffset } = bytes;
  if (value.is === 'float') {
    if (value.bits === 64) return plain(new Float64Array(buffer, byteOffset, slots), valid);
    if (value.bits === 32) return plain(new Float32Array(buffer, byteOffset, slots), valid);
    const bits = new Uint16Array(buffer, byteOffset, slots);
    return { slots, kind: 'half', values: bits, valid, text: halfTexts(bits) };
  }
  const { bits, isSigned } = value;
  if (bits === 64) {
    const pairs = new Uint32Array(buffer, byteOffset, 2 * slots);
    const kind = isSigned ? 'int64' : 'uint64';
    return { slots, kind, values: pairs, valid, text: longTexts(pairs, isSigned) };
  }
  return plain(integers(bytes, bits, isSigned, slots), valid);
}

function plain(values: PlainNumbers, valid: Uint8Array | null): Piece {
  return { slots: values.length, kind: 'plain', values, valid, text: numberTexts(values) };
}

function integers(
  { buffer, byteOffset }: Uint8Array,
  bits: number,
  isSigned: boolean,
  count: number,
): PlainNumbers {
  if (bits === 8) {
    return isSigned
      ? new Int8Array(buffer, byteOffset, count)
      : new Uint8Array(buffer, byteOffset, count);
  }
  if (bits === 16) {
    return isSigned
      ? new Int16Array(buffer, byteOffset, count)
      : new Uint16Array(buffer, byteOffset, count);
  }
  return isSigned
    ? new Int32Array(buffer, byteOffset, count)
    : new Uint32Array(buffer, byteOffset, count);
}

function decimals(
  bytes: Uint8Array,
  { bits, scale }: { readonly bits: number; readonly scale: number },
  slots: number,
  valid: Uint8Array | null,
): Piece {
  const width = bits / 8;
  // The lowest byte comes first.
  const unscaled = (slot: number) =>
    bigIntOf(bytes.slice(slot * width, (slot + 1) * width).reverse());
  const values = new Float64Array(slots);
  for (let i = 0; i < slots; i++) values[i] = decimalNumber(unscaled(i), scale);
  const text = (slot: number) => decimalText(unscaled(slot), scale);
  return { slots, kind: 'plain', values, valid, text };
}

async function readTexts(
  batch: RecordBatch,
  layout: 'offsets' | 'long offsets' | 'views',
  cursor: Cursor,
  slots: number,
  valid: Uint8Array | null,
): Promise<Piece['text']> {
  if (layout === 'views') return readViews(batch, cursor, slots, valid);
  const offsets = await readOffsets(batch, layout, cursor.buffer + 1, slots);
  const bytes = await batch.buffer(cursor.buffer + 2);
  if (offsets[slots]! > bytes.length) throw new Damage('has texts behind its end', 0);
  return stringTexts(bytes, offsets, offsets.subarray(1));
}

/** Texts of up to 12 bytes beside their length, longer ones in buffers of their own. */
async function readViews(
  batch: RecordBatch,
  { buffer, views }: Cursor,
  slots: number,
  valid: Uint8Array | null,
): Promise<Piece['text']> {
  const bytes = await batch.buffer(buffer + 1);
  if (slots * 16 > bytes.length) throw new Damage('has a buffer that is too short', 0);
  const parts: Uint8Array[] = [];
  for (let i = 0, count = batch.views(views); i < count; i++) {
    parts.push(await batch.buffer(buffer + 2 + i));
  }
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, slots * 4);
  for (let slot = 0; slot < slots; slot++) {
    const [length, , part, offset] = words.subarray(slot * 4, slot * 4 + 4) as unknown as Quad;
    const isInside = length >= 0 && length <= 12;
    if (isInside || (valid !== null && valid[slot] === 0)) continue;
    const isThere = length >= 0 && offset >= 0 && offset + length <= (parts[part]?.length ?? -1);
    if (!isThere) throw new Damage('has a text behind its end', 0);
  }
  return (slot) => {
    const [length, , part, offset] = words.subarray(slot * 4, slot * 4 + 4) as unknown as Quad;
    const isInside = length <= 12;
    const start = isInside ? slot * 16 + 4 : offset;
    return stringTexts(isInside ? bytes : parts[part]!, [start], [start + length])(0);
  };
}

type Quad = readonly [number, number, number, number];
