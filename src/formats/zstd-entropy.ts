/** Zstandard's two codes of symbols: tables of states (FSE) and Huffman codes. */

import { PackedFault } from './packed-block.js';

/** Bytes with room on both sides: what reads a few bytes too far finds zeros. */
export interface PaddedBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Behind the last byte. */
  readonly end: number;
}

/** Room before and behind. */
export const PADDING = 16;

/** Memory that is used again and again, up to this size. */
const LARGEST_ROOM = 1 << 23;
let room = new Uint8Array(0);

/** The bytes until the next call. */
export function padded(packed: Uint8Array): PaddedBytes {
  const length = packed.length + 2 * PADDING;
  let bytes = room;
  if (bytes.length < length) {
    bytes = new Uint8Array(Math.ceil(length / 65536) * 65536);
    if (bytes.length <= LARGEST_ROOM) room = bytes;
  }
  const end = PADDING + packed.length;
  bytes.set(packed, PADDING);
  bytes.fill(0, end, end + PADDING);
  return { bytes, view: new DataView(bytes.buffer), end };
}

/** A table of states: the symbol of each, and what comes next. */
export interface StateTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** Bits of a stream that is written from its end: the last byte's highest bit is a mark. */
export function bitsIn({ bytes }: PaddedBytes, start: number, end: number): number {
  const last = bytes[end - 1]!;
  if (end <= start || last === 0) throw new PackedFault('a stream has no mark');
  return (end - start) * 8 - 8 + (31 - Math.clz32(last));
}

/** `count` bits, up to 25, that end at bit `at` of what begins at byte `start`. */
export function bitsBefore(view: DataView, start: number, at: number, count: number): number {
  const from = at - count;
  return (view.getUint32(start + (from >> 3), true) >>> (from & 7)) & ((1 << count) - 1);
}

/** Frequencies of symbols as they are written, and where they end. */
export function readFrequencies(
  { view, end }: PaddedBytes,
  start: number,
  mostLog: number,
  mostSymbols: number,
): { readonly log: number; readonly counts: Int16Array; readonly end: number } {
  let at = 0;
  const read = (count: number): number => {
    const value = (view.getUint32(start + (at >> 3), true) >>> (at & 7)) & ((1 << count) - 1);
    at += count;
    if (start + (at >> 3) > end) throw new PackedFault('it ends inside a table');
    return value;
  };
  const log = read(4) + 5;
  if (log > mostLog) throw new PackedFault('a table is too large');
  const counts = new Int16Array(mostSymbols);
  let symbols = 0;
  for (let left = 1 << log; left > 0; ) {
    if (symbols >= mostSymbols) throw new PackedFault('a table has too many symbols');
    const width = 32 - Math.clz32(left + 1);
    let value = read(width);
    const low = (1 << (width - 1)) - 1;
    const short = (1 << width) - 2 - left;
    if ((value & low) < short) {
      at--;
      value &= low;
    } else if (value > low) value -= short;
    const count = value - 1;
    left -= Math.abs(count);
    counts[symbols++] = count;
    if (count !== 0) continue;
    for (let zeros = 3; zeros === 3; symbols += zeros) zeros = read(2);
    if (left < 0) throw new PackedFault('a table does not add up');
  }
  const sum = counts.reduce((total, count) => total + Math.abs(count), 0);
  if (sum !== 1 << log || symbols > mostSymbols) throw new PackedFault('a table does not add up');
  return { log, counts, end: start + ((at + 7) >> 3) };
}

/** The states of symbols with these frequencies; −1 is less than one. */
export function stateTable(log: number, counts: ArrayLike<number>): StateTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (counts[symbol] !== -1) continue;
    symbols[--high] = symbol;
    next[symbol] = 1;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let place = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol]!;
    if (count <= 0) continue;
    next[symbol] = count;
    for (let i = 0; i < count; i++) {
      symbols[place] = symbol;
      do place = (place + step) & (size - 1);
      while (place >= high);
    }
  }
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const value = next[symbols[state]!]!++;
    const width = log - (31 - Math.clz32(value));
    bits[state] = width;
    bases[state] = (value << width) - size;
  }
  return { log, symbols, bits, bases };
}

