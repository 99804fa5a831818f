/** Rows of files that keep their columns apart: Parquet and Arrow. */

import { InputError } from '../types/errors.js';
import {
  type Field,
  type NumberBuffer,
  type Progressed,
  type RowReader,
  type Selection,
  widthOf,
} from '../types/fields.js';
import { type GatheredColumn, gatherColumns, isGathered } from './column-gather.js';
import { copyRows, type Piece, valueError } from './column-pieces.js';

/** A column on its way: the piece of it that is in memory. */
export interface ColumnFeed {
  readonly piece: Piece;
  /** The first value of the piece that is to be read. */
  readonly from: number;
  /** Makes the next piece, of whole rows, the one in memory. @returns false at the end of the rows */
  load(): Promise<boolean>;
  /**
   * The next piece has the value `first` of the whole file at its beginning.
   * There where the file can be read from the middle.
   */
  readonly select?: ((first: number) => void) | undefined;
}

/** Columns of an open file. */
export interface ColumnFile {
  readonly name: string;
  /**
   * Opens the columns of the fields, at their first rows.
   * @param inStep whether all of them are read row by row of the file: then, where one needs its next
   *   piece, none needs what was in memory before
   */
  open(
    fields: readonly Field[],
    inStep: boolean,
  ): Promise<readonly ColumnFeed[]> | readonly ColumnFeed[];
  progress(): Progressed;
  close(): Promise<void>;
}

/** A column, and the next value of its piece. */
interface Column {
  readonly field: Field;
  readonly feed: ColumnFeed;
  /** Values per row that is read. */
  readonly width: number;
  at: number;
  end: number;
}

/** Numbers of a column in a buffer. */
interface Part {
  readonly column: Column;
  readonly buffer: number;
  readonly place: number;
  readonly stride: number;
  readonly required: boolean;
}

/** Starts reading the fields of a selection. @throws InputError where one of them has a problem */
export async function selectColumns(
  file: ColumnFile,
  { numbers, texts }: Selection,
): Promise<RowReader> {
  const widths = new Map<Field, number>();
  for (const field of texts) widths.set(field, widthOf(field));
  for (const { fields, width } of numbers) {
    for (const field of fields) widths.set(field, fields.length > 1 ? widthOf(field) : width);
  }
  for (const { problem } of widths.keys()) if (problem !== undefined) throw problem;
  const inStep = [...widths].every(([field, width]) => width === widthOf(field));
  const feeds = await file.open([...widths.keys()], inStep);
  const columns = new Map<Field, Column>();
  for (const [field, width] of widths) {
    columns.set(field, { field, feed: feeds[columns.size]!, width, at: 0, end: 0 });
  }
  const parts = numbers.flatMap(({ fields, width: stride, required }, buffer) => {
    let place = 0;
    return fields.map((field): Part => {
      const column = columns.get(field)!;
      const part = { column, buffer, place, stride, required };
      place += column.width;
      return part;
    });
  });
  const textColumns = texts.map((field) => columns.get(field)!);
  return new ColumnRows(file, [...columns.values()], parts, textColumns);
}

class ColumnRows implements RowReader {
  texts: string[][];
  readonly selectRows: RowReader['selectRows'];
  #row = 0;
  #firstRow = 0;
  /** Row after the last that is read, or null for the end of the file. */
  #end: number | null = null;

  constructor(
    private readonly file: ColumnFile,
    private readonly columns: readonly Column[],
    private readonly parts: readonly Part[],
    private readonly textColumns: readonly Column[],
  ) {
    this.texts = textColumns.map(() => []);
    if (columns.every(({ feed }) => feed.select !== undefined)) {
      this.selectRows = (first, count) => {
        for (const column of columns) {
          column.feed.select!(first * column.width);
          column.at = 0;
          column.end = 0;
        }
        this.#row = first;
        this.#end = first + count;
      };
    }
  }

