/** FlatBuffers, as far as Arrow's metadata goes. Nothing in them is believed. */

import { Damage } from './damage.js';

/** A list in the bytes. */
export interface Vector {
  readonly length: number;
  /** Byte of the first element. */
  readonly at: number;
}

/** The bytes of one message, and how much may still be made of them. */
export class FlatBytes {
  readonly view: DataView;
  #tables: number;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // A table takes eight bytes, but several may be one and the same.
    this.#tables = bytes.length / 4;
  }

  /** The table that the bytes begin with. */
  root(): FlatTable {
    return this.table(this.follow(0));
  }

  table(at: number): FlatTable {
    if (this.#tables-- <= 0) throw new Damage('has more tables than bytes', at);
    return new FlatTable(this, at);
  }

  /** Where an offset leads. */
  follow(at: number): number {
    this.require(at, 4);
    const to = at + this.view.getUint32(at, true);
    this.require(to, 4);
    return to;
  }

  require(at: number, length: number): void {
    if (!(at >= 0 && length >= 0 && at + length <= this.bytes.length)) {
      throw new Damage('points behind its end', at);
    }
  }

  /** 64 bits; what is beyond 2⁵³ is rounded, which no length or offset survives. */
  long(at: number): number {
    this.require(at, 8);
    return this.view.getInt32(at + 4, true) * 2 ** 32 + this.view.getUint32(at, true);
  }

  vector(at: number, elementBytes: number): Vector {
    this.require(at, 4);
    const length = this.view.getUint32(at, true);
    this.require(at + 4, length * elementBytes);
    return { length, at: at + 4 };
  }
}

const utf8 = new TextDecoder();
const NONE: Vector = { length: 0, at: 0 };

/** A table: fields by their numbers, any of which may be left out. */
export class FlatTable {
  readonly #fields: number;
  readonly #count: number;

  constructor(
    readonly data: FlatBytes,
    readonly at: number,
  ) {
    data.require(at, 4);
    this.#fields = at - data.view.getInt32(at, true);
    data.require(this.#fields, 4);
    this.#count = (data.view.getUint16(this.#fields, true) - 4) / 2;
    data.require(this.#fields + 4, Math.max(0, this.#count) * 2);
  }

  /** Where a field stands; −1 where it is left out. */
  #place(field: number, bytes: number): number {
    if (field >= this.#count) return -1;
    const offset = this.data.view.getUint16(this.#fields + 4 + 2 * field, true);
    if (offset === 0) return -1;
    this.data.require(this.at + offset, bytes);
    return this.at + offset;
  }

  byte(field: number, otherwise = 0): number {
    const at = this.#place(field, 1);
    return at < 0 ? otherwise : this.data.view.getUint8(at);
  }

  short(field: number, otherwise = 0): number {
    const at = this.#place(field, 2);
    return at < 0 ? otherwise : this.data.view.getInt16(at, true);
  }

  int(field: number, otherwise = 0): number {
    const at = this.#place(field, 4);
    return at < 0 ? otherwise : this.data.view.getInt32(at, true);
  }

  long(field: number): number {
    const at = this.#place(field, 8);
    return at < 0 ? 0 : this.data.long(at);
  }

  table(field: number): FlatTable | null {
    const at = this.#place(field, 4);
    return at < 0 ? null : this.data.table(this.data.follow(at));
  }

  text(field: number): string {
    const { length, at } = this.vector(field, 1);
    return utf8.decode(this.data.bytes.subarray(at, at + length));
  }

  vector(field: number, elementBytes: number): Vector {
    const at = this.#place(field, 4);
    return at < 0 ? NONE : this.data.vector(this.data.follow(at), elementBytes);
  }

  tables(field: number): FlatTable[] {
    const { length, at } = this.vector(field, 4);
    const tables: FlatTable[] = [];
    for (let i = 0; i < length; i++) tables.push(this.data.table(this.data.follow(at + 4 * i)));
    return tables;
  }
}
