/** What to open, and how; and what every opener needs from it. */

import type { DecimalParser } from '../types/decimals.js';
import type { ByteSource, ByteStream, ColumnSource } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Task } from '../types/report.js';
import type { ByTextRole } from '../types/row-texts.js';
import { isByteSource, streamOf } from './bytes.js';
import type { NameOptions } from './names.js';
import type { Format } from './recognise.js';

/** What to open, and how. */
export interface DumpRequest {
  readonly predictions: ByteSource | ByteStream;
  /** Targets in a file of their own, or read already. */
  readonly labels?: ByteSource | ByteStream | ColumnSource | undefined;
  /** Sample weights in a file of their own. */
  readonly weights?: ByteSource | ByteStream | undefined;
  /** Text of rows (names, slices, clusters) in files of their own. */
  readonly texts?: ByTextRole<ByteSource | ByteStream> | undefined;
  /** Columns, fields or members by name. With a file of labels, `target` names the column in that file. */
  readonly names?: NameOptions | undefined;
  /** Format of the predictions; left out: by name, then by the first bytes. */
  readonly format?: Exclude<Format, 'txt'> | undefined;
  readonly classNames?: readonly string[] | undefined;
  /** Delimiter of CSV predictions. */
  readonly delimiter?: string | undefined;
  /** Whether CSV predictions begin with a header. */
  readonly header?: boolean | undefined;
  /** Most bytes held at once for what cannot be streamed; default 1 GiB. */
  readonly memoryBudget?: number | undefined;
  /** Whether two-byte npy scores that NumPy has no name for (`V2`), or `u2`, are bfloat16. */
  readonly bfloat16?: boolean | undefined;
  /** What the predictions are; default `classification`, and `auto` finds out what single numbers are. */
  readonly task?: Task | 'auto' | undefined;
  /** True where the predictions are to be taken for labels, not scores. */
  readonly asLabels?: boolean | undefined;
  /** Gets the parser for scores in text; left out: the sources' own scanner reads them. */
  readonly decimals?: (() => Promise<DecimalParser>) | undefined;
}

export function stream(input: ByteSource | ByteStream): ByteStream {
  return isByteSource(input) ? streamOf(input) : input;
}

export function seekable(input: ByteSource | ByteStream): ByteSource {
  if (isByteSource(input)) return input;
  throw new InputError('npz-from-stream', {
    source: input.name,
    problem: 'an npz archive has its directory at the end and cannot be read from a pipe',
    advice: 'Write it to a file and name that, or pipe npy, CSV or JSON Lines.',
  });
}

/** What to say where no targets are known. */
export function noTargets(source: string): UsageError {
  return new UsageError(
    'no-targets',
    `${source} holds no targets. Give them with --labels FILE, or name their column, field or member with --target.`,
  );
}

export function memoryOptions({ memoryBudget }: Pick<DumpRequest, 'memoryBudget'>) {
  return memoryBudget === undefined ? {} : { memoryBudget };
}
