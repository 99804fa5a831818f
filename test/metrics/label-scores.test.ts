/** Metrics of label arrays against scikit-learn, and what they must do whatever the labels. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classificationReport } from '../../src/metrics/classification-report.js';
import {
  accuracyScore,
  balancedAccuracyScore,
  cohenKappaScore,
  confusionMatrix,
  hammingLoss,
  matthewsCorrcoef,
  zeroOneLoss,
} from '../../src/metrics/label-scores.js';
import { multilabelConfusionMatrix } from '../../src/metrics/multilabel-scores.js';
import type { RateAverage, RateOptions } from '../../src/metrics/rate-arrays.js';
import {
  f1Score,
  fbetaScore,
  jaccardScore,
  precisionScore,
  recallScore,
  specificityScore,
} from '../../src/metrics/rate-scores.js';
import { InputError, UsageError } from '../../src/types/errors.js';
import type { Label, Rows } from '../../src/types/forms.js';
import { expectClose } from '../support/close.js';

interface RateCase {
  readonly rate: string;
  readonly average: RateAverage;
  readonly zeroDivision: number;
  readonly value: unknown;
}

interface LabelCase {
  readonly name: string;
  readonly target: Label[];
  readonly prediction: Label[];
  readonly weight: number[] | null;
  readonly subset: Label[];
  readonly posLabel: Label | null;
  readonly kappa: Record<string, { all: unknown; subset: unknown }>;
  readonly confusion: Record<string, { all: unknown; subset: unknown }>;
  readonly rates: RateCase[];
  readonly ratesOfSubset: RateCase[];
  readonly [metric: string]: unknown;
}

interface MultilabelCase {
  readonly name: string;
  readonly weight: number[] | null;
  readonly exact_match: unknown;
  readonly zero_one: unknown;
  readonly hamming: unknown;
  readonly confusion: unknown;
  readonly rates: RateCase[];
  readonly ratesOfSubset: RateCase[];
  readonly target: number[][];
  readonly prediction: number[][];
  readonly subset: number[];
}

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/classification.json', import.meta.url), 'utf8'),
) as { labels: LabelCase[]; multilabel: MultilabelCase[] };

type Rated = Label[] | Rows;
const RATES: Record<string, (t: Rated, p: Rated, options: RateOptions) => number | number[]> = {
  precision: precisionScore,
  recall: recallScore,
  f1: f1Score,
  'f0.5': (t, p, options) => fbetaScore(t, p, { ...options, beta: 0.5 }),
  f2: (t, p, options) => fbetaScore(t, p, { ...options, beta: 2 }),
  jaccard: jaccardScore,
};

function expectRates(
  rates: readonly RateCase[],
  target: Rated,
  prediction: Rated,
  options: RateOptions,
) {
  expect(rates.length).toBeGreaterThan(10);
  for (const { rate, average, zeroDivision, value } of rates) {
    const found = RATES[rate]!(target, prediction, { ...options, average, zeroDivision });
    expectClose(found, value, `${rate} ${average} zeroDivision ${zeroDivision}`);
  }
}

describe.each(fixture.labels)('scikit-learn, $name', (entry) => {
  const { target, prediction, subset } = entry;
  const sampleWeight = entry.weight ?? undefined;
  const posLabel = entry.posLabel ?? undefined;

  it('accuracy, balanced accuracy, correlation', () => {
    const options = { sampleWeight };
    expectClose(accuracyScore(target, prediction, options), entry.accuracy, 'accuracy');
    const right = accuracyScore(target, prediction, { ...options, normalize: false });
    expectClose(right, entry.right, 'right');
    expectClose(zeroOneLoss(target, prediction, options), entry.zero_one, 'zero-one');
    expectClose(hammingLoss(target, prediction, options), entry.hamming, 'hamming');
    const balanced = balancedAccuracyScore(target, prediction, options);
    expectClose(balanced, entry.balanced_accuracy, 'balanced');
    const adjusted = balancedAccuracyScore(target, prediction, { ...options, adjusted: true });
    expectClose(adjusted, entry.balanced_accuracy_adjusted, 'adjusted');
    expectClose(matthewsCorrcoef(target, prediction, options), entry.mcc, 'mcc');
  });

  it.each([
    ['None', null],
    ['linear', 'linear'],
    ['quadratic', 'quadratic'],
  ] as const)('kappa, weights %s', (name, weights) => {
    const { all, subset: ofSubset } = entry.kappa[name]!;
    expectClose(cohenKappaScore(target, prediction, { weights, sampleWeight }), all, 'kappa');
    const options = { weights, sampleWeight, labels: subset };
    expectClose(cohenKappaScore(target, prediction, options), ofSubset, 'kappa of a subset');
  });

  it.each([
    ['None', null],
    ['true', 'true'],
    ['pred', 'pred'],
    ['all', 'all'],
  ] as const)('confusion matrix, normalised %s', (name, normalize) => {
    const { all, subset: ofSubset } = entry.confusion[name]!;
    expectClose(confusionMatrix(target, prediction, { normalize, sampleWeight }), all, 'matrix');
    const options = { normalize, sampleWeight, labels: subset };
    expectClose(confusionMatrix(target, prediction, options), ofSubset, 'matrix of a subset');
  });

  it('rates of all classes and of a subset', () => {
    expectRates(entry.rates, target, prediction, { sampleWeight, posLabel });
    expectRates(entry.ratesOfSubset, target, prediction, { sampleWeight, labels: subset });
  });

  it('the report says what the rates say', () => {
    const { macro, weighted, classes, accuracy } = classificationReport(target, prediction, {
      sampleWeight,
    });
    for (const [average, row] of Object.entries({ macro, weighted })) {
      const options = { average: average as 'macro', sampleWeight };
      expect(row.precision).toBe(precisionScore(target, prediction, options));
      expect(row.recall).toBe(recallScore(target, prediction, options));
      expect(row.f1).toBe(f1Score(target, prediction, options));
    }
    expect(accuracy).toBe(accuracyScore(target, prediction, { sampleWeight }));
    const f1s = f1Score(target, prediction, { average: 'none', sampleWeight });
    expect(classes.map(({ f1 }) => f1)).toEqual(f1s);
  });
});

describe.each(fixture.multilabel)('scikit-learn, $name', (entry) => {
  const { target, prediction, subset } = entry;
  const sampleWeight = entry.weight ?? undefined;

  it('exact match, zero-one and Hamming loss', () => {
    const options = { sampleWeight };
    expectClose(accuracyScore(target, prediction, options), entry.exact_match, 'exact match');
    expectClose(zeroOneLoss(target, prediction, options), entry.zero_one, 'zero-one');
    expectClose(hammingLoss(target, prediction, options), entry.hamming, 'hamming');
  });

  it('a matrix per label', () => {
    const matrices = multilabelConfusionMatrix(target, prediction, { sampleWeight });
    expectClose(matrices, entry.confusion, 'matrices');
  });

  it('rates of all labels, of samples and of a subset', () => {
    expectRates(entry.rates, target, prediction, { sampleWeight });
    expectRates(entry.ratesOfSubset, target, prediction, { sampleWeight, labels: subset });
  });
});

describe('label metrics', () => {
  const label = fc.integer({ min: 0, max: 3 });
  const rows = fc.array(fc.tuple(label, label, fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 30,
  });
  const metrics: ((t: Label[], p: Label[], sampleWeight?: number[]) => unknown)[] = [
    (t, p, sampleWeight) => accuracyScore(t, p, { sampleWeight }),
    (t, p, sampleWeight) => balancedAccuracyScore(t, p, { sampleWeight }),
    (t, p, sampleWeight) => matthewsCorrcoef(t, p, { sampleWeight }),
    (t, p, sampleWeight) => cohenKappaScore(t, p, { sampleWeight, weights: 'linear' }),
    (t, p, sampleWeight) => specificityScore(t, p, { sampleWeight, average: 'macro' }),
    (t, p, sampleWeight) => f1Score(t, p, { sampleWeight, average: 'weighted' }),
  ];

  it('do not depend on the order of rows, and take a row twice as weight 2', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const repeated = drawn.flatMap(([t, p, w]) => Array.from({ length: w }, () => [t, p]));
        fc.pre(repeated.length > 0);
        const column = (k: number) => repeated.map((row) => row[k]!);
        // A row of weight 0 leaves its classes in the list: name them all in both.
        for (const metric of metrics) {
          const whole = metric(column(0), column(1)) as number;
          const reversed = metric(column(0).reverse(), column(1).reverse());
          expect(reversed).toBe(whole);
          const kept = drawn.filter(([, , w]) => w > 0);
          const weighted = metric(
            kept.map(([t]) => t),
            kept.map(([, p]) => p),
            kept.map(([, , w]) => w),
          );
          expectClose(weighted, whole, String(metric));
        }
      }),
    );
  });

  it('do not depend on how classes are called', () => {
    const names = ['d', 'a', 'c', 'b'];
    const named = (labels: number[]) => labels.map((k) => names[k]!);
    fc.assert(
      fc.property(rows, (drawn) => {
        const [t, p] = [drawn.map(([x]) => x), drawn.map(([, y]) => y)];
        for (const metric of metrics.filter((_, i) => i !== 3)) {
          expect(metric(named(t), named(p))).toBe(metric(t, p));
        }
      }),
    );
  });

  it('take typed arrays, bigints and booleans', () => {
    const expected = accuracyScore([1, 0, 1], [1, 1, 1]);
    expect(accuracyScore(new Int32Array([1, 0, 1]), new Uint8Array([1, 1, 1]))).toBe(expected);
    expect(accuracyScore([1n, 0n, 1n], new BigInt64Array([1n, 1n, 1n]))).toBe(expected);
    expect(accuracyScore([true, false, true], [1, 1, 1])).toBe(expected);
  });

  it('specificity is the recall of the negatives', () => {
    const [t, p] = [
      [0, 1, 1, 0, 1, 0],
      [1, 1, 0, 0, 1, 0],
    ];
    expect(specificityScore(t, p)).toBe(recallScore(t, p, { posLabel: 0 }));
  });

  it('leave classes without a value out of averages where 0/0 is NaN', () => {
    const options = { average: 'macro', zeroDivision: Number.NaN } as const;
    expect(precisionScore([0, 1, 2], [0, 0, 2], options)).toBe(0.75);
    expect(precisionScore([0, 0], [0, 0], { ...options, labels: [7] })).toBeNaN();
    expect(precisionScore([0, 1], [0, 1], { zeroDivision: Number.NaN, posLabel: 1 })).toBe(1);
  });

  it('say what is wrong and where', () => {
    const check = (run: () => unknown, type: unknown, code: string, message: RegExp) => {
      expect(run).toThrow(type as typeof Error);
      expect(run).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    };
    check(
      () => accuracyScore([0, 1], [0]),
      UsageError,
      'length-mismatch',
      /yPred needs 2 .* found 1/,
    );
    check(() => accuracyScore([], []), InputError, 'empty-input', /yTrue: there are no rows/);
    check(() => accuracyScore([0, 0.5], [0, 1]), InputError, 'bad-label', /yTrue, row 1: .* 0\.5/);
    check(() => accuracyScore([0, NaN], [0, 1]), InputError, 'bad-label', /row 1: .*NaN/);
    check(
      () => accuracyScore([0, 1], ['0', '1']),
      InputError,
      'mixed-labels',
      /yPred, row 0: .*"0" beside 0/,
    );
    check(
      () => accuracyScore([0, 1], [0, 1], { sampleWeight: [1, -2] }),
      InputError,
      'bad-weight',
      /row 1: .*-2/,
    );
    check(
      () => f1Score([0, 1, 2], [0, 1, 2]),
      UsageError,
      'bad-option',
      /two classes; found 3 classes/,
    );
    check(
      () => f1Score(['a', 'b'], ['a', 'b']),
      InputError,
      'no-positive-class',
      /"a" and "b".*posLabel/,
    );
    check(
      () => f1Score([0, 1], [0, 1], { average: 'samples' }),
      UsageError,
      'bad-option',
      /rows of several labels/,
    );
    check(
      () => f1Score([0, 1], [0, 1], { average: 'mean' as 'macro' }),
      UsageError,
      'bad-option',
      /"mean"; expected/,
    );
    check(
      () => f1Score([0, 1], [0, 1], { zeroDivision: 2 }),
      UsageError,
      'bad-option',
      /zeroDivision/,
    );
    check(() => fbetaScore([0, 1], [0, 1], { beta: 0 }), UsageError, 'bad-option', /beta/);
    check(() => f1Score([[0, 1]], [[0, 1]]), UsageError, 'bad-option', /several labels/);
    check(
      () => f1Score([[0, 1]], [[0, 0.5]], { average: 'micro' }),
      InputError,
      'bad-prediction',
      /row 0, column 1: .*threshold/,
    );
    check(
      () =>
        accuracyScore(
          [[0, 1], [1]],
          [
            [0, 1],
            [1, 1],
          ],
        ),
      UsageError,
      'length-mismatch',
      /yTrue needs 2 .* row 1/,
    );
    check(
      () => cohenKappaScore([0], [0], { weights: 'cubic' as 'linear' }),
      UsageError,
      'bad-option',
      /cubic/,
    );
    check(() => confusionMatrix([0], [0], { labels: [1, 1] }), UsageError, 'bad-option', /twice/);
  });
});
