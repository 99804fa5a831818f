/** Pages of a column of a row group: their headers, and their bytes unpacked. */

import type { ByteSource } from '../types/dump.js';
import { readExactly } from './bytes.js';
import { Damage } from './damage.js';
import type { Unpacker } from './packed-block.js';
import { bitsOf, isOneRun, readRuns } from './parquet-levels.js';
import type { Leaf } from './parquet-schema.js';
import { ThriftReader } from './parquet-thrift.js';
import { lengthPrefixed } from './parquet-values.js';

/** What stands before a page. */
export interface PageHeader {
  readonly is: 'data' | 'data 2' | 'dictionary' | 'other';
  /** Bytes of the page in the file, and unpacked. */
  readonly size: number;
  readonly unpackedSize: number;
  /** Values, or levels of lists. */
  readonly values: number;
  readonly encoding: number;
  /** Bytes of levels before the values, of pages of version 2. */
  readonly repetitionBytes: number;
  readonly definitionBytes: number;
  readonly isPacked: boolean;
  /** Encodings of the levels of version 1. */
  readonly levelEncodings: readonly number[];
  /** Where the page begins. */
  readonly at: number;
}

/** Enough for nearly all headers; those with long statistics take more. */
const USUAL_HEADER = 256;
const LONGEST_HEADER = 1 << 24;

/** Reads the header at `at`. @throws Damage; InputError `truncated` */
export async function readPageHeader(
  source: ByteSource,
  at: number,
  end: number,
): Promise<PageHeader> {
  for (let length = USUAL_HEADER; ; length *= 16) {
    const bytes = new Uint8Array(Math.min(length, end - at, LONGEST_HEADER));
    await readExactly(source, bytes, at, 'a page');
    try {
      return parseHeader(new ThriftReader(bytes), at);
    } catch (error) {
      if (!(error instanceof Damage) || bytes.length < length) throw error;
    }
  }
}

const KINDS = { 0: 'data', 2: 'dictionary', 3: 'data 2' } as const;
const isInteger = (type: number) => type >= 4 && type <= 6;

function parseHeader(reader: ThriftReader, start: number): PageHeader {
  let is: PageHeader['is'] = 'other';
  let size = -1;
  let unpackedSize = -1;
  let values = -1;
  let encoding = -1;
  let repetitionBytes = 0;
  let definitionBytes = 0;
  let isPacked = true;
  const levelEncodings: number[] = [];
  reader.struct((id, type) => {
    if (id <= 3 && isInteger(type)) {
      const value = reader.int();
      if (id === 1) is = KINDS[value as 0] ?? 'other';
      else if (id === 2) unpackedSize = value;
      else size = value;
      return true;
    }
    if (type !== 12 || (id !== 5 && id !== 7 && id !== 8)) return false;
    const isSecond = id === 8;
    reader.struct((part, partType) => {
      if (isSecond && part === 7) isPacked = partType === 1;
      if (!isInteger(partType)) return false;
      if (part === 1) values = reader.int();
      else if (part === (isSecond ? 4 : 2)) encoding = reader.int();
      else if (!isSecond && (part === 3 || part === 4)) levelEncodings.push(reader.int());
      else if (isSecond && part === 5) definitionBytes = reader.int();
      else if (isSecond && part === 6) repetitionBytes = reader.int();
      else return false;
      return true;
    });
    return true;
  });
  const sizes = [size, unpackedSize, repetitionBytes, definitionBytes];
  if (sizes.some((bytes) => bytes < 0 || !Number.isSafeInteger(bytes))) {
    throw new Damage('has no size', reader.at);
  }
  if (is !== 'other' && !(values >= 0 && values <= 0x7fffffff)) {
    throw new Damage('has no number of values', reader.at);
  }
  const at = start + reader.at;
  return {
    ...{ is, size, unpackedSize, values, encoding, repetitionBytes, definitionBytes },
    ...{ isPacked, levelEncodings, at },
  };
}

/** A data page, unpacked. */
export interface Page {
  /** Levels of lists; null of plain columns. */
  readonly repetitions: Uint8Array | null;
  /** Definition levels; null where every value is there. */
  readonly definitions: Uint8Array | null;
  /** Where the values stand. */
  readonly bytes: Uint8Array;
  readonly start: number;
}

/**
 * Unpacks a data page and its levels.
 * @param room memory that may be used for what comes out
 * @throws Damage, PackedFault
 */
export function openPage(
  header: PageHeader,
  packed: Uint8Array,
  leaf: Leaf,
  unpack: Unpacker,
  room: Uint8Array,
): Page {
  const { values } = header;
  if (header.is === 'data 2') return openSecond(header, packed, leaf, unpack, room);
  const bytes = unpack(packed, header.unpackedSize, room);
  let start = 0;
  const within = (): Span => {
    const { begin, end } = lengthPrefixed(bytes, start);
    start = end;
    return { bytes, begin, end };
  };
  const isList = leaf.listDefinition !== null;
  const repetitions = isList ? levelsOf(within(), 1, values) : null;
  const definitions = leaf.maxDefinition === 0 ? null : definitionsOf(within(), leaf, values);
  return { repetitions, definitions, bytes, start };
}

function openSecond(
  header: PageHeader,
  packed: Uint8Array,
  leaf: Leaf,
  unpack: Unpacker,
  room: Uint8Array,
): Page {
  const { values, repetitionBytes, definitionBytes, unpackedSize } = header;
  const start = repetitionBytes + definitionBytes;
  if (start > packed.length || start > unpackedSize) throw new Damage('ends inside its levels', 0);
  const size = unpackedSize - start;
  const rest = packed.subarray(start);
  const isEmpty = size === 0 && rest.length === 0;
  const bytes = header.isPacked && !isEmpty ? unpack(rest, size, room) : rest;
  const isList = leaf.listDefinition !== null;
  const first = { bytes: packed, begin: 0, end: repetitionBytes };
  const second = { bytes: packed, begin: repetitionBytes, end: start };
  const repetitions = isList ? levelsOf(first, 1, values) : null;
  const definitions = leaf.maxDefinition === 0 ? null : definitionsOf(second, leaf, values);
  return { repetitions, definitions, bytes, start: 0 };
}

/** Where levels stand. */
interface Span {
  readonly bytes: Uint8Array;
  readonly begin: number;
  readonly end: number;
}

/** Definition levels; null where all of plain values are there, as nearly always. */
function definitionsOf(span: Span, leaf: Leaf, count: number): Uint8Array | null {
  const { bytes, begin, end } = span;
  const most = leaf.maxDefinition;
  const isPlain = leaf.listDefinition === null;
  if (isPlain && isOneRun(bytes, begin, end, bitsOf(most), count, most)) return null;
  return levelsOf(span, most, count);
}

function levelsOf({ bytes, begin, end }: Span, most: number, count: number): Uint8Array {
  const bits = bitsOf(most);
  const levels = readRuns(bytes, begin, end, bits, count) as Uint8Array;
  if (most + 1 === 1 << bits) return levels;
  for (let i = 0; i < count; i++) {
    if (levels[i]! > most)
      throw new Damage(`has level ${levels[i]} where ${most} is the highest`, 0);
  }
  return levels;
}
