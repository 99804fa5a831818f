/** A number for a text, or for a row of 0s and 1s, the same on every machine: to hold targets against each other. */

/** Whole numbers up to here are doubles. */
const HIGH_BITS = 0x1fffff;

/**
 * 53 bits of a hash (two rounds of FNV-1a with different primes): texts that differ have numbers
 * that differ, but for one pair in 10¹⁵.
 */
export function textNumber(text: string): number {
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    high ^= high >>> 13;
  }
  return ((high ^ (low >>> 15)) & HIGH_BITS) * 2 ** 32 + (low >>> 0);
}

/** {@link textNumber} of `count` numbers that are 0 or 1, from `from` on. */
export function bitsNumber(bits: ArrayLike<number>, from: number, count: number): number {
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let i = from; i < from + count; i++) {
    const bit = bits[i] + 1;
    low = Math.imul(low ^ bit, 0x01000193);
    high = Math.imul(high ^ bit, 0x85ebca6b);
    high ^= high >>> 13;
  }
  return ((high ^ (low >>> 15)) & HIGH_BITS) * 2 ** 32 + (low >>> 0);
}
