/** Records of choices: NumPy's numbers by lm-evaluation-harness's definitions. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compareFiles, explainFiles, scoreFile } from '../../src/index.js';
import type { MetricValue, ScoreReport } from '../../src/types/report.js';

interface Expected {
  readonly [name: string]: number | { readonly value: number; readonly stderr?: number };
}
const expected = JSON.parse(
  readFileSync(new URL('fixtures-choices.json', import.meta.url), 'utf8'),
) as Record<string, Expected>;
const path = (name: string) =>
  fileURLToPath(new URL(`fixtures-choices/${name}.jsonl`, import.meta.url));

const METRICS = { acc: 'accuracy', log_loss: 'log_loss', brier: 'brier_multiclass' } as const;

function check(report: ScoreReport, numbers: Expected): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value === 'number') continue;
    const metric = report.metrics[METRICS[name as keyof typeof METRICS] ?? name] as MetricValue;
    expect(metric.value, name).toBeCloseTo(value.value, 12);
    if (value.stderr !== undefined && name !== 'log_loss') {
      expect(metric.standardError, name).toBeCloseTo(value.stderr, 12);
    }
  }
}

describe('records of choices', () => {
  it.each(Object.keys(expected))('has the accuracies and losses of NumPy: %s', async (name) => {
    const report = await scoreFile(path(name));
    check(report, expected[name]!);
    expect(report.rows.scored).toBe(expected[name]!.rows);
    expect(report.classes).toBe(expected[name]!.most);
    expect(report.notices.map(({ code }) => code)).not.toContain('recorded-accuracy');
  });

  it('takes baselines by the number of choices of each row', async () => {
    const { metrics, notices } = await scoreFile(path('arc'));
    const numbers = expected.arc as Record<string, number>;
    expect(metrics.log_loss!.baseline).toBeCloseTo(numbers.entropy!, 12);
    expect(metrics.perplexity!.baseline).toBeCloseTo(Math.exp(numbers.entropy!), 12);
    expect(metrics.accuracy!.baseline).toBeCloseTo(numbers.majority!, 12);
    expect(metrics.acc_norm!.baseline).toBeCloseTo(numbers.majority!, 12);
    expect(metrics.top_1_accuracy!.baseline).toBeCloseTo(numbers.majority!, 12);
    expect(metrics.hamming!.baseline).toBeCloseTo(1 - numbers.majority!, 12);
    expect(metrics.brier_multiclass!.baseline).toBeCloseTo(numbers.brierOfPlaces!, 12);
    expect(notices.find(({ code }) => code === 'choices')!.evidence!.chance).toBeCloseTo(
      numbers.chance!,
      12,
    );
    const left = ['balanced_accuracy', 'mcc', 'f1_macro', 'roc_auc_ovr_macro', 'support_none'];
    for (const name of left) expect(metrics).not.toHaveProperty(name);
  });

  it('says that a loss is above that of equal probabilities for the choices of each row', async () => {
    const report = await scoreFile(path('arc'), { diagnose: false });
    const found = report.notices.find(({ code }) => code === 'loss-above-uniform');
    expect(found!.evidence!.uniform).toBeCloseTo(expected.arc!.uniform as number, 12);
  });

  it('keeps metrics of classes where all rows have as many choices', async () => {
    const { metrics, notices } = await scoreFile(path('letters'));
    expect(metrics).toHaveProperty('f1_macro');
    expect(Object.keys(metrics).indexOf('acc_norm')).toBe(
      Object.keys(metrics).indexOf('accuracy') + 1,
    );
    expect(notices.map(({ code }) => code)).not.toContain('choices');
  });

  it('parts rows by a field of the document, and clusters them', async () => {
    const report = await scoreFile(path('arc'), {
      by: 'doc.meta.category',
      cluster: 'doc.context',
    });
    expect(report.slices!.of.map(({ value }) => value).sort()).toEqual(['bio', 'geo']);
    expect(report.clusters!.count).toBe(6);
  });

  it('gives the chosen metrics, and says why others are not there', async () => {
    const report = await scoreFile(path('arc'), { only: ['acc_norm', 'acc_bytes'] });
    expect(Object.keys(report.metrics)).toEqual(['acc_norm', 'acc_bytes']);
    await expect(scoreFile(path('arc'), { only: ['f1_macro'] })).rejects.toThrow(/2 to 5 choices/);
    await expect(scoreFile(path('arc'), { only: ['acc_mutual_info'] })).rejects.toThrow(
      /records of an evaluation/,
    );
  });

  it('joins two models by document', async () => {
    const files = [path('arc'), path('arc-other')] as const;
    const compared = await compareFiles([...files], {
      id: 'doc_id',
      only: ['accuracy', 'acc_norm'],
    });
    const norms = compared.models.map(({ metrics }) => metrics!.acc_norm!.value);
    const wanted = ['arc', 'arc-other'].map(
      (name) => (expected[name]!.acc_norm as { value: number }).value,
    );
    expect([...norms].sort()).toEqual([...wanted].sort());
    const explained = await explainFiles(...files, { id: 'doc_hash' });
    expect(explained.rows.paired).toBe(24);
  });
});
