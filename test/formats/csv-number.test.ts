import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberScanner, parseDecimal } from '../../src/formats/number-scan.js';

const scanner = new NumberScanner();
const encoder = new TextEncoder();
const buffer = new Uint8Array(4096);

function scan(text: string): number {
  const { written } = encoder.encodeInto(`${text},`, buffer);
  const value = scanner.scan(buffer, 0);
  if (scanner.end !== written - 1) throw new Error(`${text} was read to ${scanner.end}`);
  return value;
}

/** Compares with the host's parser; not with `expect` per value, which would take minutes. */
function check(text: string): void {
  const value = scan(text);
  if (!Object.is(value, Number(text))) throw new Error(`${text} was read as ${value}`);
}

/** A seeded generator of 32-bit integers (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const view = new DataView(new ArrayBuffer(8));
function double(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
function bitsOf(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** Exact decimal digits of the point half-way between a double and the next. */
function halfwayText(value: number): string {
  const bits = bitsOf(value);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = 2n * (exponent === 0 ? fraction : fraction | (1n << 52n)) + 1n;
  const power = Math.max(exponent, 1) - 1076;
  return power >= 0
    ? `${mantissa << BigInt(power)}`
    : `${mantissa * 5n ** BigInt(-power)}e${power}`;
}

/**
 * Mantissas m < 10¹⁸ for which m · 10^power lies within about 2⁻¹⁰⁸ (relative) of n · 2^shift with n
 * odd and of 54 bits, which is a half-way point: the convergents n/m of 10^power / 2^shift.
 */
function nearHalfway(power: number, shift: number): bigint[] {
  const magnitude = power * Math.log2(10) - shift;
  if (magnitude < -7 || magnitude > 53) return [];
  let top = (power > 0 ? 10n ** BigInt(power) : 1n) << BigInt(Math.max(-shift, 0));
  let bottom = (power < 0 ? 10n ** BigInt(-power) : 1n) << BigInt(Math.max(shift, 0));
  let [n0, n1, m0, m1] = [0n, 1n, 1n, 0n];
  const found: bigint[] = [];
  while (bottom > 0n) {
    const quotient = top / bottom;
    [top, bottom] = [bottom, top % bottom];
    [n0, n1] = [n1, quotient * n1 + n0];
    [m0, m1] = [m1, quotient * m1 + m0];
    if (n1 >= 1n << 54n || m1 >= 10n ** 18n) break;
    if (n1 >= 1n << 53n && n1 % 2n === 1n) found.push(m1);
  }
  return found;
}

