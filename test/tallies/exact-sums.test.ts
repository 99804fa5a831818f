import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactSums, exactSum } from '../../src/tallies/exact-sums.js';

/** Every double is an integer multiple of 2⁻¹⁰⁷⁴: that integer. */
function units(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const size = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1);
  return bits >> 63n === 1n ? -size : size;
}

/** The double nearest to `sum` · 2⁻¹⁰⁷⁴, ties to even, built from its bits. */
function nearest(sum: bigint): number {
  const size = sum < 0n ? -sum : sum;
  let exponent = Math.max(0, size.toString(2).length - 53);
  let significand = size >> BigInt(exponent);
  const rest = size - (significand << BigInt(exponent));
  const half = exponent === 0 ? 1n : 1n << BigInt(exponent - 1);
  if (rest > half || (rest === half && exponent > 0 && (significand & 1n) === 1n))
    significand += 1n;
  if (significand === 1n << 53n) {
    significand >>= 1n;
    exponent += 1;
  }
  if (exponent > 2045) return sum < 0n ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // Exact: the significand has at most 53 bits and the product at least one unit.
  const value =
    exponent < 500
      ? Number(significand) * 2 ** -1074 * 2 ** exponent
      : Number(significand) * 2 ** (exponent - 1074);
  return sum < 0n ? -value : value;
}

const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true });
const ordinary = fc.double({ min: -100, max: 100, noNaN: true });
/** Both sides of every bound at which the sums take another way. */
const nearBounds = fc
  .tuple(
    fc.constantFrom(-58, -31, 16, 33),
    fc.constantFrom(1, 1 + 2 ** -52, 1 - 2 ** -53, 1.1, 0.9, -1, -1.3),
  )
  .map(([exponent, factor]) => factor * 2 ** exponent);
const integerPower = fc
  .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -1074, max: 1020 }))
  .map(([digit, exponent]) => digit * 2 ** exponent);
const numbers = fc.array(fc.oneof(anyFinite, ordinary, integerPower, nearBounds), {
  maxLength: 40,
});

