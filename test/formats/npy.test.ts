import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NumberArray } from '../../src/formats/array-numbers.js';
import { openNpy } from '../../src/formats/npy.js';
import { openNpyTexts } from '../../src/formats/npy-texts.js';
import { halfValues } from '../../src/formats/numpy-half.js';
import type { ByteSource, ByteStream } from '../../src/types/dump.js';
import { memoryBytes } from '../support/memory-bytes.js';
import { type NpySpec, npyBytes, slowSource, slowStream } from '../support/numpy.js';

const DUMPS = new URL('../oracles/dumps/', import.meta.url);

async function open(spec: NpySpec): Promise<NumberArray> {
  return openNpy(memoryBytes('x.npy', npyBytes(spec)));
}

/** All elements as doubles, read `step` rows at a time. */
async function all(array: NumberArray, step = 1000): Promise<number[]> {
  const into = new Float64Array(step * array.columns);
  const values: number[] = [];
  for (;;) {
    const rows = await array.readRows(into, step);
    if (rows === 0) return values;
    values.push(...into.subarray(0, rows * array.columns));
  }
}

async function oracle(name: string): Promise<NumberArray> {
  return openNpy(memoryBytes(name, readFileSync(new URL(name, DUMPS))));
}

const FLOATS = [0, -0, 1.5, -2.25, 65504, 2 ** -24, -(2 ** -14), 0.333251953125, 3, -7, 11, 13];
const SIGNED = [0, -1, 1, 127, -128, 5, 7, -9, 100, -100, 64, 3];
const UNSIGNED = [0, 1, 2, 127, 5, 7, 9, 100, 64, 3, 90, 33];
const TYPES: readonly (readonly [string, readonly number[]])[] = [
  ...['f2', 'f4', 'f8'].map((type) => [type, FLOATS] as const),
  ...['i1', 'i2', 'i4', 'i8'].map((type) => [type, SIGNED] as const),
  ...['u1', 'u2', 'u4', 'u8'].map((type) => [type, UNSIGNED] as const),
  ['b1', [0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0]],
];

describe.each(TYPES)('npy %s', (type, values) => {
  it.each(['<', '>'])('%s in every version and order', async (order) => {
    for (const version of [1, 2, 3] as const) {
      for (const fortran of [false, true]) {
        const array = await open({
          descr: order + type,
          shape: [4, 3],
          values,
          fortran,
          version,
        });
        expect(array.rows).toBe(4);
        expect(array.columns).toBe(3);
        expect(await all(array)).toStrictEqual([...values]);
      }
    }
  });
});

