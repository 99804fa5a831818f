/** Files of patterns as they come: which are new or written again, and stand still. */

import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { dumpsIn, isFolder } from './several-files.js';

/** Timers may be early by so much. */
const EARLY_MS = 5;

/** What was seen of a file. */
interface Seen {
  /** Size and time of the last change. */
  signature: string;
  /** When it was first seen so. */
  since: number;
  /** What it was when it was taken; null before. */
  taken: string | null;
  /** Not before then it is tried again. */
  nextTry: number;
  tries: number;
}

/**
 * Looks at the files of some patterns every now and then, which works on every disk; where the
 * system tells of changes, it looks sooner. A file is ready when its size and time of change stood
 * still for an interval.
 */
export class DumpWatch {
  readonly #patterns: readonly string[];
  readonly #interval: number;
  readonly #others: ReadonlySet<string>;
  readonly #files = new Map<string, Seen>();
  readonly #watchers = new Map<string, FSWatcher>();
  #lastLook = 0;
  #lastChange = Date.now();
  #hint: (() => void) | null = null;

  /**
   * @param patterns paths, patterns and folders
   * @param interval milliseconds between looks
   * @param others files of other roles, which are no dumps where they lie in a folder
   */
  constructor(patterns: readonly string[], interval: number, others: ReadonlySet<string>) {
    this.#patterns = patterns;
    this.#others = others;
    this.#interval = interval;
  }

  /** How long, in milliseconds, no file has come or changed. */
  get stillFor(): number {
    return Date.now() - this.#lastChange;
  }

  /** @returns files that stand still and were not taken as they are */
  async look(): Promise<string[]> {
    this.#lastLook = Date.now();
    this.#listen();
    const ready: string[] = [];
    for (const path of await this.#expand()) {
      const signature = signatureOf(path);
      if (signature === null) continue;
      const now = Date.now();
      const seen = this.#files.get(path);
      if (seen === undefined || seen.signature !== signature) {
        this.#lastChange = now;
        const taken = seen?.taken ?? null;
        this.#files.set(path, { signature, since: now, taken, nextTry: 0, tries: 0 });
        continue;
      }
      const isStill = now - seen.since >= this.#interval - EARLY_MS;
      if (isStill && seen.taken !== signature && now >= seen.nextTry) ready.push(path);
    }
    return ready;
  }

  /** Whether the file is as it was when {@link look} called it ready. */
  isUnchanged(path: string): boolean {
    return signatureOf(path) === this.#files.get(path)?.signature;
  }

  /** The file was read as it is. @returns whether it had been read before, as it was then */
  take(path: string): boolean {
    const seen = this.#files.get(path)!;
    const isAgain = seen.taken !== null;
    seen.taken = seen.signature;
    this.#lastChange = Date.now();
    return isAgain;
  }

  /** The file could not be read as it is: it is tried again, ever more seldom. @returns how long, in milliseconds, it has stood still */
  retry(path: string, longest: number): number {
    const seen = this.#files.get(path)!;
    const now = Date.now();
    const pause = this.#interval * 2 ** Math.min(seen.tries++, 20);
    seen.nextTry = Math.min(now + pause, Math.max(seen.since + longest, now + 1));
    return now - seen.since;
  }

  /** Resolves when it is time for the next look, or one of the signals is aborted. */
  async wait(signals: readonly AbortSignal[]): Promise<void> {
    if (signals.some(({ aborted }) => aborted)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#hint = null;
        for (const signal of signals) signal.removeEventListener('abort', done);
        resolve();
      };
      let timer = setTimeout(done, this.#interval);
      for (const signal of signals) signal.addEventListener('abort', done);
      // A writer causes many hints: looks are never closer than a quarter of the interval.
      this.#hint = () => {
        this.#hint = null;
        clearTimeout(timer);
        timer = setTimeout(done, Math.max(0, this.#lastLook + this.#interval / 4 - Date.now()));
      };
    });
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  async #expand(): Promise<Set<string>> {
    const files = new Set<string>();
    for (const pattern of this.#patterns) {
      const found = isFolder(pattern)
        ? dumpsIn(pattern, this.#others)
        : isDynamicPattern(pattern)
          ? await glob(pattern.replaceAll('\\', '/'), { expandDirectories: false })
          : [pattern];
      for (const file of found) files.add(file);
    }
    return files;
  }

  /** Listens to folders that are there by now and are not listened to. */
  #listen(): void {
    for (const folder of new Set(this.#patterns.map(folderOf))) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#hint?.());
        // What cannot be listened to is looked at all the same.
        watcher.on('error', () => watcher.close());
        this.#watchers.set(folder, watcher);
      } catch {
        // It may be there later.
      }
    }
  }
}

/** The folder above the first part of a pattern that is no plain name. */
function folderOf(pattern: string): string {
  if (isFolder(pattern)) return pattern;
  if (!isDynamicPattern(pattern)) return dirname(pattern);
  const parts = pattern.replaceAll('\\', '/').split('/');
  const plain = parts.slice(
    0,
    parts.findIndex((part) => isDynamicPattern(part)),
  );
  return plain.length === 0 ? '.' : plain.join('/') || '/';
}

/** Null where there is no such file. */
function signatureOf(path: string): string | null {
  let stats: ReturnType<typeof bigStats>;
  try {
    stats = bigStats(path);
  } catch {
    return null;
  }
  return stats === undefined ? null : `${stats.size} ${stats.mtimeNs}`;
}

const bigStats = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false });
