/** The digits of exact sums, base 2³² from the lowest up: how carries settle, and what double they make. */

export const BASE = 2 ** 32;
const INVERSE_BASE = 2 ** -32;
/** Digit k counts multiples of 2^(32 k + LOWEST_EXPONENT). */
export const LOWEST_EXPONENT = -1087;
/** Digits 0 … 65 hold every double; two more take the carries. */
export const DIGITS = 68;

/** Copies sums of `width` digits each to where they have `wider`, `shift` of them below. */
export function copyDigits(
  digits: Float64Array,
  width: number,
  into: Float64Array,
  wider: number,
  shift: number,
): void {
  for (let from = 0, to = shift; from < digits.length; from += width, to += wider) {
    for (let k = 0; k < width; k++) into[to + k] = digits[from + k];
  }
}

/**
 * Settles the carries of sums of `width` digits each: every digit comes to lie
 * in [0, 2³²) but the top one, which bears the sign.
 * @returns whether a top digit has outgrown its place
 */
export function settle(digits: Float64Array, width: number): boolean {
  let overflow = false;
  for (let from = 0; from < digits.length; from += width) {
    const last = from + width - 1;
    let carry = 0;
    for (let place = from; place < last; place++) {
      const digit = digits[place] + carry;
      carry = Math.floor(digit * INVERSE_BASE);
      digits[place] = digit - carry * BASE;
    }
    digits[last] += carry;
    if (Math.abs(digits[last]) >= BASE) overflow = true;
  }
  return overflow;
}

/**
 * Writes the settled sum of `width` digits at `from` to `magnitude`, its lowest digit
 * at `lowest`, and without its sign.
 * @returns the sign: −1, 0 or 1
 */
export function readMagnitude(
  magnitude: Float64Array,
  lowest: number,
  digits: Float64Array,
  from: number,
  width: number,
): number {
  magnitude.fill(0);
  if (width === 0) return 0;
  const sign = digits[from + width - 1] < 0 ? -1 : 1;
  let carry = 0;
  let any = 0;
  for (let k = 0; k < width; k++) {
    const digit = sign * digits[from + k] + carry;
    carry = Math.floor(digit * INVERSE_BASE);
    magnitude[lowest + k] = digit - carry * BASE;
    any += magnitude[lowest + k];
  }
  return any === 0 ? 0 : sign;
}

/** The highest digit of a sum other than 0. */
export function topOf(magnitude: Float64Array): number {
  let top = DIGITS - 1;
  while (magnitude[top] === 0) top--;
  return top;
}

/** The double nearest to a sum other than 0, ties to even; beyond the largest, infinite. */
export function nearestDouble(magnitude: Float64Array): number {
  const top = topOf(magnitude);
  // The top three digits, cut after 21 bits of the second, so that both
  // parts are exact; what lies below only breaks ties, and an odd last bit
  // says as much. One addition then rounds once, as at least 65 bits stand
  // above that last bit.
  const second = top > 0 ? magnitude[top - 1] : 0;
  const third = top > 1 ? magnitude[top - 2] : 0;
  const secondHigh = Math.floor(second / 2 ** 11);
  const upper = magnitude[top] * 2 ** 21 + secondHigh;
  let lower = (second - secondHigh * 2 ** 11) * BASE + third;
  if (lower % 2 === 0) {
    for (let k = top - 3; k >= 0; k--) {
      if (magnitude[k] !== 0) {
        lower += 1;
        break;
      }
    }
  }
  // Two steps: the power of two may lie below the smallest double though the
  // product does not. A subnormal sum is a multiple of 2⁻¹⁰⁷⁴, hence exact.
  const exponent = 32 * (top - 2) + LOWEST_EXPONENT;
  const half = Math.trunc(exponent / 2);
  return (upper * 2 ** 43 + lower) * 2 ** half * 2 ** (exponent - half);
}
