/** A source of bytes that lie in memory. */

import type { ByteSource } from '../../src/types/dump.js';

/** Bytes that already lie in memory. Nothing is copied until it is read. */
export function memoryBytes(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read(into, position) {
      const count = Math.max(0, Math.min(into.length, bytes.length - position));
      into.set(bytes.subarray(position, position + count));
      return count;
    },
    close() {},
  };
}
