/** A column of a Parquet file, page by page through the row groups. */

import type { ByteSource } from '../types/dump.js';
import { InputError, type InputPlace } from '../types/errors.js';
import { readExactly } from './bytes.js';
import type { Piece } from './column-pieces.js';
import type { ColumnFeed } from './column-rows.js';
import { Damage } from './damage.js';
import type { MemoryBudget } from './memory-budget.js';
import { PackedFault, type Unpacker } from './packed-block.js';
import { FirstLength, joinPieces, ListCounter, Ragged } from './parquet-lists.js';
import type { Chunk } from './parquet-metadata.js';
import { openPage, type Page, type PageHeader, readPageHeader } from './parquet-pages.js';
import { memoryOf, pieceOf } from './parquet-pieces.js';
import type { Leaf } from './parquet-schema.js';
import { readValues, UnknownEncoding, type Values } from './parquet-values.js';

/** A row group as a column sees it. */
export interface ColumnChunk extends Chunk {
  readonly firstRow: number;
  readonly rows: number;
  readonly unpack: Unpacker;
}

/** Most bytes that are kept of pages. */
const KEPT_BYTES = 1 << 26;

/** Pages that each look at the first rows would unpack again, by their places in the file. */
export class FirstPages {
  readonly #pieces = new Map<number, Piece>();
  #bytes = 0;

  constructor(private readonly memoryBudget: number) {}

  get(at: number): Piece | undefined {
    return this.#pieces.get(at);
  }

  /** Keeps a page of the first row group. @returns false where it would be too much */
  add(at: number, piece: Piece, bytes: number): boolean {
    if (this.#bytes + bytes > Math.min(KEPT_BYTES, this.memoryBudget)) return false;
    this.#pieces.set(at, piece);
    this.#bytes += bytes;
    return true;
  }
}

const NOTHING: Piece = {
  slots: 0,
  kind: 'plain',
  values: new Uint8Array(0),
  valid: null,
  text: () => '',
};

const ENCODINGS: Readonly<Record<number, string>> = { 4: 'BIT_PACKED', 10: 'ALP' };

export class ParquetFeed implements ColumnFeed {
  piece = NOTHING;
  from = 0;
  /** Bytes read so far. */
  done = 0;
  #chunk = -1;
  #at = 0;
  /** Values of the row group that are still to come, and levels. */
  #left = 0;
  #levels = 0;
  /** Values to leave out before the next that is read. */
  #skip = 0;
  #dictionary: Values | null = null;
  #lists: ListCounter | null = null;
  /** The beginning of a row whose other elements stand in the next page. */
  #rest: { readonly piece: Piece; readonly from: number } | null = null;
  /** Memory of the page at hand, and of what it is unpacked from. */
  #room = new Uint8Array(0);
  #isKept = false;
  #packed = new Uint8Array(0);
  #held = 0;
  #heldDictionary = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly leaf: Leaf,
    /** Values per row; 0 where they are not known yet. */
    private readonly width: number,
    private readonly chunks: readonly ColumnChunk[],
    private readonly budget: MemoryBudget,
    private readonly firstPages: FirstPages | null = null,
  ) {}

  select(first: number): void {
    let chunk = 0;
    let before = 0;
    for (; chunk < this.chunks.length; chunk++) {
      const values = this.chunks[chunk]!.rows * this.width;
      if (first < before + values) break;
      before += values;
    }
    this.#chunk = chunk - 1;
    this.#left = 0;
    this.#levels = 0;
    this.#rest = null;
    this.#skip = first - before;
    this.#lists = null;
  }