describe('npy', () => {
  it('widens every half-precision number exactly', () => {
    const values = halfValues();
    for (let bits = 0; bits < 0x10000; bits++) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      const value =
        exponent === 31
          ? fraction === 0
            ? sign * Number.POSITIVE_INFINITY
            : Number.NaN
          : exponent === 0
            ? sign * fraction * 2 ** -24
            : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
      if (!Object.is(values[bits], value))
        expect.fail(`bits ${bits}: ${values[bits]}, not ${value}`);
    }
  });

  it('delivers floats bit for bit at any aligned place, and nothing beside it', async () => {
    for (const descr of ['<f2', '<f4', '>f4']) {
      const values = [1, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** -24, -3];
      const memory = new Uint8Array(64).fill(0xaa);
      const into = new Float32Array(memory.buffer, 12, 6);
      const array = await open({ descr, shape: [3, 2], values });
      expect(await array.readRows(into, 3)).toBe(3);
      expect([...into]).toStrictEqual(values);
      expect([...memory.subarray(0, 12), ...memory.subarray(36)].every((b) => b === 0xaa)).toBe(
        true,
      );
    }
  });

  it('flattens leading axes to rows', async () => {
    const values = Array.from({ length: 24 }, (_, i) => i);
    const array = await open({ descr: '<f4', shape: [2, 3, 4], values });
    expect([array.rows, array.columns]).toStrictEqual([6, 4]);
    expect(await all(array, 4)).toStrictEqual(values);
  });

  it('reads labels with all digits', async () => {
    const big = 2n ** 64n - 1n;
    const texts = (spec: NpySpec) => openNpyTexts(memoryBytes('x.npy', npyBytes(spec)));
    const array = await texts({ descr: '<u8', shape: [3], values: [big, 0, 2 ** 53] });
    expect(await array.readTexts(2)).toStrictEqual([`${big}`, '0']);
    expect(await array.readTexts(2)).toStrictEqual(['9007199254740992']);
    expect(await array.readTexts(2)).toStrictEqual([]);
    const floats = await texts({ descr: '<f8', shape: [2], values: [3, -0] });
    expect(await floats.readTexts(9)).toStrictEqual(['3', '0']);
  });

  it('narrows 64-bit targets in pieces', async () => {
    const values = Array.from({ length: 300_000 }, (_, i) => i - 150_000);
    for (const descr of ['<i8', '>i8', '<f8']) {
      const array = await open({ descr, shape: [values.length], values });
      const into = new Int32Array(values.length);
      expect(await array.readRows(into, values.length)).toBe(values.length);
      expect(into.findIndex((value, i) => value !== values[i])).toBe(-1);
    }
  });

  it('reads a Fortran array from a pipe whole, and tile by tile from a file', async () => {
    const [rows, columns] = [50, 7];
    const values = Array.from({ length: rows * columns }, (_, i) => i);
    for (const descr of ['<f8', '>f4', '<u2', '|u1']) {
      const expected = values.map((value) => (descr === '|u1' ? value % 128 : value));
      const bytes = npyBytes({ descr, shape: [rows, columns], values: expected, fortran: true });
      const budgets = [undefined, 0, 8 * columns * 3 + 5, 8 * columns * 49];
      for (const memoryBudget of budgets) {
        const options = memoryBudget === undefined ? {} : { memoryBudget };
        for (const piece of [1, 5, 1 << 20]) {
          const array = await openNpy(slowSource('x', bytes, piece), options);
          expect(await all(array, 13)).toStrictEqual(expected);
        }
      }
      expect(await all(await openNpy(slowStream('x', bytes, 11)), 13)).toStrictEqual(expected);
    }
  });

  it('gives the same bytes however reads and pieces are split', async () => {
    const cases = fc.record({
      descr: fc.constantFrom('<f4', '>f4', '<f2', '<f8', '>i2', '<i8'),
      rows: fc.integer({ min: 1, max: 40 }),
      columns: fc.integer({ min: 1, max: 40 }),
      fortran: fc.boolean(),
      stream: fc.boolean(),
      piece: fc.integer({ min: 1, max: 500 }),
      steps: fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 5 }),
      memoryBudget: fc.integer({ min: 1, max: 4000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        cases,
        async ({ descr, rows, columns, fortran, stream, piece, steps, memoryBudget }) => {
          const values = Array.from({ length: rows * columns }, (_, i) => i);
          const bytes = npyBytes({ descr, shape: [rows, columns], values, fortran });
          const input: ByteSource | ByteStream = stream
            ? slowStream('x', bytes, piece)
            : slowSource('x', bytes, piece);
          const array = await openNpy(input, stream ? {} : { memoryBudget });
          const got: number[] = [];
          for (let turn = 0; got.length < values.length; turn++) {
            const step = steps[turn % steps.length]!;
            const into = new Float64Array(step * columns);
            const count = await array.readRows(into, step);
            expect(count).toBe(Math.min(step, rows - got.length / columns));
            got.push(...into.subarray(0, count * columns));
          }
          expect(got).toStrictEqual(values);
          expect(await array.readRows(new Float64Array(columns), 1)).toBe(0);
          const { done, total } = array.progress();
          expect(done).toBe(total);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('lets zero padding through', async () => {
    const bytes = npyBytes({ descr: '<f4', shape: [2, 2], values: [1, 2, 3, 4] });
    const padded = new Uint8Array(bytes.length + 4096);
    padded.set(bytes);
    expect(await all(await openNpy(memoryBytes('x', padded)))).toStrictEqual([1, 2, 3, 4]);
    expect(await all(await openNpy(slowStream('x', padded, 100)))).toStrictEqual([1, 2, 3, 4]);
  });

  it('reads the reference dumps alike in all their clothes', async () => {
    const plain = await all(await oracle('digits-epochs/epoch-160.npy'));
    expect(plain.length).toBe(10_000);
    expect(await all(await oracle('digits-f64-fortran.npy'), 77)).toStrictEqual(plain);
    const half = await all(await oracle('digits-f16.npy'));
    const worst = half.map(
      (value, i) => Math.abs(value - plain[i]!) / Math.max(Math.abs(plain[i]!), 2 ** -14),
    );
    expect(Math.max(...worst)).toBeLessThanOrEqual(2 ** -11);
    expect(await all(await oracle('digits-labels-u8.npy'))).toStrictEqual(
      await all(await oracle('digits-epochs/labels.npy')),
    );
  });
});
