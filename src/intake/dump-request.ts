/** What to open, and how; and what comes of it. */

import type { DecimalParser } from '../types/decimals.js';
import type {
  ByteSource,
  ByteStream,
  DumpReader,
  LabelPairReader,
  ValueReader,
} from '../types/dump.js';
import type { FormatName } from '../types/fields.js';
import type { Notice, Task } from '../types/report.js';
import type { ByTextRole } from '../types/row-texts.js';
import type { JoinHow } from './named-side.js';
import type { NameOptions } from './roles.js';

export type { JoinHow, NameOptions };

/** What to open, and how. */
export interface DumpRequest {
  readonly predictions: ByteSource | ByteStream;
  /** Targets in a file of their own. */
  readonly labels?: ByteSource | ByteStream | undefined;
  /** Class indices that were read already; the file of labels is not opened then. */
  readonly targets?: Int32Array | undefined;
  /** Sample weights in a file of their own. */
  readonly weights?: ByteSource | ByteStream | undefined;
  /** Text of rows (names, slices, clusters) in files of their own. */
  readonly texts?: ByTextRole<ByteSource | ByteStream> | undefined;
  /** Columns, fields or members by name. With a file of labels, `target` names the column in that file. */
  readonly names?: NameOptions | undefined;
  /** Format of the predictions; left out: by name, then by the first bytes. */
  readonly format?: Exclude<FormatName, 'txt'> | undefined;
  readonly classNames?: readonly string[] | undefined;
  /** Number of the first class in the targets; default 0. */
  readonly labelsFrom?: number | undefined;
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
  /** Whether two-byte npy scores that NumPy has no name for (`V2`), or `u2`, are bfloat16. */
  readonly bfloat16?: boolean | undefined;
  /** What the predictions are; default `classification`, and `auto` finds out what single numbers are. */
  readonly task?: Task | 'auto' | undefined;
  /** True where the predictions are to be taken for labels, not scores. */
  readonly asLabels?: boolean | undefined;
  /** Gets the parser for scores in text; left out: the formats' own scanner reads them. */
  readonly decimals?: (() => Promise<DecimalParser>) | undefined;
}

/** What every dump says of how it was read. */
interface Told {
  /** What was taken by convention, and what was left out; complete when all rows are read. */
  notices(): Notice[];
}

/** Values, and how it was found out what they are for. */
export interface ValueDump extends Told {
  readonly content: 'values';
  readonly reader: ValueReader;
  readonly task: 'regression' | 'multilabel';
  /** Why, where the data decided; null where an option did. */
  readonly reason: string | null;
}

/** Rows of one score each for two classes, and how it was found out that they are that. */
export interface SingleDump extends Told {
  readonly content: 'single';
  /** Of one column of scores, against targets 0 and 1. */
  readonly reader: DumpReader;
  /** Why, where the data decided; null where an option did. */
  readonly reason: string | null;
}

/** Rows of a score for each class. */
export interface ScoreDump extends Told {
  readonly content: 'scores';
  readonly reader: DumpReader;
}

/** Predicted labels without scores. */
export interface LabelDump extends Told {
  readonly content: 'labels';
  readonly reader: LabelPairReader;
}

/** An open dump. */
export type OpenDump = SingleDump | ValueDump | ScoreDump | LabelDump;
