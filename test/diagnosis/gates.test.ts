/** Conditions on reports: one grammar, and a reason where a task does not have what is asked of it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asksChange,
  checkChangeGates,
  checkEpochGates,
  checkMetricGates,
  parseGate,
  requireMetricGates,
} from '../../src/diagnosis/gates.js';
import type { EpochsReport } from '../../src/types/epochs.js';
import type { Change, ExplainReport } from '../../src/types/explain.js';
import type { RowTask, ScoreReport } from '../../src/types/report.js';

const gates = (...conditions: string[]) => conditions.map(parseGate);
const failing = (results: readonly { readonly failed: boolean }[]) =>
  results.map(({ failed }) => failed);
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

const up: Change = { delta: 0.5, low: 0.4, high: 0.6, pValue: 1e-6 };
const down: Change = { delta: -0.5, low: -0.6, high: -0.4, pValue: 1e-6 };
const still: Change = { delta: 0.5, low: -1, high: 2, pValue: 0.3 };
const part = (change: Change) => ({ ...change, crossFitted: change.delta });
const fitted = (value: number) => ({ crossFitted: value, inSample: value });

describe('a condition', () => {
  it('holds a metric against a number, or asks for a change', () => {
    expect(parseGate(' log_loss>=0.4 ')).toEqual({
      condition: ' log_loss>=0.4 ',
      metric: 'log_loss',
      comparison: '>=',
      threshold: 0.4,
    });
    expect(parseGate('absolute_error  rises')).toEqual({
      condition: 'absolute_error  rises',
      quantity: 'absolute_error',
      verb: 'rises',
    });
    expect([asksChange(gates('a > 1')), asksChange(gates('a > 1', 'loss falls'))]).toEqual([
      false,
      true,
    ]);
  });

  it('reads every number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (number) => {
        expect(parseGate(`x < ${number}`)).toMatchObject({ threshold: number === 0 ? 0 : number });
      }),
    );
  });

  it.each([
    '',
    'accuracy',
    'auc drops',
    'loss rises much',
    'x = 1',
    'x > much',
    'x > NaN',
    'toString rises',
    'loss toString',
  ])('that cannot be read is refused: "%s"', (condition) => {
    expect(() => parseGate(condition)).toThrowError(
      refused('bad-gate', /cannot be read; expected .*"log_loss > 0\.4".*"accuracy drops"/),
    );
  });
});

describe('on one dump', () => {
  const report = {
    options: {},
    metrics: { log_loss: { value: 0.5 }, f1: { value: [1, 2] }, auc: { value: Number.NaN } },
    diagnosis: { temperature: { value: 1.5 }, refinement: fitted(0.3), calibration: fitted(0.2) },
  } as unknown as ScoreReport;

  it('are held against metrics and the diagnosis; NaN fails', () => {
    const results = checkMetricGates(
      report,
      gates('log_loss > 0.4', 'log_loss > 0.6', 'temperature < 2', 'calibration >= 0.2', 'auc < 0'),
    );
    expect(failing(results)).toEqual([true, false, true, true, true]);
    expect(results[1]!.text).toBe('Passed: log_loss is 0.5 (to fail if log_loss > 0.6).');
  });

  it('are refused where they ask for a change, or a metric that there is not', () => {
    const change = refused('bad-gate', /one dump has no change\. .*logitscope explain/);
    expect(() => checkMetricGates(report, gates('accuracy drops'))).toThrowError(change);
    expect(() => requireMetricGates(gates('x > 1', 'loss rises'))).toThrowError(change);
    expect(() => checkMetricGates(report, gates('log_los > 1'))).toThrowError(
      refused('unknown-metric', /Did you mean log_loss\?/),
    );
    expect(() => checkMetricGates(report, gates('f1 > 1'))).toThrowError(
      refused('unknown-metric', /no metric "f1"/),
    );
  });
});

const explained = (task: RowTask, more: object): ExplainReport =>
  ({ task, after: {}, before: {}, ...more }) as unknown as ExplainReport;

describe('on two dumps', () => {
  const classes = explained('classification', {
    after: {
      loss: 0.5,
      accuracy: 0.9,
      temperature: { value: 2 },
      refinement: fitted(0.3),
      calibration: fitted(0.2),
      metrics: { accuracy: { value: 0.8 }, roc_auc: { value: 0.95 } },
    },
    loss: up,
    accuracy: { ...still, wrongToRight: 1, rightToWrong: 0 },
    refinement: part(down),
    calibration: part(up),
  });

  it('numbers are those of the dump after, metrics by name first', () => {
    const results = checkChangeGates(
      classes,
      gates('loss > 0.4', 'accuracy < 0.85', 'roc_auc < 0.9', 'temperature > 1', 'refinement > 1'),
      0.05,
    );
    expect(failing(results)).toEqual([true, true, false, true, false]);
    expect(() => checkChangeGates(classes, gates('zzzzzzzz > 1'), 0.05)).toThrowError(
      refused('unknown-metric', /It has accuracy, roc_auc, loss, .*; name others in --metrics/),
    );
  });

  it('changes are asked of their tests at the level', () => {
    const conditions = gates(
      'loss rises',
      'loss drops',
      'accuracy changes',
      'refinement falls',
      'calibration changes',
    );
    expect(failing(checkChangeGates(classes, conditions, 0.05))).toEqual([
      true,
      false,
      false,
      true,
      true,
    ]);
    expect(failing(checkChangeGates(classes, conditions, 1e-9))).not.toContain(true);
    expect(checkChangeGates(classes, gates('loss rises'), 0.05)[0]!.text).toBe(
      'Failed: loss +0.5, p = 0.000001 (to fail if loss rises at level 0.05).',
    );
  });

  const values = explained('regression', {
    after: {
      loss: 4,
      absoluteError: 1.5,
      line: { slope: { value: 0.8 }, intercept: { value: 2 } },
    },
    loss: up,
    absoluteError: down,
    refinement: part(up),
    calibration: part(up),
    scale: up,
    offsets: down,
  });

  it('values have an absolute error, scale and offsets', () => {
    const conditions = gates(
      'absolute_error drops',
      'scale rises',
      'offsets rises',
      'absolute_error > 1',
      'slope < 0.9',
    );
    expect(failing(checkChangeGates(values, conditions, 0.05))).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
  });

  const labels = explained('labels', {
    after: { accuracy: 0.5 },
    accuracy: { ...down, wrongToRight: 1, rightToWrong: 9 },
  });

  it('labels alone have an accuracy', () => {
    expect(
      failing(checkChangeGates(labels, gates('accuracy drops', 'accuracy > 0.7'), 0.05)),
    ).toEqual([true, false]);
  });

  it.each([
    [labels, 'loss rises', /predicted labels alone have no scores, and so no loss; use accuracy/],
    [labels, 'refinement rises', /labels alone have no scores/],
    [values, 'accuracy drops', /values are not right or wrong; use absolute_error/],
    [classes, 'absolute_error rises', /right or wrong, not far off; use accuracy/],
  ] as const)(
    'what a task does not have is refused with the reason: %#',
    (report, condition, reason) => {
      expect(() => checkChangeGates(report, gates(condition), 0.05)).toThrowError(
        refused('bad-gate', reason),
      );
    },
  );
});

describe('on a series', () => {
  const series = (task: RowTask, last: object, change?: object): EpochsReport =>
    ({ task, epochs: [{}, last], ...(change && { change }) }) as unknown as EpochsReport;
  const values = series(
    'regression',
    { loss: 4, absoluteError: 1.5, metrics: { r2: { value: 0.5 } } },
    { loss: up, absoluteError: down, refinement: still, calibration: up },
  );

  it('numbers are those of the last epoch, changes those from the first', () => {
    const conditions = gates(
      'loss > 5',
      'r2 < 0.6',
      'loss rises',
      'absolute_error drops',
      'refinement rises',
    );
    expect(failing(checkEpochGates(values, conditions, 0.05))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  it.each([
    [values, 'accuracy drops', /use absolute_error/],
    [series('labels', { accuracy: 1 }, { accuracy: still }), 'loss rises', /no scores/],
  ] as const)('what there is not is refused with the reason: %#', (report, condition, reason) => {
    expect(() => checkEpochGates(report, gates(condition), 0.05)).toThrowError(
      refused('bad-gate', reason),
    );
  });
});
