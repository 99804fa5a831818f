/** Arrow IPC, the file format (Feather 2) and the stream format: record batch by record batch. */

import { InputError } from '../types/errors.js';
import type { Field, Fields, FormatOptions, Selection } from '../types/fields.js';
import { firstLength, RaggedList, readColumn } from './arrow-columns.js';
import { type Batches, FileBatches, packedError, StreamBatches } from './arrow-file.js';
import { damagedMessage } from './arrow-messages.js';
import { type ArrowColumn, readSchema, type SchemaColumn } from './arrow-schema.js';
import { isByteSource, pullUpTo, streamOf } from './bytes.js';
import type { Piece } from './column-pieces.js';
import { type ColumnFeed, selectColumns } from './column-rows.js';
import { Damage } from './damage.js';
import type { Input } from './input.js';
import { MemoryBudget } from './memory-budget.js';

/**
 * Opens an Arrow file or stream. One record batch is in memory, and of a file its chosen columns alone.
 * A file that comes from a pipe is read as the stream that is in it.
 * @throws InputError `empty-input`, `feather-v1`, `not-arrow`, `truncated`, `arrow-metadata`,
 *   `arrow-version`, `arrow-endian`, `memory-budget`, `no-columns`; of columns `unsupported-type`; and
 *   while rows are read `arrow-batch`, `arrow-compression`, `ragged-row`, `missing-value`
 */
export async function openArrow(input: Input, options: FormatOptions): Promise<Fields> {
  const budget = new MemoryBudget(options.memoryBudget);
  const isFile = await beginsAsFile(input);
  const bytes = input.open();
  const batches =
    isFile && isByteSource(bytes)
      ? await FileBatches.open(bytes, budget)
      : await StreamBatches.open(isByteSource(bytes) ? streamOf(bytes) : bytes, isFile, budget);
  const file = new ArrowFile(input.name, batches);
  return {
    name: input.name,
    format: 'arrow',
    unit: 'column',
    named: true,
    fields: await file.fields(),
    select: (selection: Selection) => selectColumns(file, selection),
  };
}

/** Whether it is a file; otherwise it is a stream. */
async function beginsAsFile(input: Input): Promise<boolean> {
  const bytes = input.open();
  const head = new Uint8Array(8);
  const got = await pullUpTo(isByteSource(bytes) ? streamOf(bytes) : bytes, head);
  bytes.close();
  const { name: source } = input;
  if (got === 0) throw new InputError('empty-input', { source, problem: 'the input is empty' });
  const text = String.fromCharCode(...head.subarray(0, got));
  if (text.startsWith('ARROW1')) return true;
  if (text.startsWith('FEA1')) {
    throw new InputError('feather-v1', {
      source,
      problem: 'the file is Feather of version 1, which is not read',
      expected: 'Feather of version 2, which is Arrow',
      advice: 'Write it again: df.to_feather(path), with the defaults of pandas 1.0 or later.',
    });
  }
  // A stream begins with its schema's length, in older ones without a mark before it.
  const view = new DataView(head.buffer);
  const first = view.getUint32(0, true);
  if (got === 8 && (first === 0xffffffff || (first > 0 && first < 1 << 24))) return false;
  throw new InputError('not-arrow', {
    source,
    offset: 0,
    problem: 'the file does not begin as Arrow does',
    expected: 'ARROW1, or the first message of a stream',
    advice: 'Is it another format? Its ending, or --format, says which.',
  });
}

class ArrowFile {
  readonly #byField = new Map<Field, SchemaColumn>();
  readonly #rows: number | null;
  /** Rows before each batch, where that is known. */
  readonly #starts: readonly number[] | null;
  #firstRow = 0;
  #lastIndex = -1;
  #lastRows = 0;

  constructor(
    readonly name: string,
    private readonly batches: Batches,
  ) {
    let rows = 0;
    const starts = batches.counts?.map((count) => {
      rows += count;
      return rows - count;
    });
    this.#starts = starts ?? null;
    this.#rows = starts === undefined ? null : rows;
  }

