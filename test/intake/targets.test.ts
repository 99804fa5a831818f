/** Targets in every form that they are written in. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DumpRequest } from '../../src/intake/dump-request.js';
import { openDump } from '../../src/intake/open-dump.js';
import { InputError } from '../../src/types/errors.js';
import { MISSING_TARGET } from '../../src/types/scores.js';
import { bytesOf, errorOf, readDump, readLabels } from '../support/fields.js';
import { npyBytes } from '../support/numpy.js';

const npy = (descr: string, shape: readonly number[], values: readonly number[], name = 'y.npy') =>
  bytesOf(npyBytes({ descr, shape, values }), name);
const scores = (rows: number, classes: number) =>
  npy('<f4', [rows, classes], new Array(rows * classes).fill(0.5), 'x.npy');
const lines = (values: readonly unknown[]) => values.map((value) => `${value}\n`).join('');
const conventions = ({ notices }: { notices: readonly { code: string; message: string }[] }) =>
  notices.filter(({ code }) => code === 'roles').map(({ message }) => message);

/** Targets of text and of arrays beside scores of so many classes. */
async function inForms(
  values: readonly (number | string)[],
  classes: number,
  more: Partial<DumpRequest> = {},
) {
  const rows = values.length;
  const text = (content: string, name: string) =>
    readDump({ predictions: scores(rows, classes), labels: bytesOf(content, name), ...more });
  const isWords = values.some((value) => typeof value === 'string');
  const forms = [
    await text(lines(values), 'y.txt'),
    await text(`label\n${lines(values.map((value) => `"${value}"`))}`, 'y.csv'),
    await text(JSON.stringify(values), 'y.json'),
    await text(lines(values.map((y) => JSON.stringify({ y }))), 'y.jsonl'),
  ];
  if (!isWords) {
    for (const descr of ['<i8', '>i4', '<f8']) {
      const labels = npy(descr, [rows], values as number[]);
      forms.push(await readDump({ predictions: scores(rows, classes), labels, ...more }));
    }
  }
  const [{ targets, info }] = forms as [(typeof forms)[number]];
  for (const form of forms) {
    expect(form.targets).toEqual(targets);
    expect(form.info.classNames).toEqual(info.classNames);
    expect(conventions(form)).toEqual(conventions(forms[0]!));
  }
  return { targets, classNames: info.classNames, conventions: conventions(forms[0]!), info };
}

describe('class indices', () => {
  it('are read from text and arrays alike', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 6 }).chain((classes) =>
          fc.tuple(
            fc.constant(classes),
            fc.array(fc.oneof(fc.nat(classes - 1), fc.constant(-100)), {
              minLength: 1,
              maxLength: 30,
            }),
          ),
        ),
        async ([classes, values]) => {
          const read = await inForms(values, classes, { ignoreIndex: -100 });
          expect(read.targets).toEqual(values);
          expect(read.conventions).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are counted from the number that is said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -5, max: 1000 }).filter((from) => from !== 0),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
        fc.constantFrom(undefined, -100),
        async (labelsFrom, indices, ignoreIndex) => {
          const ignored = ignoreIndex === undefined ? [] : [ignoreIndex];
          const values = [...indices.map((index) => index + labelsFrom), ...ignored];
          const read = await inForms(values, 4, { labelsFrom, ignoreIndex });
          expect(read.targets.slice(0, indices.length)).toEqual(indices);
          if (ignoreIndex === undefined) return;
          // Ignored rows have an index that no class has, and it is said which.
          expect(read.targets.at(-1)).toBe(read.info.ignoreIndex);
          expect(read.info.ignoreIndex).toBeLessThan(-1e9);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('outside of those that are counted are refused with their place', async () => {
    for (const [labels, place] of [
      [npy('<i8', [3], [1, 2, 0]), { source: 'y.npy', row: 2 }],
      [bytesOf('1\n2\n0\n', 'y.txt'), { source: 'y.txt', row: 2, line: 3 }],
      [bytesOf('[1, 2, "x"]', 'y.json'), { source: 'y.json', row: 2, line: 1 }],
    ] as const) {
      const error = await errorOf(readDump({ predictions: scores(3, 2), labels, labelsFrom: 1 }));
      expect(error).toMatchObject({ code: 'target-out-of-range', place });
    }
  });

  it('are the names of classes that are numbers from there on', async () => {
    const read = await readDump({
      predictions: bytesOf('p_1,p_2,p_3,y\n0,0,0,3\n0,0,0,1\n'),
      labelsFrom: 1,
    });
    expect(read.targets).toEqual([2, 0]);
  });
});

