/** Decimal numbers from bytes and text, correctly rounded: the same doubles as `Number(text)`. */

/** 10^0 … 10^22, all exact. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, power) => 10 ** power);

/** A double holds all numbers of so many digits. */
const EXACT_DIGITS = 15;

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** Reads numbers from bytes; `end` tells where the last one ended. */
export class NumberScanner {
  /** Index of the first byte after the number, or -1 where no number stood. */
  end = -1;
  /** The number was written as JSON does not allow: a bare point, a leading zero or plus. */
  loose = false;
  /** The decimal sign: a point, or a comma. */
  point = 0x2e;

  /**
   * Reads the longest decimal number `[+-] digits [. digits] [e [+-] digits]` at `start`.
   * The bytes must hold one after it that belongs to no number.
   * @returns the nearest double (±∞ beyond the range); NaN with `end` -1 where no number stands.
   */
  scan(bytes: Uint8Array, start: number): number {
    let at = start;
    let byte = bytes[at]!;
    const isNegative = byte === 0x2d;
    this.loose = byte === 0x2b;
    if (isNegative || this.loose) byte = bytes[++at]!;
    const whole = at;
    let mantissa = 0;
    for (; isDigit(byte); byte = bytes[++at]!) mantissa = mantissa * 10 + byte - 0x30;
    let digits = at - whole;
    if (digits > 1 && bytes[whole] === 0x30) this.loose = true;
    let fraction = 0;
    if (byte === this.point) {
      byte = bytes[++at]!;
      const from = at;
      for (; isDigit(byte); byte = bytes[++at]!) mantissa = mantissa * 10 + byte - 0x30;
      fraction = at - from;
      if (digits === 0 || fraction === 0) this.loose = true;
      digits += fraction;
    }
    this.end = -1;
    if (digits === 0) return Number.NaN;
    let isExact = digits <= EXACT_DIGITS;
    if ((byte | 0x20) === 0x65) {
      byte = bytes[++at]!;
      if (byte === 0x2d || byte === 0x2b) byte = bytes[++at]!;
      if (!isDigit(byte)) return Number.NaN;
      while (isDigit(byte)) byte = bytes[++at]!;
      isExact = false;
    }
    this.end = at;
    if (!isExact) return Number(asciiText(bytes, start, at).replace(',', '.'));
    // Both are exact, so that the quotient is rounded once.
    const value = fraction === 0 ? mantissa : mantissa / EXACT_POWERS[fraction]!;
    return isNegative ? -value : value;
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
  let [from, to] = [0, text.length];
  while (text[from] === ' ' || text[from] === '\t') from++;
  while (to > from && (text[to - 1] === ' ' || text[to - 1] === '\t')) to--;
  const trimmed = text.slice(from, to);
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed);
  const special = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(trimmed);
  if (special === null) return null;
  if (special[2] !== undefined) return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
