/** Targets of one number per class: one-hot rows and probabilities. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/types/errors.js';
import { MISSING_TARGET, NO_LARGEST } from '../../src/types/scores.js';
import { bytesOf, errorOf, readDump } from '../support/fields.js';
import { npyBytes } from '../support/numpy.js';

const npy = (descr: string, shape: readonly number[], values: readonly number[], name = 'y.npy') =>
  bytesOf(npyBytes({ descr, shape, values }), name);
const scores = (rows: number, classes: number) =>
  npy('<f4', [rows, classes], new Array(rows * classes).fill(0.5), 'x.npy');
const lines = (values: readonly unknown[]) => values.map((value) => `${value}\n`).join('');
const conventions = ({ notices }: { notices: readonly { code: string; message: string }[] }) =>
  notices.filter(({ code }) => code === 'roles').map(({ message }) => message);

describe('one-hot rows', () => {
  const oneHot = (indices: readonly number[], classes: number) =>
    indices.flatMap((index) => Array.from({ length: classes }, (_, c) => Number(c === index)));

  it('are the classes of their ones, in arrays and text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 2, max: 6 })
          .chain((classes) =>
            fc.tuple(
              fc.constant(classes),
              fc.array(fc.nat(classes - 1), { minLength: 1, maxLength: 30 }),
            ),
          ),
        fc.integer({ min: 1, max: 9 }),
        async ([classes, indices], capacity) => {
          const n = indices.length;
          const values = oneHot(indices, classes);
          const rows = indices.map((_, i) => values.slice(i * classes, (i + 1) * classes));
          const header = rows[0]!.map((_, c) => `t_${c}`).join(',');
          const labels = [
            npy('|b1', [n, classes], values),
            npy('<i8', [n, classes], values),
            npy('<f4', [n, classes], values),
            bytesOf(JSON.stringify(rows), 'y.json'),
            bytesOf(lines(rows.map((y) => JSON.stringify({ y }))), 'y.jsonl'),
            bytesOf(`y\n${lines(rows.map((row) => `"[${row.join(' ')}]"`))}`, 'y.csv'),
            bytesOf(`${header}\n${lines(rows)}`, 'y.csv'),
            bytesOf(`${header}\n${lines(rows)}`, 'y.csv', [5]),
          ];
          for (const input of labels) {
            const read = await readDump(
              { predictions: scores(n, classes), labels: input },
              capacity,
            );
            expect(read.targets).toEqual(indices);
            expect(read.info.softTargets).toBeUndefined();
            expect(conventions(read)).toEqual([expect.stringContaining('one-hot rows')]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('may stand beside (batch, time, classes)', async () => {
    const labels = npy('<i8', [2, 2, 3], oneHot([2, 0, 1, 1], 3));
    const predictions = npy('<f4', [2, 2, 3], new Array(12).fill(0), 'x.npy');
    expect((await readDump({ predictions, labels })).targets).toEqual([2, 0, 1, 1]);
  });

  it('may be columns of the dump, in the order of the names of the classes', async () => {
    const text = 'p_cat,p_dog,y_dog,y_cat\n0,0,1,0\n0,0,0,1\n';
    const read = await readDump({ predictions: bytesOf(text), names: { target: 'y_dog,y_cat' } });
    expect(read.targets).toEqual([1, 0]);
    const starred = await readDump({ predictions: bytesOf(text), names: { target: 'y_*' } });
    expect(starred.targets).toEqual([1, 0]);
    const json =
      '{"probs":{"cat":1,"dog":0},"y":{"dog":1,"cat":0}}\n{"probs":{"cat":1,"dog":0},"y":{"cat":1,"dog":0}}';
    expect((await readDump({ predictions: bytesOf(json, 'x.jsonl') })).targets).toEqual([1, 0]);
    const other = 'p_cat,p_dog,y_dog,y_cow\n0,0,1,0\n';
    const error = errorOf(readDump({ predictions: bytesOf(other), names: { target: 'y_*' } }));
    expect((await error).code).toBe('column-order');
  });

  it('may be missing whole, not in part', async () => {
    const nan = Number.NaN;
    const read = await readDump({
      predictions: scores(3, 2),
      labels: npy('<f8', [3, 2], [0, 1, nan, nan, 1, 0]),
    });
    expect(read.targets).toEqual([1, MISSING_TARGET, 0]);
    const part = readDump({
      predictions: scores(2, 2),
      labels: npy('<f8', [2, 2], [0, 1, nan, 1]),
    });
    expect(await errorOf(part)).toMatchObject({ code: 'soft-row', place: { row: 1 } });
  });

  it.each<[string, number[], string, RegExp]>([
    ['no one', [0, 1, 0, 0], 'one-hot-row', /row 1\b.*: .*found none.*--task multilabel/],
    ['two ones', [0, 1, 1, 1], 'one-hot-row', /row 1\b.*: .*found 2/],
    ['another number', [0, 1, 0, 2], 'soft-row', /row 1\b.*: .*found a row that sums to 2;/],
    ['a negative number', [0, 1, -1, 2], 'soft-row', /row 1\b.*: .*found -1/],
    ['another sum', [0, 1, 0.5, 0.25], 'soft-row', /row 1\b.*: .*found a row that sums to 0\.75;/],
  ])('are refused with %s', async (_, values, code, message) => {
    const rows = [values.slice(0, 2), values.slice(2)];
    for (const labels of [
      npy('<f8', [2, 2], values),
      bytesOf(JSON.stringify(rows), 'y.json'),
      bytesOf(`a,b\n${lines(rows)}`, 'y.csv', [3]),
    ]) {
      const error = await errorOf(readDump({ predictions: scores(2, 2), labels }));
      expect(error).toBeInstanceOf(InputError);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    }
  });

  it('take no number of the first class', async () => {
    const labels = npy('<i8', [1, 2], [0, 1]);
    const error = await errorOf(readDump({ predictions: scores(1, 2), labels, labelsFrom: 1 }));
    expect(error.code).toBe('labels-from-rows');
  });
});

describe('soft rows', () => {
  it('are probabilities with the largest class beside, in arrays and text', async () => {
    const row = fc.integer({ min: 2, max: 5 }).chain((classes) =>
      fc.array(
        fc.array(fc.nat(8), { minLength: classes, maxLength: classes }).map((parts) => {
          const sum = parts.reduce((a, b) => a + b, 1);
          return parts.map((part, c) => (part + Number(c === 0)) / sum);
        }),
        { minLength: 1, maxLength: 20 },
      ),
    );
    await fc.assert(
      fc.asyncProperty(row, fc.integer({ min: 1, max: 7 }), async (rows, capacity) => {
        // One row at least is not one-hot.
        const classes = rows[0]!.length;
        const all = [...rows, new Array(classes).fill(1 / classes)];
        const n = all.length;
        const labels = [
          npy('<f8', [n, classes], all.flat()),
          bytesOf(JSON.stringify(all), 'y.json'),
          bytesOf(`${all[0]!.map((_, c) => `q${c}`).join(',')}\n${lines(all)}`, 'y.csv'),
        ];
        for (const input of labels) {
          const read = await readDump({ predictions: scores(n, classes), labels: input }, capacity);
          expect(read.info.softTargets).toBe(true);
          expect(read.soft).toEqual(all.flat());
          const largest = all.map((q) => {
            const most = Math.max(...q);
            return q.filter((p) => p === most).length > 1 ? NO_LARGEST : q.indexOf(most);
          });
          expect(read.targets).toEqual(largest);
          // Columns that nothing names as targets are said.
          const said = input.name === 'y.csv' ? [expect.stringContaining('the targets from')] : [];
          expect(conventions(read)).toEqual(said);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('make all rows soft, however late they come', async () => {
    const values = [...Array.from({ length: 5000 }, () => [1, 0]).flat(), 0.25, 0.75];
    const labels = npy('<f8', [5001, 2], values);
    const read = await readDump({ predictions: scores(5001, 2), labels });
    expect(read.info.softTargets).toBe(true);
    expect(read.soft.slice(-4)).toEqual([1, 0, 0.25, 0.75]);
    // Of a pipe that cannot be known.
    const text = `a,b\n${'1,0\n'.repeat(40_000)}.25,.75\n`;
    const piped = bytesOf(text, 'y.csv', [1000]);
    const error = await errorOf(readDump({ predictions: scores(40_001, 2), labels: piped }));
    expect(error).toMatchObject({ code: 'soft-row', place: { row: 40_000 } });
  });
});

describe('targets of another shape', () => {
  it.each<[number[], number[]]>([
    [[4], [2]],
    [
      [4, 1, 1],
      [2, 2],
    ],
    [
      [2, 3],
      [2, 2],
    ],
    [
      [2, 2, 2],
      [2, 2],
    ],
  ])('are refused: %j beside %j of three classes', async (shape, leading) => {
    const length = (axes: number[]) => axes.reduce((a, b) => a * b, 1);
    const predictions = npy(
      '<f4',
      [...leading, 3],
      new Array(3 * length(leading)).fill(0),
      'x.npy',
    );
    const labels = npy('<i8', shape, new Array(length(shape)).fill(0));
    const error = await errorOf(readDump({ predictions, labels }));
    expect(error).toMatchObject({ code: 'shape-mismatch' });
  });

  it('are refused where columns or lists are not as many as the classes', async () => {
    for (const [content, name] of [
      ['a,b\n0,1\n1,0\n', 'y.csv'],
      ['[[0, 1], [1, 0]]', 'y.json'],
      ['{"y": [0, 1]}\n{"y": [1, 0]}\n', 'y.jsonl'],
    ] as const) {
      const labels = bytesOf(content, name);
      const error = await errorOf(readDump({ predictions: scores(2, 3), labels }));
      expect(error.code).toBe('shape-mismatch');
    }
  });
});
