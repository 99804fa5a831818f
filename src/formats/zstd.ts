/** Zstandard around another format (RFC 8878), unpacked as it comes, block by block. */

import type { ByteStream } from '../types/dump.js';
import { pieceStream } from './unpacked.js';
import { ZstdFrames } from './zstd-frames.js';

/** Packed bytes that are read at once. */
const PIECE = 1 << 16;

/** @throws InputError `zstd-data`, `zstd-window`, `zstd-dictionary` while bytes are pulled */
export function unzstd(packed: ByteStream): ByteStream {
  const frames = new ZstdFrames(packed.name);
  const piece = new Uint8Array(PIECE);
  let rest = piece.subarray(0, 0);
  const next = async () => {
    for (;;) {
      while (rest.length > 0) {
        rest = rest.subarray(frames.take(rest));
        const { block } = frames;
        if (block !== null) return block;
      }
      const count = await packed.pull(piece);
      if (count === 0) {
        frames.end();
        return null;
      }
      rest = piece.subarray(0, count);
    }
  };
  return pieceStream(packed.name, next, () => {});
}
