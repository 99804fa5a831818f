/** Bytes that a platform's stream unpacks, piece by piece. */

import type { ByteStream } from '../types/dump.js';

/** Packed bytes that are given to the platform at once. */
const PIECE = 1 << 16;

/** What unpacks: `DecompressionStream` and its like. */
export type Unpacker = ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>>;

/**
 * The unpacked bytes of a stream, never more of them ahead than the unpacker keeps.
 * @param damaged makes the error of bytes that do not unpack: of how many, and what the platform said
 */
export function unpacked(
  packed: ByteStream,
  unpacker: Unpacker,
  damaged: (position: number, cause: unknown) => Error,
): ByteStream {
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
  const reader = source.pipeThrough(unpacker).getReader();
  const pieces = async () => {
    const next = await reader.read().catch((cause: unknown) => {
      throw failure ?? damaged(position, cause);
    });
    return next.done ? null : next.value;
  };
  return pieceStream(packed.name, pieces, () => {
    reader.cancel().catch(() => {});
  });
}

/** A stream of what `next` hands out, in pieces of any length; null ends it. */
export function pieceStream(
  name: string,
  next: () => Promise<Uint8Array | null>,
  close: () => void,
): ByteStream {
  let rest: Uint8Array | null = new Uint8Array(0);
  return {
    name,
    size: null,
    async pull(into) {
      while (rest?.length === 0) rest = await next();
      if (rest === null) return 0;
      const count = Math.min(into.length, rest.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    close,
  };
}