/** One symbol for all. */
export function oneState(symbol: number): StateTable {
  const symbols = new Uint8Array([symbol]);
  return { log: 0, symbols, bits: new Uint8Array(1), bases: new Uint16Array(1) };
}

/** Huffman codes: by the next `bits` bits, the length of the code in the high byte and its symbol in the low one. */
export interface HuffmanTable {
  readonly bits: number;
  readonly codes: Uint16Array;
}

/** Longest code. */
const LONGEST_CODE = 11;

/** A description of codes, and where it ends. */
export function readHuffman(
  data: PaddedBytes,
  start: number,
): { readonly table: HuffmanTable; readonly end: number } {
  const { bytes } = data;
  const head = bytes[start]!;
  const weights = new Uint8Array(256);
  let count: number;
  let end: number;
  if (head >= 128) {
    count = head - 127;
    end = start + 1 + ((count + 1) >> 1);
    for (let i = 0; i < count; i++) {
      const pair = bytes[start + 1 + (i >> 1)]!;
      weights[i] = i % 2 === 0 ? pair >> 4 : pair & 15;
    }
  } else {
    end = start + 1 + head;
    if (end > data.end) throw new PackedFault('it ends inside a table');
    count = packedWeights(data, start + 1, end, weights);
  }
  if (end > data.end) throw new PackedFault('it ends inside a table');
  return { table: huffmanTable(weights, count), end };
}

/** Weights that are written with two states in turns. */
function packedWeights(data: PaddedBytes, start: number, end: number, weights: Uint8Array): number {
  const { log, counts, end: from } = readFrequencies(data, start, 6, 13);
  const { symbols, bits, bases } = stateTable(log, counts);
  let at = bitsIn(data, from, end);
  const read = (count: number): number => {
    at -= count;
    return bitsBefore(data.view, from, at + count, count);
  };
  let even = read(log);
  let odd = read(log);
  if (at < 0) throw new PackedFault('it ends inside a table');
  for (let count = 0; ; ) {
    if (count > 252) throw new PackedFault('a table has too many symbols');
    weights[count++] = symbols[even]!;
    if (bits[even]! > at) {
      weights[count++] = symbols[odd]!;
      return count;
    }
    even = bases[even]! + read(bits[even]!);
    weights[count++] = symbols[odd]!;
    if (bits[odd]! > at) {
      weights[count++] = symbols[even]!;
      return count;
    }
    odd = bases[odd]! + read(bits[odd]!);
  }
}

/** The codes of weights; that of the last symbol follows from the others. */
function huffmanTable(weights: Uint8Array, count: number): HuffmanTable {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (weights[i]! > LONGEST_CODE) throw new PackedFault('a code is too long');
    if (weights[i]! > 0) sum += 1 << (weights[i]! - 1);
  }
  const bits = 32 - Math.clz32(sum);
  const left = (1 << bits) - sum;
  if (sum === 0 || bits > LONGEST_CODE || (left & (left - 1)) !== 0) {
    throw new PackedFault('codes do not add up');
  }
  weights[count] = 32 - Math.clz32(left);
  const codes = new Uint16Array(1 << bits);
  let place = 0;
  for (let weight = 1; weight <= bits; weight++) {
    for (let symbol = 0; symbol <= count; symbol++) {
      if (weights[symbol] !== weight) continue;
      const length = 1 << (weight - 1);
      codes.fill(((bits + 1 - weight) << 8) | symbol, place, place + length);
      place += length;
    }
  }
  if (place !== codes.length) throw new PackedFault('codes do not add up');
  return { bits, codes };
}

