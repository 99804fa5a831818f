/**
 * Exact sums as text: `<hex>p<e>` means the hexadecimal integer times 2^e, its
 * last digit not 0; `0` is zero. Equal sums have equal texts.
 */

import { DIGITS, LOWEST_EXPONENT, topOf } from './exact-digits.js';
import { damagedState } from './state-check.js';

/** @param magnitude settled digits of a sum whose sign, −1 or 1, is `sign` */
export function digitsText(sign: number, magnitude: Float64Array): string {
  const top = topOf(magnitude);
  let bottom = 0;
  while (magnitude[bottom] === 0) bottom++;
  let hex = magnitude[top].toString(16);
  for (let k = top - 1; k >= bottom; k--) hex += magnitude[k].toString(16).padStart(8, '0');
  let end = hex.length;
  while (hex.charCodeAt(end - 1) === 0x30) end--;
  const exponent = LOWEST_EXPONENT + 32 * bottom + 4 * (hex.length - end);
  return `${sign < 0 ? '-' : ''}${hex.slice(0, end)}p${exponent}`;
}

/**
 * The digits of a text other than `0`, each with the sign of the sum.
 * @returns the first of them is digit `bottom`
 * @throws InputError `state-damaged` when {@link digitsText} has not written the text
 */
export function parseDigits(text: unknown): readonly [bottom: number, digits: readonly number[]] {
  const match =
    typeof text === 'string' && text.length <= 600
      ? /^(-?)([1-9a-f][0-9a-f]*)p(-?[0-9]{1,4})$/.exec(text)
      : null;
  if (match === null) throw damagedState('an exact sum is not written as <hex>p<exponent>', text);
  const [, sign, hex, exponent] = match as unknown as [string, string, string, string];
  const shift = Number(exponent) - LOWEST_EXPONENT;
  const last = Number.parseInt(hex[hex.length - 1]!, 16);
  // Sums of doubles are multiples of 2⁻¹⁰⁷⁴: bit 13 above the lowest digit's first.
  const fine = shift < 12 || (shift === 12 && last % 2 === 1);
  if (last === 0 || shift % 4 !== 0 || fine || shift / 4 + hex.length > 8 * (DIGITS - 2)) {
    throw damagedState('an exact sum is out of range or not in its shortest form', text);
  }
  const padded = hex + '0'.repeat((shift / 4) % 8);
  const digits: number[] = [];
  for (let end = padded.length; end > 0; end -= 8) {
    const digit = Number.parseInt(padded.slice(Math.max(0, end - 8), end), 16);
    digits.push(sign === '-' ? -digit : digit);
  }
  return [Math.floor(shift / 32), digits];
}
