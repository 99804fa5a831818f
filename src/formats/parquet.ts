/** Parquet: columns in row groups, each read page by page. */

import type { ByteSource } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import type { Field, Fields, FormatOptions, Selection } from '../types/fields.js';
import { isByteSource } from './bytes.js';
import { selectColumns } from './column-rows.js';
import type { Input } from './input.js';
import { MemoryBudget } from './memory-budget.js';
import type { Unpacker } from './packed-block.js';
import { type ColumnChunk, FirstPages, ParquetFeed } from './parquet-feed.js';
import { damagedFooter, encrypted, type ParquetFooter, readFooter } from './parquet-metadata.js';
import { columnsOf, type Leaf, type ParquetField } from './parquet-schema.js';
import { type Codec, unpackerOf } from './unpack.js';

/** Codecs by their numbers in the file. */
const CODECS: readonly (Codec | null)[] = [
  ...(['none', 'snappy', 'gzip', null] as const),
  ...(['brotli', 'hadoop-lz4', 'zstd', 'lz4'] as const),
];
const CODEC_NAMES = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO'];

/**
 * Opens a Parquet file. Of a row group one page of each column that is read is in memory.
 * @throws InputError `parquet-from-stream`, those of `readFooter`, `no-columns`; of columns
 *   `unsupported-type`, `parquet-encrypted`, `parquet-compression`, `parquet-encoding`; and while
 *   rows are read `parquet-page`, `ragged-row`, `missing-value`, `memory-budget`
 */
export async function openParquet(input: Input, options: FormatOptions): Promise<Fields> {
  const source = input.open();
  const { name } = input;
  if (!isByteSource(source)) {
    throw new InputError('parquet-from-stream', {
      source: name,
      problem: 'a Parquet file has its directory at the end and cannot be read from a pipe',
      advice:
        'Write it to a file and name that (without gzip around it), or pipe npy, CSV or JSON Lines.',
    });
  }
  const budget = new MemoryBudget(options.memoryBudget);
  const footer = await readFooter(source, budget.limit);
  const firstPages = pagesOf(input, budget.limit);
  const file = new ParquetFile(source, footer, budget, firstPages);
  return {
    name,
    format: 'parquet',
    unit: 'column',
    named: true,
    fields: await file.fields(),
    select: (selection: Selection) => selectColumns(file, selection),
  };
}

const known = new WeakMap<Input, FirstPages>();

/** The first pages of an input, which is opened once for each look at its first rows. */
function pagesOf(input: Input, memoryBudget: number): FirstPages {
  const before = known.get(input);
  if (before !== undefined) return before;
  const pages = new FirstPages(memoryBudget / 4);
  known.set(input, pages);
  return pages;
}

class ParquetFile {
  readonly name: string;
  readonly #columns: readonly ParquetField[];
  readonly #byField = new Map<Field, ParquetField>();
  readonly #unpackers = new Map<number, Unpacker>();
  #feeds: ParquetFeed[] = [];
  #total = 0;

  /** @throws InputError `parquet-metadata`, `no-columns` */
  constructor(
    private readonly source: ByteSource,
    private readonly footer: ParquetFooter,
    private readonly budget: MemoryBudget,
    private readonly firstPages: FirstPages,
  ) {
    this.name = source.name;
    const { columns, leaves } = columnsOf(footer.schema, footer.rows, this.name);
    this.#columns = columns;
    if (columns.length === 0) {
      throw new InputError('no-columns', {
        source: this.name,
        problem: 'the file has no columns',
        advice: 'Check the program that wrote it.',
      });
    }
    for (const [i, { chunks }] of footer.groups.entries()) {
      if (chunks.length === leaves) continue;
      throw damagedFooter(
        this.name,
        `row group ${i} has ${chunks.length} columns, the schema ${leaves}`,
      );
    }
  }

