/** One reader for whatever rows hold: scores, values, several labels, labels alone. */

import { describe, expect, it } from 'vitest';
import type { DumpRequest } from '../../src/intake/dump-request.js';
import { memoryDump } from '../../src/intake/memory-dump.js';
import { openDump } from '../../src/intake/open-dump.js';
import {
  bytesOf,
  readDump,
  readLabels,
  readRows,
  readValues,
  rowBuffers,
} from '../support/fields.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const ROWS = 20;
const numbers = (count: number, of: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => of(i));
const npy = (descr: string, shape: readonly number[], values: readonly number[], name: string) =>
  bytesOf(npyBytes({ descr, shape, values }), name);

/** A table of three rows for every content, with columns of text beside it. */
const TEXTS = { id: ['r1', 'r2', 'r3'], by: ['a', 'b', 'a'], cluster: ['7', '7', '8'] };
const tableOf = (header: string, rows: readonly string[]) =>
  [
    `id,group,user,${header}`,
    ...rows.map((row, i) => `r${i + 1},${TEXTS.by[i]},${TEXTS.cluster[i]},${row}`),
  ].join('\n');
const CONTENTS: Record<
  string,
  { request: Partial<DumpRequest>; header: string; rows: readonly string[] }
> = {
  classification: { request: {}, header: 'p_0,p_1,y', rows: ['.25,.75,1', '.5,.5,0', '1,0,0'] },
  binary: { request: { task: 'auto' }, header: 'score,y', rows: ['.25,1', '.5,0', '1,0'] },
  regression: { request: { task: 'regression' }, header: 'pred,y', rows: ['.25,3', '.5,4', '1,5'] },
  multilabel: {
    request: { task: 'multilabel' },
    header: 'p_u,p_v,y_u,y_v',
    rows: ['.25,.5,1,0', '.5,0,0,1', '1,1,1,1'],
  },
  labels: { request: {}, header: 'y_pred,y', rows: ['cat,dog', 'dog,dog', 'cat,'] },
};

describe.each(Object.keys(CONTENTS))('text beside rows of %s', (task) => {
  const { request, header, rows } = CONTENTS[task]!;
  const table = () => bytesOf(tableOf(header, rows));

  it('is read from columns', async () => {
    const names = { id: 'id', by: 'group', cluster: 'user' };
    const dump = await openDump({ predictions: table(), ...request, names });
    expect(dump.task).toBe(task);
    expect(dump.reader.info.rowNames).toBe('id');
    expect((await readRows(dump.reader, 2)).texts).toMatchObject(TEXTS);
  });

  it('is read from files of their own', async () => {
    const texts = {
      id: bytesOf('r1\nr2\nr3\n', 'id.txt'),
      by: bytesOf('a\nb\na\n', 'by.txt'),
      cluster: npy('<i8', [3], [7, 7, 8], 'cluster.npy'),
    };
    const { reader } = await openDump({ predictions: table(), ...request, texts });
    expect(reader.info.rowNames).toBeUndefined();
    expect((await readRows(reader, 2)).texts).toMatchObject(TEXTS);
    const short = { by: npy('<i8', [2], [0, 1], 'by.npy') };
    const opened = await openDump({ predictions: table(), ...request, texts: short });
    await expect(readRows(opened.reader)).rejects.toThrow(/by\.npy: .*as many slices as rows/);
  });

  it('is names that are looked for', async () => {
    const { reader } = await openDump({ predictions: table(), ...request, findNames: true });
    expect(reader.info.rowNames).toBe('id');
    const { texts } = await readRows(reader);
    expect(texts).toMatchObject({ id: TEXTS.id });
    expect(texts).not.toHaveProperty('by');
  });

  it('follows the rows that are left of a join', async () => {
    const own = header.split(',').filter((name) => !name.startsWith('y') || name === 'y_pred');
    const scores = rows.map((row) => row.split(',').slice(0, own.length).join(','));
    const targets = rows.map((row) => row.split(',').slice(own.length).join(','));
    const y = header.split(',').slice(own.length).join(',');
    const { reader } = await openDump({
      predictions: bytesOf(tableOf(own.join(','), scores), 'p.csv'),
      labels: bytesOf(`id,${y},from\nr3,${targets[2]},x\nr1,${targets[0]},z\n`, 'y.csv'),
      ...request,
      names: { id: 'id', target: y, by: 'from' },
      join: 'inner',
    });
    expect((await readRows(reader)).texts).toMatchObject({ id: ['r1', 'r3'], by: ['z', 'x'] });
  });
});

