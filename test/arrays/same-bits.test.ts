/** Whatever the form of scores and targets, functions of them give the same bits. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averagePrecisionScore,
  brierScoreLoss,
  calibrationCurve,
  calibrationErrorNull,
  calibrationGap,
  crossEntropy,
  expectedCalibrationError,
  fitTemperature,
  isotonicDecomposition,
  logLoss,
  maximumCalibrationError,
  meanReciprocalRank,
  mseLoss,
  multiMarginLoss,
  nllLoss,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
  type Scores,
  scoreArrays,
  softmaxFocalLoss,
  squaredCalibrationError,
  type Targets,
  temperatureScale,
  thresholdTable,
  topKAccuracyScore,
} from '../../src/index.js';
import { type Data, data, doubleForms, labelForms, oneHotForms, singleForms } from './forms.js';

type AnyFunction = (scores: Scores, targets: Targets, options: { classes: number }) => unknown;
type Rows = (entry: Data) => readonly (readonly number[])[];

const scores: Rows = (entry) => entry.scores;
const probabilities: Rows = (entry) => entry.probabilities;
const all = { gradient: true, reduction: 'none' } as const;

/** Functions of one class per row, of at least so many classes. */
const FUNCTIONS: readonly [name: string, least: number, rows: Rows, call: AnyFunction][] = [
  ['nllLoss', 2, scores, (s, t, o) => nllLoss(s, t, { ...all, ...o })],
  ['softmaxFocalLoss', 2, scores, (s, t, o) => softmaxFocalLoss(s, t, { ...all, ...o })],
  ['multiMarginLoss', 2, scores, (s, t, o) => multiMarginLoss(s, t, { ...all, ...o })],
  // Without `eps` lists of f32 arrays are cut at the epsilon of doubles.
  ['logLoss', 2, probabilities, (s, t, o) => logLoss(t, s, { ...o, eps: 1e-9 })],
  ['brierScoreLoss', 2, probabilities, (s, t, o) => brierScoreLoss(t, s, o)],
  ['topKAccuracyScore', 2, scores, (s, t, o) => topKAccuracyScore(t, s, o)],
  ['meanReciprocalRank', 2, scores, (s, t, o) => meanReciprocalRank(t, s, o)],
  [
    'calibration',
    2,
    probabilities,
    (s, t, o) => [
      expectedCalibrationError(t, s, o),
      maximumCalibrationError(t, s, o),
      squaredCalibrationError(t, s, o),
      calibrationGap(t, s, o),
      calibrationCurve(t, s, o),
      calibrationErrorNull(t, s, { ...o, replicates: 10 }),
    ],
  ],
  [
    'rocAucScore',
    3,
    probabilities,
    (s, t, o) => [
      rocAucScore(t, s, { ...o, multiClass: 'ovr' }),
      rocAucScore(t, s, { ...o, multiClass: 'ovo' }),
      averagePrecisionScore(t, s, { ...o, average: 'none' }),
    ],
  ],
  ['fitTemperature', 2, scores, (s, t, o) => fitTemperature(s, t, o)],
];

