/** gzip around another format, unpacked by the platform, on a thread of its own where that has one. */

import type { ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { builtin } from './unpack-platform.js';
import { type Unpacker, unpacked } from './unpacked.js';

/** Unpacked bytes that are handed over at once: while they are read, the next are unpacked. */
const CHUNK = 1 << 20;

/** Whether bytes begin as gzip does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

export function gunzip(packed: ByteStream): ByteStream {
  return unpacked(packed, nodeGunzip() ?? new DecompressionStream('gzip'), (offset, cause) => {
    return new InputError('gzip-data', {
      source: packed.name,
      offset,
      problem: 'the compressed data is damaged or ends too early',
      expected: 'a gzip stream (`gzip -t` checks one)',
      advice: 'Copy or compress the file again.',
      cause,
    });
  });
}

/** `DecompressionStream` hands over 16 KiB at a time, each of which waits for a turn of the event loop. */
function nodeGunzip(): Unpacker | null {
  const zlib = builtin('node:zlib') as { createGunzip?(options: object): unknown } | null;
  const stream = builtin('node:stream') as {
    Duplex?: { toWeb?(duplex: unknown): Unpacker };
  } | null;
  if (!zlib?.createGunzip || !stream?.Duplex?.toWeb) return null;
  return stream.Duplex.toWeb(zlib.createGunzip({ chunkSize: CHUNK }));
}
