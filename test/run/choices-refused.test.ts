/** Records of choices that cannot be read right: what is said of them. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { init, scoreBlob } from '../../src/browser/index.js';
import type { ScoreReport } from '../../src/types/report.js';

beforeAll(() => init(readFileSync(new URL('../../build/core.wasm', import.meta.url))));

type Json = Record<string, unknown>;

/** A record of three choices, the second right. */
function record(i: number, more: Json = {}): Json {
  const choices = ['one', 'two', 'three'];
  return {
    doc_id: i,
    doc: { question: `q${i}`, choices },
    target: '1',
    arguments: Object.fromEntries(
      choices.map((choice, j) => [`gen_args_${j}`, { arg_0: `q${i}`, arg_1: ` ${choice}` }]),
    ),
    filtered_resps: [
      ['-4.5', 'False'],
      [String(-1 - i / 8), 'True'],
      ['-6', 'False'],
    ],
    filter: 'none',
    acc: 1,
    ...more,
  };
}

const three = (more: Json = {}, at = 1) => [0, 1, 2, 3].map((i) => record(i, i === at ? more : {}));

function score(records: readonly Json[], options = {}): Promise<ScoreReport> {
  const text = records.map((one) => JSON.stringify(one)).join('\n');
  return scoreBlob(new File([text], 'samples.jsonl'), { diagnose: false, ...options });
}

