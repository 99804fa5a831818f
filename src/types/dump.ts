/** Prediction dumps as the intake hands them over. */

import type { ChoiceFacts } from './choices.js';
import type { FormatName } from './fields.js';
import type { RowTexts } from './row-texts.js';
import type { Dtype, RowBuffers, ScoreKind } from './scores.js';

/** Random access to the bytes of a file, a Blob or memory. */
export interface ByteSource {
  /** As the user named it; stands in messages. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * Reads up to `into.length` bytes at `position`.
   * @returns how many bytes were read; 0 only at the end.
   */
  read(into: Uint8Array, position: number): number | Promise<number>;
  close(): void | Promise<void>;
}

/** Bytes in order, for what cannot seek (standard input) and for text. */
export interface ByteStream {
  readonly name: string;
  /** Bytes in all where that is known, for progress. */
  readonly size: number | null;
  /** Reads up to `into.length` bytes; 0 only at the end. */
  pull(into: Uint8Array): number | Promise<number>;
  close(): void | Promise<void>;
}

/** One of several files. */
export interface BytePart {
  readonly name: string;
  /** Opens it, as often as it is asked for. */
  open(): ByteSource | ByteStream;
}

/** Files that are read as one, one after the other. */
export interface ByteSeries {
  /** Stands in messages about all of them. */
  readonly name: string;
  readonly parts: readonly BytePart[];
  close(): void | Promise<void>;
}

/** What a dump, or something beside it, is read from. */
export type Bytes = ByteSource | ByteStream | ByteSeries;

/** What a source knows before its first row. */
export interface DumpInfo {
  /** As the user named it. */
  readonly name: string;
  readonly format: Exclude<FormatName, 'txt'> | 'array';
  /** Number format in the file, in the file's own words (`<f4`, `text`). */
  readonly stored: string;
  /** Number format that rows are delivered in. */
  readonly dtype: Dtype;
  /** Machine epsilon that belongs to `stored`: 2⁻⁵² for text and f64, 2⁻²³ for f32 and 16-bit input. */
  readonly epsilon: number;
  /** Scores per row: one for each class, or label; 1 of rows of one score; predicted values; 0 of labels alone. */
  readonly classes: number;
  /** Names of the classes, labels or values in column order, where the file gives them. */
  readonly classNames: readonly string[] | null;
  /** Number of rows, or null where only the end will tell. */
  readonly rows: number | null;
  readonly hasTargets: boolean;
  readonly hasWeights: boolean;
  /** Whether targets are a probability per class ({@link RowBuffers.soft}); left out where they are not. */
  readonly softTargets?: boolean;
  /** The `ignoreIndex` that was asked for as these targets have it, where they were counted from another number. */
  readonly ignoreIndex?: number;
  /** Column, field or member that names the rows, where their names are read. */
  readonly rowNames?: string;
  /** What the scores are, where the form of the dump says it. */
  readonly kind?: ScoreKind;
  /** Where rows are records of choices. */
  readonly choices?: ChoiceFacts;
  /** Whether labels say alone whether an answer was found right. */
  readonly outcomes?: boolean;
  /** Field that tells which rows are not independent, where the form of the dump says it. */
  readonly cluster?: string;
}

/** Rows of scores in order, written straight into memory that the caller owns. */
export interface DumpReader {
  readonly info: DumpInfo;
  /**
   * Fills the buffers from row 0 with up to `into.capacity` rows: scores, and
   * targets and weights where {@link DumpInfo} says the source has them; of soft
   * targets the probabilities and their largest class both. Of values and several labels the
   * targets go to `into.values`; of labels alone both labels are `texts` and nothing else is written.
   * @returns the number of rows written; 0 only at the end.
   * @throws InputError naming file, row and column or offset.
   */
  read(into: RowBuffers): Promise<number>;
  /** What stands in the columns of text of the rows of the last {@link read}; asked for before the next, which leaves it as it is. */
  readonly texts?: (() => RowTexts) | undefined;
  /**
   * From here on reads the rows `first … first + count − 1` alone, without
   * reading what lies before them. Rows in messages keep their index in the
   * whole dump. There where every part of the dump can seek by row.
   */
  readonly selectRows?: ((first: number, count: number) => void) | undefined;
  /**
   * Reads all class indices of a file of their own; there where it can be read again.
   * @returns whether there are exactly as many as asked for
   */
  readonly openTargets?: ((into: Int32Array) => Promise<boolean>) | undefined;
  /** How far along, in bytes of the input; for progress. */
  progress(): { readonly done: number; readonly total: number | null };
  close(): Promise<void>;
}
