/** Parquet's encodings of small integers: runs and packed bits, and differences. */

import { Damage } from './damage.js';

/** Reads an unsigned number of up to 32 bits. @returns it, and sets `next.at` behind it */
function varint(bytes: Uint8Array, next: { at: number }, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (next.at >= end) throw new Damage('ends inside a run', next.at);
    const byte = bytes[next.at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  throw new Damage('has a run that is too long', next.at);
}

/**
 * Reads `count` numbers of `width` bits in runs: of one number, or of packed bits.
 * @throws Damage where the bytes end first
 */
export function readRuns(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  count: number,
): Int32Array | Uint8Array {
  if (width > 32) throw new Damage(`has numbers of ${width} bits`, start);
  const out = width <= 8 ? new Uint8Array(count) : new Int32Array(count);
  if (width === 0) return out;
  const next = { at: start };
  let done = 0;
  while (done < count) {
    const head = varint(bytes, next, end);
    const length = Math.floor(head / 2);
    if (head % 2 === 0) {
      const value = littleEndian(bytes, next, end, (width + 7) >> 3);
      const until = Math.min(count, done + length);
      if (length === 0) throw new Damage('has a run of no numbers', next.at);
      out.fill(value, done, until);
      done = until;
    } else {
      const numbers = Math.min(count - done, length * 8);
      if (numbers === 0) throw new Damage('has a run of no numbers', next.at);
      // The last run may leave out what pads it.
      const needed = Math.ceil((numbers * width) / 8);
      if (needed > end - next.at) throw new Damage('ends inside packed bits', next.at);
      unpackBits(bytes, next.at, width, out, done, numbers);
      next.at += Math.min(end - next.at, length * width);
      done += numbers;
    }
  }
  return out;
}

function littleEndian(
  bytes: Uint8Array,
  next: { at: number },
  end: number,
  length: number,
): number {
  if (length > end - next.at) throw new Damage('ends inside a run', next.at);
  let value = 0;
  for (let i = 0; i < length; i++) value |= bytes[next.at++]! << (8 * i);
  return value;
}

/** Numbers of up to 32 bits, the lowest bits of a byte first. */
function unpackBits(
  bytes: Uint8Array,
  at: number,
  width: number,
  out: Int32Array | Uint8Array,
  first: number,
  count: number,
): void {
  if (width > 24) {
    for (let i = 0; i < count; i++) out[first + i] = bitsAt(bytes, at, i * width, width);
    return;
  }
  const mask = (1 << width) - 1;
  let buffer = 0;
  let held = 0;
  for (let i = 0; i < count; i++) {
    while (held < width) {
      buffer |= bytes[at++]! << held;
      held += 8;
    }
    out[first + i] = buffer & mask;
    buffer >>>= width;
    held -= width;
  }
}

function bitsAt(bytes: Uint8Array, start: number, bit: number, width: number): number {
  let value = 0;
  for (let done = 0; done < width; ) {
    const place = bit + done;
    const taken = Math.min(8 - (place & 7), width - done);
    const part = (bytes[start + (place >> 3)]! >> (place & 7)) & ((1 << taken) - 1);
    value += part * 2 ** done;
    done += taken;
  }
  return value;
}

/** Whether all `count` numbers are `value`, in one run of it. */
export function isOneRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  count: number,
  value: number,
): boolean {
  const next = { at: start };
  if (start >= end || count === 0) return false;
  const head = varint(bytes, next, end);
  if (head % 2 !== 0 || head / 2 < count) return false;
  return littleEndian(bytes, next, end, (width + 7) >> 3) === value;
}

/** Bits that say a level up to `most`. */
export const bitsOf = (most: number) => 32 - Math.clz32(most);

/** Most numbers that a block of differences may hold: what writers use is 128. */
const LARGEST_BLOCK = 1 << 16;

/** Numbers of DELTA_BINARY_PACKED as pairs of words, and where they end. */
export interface Deltas {
  /** Two words each, the lower one first. */
  readonly pairs: Uint32Array;
  readonly end: number;
}

/** @throws Damage */
export function readDeltas(bytes: Uint8Array, start: number, count: number): Deltas {
  const next = { at: start };
  const { length } = bytes;
  const block = varint(bytes, next, length);
  const miniblocks = varint(bytes, next, length);
  const total = varint(bytes, next, length);
  const perMini = block / miniblocks;
  if (block === 0 || block > LARGEST_BLOCK || perMini % 8 !== 0 || total < count) {
    throw new Damage('has blocks of differences that cannot be', next.at);
  }
  let value = zigzag(bytes, next);
  const pairs = new Uint32Array(count * 2);
  const longs = new BigInt64Array(pairs.buffer);
  let done = 0;
  if (count > 0) longs[done++] = value;
  while (done < count) {
    const least = zigzag(bytes, next);
    const widths = next.at;
    next.at += miniblocks;
    for (let mini = 0; mini < miniblocks && done < count; mini++) {
      const width = bytes[widths + mini];
      if (width === undefined || width > 64) throw new Damage('ends inside differences', next.at);
      const size = (perMini * width) / 8;
      if (size > length - next.at) throw new Damage('ends inside differences', next.at);
      const numbers = Math.min(perMini, count - done);
      for (let i = 0; i < numbers; i++) {
        const low = bitsAt(bytes, next.at, i * width, Math.min(32, width));
        const high = width > 32 ? bitsAt(bytes, next.at, i * width + 32, width - 32) : 0;
        const difference = high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
        value = BigInt.asIntN(64, value + least + difference);
        longs[done++] = value;
      }
      next.at += size;
    }
  }
  return { pairs, end: next.at };
}

function zigzag(bytes: Uint8Array, next: { at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[next.at++];
    if (byte === undefined) throw new Damage('ends inside differences', next.at);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
  }
  throw new Damage('has a difference that is too long', next.at);
}