describe('records of choices that are refused', () => {
  it.each<[string, Json, RegExp]>([
    [
      'a target outside',
      { target: '3' },
      /row 1, line 2.*target.*found 3; expected an index from 0 to 2/,
    ],
    ['a target below', { target: '-1' }, /found -1; expected an index from 0 to 2/],
    ['a letter outside', { target: 'E' }, /found "E"; expected an index from 0 to 2/],
    ['several targets', { target: '[0, 2]' }, /several choices of the record are right/],
    ['a target that is nothing', { target: 'four' }, /neither the index nor the text.*"four"/],
    [
      'text that lies',
      {
        filtered_resps: [
          ['-1', 'True'],
          ['minus two', 'False'],
          ['-3', 'False'],
        ],
      },
      /log-likelihood.*not a number.*minus two/,
    ],
    [
      'an object',
      {
        filtered_resps: [
          [{}, 'True'],
          ['-1', 'False'],
          ['-3', 'False'],
        ],
      },
      /not a number/,
    ],
    [
      'fewer answers than requests',
      {
        filtered_resps: [
          ['-1', 'True'],
          ['-2', 'False'],
        ],
      },
      /3 in arguments, 2 in filtered_resps/,
    ],
    [
      'one answer',
      { filtered_resps: [['-1', 'True']], arguments: {} },
      /no choices.*1 log-likelihood/,
    ],
    ['no answers', { filtered_resps: [], resps: [] }, /no answers/],
    ['no list', { filtered_resps: null, resps: 3 }, /no answers/],
    ['a document twice', { doc_id: 0 }, /two records of one document.*"0"/],
  ])('%s', async (_, more, message) => {
    await expect(score(three(more))).rejects.toThrow(message);
  });

  it('NaN and missing log-likelihoods are rows that cannot be scored', async () => {
    for (const value of ['nan', null, 'None']) {
      const records = three({
        filtered_resps: [
          ['-1', 'True'],
          [value, 'False'],
          ['-3', 'False'],
        ],
      });
      await expect(score(records)).rejects.toThrow(/row 1/);
      const report = await score(records, { invalid: 'skip' });
      expect(report.rows).toEqual({ total: 4, scored: 3, ignored: 0, invalid: 1 });
      expect(report.metrics.acc_norm!.value).toBe(1);
    }
  });

  it('takes no target for a row that cannot be scored', async () => {
    await expect(score(three({ target: null }))).rejects.toThrow(/target/);
    const { rows } = await score(three({ target: null }), { invalid: 'skip' });
    expect(rows.invalid).toBe(1);
  });

  it('does not count documents once for each filter', async () => {
    const twice = [0, 1].flatMap((i) => [
      record(i, { filter: 'strict' }),
      record(i, { filter: 'flexible' }),
    ]);
    await expect(score(twice)).rejects.toThrow(/several filters.*"strict", "flexible".*--filter/s);
    expect((await score(twice, { filter: 'strict' })).rows.total).toBe(2);
    await expect(score(twice, { filter: 'none' })).rejects.toThrow(
      /no records of the filter "none"/,
    );
    const none = twice.map((one) => (one.filter === 'strict' ? { ...one, filter: 'none' } : one));
    const report = await score(none);
    expect(report.rows.total).toBe(2);
    expect(report.notices.map(({ code }) => code)).toContain('filter');
  });

  it('refuses --filter where there are no records', async () => {
    const plain = new File(['{"logits":[1,2],"label":0}\n{"logits":[1,2],"label":1}'], 'a.jsonl');
    await expect(scoreBlob(plain, { filter: 'none' })).rejects.toThrow(/--filter chooses/);
  });

  it('takes several tasks apart, or not at all', async () => {
    const tasks = [0, 1, 2, 3].map((i) => record(i % 2, { task: i < 2 ? 'arc' : 'boolq' }));
    await expect(score(tasks)).rejects.toThrow(/several tasks.*"arc", "boolq".*--by task/s);
    const report = await score(tasks, { by: 'task' });
    expect(report.slices!.of.map(({ value }) => value).sort()).toEqual(['arc', 'boolq']);
  });

  it('tells of accuracies that the records have otherwise', async () => {
    const report = await score(three({ acc: 0, acc_norm: 0.5 }));
    const found = report.notices.filter(({ code }) => code === 'recorded-accuracy');
    expect(found.map(({ evidence }) => evidence)).toEqual([
      { metric: 'acc', rows: 1, firstRow: 1 },
      { metric: 'acc_norm', rows: 1, firstRow: 1 },
    ]);
  });

  it('refuses a target of another field that is a choice of other rows alone', async () => {
    const records = three();
    records[2] = record(2, {
      doc: { question: 'q2', choices: ['one', 'two'], answer: '3' },
      filtered_resps: [
        ['-1', 'True'],
        ['-2', 'False'],
      ],
      arguments: {},
    });
    records[0] = record(0, { doc: { choices: [], answer: '2' } });
    records[1] = record(1, { doc: { choices: [], answer: '1' } });
    records[3] = record(3, { doc: { choices: [], answer: '1' } });
    await expect(score(records, { target: 'doc.answer', labelsFrom: 1 })).rejects.toThrow(
      /row 2.*none of the choices of the row.*found 2; expected 0 to 1/,
    );
  });

  it('finds the choices in contexts, which say nothing of the target', async () => {
    const records = [0, 1].map((i) =>
      record(i, {
        target: 'and so on',
        doc: { answer: String(i + 1) },
        arguments: [0, 1].map((j) => [`He ${j}`, ' and so on']),
        filtered_resps: [
          ['-1', 'True'],
          ['-2', 'False'],
        ],
      }),
    );
    await expect(score(records)).rejects.toThrow(/stand in its contexts/);
    const report = await score(records, { target: 'doc.answer', labelsFrom: 1 });
    expect(report.metrics.accuracy!.value).toBe(0.5);
    expect(report.notices.map(({ code }) => code)).toContain('choice-lengths');
  });

  it('takes numbers for is_greedy, and no lie in the first record', async () => {
    const greedy = [
      [-4, 0],
      [-1, 1],
      [-6, 0],
    ];
    const report = await score([0, 1].map((i) => record(i, { filtered_resps: greedy })));
    expect(report.metrics.accuracy!.value).toBe(1);
    const lies = [
      ['much', 'True'],
      ['-1', 'False'],
      ['-6', 'False'],
    ];
    await expect(score(three({ filtered_resps: lies }, 0))).rejects.toThrow(/row 0.*found "much"/);
  });

  it('refuses what a later line holds instead of a record', async () => {
    const text = `${JSON.stringify(record(0))}\n[1, 2]\n`;
    await expect(scoreBlob(new File([text], 'a.jsonl'))).rejects.toThrow(/line 2.*no object/);
    const cut = `${JSON.stringify(record(0))}\n${JSON.stringify(record(1)).slice(0, 60)}`;
    await expect(scoreBlob(new File([cut], 'a.jsonl'))).rejects.toThrow(/line 2/);
  });

  it('reads an array of records, and NaN as Python writes it', async () => {
    const text = JSON.stringify([0, 1].map((i) => record(i))).replace('"acc":1', '"acc":NaN');
    const report = await scoreBlob(new File([text], 'a.json'), { diagnose: false });
    expect(report.metrics.accuracy!.value).toBe(1);
  });
});
