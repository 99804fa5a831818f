/** Files and standard input on Node, Bun and Deno. */

import {
  closeSync,
  createReadStream,
  fstatSync,
  openSync,
  read,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import type { Readable } from 'node:stream';
import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';

/**
 * Longest single read. From the page cache a synchronous read runs at memory
 * speed; pieces of this size keep each call far below the 2 GiB limit.
 */
const PIECE = 4 * 1024 * 1024;
/** Shorter reads take less time than handing them to another thread does. */
const LONG_READ = 128 * 1024;

/** How files are read; may be changed between reads. */
export interface ReadMode {
  /**
   * Whether long reads are left to a thread of the host's pool, so that the caller can go on
   * meanwhile. Of no use where all processors are at work already.
   */
  inBackground: boolean;
}

/**
 * Opens a regular file for random access. Reads go straight into the caller's
 * bytes, without a buffer between, and at once, but for what `mode` says.
 * @throws InputError `file-not-found`, `is-directory`, `no-permission`,
 *   `not-a-regular-file` (pipes and devices: see {@link openStream}), `cannot-open`.
 */
export function openFile(path: string, mode?: ReadMode): ByteSource {
  // Asked before opening: opening a pipe that nobody writes to would wait for ever.
  if (!statOf(path).isFile()) {
    throw new InputError('not-a-regular-file', {
      source: path,
      problem: 'this is a pipe, socket or device, which cannot be read at random',
      expected: 'a regular file',
      advice: 'Write it to a file first, or pipe it to standard input in a format that streams.',
    });
  }
  const descriptor = attempt(path, () => openSync(path, 'r'));
  let open = true;
  const { size } = fstatSync(descriptor);
  return {
    name: path,
    size,
    read(into, position) {
      if (!open) throw new UsageError('closed', `${path} is closed and cannot be read any more.`);
      const wanted = Math.max(0, Math.min(into.length, size - position));
      if (mode?.inBackground && wanted >= LONG_READ) {
        return readInBackground(path, descriptor, into, wanted, position);
      }
      let done = 0;
      while (done < wanted) {
        const piece = Math.min(PIECE, wanted - done);
        const got = readPiece(path, descriptor, into, done, piece, position + done);
        if (got === 0) break;
        done += got;
      }
      return done;
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

/**
 * Opens anything that can be read from front to back: a file, a named pipe, a device.
 * @throws InputError as {@link openFile}, but for pipes and devices.
 */
export function openStream(path: string): ByteStream {
  const stats = statOf(path);
  const readable = createReadStream(path, { highWaterMark: 1024 * 1024 });
  return readableBytes(path, stats.isFile() ? stats.size : null, readable);
}

/** Standard input. Its size is never known: even a redirected file may be partly read already. */
export function stdinStream(): ByteStream {
  return readableBytes('standard input', null, process.stdin);
}

function readableBytes(name: string, size: number | null, readable: Readable): ByteStream {
  const pieces = readable[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let rest: Uint8Array = new Uint8Array(0);
  let position = 0;
  return {
    name,
    size,
    async pull(into) {
      while (rest.length === 0) {
        const next = await pieces.next().catch((cause: unknown) => {
          throw readProblem(name, position, cause);
        });
        if (next.done === true) return 0;
        rest = next.value;
      }
      const count = Math.min(into.length, rest.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      position += count;
      return count;
    },
    close() {
      readable.destroy();
    },
  };
}

/** Reads `length` bytes, fewer only at the end, on a thread of the host's pool. */
async function readInBackground(
  path: string,
  descriptor: number,
  into: Uint8Array,
  length: number,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < length) {
    const got = await new Promise<number>((resolve, reject) => {
      const piece = Math.min(PIECE, length - done);
      const at = position + done;
      read(descriptor, into, done, piece, at, (cause, count) => {
        if (cause) reject(readProblem(path, at, cause));
        else resolve(count);
      });
    });
    if (got === 0) break;
    done += got;
  }
  return done;
}

function readPiece(
  path: string,
  descriptor: number,
  into: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  try {
    return readSync(descriptor, into, at, length, position);
  } catch (cause) {
    throw readProblem(path, position, cause);
  }
}

function readProblem(source: string, offset: number, cause: unknown): InputError {
  return new InputError('cannot-read', {
    source,
    offset,
    problem: `reading failed (${reason(cause)})`,
    advice: 'Check the disk or the program that writes to the pipe, and try again.',
    cause,
  });
}

function statOf(path: string): Stats {
  const stats = attempt(path, () => statSync(path));
  if (stats.isDirectory()) {
    throw new InputError('is-directory', {
      source: path,
      problem: 'this is a directory',
      expected: 'a file',
      advice: 'Name the files in it, for example with a quoted glob.',
    });
  }
  return stats;
}

/** Runs a file system call and says in plain words why it failed. */
function attempt<Result>(path: string, call: () => Result): Result {
  try {
    return call();
  } catch (cause) {
    switch (reason(cause)) {
      case 'ENOENT':
      case 'ENOTDIR':
        throw new InputError('file-not-found', {
          source: path,
          problem: 'there is no such file',
          advice: 'Check the spelling and the directory the command runs in.',
          cause,
        });
      case 'EACCES':
      case 'EPERM':
        throw new InputError('no-permission', {
          source: path,
          problem: 'this user may not read the file',
          advice: 'Grant read permission, or run as a user that has it.',
          cause,
        });
      default:
        throw new InputError('cannot-open', {
          source: path,
          problem: `the file cannot be opened (${reason(cause)})`,
          advice: 'Check the path.',
          cause,
        });
    }
  }
}

function reason(cause: unknown): string {
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.message;
  return 'unknown reason';
}
