import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamOf } from '../../src/formats/bytes.js';
import { openNpy } from '../../src/formats/npy.js';
import { openNpyTexts } from '../../src/formats/npy-texts.js';
import type { ByteSource, DumpReader } from '../../src/types/dump.js';
import { fieldsOf, scoreReader as open, select } from '../support/fields.js';
import { memoryBytes } from '../support/memory-bytes.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const ROWS = 40;
const COLUMNS = 3;
const values = Array.from({ length: ROWS * COLUMNS }, (_, i) => i);
const targets = Array.from({ length: ROWS }, (_, i) => i % COLUMNS);
const weights = Array.from({ length: ROWS }, (_, i) => i / 4);
const array = (descr: string, fortran = false) =>
  npyBytes({ descr, shape: [ROWS, COLUMNS], values, fortran });
const column = (descr: string, from: number[]) =>
  npyBytes({ descr, shape: [from.length], values: from });
const memory = (name: string, bytes: Uint8Array) => memoryBytes(name, bytes);

const plain = (bytes: Uint8Array, memoryBudget = 1e6, labels = true): Promise<DumpReader> =>
  open({
    predictions: memory('x.npy', bytes),
    ...(labels
      ? { labels: memory('y.npy', column('<i8', targets)) }
      : { targets: Int32Array.from(targets) }),
    weights: memory('w.npy', column('<f8', weights)),
    memoryBudget,
  });
const archive = (deflate = false) =>
  zipBytes([
    { name: 'x.npy', bytes: array('<f4'), deflate },
    { name: 'y.npy', bytes: column('<i8', targets) },
    { name: 'w.npy', bytes: column('<f8', weights) },
  ]);
const names = { scores: 'x', target: 'y', weight: 'w' };
/** One-hot rows, which are read whole and become class indices. */
const oneHot = () =>
  npyBytes({
    descr: '|b1',
    shape: [ROWS, COLUMNS],
    values: targets.flatMap((y) => [0, 1, 2].map((c) => Number(c === y))),
  });

const dumps: Record<string, () => Promise<DumpReader>> = {
  'npy f4': () => plain(array('<f4')),
  'npy f8, big-endian': () => plain(array('>f8')),
  // So small a budget makes tiles of two rows.
  'npy Fortran': () => plain(array('<f4', true), 24),
  'npy Fortran, one tile': () => plain(array('<f4', true)),
  'npy with targets in memory': () => plain(array('<f4'), 1e6, false),
  'npy with one-hot targets': () =>
    open({
      predictions: memory('x.npy', array('<f4')),
      labels: memory('y.npy', oneHot()),
      weights: memory('w.npy', column('<f8', weights)),
    }),
  'npz, stored': () => open({ predictions: memory('a.npz', archive()), names }),
};

async function readAll(reader: DumpReader, capacity: number) {
  const Scores = reader.info.dtype === 'f64' ? Float64Array : Float32Array;
  const rows: number[][] = [];
  for (;;) {
    const into = {
      capacity,
      scores: new Scores(capacity * COLUMNS),
      targets: new Int32Array(capacity),
      weights: new Float64Array(capacity),
    };
    const count = await reader.read(into);
    if (count === 0) return rows;
    for (let r = 0; r < count; r++) {
      const scores = into.scores.subarray(r * COLUMNS, (r + 1) * COLUMNS);
      rows.push([...scores, into.targets[r]!, into.weights[r]!]);
    }
  }
}

