/** Zstandard around another format (RFC 8878). */

import { Decompress } from 'fzstd';
import type { ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { type Unpacker, unpacked } from './unpacked.js';
import { Xxh64 } from './xxh64.js';
import { type FrameEnd, FrameWalk } from './zstd-frames.js';

/**
 * Bytes that are given to fzstd at once: each four may be a block of 128 KiB, and all that comes
 * of them is in memory together.
 */
const STEP = 512;

/** @throws InputError `zstd-data`, `zstd-window`, `zstd-dictionary` while bytes are pulled */
export function unzstd(packed: ByteStream): ByteStream {
  return unpacked(packed, unpackerOf(packed.name), (offset, cause) => {
    if (cause instanceof InputError) return cause;
    return new InputError('zstd-data', {
      source: packed.name,
      offset,
      problem: 'the compressed data is damaged or ends too early',
      expected: 'a Zstandard stream (`zstd -t` checks one)',
      advice: 'Copy or compress the file again.',
      cause,
    });
  });
}

/** Each frame by an unpacker of its own: what one gives is what its checksum is of. */
class Frames {
  readonly #walk: FrameWalk;
  readonly #give: (piece: Uint8Array) => void;
  #frame: Decompress | null = null;
  #digest = new Xxh64();

  constructor(name: string, give: (piece: Uint8Array) => void) {
    this.#walk = new FrameWalk(name);
    this.#give = give;
  }

  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const some = bytes.subarray(at, at + STEP);
      const count = this.#walk.take(some);
      const { ended } = this.#walk;
      this.#frame ??= this.#begin();
      this.#frame.push(some.subarray(0, count), ended !== null);
      if (ended !== null) this.#end(ended);
      at += count;
    }
  }

  #begin(): Decompress {
    this.#digest = new Xxh64();
    return new Decompress((piece) => {
      if (piece.length === 0) return;
      this.#digest.take(piece);
      // It goes on writing where this piece lies.
      this.#give(piece.slice());
    });
  }

  #end({ checksum }: FrameEnd): void {
    this.#frame = null;
    if (checksum === null || checksum === this.#digest.lowHalf()) return;
    throw this.#walk.damaged('what was unpacked does not have the checksum that stands behind it');
  }

  end(): void {
    this.#walk.end();
  }
}

function unpackerOf(name: string): Unpacker {
  let frames: Frames;
  return new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array>({
    start(controller) {
      frames = new Frames(name, (piece) => controller.enqueue(piece));
    },
    transform(bytes) {
      frames.take(bytes);
    },
    flush() {
      frames.end();
    },
  });
}
