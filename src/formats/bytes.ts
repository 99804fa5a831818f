/** Ranges of other sources, and reads that are complete or fail. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';

/** Whether an input can seek. */
export function isByteSource(input: ByteSource | ByteStream): input is ByteSource {
  return 'read' in input;
}

/**
 * `length` bytes of `source` from `start` on, under a name of their own.
 * Closing the range leaves the source open: several ranges may share it.
 */
export function byteRange(
  source: ByteSource,
  name: string,
  start: number,
  length: number,
): ByteSource {
  return {
    name,
    size: length,
    read(into, position) {
      const count = Math.max(0, Math.min(into.length, length - position));
      const part = count === into.length ? into : into.subarray(0, count);
      return count === 0 ? 0 : source.read(part, start + position);
    },
    close() {},
  };
}

/** Bytes that lie in memory. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read(into, position) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    close() {},
  };
}

/** The bytes of a source in order, from its first. Closing the stream closes the source. */
export function streamOf(source: ByteSource): ByteStream {
  let position = 0;
  return {
    name: source.name,
    size: source.size,
    pull(into) {
      const got = source.read(into, position);
      if (typeof got === 'number') {
        position += got;
        return got;
      }
      return got.then((count) => {
        position += count;
        return count;
      });
    },
    close() {
      return source.close();
    },
  };
}

/** The error for an input that ends too early. */
export function truncated(
  source: string,
  offset: number,
  what: string,
  found: number,
  expected: number,
): InputError {
  return new InputError('truncated', {
    source,
    offset,
    problem: `the input ends inside ${what}`,
    found: `${found} ${found === 1 ? 'byte' : 'bytes'} of it`,
    expected: `${expected}`,
    advice: 'The file was cut off while it was written or copied; make it again.',
  });
}

/**
 * Fills `into` with the bytes of `source` at `position`.
 * @param what names the part that is read, for the message: "the header".
 * @throws InputError `truncated` when the source ends first.
 */
export async function readExactly(
  source: ByteSource,
  into: Uint8Array,
  position: number,
  what: string,
): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const reading = source.read(done === 0 ? into : into.subarray(done), position + done);
    // Files answer at once; only sources that must wait cost a turn of the event loop.
    const got = typeof reading === 'number' ? reading : await reading;
    if (got === 0) throw truncated(source.name, position + done, what, done, into.length);
    done += got;
  }
}

/**
 * Fills `into` with the next bytes of `stream`.
 * @param position of the stream before the call, for the message.
 * @throws InputError `truncated` when the stream ends first.
 */
export async function pullExactly(
  stream: ByteStream,
  into: Uint8Array,
  position: number,
  what: string,
): Promise<void> {
  const done = await pullUpTo(stream, into);
  if (done < into.length) throw truncated(stream.name, position + done, what, done, into.length);
}

/** Fills `into` as far as the stream goes. @returns fewer bytes than fit only at the end. */
export async function pullUpTo(stream: ByteStream, into: Uint8Array): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const pulling = stream.pull(done === 0 ? into : into.subarray(done));
    const got = typeof pulling === 'number' ? pulling : await pulling;
    if (got === 0) break;
    done += got;
  }
  return done;
}
