/** What is taken for scores, targets and predictions where names do not say it, and what is not. */

import { describe, expect, it } from 'vitest';
import type { DumpRequest } from '../../src/intake/dump-request.js';
import { openDump } from '../../src/intake/open-dump.js';
import { InputError } from '../../src/types/errors.js';
import { bytesOf, errorOf, readDump, readLabels, readValues } from '../support/fields.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

/** A table of these columns. */
function table(columns: Readonly<Record<string, readonly unknown[]>>, name = 't.csv') {
  const names = Object.keys(columns);
  const rows = columns[names[0]!]!.map((_, row) => names.map((column) => columns[column]![row]));
  return bytesOf([names, ...rows].map((row) => row.join(',')).join('\n'), name);
}
const read = (
  columns: Readonly<Record<string, readonly unknown[]>>,
  more: Partial<DumpRequest> = {},
) => readDump({ predictions: table(columns), ...more });
const conventionOf = ({ notices }: { notices: readonly { code: string; message: string }[] }) =>
  notices.map(({ code, message }) => (code === 'roles' ? message : code));

type Member = readonly [descr: string, shape: readonly number[], values: readonly number[]];
const archive = (members: Readonly<Record<string, Member>>) =>
  bytesOf(
    zipBytes(
      Object.entries(members).map(([name, [descr, shape, values]]) => ({
        name: `${name}.npy`,
        bytes: npyBytes({ descr, shape, values }),
      })),
    ),
    'x.npz',
  );

const P = { one: [0.25, 0.5, 0.75], two: [0.75, 0.5, 0.25] };
const LOGITS: Member = ['<f4', [3, 2], [1, 2, 3, 4, 5, 6]];
const LABELS: Member = ['<i8', [3], [1, 0, 1]];

