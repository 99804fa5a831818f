/** A dump in files, described by plain values: the calling thread and its workers open the same. */

import { statSync } from 'node:fs';
import type { DumpRequest, OpenDump } from '../intake/dump-request.js';
import { openDump } from '../intake/open-dump.js';
import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import { type ByTextRole, TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import { openFile, openStream, type ReadMode, stdinStream } from './files.js';

/** {@link DumpRequest} with paths for files. */
export interface FileRequest
  extends Omit<
    DumpRequest,
    'predictions' | 'labels' | 'targets' | 'weights' | 'texts' | 'decimals'
  > {
  /** `-` for standard input. */
  readonly predictions: string;
  readonly labels?: string | undefined;
  readonly weights?: string | undefined;
  readonly texts?: ByTextRole<string> | undefined;
}

/** A file, a pipe, or `-` for standard input. */
function openInput(path: string, mode?: ReadMode): ByteSource | ByteStream {
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
 * @param decimals as in {@link DumpRequest}
 * @param mode how files are read; default as `openFile` does
 * @throws InputError, UsageError as `openFile` and `openDump`. Nothing stays open then.
 */
export async function openFileDump(
  request: FileRequest,
  targets: Int32Array | null = null,
  decimals: DumpRequest['decimals'] = undefined,
  mode?: ReadMode,
): Promise<OpenDump> {
  const { predictions, labels, weights, texts = {} } = request;
  const opened: (ByteSource | ByteStream)[] = [];
  const open = (path: string) => {
    const input = openInput(path, mode);
    opened.push(input);
    return input;
  };
  let inputs: Required<Pick<DumpRequest, 'predictions' | 'labels' | 'weights' | 'texts'>>;
  try {
    inputs = {
      predictions: open(predictions),
      labels: labels === undefined || targets !== null ? undefined : open(labels),
      weights: weights === undefined ? undefined : open(weights),
      texts: Object.fromEntries(Object.entries(texts).map(([role, path]) => [role, open(path)])),
    };
  } catch (error) {
    for (const input of opened) await input.close();
    throw error;
  }
  return openDump({ ...request, ...inputs, targets: targets ?? undefined, decimals });
}

/** Whether all inputs are files, which can be opened as often as one likes. */
export function canReopen({ predictions, labels, weights, texts = {} }: FileRequest): boolean {
  return [predictions, labels, weights, ...Object.values(texts)].every(
    (path) =>
      path === undefined || (path !== '-' && statSync(path, { throwIfNoEntry: false })?.isFile()),
  );
}

/**
 * @throws UsageError `cannot-read-again` where one of the inputs is no file, but standard input or a pipe
 */
export function requireFiles({ predictions, labels, weights, texts = {} }: FileRequest): void {
  for (const path of [predictions, labels, weights, ...Object.values(texts)]) {
    if (path === undefined) continue;
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

/** What a request takes of the options of a command. */
export interface FileRequestOptions
  extends Omit<
    DumpRequest,
    | 'predictions'
    | 'labels'
    | 'targets'
    | 'weights'
    | 'texts'
    | 'names'
    | 'findNames'
    | 'classNames'
    | 'asLabels'
    | 'decimals'
  > {
  readonly labels?: string | undefined;
  /** A file if one of that name exists, otherwise a column, field or member. */
  readonly weights?: string | undefined;
  readonly scores?: string | undefined;
  readonly target?: string | undefined;
  readonly prediction?: string | undefined;
  /** As the weights. */
  readonly id?: string | undefined;
  readonly by?: string | undefined;
  readonly cluster?: string | undefined;
  readonly classNames?: readonly string[] | null | undefined;
}

/** Whether there is a file, or what reads like one. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}

/** The request that options describe. */
export function fileRequestOf(predictions: string, options: FileRequestOptions): FileRequest {
  const { labels, weights, scores, target, prediction, classNames } = options;
  const weightsFile = weights !== undefined && isFile(weights) ? weights : undefined;
  const texts: { [role in TextRole]?: string } = {};
  const columns: { [role in TextRole]?: string } = {};
  for (const role of TEXT_ROLES) {
    const name = options[role];
    if (name !== undefined) (isFile(name) ? texts : columns)[role] = name;
  }
  return {
    predictions,
    labels,
    weights: weightsFile,
    texts,
    names: {
      scores,
      target,
      prediction,
      ...columns,
      ...(!weightsFile && { weight: weights }),
    },
    format: options.format,
    classNames: classNames ?? undefined,
    labelsFrom: options.labelsFrom,
    ignoreIndex: options.ignoreIndex,
    join: options.join,
    delimiter: options.delimiter,
    header: options.header,
    bfloat16: options.bfloat16,
    memoryBudget: options.memoryBudget,
  };
}