describe('values and several labels', () => {
  it.each([
    ['<f2', 'f32', 2 ** -23],
    ['<f4', 'f32', 2 ** -23],
    ['<f8', 'f64', 2 ** -52],
    ['<i4', 'f64', 2 ** -52],
  ])('of %s are delivered as %s', async (descr, dtype, epsilon) => {
    for (const task of ['regression', 'multilabel'] as const) {
      const read = await readValues({
        predictions: npy(descr, [3, 2], [1, 2, 3, 4, 5, 6], 'p.npy'),
        labels: npy('|u1', [3, 2], [1, 0, 0, 0, 1, 1], 'y.npy'),
        weights: npy('<f4', [3], [1, 0.5, 2], 'w.npy'),
        task,
      });
      expect(read).toMatchObject({
        info: {
          name: 'p.npy',
          stored: descr,
          dtype,
          epsilon,
          classes: 2,
          rows: 3,
          classNames: null,
        },
        task,
        predictions: [1, 2, 3, 4, 5, 6],
        targets: [1, 0, 0, 0, 1, 1],
        weights: [1, 0.5, 2],
      });
    }
  });

  it('are NaN where there is none', async () => {
    const read = await readValues({
      predictions: bytesOf('pred,y\n,1\n2,\n'),
      task: 'regression',
    });
    expect(read).toMatchObject({ predictions: [Number.NaN, 2], targets: [1, Number.NaN] });
  });

  it('need memory of their type', async () => {
    const { reader } = await openDump({
      predictions: bytesOf('pred,y\n1,1\n'),
      task: 'regression',
    });
    const into = { ...rowBuffers(reader, 1), scores: new Float32Array(1) };
    await expect(reader.read(into)).rejects.toMatchObject({ code: 'wrong-dtype' });
  });

  it('have as many weights as rows', async () => {
    const read = readValues({
      predictions: npy('<f4', [3], [1, 2, 3], 'p.npy'),
      labels: npy('<f4', [3], [1, 2, 3], 'y.npy'),
      weights: npy('<f4', [4], [1, 1, 1, 1], 'w.npy'),
      task: 'regression',
    });
    await expect(read).rejects.toThrow(
      /^w\.npy: .*as many weights as rows.*found 4 rows; expected 3/,
    );
  });
});

describe('labels alone', () => {
  it('are two texts per row, in their canonical form', async () => {
    const predictions = 'y_pred,y,w,kind\n1.0,+1,2,x\ncat, cat ,1,y\nnan,NaN,.5,z\n';
    const names = { weight: 'w', by: 'kind' };
    const read = await readLabels({ predictions: bytesOf(predictions), names }, 2);
    expect(read.info).toStrictEqual({
      name: 'dump.csv',
      format: 'csv',
      stored: 'labels',
      dtype: 'f64',
      epsilon: 2 ** -52,
      classes: 0,
      classNames: null,
      rows: null,
      hasTargets: true,
      hasWeights: true,
    });
    expect(read.pairs).toStrictEqual([
      { target: '1', prediction: '1', weight: 2 },
      { target: 'cat', prediction: 'cat', weight: 1 },
      { target: '', prediction: '', weight: 0.5 },
    ]);
    expect(read.texts).toStrictEqual({ by: ['x', 'y', 'z'] });
  });

  it('stay what they are when the next are read', async () => {
    const { reader } = await openDump({ predictions: bytesOf('y_pred,y\na,b\nc,d\n') });
    const into = rowBuffers(reader, 1);
    await reader.read(into);
    const first = reader.texts!();
    await reader.read(into);
    expect(first).toEqual({ prediction: ['a'], target: ['b'] });
    expect(reader.texts!()).toEqual({ prediction: ['c'], target: ['d'] });
    await reader.close();
  });
});