describe('class columns', () => {
  it.each([
    ['prob_cat', 'prob_dog'],
    ['Class_cat', 'Class_dog'],
    ['score-cat', 'score-dog'],
    ['proba.cat', 'proba.dog'],
    ['P(y) cat', 'P(y) dog'],
    ['a/b:cat', 'a/b:dog'],
  ])('begin alike where what follows holds every label: %s, %s', async (a, b) => {
    const dump = await read({
      n: ['x', 'y', 'z'],
      [a]: P.one,
      [b]: P.two,
      y: ['dog', 'cat', 'dog'],
    });
    expect(dump.info.classNames).toEqual(['cat', 'dog']);
    expect(dump).toMatchObject({ scores: [0.25, 0.75, 0.5, 0.5, 0.75, 0.25], targets: [1, 0, 1] });
    const prefix = a.slice(0, -3);
    expect(conventionOf(dump)).toEqual([
      expect.stringContaining(
        `the scores from the 2 columns that begin with ${JSON.stringify(prefix)}`,
      ),
    ]);
  });

  it.each([
    [
      ['prob_0', 'prob_1'],
      ['0', '1'],
      [1, 0, 1],
    ],
    [
      ['prob_1', 'prob_0'],
      ['1', '0'],
      [0, 1, 0],
    ],
    [
      ['class1', 'class0'],
      ['1', '0'],
      [0, 1, 0],
    ],
    [
      ['Class 0', 'Class 1'],
      ['0', '1'],
      [1, 0, 1],
    ],
  ])(
    'begin alike where what follows are the numbers of the classes: %j',
    async (names, classNames, targets) => {
      const dump = await read({ [names[0]!]: P.one, [names[1]!]: P.two, y: [1, 0, 1] });
      expect(dump.info.classNames).toEqual(classNames);
      expect(dump.targets).toEqual(targets);
      expect(conventionOf(dump)).toHaveLength(1);
    },
  );

  it('that are numbered from 1 take targets that are', async () => {
    const dump = await read({ prob_1: P.one, prob_2: P.two, y: [2, 1, 2] });
    expect(dump).toMatchObject({ targets: [1, 0, 1] });
    expect(dump.info.classNames).toEqual(['1', '2']);
  });

  it('are called as the labels are', async () => {
    const dump = await read({
      id: [1, 2, 3],
      dog: P.one,
      cat: P.two,
      label: ['dog', 'cat', 'cat'],
    });
    expect(dump.info.classNames).toEqual(['dog', 'cat']);
    expect(dump.targets).toEqual([0, 1, 1]);
    expect(conventionOf(dump)).toEqual([
      expect.stringContaining(
        'the scores from the 2 columns named as the labels are ("dog", "cat")',
      ),
    ]);
    // A feature beside them is no class.
    const more = { age: [31, 42, 53], dog: P.one, cat: P.two, label: ['dog', 'cat', 'cat'] };
    expect((await read(more)).info.classNames).toEqual(['dog', 'cat']);
    // A class that does not occur is one where the columns add up.
    const third = {
      dog: [0.25, 0.5, 0.5],
      cat: [0.25, 0.25, 0.5],
      cow: [0.5, 0.25, 0],
      label: ['dog', 'cat', 'cat'],
    };
    expect((await read(third)).info.classNames).toEqual(['dog', 'cat', 'cow']);
  });

  it('are those of the labels in a file of their own', async () => {
    const dump = await readDump({
      predictions: table({ dog: P.one, cat: P.two }),
      labels: bytesOf('cat\ndog\ndog\n', 'y.txt'),
    });
    expect(dump.info.classNames).toEqual(['dog', 'cat']);
    expect(dump.targets).toEqual([1, 0, 0]);
  });

  it('known prefixes and numbers need no notice', async () => {
    for (const columns of [
      { p_a: P.one, p_b: P.two, other: P.one, y: ['a', 'b', 'a'] },
      { logit_a: P.one, logit_b: P.two, y: ['a', 'b', 'a'] },
      { 0: P.one, 1: P.two, y: [0, 1, 0] },
    ]) {
      const dump = await read(columns);
      expect(dump.targets).toEqual([0, 1, 0]);
      expect(conventionOf(dump)).toEqual([]);
    }
  });

  it.each<[string, Record<string, readonly unknown[]>, RegExp]>([
    [
      'two prefixes of all labels',
      { a_x: P.one, a_z: P.two, b_x: P.one, b_z: P.two, y: ['x', 'z', 'x'] },
      /found "a_x", "a_z", "b_x", "b_z".*--scores/,
    ],
    [
      'two prefixes of numbers',
      { a_0: P.one, a_1: P.two, b_0: P.one, b_1: P.two, y: [0, 1, 0] },
      /found "a_0", "a_1", "b_0", "b_1"/,
    ],
    [
      'a known prefix and another of the same classes',
      { p_0: P.one, p_1: P.two, q_0: P.one, q_1: P.two, y: [0, 1, 0] },
      /found "p_0", "q_0"/,
    ],
    [
      'a known prefix and numbers',
      { p_0: P.one, p_1: P.two, 0: P.one, 1: P.two, y: [0, 1, 0] },
      /found "0", "p_0"|found "p_0", "0"/,
    ],
    [
      'a known prefix and a single score of that name',
      { p_0: P.one, p_1: P.two, scores: P.one, y: [0, 1, 0] },
      /found "p_0", "scores"/,
    ],
  ])('are not guessed among %s', async (_, columns, message) => {
    const error = await errorOf(read(columns));
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({
      code: 'ambiguous-column',
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, Record<string, readonly unknown[]>]>([
    ['labels are missing among them', { prob_a: P.one, prob_b: P.two, y: ['a', 'b', 'c'] }],
    ['one alone has the prefix', { prob_a: P.one, y: ['a', 'b', 'a'] }],
    ['numbers are not complete', { prob_1: P.one, prob_3: P.two, y: [1, 1, 1] }],
    ['only one label occurs', { dog: P.one, cat: P.two, y: ['cat', 'cat', 'cat'] }],
    ['they hold text', { prob_a: ['u', 'v', 'w'], prob_b: P.two, y: ['a', 'b', 'a'] }],
  ])('are none where %s', async (_, columns) => {
    expect(await errorOf(read(columns))).toMatchObject({ code: 'missing-scores' });
  });
});

describe('what is left', () => {
  it('is scores and targets in an archive without names', async () => {
    const dump = await readDump({ predictions: archive({ arr_0: LOGITS, arr_1: LABELS }) });
    expect(dump).toMatchObject({ scores: [1, 2, 3, 4, 5, 6], targets: [1, 0, 1] });
    expect(dump.info.name).toBe('x.npz[arr_0]');
    const [message] = conventionOf(dump);
    expect(message).toMatch(/the scores from "arr_0".*the targets from "arr_1"/);
    // The other way round, and with an id.
    const other = { arr_0: LABELS, x: LOGITS, id: ['<i8', [3], [7, 8, 9]] as Member };
    expect(await readDump({ predictions: archive(other) })).toMatchObject({ targets: [1, 0, 1] });
  });

  it('is targets of the shape of the batches', async () => {
    const members = { out: ['<f4', [2, 2, 3], new Array(12).fill(0)] as Member };
    const y = ['<i8', [2, 2], [0, 1, 2, 0]] as Member;
    const dump = await readDump({ predictions: archive({ ...members, tokens: y }) });
    expect(dump.targets).toEqual([0, 1, 2, 0]);
  });

  it('is not guessed among two', async () => {
    const twice = await errorOf(
      readDump({ predictions: archive({ a: LOGITS, b: LOGITS, y: LABELS }) }),
    );
    expect(twice).toMatchObject({
      code: 'missing-scores',
      message: expect.stringMatching(/"a", "b", "y"/),
    });
    const targets = await errorOf(
      readDump({ predictions: archive({ logits: LOGITS, a: LABELS, b: LABELS }) }),
    );
    expect(targets).toMatchObject({ name: 'UsageError', code: 'no-targets' });
    // Fractions are no targets.
    const reals: Member = ['<f8', [3], [0.5, 1, 0]];
    const other = await readDump({ predictions: archive({ logits: LOGITS, a: LABELS, b: reals }) });
    expect(other.targets).toEqual([1, 0, 1]);
  });

  it('is so in JSON and in tables of lists', async () => {
    const json = '{"out":[0.5,1.5],"kind":"b","n":1.5}\n{"out":[2.5,1],"kind":"a","n":2.5}\n';
    const dump = await readDump({ predictions: bytesOf(json, 'x.jsonl') });
    expect(dump).toMatchObject({ scores: [0.5, 1.5, 2.5, 1], targets: [1, 0] });
    expect(conventionOf(dump)[0]).toMatch(
      /the scores from "out".*the targets from "kind".*sorted order/,
    );
    const csv = 'out,kind\n"[0.5, 1.5]",1\n"[2.5, 1]",0\n';
    expect(await readDump({ predictions: bytesOf(csv) })).toMatchObject({ targets: [1, 0] });
  });

  it('never is an index or an id', async () => {
    for (const index of ['', 'Unnamed: 0', 'unnamed: 0']) {
      const dump = await read({
        [index]: [0, 1, 2],
        scores: ['"[1,2]"', '"[3,4]"', '"[5,6]"'],
        kind: [1, 0, 1],
      });
      expect(dump.targets).toEqual([1, 0, 1]);
    }
    for (const id of ['id', 'Sample ID', 'doc-id', 'UUID']) {
      const dump = await read({
        [id]: [0, 1, 1],
        scores: ['"[1,2]"', '"[3,4]"', '"[5,6]"'],
        kind: [1, 0, 1],
      });
      expect(dump.targets).toEqual([1, 0, 1]);
    }
  });
});

describe('one number per row', () => {
  const y = [0, 1, 1];
  const auto = (columns: Record<string, readonly unknown[]>) =>
    openDump({ predictions: table(columns), task: 'auto' });

  it.each<[string, Record<string, readonly unknown[]>, string]>([
    ['fractions beside 0 and 1', { score: P.one, y }, 'binary'],
    ['fractions beside −1 and 1', { y_prob: P.one, y: [-1, 1, 1] }, 'binary'],
    ['fractions beside two words', { proba: P.one, y: ['no', 'yes', 'no'] }, 'binary'],
    ['fractions beside True and False', { prob: P.one, y: ['True', 'False', 'True'] }, 'binary'],
    ['fractions beside fractions', { prediction: P.one, y: [0.5, 1.5, 2] }, 'regression'],
    ['fractions beside other whole numbers', { y_pred: P.one, y: [3, 14, 15] }, 'regression'],
    ['whole numbers beside fractions', { y_pred: [1, 2, 3], y: [0.5, 1.5, 2.5] }, 'regression'],
    [
      'amounts with signs',
      { y_pred: ['"1,200"', '"2,300"', '"3,100"'], y: ['"1,000"', '"2,000"', '"3,000"'] },
      'regression',
    ],
    ['percentages', { y_pred: ['50%', '25%', '10%'], y: ['40%', '30%', '20%'] }, 'regression'],
    ['whole numbers beside whole numbers', { y_pred: [0, 1, 2], y: [0, 1, 1] }, 'labels'],
    ['words', { y_pred: ['a', 'b', 'a'], y: ['a', 'a', 'b'] }, 'labels'],
  ])('is told by the data: %s', async (_, columns, task) => {
    const dump = await auto(columns);
    expect(dump.task).toBe(task);
    expect(dump.reason === null).toBe(task === 'labels');
    await dump.reader.close();
  });

  it('is refused where it could be either', async () => {
    for (const columns of [
      { score: [1, 2, 3], y },
      { score: P.one, y: ['a', 'b', 'c'] },
      { score: ['x', 'y', 'z'], y },
      { score: P.one, y: ['', '', ''] },
    ]) {
      expect((await errorOf(auto(columns))).code).toBe('single-score');
    }
  });

  it('is what the task says', async () => {
    const columns = { prediction: P.one, y: [1, 0, 1] };
    const values = await readValues({ predictions: table(columns), task: 'regression' });
    expect(values).toMatchObject({ predictions: P.one, targets: [1, 0, 1], reason: null });
    expect(values.info.classNames).toEqual(['prediction']);
    const single = await readDump({ predictions: table({ score: P.one, y }), task: 'binary' });
    expect(single).toMatchObject({ task: 'binary', scores: P.one, targets: y });
    const labels = await readLabels({ predictions: table({ y_pred: P.one, y }), asLabels: true });
    expect(labels.pairs[0]).toEqual({ prediction: '0.25', target: '0', weight: 1 });
  });

  it('is not chosen among two', async () => {
    const both = { y_pred: P.one, score: P.two, y: [3, 4, 5] };
    const error = await errorOf(readValues({ predictions: table(both), task: 'regression' }));
    expect(error).toMatchObject({
      code: 'ambiguous-column',
      message: expect.stringMatching(/found "score", "y_pred"/),
    });
    const options = { predictions: table(both), task: 'regression' as const };
    const two = errorOf(
      readValues({ ...options, names: { scores: 'score', prediction: 'y_pred' } }),
    );
    expect((await two).code).toBe('two-predictions');
  });

  it('is no score of --task binary where there are several', async () => {
    const error = await errorOf(read({ p_a: P.one, p_b: P.two, y }, { task: 'binary' }));
    expect(error.code).toBe('several-scores');
  });
});

describe('several labels per row', () => {
  const columns = { p_a: P.one, p_b: P.two, y_a: [1, 0, 1], y_b: [0, 0, 1] };

  it('are columns of outputs and of targets', async () => {
    const values = await readValues({ predictions: table(columns), task: 'multilabel' });
    expect(values).toMatchObject({
      predictions: [0.25, 0.75, 0.5, 0.5, 0.75, 0.25],
      targets: [1, 0, 0, 0, 1, 1],
    });
    expect(values.info).toMatchObject({ classes: 2, classNames: ['a', 'b'] });
  });

  it('must stand in one order', async () => {
    const { y_a, y_b, ...scores } = columns;
    const swapped = { ...scores, y_b, y_a };
    const error = await errorOf(readValues({ predictions: table(swapped), task: 'multilabel' }));
    expect(error.code).toBe('column-order');
    const fewer = { ...scores, y_a };
    const mismatch = await errorOf(readValues({ predictions: table(fewer), task: 'multilabel' }));
    expect(mismatch.code).toBe('shape-mismatch');
  });

  it('are arrays of several numbers per row', async () => {
    const y: Member = ['|b1', [3, 2], [1, 0, 0, 0, 1, 1]];
    const values = await readValues({
      predictions: archive({ logits: LOGITS, labels: y }),
      task: 'multilabel',
    });
    expect(values).toMatchObject({ predictions: [1, 2, 3, 4, 5, 6], targets: [1, 0, 0, 0, 1, 1] });
  });
});
