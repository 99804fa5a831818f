/** Wrong options and bad rows are named; one class only is NaN. */

import { describe, expect, it } from 'vitest';
import {
  auc,
  averagePrecisionScore,
  bestThreshold,
  InputError,
  prAucTrapezoid,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
  thresholdTable,
  UsageError,
} from '../../src/index.js';

const y = [0, 1, 1, 0];
const s = [0.1, 0.9, 0.4, 0.4];
const threeClasses = [0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.2, 0.2, 0.6];

function refusal(run: () => unknown): { code: string; message: string; row?: number | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) {
      return { code: error.code, message: error.message, row: error.place.row };
    }
    if (error instanceof UsageError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('rows', () => {
  it.each([
    ['bad-score', () => rocCurve(y, [1, 2, Number.NaN, 3]), 2],
    ['bad-score', () => rocCurve(y, Float32Array.of(1, Number.NaN, 2, 3)), 1],
    ['bad-target', () => rocAucScore([0, 1, 2, 0], s), 2],
    ['bad-target', () => rocAucScore(['a', 'b', 'a', 'b'], s), 0],
    ['bad-weight', () => averagePrecisionScore(y, s, { sampleWeight: [1, 1, 1, -1] }), 3],
    ['bad-weight', () => averagePrecisionScore(y, s, { sampleWeight: [1, Number.NaN, 1, 1] }), 1],
    ['bad-target', () => rocAucScore([0, 1, 3], threeClasses, { multiClass: 'ovr' }), 2],
    ['not-probabilities', () => averagePrecisionScore([0, 1, 2], threeClasses.with(5, 3)), 1],
    ['bad-score', () => averagePrecisionScore([0, 1, 2], threeClasses.with(7, Number.NaN)), 2],
    ['empty-input', () => rocCurve([], []), undefined],
    ['one-class', () => bestThreshold([1, 1], [1, 2], { for: 'f1' }), undefined],
    [
      'unattainable',
      () => bestThreshold([0, 1], [1, 0], { for: { precisionAtLeast: 0.9 } }),
      undefined,
    ],
  ])('%s', (code, run, row) => {
    const found = refusal(run);
    expect(found).toMatchObject({ code, row });
    if (row !== undefined) expect(found.message).toContain(`row ${row}`);
  });
});

describe('options', () => {
  it.each([
    ['length-mismatch', () => rocCurve(y, [1, 2])],
    ['length-mismatch', () => rocCurve(y, s, { sampleWeight: [1] })],
    ['length-mismatch', () => rocAucScore([0, 1], [0.5, 0.5, 0.2, 0.8], { multiClass: 'ovr' })],
    ['bad-option', () => rocAucScore([0, 1, 2], threeClasses)],
    ['bad-option', () => rocAucScore(y, s, { maxFpr: 0 })],
    ['bad-option', () => rocAucScore([0, 1, 2], threeClasses, { multiClass: 'ovr', maxFpr: 0.5 })],
    [
      'bad-option',
      () => rocAucScore([0, 1, 2], threeClasses, { multiClass: 'ovo', average: 'micro' }),
    ],
    ['bad-option', () => averagePrecisionScore([0, 1, 2], threeClasses, { labels: [0, 1] })],
    ['unknown-option', () => prAucTrapezoid(y, s, { sampleWeights: [1, 1, 1, 1] } as object)],
    ['bad-option', () => precisionRecallCurve(y, s, { kernel: 'fast' as 'simd' })],
    ['bad-option', () => bestThreshold(y, s, { for: 'auc' as 'f1' })],
    ['bad-option', () => bestThreshold(y, s, { for: {} })],
    ['bad-option', () => bestThreshold(y, s, { for: { costFp: -1 } })],
    ['bad-option', () => thresholdTable(y, s, { thresholds: [Number.NaN] })],
    ['length-mismatch', () => auc([0], [0])],
    ['not-monotonic', () => auc([0, 1, 0.5], [0, 1, 1])],
  ])('%s', (code, run) => {
    expect(refusal(run).code).toBe(code);
  });

  it('a misspelt name is answered with the right one', () => {
    const found = refusal(() => rocCurve(y, s, { sampleWieght: [1] } as object));
    expect(found.message).toContain('Did you mean "sampleWeight"?');
  });
});

describe('one class only', () => {
  it.each([
    ['rocAucScore', rocAucScore],
    ['averagePrecisionScore', averagePrecisionScore],
    ['prAucTrapezoid', prAucTrapezoid],
  ] as const)('%s is NaN, and says why', (_, score) => {
    for (const targets of [
      [1, 1, 1],
      [0, 0, 0],
    ]) {
      const codes: string[] = [];
      const onNotice = ({ code }: { code: string }) => void codes.push(code);
      expect(score(targets, [1, 2, 3], { onNotice })).toBeNaN();
      expect(codes).toEqual(['one-class-ranking']);
    }
    expect(score([0, 1], [1, 2], { sampleWeight: [0, 1] })).toBeNaN();
    expect(score([0, 1], [1, 2], { sampleWeight: [0, 0] })).toBeNaN();
  });

  it('leaves NaN where a curve has no rows', () => {
    const codes: string[] = [];
    const onNotice = ({ code }: { code: string }) => void codes.push(code);
    const roc = rocCurve([1, 1], [1, 2], { onNotice });
    expect([...roc.fpr].every(Number.isNaN)).toBe(true);
    expect([...roc.tpr]).toEqual([0, 0.5, 1]);
    const pr = precisionRecallCurve([0, 0], [1, 2], { onNotice });
    expect([...pr.precision]).toEqual([0, 0, 1]);
    expect([...pr.recall.subarray(0, 2)].every(Number.isNaN)).toBe(true);
    expect(codes).toEqual(['one-class-ranking', 'one-class-ranking']);
    expect(rocAucScore([1, 1], [1, 2], { maxFpr: 0.5 })).toBeNaN();
  });

  it('leaves classes without rows out of averages, and says so', () => {
    const notices: Record<string, unknown>[] = [];
    const onNotice = ({ evidence }: { evidence?: object }) => void notices.push({ ...evidence });
    const scores = [0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.4, 0.3, 0.3];
    const found = rocAucScore([0, 1, 0], scores, { multiClass: 'ovr', onNotice });
    expect(found).toBe(1);
    expect(notices).toEqual([{ classes: 3, ranked: 2 }]);
    const each = averagePrecisionScore([0, 1, 0], scores, { average: 'none' });
    expect(each).toEqual([1, 1, Number.NaN]);
    expect(rocAucScore([1, 1, 1], scores, { multiClass: 'ovo' })).toBeNaN();
  });
});

it('takes labels of any kind', () => {
  expect(rocAucScore([false, true, true, false], s)).toBe(rocAucScore(y, s));
  expect(rocAucScore(new BigInt64Array([0n, 1n, 1n, 0n]), s)).toBe(rocAucScore(y, s));
  expect(rocAucScore(['cat', 'dog', 'dog', 'cat'], s, { posLabel: 'dog' })).toBe(rocAucScore(y, s));
  const options = { multiClass: 'ovr' } as const;
  expect(rocAucScore(['b', 'a', 'c'], threeClasses, { ...options, labels: ['b', 'a', 'c'] })).toBe(
    rocAucScore([0, 1, 2], threeClasses, options),
  );
});
