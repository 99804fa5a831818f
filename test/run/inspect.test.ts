/** Logs of Inspect: NumPy's numbers by its definitions, and what is said of logs that are none. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { init, scoreBlob } from '../../src/browser/index.js';
import { compareFiles, explainFiles, scoreFile } from '../../src/index.js';

beforeAll(() => init(readFileSync(new URL('../../build/core.wasm', import.meta.url))));

interface Expected {
  readonly accuracy: number;
  readonly stderr: number;
  readonly rows: number;
  readonly samples: number;
}
const expected = JSON.parse(
  readFileSync(new URL('fixtures-inspect.json', import.meta.url), 'utf8'),
) as Record<string, Expected>;
const path = (name: string) => new URL(`fixtures-inspect/${name}`, import.meta.url).pathname;
const bytesOf = (name: string) => new Uint8Array(readFileSync(path(name)));

const sample = (id: unknown, value: unknown, more: object = {}) => ({
  id,
  epoch: 1,
  target: 'x',
  scores: { match: { value, answer: 'y' } },
  ...more,
});
const log = (samples: unknown, status = 'success') =>
  new File([JSON.stringify({ version: 2, status, eval: {}, samples }, null, 2)], 'log.json');
const two = (value: unknown) => log([sample(1, 'C'), sample(2, value)]);

describe('logs of Inspect', () => {
  it.each(Object.keys(expected))('has the accuracy of NumPy, and its error: %s', async (name) => {
    const report = await scoreFile(path(name), { filter: 'choice' });
    const { accuracy, stderr, rows, samples } = expected[name]!;
    const { value, standardError } = report.metrics.accuracy!;
    expect(Object.keys(report.metrics)).toEqual(['accuracy']);
    expect(value).toBeCloseTo(accuracy, 13);
    expect(standardError ?? report.clusters!.accuracy!.standardError).toBeCloseTo(stderr, 13);
    expect(report.rows.scored).toBe(rows);
    expect(report.clusters?.count ?? rows).toBe(samples);
  });

  it('is the same in a browser, and of another scorer of the same', async () => {
    for (const name of ['once.json', 'epochs.eval', 'zstd.eval']) {
      const there = await scoreBlob(new File([bytesOf(name)], name), { filter: 'exact' });
      const here = await scoreFile(path(name), { filter: 'choice' });
      expect(there.metrics).toEqual(here.metrics);
    }
  });

  it('compares logs by sample and epoch', async () => {
    const files = [path('epochs.eval'), path('epochs-other.eval')] as const;
    const compared = await compareFiles([...files], { filter: 'choice', id: 'id' });
    for (const { name, accuracy } of compared.models) {
      expect(accuracy).toBeCloseTo(expected[`${name}.eval`]!.accuracy, 13);
    }
    expect(compared.notices.map(({ code }) => code)).toContain('epochs');
    const explained = await explainFiles(...files, { filter: 'choice', id: 'id' });
    expect(explained.clusters!.count).toBe(8);
  });

  it('takes slices, and answers as labels, by their paths', async () => {
    const by = await scoreFile(path('once.json'), { filter: 'choice', by: 'metadata.subject' });
    expect(by.slices!.of.map(({ rows }) => rows)).toEqual([8, 8]);
    const answers = { filter: 'choice', prediction: 'scores.choice.answer', target: 'target' };
    const { metrics } = await scoreFile(path('once.json'), answers);
    expect(metrics.accuracy!.value).toBe(expected['once.json']!.accuracy);
  });

  it('takes scores in all their forms', async () => {
    const right = ['C', 1, true, 'yes', 'True', '1.0'];
    const wrong = ['I', 'N', 0, false, 'no', '0'];
    const { metrics } = await scoreBlob(
      log([...right, ...wrong, ...wrong].map((value, i) => sample(i, value))),
    );
    expect(metrics.accuracy!.value).toBeCloseTo(1 / 3, 15);
    for (const value of ['C', 'I']) {
      const alone = await scoreBlob(log([sample(1, value)]));
      expect(alone.metrics.accuracy!.value).toBe(value === 'C' ? 1 : 0);
      expect(alone.metrics.accuracy).not.toHaveProperty('standardError');
    }
  });

  it('leaves out samples without a score where that is asked', async () => {
    const failed = log(
      [sample(1, 'C'), sample(2, null), sample(3, 'I', { scores: null })],
      'error',
    );
    await expect(scoreBlob(failed)).rejects.toThrow(/row 1/);
    const report = await scoreBlob(failed, { invalid: 'skip' });
    expect(report.rows).toMatchObject({ scored: 1, invalid: 2 });
    expect(report.notices.map(({ code }) => code)).toContain('unfinished-log');
  });

  it.each<[string, File, RegExp]>([
    ['partial credit', two('P'), /neither right nor wrong; found "P"/],
    ['a fraction', two(0.25), /neither right nor wrong; found "0\.25"/],
    ['scores in an object', two({ a: 1 }), /neither right nor wrong/],
    ['words', two('good'), /neither right nor wrong/],
    ['no samples', log([]), /holds no samples/],
    ['samples that are none', log(3), /holds no samples/],
    ['a sample that is none', log([sample(1, 'C'), 7]), /no sample of an evaluation/],
    [
      'a sample twice',
      log([sample(1, 'C'), sample('1', 'I')]),
      /two samples of one id and epoch; found "1"/,
    ],
    ['no scores', log([{ id: 1, epoch: 1 }]), /no scores/],
    [
      'half a log',
      new File(['{"version": 2, "status": "success", "samples": [{"id": 1'], 'a.json'),
      /a\.json.*found the end/,
    ],
    [
      'a stream of words',
      new File(['{"version": 2, "status": "x", "samples": [nope]}'], 'a.json'),
      /found "nope/,
    ],
    ['no archive', new File(['PK nothing'], 'a.eval'), /no complete zip archive/],
  ])('refuses %s', async (_, file, message) => {
    await expect(scoreBlob(file)).rejects.toThrow(message);
  });

  it('refuses several scorers, and unknown ones', async () => {
    const file = () => new File([bytesOf('once.json')], 'once.json');
    await expect(scoreBlob(file())).rejects.toThrow(
      /several scorers; found "choice", "exact".*--filter/,
    );
    await expect(scoreBlob(file(), { filter: 'chioce' })).rejects.toThrow(/no scores of "chioce"/);
  });

  it('refuses archives that were changed, and those that do not fit', async () => {
    for (const name of ['epochs.eval', 'zstd.eval']) {
      const bytes = bytesOf(name);
      const at = new TextDecoder('latin1').decode(bytes).indexOf('samples/') + 60;
      for (let i = 0; i < 8; i++) bytes[at + i]! ^= 0x5a;
      await expect(scoreBlob(new File([bytes], name), { filter: 'choice' })).rejects.toThrow(
        /damaged|checksum|zstd|unpacks/,
      );
      const cut = new File([bytesOf(name).subarray(0, 900)], name);
      await expect(scoreBlob(cut)).rejects.toThrow(/no complete zip archive/);
      const small = new File([bytesOf(name)], name);
      await expect(scoreBlob(small, { memoryBudget: 200 })).rejects.toThrow(/memory budget/);
    }
  });
});
