/** A dump in files, described by plain values: the calling thread and its workers open the same. */

import { statSync } from 'node:fs';
import type { DumpRequest, OpenDump } from '../intake/dump-request.js';
import type { DumpOptions } from '../run/dump-options.js';
import {
  type InputOptions,
  type InputsRequest,
  inputsOf,
  openInputs,
  requestOf,
} from '../run/inputs.js';
import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import { openFile, openStream, type ReadMode, stdinStream } from './files.js';

/** By paths; `-` for standard input. */
export type FileRequest = InputsRequest<string>;

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
  return openInputs(request, targets, decimals, (path) => openInput(path, mode));
}

/** Whether all inputs are files, which can be opened as often as one likes. */
export function canReopen(request: FileRequest): boolean {
  return inputsOf(request).every(
    (path) => path !== '-' && statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  );
}

/**
 * @throws UsageError `cannot-read-again` where one of the inputs is no file, but standard input or a pipe
 */
export function requireFiles(request: FileRequest): void {
  for (const path of inputsOf(request)) {
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

/** The request that options describe: a name is a file if there is one of that name, otherwise a column, field or member. */
export function fileRequestOf(
  predictions: string,
  options: InputOptions<string> & Pick<DumpOptions, 'kind' | 'classNames'>,
): FileRequest {
  return requestOf(predictions, options, isFile);
}

/** Whether there is a file, or what reads like one. */
function isFile(path: string): path is string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}
