/** From the elements of a NumPy array to the numbers of a typed array, exactly or not at all. */

import type { NumberBuffer } from '../types/fields.js';
import { brainToNumber } from '../types/score-array.js';
import { MISSING_TARGET } from '../types/scores.js';
import type { ElementType } from './numpy-dtype.js';
import { halfValues } from './numpy-half.js';

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Whether the bytes of the elements are those of the buffer's numbers: no conversion at all. */
export function sameLayout(element: ElementType, into: NumberBuffer): boolean {
  if (element.bytes !== into.BYTES_PER_ELEMENT) return false;
  if (into instanceof Int32Array) return false; // every target is checked against −2³¹
  return element.kind === 'float';
}

/** Whether every value of the type is a value of the buffer's type: only then `into` may be f32. */
export function fitsSingle(element: ElementType): boolean {
  return element.kind === 'float' ? element.bytes <= 4 : element.bytes <= 2;
}

/** Turns elements into the byte order of this machine, in place. `bytes` is aligned to the element. */
export function toHostOrder(element: ElementType, bytes: Uint8Array): void {
  if (element.bytes === 1 || element.littleEndian === HOST_IS_LITTLE_ENDIAN) return;
  if (element.bytes === 2) {
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    for (let i = 0; i < halves.length; i++) {
      const value = halves[i]!;
      halves[i] = (value << 8) | (value >>> 8);
    }
    return;
  }
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  if (element.bytes === 4) {
    for (let i = 0; i < words.length; i++) words[i] = swapWord(words[i]!);
    return;
  }
  for (let i = 0; i < words.length; i += 2) {
    const first = words[i]!;
    words[i] = swapWord(words[i + 1]!);
    words[i + 1] = swapWord(first);
  }
}

/** [a, b, c, d] → [b, a, d, c] → [d, c, b, a] */
function swapWord(word: number): number {
  const pairs = ((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff);
  return (pairs << 16) | (pairs >>> 16);
}

/**
 * Converts `count` elements in host byte order to numbers, first to last.
 * `bytes` may be the last bytes of `into` itself: as no element is wider than
 * the number it becomes, each is read before it is written over.
 *
 *     into   [  0  |  1  |  2  |  3  ]
 *     bytes              [0 |1 |2 |3 ]
 *
 * @returns −1, or the index of the first element that `into` cannot hold
 *   exactly: for Int32Array what is no integer from −2³¹+1 to 2³¹−1 (−2³¹
 *   means "no target", and so does NaN), for Float64Array integers beyond ±(2⁵³−1).
 */
export function convertElements(
  element: ElementType,
  bytes: Uint8Array,
  into: NumberBuffer,
  count: number,
): number {
  if (element.kind === 'float' && element.bytes === 2 && into instanceof Float32Array) {
    if (element.brain) widenBrains(bytes, into, count);
    else widenHalves(bytes, into, count);
    return -1;
  }
  const valueAt = elementReader(element, bytes);
  const isInt32 = into instanceof Int32Array;
  const isInteger = element.kind !== 'float';
  for (let i = 0; i < count; i++) {
    const value = valueAt(i);
    if (isInt32 && !isInteger && Number.isNaN(value)) {
      into[i] = MISSING_TARGET;
      continue;
    }
    if (isInt32) {
      if (!(value > -2147483648 && value < 2147483648) || value % 1 !== 0) return i;
    } else if (isInteger && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
      return i;
    }
    into[i] = value;
  }
  return -1;
}

/** Bits, not numbers: payloads of NaN pass unchanged. */
function widenHalves(bytes: Uint8Array, into: Float32Array, count: number): void {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  const words = new Uint32Array(into.buffer, into.byteOffset, count);
  const table = new Uint32Array(halfValues().buffer);
  for (let i = 0; i < count; i++) words[i] = table[halves[i]!]!;
}

function widenBrains(bytes: Uint8Array, into: Float32Array, count: number): void {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  const words = new Uint32Array(into.buffer, into.byteOffset, count);
  for (let i = 0; i < count; i++) words[i] = halves[i]! << 16;
}

/** Reads element `i` as the nearest double; a boolean that is neither 0 nor 1 reads as NaN. */
function elementReader(element: ElementType, bytes: Uint8Array): (i: number) => number {
  const { buffer, byteOffset } = bytes;
  const length = bytes.length / element.bytes;
  if (element.kind === 'bool') return (i) => (bytes[i]! > 1 ? Number.NaN : bytes[i]!);
  if (element.kind === 'float') {
    if (element.bytes === 2) {
      const halves = new Uint16Array(buffer, byteOffset, length);
      if (element.brain) return (i) => brainToNumber(halves[i]!);
      const table = halfValues();
      return (i) => table[halves[i]!]!;
    }
    const values =
      element.bytes === 4
        ? new Float32Array(buffer, byteOffset, length)
        : new Float64Array(buffer, byteOffset, length);
    return (i) => values[i]!;
  }
  if (element.bytes === 8) {
    const words = new Uint32Array(buffer, byteOffset, length * 2);
    const [low, high] = HOST_IS_LITTLE_ENDIAN ? [0, 1] : [1, 0];
    return element.kind === 'signed'
      ? (i) => (words[2 * i + high]! | 0) * 2 ** 32 + words[2 * i + low]!
      : (i) => words[2 * i + high]! * 2 ** 32 + words[2 * i + low]!;
  }
  const values = integers(element, bytes, length);
  return (i) => values[i]!;
}

/** Integers of up to four bytes. */
function integers(
  { kind, bytes: size }: ElementType,
  { buffer, byteOffset }: Uint8Array,
  length: number,
): Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array {
  if (kind === 'signed') {
    if (size === 1) return new Int8Array(buffer, byteOffset, length);
    if (size === 2) return new Int16Array(buffer, byteOffset, length);
    return new Int32Array(buffer, byteOffset, length);
  }
  if (size === 1) return new Uint8Array(buffer, byteOffset, length);
  if (size === 2) return new Uint16Array(buffer, byteOffset, length);
  return new Uint32Array(buffer, byteOffset, length);
}

/** The elements in decimal, every digit of a 64-bit integer included. `bytes` is in host order. */
export function elementTexts(element: ElementType, bytes: Uint8Array): (i: number) => string {
  if (element.bytes === 8 && element.kind !== 'float') {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return element.kind === 'signed'
      ? (i) => view.getBigInt64(i * 8, HOST_IS_LITTLE_ENDIAN).toString()
      : (i) => view.getBigUint64(i * 8, HOST_IS_LITTLE_ENDIAN).toString();
  }
  const valueAt = elementReader(element, bytes);
  if (element.kind !== 'bool') return (i) => String(valueAt(i));
  return (i) => (bytes[i]! > 1 ? `a boolean stored as ${bytes[i]}` : String(bytes[i]));
}
