/** Inputs that are looked at before they are read. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pullUpTo } from '../../src/formats/bytes.js';
import { openFields, recognise } from '../../src/formats/formats.js';
import { inputOf } from '../../src/formats/input.js';
import type { ByteStream } from '../../src/types/dump.js';
import { bytesOf, fieldsOf, readDump, readFields } from '../support/fields.js';
import { npyBytes, slowSource, slowStream } from '../support/numpy.js';

const BYTES = Uint8Array.from({ length: 2000 }, (_, i) => (i * 7919) >> 3);

/** Pulls up to `count` bytes. */
async function pull(stream: ByteStream, count: number): Promise<number[]> {
  const into = new Uint8Array(count);
  return [...into.subarray(0, await pullUpTo(stream, into))];
}

describe('a pipe', () => {
  it('is read by several readers from its first byte, and on by the last', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.tuple(fc.nat(3), fc.nat(200)), { maxLength: 40 }),
        fc.nat(3),
        fc.integer({ min: 1, max: 700 }),
        async (piece, reads, last, step) => {
          const input = inputOf(slowStream('-', BYTES, piece));
          expect([input.seeks, input.name]).toEqual([false, '-']);
          const readers = Array.from({ length: 4 }, () => input.open() as ByteStream);
          const at = [0, 0, 0, 0];
          for (const [reader, count] of reads) {
            const got = await pull(readers[reader]!, count);
            expect(got).toEqual([...BYTES.subarray(at[reader], at[reader]! + count)]);
            at[reader]! += got.length;
          }
          // The others never go on.
          input.settle();
          for (;;) {
            const got = await pull(readers[last]!, step);
            expect(got).toEqual([...BYTES.subarray(at[last], at[last]! + step)]);
            at[last]! += got.length;
            if (got.length < step) break;
          }
          expect(at[last]).toBe(BYTES.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is kept no longer than needed', async () => {
    let open = 0;
    const stream: ByteStream = {
      ...slowStream('-', BYTES, 100),
      close: () => void open--,
    };
    open++;
    const input = inputOf(stream);
    const [first, second] = [input.open() as ByteStream, input.open() as ByteStream];
    await pull(first, 500);
    await first.close();
    expect(open).toBe(1);
    expect(await pull(second, 2000)).toEqual([...BYTES]);
    expect(await pull(second, 1)).toEqual([]);
    await input.close();
    expect(open).toBe(0);
  });

  it('says what reading it fails with, to whoever reads on', async () => {
    const stream = slowStream('-', BYTES, 100);
    let pulls = 0;
    const failing: ByteStream = {
      ...stream,
      pull: (into) => (pulls++ < 3 ? stream.pull(into) : Promise.reject(new Error('gone'))),
    };
    const input = inputOf(failing);
    const [first, second] = [input.open() as ByteStream, input.open() as ByteStream];
    await expect(pull(first, 2000)).rejects.toThrow('gone');
    expect(await pull(second, 300)).toEqual([...BYTES.subarray(0, 300)]);
    await expect(pull(second, 1)).rejects.toThrow('gone');
  });

  it('can be opened as fields again until it is settled', async () => {
    const text = 'a,b\n1,x\n2,y\n';
    for (const sizes of [[1], [5], []]) {
      const known = await recognise(bytesOf(text, '-', sizes), undefined);
      const before = await openFields(known);
      const expected = { rows: 2, numbers: [1, 2], texts: [['x', 'y']] };
      const wanted = { numbers: ['a'], texts: ['b'] };
      for (let i = 0; i < 3; i++) {
        expect(await readFields(await openFields(known), wanted)).toMatchObject(expected);
      }
      known.input.settle();
      expect(await readFields(before, wanted)).toMatchObject(expected);
    }
  });

  it('of more rows than are looked at gives all of them', async () => {
    const count = 100_000;
    const label = (row: number) => (row === count - 1 ? 'b' : 'ab'[row % 2]);
    const lines = Array.from(
      { length: count },
      (_, row) => `${row},${row / 8},x${row},${label(row)}\n`,
    );
    const text = `Unnamed: 0,Class_a,Class_b,label\n${lines.join('').replaceAll('x', '')}`;
    const whole = await readDump({ predictions: bytesOf(text) }, 5000);
    const piped = await readDump(
      { predictions: slowStream('dump.csv', new TextEncoder().encode(text), 9973) },
      5000,
    );
    expect(piped.rows).toBe(count);
    expect(piped.scores).toEqual(whole.scores);
    expect(piped.targets).toEqual(whole.targets);
    expect(piped.notices).toEqual(whole.notices);
  });
});

describe('what can seek', () => {
  it('is known by its first bytes, however few come at once', async () => {
    const array = npyBytes({ descr: '<f4', shape: [2], values: [1, 2] });
    const packed = new Uint8Array(gzipSync('a\n1\n2\n'));
    for (const [bytes, format] of [
      [array, 'npy'],
      [packed, 'csv'],
      [new TextEncoder().encode('[1, 2]'), 'json'],
    ] as const) {
      for (const piece of [1, 2, 5, 1000]) {
        const fields = await fieldsOf(slowSource('-', bytes, piece));
        expect(fields.format).toBe(format);
        expect((await readFields(fields)).numbers).toEqual([1, 2]);
      }
    }
  });

  it('gives readers that do not know of each other, and is closed once', async () => {
    let closed = 0;
    const source = { ...bytesOf(BYTES, 'x'), close: () => void closed++ };
    const input = inputOf(source);
    expect(input.seeks).toBe(true);
    const [a, b] = [input.open(), input.open()];
    await a.close();
    await b.close();
    expect(closed).toBe(0);
    await input.close();
    expect(closed).toBe(1);
  });
});
