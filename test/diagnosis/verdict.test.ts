/** What verdicts say, task by task. */

import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../src/diagnosis/verdict.js';
import type { Change } from '../../src/types/explain.js';
import { LABELS, SEVERAL, VALUES } from './pairs.js';

const CLASSES = { loss: 'log_loss', second: 'accuracy' } as const;

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
  const facts = (
    [scale, offsets, refinement]: readonly [number, number, number],
    [pScale, pOffsets, pRefinement]: readonly [number, number, number],
  ) => ({
    loss: change(scale + offsets + refinement, 1e-9),
    absoluteError: change(0.25, 0.3),
    scale: part(scale, pScale),
    offsets: part(offsets, pOffsets),
    refinement: part(refinement, pRefinement),
  });

  it.each([
    [
      ['scale', 'offsets'],
      facts([12345.678, -1, 0], [1e-9, 1e-9, 1]),
      'The mean squared error rose by 12340 (p < 0.001), and the mean absolute error did not change beyond chance (+0.25, p = 0.300). The change is one of slope and intercept (slope +12350, intercept −1, refinement +0): what the predictions tell about the true values is the same, their slope is further from 1 and their mean is nearer to that of the true values.',
    ],
    [
      ['discrimination'],
      facts([0, 0, -0.0000012], [1, 1, 1e-9]),
      'The mean squared error fell by 0.0000012 (p < 0.001), and the mean absolute error did not change beyond chance (+0.25, p = 0.300). The change is one of noise (slope +0, intercept +0, refinement −0.0000012): the predictions tell more about the true values; no straight line would undo that.',
    ],
    [
      [],
      facts([0.25, 0.25, 0.5], [1, 1, 1]),
      'The mean squared error rose by 1 (p < 0.001), and the mean absolute error did not change beyond chance (+0.25, p = 0.300). Neither slope nor intercept nor the noise around the line changed beyond chance by itself (slope +0.25, intercept +0.25, refinement +0.5).',
    ],
  ] as const)('%s', (causes, of, text) => {
    expect(verdictOf(of, 0.05, VALUES)).toEqual({
      causes,
      changed: true,
      level: 0.05,
      paradox: false,
      text,
      advice: '',
    });
  });

  it('the same', () => {
    const same = {
      loss: change(0, 1),
      absoluteError: change(0, 1),
      scale: part(0, 1),
      offsets: part(0, 1),
      refinement: part(0, 1),
    };
    expect(verdictOf(same, 0.05, VALUES)).toMatchObject({
      causes: [],
      changed: false,
      text: 'The mean squared error did not change, and the mean absolute error did not change. Both dumps say the same of every row, as far as squared and absolute error can tell.',
    });
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
      scale: part(0.1, 1e-9),
      offsets: part(0, 1),
      cells,
    };
    expect(verdictOf(facts, 0.05, SEVERAL)).toMatchObject({
      causes: ['scale'],
      paradox: true,
      text: 'The loss rose by 0.1000 (p < 0.001), and the share of rows with all labels right rose by 2.0 percentage points (p < 0.001). The change is one of scale (scale +0.1000, offsets +0.0000, refinement +0.0000): what the scores tell about the targets is the same and their scale is worse. More rows have all labels right (9 rows became right, 3 wrong), and the mistakes that remain are more confident: rows wrong both times add 0.1000 to the loss.',
    });
  });
});

describe('of classes', () => {
  const tested = (value: number, low: number) => ({
    value,
    crossFitted: value,
    inSample: value,
    low,
    high: 2 * value,
    pValue: low > 0 ? 1e-9 : 1,
  });
  const reading = (refinement: number, scale: number, offsets: number) => ({
    loss: refinement + scale + offsets,
    refinement: { crossFitted: refinement, inSample: refinement },
    temperature: { value: 1.6123, low: 1.5, high: 1.7 },
    offsets: {
      told: offsets > 0,
      values: [-1, 0.25, 0.75].map((value, index) => ({ index, value })),
    },
    parts: {
      refinement: tested(refinement, refinement / 2),
      scale: tested(scale, scale / 2),
      offsets: tested(offsets, offsets / 2),
      residual: 0,
    },
    accuracyAtOffsets: { value: 0.7, low: 0.6, high: 0.8, pValue: 1e-9, lost: 0.066 },
  });
  const changes = {
    loss: change(0.5, 1e-9),
    accuracy: right(-0.1, 1e-9, 1, 30),
    refinement: part(0.1, 1e-9),
    scale: part(0.2, 1e-9),
    offsets: part(0.2, 1e-9),
    accuracyLost: change(0.066, 1e-9),
  };

  it('names all causes, what mends them and what nothing mends', () => {
    const { causes, text, advice } = verdictOf(changes, 0.05, CLASSES, {
      before: reading(0.2, 0, 0),
      after: reading(0.3, 0.2, 0.2),
      rows: ['row 5', 'row 7', 'row 9', 'row 11'],
    });
    expect(causes).toEqual(['scale', 'offsets', 'discrimination']);
    expect(advice).toBe(
      'To mend the second, divide the logits by 1.61 and add (−1.00, +0.25, +0.75): loss 0.3000 instead of 0.7000, accuracy +6.6 points (p < 0.001). No recalibration mends the rest: at its best the second has 0.3000, the first 0.2000; look first at row 5, row 7, row 9.',
    );
    expect(text).toBe(
      `The loss rose by 0.5000 (p < 0.001), and accuracy fell by 10.0 percentage points (p < 0.001). The change is one of scale, offsets and discrimination (scale +0.2000, offsets +0.2000, refinement +0.1000): the scores tell less about the targets, their scale is worse and some classes are favoured more than before, which costs 6.6 percentage points of accuracy (p < 0.001); no recalibration would undo the change of discrimination. ${advice}`,
    );
  });

  it('says a threshold for two classes, and nothing where nothing can be told', () => {
    const two = {
      ...reading(0.3, 0, 0.2),
      offsets: { told: true, values: [{ index: 1, value: -1.5 }] },
      threshold: { value: 1.5, scale: 'logit' as const },
    };
    const facts = { before: reading(0.3, 0, 0), after: two, rows: [] };
    const same = { ...changes, refinement: part(0, 1), scale: part(0, 1) };
    expect(verdictOf(same, 0.05, CLASSES, facts).advice).toBe(
      'To mend the second, add −1.50 to the logit (which moves the threshold to a logit of 1.5): loss 0.3000 instead of 0.5000, accuracy +6.6 points (p < 0.001).',
    );
    const none = { ...facts, after: reading(0.3, 0, 0) };
    expect(verdictOf(same, 0.05, CLASSES, none).advice).toBe('');
  });
});

describe('of labels alone', () => {
  it.each([
    [
      right(0.06, 0.001, 9, 3),
      true,
      'Accuracy rose by 6.0 percentage points (p = 0.001). 9 rows became right, 3 wrong; without scores there is no loss, and nothing that could tell a cause.',
    ],
    [
      right(-0.01, 0.4, 2, 3),
      false,
      'Accuracy did not change beyond chance (−1.0 percentage points, p = 0.400). With this many rows that cannot be told from chance (2 rows became right, 3 wrong).',
    ],
    [
      right(0, 1, 0, 0),
      false,
      'Accuracy did not change. Both dumps say the same of every row, as far as accuracy can tell.',
    ],
  ] as const)('%o', (accuracy, changed, text) => {
    expect(verdictOf({ accuracy }, 0.05, LABELS)).toEqual({
      causes: [],
      changed,
      level: 0.05,
      paradox: false,
      text,
      advice: '',
    });
  });
});
