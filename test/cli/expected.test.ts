/** The figures of expected.json, which PyTorch and scikit-learn gave, from the command line. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { logitscope } from '../support/command.js';

const DUMPS = 'test/oracles/dumps';
const expected = JSON.parse(
  readFileSync(new URL('../oracles/dumps/expected.json', import.meta.url), 'utf8'),
);

async function metricsOf(...args: string[]) {
  const { status, stdout, stderr } = await logitscope(['score', ...args, '--json']);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

/** float32 kernels within 2e-6, float64 within 1e-9, relative. */
function expectNear(actual: number, wanted: number, bar: number) {
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(bar * Math.abs(wanted));
}

describe.each(['simd', 'reference'])('kernel %s', (kernel) => {
  it('gives loss and accuracy of every epoch', async () => {
    for (const { epoch, log_loss, accuracy } of expected['digits-epochs']) {
      const file = `${DUMPS}/digits-epochs/epoch-${String(epoch).padStart(3, '0')}.npy`;
      const labels = `${DUMPS}/digits-epochs/labels.npy`;
      const { metrics, kernel: ran } = await metricsOf(
        file,
        '--labels',
        labels,
        '--kernel',
        kernel,
      );
      expect(ran).toBe(kernel);
      expectNear(metrics.log_loss.value, log_loss, 2e-6);
      expect(metrics.accuracy.value).toBe(accuracy);
    }
  });

  const last = expected['digits-epochs'].find((e: { epoch: number }) => e.epoch === 160);
  it.each([
    ['digits.npz', [], last, 2e-6],
    ['digits-compressed.npz', [], last, 2e-6],
    ['digits-records.jsonl', [], last, 1e-9],
    ['digits-f64-fortran.npy', ['--labels', `${DUMPS}/digits-labels-u8.npy`], last, 1e-9],
    ['digits-f16.npy', ['--labels', `${DUMPS}/digits-labels-u8.npy`], expected['digits-f16'], 2e-6],
  ] as const)('gives loss and accuracy of %s', async (file, args, { log_loss, accuracy }, bar) => {
    const { metrics } = await metricsOf(`${DUMPS}/${file}`, ...args, '--kernel', kernel);
    expectNear(metrics.log_loss.value, log_loss, bar);
    expect(metrics.accuracy.value).toBe(accuracy);
  });

  it.each(['auto', 'binary'])(
    'gives the scores of a rare class theirs, --task %s',
    async (task) => {
      const { rows: count, majority_accuracy: majority, ...wanted } = expected['eights-binary.csv'];
      const file = `${DUMPS}/eights-binary.csv`;
      const report = await metricsOf(file, '--task', task, '--kernel', kernel);
      expect([report.task, report.source.kind, report.kernel]).toEqual([
        'binary',
        'probabilities',
        kernel,
      ]);
      expect(report.rows.scored).toBe(count);
      expect(report.metrics.accuracy.baseline).toBe(majority);
      for (const [name, value] of Object.entries<number>(wanted)) {
        expectNear(report.metrics[name].value, value, 1e-9);
      }
    },
  );

  it('gives the forest its numbers, with string labels, ties and a true class of probability 0', async () => {
    const wanted = expected['digits-forest.csv'];
    const report = await metricsOf(
      `${DUMPS}/digits-forest.csv`,
      '--eps',
      '1e-15',
      '--kernel',
      kernel,
    );
    const { metrics, rows, notices } = report;
    expect(rows.total).toBe(wanted.rows);
    expect(metrics.accuracy.value).toBe(wanted.accuracy);
    expectNear(metrics.brier_multiclass.value, wanted.brier_multiclass, 1e-9);
    expectNear(metrics.f1_macro.value, wanted.f1_macro, 1e-9);
    expectNear(metrics.log_loss.value, wanted.log_loss_eps_1e_15, 1e-9);
    const clipped = notices.find((n: { code: string }) => n.code === 'probabilities-clipped');
    expect(clipped.evidence.zero).toBe(wanted.rows_with_p_true_zero);
    expect(report.classNames[0]).toBe('zero');
  });
});