describe('numbers from bytes', () => {
  it('reads 300 000 values as Number() does', () => {
    const random = generator(20240901);
    const unit = () => random() / 2 ** 32 + random() / 2 ** 64;
    for (let i = 0; i < 60_000; i++) {
      // Shortest round trip: any double, probabilities, logits, widened float32.
      const any = double((BigInt(random()) << 32n) | BigInt(random()));
      if (Number.isFinite(any)) check(String(any));
      check(String(unit()));
      check(String(Math.exp(-40 * unit())));
      check(String(Math.fround(60 * unit() - 30)));
      // As `%.18e`, `%.9g`, `%.6f` and the like write them.
      check((10 ** (40 * unit() - 20)).toExponential(18));
      check((20 * unit() - 10).toFixed(1 + (i % 20)));
    }
  });

  it('reads digits of any length and exponent as Number() does', () => {
    const random = generator(7);
    for (let i = 0; i < 60_000; i++) {
      let digits = '';
      for (let n = 1 + (random() % 24); n > 0; n--) digits += String(random() % 10);
      const point = random() % (digits.length + 1);
      const exponent = (random() % 120) - 80;
      check(`${digits.slice(0, point)}.${digits.slice(point)}e${exponent}`);
      check(`-${digits}`);
    }
  });

  it('rounds half-way cases and their neighbours to even as Number() does', () => {
    const random = generator(99);
    for (let i = 0; i < 4_000; i++) {
      const bits = (BigInt(random()) << 32n) | BigInt(random());
      // Exponents around 1, where halfway points are short enough to be met, and everywhere.
      const near = double((bits & 0xfffffffffffffn) | (BigInt(1023 + 52 - (i % 60)) << 52n));
      check(halfwayText(near));
      const far = double(bits & 0x7fffffffffffffffn);
      if (Number.isFinite(far) && far < 1e308) check(halfwayText(far));
      // 2^53 + 1 and its like: whole numbers of 16 to 18 digits half-way between doubles.
      const whole = (1n << BigInt(53 + (i % 6))) + (BigInt(random()) << 1n) + 1n;
      check(`${whole}`);
      check(`${whole}e-${i % 40}`);
      check(`${whole}e${i % 40}`);
    }
  });

  it('rounds numbers right that all but touch a half-way point', () => {
    let cases = 0;
    for (let power = -100; power <= 60; power++) {
      for (let shift = -340; shift <= 200; shift++) {
        for (const mantissa of nearHalfway(power, shift)) {
          cases++;
          for (const text of [`${mantissa}e${power}`, `${mantissa - 1n}e${power}`]) check(text);
        }
      }
    }
    expect(cases).toBeGreaterThan(300);
  });

  it('reads the edges of the range', () => {
    for (const text of [
      '0', '-0', '+0', '00', '0.0', '-.0', '0e5', '1e22', '1e23', '9007199254740993', '9007199254740992e22',
      '4.9e-324', '2.4703282292062327e-324', '2.4703282292062328e-324', '2.2250738585072011e-308',
      '1.7976931348623157e308', '1.7976931348623159e308', '1e400', '-1e400', '1e-400', '1e99999999999', '1e-99999999999',
      '1.', '.5', '+1', '007', '1E5', '1e+05', `0.${'0'.repeat(400)}1e401`, `1${'0'.repeat(400)}e-400`,
      '123456789', '1234567890', '999999999999999999', '1000000000000000000', '9999999999999999999',
    ]) check(text); // biome-ignore format: a table
  });

  it('stops where the number ends and says where there is none', () => {
    const read = (text: string) => {
      buffer.fill(0x0a);
      encoder.encodeInto(text, buffer);
      return [scanner.scan(buffer, 0), scanner.end];
    };
    expect(read('0x10,')).toEqual([0, 1]);
    expect(read('1_000,')).toEqual([1, 1]);
    expect(read('1.2.3,')).toEqual([1.2, 3]);
    for (const text of ['', '.', '-', '+', 'e5', '1e', '1e+', '-.e1', 'nan', ' 1', '--1', '+-1']) {
      expect(read(text), text).toEqual([Number.NaN, -1]);
    }
  });
});

describe('parseDecimal', () => {
  it('accepts decimal numbers and the spellings of NaN and infinity only', () => {
    const accepted: [string, number][] = [
      [' 1.5\t', 1.5],
      ['+1', 1],
      ['1e-3', 0.001],
      ['nan', Number.NaN],
      ['-NaN', Number.NaN],
      ['inf', Infinity],
      ['-inf', -Infinity],
      ['+Infinity', Infinity],
    ];
    for (const [text, value] of accepted) expect(parseDecimal(text), text).toBe(value);
    for (const text of [
      '',
      ' ',
      '0x10',
      '0b1',
      '1_000',
      '1,5',
      '1 2',
      'infin',
      'NA',
      'null',
      '1e',
      '.',
      '١',
    ])
      expect(parseDecimal(text), text).toBeNull();
  });

  it('agrees with the scanner on any text of number characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789.eE+-'), maxLength: 24 }),
        (text) => {
          buffer.fill(0x0a);
          encoder.encodeInto(text, buffer);
          const value = scanner.scan(buffer, 0);
          const whole = scanner.end === text.length ? value : null;
          return Object.is(parseDecimal(text), text === '' ? null : whole);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
