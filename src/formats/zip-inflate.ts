/** Unpacks a deflated zip member piece by piece: memory does not depend on what sizes it claims. */

import { Inflate } from 'fflate';
import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { readExactly } from './bytes.js';
import { crc32 } from './zip-crc.js';

/** Deflate shrinks by a factor of 1032 at most, so that one piece unpacks to 33 MB at worst. */
const PIECE = 32 * 1024;

/** What is read from the source at once. */
const READ = 1024 * 1024;

/** What the directory says about a member. */
export interface DeflatedMember {
  readonly packedSize: number;
  readonly size: number;
  readonly crc: number;
}

/**
 * The unpacked bytes of a member.
 *
 * `pull` throws InputError `zip-data` for what is no deflate stream, `zip-size`
 * when it unpacks to another number of bytes than the directory says, and
 * `zip-checksum` at the end when CRC-32 differs.
 * @param packed exactly the bytes of the member.
 */
export function inflateMember(packed: ByteSource, member: DeflatedMember): ByteStream {
  return new InflatedMember(packed, member);
}

class InflatedMember implements ByteStream {
  readonly name: string;
  readonly size: number;
  readonly #packed: ByteSource;
  readonly #member: DeflatedMember;
  readonly #inflate: Inflate;
  /** What was read from the source: up to `#filled`, and unpacked up to `#used`. */
  readonly #buffer: Uint8Array;
  #filled = 0;
  #used = 0;
  /** Bytes read from the source, and unpacked. */
  #position = 0;
  #unpacked = 0;
  /** Unpacked bytes that nobody has taken yet. */
  readonly #ready: Uint8Array[] = [];
  #crc = 0;

  constructor(packed: ByteSource, member: DeflatedMember) {
    this.name = packed.name;
    this.size = member.size;
    this.#packed = packed;
    this.#member = member;
    this.#buffer = new Uint8Array(Math.min(READ, member.packedSize));
    this.#inflate = new Inflate((piece) => {
      this.#unpacked += piece.length;
      if (piece.length > 0) this.#ready.push(piece);
    });
  }

  async pull(into: Uint8Array): Promise<number> {
    if (into.length === 0) return 0;
    while (this.#ready.length === 0) {
      if (this.#atEnd()) {
        this.#check();
        return 0;
      }
      await this.#unpackNext();
    }
    const first = this.#ready[0]!;
    const count = Math.min(into.length, first.length);
    const part = first.subarray(0, count);
    into.set(part);
    this.#crc = crc32(part, this.#crc);
    if (count === first.length) this.#ready.shift();
    else this.#ready[0] = first.subarray(count);
    return count;
  }

  close(): void {}

  #atEnd(): boolean {
    return this.#used === this.#filled && this.#position === this.#member.packedSize;
  }

  async #unpackNext(): Promise<void> {
    if (this.#used === this.#filled) {
      this.#filled = Math.min(this.#member.packedSize - this.#position, this.#buffer.length);
      this.#used = 0;
      const into = this.#buffer.subarray(0, this.#filled);
      await readExactly(this.#packed, into, this.#position, 'the compressed data');
      this.#position += this.#filled;
    }
    const piece = this.#buffer.subarray(this.#used, Math.min(this.#filled, this.#used + PIECE));
    this.#used += piece.length;
    try {
      this.#inflate.push(piece, this.#atEnd());
    } catch (cause) {
      throw new InputError('zip-data', {
        source: this.name,
        offset: this.#unpacked,
        problem: `the compressed data is damaged (${cause instanceof Error ? cause.message : 'unknown'})`,
        expected: 'a deflate stream',
        advice: 'The archive is damaged; save it again.',
        cause,
      });
    }
    if (this.#unpacked > this.size) throw this.#wrongSize('more');
  }

  /** Compares all that was unpacked with what the directory says. */
  #check(): void {
    if (this.#unpacked < this.size) throw this.#wrongSize(`${this.#unpacked} bytes`);
    if (this.#crc === this.#member.crc) return;
    throw new InputError('zip-checksum', {
      source: this.name,
      problem: 'the checksum of the member is wrong',
      found: `CRC-32 ${hex(this.#crc)}`,
      expected: hex(this.#member.crc),
      advice: 'The archive is damaged; save it again.',
    });
  }

  #wrongSize(found: string): InputError {
    return new InputError('zip-size', {
      source: this.name,
      problem: 'the member does not unpack to the size in the zip directory',
      found,
      expected: `${this.size} bytes`,
      advice: 'The archive is damaged; save it again.',
    });
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
