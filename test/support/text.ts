/** Streams of bytes for tests of text formats. */

import type { ByteStream } from '../../src/types/dump.js';

/**
 * A stream over text or bytes that gives pieces of chosen sizes.
 * @param sizes bytes per pull, used over and over; all at once when left out.
 */
export function textStream(
  content: string | Uint8Array,
  name = 'dump.csv',
  sizes: readonly number[] = [],
): ByteStream & { closed: boolean } {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  let at = 0;
  let turn = 0;
  return {
    name,
    size: bytes.length,
    closed: false,
    pull(into) {
      const size = sizes.length === 0 ? bytes.length : sizes[turn++ % sizes.length]!;
      const count = Math.min(into.length, Math.max(1, size), bytes.length - at);
      into.set(bytes.subarray(at, at + count));
      at += count;
      // Every other piece comes late, as from a file.
      return turn % 2 === 0 ? count : Promise.resolve(count);
    },
    close() {
      this.closed = true;
    },
  };
}
