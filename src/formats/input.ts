/** Bytes that can be read from the first one again, while it is being found out what they hold. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { isByteSource } from './bytes.js';

/** An input of one of the formats. */
export interface Input {
  /** As the user named it. */
  readonly name: string;
  /** Whether it can be read again at any time, by several readers at once. */
  readonly seeks: boolean;
  /**
   * The bytes from the first one. What cannot seek gives them to its last reader alone;
   * closing a reader leaves the input open.
   */
  open(): ByteSource | ByteStream;
  /** No reader will begin again: nothing needs to be kept. */
  settle(): void;
  close(): Promise<void>;
}

/** A file or a Blob as it is; a stream whose beginning is kept until it is settled. */
export function inputOf(bytes: ByteSource | ByteStream): Input {
  if (isByteSource(bytes)) {
    return {
      name: bytes.name,
      seeks: true,
      open: () => ({ ...bytes, close() {} }),
      settle() {},
      close: async () => bytes.close(),
    };
  }
  const kept = new KeptStream(bytes);
  return {
    name: bytes.name,
    seeks: false,
    open: () => kept.open(),
    settle: () => kept.settle(),
    close: async () => bytes.close(),
  };
}

/** A stream with what was pulled from it. */
class KeptStream {
  #pieces: Uint8Array[] = [];
  #keeps = true;

  constructor(private readonly stream: ByteStream) {}

  settle(): void {
    this.#keeps = false;
  }

  open(): ByteStream {
    let piece = 0;
    let at = 0;
    const { stream } = this;
    return {
      name: stream.name,
      size: stream.size,
      pull: (into) => {
        const next = this.#pieces[piece];
        if (next !== undefined) {
          const count = Math.min(into.length, next.length - at);
          into.set(next.subarray(at, at + count));
          at += count;
          if (at < next.length) return count;
          at = 0;
          if (this.#keeps) piece++;
          else this.#pieces.splice(0, piece + 1);
          if (!this.#keeps) piece = 0;
          return count;
        }
        return this.#pull(into, () => {
          piece++;
        });
      },
      close() {},
    };
  }

  async #pull(into: Uint8Array, onKept: () => void): Promise<number> {
    const count = await this.stream.pull(into);
    if (this.#keeps && count > 0) {
      this.#pieces.push(into.slice(0, count));
      onKept();
    }
    return count;
  }
}
