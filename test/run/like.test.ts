/** Conventions of other libraries, against numbers that these libraries gave (fixtures-like.py). */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type ScoreFileOptions,
  type ScoreReport,
  scoreArrays,
  scoreFile,
} from '../../src/index.js';
import { expectClose } from '../support/close.js';
import { npyBytes } from '../support/numpy.js';

const theirs = JSON.parse(readFileSync(new URL('fixtures-like.json', import.meta.url), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'logitscope-like-'));
afterAll(() => rmSync(folder, { recursive: true }));

const codes = ({ notices }: ScoreReport) =>
  notices.map(({ code }) => code).filter((code) => code.startsWith('like-'));
const evidence = ({ notices }: ScoreReport, code: string) =>
  notices.find((notice) => notice.code === code)?.evidence;
const number = (report: ScoreReport, name: string) => report.metrics[name].value as number;

function scorePairs(
  name: string,
  { target, prediction }: { target: number[]; prediction: number[] },
  options: ScoreFileOptions,
) {
  const path = join(folder, `${name}.csv`);
  const lines = target.map((t, i) => `${t},${prediction[i]}`);
  writeFileSync(path, `y_true,y_pred\n${lines.join('\n')}\n`);
  return scoreFile(path, options);
}

describe('like sklearn', () => {
  it('counts distances of kappa among the classes that occur', async () => {
    const own = await scorePairs('gaps', theirs.gaps, { kind: 'labels' });
    const report = await scorePairs('gaps', theirs.gaps, { kind: 'labels', like: 'sklearn' });
    for (const name of ['kappa_linear', 'kappa_quadratic']) {
      expectClose(number(report, name), theirs.gaps[name]);
      expect(number(own, name)).not.toBeCloseTo(theirs.gaps[name], 4);
      expect(evidence(report, 'like-kappa')).toMatchObject({
        [name]: number(report, name),
        [`${name}_own`]: number(own, name),
      });
    }
    expect(codes(report)).toEqual(['like-kappa']);
    expect(report.options.like).toBe('sklearn');
    expectClose(number(report, 'f1_macro'), theirs.gaps.f1_macro);
  });

  it('gives the Matthews correlation of one class as 0', async () => {
    const report = await scorePairs('one', theirs.one_class, { kind: 'labels', like: 'sklearn' });
    expect(number(report, 'mcc')).toBe(theirs.one_class.mcc);
    expect(codes(report)).toEqual(['like-mcc']);
  });

  it('halves the Brier score of two classes, and leaves the loss', async () => {
    const { probabilities, target, brier, log_loss } = theirs.two;
    const report = await scoreArrays(Float64Array.from(probabilities), target, { like: 'sklearn' });
    expectClose(number(report, 'brier_multiclass'), brier);
    expectClose(number(report, 'log_loss'), log_loss);
    expect(codes(report)).toEqual(['like-brier']);
  });

  it('raises f16 probabilities to the epsilon of f16', async () => {
    const { probabilities, target, log_loss } = theirs.half;
    const path = join(folder, 'half.npy');
    const labels = join(folder, 'half.txt');
    writeFileSync(path, npyBytes({ descr: '<f2', shape: [3, 3], values: probabilities }));
    writeFileSync(labels, `${target.join('\n')}\n`);
    const report = await scoreFile(path, { labels, kind: 'probabilities', like: 'sklearn' });
    const exact = (Math.log(2) + 10 * Math.log(2) - Math.log(0.375)) / 3;
    expectClose(number(report, 'log_loss'), exact);
    // scikit-learn 1.2 divides by the sum of the clipped row, and computes in f16.
    expect(Math.abs(number(report, 'log_loss') - log_loss)).toBeLessThan(1e-3);
    expect(codes(report)).toEqual(['like-eps', 'like-top-k']);
  });

  it.each([
    ['wrong', 0],
    ['right', 1],
  ])('scores constant targets that are predicted %s', async (which, score) => {
    const { target, wrong } = theirs.constant;
    const prediction = which === 'wrong' ? wrong : target;
    const options = { task: 'regression', like: 'sklearn' } as const;
    const report = await scorePairs(which, { target, prediction }, options);
    expect(number(report, 'r2')).toBe(theirs.constant[`r2_${which}`]);
    expect(number(report, 'd2_absolute_error')).toBe(theirs.constant[`d2_${which}`]);
    expect(number(report, 'r2')).toBe(score);
    expect(codes(report)).toEqual(['like-constant-targets']);
  });
});