  async load(): Promise<boolean> {
    for (;;) {
      while (this.#left === 0) if (!this.#open()) return false;
      const header = await this.#header();
      if (header === null) continue;
      if (this.leaf.listDefinition === null && header.values <= this.#skip) {
        this.#skip -= header.values;
        this.#pass(header, header.values);
        continue;
      }
      const piece = await this.#page(header);
      this.from = Math.min(this.#skip, piece.slots);
      this.#skip -= this.from;
      this.piece = piece;
      if (this.from < piece.slots) return true;
    }
  }

  /** Length of the first list of the column; null where all of them are missing. */
  async rowLength(): Promise<number | null> {
    for (const [i, chunk] of this.chunks.entries()) {
      if (chunk.rows === 0) continue;
      this.#chunk = i;
      const first = new FirstLength(this.leaf);
      this.#begin(chunk);
      this.#left = Number.MAX_SAFE_INTEGER;
      while (first.length === null && this.#at < chunk.end) {
        const header = await this.#header();
        if (header === null) continue;
        const page = await this.#unpacked(header);
        first.add(page, header.values);
        this.#pass(header, header.values);
      }
      if (first.length === null) first.end();
      if (first.length !== null) return first.length;
    }
    return null;
  }

  /** Gives the memory back. */
  release(): void {
    this.#swap(0);
    this.#swapDictionary(0);
  }

  /** Goes on to the next row group. @returns false where there is none */
  #open(): boolean {
    const chunk = this.chunks[++this.#chunk];
    if (chunk === undefined) {
      this.#chunk--;
      return false;
    }
    this.#begin(chunk);
    return true;
  }

  #begin(chunk: ColumnChunk): void {
    this.#at = chunk.start;
    this.#left = chunk.rows * this.width;
    this.#levels = chunk.values;
    this.#dictionary = null;
    this.#swapDictionary(0);
    this.#lists = this.leaf.listDefinition === null ? null : new ListCounter(this.leaf, this.width);
  }

  get #current(): ColumnChunk {
    return this.chunks[Math.max(0, this.#chunk)]!;
  }

  /** The next data page's header; null after a dictionary, or what is no page of values. */
  async #header(): Promise<PageHeader | null> {
    const chunk = this.#current;
    const what = 'the row group ends';
    if (this.#at >= chunk.end) throw this.#fault(new Damage(what, this.#at), 'parquet-page');
    const header = await this.#guard(() => readPageHeader(this.source, this.#at, chunk.end));
    if (header.size > chunk.end - header.at) {
      throw this.#fault(new Damage('is longer than its column', header.at), 'parquet-page');
    }
    if (header.is === 'dictionary') {
      await this.#readDictionary(header);
      return null;
    }
    if (header.is === 'other') {
      this.#at = header.at + header.size;
      return null;
    }
    const isTooLong = this.leaf.listDefinition === null && header.values > this.#left;
    if (isTooLong || header.values > this.#levels) {
      const found = `has ${header.values} values where ${this.#levels} are left`;
      throw this.#fault(new Damage(found, header.at), 'parquet-page');
    }
    return header;
  }

  /** Goes on behind a page. */
  #pass(header: PageHeader, values: number): void {
    this.done += header.at + header.size - this.#at;
    this.#at = header.at + header.size;
    this.#levels -= header.values;
    this.#left -= values;
  }

  async #readDictionary(header: PageHeader): Promise<void> {
    const { values, encoding } = header;
    this.#swapDictionary(header.size + header.unpackedSize + values * 8);
    const bytes = await this.#bytes(header, new Uint8Array(header.size));
    this.#dictionary = await this.#guard(() => {
      const unpacked = this.#current.unpack(bytes, header.unpackedSize);
      // 2 is the older name of a dictionary's plain values.
      const plain = encoding === 2 ? 0 : encoding;
      const encoded = { encoding: plain, bytes: unpacked, start: 0, count: values };
      return readValues(this.leaf, { ...encoded, dictionary: null });
    });
    this.done += header.at + header.size - this.#at;
    this.#at = header.at + header.size;
  }

  async #bytes({ at, size }: PageHeader, into: Uint8Array): Promise<Uint8Array> {
    const bytes = into.subarray(0, size);
    await readExactly(this.source, bytes, at, 'a page');
    return bytes;
  }

  /** Memory for a page, where that of the one before is not kept. */
  #roomFor(size: number): Uint8Array {
    const isKept = this.#lists !== null || this.#isKept;
    this.#isKept = false;
    if (isKept || this.#room.length < size) this.#room = new Uint8Array(size + (size >> 3));
    return this.#room;
  }

  async #unpacked(header: PageHeader): Promise<Page> {
    this.#swap(header.size + header.unpackedSize + header.values * 8);
    const room = this.#roomFor(Math.max(header.unpackedSize, header.size));
    const { unpack, codec } = this.#current;
    let into = room;
    if (codec !== 0) {
      if (this.#packed.length < header.size) this.#packed = new Uint8Array(header.size);
      into = this.#packed;
    }
    const bytes = await this.#bytes(header, into);
    return this.#guard(() => openPage(header, bytes, this.leaf, unpack, room));
  }

  async #page(header: PageHeader): Promise<Piece> {
    const known = this.firstPages?.get(header.at);
    if (known !== undefined) {
      this.#pass(header, known.slots);
      return known;
    }
    const page = await this.#unpacked(header);
    const { leaf } = this;
    const most = leaf.maxDefinition;
    const piece = await this.#guard(() => {
      const isList = leaf.listDefinition !== null;
      const valid = isList ? this.#elements(header, page) : presence(page.definitions, most);
      const slots = valid?.length ?? header.values;
      let count = slots;
      if (valid !== null) for (let i = 0; i < slots; i++) count -= 1 - valid[i]!;
      const { encoding } = header;
      const { bytes, start } = page;
      const encoded = { encoding, bytes, start, count, dictionary: this.#dictionary };
      const values = readValues(leaf, encoded);
      this.#swap(
        header.unpackedSize + memoryOf(values) + slots * (2 * Math.max(4, leaf.bytes) + 1),
      );
      return pieceOf(leaf, values, count === slots ? null : valid);
    });
    this.#pass(header, piece.slots);
    if (this.#lists === null) {
      if (this.#chunk === 0 && this.firstPages) {
        this.#isKept = this.firstPages.add(header.at, piece, header.unpackedSize);
      }
      return piece;
    }
    return this.#wholeRows(piece);
  }

  /** Elements of lists, each there or not. */
  #elements(header: PageHeader, page: Page): Uint8Array {
    const valid = this.#lists!.elements(page, header.values, (slots) => {
      this.#swap(header.unpackedSize + slots * (2 * Math.max(4, this.leaf.bytes) + 1));
    });
    if (valid.length > this.#left) {
      throw new Damage('has more lists than the row group has rows', 0);
    }
    if (valid.length === this.#left) this.#lists!.finish();
    return valid;
  }

  /** The whole rows of a page and of what the page before left over. */
  #wholeRows(piece: Piece): Piece {
    const rest = this.#rest;
    this.#rest = null;
    const all = rest === null ? piece : joinPieces(rest.piece, rest.from, piece);
    const over = all.slots % this.width;
    if (over === 0) return all;
    this.#rest = { piece: all, from: all.slots - over };
    return { ...all, slots: all.slots - over };
  }

  #swap(bytes: number): void {
    const advice = 'Write smaller row groups, or pages.';
    this.budget.swap(this.#held, bytes, this.#place(), 'a page', advice);
    this.#held = bytes;
  }

  #swapDictionary(bytes: number): void {
    const advice = 'Write the column without a dictionary.';
    this.budget.swap(this.#heldDictionary, bytes, this.#place(), 'a dictionary', advice);
    this.#heldDictionary = bytes;
  }

  #place(): InputPlace {
    const chunk = this.#current as ColumnChunk | undefined;
    const done = (chunk?.rows ?? 0) - Math.floor(this.#left / (this.width || 1));
    const row =
      this.width === 0 || this.#chunk < 0 ? 0 : (chunk?.firstRow ?? 0) + Math.max(0, done);
    return { source: this.source.name, row, column: this.leaf.name };
  }

  async #guard<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Damage) throw this.#fault(error, 'parquet-page');
      if (error instanceof PackedFault) {
        throw new InputError('parquet-compression', {
          ...this.#place(),
          problem: `a page cannot be unpacked: ${error.message}`,
          advice: 'The file is damaged; write it again.',
        });
      }
      if (error instanceof UnknownEncoding) throw this.#unknown(error.encoding);
      if (error instanceof Ragged) throw this.#ragged(error);
      throw error;
    }
  }

  #fault({ what }: Damage, code: string): InputError {
    return new InputError(code, {
      ...this.#place(),
      offset: this.#at,
      problem: what === 'the row group ends' ? `${what} before its last row` : `a page ${what}`,
      advice: 'The file is damaged; write it again.',
    });
  }

  #unknown(encoding: number): InputError {
    return new InputError('parquet-encoding', {
      ...this.#place(),
      problem: 'the values are encoded in a way that is not read',
      found: ENCODINGS[encoding] ?? `encoding ${encoding} of ${this.leaf.physical}`,
      expected: 'PLAIN, a dictionary, BYTE_STREAM_SPLIT, or differences',
      advice: 'Write the file with the default encodings.',
    });
  }

  #ragged({ row, found }: Ragged): InputError {
    return new InputError('ragged-row', {
      ...this.#place(),
      row: this.#current.firstRow + Math.max(0, row),
      problem: 'the row has another number of scores than the first row',
      found,
      expected: `${this.width}`,
      advice: 'Every row needs as many scores as the first, one per class.',
    });
  }
}

/** 1 for each value that is there; null where all are. */
function presence(definitions: Uint8Array | null, most: number): Uint8Array | null {
  if (definitions === null) return null;
  let isFull = true;
  for (let i = 0; i < definitions.length; i++) {
    if (definitions[i] === most) definitions[i] = 1;
    else {
      definitions[i] = 0;
      isFull = false;
    }
  }
  return isFull ? null : definitions;
}
