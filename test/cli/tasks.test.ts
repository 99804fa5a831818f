/** One score per row, and several labels per row, from the command line: every format, and mistakes. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bestOfRuns } from '../../src/ranking/best-of-runs.js';
import { bestThreshold } from '../../src/ranking/best-threshold.js';
import { ReferenceScoreSorter } from '../../src/reference/score-sorter.js';
import { RankingTally } from '../../src/tallies/ranking-tally.js';
import { logitscope } from '../support/command.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const rows = read('test/oracles/dumps/eights-binary.csv')
  .trim()
  .split('\n')
  .slice(1, 401)
  .map((line) => line.split(',').map(Number) as [y: number, p: number]);
const y = rows.map(([target]) => target);
const p = rows.map(([, score]) => score);
const z = p.map((score) => Math.log(score / (1 - score)));
const w = rows.map((_, i) => (i % 4) + 0.5);
const tags = JSON.parse(read('test/metrics/fixtures/multilabel-sklearn.json'));

let folder: string;
const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(join(folder, name), content);
const npy = (values: number[], shape: number[], descr = '<f8') =>
  npyBytes({ descr, shape, values });
const csv = (header: string, lines: readonly (readonly unknown[])[]) =>
  `${header}\n${lines.map((line) => line.join(',')).join('\n')}\n`;
const name = (target: number) => (target === 1 ? 'spam' : 'ham');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-tasks-'));
  const n = y.length;
  write('p.csv', csv('y_true,y_score', rows));
  write('p.tsv', csv('y_true,y_score', rows).replaceAll(',', '\t'));
  write('p.jsonl', rows.map(([a, b]) => `{"y_true":${a},"y_score":${b}}\n`).join(''));
  write(
    'named.csv',
    csv(
      'y_true,y_score',
      rows.map(([a, b]) => [name(a), b]),
    ),
  );
  write('named.jsonl', rows.map(([a, b]) => `{"label":"${name(a)}","p":${b}}\n`).join(''));
  write('named.txt', `${y.map(name).join('\n')}\n`);
  write('p.npy', npy(p, [n]));
  write('z.npy', npy(z, [n, 1]));
  write('p-f2.npy', npy(p, [n], '<f2'));
  write('y.npy', npy(y, [n], '<u1'));
  write('w.npy', npy(w, [n]));
  write(
    'p.npz',
    zipBytes([
      { name: 'y_score.npy', bytes: npy(p, [n]) },
      { name: 'y_true.npy', bytes: npy(y, [n], '<i8'), deflate: true },
    ]),
  );
  write('ignored.csv', csv('y_true,y_score', [...rows, [-100, 0.5], [-100, 0.25]]));
  write('gaps.csv', csv('y_true,y_score', [...rows, [1, 'nan'], ['', 0.5], [0, '']]));
  write(
    'gaps.jsonl',
    '{"label":1,"y_score":0.5}\n{"label":0,"y_score":null}\n{"label":null,"y_score":0.25}\n',
  );
  write('two.csv', csv('y_true,y_score', [...rows, [2, 0.5]]));
  write('half.csv', csv('y_true,y_score', [...rows, [0.5, 0.5]]));
  write('beyond.csv', csv('y_true,y_score', [...rows, [1, 1.5]]));
  write('three.csv', csv('label,p_a,p_b,p_c', [[0, 0.5, 0.25, 0.25]]));
  write('three.npy', npy([0.5, 0.25, 0.25], [1, 3]));
  write('one.npy', npy([0], [1], '<i4'));
  write(
    'one-class.csv',
    csv(
      'y_true,y_score',
      rows.map(([, b]) => [1, b]),
    ),
  );
  write(
    'rare.csv',
    csv(
      'y_true,y_score',
      Array.from({ length: 200 }, (_, i) => [i < 20 ? 1 : 0, i < 20 ? 0.4 + i / 1000 : i / 1000]),
    ),
  );
  write(
    'bad-weight.csv',
    csv('y_true,y_score,weight', [
      [1, 0.5, 1],
      [0, 0.25, -1],
    ]),
  );

  const { targets, logits, weights } = tags;
  const letters = ['a', 'b', 'c', 'd'];
  const columns = (order: readonly string[]) =>
    ['id', ...letters.map((l) => `logit_${l}`), ...order.map((l) => `y_${l}`), 'weight'].join(',');
  const lines = logits.map((row: number[], i: number) => [i, ...row, ...targets[i], weights[i]]);
  write('tags.csv', csv(columns(letters), lines));
  write('swapped.csv', csv(columns(['b', 'a', 'c', 'd']), lines));
  write(
    'tags.jsonl',
    logits
      .map((row: number[], i: number) => `{"logits":[${row}],"labels":[${targets[i]}]}\n`)
      .join(''),
  );
  write('tags-z.npy', npy(logits.flat(), [150, 4]));
  write('tags-y.npy', npy(targets.flat(), [150, 4], '<u1'));
  write('tags-w.npy', npy(weights, [150]));
  write(
    'tags.npz',
    zipBytes([
      { name: 'logits.npy', bytes: npy(logits.flat(), [150, 4]) },
      { name: 'labels.npy', bytes: npy(targets.flat(), [150, 4], '<i4') },
    ]),
  );
  write(
    'tags-two.csv',
    csv('p_a,p_b,y_a,y_b', [
      [0.5, 0.25, 1, 0],
      [0.75, 0.5, 2, 1],
    ]),
  );
  write(
    'tags-nan.csv',
    csv('p_a,p_b,y_a,y_b', [
      [0.5, 0.25, 1, 0],
      [0.75, 'nan', 1, 1],
      [0.5, 0.5, '', 1],
      [0.1, 0.9, 0, 1],
    ]),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(args: string) {
  const { status, stdout, stderr } = await logitscope(['score', ...args.split(' '), '--json'], {
    cwd: folder,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

const codes = ({ notices }: { notices: { code: string }[] }) => notices.map(({ code }) => code);

describe('one score per row', () => {
  it('gives the same bits from every format and from names', async () => {
    const { metrics } = await report('p.csv');
    expect(metrics.roc_auc.value).toBeGreaterThan(0.9);
    for (const args of [
      'p.csv --task binary',
      'p.tsv',
      'p.jsonl',
      'p.jsonl --task binary',
      'p.npz',
      'p.npz --task binary',
      'p.npy -l y.npy',
      'p.npy -l y.npy --task binary',
      'named.csv --task binary --class-names ham,spam',
      'named.jsonl --task binary --class-names ham,spam --scores p',
      'p.npy -l named.txt --task binary --class-names ham,spam',
    ]) {
      const found = await report(args);
      expect(found.task, args).toBe('binary');
      expect(found.metrics, args).toEqual(metrics);
      expect(codes(found).includes('task-from-data')).toBe(!args.includes('--task'));
    }
  });

  it('takes logits for logits, and 16-bit scores', async () => {
    const { metrics } = await report('p.csv');
    const logits = await report('z.npy -l y.npy');
    expect([logits.source.kind, logits.options.threshold]).toEqual(['logits', 0]);
    expect(logits.metrics.log_loss.value).toBeCloseTo(metrics.log_loss.value, 12);
    expect(logits.metrics.accuracy).toEqual(metrics.accuracy);
    const half = await report('p-f2.npy -l y.npy --task binary');
    expect(half.metrics.log_loss.value).toBeCloseTo(metrics.log_loss.value, 3);
  });

  it('takes threshold, weights and targets to ignore', async () => {
    const at = await report('p.csv --threshold 0.2');
    const hits = rows.filter(([a, b]) => a === (b >= 0.2 ? 1 : 0)).length;
    expect(at.metrics.accuracy.value).toBe(hits / rows.length);
    expect(at.thresholds[0]).toMatchObject({
      for: 'used',
      threshold: 0.2,
      f1: at.metrics.f1.value,
    });
    const weighted = await report('p.npy -l y.npy --weights w.npy');
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    const brier = sum(rows.map(([a, b], i) => w[i]! * (a - b) ** 2)) / sum(w);
    expect(weighted.metrics.brier.value).toBeCloseTo(brier, 12);
    const ignored = await report('ignored.csv --task binary --ignore-index -100');
    expect(ignored.rows).toEqual({ total: 402, scored: 400, ignored: 2, invalid: 0 });
    const left = await report('gaps.csv --invalid skip --task binary');
    expect(left.rows).toEqual({ total: 403, scored: 400, ignored: 0, invalid: 3 });
    const plain = await report('p.csv');
    expect(ignored.metrics).toEqual(plain.metrics);
    expect(left.metrics).toEqual(plain.metrics);
  });

  it('has confusion, reliability and the best thresholds', async () => {
    const found = await report('p.csv');
    expect(found.confusion.matrix.flat().reduce((a: number, b: number) => a + b)).toBe(400);
    expect(found.calibration.reduce((a: number, bin: { rows: number }) => a + bin.rows, 0)).toBe(
      400,
    );
    for (const purpose of ['f1', 'mcc', 'accuracy'] as const) {
      const best = bestThreshold(y, p, { for: purpose, kernel: 'reference' });
      const choice = found.thresholds.find((one: { for: string }) => one.for === purpose);
      expect(choice.threshold).toBe(best.threshold);
      expect(choice[purpose]).toBe(best[purpose]);
      expect(choice.costs.f1).toBeCloseTo(best.prices.f1.loss, 12);
    }
  });

  it('bounds rankings past the budget, and says so', async () => {
    const exact = await report('p.csv');
    const bounded = await report('p.csv --memory-budget 1K');
    const notice = bounded.notices.find((n: { code: string }) => n.code === 'ranking-bounded');
    for (const metric of ['roc_auc', 'average_precision', 'pr_auc_trapezoid']) {
      expect(notice.evidence[`${metric}_low`]).toBeLessThanOrEqual(exact.metrics[metric].value);
      expect(notice.evidence[`${metric}_high`]).toBeGreaterThanOrEqual(exact.metrics[metric].value);
    }
    expect(bounded.metrics.log_loss).toEqual(exact.metrics.log_loss);
  });

  it('flags accuracy at the majority baseline beside a good ranking, and a single class', async () => {
    const rare = await report('rare.csv');
    expect(rare.metrics.accuracy.value).toBe(rare.metrics.accuracy.baseline);
    const flags = rare.diagnosis.flags.map(({ code }: { code: string }) => code);
    expect(flags).toContain('accuracy-at-majority');
    expect(codes(await report('rare.csv --no-diagnose'))).toContain('accuracy-at-majority');
    const one = await report('one-class.csv');
    expect(one.metrics.roc_auc.value).toBe('NaN');
    expect(codes(one)).toContain('one-class-ranking');
  });

  it('chooses among runs as among arrays, weights and ties included', () => {
    const scores = p.map((score) => Math.round(score * 20) / 20);
    const tally = new RankingTally({ classes: 2, weighted: true });
    tally.add({ count: y.length, scores: Float64Array.from(scores), targets: y, weights: w });
    const weightOf = (target: number) =>
      w.reduce((sum, weight, i) => sum + (y[i] === target ? weight : 0), 0);
    const best = bestOfRuns(tally.runs(0, new ReferenceScoreSorter()), weightOf(1), weightOf(0));
    for (const purpose of ['f1', 'mcc', 'accuracy'] as const) {
      const options = { for: purpose, sampleWeight: w, kernel: 'reference' } as const;
      const { prices: _, ...row } = bestThreshold(y, scores, options);
      expect(best[purpose]).toEqual(row);
    }
  });
});

describe('several labels per row', () => {
  const CASES = [
    ['tags.csv --id id --weights tags-w.npy', 'weighted'],
    ['tags.csv --id id', 'weighted'],
    ['tags.jsonl', 'plain'],
    ['tags.npz', 'plain'],
    ['tags-z.npy -l tags-y.npy', 'plain'],
    ['tags-z.npy -l tags-y.npy --weights tags-w.npy --kernel reference', 'weighted'],
  ] as const;
  it.each(CASES)('%s gives the figures of scikit-learn', async (args, key) => {
    const { metrics, labels, source } = await report(`${args} --task multilabel`);
    expect([labels, source.kind]).toEqual([4, 'logits']);
    for (const [metric, wanted] of Object.entries<number | number[]>(tags[key])) {
      const found = [metrics[metric].value].flat();
      [wanted].flat().forEach((value, i) => {
        expect(Math.abs(found[i] - value), `${metric} ${i}`).toBeLessThanOrEqual(1e-9);
      });
    }
  });

  it('shows a table per label, and writes a line per label', async () => {
    const args = [
      'score',
      'tags.csv',
      '--id',
      'id',
      '--task',
      'multilabel',
      '--out',
      'tags-report.csv',
    ];
    const { stdout } = await logitscope(args, { cwd: folder });
    expect(stdout).toMatch(/^150 rows × 4 labels · multilabel · logits/m);
    expect(stdout).toMatch(/^Labels +weight +loss +precision +recall +F1 +AUC\n {2}a /m);
    expect(readFileSync(join(folder, 'tags-report.csv'), 'utf8')).toMatch(/^f1_none,d,0\.\d+,/m);
  });

  it('leaves rankings out where scores do not fit, and rows with gaps where told to', async () => {
    const small = await report('tags.npz --task multilabel --memory-budget 1K');
    expect(codes(small)).toContain('ranking-left-out');
    expect(Object.keys(small.metrics).filter((metric) => /roc|average_p/.test(metric))).toEqual([]);
    const { rows: counted } = await report('tags-nan.csv --task multilabel --invalid skip');
    expect(counted).toEqual({ total: 4, scored: 2, ignored: 0, invalid: 2 });
  });
});

const USAGE = 2;
const INPUT = 3;
const MISTAKES: [string, number, RegExp][] = [
  ['two.csv --task binary', INPUT, /two\.csv, row 400: the target is neither 0 nor 1; found 2/],
  ['two.csv --task binary --class-names no,yes', INPUT, /row 400.*found .*2/],
  [
    'half.csv',
    INPUT,
    /half\.csv, row 400, line 402: the target is neither 0 nor 1.*found 0\.5.*--task regression/,
  ],
  ['ignored.csv --task binary', INPUT, /row 400: .*found -100.*--ignore-index -100/],
  [
    'beyond.csv',
    INPUT,
    /row 400: the score is no probability, as the first rows.*found 1\.5.*--kind logits/,
  ],
  [
    'gaps.csv --task binary',
    INPUT,
    /row 400: .*and neither can 1 other row; found the score NaN.*--invalid skip/,
  ],
  ['gaps.jsonl --task binary', INPUT, /gaps\.jsonl, row 1: .*found the score NaN/],
  [
    'three.csv --task binary',
    INPUT,
    /three\.csv: there are several scores per row, and --task binary takes one; found "p_a", "p_b", "p_c".*leave out --task binary/,
  ],
  [
    'three.csv --task binary --scores p_*',
    INPUT,
    /several scores per row.*found "p_a", "p_b", "p_c"/,
  ],
  [
    'three.npy -l one.npy --task binary',
    INPUT,
    /three\.npy: there are several scores per row.*shape \(1, 3\)/,
  ],
  [
    'named.csv --task binary --class-names ham,eggs',
    INPUT,
    /found "spam"; expected one of "ham", "eggs"/,
  ],
  ['named.csv --task binary --class-names ham', USAGE, /two distinct class names.*found 1/],
  [
    'p.csv --task binary --scores y_scroe',
    INPUT,
    /there is no column "y_scroe".*Did you mean "y_score"/,
  ],
  ['p.npy --task binary', USAGE, /p\.npy holds no targets/],
  ['p.csv --task binary --kind log-probabilities', USAGE, /--kind is logits or probabilities/],
  [
    'p.csv --task binary --class-weights 1,2',
    USAGE,
    /--class-weights cannot apply: .*write scores of both classes/,
  ],
  ['p.csv --threshold x', USAGE, /Expected a number/],
  ['tags-z.npy -l y.npy --threshold 0.5', INPUT, /y\.npy: there must be as many targets/],
  ['three.csv --threshold 0.5', USAGE, /--threshold cannot apply: the highest score wins/],
  [
    'bad-weight.csv --task binary',
    INPUT,
    /bad-weight\.csv, row 1: a sample weight cannot be used; found -1/,
  ],
  [
    'swapped.csv --id id --task multilabel',
    INPUT,
    /stand in another order.*found "y_b", "y_a".*expected the order "a", "b"/,
  ],
  [
    'tags-two.csv --task multilabel',
    INPUT,
    /tags-two\.csv, row 1, column "a": the target is neither 0 nor 1; found 2/,
  ],
  ['tags-nan.csv --task multilabel', INPUT, /row 1: .*found the score NaN, or none of label "b"/],
  ['tags-z.npy -l y.npy --task multilabel', INPUT, /found 1 target per row; expected 4/],
  ['tags.npz --task multilabel --class-names a,b', USAGE, /2 label names.*4 scores per row/],
  ['tags.npz --task multilabel --ignore-index 0', USAGE, /neither can mark rows to leave out/],
];

describe('a mistake', () => {
  it.each(MISTAKES)('score %s → %i', async (args, status, message) => {
    const outcome = await logitscope(['score', ...args.split(' ')], { cwd: folder });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.status).toBe(status);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).not.toMatch(/^\s+at |internal error/m);
  });
});