  /** @throws InputError */
  async fields(): Promise<readonly Field[]> {
    const { schema, version } = this.batches;
    if (version < 3) {
      throw new InputError('arrow-version', {
        source: this.name,
        problem: 'the metadata is of a version before 0.8 of Arrow',
        advice: 'Write the file again.',
      });
    }
    for (const column of this.#columns(schema, version)) {
      const field = await this.#measured(column);
      this.#byField.set(field, { ...column, field });
    }
    if (this.#byField.size > 0) return [...this.#byField.keys()];
    throw new InputError('no-columns', {
      source: this.name,
      problem: 'the file has no columns',
      advice: 'Check the program that wrote it.',
    });
  }

  #columns(schema: Batches['schema'], version: number): SchemaColumn[] {
    try {
      return readSchema(schema, version, this.name, this.#rows);
    } catch (error) {
      if (error instanceof Damage) throw damagedMessage(this.name, error, 0);
      throw error;
    }
  }

  /** Lists whose length the schema does not say have that of the first. */
  async #measured({ field, column }: SchemaColumn): Promise<Field> {
    if (column?.lists?.length !== 0) return field;
    try {
      const length = await this.#guard(column, 0, async () => {
        let first: number | null = null;
        const last = this.batches.counts?.length ?? 1;
        for (let i = 0; i < last && first === null; i++) {
          const batch = await this.batches.batch(i);
          if (batch === null) break;
          first = await firstLength(batch, column);
        }
        return first;
      });
      if (length !== null && length > 0) return { ...field, inner: [length] };
      if (length === null && this.#rows === 0) return field;
      const problem = new InputError('bad-scores', {
        source: this.name,
        row: 0,
        column: column.name,
        problem: length === 0 ? 'the lists are empty' : 'the first lists are missing',
        expected: 'a list of numbers in every row',
        advice: 'Check the program that wrote it.',
      });
      return { ...field, problem };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { ...field, problem: error };
    }
  }

  async open(fields: readonly Field[], inStep: boolean): Promise<readonly ColumnFeed[]> {
    const columns = fields.map((field) => this.#byField.get(field)!.column!);
    await this.batches.want(columns, inStep);
    return fields.map((field, i) => new ArrowFeed(this, columns[i]!, field.inner[0] ?? 1));
  }

  get counts(): readonly number[] | null {
    return this.batches.counts;
  }

  /** A column of a batch; null behind the last batch. */
  async piece(
    column: ArrowColumn,
    index: number,
    length: number,
  ): Promise<{ readonly piece: Piece; readonly from: number } | null> {
    const batch = await this.batches.batch(index);
    if (batch === null) return null;
    if (this.#starts !== null) this.#firstRow = this.#starts[index]!;
    else if (index > this.#lastIndex) {
      this.#firstRow += this.#lastRows;
      this.#lastRows = batch.rows;
      this.#lastIndex = index;
    }
    return this.#guard(column, this.#firstRow, () => {
      return readColumn(batch, column, length, this.batches.dictionary(column));
    });
  }

  async #guard<T>(column: ArrowColumn, row: number, work: () => Promise<T>): Promise<T> {
    const place = { source: this.name, row, column: column.name };
    try {
      return await work();
    } catch (error) {
      if (error instanceof RaggedList) {
        throw new InputError('ragged-row', {
          ...place,
          row: row + error.row,
          problem: 'the row has another number of scores than the first row',
          found: `${error.found}`,
          expected: 'as many in every row',
          advice: 'Every row needs as many scores as the first, one per class.',
        });
      }
      if (error instanceof Damage) {
        throw new InputError('arrow-batch', {
          ...place,
          problem: `the record batch ${error.what}`,
          advice: 'The file is damaged; write it again.',
        });
      }
      throw packedError(error, this.name, place);
    }
  }

  progress() {
    return this.batches.progress();
  }

  async close(): Promise<void> {}
}

const NOTHING: Piece = {
  slots: 0,
  kind: 'plain',
  values: new Uint8Array(0),
  valid: null,
  text: () => '',
};

/** A column, batch after batch. */
class ArrowFeed implements ColumnFeed {
  piece = NOTHING;
  from = 0;
  readonly select: ColumnFeed['select'];
  #next = 0;
  #skip = 0;

  constructor(
    private readonly file: ArrowFile,
    private readonly column: ArrowColumn,
    private readonly width: number,
  ) {
    const { counts } = file;
    if (counts === null) return;
    this.select = (first) => {
      this.#next = 0;
      this.#skip = first;
      while (this.#next < counts.length && this.#skip >= counts[this.#next]! * width) {
        this.#skip -= counts[this.#next++]! * width;
      }
    };
  }

  async load(): Promise<boolean> {
    for (;;) {
      const got = await this.file.piece(this.column, this.#next, this.width);
      if (got === null) return false;
      this.#next++;
      this.piece = got.piece;
      this.from = got.from + this.#skip;
      this.#skip = 0;
      if (this.from < this.piece.slots) return true;
    }
  }
}
