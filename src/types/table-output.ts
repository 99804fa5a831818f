/** Rows of named, typed columns on their way out, whatever they are written as. */

import type { ScoreArray } from './scores.js';

/** What the values of a column are. */
export type ColumnType = 'f16' | 'bf16' | 'f32' | 'f64' | 'i64' | 'text';

/** A column of a table, an array of an archive, a field of JSON. */
export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Axes behind the rows: [] for one value, [classes], [time, classes]. */
  readonly inner: readonly number[];
  /** Names of its numbers, where there are any. */
  readonly keys?: readonly string[] | undefined;
  /** Of text: most code points of a row. */
  readonly longest?: number | undefined;
}

/** All that is known before the first row is written. */
export interface TableLayout {
  /** Of the input, for messages. */
  readonly source: string;
  readonly columns: readonly TableColumn[];
  readonly rows: number;
  /** Whether a table of text begins with the names of its columns. */
  readonly hasHeader: boolean;
}

/**
 * Values of some rows of a column, row-major. Integers are numbers or, where they may be longer
 * than a number can be, digits; '' is a value that is missing. Bits of f16 and bf16.
 */
export type ColumnValues = ScoreArray | readonly string[];

/** Takes rows in order. */
export interface TableWriter {
  /**
   * @param row index of the first of them
   * @throws InputError `cannot-hold` where the format has no such value
   */
  write(values: readonly ColumnValues[], row: number, count: number): Promise<void> | void;
  /** Ends the output; nothing is whole before. */
  finish(): Promise<void> | void;
}
