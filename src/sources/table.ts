/** What CSV and JSON Lines have in common once they are open: named values, row by row. */

import type { DecimalParser } from '../types/decimals.js';
import type { DumpInfo } from '../types/dump.js';

/** Which columns or fields are read. What is not named is passed over. */
export interface TablePlan {
  /**
   * Columns of scores in the order in which they are delivered, or one field
   * that holds them all; empty for none. Under `values` any numbers, and
   * several fields, each with a number or an array of them.
   */
  readonly scores: readonly string[];
  readonly target: string | null;
  readonly prediction: string | null;
  readonly weight: string | null;
  /** Columns or fields that are wanted as text too, whatever else they are; none twice. */
  readonly texts?: readonly string[];
  /** Fields that would have been chosen if the first row had them: a later row that has one is refused. */
  readonly watched: readonly string[];
  /** Whether the scores are values that may be missing: what is empty or null is NaN. Default false. */
  readonly values?: boolean;
}

/** What a row says beside its scores. The object is used again for the next row. */
export interface TableRow {
  /** Index of the row, counted from 0; a header is no row. */
  row: number;
  /** Line that the row begins on, counted from 1. */
  line: number;
  /** Text of the target, '' where it is missing. */
  target: string;
  prediction: string;
  weight: number;
  /** Text of each of the {@link TablePlan.texts}, '' where it is missing. */
  texts: string[];
}

/** A table of text, open at its first row. Read once, from first row to last. */
export interface TextTable {
  readonly name: string;
  readonly format: Extract<DumpInfo['format'], 'csv' | 'tsv' | 'jsonl'> | 'txt';
  /** Columns in order, or the fields of the first row. */
  readonly names: readonly string[];
  /** False where the names are positions "0", "1", … because the file has no header. */
  readonly named: boolean;
  readonly unit: 'column' | 'field';
  /**
   * Says what the next rows are read as; to be called before the first {@link read}.
   * @param decimals reads the scores where they are plain numbers; values and errors are the same without.
   * @returns how many numbers a row has of each of the scores.
   * @throws InputError when a chosen field of the first row is of the wrong type.
   */
  plan(plan: TablePlan, decimals?: DecimalParser): readonly number[];
  /**
   * Reads up to `count` rows: scores row-major into `scores` from its beginning,
   * the rest through `onRow` with the row's index in this batch.
   * @returns how many rows were read; fewer than `count` only at the end.
   * @throws InputError with row, line and column.
   */
  read(
    scores: Float64Array | Float32Array,
    count: number,
    onRow: (index: number, row: TableRow) => void,
  ): Promise<number>;
  /** How far along, in bytes of the input. */
  progress(): { readonly done: number; readonly total: number | null };
  close(): Promise<void>;
}

/** Scores for tables that are read without any. */
export const NO_SCORES = new Float64Array(0);
