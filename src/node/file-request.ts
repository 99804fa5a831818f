/** A dump in files, described by plain values: the calling thread and its workers open the same. */

import { statSync } from 'node:fs';
import { isDynamicPattern } from 'tinyglobby';
import type { DumpRequest, OpenDump } from '../intake/dump-request.js';
import type { DumpOptions } from '../run/dump-options.js';
import {
  type InputOptions,
  type InputsRequest,
  inputsOf,
  openInputs,
  requestOf,
} from '../run/inputs.js';
import type { ByteSource, ByteStream, Bytes } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import { openFile, openStream, type ReadMode, stdinStream } from './files.js';
import {
  filesOf,
  listed,
  otherFiles,
  type SeveralFiles,
  seriesOf,
  severalFiles,
} from './several-files.js';

/** A path, `-` for standard input, or several paths that are read as one file. */
export type FileInput = string | SeveralFiles;

export type FileRequest = InputsRequest<FileInput>;

/** A file, a pipe, or `-` for standard input. */
export function openInput(path: string, mode?: ReadMode): ByteSource | ByteStream {
  if (path === '-') return stdinStream();
  try {
    return openFile(path, mode);
  } catch (error) {
    if (error instanceof InputError && error.code === 'not-a-regular-file') return openStream(path);
    throw error;
  }
}

/**
 * Opens the files and the dump in them.
 * @param targets instead of those in the file of labels, which is not opened then
 * @param mode how files are read; default as `openFile` does
 * @throws InputError, UsageError as `openFile` and `openDump`. Nothing stays open then.
 */
export function openFileDump(
  request: FileRequest,
  targets: Int32Array | null = null,
  decimals: DumpRequest['decimals'] = undefined,
  mode?: ReadMode,
): Promise<OpenDump> {
  return openInputs(request, targets, decimals, (input) => openAny(input, mode));
}

/** Opens an input of one or several files. */
export function openAny(input: FileInput, mode?: ReadMode): Bytes {
  if (typeof input === 'string') return openInput(input, mode);
  return seriesOf(input, (path) => openInput(path, mode));
}

/** All paths of a request. */
export function pathsOf(request: FileRequest): string[] {
  return inputsOf(request).flatMap((input) => (typeof input === 'string' ? [input] : input.files));
}

/** Whether all inputs are files, which can be opened as often as one likes. */
export function canReopen(request: FileRequest): boolean {
  return pathsOf(request).every(
    (path) => path !== '-' && statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  );
}

/**
 * @throws UsageError `cannot-read-again` where one of the inputs is no file, but standard input or a pipe
 */
export function requireFiles(request: FileRequest): void {
  for (const path of pathsOf(request)) {
    // What is not there at all, opening will say.
    const stats = path === '-' ? null : statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || stats?.isFile() || stats?.isDirectory()) continue;
    const name = path === '-' ? 'standard input' : path;
    throw new UsageError(
      'cannot-read-again',
      `Fitting on all rows (--fit-rows all) reads the dump more than once, and ${name} can be read only once. Write it to a file first, or give a number of rows (--fit-rows 100000).`,
    );
  }
}

/**
 * The request that options describe: a name is a file if there is one of that name, otherwise a column, field or member.
 * Patterns and directories are looked up here, once: all threads read the same files.
 * @param predictions one path, or several that are read as one
 * @throws InputError `no-such-file`, `no-parts`
 */
export function fileRequestOf(
  predictions: string | readonly string[],
  options: InputOptions<string> & Pick<DumpOptions, 'kind' | 'classNames'>,
): FileRequest {
  const paths = typeof predictions === 'string' ? [predictions] : predictions;
  const request = requestOf<string>(paths[0]!, options, isFile);
  const { labels, weights, texts = {} } = request;
  return {
    ...request,
    predictions: listed(paths, otherFiles([labels, weights, ...Object.values(texts)])),
    labels: labels === undefined ? undefined : severalFiles(labels),
    weights: weights === undefined ? undefined : severalFiles(weights),
    texts: Object.fromEntries(
      Object.entries(texts).map(([role, path]) => [role, severalFiles(path)]),
    ),
  };
}

/** Whether there is a file, or what reads like one, or a pattern that files match. */
function isFile(path: string): path is string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) return true;
  return isDynamicPattern(path) && filesOf(path).length > 0;
}