describe('like torch', () => {
  const { logits, target, weights } = theirs.ignored;

  it('leaves out targets of −100', async () => {
    const scores = Float64Array.from(logits as number[]);
    const report = await scoreArrays(scores, target, { like: 'torch' });
    expectClose(number(report, 'log_loss'), theirs.ignored.log_loss);
    expect(report.rows).toMatchObject({ scored: 4, ignored: 2 });
    expect(codes(report)).toEqual(['like-ignore-index']);
    await expect(scoreArrays(scores, target)).rejects.toThrow(/-100/);
  });

  it('divides by the weights of the targets', async () => {
    const scores = Float64Array.from(logits as number[]);
    const report = await scoreArrays(scores, target, { like: 'torch', classWeights: weights });
    expectClose(number(report, 'log_loss'), theirs.ignored.weighted);
  });

  it('has infinite loss where the truth has probability 0, unless eps is given', async () => {
    const scores = Float64Array.of(0.5, 0.5, 0, 0.25, 0.75, 0);
    const report = await scoreArrays(scores, [0, 2], { like: 'torch' });
    expect(number(report, 'log_loss')).toBe(Number.POSITIVE_INFINITY);
    expect(codes(report)).toContain('like-eps');
    const given = await scoreArrays(scores, [0, 2], { like: 'torch', eps: 1e-3 });
    expectClose(number(given, 'log_loss'), -Math.log(0.5e-3) / 2);
    expect(codes(given)).toEqual([]);
  });
});

it('like torch, ends logarithms of single probabilities at −100', async () => {
  const path = join(folder, 'single.csv');
  writeFileSync(path, 'y_score,y_true\n0,1\n0.5,0\n');
  const report = await scoreFile(path, { task: 'binary', kind: 'probabilities', like: 'torch' });
  expectClose(number(report, 'log_loss'), (100 + Math.log(2)) / 2);
  expect(codes(report)).toEqual(['like-eps']);
});

describe('like keras', () => {
  it('divides by the number of rows, as in the documentation of CategoricalCrossentropy', async () => {
    const scores = Float64Array.of(0.05, 0.95, 0, 0.1, 0.8, 0.1);
    const options = { weights: [0.3, 0.7], like: 'keras', diagnose: false } as const;
    const report = await scoreArrays(scores, [1, 2], options);
    expect(number(report, 'log_loss')).toBeCloseTo(0.814, 3);
    const own = (0.3 * -Math.log(0.95) + 0.7 * -Math.log(0.1)) / 1;
    expectClose(evidence(report, 'like-mean')?.log_loss_own as number, own);
  });

  it('raises probabilities to 1e-7', async () => {
    const scores = Float64Array.of(0.5, 0.5, 0, 0.25, 0.75, 0);
    const report = await scoreArrays(scores, [0, 2], { like: 'keras' });
    expectClose(number(report, 'log_loss'), (Math.log(2) - Math.log(1e-7)) / 2);
    expect(codes(report)).toContain('like-eps');
  });

  it('averages F-scores over all classes', async () => {
    const report = await scorePairs('gaps', theirs.gaps, { kind: 'labels', like: 'keras' });
    expectClose(number(report, 'f1_macro'), theirs.gaps.f1_macro_all_classes);
  });

  it('gives relative errors in percent', async () => {
    const pairs = { target: [2, 4], prediction: [1, 5] };
    const report = await scorePairs('mape', pairs, { task: 'regression', like: 'keras' });
    expectClose(number(report, 'mape'), 37.5);
    expect(codes(report)).toEqual(['like-mape']);
  });
});

it('refuses libraries that it does not know', async () => {
  const like = 'caffe' as 'torch';
  const promise = scoreArrays(Float64Array.of(1, 2), [0], { like });
  await expect(promise).rejects.toMatchObject({ code: 'bad-like' });
});
