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
  const { name } = packed;
  const ready: Uint8Array[] = [];
  let unpacked = 0;
  const inflate = new Inflate((piece) => {
    unpacked += piece.length;
    if (piece.length > 0) ready.push(piece);
  });
  const buffer = new Uint8Array(Math.min(READ, member.packedSize));
  let position = 0;
  let filled = 0;
  let used = 0;
  let crc = 0;

  const wrongSize = (found: string): InputError =>
    new InputError('zip-size', {
      source: name,
      problem: 'the member does not unpack to the size in the zip directory',
      found,
      expected: `${member.size} bytes`,
      advice: 'The archive is damaged; save it again.',
    });

  const atEnd = (): boolean => used === filled && position === member.packedSize;

  const unpackNext = async (): Promise<void> => {
    if (used === filled) {
      filled = Math.min(member.packedSize - position, buffer.length);
      used = 0;
      await readExactly(packed, buffer.subarray(0, filled), position, 'the compressed data');
      position += filled;
    }
    const piece = buffer.subarray(used, Math.min(filled, used + PIECE));
    used += piece.length;
    try {
      inflate.push(piece, atEnd());
    } catch (cause) {
      throw new InputError('zip-data', {
        source: name,
        offset: unpacked,
        problem: `the compressed data is damaged (${cause instanceof Error ? cause.message : 'unknown'})`,
        expected: 'a deflate stream',
        advice: 'The archive is damaged; save it again.',
        cause,
      });
    }
    if (unpacked > member.size) throw wrongSize('more');
  };

  const check = (): void => {
    if (unpacked < member.size) throw wrongSize(`${unpacked} bytes`);
    if (crc === member.crc) return;
    throw new InputError('zip-checksum', {
      source: name,
      problem: 'the checksum of the member is wrong',
      found: `CRC-32 ${hex(crc)}`,
      expected: hex(member.crc),
      advice: 'The archive is damaged; save it again.',
    });
  };

  return {
    name,
    size: member.size,
    async pull(into) {
      if (into.length === 0) return 0;
      while (ready.length === 0) {
        if (atEnd()) {
          check();
          return 0;
        }
        await unpackNext();
      }
      const first = ready[0]!;
      const count = Math.min(into.length, first.length);
      const part = first.subarray(0, count);
      into.set(part);
      crc = crc32(part, crc);
      if (count === first.length) ready.shift();
      else ready[0] = first.subarray(count);
      return count;
    },
    close() {},
  };
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