describe.each(Object.keys(dumps))('%s', (name) => {
  it('gives any rows that are selected, in any order of asking', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(ROWS), fc.nat(ROWS)), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        async (ranges, capacity) => {
          const reader = await dumps[name]!();
          for (const [first, count] of ranges) {
            reader.selectRows!(first, count);
            const expected = Array.from({ length: Math.min(count, ROWS - first) }, (_, i) => {
              const row = first + i;
              const scores = values.slice(row * COLUMNS, (row + 1) * COLUMNS);
              return [...scores, targets[row]!, weights[row]!];
            });
            expect(await readAll(reader, capacity)).toEqual(expected);
          }
          await reader.close();
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('selecting rows', () => {
  it.each([false, true])('reads none of the bytes before them (Fortran: %s)', async (fortran) => {
    const bytes = array('<f4', fortran);
    const read: number[] = [];
    const inner = memoryBytes('x.npy', bytes);
    const source: ByteSource = {
      ...inner,
      read(into, position) {
        read.push(position);
        return inner.read(into, position);
      },
    };
    const scores = await openNpy(source, { memoryBudget: 24 });
    read.length = 0;
    scores.selectRows!(30, 5);
    expect(await scores.readRows(new Float32Array(100), 100)).toBe(5);
    const start = bytes.length - ROWS * COLUMNS * 4;
    for (const position of read) {
      const element = (position - start) / 4;
      const row = fortran ? element % ROWS : Math.floor(element / COLUMNS);
      expect(row).toBeGreaterThanOrEqual(30);
      expect(row).toBeLessThan(35);
    }
  });

  it('reads none of the texts before them', async () => {
    const texts = await openNpyTexts(memory('y.npy', column('<i8', targets)));
    texts.selectRows!(30, 5);
    expect(await texts.readTexts(100)).toEqual(targets.slice(30, 35).map(String));
    expect(await texts.readTexts(100)).toEqual([]);
    texts.selectRows!(38, 5);
    expect(await texts.readTexts(1)).toEqual(['2']);
    expect(await texts.readTexts(9)).toEqual(['0']);
  });

  it('keeps the index of the whole dump in messages', async () => {
    const broken = [...targets.slice(0, 33), 0.5, ...targets.slice(34)];
    const y = await openNpy(memory('y.npy', column('<f8', broken)));
    y.selectRows!(20, 20);
    await expect(y.readRows(new Int32Array(20), 20)).rejects.toMatchObject({
      code: 'not-an-integer',
      place: { source: 'y.npy', row: 33 },
    });
    const fromOne = targets.map((target, row) => (row === 33 ? 9 : target + 1));
    const far = memory('y.npy', column('<i8', fromOne));
    const reader = await open({
      predictions: memory('x.npy', array('<f4')),
      labels: far,
      labelsFrom: 1,
    });
    reader.selectRows!(30, 10);
    await expect(readAll(reader, 2)).rejects.toMatchObject({
      code: 'target-out-of-range',
      place: { source: 'y.npy', row: 33 },
    });
  });

  it('is not offered by what cannot seek', async () => {
    const stream = await openNpy(streamOf(memory('x.npy', array('<f4'))));
    expect(stream.selectRows).toBeUndefined();
    const packed = memory('a.npz', archive(true));
    const { reader } = await select(await fieldsOf(packed), { numbers: ['x'] });
    expect(reader.selectRows).toBeUndefined();
    const stored = await select(await fieldsOf(packed), { numbers: ['y'] });
    expect(stored.reader.selectRows).toBeDefined();
    expect((await open({ predictions: packed, names })).selectRows).toBeUndefined();
    const targetsGiven = { targets: Int32Array.from(targets), names: { scores: 'x', weight: 'w' } };
    expect((await open({ predictions: packed, ...targetsGiven })).selectRows).toBeUndefined();
    const text = memory('y.txt', new TextEncoder().encode(targets.join('\n')));
    const beside = await open({ predictions: memory('x.npy', array('<f4')), labels: text });
    expect(beside.selectRows).toBeUndefined();
  });
});

describe('targets that are read at once', () => {
  const y = (content: string, name = 'y.txt') => memory(name, new TextEncoder().encode(content));
  const files: readonly (readonly [string, ByteSource])[] = [
    ['npy', memory('y.npy', column('<i8', targets))],
    ['text', y(`${targets.join('\n')}\n`)],
    ['one-hot rows', memory('y.npy', oneHot())],
  ];
  it.each(files)('are those of the rows: %s', async (_, labels) => {
    const reader = await open({ predictions: memory('x.npy', array('<f4')), labels });
    const into = new Int32Array(ROWS);
    expect(await reader.openTargets!(into)).toBe(true);
    expect([...into]).toEqual(targets);
    expect(await reader.openTargets!(new Int32Array(ROWS + 1))).toBe(false);
    expect(await reader.openTargets!(new Int32Array(ROWS - 1))).toBe(false);
    // The rows can be read all the same.
    expect((await readAll(reader, 7)).map((row) => row[COLUMNS])).toEqual(targets);
  });

  it('are not offered of targets in the dump itself', async () => {
    const reader = await open({ predictions: memory('a.npz', archive()), names });
    expect(reader.openTargets).toBeUndefined();
  });
});
