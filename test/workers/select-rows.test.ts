import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayColumn, arrayDump } from '../../src/sources/array-dump.js';
import { memoryBytes, streamOf } from '../../src/sources/bytes.js';
import { joinColumns } from '../../src/sources/joined.js';
import { memoryTargets } from '../../src/sources/memory-dump.js';
import { openNpy } from '../../src/sources/npy.js';
import { openNpz } from '../../src/sources/npz.js';
import type { ByteSource, DumpReader } from '../../src/types/dump.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const ROWS = 40;
const COLUMNS = 3;
const values = Array.from({ length: ROWS * COLUMNS }, (_, i) => i);
const targets = Array.from({ length: ROWS }, (_, i) => i % COLUMNS);
const weights = Array.from({ length: ROWS }, (_, i) => i / 4);
const array = (descr: string, fortran = false) =>
  npyBytes({ descr, shape: [ROWS, COLUMNS], values, fortran });
const column = (name: string, descr: string, from: number[]) =>
  openNpy(memoryBytes(name, npyBytes({ descr, shape: [from.length], values: from })));

const dumps: Record<string, () => Promise<DumpReader>> = {
  'npy f4': async () => plain(array('<f4')),
  'npy f8, big-endian': async () => plain(array('>f8')),
  // So small a budget makes tiles of two rows.
  'npy Fortran': async () => plain(array('<f4', true), 24),
  'npy Fortran, one tile': async () => plain(array('<f4', true)),
  'npz, stored': async () => {
    const members = [
      { name: 'x.npy', bytes: array('<f4') },
      { name: 'y.npy', bytes: npyBytes({ descr: '<i8', shape: [ROWS], values: targets }) },
      { name: 'w.npy', bytes: npyBytes({ descr: '<f8', shape: [ROWS], values: weights }) },
    ];
    const archive = await openNpz(memoryBytes('a.npz', zipBytes(members)));
    const [scores, y, w] = await Promise.all(['x', 'y', 'w'].map((name) => archive.open(name)));
    return arrayDump({ scores: scores!, targets: y!, weights: w!, format: 'npz', archive });
  },
};

async function plain(bytes: Uint8Array, memoryBudget = 1e6): Promise<DumpReader> {
  const scores = await openNpy(memoryBytes('x.npy', bytes), { memoryBudget });
  return joinColumns(arrayDump({ scores, format: 'npy' }), {
    targets: memoryTargets('y.txt', Int32Array.from(targets)),
    weights: arrayColumn(await column('w.npy', '<f8', weights), 'npy'),
  });
}

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

  it('keeps the index of the whole dump in messages', async () => {
    const y = await column('y.npy', '<f8', [...targets.slice(0, 33), 0.5, ...targets.slice(34)]);
    y.selectRows!(20, 20);
    await expect(y.readRows(new Int32Array(20), 20)).rejects.toMatchObject({
      code: 'not-an-integer',
      place: { source: 'y.npy', row: 33 },
    });
  });

  it('is not offered by what cannot seek', async () => {
    const stream = await openNpy(streamOf(memoryBytes('x.npy', array('<f4'))));
    expect(stream.selectRows).toBeUndefined();
    const members = [{ name: 'x.npy', bytes: array('<f4'), deflate: true }];
    const archive = await openNpz(memoryBytes('a.npz', zipBytes(members)));
    const packed = await archive.open('x');
    expect(packed.selectRows).toBeUndefined();
    const dump = joinColumns(arrayDump({ scores: packed, format: 'npz' }), {
      targets: memoryTargets('y.txt', Int32Array.from(targets)),
    });
    expect(dump.selectRows).toBeUndefined();
  });
});
