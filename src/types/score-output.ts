/** Recalibrated scores on their way out. */

import type { RealArray } from './gradients.js';

/** Bytes that are written in order, and a few of them again. */
export interface ByteSink {
  /** Bytes so far. */
  readonly size: number;
  write(bytes: Uint8Array): void;
  /** Writes over bytes that were written. */
  rewrite(bytes: Uint8Array, position: number): void;
  /** Reads bytes that were written. @returns how many */
  read(into: Uint8Array, position: number): number;
}

/** A column of a table: a score by its number, or a text by its. */
export interface OutputColumn {
  readonly name: string;
  readonly score?: number;
  readonly text?: number;
}

/** What rows of output hold. */
export interface ScoreLayout {
  readonly dtype: 'f32' | 'f64';
  /** Scores per row. */
  readonly width: number;
  /** Lengths of the axes of an array, the rows' first; null where only the end tells how many there are. */
  readonly shape: readonly number[] | null;
  /** Name of the array in an archive. */
  readonly member: string;
  /** Of a table, in its order; without a header where the input had none. */
  readonly columns: readonly OutputColumn[];
  readonly hasHeader: boolean;
}

/** Takes rows in order. */
export interface ScoreWriter {
  /** @param texts those of the columns of text */
  write(scores: RealArray, count: number, texts: readonly (readonly string[])[]): void;
  /** Ends the output; nothing is whole before. */
  finish(): Promise<void> | void;
}
