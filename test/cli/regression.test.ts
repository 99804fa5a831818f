/** Regression from the command line: every format, the decision about the task, and mistakes. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const DIABETES = 'test/oracles/dumps/diabetes-regression.csv';
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const rows = read(DIABETES)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').map(Number) as [y: number, p: number]);
const y = rows.map(([target]) => target);
const p = rows.map(([, prediction]) => prediction);
const w = rows.map((_, i) => (i % 4) + 0.5);

let folder: string;
const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(join(folder, name), content);
const npy = (values: number[], shape: number[], descr = '<f8') =>
  npyBytes({ descr, shape, values });
const csv = (header: string, lines: readonly (readonly unknown[])[]) =>
  `${header}\n${lines.map((line) => line.join(',')).join('\n')}\n`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-regression-'));
  const n = y.length;
  write('p.npy', npy(p, [n]));
  write('p-column.npy', npy(p, [n, 1]));
  write('p-f4.npy', npy(p, [n], '<f4'));
  write('y.npy', npy(y, [n]));
  write('y-u2.npy', npy(y, [n], '<u2'));
  write('y.txt', `${y.join('\n')}\n`);
  write(
    'y.csv',
    csv(
      'id,y_true,z',
      y.map((value, i) => [`r${i}`, value, 0]),
    ),
  );
  write('w.npy', npy(w, [n]));
  write(
    'dump.npz',
    zipBytes([
      { name: 'y_pred.npy', bytes: npy(p, [n]) },
      { name: 'y_true.npy', bytes: npy(y, [n]), deflate: true },
      { name: 'weight.npy', bytes: npy(w, [n]) },
    ]),
  );
  write(
    'named.csv',
    csv(
      'id,price,guess,weight',
      y.map((value, i) => [`r${i}`, value, p[i], w[i]]),
    ),
  );
  write('bare.csv', `${y.map((value, i) => `${value},${p[i]}`).join('\n')}\n`);
  write(
    'rows.jsonl',
    y
      .map((value, i) => `{"id":"r${i}","y_true":${value},"y_pred":${p[i]},"weight":${w[i]}}\n`)
      .join(''),
  );
  write('lists.jsonl', y.map((value, i) => `{"y_true":[${value}],"y_pred":[${p[i]}]}\n`).join(''));
  write(
    'gaps.csv',
    csv(
      'y_true,y_pred',
      y.map((value, i) => [i === 7 ? '' : value, i === 3 ? 'nan' : i === 11 ? '' : p[i]]),
    ),
  );
  write(
    'gaps.jsonl',
    y
      .map(
        (value, i) =>
          `{${i === 7 ? '' : `"y_true":${value},`}"y_pred":${i === 3 ? 'null' : i === 11 ? 'NaN' : p[i]}}\n`,
      )
      .join(''),
  );
  write(
    'word.csv',
    csv('y_true,y_pred', [
      [1.5, 1.25],
      [2.5, 'abc'],
      [3, 2.75],
    ]),
  );
  write(
    'late-word.csv',
    csv(
      'y_true,y_pred',
      y
        .map((value, i) => [i === 150 ? 'x1' : value, p[i]])
        .concat(Array.from({ length: 300 }, (_, i) => [i === 250 ? 'x2' : 1, 2.5])),
    ),
  );
  write(
    'later-word.csv',
    csv(
      'y_true,y_pred',
      Array.from({ length: 600 }, (_, i) => [i === 450 ? 'x2' : 1, 2.5]),
    ),
  );
  write(
    'no-target.csv',
    csv(
      'id,y_pred',
      p.map((value, i) => [i, value]),
    ),
  );
  write('two.csv', csv('y_true,y_pred,prediction', [[1.5, 2.5, 3.5]]));
  write('empty.csv', 'y_true,y_pred\n');
  write(
    'missing.csv',
    csv('y_true,y_pred', [
      ['', 1.5],
      ['', 2.5],
    ]),
  );
  write(
    'labels.csv',
    csv(
      'y_true,y_pred',
      Array.from({ length: 40 }, (_, i) => [i % 7, i % 5]),
    ),
  );
  write(
    'integers.csv',
    csv(
      'y_true,y_pred',
      Array.from({ length: 40 }, (_, i) => [i * 10, i * 10 + (i % 3)]),
    ),
  );
  write(
    'binary.csv',
    csv(
      'y_true,y_score',
      Array.from({ length: 40 }, (_, i) => [i % 2, (i + 1) / 50]),
    ),
  );
  write(
    'binary-pred.csv',
    csv(
      'y_true,y_pred',
      Array.from({ length: 40 }, (_, i) => [i % 2, (i + 1) / 50]),
    ),
  );
  write(
    'scores.csv',
    csv(
      'y_true,y_score',
      Array.from({ length: 40 }, (_, i) => [i / 4, (i + 1) / 5]),
    ),
  );
  write(
    'classes.csv',
    csv('label,p_a,p_b', [
      ['a', 0.5, 0.5],
      ['b', 0.25, 0.75],
    ]),
  );
  write(
    'bad-weight.csv',
    csv('y_true,y_pred,weight', [
      [1.5, 2.5, 1],
      [2, 2.5, -1],
    ]),
  );
  write('text-targets.npy', npy([1, 2], [2]));
  write('p19.npy', npy(p.slice(0, 19), [19]));
  write('p2.npy', npy(p, [n / 2, 2]));
  write('y2.npy', npy(y, [n / 2, 2]));
  write(
    'huge.csv',
    csv('y_true,y_pred', [
      [1.5, 1e200],
      [2, 2.5],
    ]),
  );
  write(
    'zeros.csv',
    csv('y_true,y_pred', [
      [0, 0.5],
      [1.5, -1],
      [3, 2.5],
    ]),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(args: string) {
  const place = args.startsWith(DIABETES) ? {} : { cwd: folder };
  const { status, stdout, stderr } = await logitscope(
    ['score', ...args.split(' '), '--json'],
    place,
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

const mean = (values: number[], weights: number[] = values.map(() => 1)) =>
  values.reduce((sum, value, i) => sum + value * weights[i]!, 0) /
  weights.reduce((a, b) => a + b, 0);

describe('score --task regression', () => {
  const expected = JSON.parse(read('test/oracles/dumps/expected.json'))['diabetes-regression.csv'];

  it.each(['simd', 'reference'])('gives the figures of scikit-learn, kernel %s', async (kernel) => {
    const {
      metrics,
      rows: counted,
      task,
      taskFrom,
    } = await report(`${DIABETES} --task regression --kernel ${kernel}`);
    expect([task, taskFrom]).toEqual(['regression', 'option']);
    const { rows: count, ...values } = expected as Record<string, number>;
    expect(counted).toEqual({ total: count, scored: count, ignored: 0, invalid: 0 });
    for (const [name, value] of Object.entries(values)) {
      expect(Math.abs(metrics[name].value - value), name).toBeLessThanOrEqual(1e-9 * value);
    }
  });

  it.each([
    ['p.npy -l y.npy', 1e-12],
    ['p-column.npy -l y-u2.npy --task regression', 1e-12],
    ['p-f4.npy -l y.txt', 1e-6],
    ['p.npy -l y.csv', 1e-12],
    ['p.npy -l y.csv --target y_true --task regression', 1e-12],
    ['bare.csv --scores 1 --target 0 --task regression', 1e-12],
    ['lists.jsonl --task regression', 1e-12],
  ])('%s', async (args, bar) => {
    const { metrics, rows: counted } = await report(args);
    expect(counted.scored).toBe(200);
    expect(Math.abs(metrics.mse.value / expected.mse - 1)).toBeLessThan(bar);
    expect(
      Math.abs(metrics.median_absolute_error.value / expected.median_absolute_error - 1),
    ).toBeLessThan(bar);
  });

  it.each([
    'p.npy -l y.npy --weights w.npy',
    'dump.npz',
    'dump.npz --task regression',
    'named.csv --scores guess --target price --id id --task regression',
    'named.csv --prediction guess --target price',
    'rows.jsonl',
    'rows.jsonl --task regression',
  ])('weighs rows: %s', async (args) => {
    const { metrics, options } = await report(args);
    expect(options.weighted).toBe(true);
    const wanted = mean(
      rows.map(([a, b]) => (a - b) ** 2),
      w,
    );
    expect(Math.abs(metrics.mse.value / wanted - 1)).toBeLessThan(1e-12);
  });

  it('gives the same bits from every format, and from a pipe', async () => {
    const { stdout } = await logitscope(['score', '-', '--task', 'regression', '--json'], {
      input: read(DIABETES),
    });
    const { metrics } = JSON.parse(stdout);
    for (const args of [
      'p.npy -l y.npy',
      'lists.jsonl --task regression',
      'bare.csv --scores 1 --target 0 --task regression',
    ]) {
      expect((await report(args)).metrics).toEqual(metrics);
    }
  });

  it.each(['gaps.csv', 'gaps.jsonl'])(
    'leaves out rows with gaps when told to: %s',
    async (file) => {
      for (const task of ['auto', 'regression']) {
        const {
          metrics,
          rows: counted,
          notices,
        } = await report(`${file} --invalid skip --task ${task}`);
        expect(counted).toEqual({ total: 200, scored: 197, ignored: 0, invalid: 3 });
        const left = notices.find(({ code }: { code: string }) => code === 'invalid-rows-left-out');
        expect(left.evidence).toEqual({ rows: 3, firstRow: 3 });
        const kept = rows
          .filter((_, i) => ![3, 7, 11].includes(i))
          .map(([a, b]) => Math.abs(a - b));
        expect(metrics.mae.value).toBeCloseTo(mean(kept), 9);
      }
    },
  );

  it('holds medians in bins where they do not fit, and says so', async () => {
    const { metrics, notices } = await report('p.npy -l y.npy --memory-budget 1K');
    const { evidence } = notices.find(({ code }: { code: string }) => code === 'bounded-quantiles');
    expect(evidence.median_absolute_error_low).toBeLessThanOrEqual(41.6);
    expect(evidence.median_absolute_error_high).toBeGreaterThanOrEqual(41.6);
    expect(Math.abs(metrics.median_absolute_error.value / 41.6 - 1)).toBeLessThan(0.01);
    expect(evidence.d2_absolute_error_low).toBeLessThanOrEqual(0.23287248537308647);
    expect(evidence.d2_absolute_error_high).toBeGreaterThanOrEqual(0.23287248537308647);
    expect(metrics.mse.value).toBeCloseTo(expected.mse, 8);
  });

  it('says which metrics have no meaning, and why', async () => {
    const { metrics, notices } = await report('zeros.csv --task regression');
    expect(Object.keys(metrics)).not.toContain('mape');
    const messages = notices.map(({ message }: { message: string }) => message).join('\n');
    expect(messages).toMatch(/mape is left out: needs targets other than 0; 1 row has others/);
    expect(messages).toMatch(
      /gamma_deviance, d2_tweedie_2 are left out: needs targets and predictions above 0; 2 rows have others/,
    );
  });

  it('asks for quantiles', async () => {
    const { metrics, options } = await report('p.npy -l y.npy --quantiles 0.25,0.5');
    expect(options.quantiles).toEqual([0.25, 0.5]);
    expect(metrics['pinball_0.5'].value).toBeCloseTo(metrics.mae.value / 2, 12);
    expect(metrics['pinball_0.5'].baseline).toBeCloseTo(metrics.mae.baseline / 2, 12);
  });

  it('prints a report whose columns line up', async () => {
    const { stdout } = await logitscope(['score', DIABETES]);
    expect(stdout).toMatch(
      /^200 rows · regression \(decided from the data\) · csv text · kernel simd$/m,
    );
    const lines = stdout.split('\n');
    const head = lines.find((line) => line.includes('know-nothing'))!;
    const loss = lines.find((line) => line.startsWith('loss (mse)'))!;
    expect(loss).toMatch(/3629\.7 +2934\.5 … 4325\.0 +5502\.0 +34\.0 %$/);
    expect(loss.length).toBe(head.length);
    expect(stdout).toMatch(/^Note \(task-from-data\): Taken for a regression\./m);
  });
});

describe('--task auto', () => {
  it.each([
    [DIABETES, 'regression', 'data'],
    ['scores.csv', 'regression', 'data'],
    ['labels.csv', 'classification', 'data'],
    ['binary.csv', 'binary', 'data'],
    ['binary-pred.csv', 'binary', 'data'],
    ['classes.csv', 'classification', 'data'],
    ['classes.csv --kind probabilities', 'classification', 'option'],
    ['integers.csv --task regression', 'regression', 'option'],
    ['binary.csv --task regression', 'regression', 'option'],
  ])('%s → %s', async (args, task, from) => {
    const found = await report(args);
    expect([found.task, found.taskFrom]).toEqual([task, from]);
    const reasons = found.notices.filter(({ code }: { code: string }) => code === 'task-from-data');
    expect(reasons.length).toBe(task !== 'classification' && from === 'data' ? 1 : 0);
  });

  it('reads labels that it has looked at from the first on', async () => {
    const found = await report('labels.csv');
    expect(found.rows.total).toBe(40);
    expect(found.metrics.accuracy.value).toBe(
      Array.from({ length: 40 }, (_, i) => +(i % 7 === i % 5)).reduce((a, b) => a + b) / 40,
    );
  });
});

const USAGE = 2;
const INPUT = 3;

/** Arguments, exit status, and what the one message must say. */
const CASES: [string, number, RegExp][] = [
  [
    'word.csv',
    INPUT,
    /word\.csv, row 1, line 3, column "y_pred": .*found "abc"; expected a number/,
  ],
  [
    'word.csv --task regression',
    INPUT,
    /word\.csv, row 1, line 3, column "y_pred": .*found "abc"; expected a number/,
  ],
  [
    'late-word.csv',
    INPUT,
    /late-word\.csv, row 150, line 152, column "y_true": .*found "x1"; expected a number/,
  ],
  [
    'later-word.csv --task regression',
    INPUT,
    /later-word\.csv, row 450, line 452, column "y_true": .*found "x2"/,
  ],
  ['later-word.csv', INPUT, /later-word\.csv, (row 450|column "y_pred")/],
  [
    'integers.csv',
    INPUT,
    /integers\.csv: nearly every row has a label of its own.*found 66 different labels in 40 rows.*--task regression/,
  ],
  [
    'gaps.csv',
    INPUT,
    /gaps\.csv, row 3: the row cannot be scored, and neither can 1 other row; found the prediction NaN, or none.*--invalid skip/,
  ],
  [
    'missing.csv --task regression',
    INPUT,
    /missing\.csv, row 0: the row has no target, and neither has 1 other row.*--invalid skip/,
  ],
  ['no-target.csv', USAGE, /no-target\.csv holds no targets.*--labels/],
  ['no-target.csv --task regression', USAGE, /no-target\.csv holds no targets.*--labels/],
  [
    'two.csv --task regression',
    INPUT,
    /more than one column could be the prediction; found "y_pred", "prediction".*--prediction/,
  ],
  [
    'named.csv --task regression',
    INPUT,
    /named\.csv: no column is known to hold predicted values.*--scores/,
  ],
  [
    'named.csv --task regression --scores guess --target price --weights z',
    INPUT,
    /there is no column "z"/,
  ],
  ['named.csv --task regression --scores guess', USAGE, /named\.csv holds no targets.*--target/],
  [
    'named.csv --task regression --scores guess --target prize',
    INPUT,
    /there is no column "prize".*Did you mean "price"/,
  ],
  [
    'named.csv --task regression --scores guess --target id',
    INPUT,
    /row 0, line 2, column "id": .*found "r0"; expected a number/,
  ],
  [
    'named.csv --task regression --scores guess --target guess',
    INPUT,
    /"guess": the column is chosen both as target and as scores/,
  ],
  [
    'named.csv --task regression --scores guess --prediction guess --target price',
    USAGE,
    /--scores and --prediction both name/,
  ],
  ['bare.csv --task regression', INPUT, /bare\.csv.*columns have no names.*--scores and --target/],
  ['empty.csv --task regression', INPUT, /empty\.csv: there are no rows/],
  [
    'bad-weight.csv --task regression',
    INPUT,
    /bad-weight\.csv, row 1: a sample weight cannot be used; found -1/,
  ],
  ['huge.csv --task regression', INPUT, /huge\.csv, row 0: .*found the prediction 1e\+200/],
  [
    'p.npy -l p19.npy --task regression',
    INPUT,
    /p19\.npy: there must be as many targets as rows of predictions; found 19 rows; expected 200/,
  ],
  ['p.npy -l p19.npy', INPUT, /p19\.npy: there must be as many targets/],
  [
    `${'named.csv'} -l p19.npy --scores guess --task regression`,
    INPUT,
    /p19\.npy: .*found 19 rows/,
  ],
  ['p.npy --task regression', USAGE, /p\.npy holds no targets/],
  [
    'p2.npy -l y.npy --task regression',
    INPUT,
    /y\.npy: there must be as many targets in a row as predictions; found 1 target per row; expected 2/,
  ],
  [
    'p2.npy -l y2.npy --task regression',
    USAGE,
    /p2\.npy has 2 predictions per row; .*one output at a time/,
  ],
  [
    'p.npy -l y.npy --task regression --kind logits',
    USAGE,
    /scored as values; --kind cannot apply: values are neither logits nor probabilities/,
  ],
  [
    'p.npy -l y.npy --class-weights 1,2',
    USAGE,
    /--class-weights cannot apply.*--task classification/,
  ],
  [
    'p.npy -l y.npy --task regresion',
    USAGE,
    /Allowed choices are auto, classification, binary, multilabel, regression/,
  ],
  ['p.npy -l y.npy --quantiles 2', USAGE, /between 0 and 1/],
];

describe('a mistake', () => {
  it.concurrent.each(CASES)('score %s → %i', async (args, status, message) => {
    const outcome = await logitscope(['score', ...args.split(' ')], { cwd: folder });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.status).toBe(status);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).not.toMatch(/^\s+at |internal error/m);
  });
});
