/** Zstandard (RFC 8878): frames of blocks, each of literals and copies. Checksums are passed over. */

import { PackedFault, roomFor } from './packed-block.js';
import {
  bitsBefore,
  bitsIn,
  type HuffmanTable,
  huffmanStream,
  huffmanStreams,
  oneState,
  PADDING,
  type PaddedBytes,
  padded,
  readFrequencies,
  readHuffman,
  type StateTable,
  stateTable,
} from './zstd-entropy.js';

const MAGIC = 0xfd2fb528;
/** No block unpacks to more. */
export const LARGEST_BLOCK = 1 << 17;

/** What one block leaves to the next. */
export interface Frame {
  huffman: HuffmanTable | null;
  lengths: StateTable | null;
  offsets: StateTable | null;
  matches: StateTable | null;
  /** The last three distances. */
  readonly recent: [number, number, number];
  /** Where the frame begins in what comes out. */
  start: number;
}

/** A frame of which no block was seen. @param start where it begins in what comes out */
export function newFrame(start: number): Frame {
  return {
    ...{ huffman: null, lengths: null, offsets: null, matches: null },
    ...{ recent: [1, 4, 8], start },
  };
}

/** Where the literals of a block stand. */
interface Literals {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Unpacks frames to `size` bytes; fewer where the frames hold fewer. @throws PackedFault */
export function unpackZstd(packed: Uint8Array, size: number, room?: Uint8Array): Uint8Array {
  const data = padded(packed);
  const out = roomFor(size, room);
  let from = PADDING;
  let at = 0;
  while (from < data.end) {
    if (data.end - from < 8) throw new PackedFault('it ends inside a frame');
    const magic = data.view.getUint32(from, true);
    if (magic >>> 4 === 0x184d2a5) from += 8 + data.view.getUint32(from + 4, true);
    else if (magic !== MAGIC) throw new PackedFault('it is no Zstandard frame');
    else [from, at] = unpackFrame(data, from + 4, out, at);
  }
  if (from !== data.end) throw new PackedFault('it ends inside a frame');
  return at === size ? out : out.subarray(0, at);
}

function unpackFrame(
  data: PaddedBytes,
  start: number,
  out: Uint8Array,
  first: number,
): [from: number, at: number] {
  const { bytes, view } = data;
  const flags = bytes[start]!;
  const isSingle = (flags & 32) !== 0;
  if (flags & 8) throw new PackedFault('a frame has a flag that is not known');
  if (flags & 3) throw new PackedFault('a frame needs a dictionary');
  let from = start + (isSingle ? 1 : 2);
  const sizeBytes = flags >> 6 === 0 ? Number(isSingle) : 1 << (flags >> 6);
  let claimed: number | null = null;
  if (sizeBytes === 1) claimed = bytes[from]!;
  else if (sizeBytes === 2) claimed = view.getUint16(from, true) + 256;
  else if (sizeBytes === 4) claimed = view.getUint32(from, true);
  else if (sizeBytes === 8) claimed = Number(view.getBigUint64(from, true));
  from += sizeBytes;
  const frame = newFrame(first);
  let at = first;
  for (let isLast = false; !isLast; ) {
    if (data.end - from < 3) throw new PackedFault('it ends inside a frame');
    const head = view.getUint32(from, true) & 0xffffff;
    isLast = (head & 1) === 1;
    const type = (head >> 1) & 3;
    const size = head >> 3;
    from += 3;
    const length = type === 1 ? 1 : size;
    if (length > data.end - from) throw new PackedFault('it ends inside a block');
    if (type === 2) at = unpackBlock(data, from, from + size, frame, out, at);
    else if (type === 3) throw new PackedFault('a block is of no known type');
    else {
      if (size > out.length - at) throw new PackedFault('more comes out than is expected');
      if (type === 1) out.fill(bytes[from]!, at, at + size);
      else out.set(bytes.subarray(from, from + size), at);
      at += size;
    }
    from += length;
  }
  if (flags & 4) from += 4;
  if (from > data.end) throw new PackedFault('it ends inside a frame');
  if (claimed !== null && claimed !== at - first) {
    throw new PackedFault(`a frame says ${claimed} bytes and holds ${at - first}`);
  }
  return [from, at];
}

/** Unpacks a compressed block, at `at`. @returns the place behind its last byte. @throws PackedFault */
export function unpackBlock(
  data: PaddedBytes,
  start: number,
  end: number,
  frame: Frame,
  out: Uint8Array,
  at: number,
): number {
  const { bytes } = data;
  const head = literalsHead(data, start, end);
  let from = head.at + head.packed;
  if (from >= end || head.size > LARGEST_BLOCK) throw new PackedFault('it ends inside literals');
  let count = bytes[from++]!;
  if (count === 255) {
    count = bytes[from]! + (bytes[from + 1]! << 8) + 0x7f00;
    from += 2;
  } else if (count > 127) count = ((count - 128) << 8) + bytes[from++]!;
  if (count === 0) {
    // Literals alone come out where they belong.
    if (head.size > out.length - at) throw new PackedFault('more comes out than is expected');
    readLiterals(data, head, frame, out, at);
    return at + head.size;
  }
  const literals = literalsOf(data, head, frame);
  if (from >= end) throw new PackedFault('it ends inside a block');
  const modes = bytes[from++]!;
  const table = (mode: number, kind: keyof typeof KINDS): StateTable => {
    const [table, next] = readTable(data, from, end, mode & 3, kind, frame[kind]);
    from = next;
    return table;
  };
  frame.lengths = table(modes >> 6, 'lengths');
  frame.offsets = table(modes >> 4, 'offsets');
  frame.matches = table(modes >> 2, 'matches');
  return copySequences(data, from, end, count, literals, frame, out, at);
}

/** What stands before literals. */
interface LiteralsHead {
  readonly type: number;
  readonly size: number;
  /** Bytes in the block. */
  readonly packed: number;
  readonly at: number;
  readonly streams: 1 | 4;
}

function literalsHead({ bytes, view }: PaddedBytes, start: number, end: number): LiteralsHead {
  if (start >= end) throw new PackedFault('it ends inside a block');
  const first = bytes[start]!;
  const type = first & 3;
  const format = (first >> 2) & 3;
  if (type < 2) {
    const length = format === 3 ? 3 : format === 1 ? 2 : 1;
    const word = view.getUint32(start, true);
    const size = length === 1 ? first >> 3 : (word & (length === 2 ? 0xffff : 0xffffff)) >>> 4;
    return { type, size, packed: type === 1 ? 1 : size, at: start + length, streams: 1 };
  }
  const bits = [10, 10, 14, 18][format]!;
  const low = view.getUint32(start, true) + bytes[start + 4]! * 2 ** 32;
  const size = Math.floor(low / 16) % 2 ** bits;
  const packed = Math.floor(low / 2 ** (4 + bits)) % 2 ** bits;
  const at = start + (format < 2 ? 3 : format + 2);
  return { type, size, packed, at, streams: format === 0 ? 1 : 4 };
}

const literalRoom = new Uint8Array(LARGEST_BLOCK);

function literalsOf(data: PaddedBytes, head: LiteralsHead, frame: Frame): Literals {
  if (head.type === 0) return { bytes: data.bytes, start: head.at, end: head.at + head.size };
  readLiterals(data, head, frame, literalRoom, 0);
  return { bytes: literalRoom, start: 0, end: head.size };
}

function readLiterals(
  data: PaddedBytes,
  { type, size, packed, at, streams }: LiteralsHead,
  frame: Frame,
  out: Uint8Array,
  to: number,
): void {
  if (type === 0) out.set(data.bytes.subarray(at, at + size), to);
  else if (type === 1) out.fill(data.bytes[at]!, to, to + size);
  else {
    const end = at + packed;
    let from = at;
    if (type === 2) {
      const { table, end: next } = readHuffman(data, at);
      frame.huffman = table;
      from = next;
    }
    if (frame.huffman === null) throw new PackedFault('codes are missing');
    if (streams === 1) {
      if (from >= end) throw new PackedFault('it ends inside literals');
      huffmanStream(data, from, end, frame.huffman, out, to, to + size);
      return;
    }
    const { view } = data;
    const a = from + 6;
    const b = a + view.getUint16(from, true);
    const c = b + view.getUint16(from + 2, true);
    const d = c + view.getUint16(from + 4, true);
    if (d >= end) throw new PackedFault('it ends inside literals');
    huffmanStreams(data, [a, b, c, d], end, frame.huffman, out, to, to + size);
  }
}

/** Values of codes: the least, and how many bits are added to it. */
function codeTable(plain: number, first: number, bits: readonly number[]) {
  const widths = [...new Array<number>(plain).fill(0), ...bits];
  const bases = new Int32Array(widths.length);
  for (let i = 0, base = first; i < widths.length; base += 1 << widths[i++]!) bases[i] = base;
  return { bases, widths: Uint8Array.from(widths) };
}

const LENGTHS = codeTable(
  16,
  0,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const MATCHES = codeTable(
  32,
  3,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);

/** The codes of sequences: how many there are, and their usual frequencies. */
const KINDS = {
  lengths: {
    ...{ log: 9, symbols: 36 },
    usual: stateTable(6, [
      ...[4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1],
      ...[1, 1, 1, 1, -1, -1, -1, -1],
    ]),
  },
  offsets: {
    ...{ log: 8, symbols: 32 },
    usual: stateTable(
      5,
      [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    ),
  },
  matches: {
    ...{ log: 9, symbols: 53 },
    usual: stateTable(6, [
      ...[1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
      ...[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1],
    ]),
  },
};

function readTable(
  data: PaddedBytes,
  from: number,
  end: number,
  mode: number,
  kind: keyof typeof KINDS,
  before: StateTable | null,
): [StateTable, number] {
  const { log, symbols, usual } = KINDS[kind];
  if (mode === 0) return [usual, from];
  if (mode === 1) {
    const symbol = data.bytes[from]!;
    if (from >= end || symbol >= symbols) throw new PackedFault('a code is not known');
    return [oneState(symbol), from + 1];
  }
  if (mode === 3) {
    if (before === null) throw new PackedFault('a table is missing');
    return [before, from];
  }
  const read = readFrequencies(data, from, log, symbols);
  if (read.end > end) throw new PackedFault('it ends inside a table');
  return [stateTable(read.log, read.counts), read.end];
}

/** Copies literals and what came before, by turns. @returns the place behind the last byte */
function copySequences(
  data: PaddedBytes,
  start: number,
  end: number,
  count: number,
  literals: Literals,
  frame: Frame,
  out: Uint8Array,
  first: number,
): number {
  const { view } = data;
  const { recent } = frame;
  const lengths = frame.lengths!;
  const offsets = frame.offsets!;
  const matches = frame.matches!;
  let bit = bitsIn(data, start, end);
  const read = (width: number): number => {
    bit -= width;
    return bitsBefore(view, start, bit + width, width);
  };
  let lengthState = read(lengths.log);
  let offsetState = read(offsets.log);
  let matchState = read(matches.log);
  let from = literals.start;
  let at = first;
  for (let i = 0; i < count; i++) {
    const offsetCode = offsets.symbols[offsetState]!;
    // Distances beyond 2³⁰ reach behind everything that is unpacked here.
    if (offsetCode > 30) throw new PackedFault('a copy begins before the first byte');
    const high = offsetCode > 16 ? read(offsetCode - 16) << 16 : 0;
    const value = (1 << offsetCode) + high + read(Math.min(16, offsetCode));
    const matchCode = matches.symbols[matchState]!;
    const match = MATCHES.bases[matchCode]! + read(MATCHES.widths[matchCode]!);
    const lengthCode = lengths.symbols[lengthState]!;
    const length = LENGTHS.bases[lengthCode]! + read(LENGTHS.widths[lengthCode]!);
    if (bit < 0) throw new PackedFault('it ends inside sequences');
    if (i < count - 1) {
      lengthState = lengths.bases[lengthState]! + read(lengths.bits[lengthState]!);
      matchState = matches.bases[matchState]! + read(matches.bits[matchState]!);
      offsetState = offsets.bases[offsetState]! + read(offsets.bits[offsetState]!);
    }
    const distance = distanceOf(value, length, recent);
    if (length > literals.end - from) throw new PackedFault('there are too few literals');
    if (length + match > out.length - at) throw new PackedFault('more comes out than is expected');
    copyLiterals(literals.bytes, from, length, out, at);
    from += length;
    at += length;
    if (distance > at - frame.start || distance <= 0) {
      throw new PackedFault('a copy begins before the first byte');
    }
    if (distance >= match && match > 24) out.copyWithin(at, at - distance, at - distance + match);
    else for (let to = at, last = at + match; to < last; to++) out[to] = out[to - distance]!;
    at += match;
  }
  if (bit !== 0) throw new PackedFault('sequences do not end where they should');
  const rest = literals.end - from;
  if (rest > out.length - at) throw new PackedFault('more comes out than is expected');
  copyLiterals(literals.bytes, from, rest, out, at);
  return at + rest;
}

function copyLiterals(
  bytes: Uint8Array,
  from: number,
  length: number,
  out: Uint8Array,
  at: number,
): void {
  if (length > 24) out.set(bytes.subarray(from, from + length), at);
  else for (let i = 0; i < length; i++) out[at + i] = bytes[from + i]!;
}

/** A distance, or one of the last three. */
function distanceOf(value: number, length: number, recent: [number, number, number]): number {
  const [first, second, third] = recent;
  if (value > 3) {
    recent[2] = second;
    recent[1] = first;
    recent[0] = value - 3;
    return recent[0];
  }
  const which = length === 0 ? value : value - 1;
  if (which === 0) return first;
  const distance = which === 1 ? second : which === 2 ? third : first - 1;
  if (which !== 1) recent[2] = second;
  recent[1] = first;
  recent[0] = distance;
  return distance;
}
