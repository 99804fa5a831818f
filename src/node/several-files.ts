/** Paths that stand for several files: patterns, directories and lists, read as one dump. */

import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import type { ByteSeries, ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';

/** Files that are read as one. */
export interface SeveralFiles {
  /** As it was given. */
  readonly name: string;
  readonly files: readonly string[];
}

/** Names in the order that people count in. */
export const natural = new Intl.Collator('en', { numeric: true });

/** What dumps in a folder are called. */
const DUMPS =
  /\.(?:npy|npz|safetensors|pt|pth|h5|hdf5|parquet|pq|arrows?|feather|ipc|csv|tsv|tab|jsonl?|ndjson|eval)(?:\.gz|\.zst)?$/i;

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Where files of other roles lie, which are no dumps in a folder of them. */
export function otherFiles(roles: readonly (string | undefined)[]): ReadonlySet<string> {
  return new Set(roles.flatMap((path) => (path === undefined ? [] : [resolve(path)])));
}

/** The dumps of a folder that is one of many of them, in no order. */
export function dumpsIn(folder: string, others: ReadonlySet<string>): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && DUMPS.test(entry.name) && entry.name[0] !== '.')
    .map((entry) => join(folder, entry.name))
    .filter((file) => !others.has(resolve(file)));
}

/** What programs leave beside the parts of a data set: `_SUCCESS`, `.part-0.crc`. */
const BESIDE = ['**/_*', '**/.*'];

/** The files that match a pattern, in natural order; what programs leave beside them is left out. */
export function filesOf(pattern: string): string[] {
  const found = globSync(pattern.replaceAll('\\', '/'), { expandDirectories: false });
  return found.sort(natural.compare);
}

/**
 * What a path stands for: a pattern that matches no file by itself, or a directory, for the files in it,
 * those in directories in it among them.
 * @param others files of other roles, which are no parts where they lie in the directory
 * @throws InputError `no-such-file`, `no-parts` where there are none
 */
export function severalFiles(
  path: string,
  others: ReadonlySet<string> = new Set(),
): string | SeveralFiles {
  const stats = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    const directory = path.replace(/(?<=.)[/\\]+$/, '');
    const found = globSync('**/*', { cwd: path, absolute: false, ignore: BESIDE })
      .map((file) => `${directory}/${file}`)
      .filter((file) => !others.has(resolve(file)));
    if (found.length === 0) {
      throw new InputError('no-parts', {
        source: path,
        problem: 'the directory holds no files',
        expected: 'files of predictions',
      });
    }
    return { name: path, files: found.sort(natural.compare) };
  }
  if (stats !== undefined || path === '-' || !isDynamicPattern(path)) return path;
  const files = filesOf(path);
  if (files.length === 0) {
    throw new InputError('no-such-file', {
      source: path,
      problem: 'no file matches this pattern',
      expected: 'a file of that name, or files that it matches',
      advice: 'Check the spelling and the directory the command runs in.',
    });
  }
  return { name: path, files };
}

/** A list of paths as one dump. */
export function listed(
  paths: readonly string[],
  others?: ReadonlySet<string>,
): string | SeveralFiles {
  if (paths.length === 1) return severalFiles(paths[0]!, others);
  const files = paths.flatMap((path) => {
    const found = severalFiles(path, others);
    return typeof found === 'string' ? [found] : found.files;
  });
  return { name: `${paths[0]} and ${paths.length - 1} more`, files };
}

/** @param open opens one of the files */
export function seriesOf(
  { name, files }: SeveralFiles,
  open: (path: string) => ByteSource | ByteStream,
): ByteSeries {
  return { name, parts: files.map((file) => ({ name: file, open: () => open(file) })), close() {} };
}
