/** Values of Parquet pages: from their encodings to typed arrays. */

import { Damage } from './damage.js';
import { readDeltas, readRuns } from './parquet-levels.js';
import type { Leaf } from './parquet-schema.js';

/** Values of a page, without those that are missing. */
export type Values =
  /** `bytes` of `leaf.bytes` each, at an address that any typed array may begin at. */
  | { readonly is: 'fixed'; readonly bytes: Uint8Array }
  | {
      readonly is: 'strings';
      readonly bytes: Uint8Array;
      readonly starts: Int32Array;
      readonly ends: Int32Array;
    }
  | { readonly is: 'entries'; readonly entries: Int32Array; readonly of: Values };

/** Number of the encodings that are read. */
const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const DELTA_BINARY_PACKED = 5;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const DELTA_BYTE_ARRAY = 7;
const RLE_DICTIONARY = 8;
const BYTE_STREAM_SPLIT = 9;

/** What a page says of its values. */
export interface Encoded {
  readonly encoding: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly count: number;
  readonly dictionary: Values | null;
}

/** Which encodings need a dictionary page. */
export const isDictionary = (encoding: number) =>
  encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY;

/** @throws Damage, UnknownEncoding */
export function readValues(leaf: Leaf, encoded: Encoded): Values {
  const { encoding, bytes, start, count, dictionary } = encoded;
  if (isDictionary(encoding)) return readEntries(bytes, start, count, dictionary);
  if (leaf.bytes === 0) return readStrings(encoded);
  if (leaf.physical === 'BOOLEAN') return readBooleans(encoded);
  switch (encoding) {
    case PLAIN:
      return { is: 'fixed', bytes: sliceOf(bytes, start, count, leaf.bytes) };
    case BYTE_STREAM_SPLIT:
      return { is: 'fixed', bytes: joined(sliceOf(bytes, start, count, leaf.bytes), leaf.bytes) };
    case DELTA_BINARY_PACKED: {
      const { pairs } = readDeltas(bytes, start, count);
      if (leaf.physical === 'INT64') return { is: 'fixed', bytes: new Uint8Array(pairs.buffer) };
      if (leaf.physical === 'INT32')
        return { is: 'fixed', bytes: new Uint8Array(lows(pairs).buffer) };
      break;
    }
    case DELTA_BYTE_ARRAY:
      return flat(readStrings(encoded), leaf.bytes);
  }
  throw new UnknownEncoding(encoding);
}

/** Values that are encoded in a way that is not read. */
export class UnknownEncoding extends Error {
  constructor(readonly encoding: number) {
    super();
  }
}

/** Bytes that typed arrays may begin at. */
function sliceOf(bytes: Uint8Array, start: number, count: number, width: number): Uint8Array {
  const length = count * width;
  if (length > bytes.length - start) throw new Damage('ends inside its values', bytes.length);
  const isAligned = (bytes.byteOffset + start) % (width === 4 ? 4 : 8) === 0;
  return isAligned ? bytes.subarray(start, start + length) : bytes.slice(start, start + length);
}

function lows(pairs: Uint32Array): Uint32Array {
  const words = new Uint32Array(pairs.length / 2);
  for (let i = 0; i < words.length; i++) words[i] = pairs[2 * i]!;
  return words;
}

/** All first bytes, then all second ones, …: side by side again. */
function joined(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const count = bytes.length / width;
  for (let b = 0, at = 0; b < width; b++) {
    for (let i = 0, to = b; i < count; i++, to += width) out[to] = bytes[at++]!;
  }
  return out;
}

function readBooleans({ encoding, bytes, start, count }: Encoded): Values {
  if (encoding === RLE) {
    const { begin, end } = lengthPrefixed(bytes, start);
    return { is: 'fixed', bytes: readRuns(bytes, begin, end, 1, count) as Uint8Array };
  }
  if (encoding !== PLAIN) throw new UnknownEncoding(encoding);
  if (Math.ceil(count / 8) > bytes.length - start) {
    throw new Damage('ends inside its values', bytes.length);
  }
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (bytes[start + (i >> 3)]! >> (i & 7)) & 1;
  return { is: 'fixed', bytes: out };
}

