/** Messages of Arrow one after the other, as streams have them and files within. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { Body } from './arrow-batch.js';
import { FlatBytes, type FlatTable } from './arrow-flatbuffer.js';
import { pullExactly, pullUpTo, readExactly, truncated } from './bytes.js';
import { Damage } from './damage.js';
import type { MemoryBudget } from './memory-budget.js';
import { collect } from './npy-columns.js';

/** What a message holds. */
export interface Message {
  readonly is: 'schema' | 'dictionary' | 'batch' | 'other';
  readonly version: number;
  readonly header: FlatTable;
  readonly body: Body;
}

const HEADERS = { 1: 'schema', 2: 'dictionary', 3: 'batch' } as const;
const CONTINUATION = 0xffffffff;

/** Metadata of a message is a few bytes per column. */
const LONGEST_METADATA = 1 << 28;

/** Makes a message of its metadata. @throws Damage */
function parseMessage(bytes: Uint8Array, bodyOf: (length: number) => Body): Message {
  const root = new FlatBytes(bytes).root();
  const header = root.table(2);
  if (header === null) throw new Damage('has no header', 0);
  const length = root.long(3);
  if (!(length >= 0 && Number.isSafeInteger(length))) throw new Damage('has no length', 0);
  const is = HEADERS[root.byte(1) as 1] ?? 'other';
  return { is, version: root.short(0), header, body: bodyOf(length) };
}

/** @throws InputError `arrow-metadata` */
export function damagedMessage(source: string, { what }: Damage, offset: number): InputError {
  return new InputError('arrow-metadata', {
    source,
    offset,
    problem: `a message ${what}`,
    expected: 'messages as Arrow describes them',
    advice: 'The file is damaged; write it again.',
  });
}

/** Bytes in memory that typed arrays may begin at. */
function bodyInMemory(bytes: Uint8Array): Body {
  return {
    length: bytes.length,
    read(offset, length) {
      const isAligned = (bytes.byteOffset + offset) % 8 === 0;
      return isAligned
        ? bytes.subarray(offset, offset + length)
        : bytes.slice(offset, offset + length);
    },
  };
}

/** Reads messages in order. */
export class MessageStream {
  /** Bytes so far. */
  position = 0;
  #held = 0;
  #at = 0;
  #ended = false;

  constructor(
    private readonly stream: ByteStream,
    private readonly budget: MemoryBudget,
    /** Whether bytes may follow the end, as a file's directory does. */
    private readonly isFile: boolean,
  ) {}

  /** Passes over bytes. */
  async pass(count: number): Promise<void> {
    await pullExactly(this.stream, new Uint8Array(count), this.position, 'the beginning');
    this.position += count;
  }

  /**
   * The next message with its body; null at the end.
   * @throws InputError `truncated`, `arrow-metadata`, `memory-budget`, `trailing-bytes`
   */
  async next(): Promise<Message | null> {
    const { stream } = this;
    const { name } = stream;
    if (this.#ended) return null;
    this.#at = this.position;
    let length = await this.#word();
    if (length === CONTINUATION) length = await this.#word();
    if (length === 0) {
      this.#ended = true;
      await this.#finish();
      return null;
    }
    if (length > LONGEST_METADATA) throw this.#fault(new Damage('has no length', 0));
    this.#swap(length);
    const bytes = await collect(stream, this.position, length);
    this.position += length;
    let size = 0;
    let rest = new Uint8Array(0);
    const body: Body = {
      get length() {
        return size;
      },
      read: (offset, count) => bodyInMemory(rest).read(offset, count),
    };
    const message = this.#parse(bytes, (found) => {
      size = found;
      return body;
    });
    if (stream.size !== null && size > stream.size - this.position) {
      throw truncated(name, stream.size, 'a record batch', stream.size - this.position, size);
    }
    this.#swap(length + size);
    rest = new Uint8Array(await collect(stream, this.position, size));
    this.position += size;
    return message;
  }

  #parse(bytes: Uint8Array, bodyOf: (length: number) => Body): Message {
    try {
      return parseMessage(bytes, bodyOf);
    } catch (error) {
      if (error instanceof Damage) throw this.#fault(error);
      throw error;
    }
  }

  async #word(): Promise<number> {
    const bytes = new Uint8Array(4);
    const got = await pullUpTo(this.stream, bytes);
    this.position += got;
    if (got < 4) {
      throw new InputError('truncated', {
        source: this.stream.name,
        offset: this.position,
        problem: 'the stream ends without its end mark',
        expected: 'a message, or the mark of the end',
        advice: 'It was cut off, or its writer was not closed.',
      });
    }
    return new DataView(bytes.buffer).getUint32(0, true);
  }

  /** Behind the end of a stream nothing may follow: another stream would be lost. */
  async #finish(): Promise<void> {
    if (this.isFile) return;
    if ((await pullUpTo(this.stream, new Uint8Array(1))) === 0) return;
    throw new InputError('trailing-bytes', {
      source: this.stream.name,
      offset: this.position,
      problem: 'more bytes follow the end of the stream',
      expected: 'the end of the file there',
      advice: 'Give one stream alone.',
    });
  }

  #swap(bytes: number): void {
    const place = { source: this.stream.name };
    const advice = 'Write smaller record batches.';
    this.budget.swap(this.#held, bytes, place, 'a record batch', advice);
    this.#held = bytes;
  }

  #fault(damage: Damage): InputError {
    return damagedMessage(this.stream.name, damage, this.#at);
  }
}

