/** What verdicts say, task by task. */

import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../src/diagnosis/verdict.js';
import type { Change } from '../../src/types/explain.js';
import { LABELS, SEVERAL, VALUES } from './pairs.js';

const change = (delta: number, pValue: number): Change => ({
  delta,
  low: delta - 1,
  high: delta + 1,
  pValue,
});
const part = (delta: number, pValue: number) => ({ ...change(delta, pValue), crossFitted: delta });
const right = (delta: number, pValue: number, wrongToRight: number, rightToWrong: number) => ({
  ...change(delta, pValue),
  wrongToRight,
  rightToWrong,
});

describe('of values', () => {
  const facts = (refinement: number, calibration: number, pRefinement = 1, pCalibration = 1) => ({
    loss: change(refinement + calibration, 1e-9),
    absoluteError: change(0.25, 0.3),
    refinement: part(refinement, pRefinement),
    calibration: part(calibration, pCalibration),
  });

  it.each([
    [
      'confidence',
      facts(0, 12345.678, 1, 1e-9),
      'The mean squared error rose by 12350 (p < 0.001), and the mean absolute error did not change beyond chance (+0.25, p = 0.300). The change is one of slope and intercept (calibration +12350, refinement +0): what the predictions tell about the true values is the same, and a straight line would mend more of their error.',
    ],
    [
      'discrimination',
      facts(-0.0000012, 0, 1e-9),
      'The mean squared error fell by 0.0000012 (p < 0.001), and the mean absolute error did not change beyond chance (+0.25, p = 0.300). The change is one of noise (calibration +0, refinement −0.0000012): the predictions tell more about the true values, and no straight line would undo that.',
    ],
    [
      'both',
      facts(2, -1, 1e-9, 1e-9),
      'The mean squared error rose by 1 (p < 0.001), and the mean absolute error did not change beyond chance (+0.25, p = 0.300). Both parts changed (calibration −1, refinement +2): the predictions tell less about the true values, and a straight line would mend less of their error.',
    ],
    [
      'unattributed',
      facts(0.5, 0.5),
      'The mean squared error rose by 1 (p < 0.001), and the mean absolute error did not change beyond chance (+0.25, p = 0.300). Neither the straight line that fits best nor the noise around it changed beyond chance by itself (calibration +0.5, refinement +0.5).',
    ],
  ])('%s', (cause, of, text) => {
    expect(verdictOf(of, 0.05, VALUES)).toEqual({ cause, level: 0.05, paradox: false, text });
  });

  it('the same', () => {
    const same = {
      loss: change(0, 1),
      absoluteError: change(0, 1),
      refinement: part(0, 1),
      calibration: part(0, 1),
    };
    expect(verdictOf(same, 0.05, VALUES).text).toBe(
      'The mean squared error did not change, and the mean absolute error did not change. Both dumps say the same of every row, as far as squared and absolute error can tell.',
    );
  });
});

describe('of several labels', () => {
  it('counts rows whose labels are all right, and has no one temperature', () => {
    const cells = [
      { before: 'right', after: 'right', rows: 5, meanDelta: 0, contribution: 0 },
      { before: 'wrong', after: 'wrong', rows: 5, meanDelta: 0.2, contribution: 0.1 },
    ] as const;
    const facts = {
      loss: change(0.1, 1e-9),
      accuracy: right(0.02, 1e-9, 9, 3),
      refinement: part(0, 1),
      calibration: part(0.1, 1e-9),
      cells,
    };
    expect(verdictOf(facts, 0.05, SEVERAL)).toEqual({
      cause: 'confidence',
      level: 0.05,
      paradox: true,
      text: 'The loss rose by 0.1000 (p < 0.001), and the share of rows with all labels right rose by 2.0 percentage points (p < 0.001). The change is one of confidence (calibration +0.1000, refinement +0.0000): what the scores tell about the targets is the same, their scale is worse. More rows have all labels right (9 rows became right, 3 wrong), and the mistakes that remain are more confident: rows wrong both times add 0.1000 to the loss.',
    });
  });
});

describe('of labels alone', () => {
  it.each([
    [
      right(0.06, 0.001, 9, 3),
      'unattributed',
      'Accuracy rose by 6.0 percentage points (p = 0.001). 9 rows became right, 3 wrong; without scores there is no loss, and nothing that could tell a cause.',
    ],
    [
      right(-0.01, 0.4, 2, 3),
      'none',
      'Accuracy did not change beyond chance (−1.0 percentage points, p = 0.400). With this many rows that cannot be told from chance (2 rows became right, 3 wrong).',
    ],
    [
      right(0, 1, 0, 0),
      'none',
      'Accuracy did not change. Both dumps say the same of every row, as far as accuracy can tell.',
    ],
  ])('%o', (accuracy, cause, text) => {
    expect(verdictOf({ accuracy }, 0.05, LABELS)).toEqual({
      cause,
      level: 0.05,
      paradox: false,
      text,
    });
  });
});