  async read(into: readonly NumberBuffer[], count: number): Promise<number> {
    this.texts = this.textColumns.map(() => []);
    this.#firstRow = this.#row;
    let most = this.#end === null ? count : Math.min(count, this.#end - this.#row);
    for (const { buffer, stride } of this.parts) {
      most = Math.min(most, Math.floor(into[buffer]!.length / stride));
    }
    let done = 0;
    while (done < most) {
      const rows = await this.#ready(most - done);
      if (rows === 0) break;
      this.#copy(into, done, rows);
      for (const column of this.columns) column.at += rows * column.width;
      done += rows;
      this.#row += rows;
    }
    return done;
  }

  /** How many rows of all columns are in memory, up to `count`. */
  async #ready(count: number): Promise<number> {
    let rows = count;
    let ended: Column | null = null;
    for (const column of this.columns) {
      while (column.at >= column.end) {
        if (!(await column.feed.load())) {
          ended = column;
          break;
        }
        column.at = column.feed.from;
        column.end = column.feed.piece.slots;
      }
      if (column.at < column.end) {
        rows = Math.min(rows, Math.floor((column.end - column.at) / column.width));
      }
    }
    if (ended === null) {
      if (rows === 0 && this.columns.length > 0) throw this.#uneven(this.columns[0]!);
      return this.columns.length === 0 ? 0 : rows;
    }
    if (this.columns.some(({ at, end }) => at < end)) throw this.#uneven(ended);
    return 0;
  }

  #copy(into: readonly NumberBuffer[], done: number, rows: number): void {
    for (let p = 0; p < this.parts.length; p++) {
      const gathered = this.#gather(p, into, done, rows);
      if (gathered > 0) {
        p += gathered - 1;
        continue;
      }
      const { column, buffer, place, stride, required } = this.parts[p]!;
      const to = { into: into[buffer]!, stride, width: column.width, at: done * stride + place };
      const { piece } = column.feed;
      const bad = copyRows(piece, column.at, rows, to, required);
      if (bad === null) continue;
      const row = this.#row + Math.floor((bad.slot - column.at) / column.width);
      throw valueError(this.#at(column, row), piece, bad, to.into instanceof Int32Array);
    }
    for (const [i, column] of this.textColumns.entries()) {
      const { piece } = column.feed;
      const { valid, text } = piece;
      const texts = this.texts[i]!;
      for (let row = 0; row < rows; row++) {
        const slot = column.at + row * column.width;
        texts.push(valid !== null && valid[slot] === 0 ? '' : this.#text(column, row, text, slot));
      }
    }
  }

  /** Copies parts that lie side by side together, from one on. @returns how many there were; 0 for none */
  #gather(first: number, into: readonly NumberBuffer[], done: number, rows: number): number {
    const { buffer, place, stride } = this.parts[first]!;
    const target = into[buffer]!;
    const columns: GatheredColumn[] = [];
    for (const part of this.parts.slice(first)) {
      const { column } = part;
      const { piece } = column.feed;
      const isNext = part.buffer === buffer && part.place === place + columns.length;
      if (!isNext || column.width !== 1 || !isGathered(piece, target)) break;
      columns.push({ piece, from: column.at });
    }
    if (columns.length < 2) return 0;
    gatherColumns(columns, rows, target, done * stride + place, stride);
    return columns.length;
  }

  #text(column: Column, row: number, text: Piece['text'], slot: number): string {
    try {
      return text(slot);
    } catch (error) {
      if (!(error instanceof NotText)) throw error;
      throw new InputError('not-utf8', {
        ...this.#at(column, this.#row + row),
        problem: 'the bytes are no UTF-8',
        expected: 'UTF-8',
        advice: 'Write the column as strings.',
      });
    }
  }

  #at({ field }: Column, row: number) {
    return { source: this.file.name, row, column: field.name ?? '' };
  }

  #uneven({ field }: Column): InputError {
    return new InputError('shape-mismatch', {
      source: this.file.name,
      column: field.name ?? '',
      problem: 'the columns have different numbers of rows',
      found: `${this.#row} rows here`,
      expected: 'as many in each',
      advice: 'The file is damaged; write it again.',
    });
  }

  place(index: number) {
    return { source: this.file.name, row: this.#firstRow + index };
  }

  progress() {
    return this.file.progress();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Bytes that are no text; {@link ColumnRows} knows the row. */
export class NotText extends Error {}
