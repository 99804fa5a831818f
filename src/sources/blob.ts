/** Bytes of a Blob or File: what a browser hands over. */

import type { ByteSource } from '../types/dump.js';
import { InputError } from '../types/errors.js';

/** Longest piece that is asked of the Blob at once: it arrives in a buffer of its own. */
const PIECE = 4 * 1024 * 1024;

/**
 * @param name as it stands in messages.
 * @throws InputError `cannot-read` on reading a file that changed or vanished since it was picked.
 */
export function blobBytes(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    async read(into, position) {
      const end = Math.min(blob.size, position + Math.min(into.length, PIECE));
      if (end <= position) return 0;
      let piece: ArrayBuffer;
      try {
        piece = await blob.slice(position, end).arrayBuffer();
      } catch (cause) {
        throw new InputError('cannot-read', {
          source: name,
          offset: position,
          problem: 'the file cannot be read any more',
          advice: 'It was changed, moved or deleted after it was picked; pick it again.',
          cause,
        });
      }
      into.set(new Uint8Array(piece));
      return piece.byteLength;
    },
    close() {},
  };
}
