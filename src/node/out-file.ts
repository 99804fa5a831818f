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

/** Files under their temporary names, which are to go with the process. */
const unfinished = new Set<string>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function removeAll(): void {
  for (const path of unfinished) rmSync(path, { force: true });
  unfinished.clear();
}

/** Ends the process by the signal that ends it anyway, and leaves nothing behind. */
function endBy(signal: NodeJS.Signals): void {
  removeAll();
  forget();
  process.kill(process.pid, signal);
}

function remember(path: string): void {
  if (unfinished.size === 0) {
    process.on('exit', removeAll);
    for (const signal of SIGNALS) process.on(signal, endBy);
  }
  unfinished.add(path);
}

/** Others who listen for signals are not in the way where no file is being written. */
function forget(path?: string): void {
  if (path !== undefined) unfinished.delete(path);
  if (unfinished.size > 0) return;
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, endBy);
}

/** How long the host may wait for its turn. */
const TURN_MS = 50;

/** Lets signals through, now and then, between reads that never wait for the host. */
export function turns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}

/** While it is written, Ctrl-C and other signals that end the process take it away. */
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
    remember(this.#temporary);
    try {
      this.#descriptor = attempt(path, () => openSync(this.#temporary, 'wx+'));
    } catch (error) {
      forget(this.#temporary);
      throw error;
    }
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
    try {
      attempt(this.#path, () => renameSync(this.#temporary, this.#path));
    } catch (error) {
      rmSync(this.#temporary, { force: true });
      throw error;
    } finally {
      forget(this.#temporary);
    }
  }

  /** Where it stands until then. */
  get temporary(): string {
    return this.#temporary;
  }

  /** Nothing is left of it. Does nothing after {@link keep}. */
  drop(): void {
    if (!this.#isOpen) return;
    this.#close();
    rmSync(this.#temporary, { force: true });
    forget(this.#temporary);
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}