function shuffled<T>(values: readonly T[], keys: readonly number[]): T[] {
  return values
    .map((value, i) => ({ value, key: keys[i % Math.max(1, keys.length)]! * (i + 1) }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

describe('ExactSums', () => {
  it('rounds the exact sum once, for doubles of every magnitude', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const expected = nearest(values.reduce((sum, value) => sum + units(value), 0n));
        expect(exactSum(values)).toBe(expected === 0 ? 0 : expected);
        const sums = new ExactSums(3);
        sums.addColumn(1, Float64Array.from(values), values.length);
        expect(sums.value(1)).toBe(expected === 0 ? 0 : expected);
        const scattered = new ExactSums(3);
        scattered.addScattered(
          new Int32Array(values.length).fill(1),
          Float64Array.from(values),
          values.length,
        );
        expect(scattered.toJSON()).toEqual(sums.toJSON());
        expect(sums.value(0)).toBe(0);
        expect(sums.value(2)).toBe(0);
        expect(sums.total()).toBe(expected === 0 ? 0 : expected);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['cancellation at the top', [1e308, 1, -1e308], 1],
    [
      'partial sums beyond the largest double',
      [1.7e308, 1.7e308, 1e-320, -1.7e308, -1.7e308],
      1e-320,
    ],
    ['overflow', [1.7e308, 1.7e308], Number.POSITIVE_INFINITY],
    ['negative overflow', [-1.7e308, -1.7e308], Number.NEGATIVE_INFINITY],
    ['half an ulp below the overflow', [Number.MAX_VALUE, 2 ** 969], Number.MAX_VALUE],
    ['half an ulp at the largest double', [Number.MAX_VALUE, 2 ** 970], Number.POSITIVE_INFINITY],
    ['tie to even, down', [2 ** 53, 1], 2 ** 53],
    ['tie to even, up', [2 ** 53 + 2, 1], 2 ** 53 + 4],
    ['tie broken from far below', [2 ** 53, 1, 5e-324], 2 ** 53 + 2],
    ['tie broken downwards from far below', [2 ** 53 + 2, 1, -5e-324], 2 ** 53 + 2],
    ['subnormals', [5e-324, 5e-324, -1.5e-323], -5e-324],
    ['negative zero', [-0, -0], 0],
    ['tenths', Array.from({ length: 10 }, () => 0.1), 1],
    ['infinity', [1, Number.POSITIVE_INFINITY, -5], Number.POSITIVE_INFINITY],
    ['both infinities', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], Number.NaN],
    ['NaN', [1, Number.NaN], Number.NaN],
  ])('%s', (_, values, expected) => {
    expect(exactSum(values as number[])).toBe(expected);
  });

  it('has the same state in any order and any split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(4), fc.oneof(anyFinite, ordinary, fc.double())), {
          maxLength: 40,
        }),
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 7 }),
        (entries, keys, parts) => {
          const whole = new ExactSums(5);
          for (const [index, value] of entries) whole.add(index, value);
          const states = Array.from({ length: parts }, () => new ExactSums(5));
          shuffled(entries, keys).forEach(([index, value], i) => {
            states[i % parts]!.addScattered(Int32Array.of(index), Float64Array.of(value), 1);
          });
          const merged = states.pop()!;
          for (const state of states.reverse()) {
            merged.merge(ExactSums.fromJSON(JSON.parse(JSON.stringify(state)), 5));
          }
          expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
          expect(merged.values()).toEqual(whole.values());
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('writes the exact value', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const sums = new ExactSums(1);
        for (const value of values) sums.add(0, value);
        const text = sums.text(0);
        const match = /^(-?)([0-9a-f]+)(?:p(-?\d+))?$/.exec(text)!;
        const shift = BigInt(Number(match[3] ?? 0) + 1074 + 1);
        let size = (BigInt(`0x${match[2]}`) << 200n) * (shift < 0n ? 1n : 1n << shift);
        size = match[3] === undefined ? 0n : size >> 201n;
        const exact = values.reduce((sum, value) => sum + units(value), 0n);
        expect(match[1] === '-' ? -size : size).toBe(exact);
      }),
      { numRuns: 1000 },
    );
  });

  it('stays exact past the carry, for sums of either sign', () => {
    const rows = 2 ** 20 + 2 ** 19 + 7;
    const values = new Float64Array(rows).fill(-(2 - 2 ** -52));
    const sums = new ExactSums(2);
    sums.addColumn(1, values, rows);
    sums.addColumn(1, values, rows);
    sums.addColumn(1, values, rows);
    expect(sums.value(1)).toBe(nearest(units(values[0]!) * BigInt(3 * rows)));
    for (let i = 0; i < 2 ** 20 + 5; i++) sums.add(0, 0.1);
    expect(sums.value(0)).toBe(nearest(units(0.1) * BigInt(2 ** 20 + 5)));
    expect(sums.total()).toBe(
      nearest(units(0.1) * BigInt(2 ** 20 + 5) + units(values[0]!) * BigInt(3 * rows)),
    );
  });

  it('keeps the sums that a resize keeps', () => {
    const sums = new ExactSums(1);
    sums.add(0, 0.1);
    sums.resize(3);
    sums.add(2, 1e300);
    expect([...sums.values()]).toEqual([0.1, 0, 1e300]);
  });

  it.each([
    ['no object', 3],
    ['too few sums', { sums: ['0'] }],
    ['no text', { sums: [1, '0'] }],
    ['no number', { sums: ['xyz', '0'] }],
    ['zeros at the end', { sums: ['10p-51', '0'] }],
    ['off the grid', { sums: ['1p-52', '0'] }],
    ['below the smallest double', { sums: ['1p-1075', '0'] }],
    ['above all sums', { sums: ['1p1101', '0'] }],
    ['a very long text', { sums: [`${'f'.repeat(700)}p-51`, '0'] }],
    ['a place that is none', { sums: ['0', '0'], nonFinite: [[2, 1, 0, 0]] }],
    ['a negative count', { sums: ['0', '0'], nonFinite: [[1, -1, 0, 0]] }],
  ])('refuses a state with %s', (_, state) => {
    expect(() => ExactSums.fromJSON(state, 2)).toThrowError(
      expect.objectContaining({ code: 'state-damaged' }),
    );
  });

  it('refuses to merge another number of sums', () => {
    expect(() => new ExactSums(2).merge(new ExactSums(3))).toThrowError(
      expect.objectContaining({ code: 'state-mismatch' }),
    );
  });
});
