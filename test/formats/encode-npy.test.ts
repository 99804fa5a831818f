import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeNpy, type NpyArray } from '../../src/formats/encode-npy.js';
import { openNpy } from '../../src/formats/npy.js';
import { UsageError } from '../../src/types/errors.js';
import { slowStream } from '../support/numpy.js';

interface Saved {
  readonly array: string;
  readonly values: readonly number[];
  readonly shape: readonly number[];
  readonly npy: string;
}

const { cases }: { readonly cases: readonly Saved[] } = JSON.parse(
  readFileSync(new URL('numpy-saved.json', import.meta.url), 'utf8'),
);

function arrayOf({ array, values }: Saved): NpyArray {
  const kind = Reflect.get(globalThis, array);
  return kind.from(array.startsWith('Big') ? values.map(BigInt) : values);
}

describe('encodeNpy', () => {
  it.each(cases)('writes $array of shape $shape byte by byte as NumPy does', (saved) => {
    const file = encodeNpy(arrayOf(saved), saved.shape);
    expect(Buffer.from(file).toString('base64')).toBe(saved.npy);
  });

  it('takes one axis where no shape is given, parts of a buffer, and a Buffer', () => {
    const whole = Float32Array.of(9, 1, 2, 3, 9);
    const three = encodeNpy(Float32Array.of(1, 2, 3), [3]);
    expect(encodeNpy(whole.subarray(1, 4))).toEqual(three);
    expect(encodeNpy(Buffer.from([1, 2]))).toEqual(encodeNpy(Uint8Array.of(1, 2)));
  });

  it('is read back to the same bits, whatever the shape', async () => {
    const table = fc
      .record({ rows: fc.integer({ min: 1, max: 40 }), classes: fc.integer({ min: 2, max: 300 }) })
      .chain(({ rows, classes }) =>
        fc.record({
          rows: fc.constant(rows),
          classes: fc.constant(classes),
          scores: fc.float32Array({ minLength: rows * classes, maxLength: rows * classes }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(table, async ({ rows, classes, scores }) => {
        const file = encodeNpy(scores, [rows, classes]);
        expect(file.length % 64).toBe(scores.byteLength % 64);
        const reader = await openNpy(slowStream('a.npy', file, 1000));
        expect(reader.shape).toEqual([rows, classes]);
        const read = new Float32Array(rows * classes);
        expect(await reader.readRows(read, rows)).toBe(rows);
        expect(read).toEqual(scores);
      }),
      { numRuns: 40 },
    );
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ['bad-array', [1, 2], [2], /typed array.*found an Array/],
    ['bad-array', new DataView(new ArrayBuffer(8)), [1], /found a DataView/],
    ['bad-array', undefined, [1], /found undefined/],
    ['bad-shape', Float32Array.of(1, 2), [1, 2.5], /whole numbers from 0; found \[1,2.5\]/],
    ['bad-shape', Float32Array.of(1, 2), [-1, -2], /whole numbers/],
    ['bad-shape', Float32Array.of(1, 2), 2, /found 2/],
    ['bad-shape', Float32Array.of(1), Array(33).fill(1), /at most 32/],
    [
      'length-mismatch',
      Float32Array.of(1, 2),
      [2, 2],
      /2 elements and a shape of \(2, 2\) holds 4/,
    ],
  ])('refuses with %s', (code, array, shape, message) => {
    const encode = () => encodeNpy(array as NpyArray, shape as number[]);
    expect(encode).toThrow(UsageError);
    expect(encode).toThrow(message);
    expect(encode).toThrow(expect.objectContaining({ code }));
  });
});
