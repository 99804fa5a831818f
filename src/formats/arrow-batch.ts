/** One record batch of Arrow: what its metadata says, and its buffers, unpacked when they are asked for. */

import type { FlatTable, Vector } from './arrow-flatbuffer.js';
import { Damage } from './damage.js';
import type { Unpacker } from './packed-block.js';

/** The bytes behind a message. */
export interface Body {
  readonly length: number;
  /** A part of them, at an address that any typed array may begin at. */
  read(offset: number, length: number): Promise<Uint8Array> | Uint8Array;
}

/** Unpackers of compressed bodies. */
export type Unpackers = (codec: number) => Promise<Unpacker>;

/** The metadata of a record batch. */
export class RecordBatch {
  readonly rows: number;
  readonly #nodes: Vector;
  readonly #buffers: Vector;
  readonly #views: Vector;
  readonly #codec: number | null;

  /** @throws Damage */
  constructor(
    private readonly table: FlatTable,
    private readonly body: Body,
    private readonly unpackers: Unpackers,
    /** Counts bytes before memory is taken for them. */
    readonly take: (bytes: number) => void,
  ) {
    this.rows = table.long(0);
    if (!(this.rows >= 0 && Number.isSafeInteger(this.rows))) {
      throw new Damage('has no number of rows', table.at);
    }
    this.#nodes = table.vector(1, 16);
    this.#buffers = table.vector(2, 16);
    this.#views = table.vector(4, 8);
    const compression = table.table(3);
    this.#codec = compression === null ? null : compression.byte(0);
  }

  /** Values of a node, and how many of them are missing. @throws Damage */
  node(index: number): { readonly length: number; readonly missing: number } {
    if (index >= this.#nodes.length) throw new Damage('has fewer columns than the schema', 0);
    const at = this.#nodes.at + 16 * index;
    const { data } = this.table;
    const length = data.long(at);
    if (!(length >= 0 && length <= 0x7fffffff)) throw new Damage('has no number of values', at);
    return { length, missing: data.long(at + 8) };
  }

  /** Buffers of views before those of the columns with the index. @throws Damage */
  viewsBefore(index: number): number {
    let sum = 0;
    for (let i = 0; i < index; i++) sum += this.views(i);
    return sum;
  }

  /** Further buffers of a column of views. @throws Damage */
  views(index: number): number {
    if (index >= this.#views.length) throw new Damage('has no number of text buffers', 0);
    const count = this.table.data.long(this.#views.at + 8 * index);
    if (!(count >= 0 && count <= this.#buffers.length)) {
      throw new Damage('has no number of text buffers', 0);
    }
    return count;
  }

  /** Bytes of a buffer; none where it is left out. @throws Damage, PackedFault */
  async buffer(index: number): Promise<Uint8Array> {
    if (index >= this.#buffers.length) throw new Damage('has fewer buffers than the schema', 0);
    const at = this.#buffers.at + 16 * index;
    const { data } = this.table;
    const offset = data.long(at);
    const length = data.long(at + 8);
    if (!(offset >= 0 && length >= 0 && offset + length <= this.body.length)) {
      throw new Damage('has a buffer behind its end', at);
    }
    if (length === 0) return new Uint8Array(0);
    this.take(length);
    const bytes = await this.body.read(offset, length);
    if (this.#codec === null) return bytes;
    if (length < 8) throw new Damage('has a buffer without a length', at);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    const size = view.getInt32(4, true) * 2 ** 32 + view.getUint32(0, true);
    // −1: this buffer is not packed.
    if (size === -1) return bytes.slice(8);
    if (size < 0) throw new Damage('has a buffer without a length', at);
    const unpack = await this.unpackers(this.#codec);
    this.take(size);
    return unpack(bytes.subarray(8), size);
  }
}