describe('rows that are selected', () => {
  const y = numbers(ROWS, (i) => i % 3);
  const members = (scores: readonly number[], shape: readonly number[], descr: string) =>
    bytesOf(
      zipBytes([
        { name: 'pred.npy', bytes: npyBytes({ descr, shape, values: scores }) },
        {
          name: 'id.npy',
          bytes: npyBytes({ descr: '<i8', shape: [ROWS], values: numbers(ROWS, (i) => 100 + i) }),
        },
      ]),
      'x.npz',
    );

  it('may be values, with text beside them', async () => {
    const { reader } = await openDump({
      predictions: members(
        numbers(ROWS, (i) => i / 2),
        [ROWS],
        '<f4',
      ),
      labels: npy(
        '<f8',
        [ROWS],
        numbers(ROWS, (i) => i + 0.5),
        'y.npy',
      ),
      names: { by: 'id' },
      findNames: true,
      join: 'place',
      task: 'regression',
    });
    reader.selectRows!(4, 3);
    expect(await readRows(reader, 2)).toMatchObject({
      scores: [2, 2.5, 3],
      values: [4.5, 5.5, 6.5],
      texts: { id: ['104', '105', '106'], by: ['104', '105', '106'] },
    });
  });

  it('may be several labels', async () => {
    const { reader } = await openDump({
      predictions: npy(
        '<f8',
        [ROWS, 2],
        numbers(2 * ROWS, (i) => i),
        'p.npy',
      ),
      labels: npy(
        '|b1',
        [ROWS, 2],
        numbers(2 * ROWS, (i) => Number(i % 3 === 0)),
        'y.npy',
      ),
      task: 'multilabel',
    });
    reader.selectRows!(18, 9);
    expect(await readRows(reader)).toMatchObject({
      scores: [36, 37, 38, 39],
      values: [1, 0, 0, 1],
    });
  });

  it('may be labels alone', async () => {
    const { reader } = await openDump({
      predictions: members(y, [ROWS], '<i8'),
      labels: npy(
        '<i8',
        [ROWS],
        numbers(ROWS, (i) => i),
        'y.npy',
      ),
    });
    expect(reader.info.rows).toBe(ROWS);
    for (const first of [7, 3]) {
      reader.selectRows!(first, 2);
      expect((await readRows(reader, 1)).texts).toEqual({
        prediction: [String(y[first]), String(y[first + 1])],
        target: [String(first), String(first + 1)],
      });
    }
  });

  it('may be single scores with class indices from elsewhere', async () => {
    const text = (words: readonly string[]) =>
      bytesOf(
        `${numbers(ROWS, (i) => i % 2)
          .map((i) => words[i])
          .join('\n')}\n`,
        'y.txt',
      );
    for (const words of [
      ['0', '1'],
      ['no', 'yes'],
      ['-1', '1'],
    ]) {
      const predictions = () =>
        npy(
          '<f4',
          [ROWS],
          numbers(ROWS, (i) => i / 4),
          'p.npy',
        );
      const dump = await openDump({
        predictions: predictions(),
        labels: text(words),
        task: 'auto',
      });
      expect(dump.task).toBe('binary');
      expect(dump.reader.selectRows).toBeUndefined();
      const targets = new Int32Array(ROWS);
      expect(await dump.reader.openTargets!(targets)).toBe(true);
      expect([...targets]).toEqual(numbers(ROWS, (i) => i % 2));
      expect(await dump.reader.openTargets!(new Int32Array(ROWS - 1))).toBe(false);
      const classNames = dump.reader.info.classNames ?? undefined;
      const again = await openDump({
        predictions: predictions(),
        targets,
        classNames,
        task: 'auto',
      });
      expect(again).toMatchObject({ task: 'binary', reader: { info: dump.reader.info } });
      again.reader.selectRows!(5, 2);
      expect(await readRows(again.reader)).toMatchObject({ scores: [1.25, 1.5], targets: [1, 0] });
    }
  });

  it('are of values and labels nothing that is read whole before', async () => {
    for (const task of ['regression', 'classification'] as const) {
      const { reader } = await openDump({
        predictions: npy('<i8', [ROWS], y, 'p.npy'),
        labels: bytesOf(`${y.join('\n')}\n`, 'y.txt'),
        task,
      });
      expect([reader.openTargets, reader.selectRows]).toEqual([undefined, undefined]);
    }
  });
});

describe('values in memory', () => {
  it('are read as those of files are, any part of them', async () => {
    const reader = memoryDump(
      'x',
      {
        scores: Float32Array.from(numbers(2 * ROWS, (i) => i)),
        dtype: 'f32',
        targets: new Int32Array(0),
        values: Float64Array.from(numbers(2 * ROWS, (i) => -i)),
        weights: Float64Array.from(numbers(ROWS, (i) => i / 2)),
      },
      2,
    );
    expect(reader.info).toMatchObject({ rows: ROWS, classes: 2, dtype: 'f32', hasWeights: true });
    expect((await readRows(reader)).rows).toBe(ROWS);
    reader.selectRows!(18, 5);
    expect(await readRows(reader, 1)).toMatchObject({
      scores: [36, 37, 38, 39],
      values: [-36, -37, -38, -39],
      weights: [9, 9.5],
    });
  });
});

describe('one score per row', () => {
  it('has a score for every row', async () => {
    const labels = () => npy('<i8', [5], [0, 1, 1, 0, 1], 'y.npy');
    const read = (shape: readonly number[]) =>
      readDump({
        predictions: npy(
          '<f4',
          shape,
          numbers(
            shape.reduce((a, b) => a * b),
            (i) => i,
          ),
          'p.npy',
        ),
        labels: labels(),
        task: 'binary',
      });
    expect((await read([5, 1])).scores).toEqual([0, 1, 2, 3, 4]);
    await expect(read([5, 0])).rejects.toMatchObject({ code: 'no-rows' });
  });
});
