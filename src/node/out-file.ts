/** A file that is written bit by bit under a temporary name, and is there when it is whole. */

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { UsageError } from '../types/errors.js';
import type { ByteSink } from '../types/score-output.js';

/** Runs a call on the file system. @throws UsageError `cannot-write` */
function attempt<Result>(path: string, call: () => Result): Result {
  try {
    return call();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      'cannot-write',
      `Cannot write ${path}: ${reason}. Name a file in a folder that exists and can be written to, with room enough.`,
      { cause },
    );
  }
}

export class OutFile implements ByteSink {
  readonly #path: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  #size = 0;
  #isOpen = true;

  /** @throws UsageError `cannot-write` */
  constructor(path: string) {
    this.#path = path;
    this.#temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      attempt(path, () => {
        throw new Error('it is a folder');
      });
    }
    this.#descriptor = attempt(path, () => openSync(this.#temporary, 'wx+'));
  }

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array): void {
    this.rewrite(bytes, this.#size);
    this.#size += bytes.length;
  }

  rewrite(bytes: Uint8Array, position: number): void {
    attempt(this.#path, () => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done);
      }
    });
  }

  read(into: Uint8Array, position: number): number {
    return attempt(this.#path, () => readSync(this.#descriptor, into, 0, into.length, position));
  }

  /** The file under its own name. */
  keep(): void {
    this.#close();
    attempt(this.#path, () => renameSync(this.#temporary, this.#path));
  }

  /** Nothing is left of it. Does nothing after {@link keep}. */
  drop(): void {
    if (!this.#isOpen) return;
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}