describe('−1 and 1', () => {
  it('are the first and second of two classes', async () => {
    const read = await inForms([1, -1, -1, 1], 2);
    expect(read.targets).toEqual([1, 0, 0, 1]);
    expect(read.conventions).toEqual([expect.stringContaining('−1 as the first class')]);
    const one = await inForms([-1, -1], 2);
    expect(one.targets).toEqual([0, 0]);
  });

  it('are not where other numbers are among them, or −1 marks rows to leave out', async () => {
    expect(await inForms([-1, 1, 0], 2)).toMatchObject({ targets: [-1, 1, 0], conventions: [] });
    const ignored = await inForms([-1, 1, 1], 2, { ignoreIndex: -1 });
    expect(ignored).toMatchObject({ targets: [-1, 1, 1], conventions: [] });
    expect(await inForms([-1, 1], 3)).toMatchObject({ targets: [-1, 1], conventions: [] });
    expect(await inForms([1, 1], 2)).toMatchObject({ targets: [1, 1], conventions: [] });
  });

  it('are refused where another number follows past the first rows', async () => {
    const values = [...new Array(300).fill(1), 0];
    values[5] = -1;
    for (const labels of [npy('<i8', [301], values), bytesOf(lines(values), 'y.txt')]) {
      const error = await errorOf(readDump({ predictions: scores(301, 2), labels }));
      expect(error).toMatchObject({ code: 'target-out-of-range', place: { row: 300 } });
    }
  });

  it('are names of classes where columns are named so', async () => {
    const read = await readDump({ predictions: bytesOf('p_1,p_-1,y\n0,0,-1\n0,0,1\n') });
    expect(read.targets).toEqual([1, 0]);
  });
});

describe('True and False', () => {
  it('are the second and first of two classes', async () => {
    for (const values of [
      ['True', 'False'],
      ['true', 'false'],
      ['TRUE', 'FALSE'],
    ]) {
      const read = await inForms(values, 2);
      expect(read.targets).toEqual([1, 0]);
      expect(read.conventions).toEqual([expect.stringContaining('True as the second')]);
    }
    const json = await readDump({
      predictions: scores(3, 2),
      labels: bytesOf('[true, false, null]', 'y.json'),
    });
    expect(json.targets).toEqual([1, 0, MISSING_TARGET]);
    const one = await inForms(['True', 'True'], 2);
    expect(one.targets).toEqual([1, 1]);
  });

  it('are names where classes are called so', async () => {
    const read = await readDump({
      predictions: bytesOf('p_True,p_False,y\n0,0,True\n0,0,False\n'),
    });
    expect(read.targets).toEqual([0, 1]);
    expect(read.notices).toEqual([]);
  });
});