/** A part with its length before it. @throws Damage */
export function lengthPrefixed(bytes: Uint8Array, start: number): { begin: number; end: number } {
  if (bytes.length - start < 4) throw new Damage('ends too early', start);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 4);
  const length = view.getUint32(0, true);
  if (length > bytes.length - start - 4) throw new Damage('ends too early', start);
  return { begin: start + 4, end: start + 4 + length };
}

function readEntries(
  bytes: Uint8Array,
  start: number,
  count: number,
  dictionary: Values | null,
): Values {
  if (dictionary === null) throw new Damage('needs a dictionary that is not there', start);
  if (count === 0) return { is: 'entries', entries: new Int32Array(0), of: dictionary };
  if (start >= bytes.length) throw new Damage('ends too early', start);
  const runs = readRuns(bytes, start + 1, bytes.length, bytes[start]!, count);
  const entries = runs instanceof Int32Array ? runs : Int32Array.from(runs);
  return { is: 'entries', entries, of: dictionary };
}

function readStrings({ encoding, bytes, start, count }: Encoded): Values {
  if (encoding === PLAIN && count * 4 > bytes.length - start) {
    throw new Damage('ends inside its texts', bytes.length);
  }
  if (encoding === DELTA_BYTE_ARRAY) return readPrefixed(bytes, start, count);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  if (encoding === DELTA_LENGTH_BYTE_ARRAY) {
    const { pairs, end } = readDeltas(bytes, start, count);
    layOut(lows(pairs), bytes, end, starts, ends);
    return { is: 'strings', bytes, starts, ends };
  }
  if (encoding !== PLAIN) throw new UnknownEncoding(encoding);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = start;
  for (let i = 0; i < count; i++) {
    if (bytes.length - at < 4) throw new Damage('ends inside its texts', at);
    const length = view.getUint32(at, true);
    at += 4;
    if (length > bytes.length - at) throw new Damage('ends inside a text', at);
    starts[i] = at;
    at += length;
    ends[i] = at;
  }
  return { is: 'strings', bytes, starts, ends };
}

/** Places of texts that lie behind each other. */
function layOut(
  lengths: Uint32Array,
  bytes: Uint8Array,
  from: number,
  starts: Int32Array,
  ends: Int32Array,
): void {
  let at = from;
  for (let i = 0; i < lengths.length; i++) {
    if (lengths[i]! > bytes.length - at) throw new Damage('ends inside a text', at);
    starts[i] = at;
    at += lengths[i]!;
    ends[i] = at;
  }
}

/** Most bytes that texts may grow to which begin as the ones before them do. */
const LARGEST_TEXTS = 1 << 28;

/** Texts without what they share with the one before. */
function readPrefixed(bytes: Uint8Array, start: number, count: number): Values {
  const prefixes = readDeltas(bytes, start, count);
  const suffixes = readDeltas(bytes, prefixes.end, count);
  const shared = lows(prefixes.pairs);
  const own = lows(suffixes.pairs);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  layOut(own, bytes, suffixes.end, starts, ends);
  let total = 0;
  for (let i = 0, before = 0; i < count; i++) {
    if (shared[i]! > before) throw new Damage('has a text that shares more than there is', 0);
    before = shared[i]! + own[i]!;
    total += before;
  }
  if (total > LARGEST_TEXTS) throw new Damage('has texts of more than 256 MiB', 0);
  const out = new Uint8Array(total);
  for (let i = 0, at = 0, before = 0; i < count; i++) {
    out.copyWithin(at, before, before + shared[i]!);
    out.set(bytes.subarray(starts[i], ends[i]), at + shared[i]!);
    before = at;
    starts[i] = at;
    at += shared[i]! + own[i]!;
    ends[i] = at;
  }
  return { is: 'strings', bytes: out, starts, ends };
}

/** Values of one length, side by side. */
function flat(values: Values, width: number): Values {
  if (values.is !== 'strings') return values;
  const { bytes, starts, ends } = values;
  const out = new Uint8Array(starts.length * width);
  for (let i = 0; i < starts.length; i++) {
    if (ends[i]! - starts[i]! !== width) throw new Damage('has values of other lengths', 0);
    out.set(bytes.subarray(starts[i], ends[i]), i * width);
  }
  return { is: 'fixed', bytes: out };
}