/** Decodes one stream to `out`, all of it. */
export function huffmanStream(
  data: PaddedBytes,
  start: number,
  end: number,
  { bits, codes }: HuffmanTable,
  out: Uint8Array,
  from: number,
  to: number,
): void {
  const { view } = data;
  let at = bitsIn(data, start, end);
  const mask = (1 << bits) - 1;
  const shift = 22 - bits;
  let place = from;
  for (; place + 1 < to; place += 2) {
    const low = at - 22;
    const word = view.getUint32(start + (low >> 3), true) >>> (low & 7);
    const first = codes[(word >>> shift) & mask]!;
    const second = codes[(word >>> (shift - (first >> 8))) & mask]!;
    out[place] = first;
    out[place + 1] = second;
    at -= (first >> 8) + (second >> 8);
  }
  if (place < to) {
    const low = at - 22;
    const word = view.getUint32(start + (low >> 3), true) >>> (low & 7);
    const code = codes[(word >>> shift) & mask]!;
    out[place] = code;
    at -= code >> 8;
  }
  if (at !== 0) throw new PackedFault('a stream does not end where it should');
}

/** Decodes four streams at once: their loads do not wait for each other. */
export function huffmanStreams(
  data: PaddedBytes,
  starts: readonly number[],
  end: number,
  { bits, codes }: HuffmanTable,
  out: Uint8Array,
  from: number,
  to: number,
): void {
  const { view } = data;
  const [a, b, c, d] = starts as [number, number, number, number];
  const part = (to - from + 3) >> 2;
  if (part * 3 > to - from) throw new PackedFault('streams are too short');
  let atA = bitsIn(data, a, b);
  let atB = bitsIn(data, b, c);
  let atC = bitsIn(data, c, d);
  let atD = bitsIn(data, d, end);
  const mask = (1 << bits) - 1;
  const shift = 22 - bits;
  // The last stream may be shorter than the others.
  const shared = (to - from - 3 * part) & ~1;
  let place = from;
  for (const stop = from + shared; place < stop; place += 2) {
    const lowA = atA - 22;
    const lowB = atB - 22;
    const lowC = atC - 22;
    const lowD = atD - 22;
    const wordA = view.getUint32(a + (lowA >> 3), true) >>> (lowA & 7);
    const wordB = view.getUint32(b + (lowB >> 3), true) >>> (lowB & 7);
    const wordC = view.getUint32(c + (lowC >> 3), true) >>> (lowC & 7);
    const wordD = view.getUint32(d + (lowD >> 3), true) >>> (lowD & 7);
    const firstA = codes[(wordA >>> shift) & mask]!;
    const firstB = codes[(wordB >>> shift) & mask]!;
    const firstC = codes[(wordC >>> shift) & mask]!;
    const firstD = codes[(wordD >>> shift) & mask]!;
    const secondA = codes[(wordA >>> (shift - (firstA >> 8))) & mask]!;
    const secondB = codes[(wordB >>> (shift - (firstB >> 8))) & mask]!;
    const secondC = codes[(wordC >>> (shift - (firstC >> 8))) & mask]!;
    const secondD = codes[(wordD >>> (shift - (firstD >> 8))) & mask]!;
    out[place] = firstA;
    out[place + 1] = secondA;
    out[place + part] = firstB;
    out[place + part + 1] = secondB;
    out[place + 2 * part] = firstC;
    out[place + 2 * part + 1] = secondC;
    out[place + 3 * part] = firstD;
    out[place + 3 * part + 1] = secondD;
    atA -= (firstA >> 8) + (secondA >> 8);
    atB -= (firstB >> 8) + (secondB >> 8);
    atC -= (firstC >> 8) + (secondC >> 8);
    atD -= (firstD >> 8) + (secondD >> 8);
  }
  const rest = (start: number, at: number, first: number, last: number): void => {
    let left = at;
    for (let i = first; i < last; i++) {
      const low = left - 22;
      const word = view.getUint32(start + (low >> 3), true) >>> (low & 7);
      const code = codes[(word >>> shift) & mask]!;
      out[i] = code;
      left -= code >> 8;
    }
    if (left !== 0) throw new PackedFault('a stream does not end where it should');
  };
  rest(a, atA, place, from + part);
  rest(b, atB, place + part, from + 2 * part);
  rest(c, atC, place + 2 * part, from + 3 * part);
  rest(d, atD, place + 3 * part, to);
}
