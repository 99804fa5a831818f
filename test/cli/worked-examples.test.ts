/** Worked examples that everyone meets who looks the subject up, from files. */

import { describe, expect, it } from 'vitest';
import { explainFiles, scoreFile } from '../../src/index.js';
import { logitscope } from '../support/command.js';

const FOLDER = 'examples/disagree';
async function scored(file: string, ...args: string[]) {
  const { status, stdout } = await logitscope([
    'score',
    `${FOLDER}/${file}.csv`,
    '--json',
    ...args,
  ]);
  expect(status).toBe(0);
  return JSON.parse(stdout);
}
const flags = ({ diagnosis }: { diagnosis: { flags: { code: string }[] } }) =>
  diagnosis.flags.map(({ code }) => code);

describe('less loss with worse accuracy', () => {
  it('is two sets of three rows', async () => {
    const [first, second] = [await scored('set-1'), await scored('set-2')];
    expect(first.metrics.accuracy.value).toBeCloseTo(1 / 3, 15);
    expect(second.metrics.accuracy.value).toBeCloseTo(2 / 3, 15);
    expect(first.metrics.log_loss.value).toBeCloseTo(0.5107, 4);
    expect(second.metrics.log_loss.value).toBeCloseTo(1.3784, 4);
    expect(flags(second)).toContain('loss-above-uniform');
  });

  it('is told of, with the warning that three rows say little', async () => {
    const report = await explainFiles(`${FOLDER}/set-1.csv`, `${FOLDER}/set-2.csv`);
    expect(report.loss!.delta).toBeCloseTo(1.3784 - 0.5107, 3);
    expect(report.accuracy).toMatchObject({ wrongToRight: 2, rightToWrong: 1 });
    expect(report.accuracy!.pValue).toBeCloseTo(1, 12);
    expect(report.notices.map(({ code }) => code)).toEqual(['few-rows']);
  });
});

describe('90 % of the rows in one class and a predictor that always says so', () => {
  it('has accuracy 0.9 and no skill', async () => {
    const { metrics } = await scored('constant');
    expect(metrics.accuracy).toMatchObject({ value: 0.9, baseline: 0.9, skill: 0 });
    expect(metrics.balanced_accuracy.value).toBe(0.5);
    expect(metrics.kappa.value).toBe(0);
    expect(metrics.mcc.value).toBe(0);
    expect(metrics.roc_auc.value).toBe(0.5);
  });
});

describe('one over-confident mistake', () => {
  it('carries 93 % of the loss, which is told', async () => {
    const report = await scored('one-mistake');
    expect(report.metrics.accuracy.value).toBe(0.99);
    expect(report.metrics.log_loss.value).toBeCloseTo(0.1481, 4);
    const { worstShares, worst } = report.diagnosis;
    const share = worstShares.find(({ rows }: { rows: number }) => rows === 0.01).loss;
    expect(share).toBeCloseTo(-Math.log(1e-6) / (99 * -Math.log(0.99) - Math.log(1e-6)), 12);
    expect(share).toBeCloseTo(0.93, 2);
    expect(worst[0]).toMatchObject({ row: 99, target: 1, prediction: 0 });
    expect(flags(report)).toContain('few-rows-carry-loss');
  });

  it('is told by the library as well', async () => {
    const { diagnosis } = await scoreFile(`${FOLDER}/one-mistake.csv`);
    expect(diagnosis!.worst[0]!.loss).toBeCloseTo(13.8155, 4);
    expect(diagnosis!.flags.map(({ code }) => code)).toContain('few-rows-carry-loss');
  });
});
