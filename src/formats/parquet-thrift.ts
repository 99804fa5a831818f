/** Thrift's compact protocol, as far as Parquet uses it: fields that nobody asks for are passed over. */

import { Damage } from './damage.js';

/** Types of fields. */
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const MAP = 11;
const STRUCT = 12;
const UUID = 13;

/** Structs in structs; Parquet has no more than half a dozen. */
const DEEPEST = 24;

/** Reads the value of a field, or answers false to have it passed over. */
export type FieldReader = (id: number, type: number) => boolean;

const utf8 = new TextDecoder();

/** Reads forward over bytes. Lengths are believed as far as the bytes go. */
export class ThriftReader {
  #depth = 0;

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  byte(): number {
    if (this.at >= this.bytes.length) throw new Damage('ends too early', this.at);
    return this.bytes[this.at++]!;
  }

  /** Up to 64 bits; those beyond 2⁵³ are rounded, which no length or offset survives. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new Damage('a number is longer than 64 bits', this.at);
  }

  /** A signed integer. */
  int(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  binary(): Uint8Array {
    const length = this.varint();
    if (length > this.bytes.length - this.at) throw new Damage('text ends too early', this.at);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return utf8.decode(this.binary());
  }

  /** Calls for every field of a struct. */
  struct(read: FieldReader): void {
    if (++this.#depth > DEEPEST) throw new Damage('is nested too deeply', this.at);
    let id = 0;
    for (;;) {
      const byte = this.byte();
      const type = byte & 0x0f;
      if (type === 0) break;
      id = byte >> 4 === 0 ? this.int() : id + (byte >> 4);
      if (!read(id, type)) this.#skip(type);
    }
    this.#depth--;
  }

  /** Calls for every element of a list. */
  list(type: number, read: (type: number) => void): void {
    if (type !== LIST && type !== SET) throw new Damage('has no list where one belongs', this.at);
    const byte = this.byte();
    const count = byte >> 4 === 15 ? this.varint() : byte >> 4;
    if (count > this.bytes.length - this.at) throw new Damage('a list ends too early', this.at);
    for (let i = 0; i < count; i++) read(byte & 0x0f);
  }

  /** A list of structs. */
  structs<T>(type: number, read: () => T): T[] {
    const items: T[] = [];
    this.list(type, (of) => {
      if (of !== STRUCT) throw new Damage('has a list of something else', this.at);
      items.push(read());
    });
    return items;
  }

  #skip(type: number): void {
    switch (type) {
      case TRUE:
      case FALSE:
        return;
      case BYTE:
        this.byte();
        return;
      case DOUBLE:
        this.#pass(8);
        return;
      case UUID:
        this.#pass(16);
        return;
      case BINARY:
        this.binary();
        return;
      case LIST:
      case SET:
        this.list(type, (of) => this.#skipElement(of));
        return;
      case MAP:
        this.#skipMap();
        return;
      case STRUCT:
        this.struct(() => false);
        return;
      default:
        if (type > UUID) throw new Damage('has a field of no known type', this.at);
        this.varint();
    }
  }

  /** Booleans in lists have a byte of their own. */
  #skipElement(type: number): void {
    if (type === TRUE || type === FALSE) this.byte();
    else this.#skip(type);
  }

  #skipMap(): void {
    const count = this.varint();
    if (count === 0) return;
    if (count > this.bytes.length - this.at) throw new Damage('a map ends too early', this.at);
    const types = this.byte();
    for (let i = 0; i < count; i++) {
      this.#skipElement(types >> 4);
      this.#skipElement(types & 0x0f);
    }
  }

  #pass(count: number): void {
    if (count > this.bytes.length - this.at) throw new Damage('ends too early', this.at);
    this.at += count;
  }
}
