/** Targets, weights and other columns in files of their own. */

import { describe, expect, it } from 'vitest';
import type { NameOptions } from '../../src/intake/dump-request.js';
import { bytesOf, errorOf, fieldsOf, readDump, readFields, readLabels } from '../support/fields.js';
import { npyBytes } from '../support/numpy.js';

const scores = (rows: number, classes = 2, name = 'x.npy') =>
  bytesOf(
    npyBytes({
      descr: '<f4',
      shape: [rows, classes],
      values: Array.from({ length: rows * classes }, (_, i) => i),
    }),
    name,
  );

/** Labels of a file of so many rows, as they are compared with predicted labels. */
async function labels(rows: number, text: string, name: string, names: NameOptions = {}) {
  const predictions = bytesOf(`prediction\n${'x\n'.repeat(rows)}`, 'p.csv');
  const { pairs } = await readLabels({ predictions, labels: bytesOf(text, name, [3]), names });
  return pairs.map(({ target }) => target);
}

describe('files of labels', () => {
  it.each<[string, string, NameOptions, string[]]>([
    ['label\ncat\ndog\n', 'y.csv', {}, ['cat', 'dog']],
    ['cat\ndog\ncat', 'y.csv', {}, ['cat', 'dog', 'cat']],
    ['3\n1.0\n+2\n', 'y.csv', {}, ['3', '1', '2']],
    ['0\n1\n', 'y.csv', {}, ['0', '1']],
    ['id,y_true\n7,cat\n8,"a,b"\n', 'y.csv', {}, ['cat', 'a,b']],
    ['kind\ncat\n', 'y.csv', { target: 'kind' }, ['cat']],
    ['kind\ncat\n', 'y.csv', {}, ['kind', 'cat']],
    ['class\ncat\n', 'y.csv', { target: 'class' }, ['cat']],
    ['class\ncat\n', 'y.csv', {}, ['cat']],
    ['Ground Truth\ncat\n', 'y.csv', {}, ['cat']],
    [
      'sea lion, big\n"quoted" one\r\nlabel\n\n',
      'y.txt',
      {},
      ['sea lion, big', '"quoted" one', 'label'],
    ],
    ['labels\ncat\n', 'y.txt', {}, ['cat']],
    ['{"label": 3}\n{"label": "cat"}\n{"label": null}\n', 'y.jsonl', {}, ['3', 'cat', '']],
    ['["cat", 3.0, null]', 'y.json', {}, ['cat', '3', '']],
    ['[{"id": 1, "y": "cat"}, {"id": 2, "y": "dog"}]', 'y.json', {}, ['cat', 'dog']],
    ['1,2\n3,4\n', 'y.csv', { target: '1' }, ['2', '4']],
    ['row,kind\n1,cat\n2,dog\n', 'y.csv', { target: 'kind' }, ['cat', 'dog']],
    [',kind\n0,cat\n1,dog\n', 'y.csv', {}, ['cat', 'dog']],
    ['Unnamed: 0,kind\n0,cat\n1,dog\n', 'y.csv', {}, ['cat', 'dog']],
    ['sample-id,kind\n0,cat\n1,dog\n', 'y.csv', {}, ['cat', 'dog']],
  ])('read %j of %s with %j', async (text, name, names, expected) => {
    expect(await labels(expected.length, text, name, names)).toEqual(expected);
  });

  it('stand beside predictions of the same kind', async () => {
    for (const [name, first] of [
      ['p.txt', ''],
      ['p.txt', 'prediction\n'],
      ['p.csv', 'y_pred\n'],
    ] as const) {
      const predictions = bytesOf(`${first}cat\ndog\nlabel\n`, name);
      const read = readLabels({ predictions, labels: bytesOf('dog\ncat\nlabel', 'y.txt') });
      expect((await read).pairs.map(({ prediction }) => prediction)).toEqual([
        'cat',
        'dog',
        'label',
      ]);
    }
  });

  it('have a header where that is said', async () => {
    const fields = await fieldsOf(bytesOf('kind\ncat\n', 'y.csv'), { header: true });
    const read = await readFields(fields, { numbers: [], texts: ['kind'] });
    expect(read.texts).toEqual([['cat']]);
  });

  it('are mapped to class indices', async () => {
    const read = await readDump({
      predictions: scores(4),
      labels: bytesOf('dog\ncat\nNaN\n-1\n', 'y.csv', [3]),
      classNames: ['cat', 'dog'],
    });
    expect(read.targets).toEqual([1, 0, -2147483648, -1]);
  });

  it('name the row of a label that no class has', async () => {
    const read = readDump({
      predictions: scores(2),
      labels: bytesOf('cat\nbird\n', 'y.txt'),
      classNames: ['cat', 'dog'],
    });
    await expect(read).rejects.toThrow(/y\.txt, row 1, line 2, .*found "bird".*"cat", "dog"/);
  });

  it.each(['weight\n1\n.5\n', '1\n.5\n', 'Sample-Weight\n1\n.5\n'])(
    'hold weights %j',
    async (text) => {
      for (const name of ['w.txt', 'w.csv']) {
        const read = await readDump({
          predictions: scores(2),
          targets: Int32Array.of(0, 1),
          weights: bytesOf(text, name),
        });
        expect(read.weights).toEqual([1, 0.5]);
      }
    },
  );

  it('do not guess among several columns', async () => {
    for (const text of ['a,b\nx,y\n', 'a,b\n1,y\n']) {
      expect((await errorOf(labels(1, text, 'y.csv'))).code).toBe('missing-column');
    }
    for (const text of ['label,y\n1,2\n', 'label,Label\n1,2\n', 'label,label\n1,2\n']) {
      expect((await errorOf(labels(1, text, 'y.csv'))).code).toBe('ambiguous-column');
    }
    // Several columns of numbers can only be rows of a number per class.
    expect((await errorOf(labels(2, '1,2\n3,4\n', 'y.csv'))).code).toBe('shape-mismatch');
    const asRows = readDump({ predictions: scores(2), labels: bytesOf('1,2\n3,4\n', 'y.csv') });
    expect((await errorOf(asRows)).code).toBe('soft-row');
  });

  it('must be as long as the predictions, however they are read', async () => {
    for (const [text, name] of [
      ['0\n1\n0\n', 'y.txt'],
      ['label\n0\n1\n0\n', 'y.csv'],
      ['[0, 1, 0]', 'y.json'],
      ['{"y":0}\n{"y":1}\n{"y":0}\n', 'y.jsonl'],
    ] as const) {
      for (const sizes of [undefined, [1]]) {
        const read = (rows: number) =>
          readDump({ predictions: scores(rows), labels: bytesOf(text, name, sizes) }, 2);
        expect((await read(3)).targets).toEqual([0, 1, 0]);
        const few = await errorOf(read(4));
        expect([few.code, few.message]).toEqual([
          'shape-mismatch',
          expect.stringMatching(
            /^y\..*as many targets as rows of predictions; found 3 rows; expected 4/,
          ),
        ]);
        const many = await errorOf(read(2));
        expect([many.code, many.message]).toEqual([
          'shape-mismatch',
          expect.stringMatching(/^y\..*found more than 2 rows; expected 2/),
        ]);
      }
    }
  });
});
