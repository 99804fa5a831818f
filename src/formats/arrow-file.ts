/** Record batches of Arrow, one at a time, and the dictionaries that they choose from. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { RecordBatch } from './arrow-batch.js';
import { readDictionary } from './arrow-columns.js';
import type { FlatTable } from './arrow-flatbuffer.js';
import {
  type ArrowFooter,
  type Block,
  damagedMessage,
  type Message,
  MessageStream,
  readArrowFooter,
  readBlock,
} from './arrow-messages.js';
import type { ArrowColumn, ValueKind } from './arrow-schema.js';
import type { Piece } from './column-pieces.js';
import { Damage } from './damage.js';
import type { MemoryBudget } from './memory-budget.js';
import { PackedFault, type Unpacker } from './packed-block.js';
import { joinPieces } from './parquet-lists.js';
import { unpackerOf } from './unpack.js';

/** Where batches come from. */
export interface Batches {
  readonly schema: FlatTable;
  readonly version: number;
  /** Rows of each batch, where the file can be read from the middle. */
  readonly counts: readonly number[] | null;
  /** Batch `index`; null behind the last. Of a stream only the one at hand, and the next. */
  batch(index: number): Promise<RecordBatch | null>;
  /** The entries that columns choose from, as they are for the batch at hand. */
  dictionary(column: ArrowColumn): Piece | null;
  /** From here on these columns alone are read; where they are so in step, a batch's memory serves the next. */
  want(columns: readonly ArrowColumn[], inStep: boolean): Promise<void>;
  progress(): { readonly done: number; readonly total: number | null };
}

const unpackers = new Map<number, Unpacker>();

/** Codec 0 is LZ4 with frames, 1 Zstandard. */
async function unpackerFor(codec: number): Promise<Unpacker> {
  const known = unpackers.get(codec);
  if (known !== undefined) return known;
  if (codec > 1) throw new Damage(`is compressed by codec ${codec}, which is not known`, 0);
  const unpack = await unpackerOf(codec === 0 ? 'lz4-frame' : 'zstd');
  unpackers.set(codec, unpack);
  return unpack;
}

/** What files and streams share: dictionaries, and memory. */
class Held {
  readonly #dictionaries = new Map<number, Piece>();
  #wanted = new Map<number, ValueKind>();
  #batchBytes = 0;

  constructor(
    private readonly name: string,
    private readonly budget: MemoryBudget,
  ) {}

  want(columns: readonly ArrowColumn[]): void {
    const dictionaries = columns.map(({ dictionary }) => dictionary);
    const wanted = dictionaries.filter((dictionary) => dictionary !== null);
    this.#wanted = new Map(wanted.map(({ id, value }) => [id, value]));
  }

  get wantsAny(): boolean {
    return this.#wanted.size > 0;
  }

