/** Files of every kind whose rows are matched by name. */

import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  readDump,
  readLabels,
  readValues,
  rowBuffers,
  scoreReader,
} from '../support/fields.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

describe('joins of other files', () => {
  it('put weights and texts of files of their own to their rows', async () => {
    const read = await readDump({
      predictions: bytesOf('id,p_0,p_1,y\nr1,1,0,0\nr2,2,0,1\nr3,3,0,1\n', 'p.csv'),
      weights: bytesOf('id,weight\nr3,3\nr1,1\nr2,2\n', 'w.csv'),
      texts: {
        by: bytesOf(
          '{"id":"r2","group":"b"}\n{"id":"r3","group":"c"}\n{"id":"r1","group":"a"}\n',
          'g.jsonl',
        ),
      },
      names: { id: 'id' },
    });
    expect(read).toMatchObject({
      targets: [0, 1, 1],
      weights: [1, 2, 3],
      texts: { by: ['a', 'b', 'c'] },
    });
  });

  it('put files without names beside by place', async () => {
    const read = await readDump({
      predictions: bytesOf('id,p_0,p_1\nr1,1,0\nr2,2,0\nr3,3,0\n', 'p.csv'),
      labels: bytesOf('id,y\nr3,1\nr1,0\n', 'y.csv'),
      weights: bytesOf('1\n2\n3\n', 'w.txt'),
      names: { id: 'id' },
      join: 'inner',
    });
    expect(read).toMatchObject({ scores: [1, 0, 3, 0], targets: [0, 1], weights: [1, 3] });
  });

  it('work between members of archives and text', async () => {
    const names = ['r10', 'r2', 'r3'];
    const codes = new Uint8Array(3 * 16);
    const view = new DataView(codes.buffer);
    names.forEach((name, row) => {
      [...name].forEach((c, i) => {
        view.setUint32(16 * row + 4 * i, c.charCodeAt(0), true);
      });
    });
    const head = new TextDecoder('latin1').decode(
      npyBytes({ descr: '|u1', shape: [3], values: [] }),
    );
    const id = new Uint8Array([
      ...Uint8Array.from(head.replace('|u1', '<U4'), (c) => c.charCodeAt(0)),
      ...codes,
    ]);
    const logits = npyBytes({ descr: '<f4', shape: [3, 2], values: [10, 0, 2, 0, 3, 0] });
    const archive = zipBytes([
      { name: 'logits.npy', bytes: logits },
      { name: 'id.npy', bytes: id },
    ]);
    const read = await readDump({
      predictions: bytesOf(archive, 'x.npz'),
      labels: bytesOf('id,y\nr2,0\nr3,1\nr10,1\n', 'y.csv'),
      names: { id: 'id' },
    });
    expect(read).toMatchObject({ scores: [10, 0, 2, 0, 3, 0], targets: [1, 0, 1] });
  });

  it('work for values, several outputs and predicted labels', async () => {
    const values = await readValues({
      predictions: bytesOf('id,prediction\n1,0.5\n2,1.5\n3,2.5\n', 'p.csv'),
      labels: bytesOf('id,y\n3,30\n1,10\n2,20\n', 'y.csv'),
      names: { id: 'id' },
      task: 'regression',
    });
    expect(values).toMatchObject({ predictions: [0.5, 1.5, 2.5], targets: [10, 20, 30] });
    const several = await readValues({
      predictions: bytesOf('id,p_a,p_b\n1,.1,.2\n2,.3,.4\n', 'p.csv'),
      labels: bytesOf('id,y_a,y_b\n2,1,0\n1,0,1\n', 'y.csv'),
      names: { id: 'id', target: 'y_a,y_b' },
      task: 'multilabel',
    });
    expect(several).toMatchObject({ predictions: [0.1, 0.2, 0.3, 0.4], targets: [0, 1, 1, 0] });
    const { pairs } = await readLabels({
      predictions: bytesOf('id,y_pred\n1,a\n2,b\n', 'p.csv'),
      labels: bytesOf('id,y\n2,B\n1,A\n', 'y.csv'),
      names: { id: 'id' },
    });
    expect(pairs.map(({ prediction, target }) => prediction + target)).toEqual(['aA', 'bB']);
  });

  it('of soft targets keep the rows of probabilities together', async () => {
    const read = await readDump({
      predictions: bytesOf('id,p_a,p_b\n1,.1,.2\n2,.3,.4\n3,.5,.5\n', 'p.csv'),
      labels: bytesOf('id,q_b,q_a\n3,.25,.75\n1,.5,.5\n', 'y.csv'),
      names: { id: 'id', target: 'q_a,q_b' },
      join: 'inner',
    });
    expect(read.info.softTargets).toBe(true);
    expect(read.soft).toEqual([0.5, 0.5, 0.75, 0.25]);
    expect(read.scores).toEqual([0.1, 0.2, 0.5, 0.5]);
  });

  it('cannot be read in parts', async () => {
    const npz = (rows: number[]) =>
      zipBytes([
        {
          name: 'logits.npy',
          bytes: npyBytes({ descr: '<f4', shape: [2, 2], values: [1, 2, 3, 4] }),
        },
        { name: 'id.npy', bytes: npyBytes({ descr: '<i8', shape: [2], values: rows }) },
        { name: 'y.npy', bytes: npyBytes({ descr: '<i8', shape: [2], values: rows }) },
      ]);
    const open = async (join: 'all' | 'place') => {
      return scoreReader({
        predictions: bytesOf(npz([0, 1]), 'x.npz'),
        labels: bytesOf(npz([1, 0]), 'y.npz'),
        names: { id: 'id' },
        join,
      });
    };
    const joined = await open('all');
    expect(joined.selectRows).toBeUndefined();
    const into = rowBuffers(joined, 2);
    await joined.read(into);
    expect([...into.targets]).toEqual([0, 1]);
    expect((await open('place')).selectRows).toBeDefined();
  });
});