/** Where a message of a file stands. */
export interface Block {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

/** A body up to this size may be read at once. */
const WHOLE_BODY = 1 << 25;

/**
 * Reads the message of a block.
 * @param roomFor memory for the whole body, where most of it will be asked for; otherwise its parts
 *   are read one by one
 * @throws Damage; InputError `truncated`
 */
export async function readBlock(
  source: ByteSource,
  block: Block,
  roomFor: ((size: number) => Uint8Array) | null = null,
): Promise<Message> {
  const { offset, metadataLength, bodyLength } = block;
  const all = new Uint8Array(metadataLength);
  await readExactly(source, all, offset, 'a message');
  const view = new DataView(all.buffer);
  const isNew = metadataLength >= 8 && view.getUint32(0, true) === CONTINUATION;
  const start = isNew ? 8 : 4;
  if (metadataLength < start) throw new Damage('has no length', 0);
  const length = view.getUint32(start - 4, true);
  if (length > metadataLength - start) throw new Damage('is longer than the directory says', 0);
  const bodyStart = offset + metadataLength;
  return parseMessage(all.slice(start, start + length), (found) => {
    if (found > bodyLength) throw new Damage('is longer than the directory says', 0);
    let whole: Body | null = null;
    return {
      length: found,
      async read(from, count) {
        if (roomFor !== null && found <= WHOLE_BODY) {
          if (whole === null) {
            const all = roomFor(found);
            await readExactly(source, all, bodyStart, 'a record batch');
            whole = bodyInMemory(all);
          }
          return whole.read(from, count);
        }
        const bytes = new Uint8Array(count);
        await readExactly(source, bytes, bodyStart + from, 'a record batch');
        return bytes;
      },
    };
  });
}

/** A file's directory. */
export interface ArrowFooter {
  readonly version: number;
  readonly schema: FlatTable;
  readonly dictionaries: readonly Block[];
  readonly batches: readonly Block[];
}

const MAGIC = 'ARROW1';
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** @throws InputError `truncated`, `arrow-metadata`, `memory-budget` */
export async function readArrowFooter(
  source: ByteSource,
  budget: MemoryBudget,
): Promise<ArrowFooter> {
  const { name, size } = source;
  const tail = new Uint8Array(10);
  if (size >= 20) await readExactly(source, tail, size - 10, 'the footer');
  if (text(tail.subarray(4)) !== MAGIC) {
    throw new InputError('truncated', {
      source: name,
      offset: size,
      problem: 'the file does not end as Arrow does',
      expected: MAGIC,
      advice: 'It was cut off while it was written or copied, or its writer was not closed.',
    });
  }
  const length = new DataView(tail.buffer).getUint32(0, true);
  if (length > size - 18) throw truncated(name, size, 'the footer', size - 18, length);
  budget.swap(0, 0, { source: name }, 'the footer', 'Write larger record batches.');
  const start = size - 10 - length;
  const bytes = new Uint8Array(length);
  await readExactly(source, bytes, start, 'the footer');
  try {
    const root = new FlatBytes(bytes).root();
    const schema = root.table(1);
    if (schema === null) throw new Damage('has no schema', 0);
    const blocks = (field: number): Block[] => {
      const { length: count, at } = root.vector(field, 24);
      const { data } = root;
      return Array.from({ length: count }, (_, i) => {
        const offset = data.long(at + 24 * i);
        const metadataLength = data.view.getInt32(at + 24 * i + 8, true);
        const bodyLength = data.long(at + 24 * i + 16);
        const isThere = offset >= 8 && metadataLength >= 4 && bodyLength >= 0;
        if (!isThere || offset + metadataLength + bodyLength > start) {
          throw new Damage('lies outside the file', at + 24 * i);
        }
        return { offset, metadataLength, bodyLength };
      });
    };
    return { version: root.short(0), schema, dictionaries: blocks(2), batches: blocks(3) };
  } catch (error) {
    if (error instanceof Damage) throw damagedMessage(name, error, start + error.at);
    throw error;
  }
}