  piece({ dictionary }: ArrowColumn): Piece | null {
    return dictionary === null ? null : (this.#dictionaries.get(dictionary.id) ?? null);
  }

  /** @throws Damage, PackedFault */
  async addDictionary({ header, body }: Message): Promise<void> {
    const id = header.long(0);
    const value = this.#wanted.get(id);
    if (value === undefined) return;
    const data = header.table(1);
    if (data === null) throw new Damage('has a dictionary of nothing', 0);
    const batch = new RecordBatch(data, body, unpackerFor, (bytes) => this.#take(bytes));
    const piece = await readDictionary(batch, value);
    const before = this.#dictionaries.get(id);
    // Entries that follow those before, or take their place.
    const isMore = header.byte(2) === 1 && before !== undefined;
    this.#dictionaries.set(id, isMore ? joinPieces(before, 0, piece) : piece);
  }

  /** @throws Damage */
  batchOf({ header, body }: Message): RecordBatch {
    this.budget.swap(this.#batchBytes, 0, {}, '', '');
    this.#batchBytes = 0;
    return new RecordBatch(header, body, unpackerFor, (bytes) => {
      this.#take(bytes);
      this.#batchBytes += bytes;
    });
  }

  #take(bytes: number): void {
    const place = { source: this.name };
    this.budget.swap(0, bytes, place, 'a record batch', 'Write smaller record batches.');
  }
}

/** A file: its directory says where each batch lies. */
export class FileBatches implements Batches {
  readonly schema: FlatTable;
  readonly version: number;
  readonly #held: Held;
  #index = -1;
  #batch: RecordBatch | null = null;
  /** Memory for a whole batch, where more than half of the columns are read. */
  #roomFor: ((size: number) => Uint8Array) | null = null;

  private constructor(
    private readonly source: ByteSource,
    private readonly footer: ArrowFooter,
    readonly counts: readonly number[],
    budget: MemoryBudget,
  ) {
    this.schema = footer.schema;
    this.version = footer.version;
    this.#held = new Held(source.name, budget);
  }

  /** @throws InputError `truncated`, `arrow-metadata` */
  static async open(source: ByteSource, budget: MemoryBudget): Promise<FileBatches> {
    const footer = await readArrowFooter(source, budget);
    const held = new Held(source.name, budget);
    const counts: number[] = [];
    for (const block of footer.batches) {
      counts.push((await batchAt(source, block, (message) => held.batchOf(message))).rows);
    }
    return new FileBatches(source, footer, counts, budget);
  }

  async want(columns: readonly ArrowColumn[], inStep: boolean): Promise<void> {
    const isMost = 2 * columns.length > this.schema.vector(1, 4).length;
    let room = new Uint8Array(0);
    this.#roomFor = (size) => {
      if (!inStep) return new Uint8Array(size);
      if (room.length < size) room = new Uint8Array(size);
      return room.subarray(0, size);
    };
    if (!isMost) this.#roomFor = null;
    this.#held.want(columns);
    if (!this.#held.wantsAny) return;
    for (const block of this.footer.dictionaries) {
      await guarded(this.source.name, block.offset, async () => {
        const message = await readBlock(this.source, block);
        if (message.is !== 'dictionary') throw new Damage('is no dictionary', 0);
        await this.#held.addDictionary(message);
      });
    }
  }

  async batch(index: number): Promise<RecordBatch | null> {
    if (index === this.#index) return this.#batch;
    const block = this.footer.batches[index];
    if (block === undefined) return null;
    const batchOf = (message: Message) => this.#held.batchOf(message);
    this.#batch = await batchAt(this.source, block, batchOf, this.#roomFor);
    this.#index = index;
    return this.#batch;
  }

  dictionary(column: ArrowColumn): Piece | null {
    return this.#held.piece(column);
  }

  progress() {
    const total = this.footer.batches.reduce((sum, { bodyLength }) => sum + bodyLength, 0);
    const passed = this.footer.batches.slice(0, Math.max(0, this.#index));
    return { done: passed.reduce((sum, { bodyLength }) => sum + bodyLength, 0), total };
  }
}

async function batchAt(
  source: ByteSource,
  block: Block,
  batchOf: (message: Message) => RecordBatch,
  roomFor: ((size: number) => Uint8Array) | null = null,
): Promise<RecordBatch> {
  return guarded(source.name, block.offset, async () => {
    const message = await readBlock(source, block, roomFor);
    if (message.is !== 'batch') throw new Damage('is no record batch', 0);
    return batchOf(message);
  });
}

/** A stream: messages in order. */
export class StreamBatches implements Batches {
  readonly counts = null;
  readonly schema: FlatTable;
  readonly version: number;
  readonly #held: Held;
  #index = -1;
  #batch: RecordBatch | null = null;
  /** Dictionaries that came before it was known which are wanted. */
  #early: Message[] | null = [];

  private constructor(
    private readonly messages: MessageStream,
    schema: Message,
    private readonly stream: ByteStream,
    budget: MemoryBudget,
  ) {
    this.schema = schema.header;
    this.version = schema.version;
    this.#held = new Held(stream.name, budget);
  }

  /** @throws InputError `truncated`, `arrow-metadata` */
  static async open(
    stream: ByteStream,
    isFile: boolean,
    budget: MemoryBudget,
  ): Promise<StreamBatches> {
    const messages = new MessageStream(stream, budget, isFile);
    if (isFile) await messages.pass(8);
    const schema = await messages.next();
    if (schema?.is !== 'schema' && isFile) {
      throw new InputError('arrow-from-stream', {
        source: stream.name,
        problem: 'this Arrow file has its schema at the end alone and cannot be read from a pipe',
        advice: 'Write it to a file and name that, or pipe the stream format of Arrow.',
      });
    }
    if (schema?.is !== 'schema') {
      throw damagedMessage(stream.name, new Damage('is no schema, though it comes first', 0), 0);
    }
    return new StreamBatches(messages, schema, stream, budget);
  }

  async want(columns: readonly ArrowColumn[]): Promise<void> {
    this.#held.want(columns);
    const early = this.#early ?? [];
    this.#early = null;
    for (const message of early) {
      await guarded(this.stream.name, 0, () => this.#held.addDictionary(message));
    }
  }

  async batch(index: number): Promise<RecordBatch | null> {
    if (index === this.#index) return this.#batch;
    const { name } = this.stream;
    if (index !== this.#index + 1) {
      throw new InputError('shape-mismatch', {
        source: name,
        problem: 'the columns would have to be read from different places of the stream',
        advice: 'Write the file format of Arrow instead.',
      });
    }
    for (;;) {
      const at = this.messages.position;
      const message = await this.messages.next();
      if (message === null) return null;
      if (message.is === 'dictionary') {
        if (this.#early !== null) this.#early.push(message);
        else await guarded(name, at, () => this.#held.addDictionary(message));
      } else if (message.is === 'batch') {
        this.#batch = await guarded(name, at, async () => this.#held.batchOf(message));
        this.#index = index;
        return this.#batch;
      } else if (message.is === 'schema') {
        throw damagedMessage(name, new Damage('is a second schema', 0), at);
      }
    }
  }

  dictionary(column: ArrowColumn): Piece | null {
    return this.#held.piece(column);
  }

  progress() {
    return { done: this.messages.position, total: this.stream.size };
  }
}

async function guarded<T>(source: string, offset: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Damage) throw damagedMessage(source, error, offset);
    throw packedError(error, source);
  }
}

/** What cannot be unpacked, as an error of the input; others as they are. */
export function packedError(error: unknown, source: string, place: object = {}): unknown {
  if (!(error instanceof PackedFault)) return error;
  return new InputError('arrow-compression', {
    ...{ source, ...place },
    problem: `a buffer cannot be unpacked: ${error.message}`,
    advice: 'The file is damaged; write it again.',
  });
}
