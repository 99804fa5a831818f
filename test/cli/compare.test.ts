/** `compare`: every task, conditions, and messages for what cannot be compared. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCompareGates, parseCompareGate } from '../../src/diagnosis/compare-gates.js';
import { type CompareFilesOptions, compareFiles, encodeNpy } from '../../src/index.js';
import { displayWidth } from '../../src/render/table.js';
import { logitscope } from '../support/command.js';
import { normal, seeded } from '../support/rows.js';

const ROWS = 200;
let folder: string;
const at = (name: string) => join(folder, name);
const compare = (...args: string[]) => logitscope(['compare', ...args], { cwd: folder });
const json = async (...args: string[]) => {
  const { stdout, stderr } = await compare(...args, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-compare-'));
  const random = seeded(5);
  const rows = Array.from({ length: ROWS }, (_, row) => ({
    target: row % 2,
    seen: normal(random) + 2 * (row % 2) - 1,
    doc: `d${row % 40}`,
  }));
  const csv = (
    name: string,
    header: string,
    of: (row: (typeof rows)[number], i: number) => unknown[],
  ) =>
    writeFileSync(
      at(name),
      `${header}\n${rows.map((row, i) => of(row, i).join(',')).join('\n')}\n`,
    );
  const npy = (name: string, values: number[], width: number) =>
    writeFileSync(at(name), encodeNpy(Float64Array.from(values), [values.length / width, width]));
  for (const [name, noise] of [
    ['good', 0.1],
    ['fair', 0.3],
    ['bad', 3],
  ] as const) {
    const seen = rows.map((row) => row.seen + noise * normal(random));
    const p = (i: number) => 1 / (1 + Math.exp(-2 * seen[i]!));
    csv(`classes-${name}.csv`, 'p_a,p_b,label,doc', ({ target, doc }, i) => [
      (1 - p(i)).toFixed(6),
      p(i).toFixed(6),
      'ab'[target],
      doc,
    ]);
    csv(`one-${name}.csv`, 'y_score,label', ({ target }, i) => [p(i).toFixed(6), target]);
    csv(`values-${name}.csv`, 'prediction,target', ({ target }, i) => [
      seen[i]!.toFixed(6),
      (target + 0.25).toFixed(2),
    ]);
    csv(`labels-${name}.csv`, 'prediction,label', ({ target }, i) => [
      seen[i]! > 0 ? 1 : 0,
      target,
    ]);
    npy(
      `tags-${name}.npy`,
      seen.flatMap((x) => [x, -x]),
      2,
    );
  }
  npy(
    'tags.npy',
    rows.flatMap(({ target }) => [target, 1 - target]),
    2,
  );
  const plain = rows.flatMap(({ seen }) => [0, seen]);
  npy('a.npy', plain, 2);
  npy(
    'b.npy',
    plain.map((z) => 2 * z),
    2,
  );
  npy('copy.npy', plain, 2);
  npy(
    'three.npy',
    rows.flatMap(({ seen }) => [0, seen, 1]),
    3,
  );
  npy(
    'broken.npy',
    plain.map((z, i) => (i === 9 ? Number.NaN : z)),
    2,
  );
  npy('one.npy', plain.slice(0, 2), 2);
  npy('one-too.npy', plain.slice(2, 4), 2);
  writeFileSync(at('y.txt'), rows.map(({ target }) => `${target}\n`).join(''));
  writeFileSync(at('y1.txt'), '0\n');
  csv('short.csv', 'p_a,p_b,label', ({ target }) => [0.5, 0.5, 'ab'[target]]);
  writeFileSync(
    at('short.csv'),
    readFileSync(at('short.csv'), 'utf8').split('\n').slice(0, 101).join('\n'),
  );
  csv('other-target.csv', 'p_a,p_b,label', ({ target }, i) => [
    0.4,
    0.6,
    'ab'[i === 7 ? 1 - target : target],
  ]);
  csv('other-classes.csv', 'p_a,p_c,label', ({ target }) => [0.4, 0.6, 'ac'[target]]);
  csv('weighted.csv', 'p_a,p_b,label,weight', ({ target }) => [0.4, 0.6, 'ab'[target], 2]);
  mkdirSync(at('empty'));
  mkdirSync(at('folder'));
  for (const name of ['good', 'bad']) {
    writeFileSync(at(`folder/${name}.csv`), readFileSync(at(`classes-${name}.csv`)));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('compare', () => {
  it.each([
    ['classes', ['classes-*.csv'], ['loss', 'accuracy', 'refinement']],
    ['one score per row', ['one-*.csv'], ['loss', 'accuracy', 'refinement']],
    [
      'several labels',
      ['tags-*.npy', '--labels', 'tags.npy', '--task', 'multilabel', '--kind', 'logits'],
      ['loss', 'accuracy', 'refinement'],
    ],
    ['values', ['values-*.csv'], ['loss', 'absoluteError', 'refinement']],
    ['labels alone', ['labels-*.csv'], ['accuracy']],
  ])('sets models of %s beside each other', async (_, args, measures) => {
    const report = await json(...args);
    expect(Object.keys(report).slice(0, 4)).toEqual(['schema', 'version', 'task', 'kernel']);
    expect(report.schema).toBe('logitscope.compare/1');
    expect(report.models).toHaveLength(3);
    expect(report.models[2].name).toMatch(/bad$/);
    expect(report.comparisons.map(({ by }: { by: string }) => by)).toEqual(measures);
    for (const { bestSet, differences, pairs } of report.comparisons) {
      expect(bestSet.join()).not.toMatch(/bad/);
      expect(differences).toHaveLength(2);
      expect(pairs).toHaveLength(3);
    }
    const { stdout } = await compare(...args);
    const tables = stdout
      .split('\n\n')
      .filter((part) => /beside |temperature|accuracy {2}/.test(part));
    for (const table of tables) {
      const ends = table
        .split('\n')
        .map((line) => displayWidth(line.trimEnd().replace(/ \*$/, '')));
      expect(Math.max(...ends) - Math.min(...ends), table).toBeLessThanOrEqual(3);
    }
    expect(stdout).toMatch(/ is best/);
    expect(stdout).not.toMatch(/undefined|NaN/);
  });

  it('reads folders, patterns and paths alike, and names models by their files', async () => {
    const whole = await compare('folder', '--json');
    const named = await compare('folder/good.csv', 'folder/bad.csv', 'folder/good.csv', '--json');
    expect(JSON.parse(whole.stdout).models.map(({ name }: { name: string }) => name)).toEqual([
      'good',
      'bad',
    ]);
    const withoutPaths = (text: string) => text.replace(/"source": .*\n/g, '');
    expect(withoutPaths(named.stdout)).toBe(withoutPaths(whole.stdout));
  });

  it('shows metrics, slices, and how many rows a difference takes', async () => {
    const { stdout } = await compare(
      'folder',
      '--metrics',
      'f1_macro',
      '--by',
      'doc',
      '--difference',
      '0.02',
      '--out',
      at('c.csv'),
    );
    expect(stdout).toMatch(/temperature +f1_macro\n/);
    expect(stdout).toMatch(/slices by doc/);
    expect(stdout).toMatch(/rows for 0\.02/);
    const [head, good, bad] = readFileSync(at('c.csv'), 'utf8').split('\n');
    expect(head).toMatch(
      /^model,source,loss,accuracy,refinement,.*f1_macro,loss_difference,loss_low,loss_high,loss_p,loss_in_best_set,accuracy_difference/,
    );
    expect(good).toMatch(/^good,folder\/good\.csv,/);
    expect(bad!.split(',')).toHaveLength(head!.split(',').length);
  });

  it('fails for conditions that hold', async () => {
    const report = await compareFiles([at('folder')]);
    const failed = (condition: string) =>
      checkCompareGates(report, [parseCompareGate(condition)])[0]!.failed;
    expect(failed('bad worse than good')).toBe(true);
    expect(failed('good worse than bad')).toBe(false);
    expect(failed('bad worse than good by 0.05 in accuracy')).toBe(true);
    expect(failed('bad is worse than good by more than 0.05 in accuracy')).toBe(true);
    expect(failed('bad worse than good by 0.9 in accuracy')).toBe(false);
    expect(failed('accuracy < 0.7')).toBe(true);
    expect(failed('accuracy < 0.1')).toBe(false);
    const condition = 'bad worse than good by 0.05 in accuracy';
    const { status, stderr, stdout } = await compare('folder', '--fail-if', condition, '--json');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^Failed: "bad" is worse than "good" by 0\.\d+ in accuracy, from 0\.\d+ to 0\.\d+ at 95 %/,
    );
    expect(JSON.parse(stdout).gates).toMatchObject([{ condition, failed: true }]);
  });

  it.each([
    ['bad worse than best', /no model is called "best"\. There are "good", "bad"\./],
    ['bda worse than good', /no model is called "bda"\. Did you mean bad\?/],
    ['good worse than good', /these are one model/],
    [
      'bad worse than good in absolute_error',
      /have no absolute_error; they have loss, accuracy, refinement/,
    ],
    ['bad worse than good by much', /"much" is no number/],
    ['accuracy drops', /no before and after/],
    ['f1_macro < 1', /no metric "f1_macro"/],
  ])('says what is wrong with the condition "%s"', async (condition, message) => {
    const report = await compareFiles([at('folder')]);
    expect(() => checkCompareGates(report, [parseCompareGate(condition)])).toThrow(message);
  });
});

describe('what cannot be compared', () => {
  const y = { labels: 'y.txt' };
  const labels = ['--labels', 'y.txt'];
  it.each<[string, string[], CompareFilesOptions, string, RegExp]>([
    ['one dump', ['a.npy'], y, 'too-few-dumps', /two models or more.*found .*a\.npy alone/],
    ['one dump twice', ['a.npy', 'empty/../a.npy'], y, 'too-few-dumps', /alone/],
    ['an empty folder', ['empty'], y, 'no-such-file', /empty: there is no dump in this folder/],
    ['a pattern of nothing', ['none-*.npy'], y, 'no-such-file', /no file matches/],
    [
      'other shapes',
      ['a.npy', 'three.npy'],
      y,
      'dumps-differ',
      /three\.npy: it has another number of classes.*found 3; expected 2/,
    ],
    [
      'another task',
      ['classes-bad.csv', 'labels-bad.csv'],
      {},
      'dumps-differ',
      /labels-bad\.csv: it is scored as another task/,
    ],
    [
      'other classes',
      ['classes-bad.csv', 'other-classes.csv'],
      {},
      'dumps-differ',
      /other-classes\.csv: its classes stand in another order/,
    ],
    [
      'other targets',
      ['classes-bad.csv', 'other-target.csv'],
      {},
      'dumps-differ',
      /other-target\.csv: row 7 has another target/,
    ],
    [
      'fewer rows',
      ['classes-bad.csv', 'short.csv'],
      {},
      'dumps-differ',
      /short\.csv: it has another number of rows.*found 100; expected 200/,
    ],
    [
      'weights in one only',
      ['classes-bad.csv', 'weighted.csv'],
      {},
      'dumps-differ',
      /weighted\.csv: it has other sample weights/,
    ],
    ['a row of NaN', ['a.npy', 'broken.npy'], y, 'invalid-rows', /broken\.npy, row 4/],
    [
      'no difference',
      ['a.npy', 'b.npy'],
      { ...y, difference: 0 },
      'bad-difference',
      /must be a number above 0/,
    ],
    ['no level', ['a.npy', 'b.npy'], { ...y, level: 1 }, 'bad-level', /between 0 and 1; found 1/],
  ])('%s is refused', async (_, names, options, code, message) => {
    const labels = options.labels && at(options.labels);
    const outcome = compareFiles(names.map(at), { ...options, labels });
    await expect(outcome).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('ends with status 2 or 3', async () => {
    const alone = await compare('a.npy', '--labels', 'y.txt');
    expect(alone).toMatchObject({ status: 2, stdout: '' });
    const missing = await compare('a.npy', 'nope.npy', '--labels', 'y.txt');
    expect(missing).toMatchObject({ status: 3, stdout: '' });
    expect(missing.stderr).toMatch(/^logitscope: nope\.npy: there is no such file\..*\n$/);
  });

  it('leaves rows out that one dump could not score, and says so', async () => {
    const { notices, comparisons } = await json(
      'a.npy',
      'broken.npy',
      ...labels,
      '--invalid',
      'skip',
    );
    expect(notices.map(({ code }: { code: string }) => code)).toEqual([
      'invalid-rows-left-out',
      'rows-not-paired',
    ]);
    expect(comparisons.map(({ rows }: { rows: number }) => rows)).toEqual([199, 199, 199]);
  });

  it('notices a copy, and tells models apart that differ in their scale alone', async () => {
    const report = await json('a.npy', 'b.npy', 'copy.npy', ...labels);
    expect(report.notices.map(({ code }: { code: string }) => code)).toEqual(['identical-dumps']);
    const [loss, accuracy, refinement] = report.comparisons;
    expect(loss.bestSet.length).toBeLessThan(3);
    expect(accuracy.bestSet).toHaveLength(3);
    expect(refinement.bestSet).toHaveLength(3);
    for (const { low, high } of refinement.differences) {
      expect(low <= 0 && high >= 0).toBe(true);
    }
  });

  it('says nothing of one row', async () => {
    const { stdout, status } = await compare('one.npy', 'one-too.npy', '--labels', 'y1.txt');
    expect(status).toBe(0);
    expect(stdout).toMatch(/Note \(few-rows\): 1 row is few/);
    expect(stdout).toMatch(/−∞ … \+∞/);
  });
});
