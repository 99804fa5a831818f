/** Values of columns as text, and decimals as numbers. */

import { NotText } from './column-rows.js';
import { halfValues } from './numpy-half.js';
import { decodeText } from './text-window.js';

/** 64-bit integers in decimal, every digit of them. */
export function longTexts(pairs: Uint32Array, isSigned: boolean): (slot: number) => string {
  return (slot) => {
    const bits = (BigInt(pairs[2 * slot + 1]!) << 32n) | BigInt(pairs[2 * slot]!);
    return (isSigned ? BigInt.asIntN(64, bits) : bits).toString();
  };
}

/** Numbers as they are written; NaN is ''. */
export function numberTexts(values: ArrayLike<number>): (slot: number) => string {
  return (slot) => {
    const value = values[slot]!;
    return Number.isNaN(value) ? '' : String(value);
  };
}

/** Numbers of half precision. */
export function halfTexts(bits: Uint16Array): (slot: number) => string {
  const table = halfValues();
  return (slot) => {
    const value = table[bits[slot]!]!;
    return Number.isNaN(value) ? '' : String(value);
  };
}

/** Strings of UTF-8 that lie behind each other; value i is `starts[i] … ends[i]`. */
export function stringTexts(
  bytes: Uint8Array,
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
): (slot: number) => string {
  return (slot) => {
    const text = decodeText(bytes, starts[slot]!, ends[slot]!);
    if (text === null) throw new NotText();
    return text;
  };
}

/** Texts of a dictionary, each decoded once. */
export function dictionaryTexts(
  count: number,
  text: (entry: number) => string,
  entries: ArrayLike<number>,
): (slot: number) => string {
  const known = new Array<string | undefined>(count);
  return (slot) => {
    const entry = entries[slot]!;
    known[entry] ??= text(entry);
    return known[entry];
  };
}

/** The whole number in two's complement bytes, the first byte the highest. */
export function bigIntOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** unscaled · 10^−scale as text. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  const point = digits.length - scale;
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The double nearest to unscaled · 10^−scale. */
export function decimalNumber(unscaled: bigint, scale: number): number {
  // Both are exact, and a quotient is rounded once.
  if (scale <= 22 && unscaled < 1n << 53n && unscaled > -(1n << 53n)) {
    return Number(unscaled) / 10 ** scale;
  }
  return Number(decimalText(unscaled, scale));
}
