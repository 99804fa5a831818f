/** gzip around another format, unpacked by the platform. */

import type { ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { isByteSource, streamOf } from './bytes.js';
import type { Input } from './input.js';

/** Packed bytes that are given to the platform at once. */
const PIECE = 1 << 16;

/** Whether bytes begin as gzip does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The unpacked bytes of an input. They cannot seek, but begin again where the input does. */
export function gunzipped(input: Input): Input {
  return {
    ...input,
    open() {
      const packed = input.open();
      return gunzip(isByteSource(packed) ? streamOf(packed) : packed);
    },
  };
}

function gunzip(packed: ByteStream): ByteStream {
  let position = 0;
  // What reading the packed bytes threw; the platform would pass on something else.
  let failure: unknown = null;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const piece = new Uint8Array(PIECE);
        const count = await packed.pull(piece);
        position += count;
        if (count === 0) controller.close();
        else controller.enqueue(piece.subarray(0, count));
      } catch (error) {
        failure = error;
        controller.error(error);
      }
    },
  });
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    name: packed.name,
    size: null,
    async pull(into) {
      while (rest.length === 0) {
        const next = await reader.read().catch((cause: unknown) => {
          throw failure ?? damaged(packed.name, position, cause);
        });
        if (next.done) return 0;
        rest = next.value;
      }
      const count = Math.min(into.length, rest.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    close() {
      reader.cancel().catch(() => {});
    },
  };
}

function damaged(source: string, offset: number, cause: unknown): InputError {
  return new InputError('gzip-data', {
    source,
    offset,
    problem: 'the compressed data is damaged or ends too early',
    expected: 'a gzip stream (`gzip -t` checks one)',
    advice: 'Copy or compress the file again.',
    cause,
  });
}
