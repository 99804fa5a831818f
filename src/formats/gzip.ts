/** gzip around another format, unpacked by the platform. */

import type { ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { unpacked } from './unpacked.js';

/** Whether bytes begin as gzip does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

export function gunzip(packed: ByteStream): ByteStream {
  return unpacked(packed, new DecompressionStream('gzip'), (offset, cause) => {
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