describe.each(FUNCTIONS)('%s', (_, least, rowsOf, call) => {
  it.each([true, false])('gives the same in all forms (a row of every class: %s)', (everyClass) => {
    fc.assert(
      fc.property(data(fc.integer({ min: least, max: 6 }), everyClass), (entry) => {
        const { classes, targets } = entry;
        const options = { classes };
        for (const forms of [doubleForms, singleForms]) {
          const [[, first], ...others] = Object.entries(forms(rowsOf(entry))) as [
            [string, Scores],
            ...[string, Scores][],
          ];
          const expected = call(first, targets, options);
          for (const [name, form] of others) {
            expect(call(form, targets, options), name).toEqual(expected);
          }
          const targetForms = {
            ...labelForms(targets, classes),
            ...oneHotForms(targets, classes),
          };
          for (const [name, form] of Object.entries(targetForms)) {
            expect(call(first, form, options), name).toEqual(expected);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('crossEntropy', () => {
  const options = { gradient: true, reduction: 'none', labelSmoothing: 0.1 } as const;

  it('gives the same in all forms of a class per row, and in all forms of rows of targets', () => {
    fc.assert(
      fc.property(data(fc.integer({ min: 2, max: 70 }), true), (entry) => {
        const { classes, targets } = entry;
        const withClasses = { ...options, classes };
        for (const forms of [doubleForms, singleForms]) {
          const scoreForms = Object.entries(forms(entry.scores));
          const expected = crossEntropy(scoreForms[0]![1], targets, withClasses);
          for (const [name, form] of scoreForms) {
            expect(crossEntropy(form, targets, withClasses), name).toEqual(expected);
          }
          for (const [name, form] of Object.entries(labelForms(targets, classes))) {
            expect(crossEntropy(scoreForms[0]![1], form, withClasses), name).toEqual(expected);
          }
          const soft = crossEntropy(scoreForms[0]![1], entry.probabilities, withClasses);
          for (const [name, form] of scoreForms) {
            for (const [targetName, given] of Object.entries(doubleForms(entry.probabilities))) {
              const found = crossEntropy(form, given as Targets, withClasses);
              expect(found, `${name}, ${targetName}`).toEqual(soft);
            }
          }
          const hot = Object.values(oneHotForms(targets, classes)).map((form) =>
            crossEntropy(scoreForms[0]![1], form, withClasses),
          );
          for (const found of hot) expect(found).toEqual(hot[0]);
          expect(hot[0]!.value).toBeCloseTo(expected.value, 3);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('what becomes of a row does not depend on whether the others are one-hot', () => {
    const logits = [
      [2, 1, 0.1],
      [0.3, -1, 1],
    ].map((row) => Float32Array.from(row));
    const hard = crossEntropy(
      logits,
      [
        [0, 1, 0],
        [1, 0, 0],
      ],
      options,
    );
    const mixed = crossEntropy(
      logits,
      [
        [0, 1, 0],
        [0.5, 0.5, 0],
      ],
      options,
    );
    expect(mixed.values![0]).toBe(hard.values![0]);
  });
});

describe('soft targets of probabilities', () => {
  it('score the same in all forms; one-hot rows as their classes, also beside soft ones', () => {
    fc.assert(
      fc.property(data(fc.integer({ min: 2, max: 6 })), (entry) => {
        const { classes, targets } = entry;
        const soft = entry.scores.map((row) => {
          const weights = row.map((score) => 2 ** Math.round(score));
          const sum = weights.reduce((a, b) => a + b);
          return weights.map((weight) => weight / sum);
        });
        const hot = oneHotForms(targets, classes)['one-hot lists'] as number[][];
        for (const score of [logLoss, brierScoreLoss]) {
          const expected = score(soft, entry.probabilities, { classes });
          for (const scoresForm of Object.values(doubleForms(entry.probabilities))) {
            for (const form of Object.values(doubleForms(soft))) {
              expect(score(form as Targets, scoresForm, { classes })).toBe(expected);
            }
          }
          // One soft row makes all of them go the way of soft rows; it weighs nothing.
          const mixed = [...hot, soft[0]!.map((_, c) => (c < 2 ? 0.5 : 0))];
          const rows = [...entry.probabilities, entry.probabilities[0]!];
          const sampleWeight = rows.map((_, r) => Number(r < targets.length));
          expect(score(mixed, rows, { sampleWeight })).toBe(
            score(targets, entry.probabilities, { sampleWeight: targets.map(() => 1) }),
          );
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('one score per row', () => {
  const rows = fc.array(fc.record({ p: fc.integer({ min: 1, max: 63 }), y: fc.nat(1) }), {
    minLength: 1,
    maxLength: 20,
  });

  it('gives the same in all forms', () => {
    fc.assert(
      fc.property(rows, (entries) => {
        const p = entries.map((entry) => entry.p / 64);
        const y = entries.map((entry) => entry.y);
        const scoreForms: Scores[] = [
          p,
          Float64Array.from(p),
          Float32Array.from(p),
          p.map((x) => [x]),
        ];
        const targetForms: Targets[] = [
          y,
          y.map(Boolean),
          y.map(BigInt),
          y.map((k) => 2 * k - 1),
          Int8Array.from(y, (k) => 2 * k - 1),
          Float32Array.from(y),
          y.map((k) => [k]),
          y.map((k) => [1 - k, k]),
          y.map((k) => Float32Array.of(1 - k, k)),
        ];
        const functions: ((t: Targets, s: Scores) => unknown)[] = [
          logLoss,
          brierScoreLoss,
          (t, s) => expectedCalibrationError(t, s, { on: 'positive' }),
          rocAucScore,
          averagePrecisionScore,
          rocCurve,
          precisionRecallCurve,
          thresholdTable,
          (t, s) => isotonicDecomposition(t, s, { score: 'log' }),
        ];
        for (const call of functions) {
          const expected = call(y, p);
          for (const s of scoreForms) expect(call(y, s)).toEqual(expected);
          for (const t of targetForms) expect(call(t, p)).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('losses over elements, and temperatures', () => {
  it('take lists of rows as flat arrays, and give flat ones', () => {
    fc.assert(
      fc.property(data(fc.integer({ min: 2, max: 5 })), (entry) => {
        for (const forms of [doubleForms, singleForms]) {
          const inputs = Object.values(forms(entry.scores));
          const expected = mseLoss(inputs[0]!, entry.probabilities, { gradient: true });
          const scaled = temperatureScale(inputs[0]!, 1.5);
          for (const input of inputs) {
            for (const target of Object.values(doubleForms(entry.probabilities))) {
              expect(mseLoss(input, target, { gradient: true })).toEqual(expected);
            }
            expect(temperatureScale(input, 1.5)).toEqual(scaled);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

const scoreAny = scoreArrays as unknown as (
  scores: Scores,
  targets: Targets,
  options: object,
) => Promise<Record<string, unknown>>;

describe('scoreArrays', () => {
  it('reports the same in all forms', async () => {
    for (const entry of fc.sample(data(fc.integer({ min: 2, max: 5 }), true), {
      numRuns: 8,
      seed: 5,
    })) {
      const { classes, targets } = entry;
      const classNames = targets
        .slice(0, classes)
        .map((k) => `class ${String.fromCodePoint(0x100 + k)}`);
      const options = { classes, kind: 'logits', classNames };
      for (const forms of [doubleForms, singleForms]) {
        const scoreForms = Object.entries(forms(entry.scores));
        const expected = JSON.stringify(await scoreAny(scoreForms[0]![1], targets, options));
        for (const [name, form] of scoreForms) {
          expect(JSON.stringify(await scoreAny(form, targets, options)), name).toBe(expected);
        }
        const targetForms = { ...labelForms(targets, classes), ...oneHotForms(targets, classes) };
        for (const [name, form] of Object.entries(targetForms)) {
          const found = await scoreAny(scoreForms[0]![1], form, options);
          expect(JSON.stringify(found), name).toBe(expected);
        }
        if (classes === 2) {
          const signs = targets.map((k) => 2 * k - 1);
          const found = await scoreAny(scoreForms[0]![1], signs, options);
          expect(JSON.stringify(found), 'signs').toBe(expected);
        }
        // Without names, as many texts as classes name them.
        const texts = targets.map((k) => classNames[k]!);
        const named = await scoreAny(scoreForms[0]![1], texts, { classes, kind: 'logits' });
        expect(JSON.stringify(named)).toBe(expected);
      }
    }
  });
});
