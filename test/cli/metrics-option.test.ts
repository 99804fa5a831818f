/** `score --metrics`: the report holds the named metrics, in their order. */

import { describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

const DIGITS = ['score', 'examples/digits/epoch-070.npy', '--labels', 'examples/digits/labels.npy'];
const REGRESSION = ['score', 'test/oracles/dumps/diabetes-regression.csv', '--task', 'regression'];

describe('--metrics', () => {
  it('chooses the metrics of JSON and text, in the order given', async () => {
    const names = ['f3_macro', 'log_loss', 'top_7_accuracy', 'precision_none'];
    const args = [...DIGITS, '--no-diagnose', '--metrics', names.join(',')];
    const { status, stdout } = await logitscope([...args, '--json']);
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(Object.keys(report.metrics)).toEqual(names);
    expect(report.options.metrics).toEqual(names);
    const all = JSON.parse((await logitscope([...DIGITS, '--no-diagnose', '--json'])).stdout);
    expect(report.metrics.log_loss).toEqual(all.metrics.log_loss);
    expect(report.metrics.precision_none).toEqual(all.metrics.precision_none);
    const text = (await logitscope(args)).stdout;
    const places = names.map((name) => text.indexOf(`${name} `.trim()));
    expect(places.every((place) => place > 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(text).not.toMatch(/^(?:loss|accuracy|mrr)\b/m);
    expect(text).not.toContain('with --json');
  });

  it('computes ranking metrics where they are named', async () => {
    const args = [...DIGITS, '--no-diagnose', '--json', '--metrics'];
    const { stdout } = await logitscope([...args, 'roc_auc_ovr_macro']);
    const { value } = JSON.parse(stdout).metrics.roc_auc_ovr_macro;
    expect(value).toBeGreaterThan(0.97);
    expect(value).toBeLessThan(1);
  });

  it('asks for quantiles by name', async () => {
    const { stdout } = await logitscope([...REGRESSION, '--json', '--metrics', 'r2,pinball_0.25']);
    expect(Object.keys(JSON.parse(stdout).metrics)).toEqual(['r2', 'pinball_0.25']);
  });

  it.each<[string, readonly string[], string, string]>([
    ['an unknown name', DIGITS, 'acuracy', 'did you mean accuracy?'],
    ['another task', DIGITS, 'rmse', 'a metric of the task regression'],
    ['two classes', DIGITS, 'roc_auc', 'it is of two classes, and these are 10'],
    ['another task', REGRESSION, 'log_loss', 'a metric of the task classification or binary'],
    ['no name', DIGITS, 'accuracy,', 'Expected names separated by commas'],
  ])('refuses %s', async (_, args, metrics, message) => {
    const { status, stdout, stderr } = await logitscope([...args, '--metrics', metrics]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('says that labels have no scores', async () => {
    const input = 'y_true,y_pred\na,b\nb,b\n';
    const { status, stderr } = await logitscope(['score', '-', '--metrics', 'log_loss'], { input });
    expect(status).toBe(2);
    expect(stderr).toContain('it needs scores, and these are predicted labels');
  });

  it('tells --fail-if which metrics there are', async () => {
    const args = [...DIGITS, '--metrics', 'accuracy', '--fail-if', 'log_loss > 1'];
    const { status, stderr } = await logitscope(args);
    expect(status).toBe(2);
    expect(stderr).toContain('add log_loss to --metrics');
  });

  it('follows a library by --like', async () => {
    const input = 'p_0,p_1,label\n0.9,0.1,0\n0.2,0.8,0\n';
    const { status, stdout } = await logitscope(['score', '-', '--like', 'sklearn'], { input });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Note \(like-[a-z-]+\): As scikit-learn has it/m);
    const bad = await logitscope(['score', '-', '--like', 'caffe'], { input });
    expect(bad.status).toBe(2);
  });
});
