/** What is in a file of predictions, before anything is scored. */

import type { Fields, FormatName } from './fields.js';
import type { RowTask } from './report.js';
import type { ScoreKind } from './scores.js';

/** What a field is for. `targets or labels`: one whole number or word per row
 * that nothing tells more of; `left over`: nothing. */
export type FieldRole =
  | 'scores'
  | 'target'
  | 'prediction'
  | 'single score'
  | 'targets or labels'
  | 'weight'
  | 'id'
  | 'left over';

/** A column of a table, a field of JSON objects, an array or a tensor. */
export interface InspectedField {
  /** Null where the file holds one array and no names. */
  readonly name: string | null;
  /** Number format in the file, in its own words; `text`. */
  readonly stored: string;
  /** Rows, and the axes behind them; null for a number of rows that only the end tells. */
  readonly shape: readonly (number | null)[];
  readonly holds: 'whole numbers' | 'fractions' | 'text' | 'nothing that can be read';
  /** The first values, as texts where they are text. */
  readonly first: readonly (number | string)[];
  /** Of the finite numbers; left out where there are none. */
  readonly min?: number;
  readonly max?: number;
  readonly nan: number;
  readonly infinite: number;
  /** Empty texts. */
  readonly empty: number;
  /** Different whole numbers or texts; left out past a thousand, and of fractions. */
  readonly distinct?: number;
  readonly role: FieldRole;
  /** How its role is known; null where it has none. */
  readonly why: string | null;
  /** Why it cannot be read. */
  readonly problem?: string;
}

/** What `inspect` found. */
export interface InspectReport {
  readonly schema: 'logitscope.inspect/1';
  readonly version: string;
  readonly source: {
    readonly name: string;
    readonly format: FormatName;
    /** Null where it is not known, of pipes. */
    readonly bytes: number | null;
    /** Left out where it is one file. */
    readonly files?: number;
    /** What a field is called. */
    readonly unit: Fields['unit'];
  };
  /** Rows; null where the file was not read to its end. */
  readonly rows: number | null;
  /** Rows that values, ranges and counts are of. */
  readonly looked: number;
  readonly fields: readonly InspectedField[];
  /** How rows would be scored; null where that is not clear. */
  readonly task: RowTask | null;
  /** What the scores are, of classes. */
  readonly kind: ScoreKind | null;
  readonly classes: number | null;
  /** Names of the classes, where the file says them. */
  readonly classNames: readonly string[] | null;
  /** What stands in the way of scoring the file by itself: what was found, and what to do. */
  readonly problem: { readonly code: string; readonly message: string } | null;
  /** Words of the command line that scores it. */
  readonly command: readonly string[];
  /** What is to be put in for words in capitals, and what else to know. */
  readonly advice: readonly string[];
}
