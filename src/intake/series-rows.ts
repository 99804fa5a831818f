/** The rows of several files, one file after the other. */

import type { BytePart } from '../types/dump.js';
import type { InputPlace } from '../types/errors.js';
import {
  type Field,
  type NumberBuffer,
  type Progressed,
  type RowReader,
  type Selection,
  widthOf,
} from '../types/fields.js';

/** A part, once it was looked into. */
export interface KnownPart {
  readonly part: BytePart;
  readonly size: number | null;
  readonly seeks: boolean;
  readonly fields: readonly Field[];
}

/** An open part. */
interface OpenRows {
  readonly reader: RowReader;
  close(): Promise<void>;
}

type SelectPart = (part: KnownPart) => Promise<OpenRows>;

/** Rows of a part that are still to be read. */
interface Range {
  readonly part: KnownPart;
  /** First row in the part. */
  readonly first: number;
  /** Infinity where nobody knows how many there are. */
  readonly count: number;
}

/** Where rows of the last reading came from. */
interface Piece {
  readonly reader: RowReader;
  /** Of the rows of the reading. */
  readonly first: number;
}

export class SeriesRows implements RowReader {
  texts: string[][];
  readonly selectRows: RowReader['selectRows'];
  readonly #select: SelectPart;
  readonly #widths: readonly number[];
  readonly #total: number | null;
  #ranges: Range[];
  /** Bytes of the parts that are done. */
  #done = 0;
  #open: (OpenRows & { readonly range: Range; read: number }) | null = null;
  #pieces: Piece[] = [];
  /** Closed when their rows can no longer be asked for. */
  #left: OpenRows[] = [];

  private constructor(
    parts: readonly KnownPart[],
    selection: Selection,
    select: SelectPart,
    rows: readonly number[] | null,
  ) {
    this.#select = select;
    this.#widths = selection.numbers.map(({ width }) => width);
    this.texts = selection.texts.map(() => []);
    this.#total = parts.reduce<number | null>(
      (sum, { size }) => (sum === null || size === null ? null : sum + size),
      0,
    );
    this.#ranges = parts.map((part) => ({ part, first: 0, count: Number.POSITIVE_INFINITY }));
    if (rows === null) return;
    this.selectRows = (first, count) => {
      if (this.#open !== null) this.#leave();
      this.#ranges = rangesOf(parts, rows, first, count);
    };
  }

  static async open(
    parts: readonly KnownPart[],
    merged: readonly Field[],
    selection: Selection,
    select: SelectPart,
  ): Promise<SeriesRows> {
    const rows = await selectableRows(parts, merged, selection, select);
    return new SeriesRows(parts, selection, select, rows);
  }

  async read(into: readonly NumberBuffer[], count: number): Promise<number> {
    for (const open of this.#left.splice(0)) await open.close();
    this.#pieces = [];
    this.texts = this.texts.map(() => []);
    let done = 0;
    while (done < count) {
      const open = this.#open ?? (await this.#next());
      if (open === null) break;
      const rest = into.map((buffer, i) => buffer.subarray(done * this.#widths[i]!));
      const wanted = Math.min(count - done, open.range.count - open.read);
      const got = wanted > 0 ? await open.reader.read(rest, wanted) : 0;
      if (got === 0) {
        this.#leave();
        continue;
      }
      this.#pieces.push({ reader: open.reader, first: done });
      for (const [i, list] of this.texts.entries()) {
        for (const text of open.reader.texts[i]!) list.push(text);
      }
      open.read += got;
      done += got;
      // Its texts and places are those of its last reading.
      if (open.read >= open.range.count) this.#leave();
    }
    return done;
  }

  async #next() {
    const range = this.#ranges.shift();
    if (range === undefined) return null;
    const open = await this.#select(range.part);
    if (Number.isFinite(range.count)) open.reader.selectRows?.(range.first, range.count);
    this.#open = { ...open, range, read: 0 };
    return this.#open;
  }

  #leave(): void {
    this.#done += this.#open!.range.part.size ?? 0;
    this.#left.push(this.#open!);
    this.#open = null;
  }

  place(index: number): InputPlace {
    const piece = this.#pieces.findLast(({ first }) => first <= index)!;
    return piece.reader.place(index - piece.first);
  }

  progress(): Progressed {
    const now = this.#open?.reader.progress().done ?? 0;
    const most = this.#total ?? Number.POSITIVE_INFINITY;
    return { done: Math.min(most, this.#done + now), total: this.#total };
  }

  async close(): Promise<void> {
    if (this.#open !== null) this.#leave();
    for (const open of this.#left.splice(0)) await open.close();
  }
}

/** How many rows each part has, where all can be read from the middle; otherwise null. */
async function selectableRows(
  parts: readonly KnownPart[],
  merged: readonly Field[],
  { numbers, texts }: Selection,
  select: SelectPart,
): Promise<number[] | null> {
  const fields = numbers[0]?.fields ?? texts.slice(0, 1);
  const held = fields.reduce((sum, field) => sum + widthOf(field), 0);
  // A row of a field may be several rows: (time, classes).
  const perField = numbers.length > 0 ? held / numbers[0]!.width : 1;
  const place = merged.indexOf(fields[0]!);
  const rows: number[] = [];
  for (const part of parts) {
    const own = part.fields[place]?.rows ?? null;
    if (!part.seeks || own === null) return null;
    const open = await select(part);
    const isSelectable = open.reader.selectRows !== undefined;
    await open.close();
    if (!isSelectable) return null;
    rows.push(own * perField);
  }
  return rows;
}

function rangesOf(
  parts: readonly KnownPart[],
  rows: readonly number[],
  first: number,
  count: number,
): Range[] {
  const ranges: Range[] = [];
  let start = 0;
  for (const [i, part] of parts.entries()) {
    const from = Math.max(first, start);
    const end = Math.min(first + count, start + rows[i]!);
    if (end > from) ranges.push({ part, first: from - start, count: end - from });
    start += rows[i]!;
  }
  return ranges;
}