  /** All columns; lists with the length of the first. What is wrong with one is thrown when it is chosen. */
  async fields(): Promise<readonly Field[]> {
    for (const column of this.#columns) {
      const field = await this.#measured(column);
      this.#byField.set(field, { ...column, field });
    }
    return [...this.#byField.keys()];
  }

  async #measured({ field, leaf, position }: ParquetField): Promise<Field> {
    if (leaf === null) return field;
    try {
      const chunks = await this.#chunks(leaf, position);
      if (leaf.listDefinition === null) return field;
      const feed = new ParquetFeed(this.source, leaf, 0, chunks, this.budget);
      const length = await feed.rowLength();
      feed.release();
      if (length !== null && length > 0) return { ...field, inner: [length] };
      if (this.footer.rows === 0) return { ...field, inner: [0] };
      const problem = new InputError('bad-scores', {
        source: this.name,
        row: 0,
        column: leaf.name,
        problem: 'the lists are empty',
        expected: 'a list of numbers in every row',
        advice: 'Check the program that wrote it.',
      });
      return { ...field, inner: [0], problem };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { ...field, problem: error };
    }
  }

  /** The column in every row group. @throws InputError where one of them cannot be read */
  async #chunks(leaf: Leaf, position: number): Promise<readonly ColumnChunk[]> {
    const chunks: ColumnChunk[] = [];
    let firstRow = 0;
    for (const { rows, chunks: all } of this.footer.groups) {
      const chunk = all[position]!;
      const place = { source: this.name, column: leaf.name };
      if (chunk.isEncrypted) throw encrypted(this.name);
      if (chunk.physical !== leaf.physical) {
        throw damagedFooter(
          this.name,
          `column ${quote(leaf.name)} has another type in a row group`,
        );
      }
      if (chunk.isElsewhere) {
        throw new InputError('parquet-metadata', {
          ...place,
          problem: 'the column lies in another file',
          advice: 'Give the file that holds the rows.',
        });
      }
      const { start, end, values } = chunk;
      const isThere = start >= 4 && end >= start && end <= this.source.size - 8;
      if (rows > 0 && (!isThere || values < rows)) {
        throw damagedFooter(this.name, `column ${quote(leaf.name)} lies outside the file`);
      }
      const unpack = await this.#unpacker(chunk.codec, place);
      chunks.push({ ...chunk, firstRow, rows, unpack });
      firstRow += rows;
    }
    return chunks;
  }

  async #unpacker(codec: number, place: { source: string; column: string }): Promise<Unpacker> {
    const known = this.#unpackers.get(codec);
    if (known !== undefined) return known;
    const name = CODECS[codec];
    if (!name) {
      throw new InputError('parquet-compression', {
        ...place,
        problem: 'the column is compressed in a way that is not read',
        found: CODEC_NAMES[codec] ?? `codec ${codec}`,
        expected: 'none, Snappy, gzip, Brotli, LZ4 or Zstandard',
        advice: "Write it with compression='zstd'.",
      });
    }
    const unpack = await unpackerOf(name);
    this.#unpackers.set(codec, unpack);
    return unpack;
  }

  async open(fields: readonly Field[]): Promise<readonly ParquetFeed[]> {
    this.#feeds = [];
    this.#total = 0;
    for (const field of fields) {
      const { leaf, position } = this.#byField.get(field)!;
      const chunks = await this.#chunks(leaf!, position);
      for (const { start, end } of chunks) this.#total += end - start;
      const width = field.inner[0] ?? 1;
      const { source, budget, firstPages } = this;
      this.#feeds.push(new ParquetFeed(source, leaf!, width, chunks, budget, firstPages));
    }
    return this.#feeds;
  }

  progress() {
    return { done: this.#feeds.reduce((sum, { done }) => sum + done, 0), total: this.#total };
  }

  async close(): Promise<void> {
    for (const feed of this.#feeds) feed.release();
    await this.source.close();
  }
}
