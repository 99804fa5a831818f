/**
 * Decimal numbers straight from bytes, correctly rounded: the same doubles as
 * `Number(text)`, without a string per number.
 *
 * Up to 18 significant digits are gathered in two integers of nine. The result
 * is exact in one operation where mantissa and power of ten both are; else the
 * mantissa times a power of ten is formed in double-double arithmetic (about
 * 2⁻¹⁰³ relative) and taken if no error of that size can change how it rounds
 * (Ziv's test). The rest, near ties among them, goes to `Number`.
 */

/** 10^0 … 10^22, all exact. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, power) => 10 ** power);
const powersOfTen = Float64Array.from(EXACT_POWERS);

/** Range of the table of double-double powers of ten. Outside it `Number` is asked. */
const MIN_POWER = -100;
const MAX_POWER = 60;
const powerHigh = new Float64Array(MAX_POWER - MIN_POWER + 1);
const powerLow = new Float64Array(MAX_POWER - MIN_POWER + 1);
{
  // Fixed point with 600 fractional bits: truncation is below 2⁻²⁶⁰ relative.
  const bits = 600;
  const unit = 2 ** -bits;
  for (let power = MIN_POWER; power <= MAX_POWER; power++) {
    const one = 1n << BigInt(bits);
    const fixed = power < 0 ? one / 10n ** BigInt(-power) : one * 10n ** BigInt(power);
    const high = Number(fixed);
    powerHigh[power - MIN_POWER] = high * unit;
    powerLow[power - MIN_POWER] = Number(fixed - BigInt(high)) * unit;
  }
}

/** Veltkamp's constant 2²⁷ + 1: splits a double into halves of 26 bits. */
const SPLITTER = 134217729;

/** 1 + 2⁻⁴⁴: far wider than the error of the product, relative to its rounding error where that matters. */
const MARGIN = 1 + 2 ** -44;

/**
 * (first · 10^secondDigits + second) · 10^power, correctly rounded.
 * @returns NaN where the rounding is in doubt.
 */
function scaled(first: number, secondDigits: number, second: number, power: number): number {
  // first < 10⁹ and secondDigits ≤ 9: at most 30 + 21 significant bits, exact.
  const product = first * powersOfTen[secondDigits]!;
  const mantissa = product + second;
  const mantissaLow = second - (mantissa - product);
  if (power === 0) return mantissa;
  if (mantissaLow === 0 && mantissa <= 9007199254740992 && power >= -22 && power <= 22) {
    return power < 0 ? mantissa / powersOfTen[-power]! : mantissa * powersOfTen[power]!;
  }
  if (power < MIN_POWER || power > MAX_POWER) return Number.NaN;
  const high = powerHigh[power - MIN_POWER]!;
  const low = powerLow[power - MIN_POWER]!;
  // Dekker's product: mantissa · high = whole + rest exactly.
  const whole = mantissa * high;
  let split = mantissa * SPLITTER;
  const m1 = split - (split - mantissa);
  const m2 = mantissa - m1;
  split = high * SPLITTER;
  const h1 = split - (split - high);
  const h2 = high - h1;
  const rest = m2 * h2 - (whole - m1 * h1 - m2 * h1 - m1 * h2);
  const correction = rest + (mantissa * low + mantissaLow * high);
  const value = whole + correction;
  const error = correction - (value - whole);
  return value + error * MARGIN === value ? value : Number.NaN;
}

/** Reads numbers from bytes; `end` tells where the last one ended. */
export class NumberScanner {
  /** Index of the first byte after the number, or -1 where no number stood. */
  end = -1;
  /** The number was written as JSON does not allow: a bare point, a leading zero or plus. */
  loose = false;

  /**
   * Reads the longest decimal number `[+-] digits [. digits] [e [+-] digits]` at `start`.
   * The bytes must hold one after it that belongs to no number.
   * @returns the nearest double (±∞ beyond the range); NaN with `end` -1 where no number stands.
   */
  scan(bytes: Uint8Array, start: number): number {
    let at = start;
    let byte = bytes[at]!;
    let negative = false;
    let loose = false;
    if (byte === 0x2d) {
      negative = true;
      byte = bytes[++at]!;
    } else if (byte === 0x2b) {
      loose = true;
      byte = bytes[++at]!;
    }
    let first = 0;
    let second = 0;
    let digits = 0;
    let power = 0;
    const wholeStart = at;
    while (byte === 0x30) byte = bytes[++at]!;
    const zeros = at - wholeStart;
    while (byte >= 0x30 && byte <= 0x39) {
      if (digits < 9) first = (Math.imul(first, 10) + byte - 0x30) | 0;
      else if (digits < 18) second = (Math.imul(second, 10) + byte - 0x30) | 0;
      else power++;
      digits++;
      byte = bytes[++at]!;
    }
    const wholeDigits = at - wholeStart;
    if (zeros > 0 && wholeDigits > 1) loose = true;
    if (byte === 0x2e) {
      byte = bytes[++at]!;
      const fractionStart = at;
      if (digits === 0) {
        while (byte === 0x30) byte = bytes[++at]!;
        power = fractionStart - at;
      }
      while (digits < 9 && byte >= 0x30 && byte <= 0x39) {
        first = (Math.imul(first, 10) + byte - 0x30) | 0;
        digits++;
        power--;
        byte = bytes[++at]!;
      }
      while (digits < 18 && byte >= 0x30 && byte <= 0x39) {
        second = (Math.imul(second, 10) + byte - 0x30) | 0;
        digits++;
        power--;
        byte = bytes[++at]!;
      }
      while (byte >= 0x30 && byte <= 0x39) {
        digits++;
        byte = bytes[++at]!;
      }
      const fractionDigits = at - fractionStart;
      if (fractionDigits === 0 || wholeDigits === 0) {
        loose = true;
        if (fractionDigits + wholeDigits === 0) {
          this.end = -1;
          return Number.NaN;
        }
      }
    } else if (wholeDigits === 0) {
      this.end = -1;
      return Number.NaN;
    }
    if ((byte | 0x20) === 0x65) {
      byte = bytes[++at]!;
      let sign = 1;
      if (byte === 0x2d || byte === 0x2b) {
        if (byte === 0x2d) sign = -1;
        byte = bytes[++at]!;
      }
      let exponent = 0;
      const exponentStart = at;
      while (byte >= 0x30 && byte <= 0x39) {
        if (exponent < 100_000) exponent = exponent * 10 + byte - 0x30;
        byte = bytes[++at]!;
      }
      if (at === exponentStart) {
        this.end = -1;
        return Number.NaN;
      }
      power += sign * exponent;
    }
    this.end = at;
    this.loose = loose;
    let value: number;
    if (digits <= 18) {
      value = first === 0 ? 0 : scaled(first, digits > 9 ? digits - 9 : 0, second, power);
    } else {
      // Digits past the 18th: the number lies between two mantissas; if both round alike, so does it.
      value = scaled(first, 9, second, power);
      if (value !== scaled(first, 9, second + 1, power)) value = Number.NaN;
    }
    if (Number.isNaN(value)) return Number(asciiText(bytes, start, at));
    return negative ? -value : value;
  }
}

const ascii = new TextDecoder('latin1');

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return ascii.decode(bytes.subarray(start, end));
}

/**
 * A cell's text as a number, with spaces and tabs around it and the spellings of
 * NaN and infinity that C, NumPy and Python write.
 * @returns null where the text is no decimal number (`0x10`, `1_000` and `` among them).
 */
export function parseDecimal(text: string): number | null {
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, '');
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed);
  const special = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(trimmed);
  if (special === null) return null;
  if (special[2] !== undefined) return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
