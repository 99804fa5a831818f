import { describe, expect, it } from 'vitest';
import { classificationMetrics, uniformLogLoss } from '../../src/metrics/classification-metrics.js';
import { probabilityRow, softmaxRow, tallyOf } from '../tallies/scored-rows.js';

describe('worked examples', () => {
  it('cross-entropy of logits [2.0, 1.0, 0.1]', () => {
    const { log_loss } = classificationMetrics(tallyOf([softmaxRow([2, 1, 0.1], 0)], false));
    expect(log_loss!.value).toBeCloseTo(0.41703, 7);
    // One row says nothing about the spread.
    expect(log_loss).not.toHaveProperty('low');
  });

  it('90 % of the rows in one class and a predictor that always says so', () => {
    const rows = Array.from({ length: 100 }, (_, i) => probabilityRow([0.9, 0.1], i < 90 ? 0 : 1));
    const metrics = classificationMetrics(tallyOf(rows, false));
    expect(metrics.accuracy).toMatchObject({ value: 0.9, baseline: 0.9, skill: 0 });
    expect(metrics.balanced_accuracy!.value).toBe(0.5);
    expect(metrics.balanced_accuracy!.skill).toBe(0);
    expect(metrics.kappa!.value).toBe(0);
    expect(metrics.mcc!.value).toBe(0);
    // It also predicts the frequencies, so that every loss is its baseline.
    expect(metrics.log_loss!.value).toBeCloseTo(metrics.log_loss!.baseline!, 14);
    expect(metrics.brier_multiclass!.value).toBeCloseTo(0.18, 14);
    expect(metrics.brier_multiclass!.baseline).toBeCloseTo(0.18, 14);
  });

  it('one over-confident mistake', () => {
    const rows = Array.from({ length: 99 }, () => probabilityRow([0.99, 0.01], 0));
    const mistake = probabilityRow([1 - 1e-6, 1e-6], 1);
    const metrics = classificationMetrics(tallyOf([...rows, mistake], false));
    expect(metrics.accuracy!.value).toBe(0.99);
    expect(metrics.log_loss!.value).toBeCloseTo(0.1481, 4);
    const share = mistake.nll / (100 * (metrics.log_loss!.value as number));
    expect(share).toBeCloseTo(0.93, 2);
  });

  it('less loss with worse accuracy', () => {
    const score = (rows: number[][]) =>
      classificationMetrics(
        tallyOf(
          rows.map((p) => probabilityRow(p, 0)),
          false,
        ),
      );
    const first = score([
      [0.49, 0.51, 0],
      [0.49, 0.51, 0],
      [0.9, 0.05, 0.05],
    ]);
    const second = score([
      [0.4, 0.3, 0.3],
      [0.4, 0.3, 0.3],
      [0.1, 0.45, 0.45],
    ]);
    expect(first.accuracy!.value).toBe(1 / 3);
    expect(first.log_loss!.value).toBeCloseTo(0.5107, 4);
    expect(second.accuracy!.value).toBe(2 / 3);
    expect(second.log_loss!.value).toBeCloseTo(1.3784, 4);
  });

  it('predictions [1, 0, 1, 1, 0] of targets [1, 1, 1, 0, 0]', () => {
    const targets = [1, 1, 1, 0, 0];
    const rows = [1, 0, 1, 1, 0].map((p, i) =>
      probabilityRow(p === 1 ? [0.2, 0.8] : [0.8, 0.2], targets[i]!),
    );
    expect(classificationMetrics(tallyOf(rows, false)).accuracy!.value).toBe(0.6);
  });

  it('uniform predictions cost ln C', () => {
    const tally = tallyOf([softmaxRow([0, 0, 0, 0], 2), softmaxRow([0, 0, 0, 0], 1)], false);
    expect(uniformLogLoss(tally)).toBe(Math.log(4));
    expect(classificationMetrics(tally).log_loss!.value).toBeCloseTo(Math.log(4), 15);
    expect(classificationMetrics(tally).perplexity!.value).toBeCloseTo(4, 14);
    expect(classificationMetrics(tally).bits!.value).toBeCloseTo(2, 15);
  });
});
