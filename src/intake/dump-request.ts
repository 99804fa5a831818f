/** What to open, and how; and what comes of it. */

import type { DecimalParser } from '../types/decimals.js';
import type { Bytes, DumpReader } from '../types/dump.js';
import type { FormatName } from '../types/fields.js';
import type { Notice, RowTask, Task } from '../types/report.js';
import type { ByTextRole } from '../types/row-texts.js';
import type { JoinHow } from './named-side.js';
import type { NameOptions } from './roles.js';

export type { JoinHow, NameOptions };

/** What to open, and how. */
export interface DumpRequest {
  readonly predictions: Bytes;
  /** Targets in a file of their own. */
  readonly labels?: Bytes | undefined;
  /** Class indices that were read already; the file of labels is not opened then. */
  readonly targets?: Int32Array | undefined;
  /** Sample weights in a file of their own. */
  readonly weights?: Bytes | undefined;
  /** Text of rows (names, slices, clusters) in files of their own. */
  readonly texts?: ByTextRole<Bytes> | undefined;
  /** Columns, fields or members by name. With a file of labels, `target` names the column in that file. */
  readonly names?: NameOptions | undefined;
  /** Format of the predictions; left out: by name, then by the first bytes. */
  readonly format?: Exclude<FormatName, 'txt'> | undefined;
  readonly classNames?: readonly string[] | undefined;
  /** Number of the first class in the targets; default 0. */
  readonly labelsFrom?: number | undefined;
  /**
   * Whether the target of each step of a sequence is that of the step after it, as of language models; the last step of
   * each is left out, by `ignoreIndex`, or −100 without one.
   */
  readonly shift?: boolean | undefined;
  /** Target that takes a row out of everything; it is no class, whatever the others are. */
  readonly ignoreIndex?: number | null | undefined;
  /**
   * How rows of files that name them belong together: `all` (default) every row with its partner,
   * `inner` without those that have none, `place` whatever their names.
   */
  readonly join?: JoinHow | undefined;
  /** Whether names of rows are read, too, where a column is known to hold them: to compare dumps by them. */
  readonly findNames?: boolean | undefined;
  /** Delimiter of CSV predictions. */
  readonly delimiter?: string | undefined;
  /** Whether CSV predictions begin with a header. */
  readonly header?: boolean | undefined;
  /** Most bytes held at once for what cannot be streamed; default 1 GiB. */
  readonly memoryBudget?: number | undefined;
  /** Of records of an evaluation: the filter whose records are rows; default the only one, or `none`. */
  readonly filter?: string | undefined;
  /** Whether two-byte scores that NumPy has no name for (`V2`), `u2`, or HDF5 floats of two bytes are bfloat16. */
  readonly bfloat16?: boolean | undefined;
  /** What the predictions are; default `classification`, and `auto` finds out what single numbers are. */
  readonly task?: Task | 'auto' | undefined;
  /** True where the predictions are to be taken for labels, not scores. */
  readonly asLabels?: boolean | undefined;
  /** Gets the parser for scores in text; left out: the formats' own scanner reads them. */
  readonly decimals?: (() => Promise<DecimalParser>) | undefined;
}

/** An open dump. */
export interface OpenDump {
  /** How its rows are to be scored. */
  readonly task: RowTask;
  /** How it was found out what the numbers are for, where the data decided; null where an option or their form did. */
  readonly reason: string | null;
  readonly reader: DumpReader;
  /** What was taken by convention, and what was left out; complete when all rows are read. */
  notices(): Notice[];
}