describe('words', () => {
  /** As Python sorts text. */
  const compare = (a: string, b: string) => {
    const [x, y] = [[...a].map((c) => c.codePointAt(0)!), [...b].map((c) => c.codePointAt(0)!)];
    const at = x.findIndex((code, i) => code !== y[i]);
    return at < 0 ? x.length - y.length : x[at]! - (y[at] ?? -1);
  };
  const word = fc
    .string({
      unit: fc.constantFrom('a', 'b', 'B', 'é', '_', '9', '\uffff', '\u{1f600}', 'ß'),
      minLength: 1,
      maxLength: 5,
    })
    .filter((text) => !/^\d/.test(text));

  it('are classes in the order of their code points', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .uniqueArray(word, { minLength: 2, maxLength: 8 })
          .filter(
            (words) => words.length !== 2 || !words.every((w) => /^(?:true|false)$/i.test(w)),
          ),
        fc.array(fc.nat(7), { maxLength: 20 }),
        async (words, picks) => {
          const values = [...words, ...picks.map((pick) => words[pick % words.length]!)];
          const read = await inForms(values, words.length);
          const sorted = [...words].sort(compare);
          expect(read.classNames).toEqual(sorted);
          expect(read.targets).toEqual(values.map((value) => sorted.indexOf(value)));
          expect(read.conventions).toEqual([expect.stringContaining('sorted order of the labels')]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that come late are classes, too', async () => {
    const values = [...new Array(1000).fill('b'), 'a', 'c'];
    expect((await inForms(values, 3)).classNames).toEqual(['a', 'b', 'c']);
  });

  it('follow the names that are given, or those of the columns', async () => {
    const classNames = ['dog', 'cat'];
    const read = await inForms(['cat', 'dog'], 2, { classNames });
    expect(read).toMatchObject({ targets: [1, 0], classNames, conventions: [] });
    const columns = await readDump({ predictions: bytesOf('p_dog,p_cat,y\n0,0,cat\n0,0,dog\n') });
    expect(columns.targets).toEqual([1, 0]);
  });

  it('that are not as many as the classes are refused', async () => {
    for (const [values, classes, found] of [
      [['a', 'b'], 3, /2 different labels: "a", "b"; expected 3/],
      [['a', 'b', 'c'], 2, /3 different labels/],
      [Array.from({ length: 400 }, (_, i) => `w${i}`), 2, /more than \d+ different labels/],
      [['a', 'b', '1'], 2, /3 different labels/],
    ] as const) {
      for (const [content, name] of [
        [lines(values), 'y.txt'],
        [JSON.stringify(values), 'y.json'],
      ] as const) {
        const labels = bytesOf(content, name);
        const error = await errorOf(
          readDump({ predictions: scores(values.length, classes), labels }),
        );
        expect(error).toBeInstanceOf(InputError);
        expect(error).toMatchObject({ code: 'label-count', message: expect.stringMatching(found) });
        expect(error.message).toMatch(/--class-names/);
      }
    }
  });

  it('of a pipe are judged by the first rows', async () => {
    const values = [...new Array(300).fill('b'), 'a'];
    const piped = (labels: ReturnType<typeof bytesOf>) =>
      errorOf(readDump({ predictions: scores(values.length, 2), labels }));
    expect(await piped(bytesOf(lines(values), 'y.txt', [10]))).toMatchObject({
      code: 'label-count',
      message: expect.stringMatching(/1 different labels among the first 256 rows/),
    });
  });
});

describe('targets that are missing', () => {
  it('are so in every text', async () => {
    for (const [content, name] of [
      ['0\n""\n1\n', 'y.csv'],
      ['[0, null, 1]', 'y.json'],
      ['{"y":0}\n{}\n{"y":1}', 'y.jsonl'],
      ['{"y":0}\n{"y":null}\n{"y":"1"}', 'y.jsonl'],
    ] as const) {
      const labels = bytesOf(content, name);
      const read = await readDump({ predictions: scores(3, 2), labels });
      expect(read.targets).toEqual([0, MISSING_TARGET, 1]);
    }
  });
});

describe('predicted labels', () => {
  it('are compared with targets of any kind', async () => {
    const { pairs } = await readLabels({
      predictions: npy('<i8', [3], [0, 2, 1], 'p.npy'),
      labels: bytesOf('[0, 1.0, "1"]', 'y.json'),
    });
    expect(pairs.map(({ prediction, target }) => [prediction, target])).toEqual([
      ['0', '0'],
      ['2', '1'],
      ['1', '1'],
    ]);
    const shifted = await readLabels({
      predictions: npy('<i8', [2], [0, 1], 'p.npy'),
      labels: npy('<i8', [2], [1, 0]),
      labelsFrom: 1,
      ignoreIndex: 0,
    });
    expect(shifted.pairs.map(({ target }) => target)).toEqual(['0', '-1']);
    expect(shifted.info.ignoreIndex).toBe(-1);
  });

  it('may be scores of two classes, which are read as such', async () => {
    const dump = await openDump({
      predictions: bytesOf('score,y\n.25,0\n.75,1\n'),
      task: 'auto',
    });
    expect(dump).toMatchObject({ task: 'binary', reason: expect.stringContaining('0 and 1') });
  });
});
