/** gzip around every format. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobBytes } from '../../src/formats/blob.js';
import { InputError } from '../../src/types/errors.js';
import { bytesOf, errorOf, fieldsOf, readDump, readFields } from '../support/fields.js';
import { npyBytes, slowSource, slowStream, zipBytes } from '../support/numpy.js';

const VALUES = Array.from({ length: 300 }, (_, i) => ((i * 7919) % 1000) / 8);
const ARRAY = npyBytes({ descr: '<f8', shape: [100, 3], values: VALUES });
const rows = Array.from({ length: 100 }, (_, i) => VALUES.slice(3 * i, 3 * i + 3));
const encode = (text: string) => new TextEncoder().encode(text);
const CSV = encode(`p_0,p_1,p_2\n${rows.map((row) => `${row.join(',')}\n`).join('')}`);

const FILES: readonly (readonly [name: string, bytes: Uint8Array, format: string])[] = [
  ['x.npy.gz', ARRAY, 'npy'],
  ['x.csv.gz', CSV, 'csv'],
  ['x.CSV.GZ', CSV, 'csv'],
  ['x.tsv.gzip', encode(new TextDecoder().decode(CSV).replaceAll(',', '\t')), 'tsv'],
  ['x.json.gz', encode(JSON.stringify(rows)), 'json'],
  ['x.jsonl.gz', encode(rows.map((row) => JSON.stringify({ p: row })).join('\n')), 'jsonl'],
  ['-', ARRAY, 'npy'],
  ['-', CSV, 'csv'],
  ['-', encode(JSON.stringify(rows)), 'json'],
  // A name may be silent about it.
  ['x.csv', CSV, 'csv'],
  ['x.npy', ARRAY, 'npy'],
];

describe('gzip', () => {
  it.each(FILES)('around %s is taken off', async (name, bytes, format) => {
    const packed = new Uint8Array(gzipSync(bytes));
    const inputs = [
      bytesOf(packed, name),
      slowSource(name, packed, 11),
      slowStream(name, packed, 1),
      slowStream(name, packed, 7),
      blobBytes(name, new Blob([packed])),
    ];
    for (const input of inputs) {
      const fields = await fieldsOf(input);
      expect(fields).toMatchObject({ name, format });
      expect((await readFields(fields)).numbers).toEqual(VALUES);
    }
  });

  it('is unpacked in pieces of any size, from inputs of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 9 }),
        async (values, piece, seeks, level) => {
          const bytes = npyBytes({ descr: '|u1', shape: [values.length], values: [...values] });
          const packed = new Uint8Array(gzipSync(bytes, { level }));
          const input = (seeks ? slowSource : slowStream)('x.npy.gz', packed, piece);
          expect((await readFields(await fieldsOf(input))).numbers).toEqual([...values]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of several members is read to the end of the last', async () => {
    const half = CSV.length >> 1;
    const packed = Buffer.concat([gzipSync(CSV.subarray(0, half)), gzipSync(CSV.subarray(half))]);
    for (const input of [bytesOf(packed, 'x.csv.gz'), slowStream('x.csv.gz', packed, 5)]) {
      expect((await readFields(await fieldsOf(input))).numbers).toEqual(VALUES);
    }
  });

  it('of much is unpacked piece by piece', async () => {
    const text = 'p_a,p_b,label\n0.25,0.75,b\n0.5,0.5,a\n'.concat('0.25,0.75,b\n'.repeat(400_000));
    const packed = new Uint8Array(gzipSync(encode(text)));
    const read = await readDump({ predictions: bytesOf(packed, 'x.csv.gz') }, 4096);
    expect(read.rows).toBe(400_002);
    expect(read.targets.slice(0, 3)).toEqual([1, 0, 1]);
    const piped = await readDump({ predictions: slowStream('x.csv.gz', packed, 777) }, 4096);
    expect(piped.scores).toEqual(read.scores);
  });

  it('may be around targets and weights', async () => {
    const read = await readDump({
      predictions: bytesOf(ARRAY, 'x.npy'),
      labels: bytesOf(
        gzipSync(
          `${VALUES.slice(0, 100)
            .map((v) => (v % 3) | 0)
            .join('\n')}\n`,
        ),
        'y.txt.gz',
      ),
      weights: bytesOf(
        gzipSync(npyBytes({ descr: '<f8', shape: [100], values: VALUES.slice(0, 100) })),
        'w.npy.gz',
      ),
    });
    expect(read.targets).toEqual(VALUES.slice(0, 100).map((v) => (v % 3) | 0));
    expect(read.weights).toEqual(VALUES.slice(0, 100));
  });

  it('is of words in order as the file without it', async () => {
    const text = 'scores,kind\n"[1,2]",dog\n"[3,4]",cat\n';
    const names = { target: 'kind' };
    for (const input of [
      bytesOf(text, 'x.csv'),
      bytesOf(gzipSync(text), 'x.csv.gz'),
      slowStream('x.csv.gz', new Uint8Array(gzipSync(text)), 3),
    ]) {
      const read = await readDump({ predictions: input, names });
      expect(read.info.classNames).toEqual(['cat', 'dog']);
      expect(read.targets).toEqual([1, 0]);
    }
  });

  it('around an archive is refused, for archives are read from their end', async () => {
    const packed = gzipSync(zipBytes([{ name: 'a.npy', bytes: ARRAY }]));
    const error = await errorOf(fieldsOf(bytesOf(packed, 'x.npz.gz')));
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe('npz-from-stream');
  });
});

describe('damaged gzip', () => {
  const packed = new Uint8Array(gzipSync(CSV));

  it('is refused where it is cut, at every byte', async () => {
    for (let cut = 2; cut < packed.length; cut++) {
      for (const input of [
        bytesOf(packed.subarray(0, cut), 'x.csv.gz'),
        slowStream('x.csv.gz', packed.subarray(0, cut), 9),
      ]) {
        const reading = fieldsOf(input).then((fields) => readFields(fields));
        const error = await errorOf(reading);
        expect(error, `cut at ${cut}`).toBeInstanceOf(InputError);
        expect(error.code, `cut at ${cut}`).toBe('gzip-data');
        expect(error.message).toMatch(/^x\.csv\.gz, byte \d+: .*ends too early/);
      }
    }
  });

  it('is refused, or the right numbers are read, whichever byte is another', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: packed.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const copy = packed.slice();
          copy[at]! ^= flip;
          try {
            const { numbers } = await readFields(await fieldsOf(bytesOf(copy, 'x.csv.gz')));
            expect(numbers).toEqual(VALUES);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('with other bytes behind it is refused', async () => {
    const junk = Buffer.concat([packed, Buffer.from('junk behind the end')]);
    const error = await errorOf(
      fieldsOf(bytesOf(junk, 'x.csv.gz')).then((fields) => readFields(fields)),
    );
    expect(error).toMatchObject({ code: 'gzip-data' });
  });

  it('passes on what reading its bytes fails with', async () => {
    const failure = new InputError('cannot-read', { problem: 'the disk is gone' });
    const stream = slowStream('x.csv.gz', packed, 50);
    let left = 4;
    const failing = {
      ...stream,
      pull: (into: Uint8Array) => (left-- > 0 ? stream.pull(into) : Promise.reject(failure)),
    };
    const reading = fieldsOf(failing).then((fields) => readFields(fields));
    expect(await errorOf(reading)).toBe(failure);
  });
});
