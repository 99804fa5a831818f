import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrationBins } from '../../src/metrics/calibration.js';
import { classificationMetrics, uniformLogLoss } from '../../src/metrics/classification-metrics.js';
import { confusionOf } from '../../src/metrics/confusion.js';
import { wilson, Z_95 } from '../../src/metrics/intervals.js';
import { classesSeen } from '../../src/metrics/marginals.js';
import { describeMetric } from '../../src/metrics/metric-descriptions.js';
import type { Metrics } from '../../src/metrics/metric-values.js';
import { ClassificationTally } from '../../src/tallies/classification-tally.js';
import {
  lossOf,
  probabilityRow,
  softmaxRow,
  type TestRow,
  tallyOf,
} from '../tallies/scored-rows.js';

const CLASSES = 5;
const all = { topK: [1, 2, 3], betas: [1, 2, 0.5] };

const arbitraryRow = fc
  .record({
    logits: fc.array(fc.double({ min: -8, max: 8, noNaN: true }), {
      minLength: CLASSES,
      maxLength: CLASSES,
    }),
    target: fc.nat(CLASSES - 1),
    weight: fc.double({ min: 0.01, max: 20, noNaN: true }),
  })
  .map(({ logits, target, weight }) => softmaxRow(logits, target, weight));
const arbitraryRows = fc.array(arbitraryRow, { minLength: 2, maxLength: 40 });

function expectSame(found: Metrics, expected: Metrics, part: 'value' | 'all'): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, metric] of Object.entries(expected)) {
    for (const [key, number] of Object.entries(metric)) {
      if (part === 'value' && key !== 'value' && key !== 'baseline') continue;
      const other = found[name]![key as 'value'];
      const pairs = [number, other].map((x) => (typeof x === 'number' ? [x] : (x as number[])));
      pairs[0]!.forEach((x, i) => {
        const y = pairs[1]![i]!;
        const close = Object.is(x, y) || Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x));
        expect(close, `${name}.${key}: ${x} and ${y}`).toBe(true);
      });
    }
  }
}

/** What only rows without weights have: how far a sum of weighted hits strays has no closed form. */
function withoutChance({ ece_15_by_chance, ...others }: Metrics): Metrics {
  expect(ece_15_by_chance!.value).toBeGreaterThanOrEqual(0);
  return others;
}

describe('classificationMetrics', () => {
  it('weighs 1 everywhere as it counts', () => {
    fc.assert(
      fc.property(arbitraryRows, (rows) => {
        const ones = rows.map((row) => ({ ...row, weight: 1 }));
        const weighted = classificationMetrics(tallyOf(ones, true), all);
        const plain = classificationMetrics(tallyOf(ones, false), all);
        expectSame(weighted, withoutChance(plain), 'all');
      }),
      { numRuns: 100 },
    );
  });

  it('takes a row twice as a row of weight 2, but for the interval', () => {
    fc.assert(
      fc.property(arbitraryRows, (rows) => {
        const double = rows.flatMap((row, i) => (i % 2 === 0 ? [row, row] : [row]));
        const weights = rows.map((row, i) => ({ ...row, weight: i % 2 === 0 ? 2 : 1 }));
        const weighted = classificationMetrics(tallyOf(weights, true), all);
        const plain = classificationMetrics(tallyOf(double, false), all);
        expectSame(weighted, withoutChance(plain), 'value');
      }),
      { numRuns: 100 },
    );
  });

  it('does not depend on the scale of the weights', () => {
    fc.assert(
      fc.property(arbitraryRows, fc.integer({ min: -300, max: 300 }), (rows, power) => {
        const scaled = rows.map((row) => ({ ...row, weight: row.weight! * 2 ** power }));
        const found = classificationMetrics(tallyOf(scaled, true), all);
        expectSame(found, classificationMetrics(tallyOf(rows, true), all), 'all');
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same bits when classes change places', () => {
    const permutation = [3, 0, 4, 1, 2];
    const move = (row: TestRow): TestRow => {
      const probabilities: number[] = [];
      row.probabilities.forEach((p, k) => {
        probabilities[permutation[k]!] = p;
      });
      return { ...row, probabilities, target: permutation[row.target]! };
    };
    // Ties go by index, sums of squares are the scorer's, and kappa's weights are distances.
    const excepted = /_none$|^kappa_|^brier/;
    fc.assert(
      fc.property(arbitraryRows, fc.boolean(), (rows, weighted) => {
        const untied = rows.filter((row) => new Set(row.probabilities).size === CLASSES);
        const before = classificationMetrics(tallyOf(untied, weighted, { classes: CLASSES }), all);
        const after = classificationMetrics(
          tallyOf(untied.map(move), weighted, { classes: CLASSES }),
          all,
        );
        for (const [name, metric] of Object.entries(before)) {
          if (!excepted.test(name)) expect(after[name], name).toEqual(metric);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps every number in its range', () => {
    fc.assert(
      fc.property(arbitraryRows, fc.boolean(), (rows, weighted) => {
        const metrics = classificationMetrics(tallyOf(rows, weighted), all);
        for (const [name, { value, low, high, skill }] of Object.entries(metrics)) {
          for (const number of [value].flat()) {
            if (/^(mcc|kappa|balanced_accuracy_adj|calibration)/.test(name)) {
              if (!Number.isNaN(number))
                expect(Math.abs(number), name).toBeLessThanOrEqual(1 + 1e-12);
            } else {
              expect(number, name).toBeGreaterThanOrEqual(0);
              const most = /^(log_loss|perplexity|bits)/.test(name) ? 1e9 : 2;
              expect(number, name).toBeLessThanOrEqual(most);
            }
          }
          if (low !== undefined) {
            expect(low, name).toBeLessThanOrEqual(value as number);
            expect(high, name).toBeGreaterThanOrEqual(value as number);
          }
          if (skill !== undefined) expect(skill, name).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is NaN where every row is ignored', () => {
    const rows = [{ ...softmaxRow([1, 2, 3], 0), status: 1 }];
    for (const weighted of [false, true]) {
      const tally = tallyOf(rows, weighted);
      for (const [name, metric] of Object.entries(classificationMetrics(tally, all))) {
        for (const value of [metric.value].flat()) expect(value, name).toBeNaN();
        for (const key of ['low', 'high', 'baseline', 'skill']) {
          if (name !== 'mcc' && !name.startsWith('kappa') && !name.endsWith('adjusted')) {
            expect(metric, name).not.toHaveProperty(key);
          }
        }
      }
      expect(classesSeen(tally)).toBe(0);
    }
  });

  it('is infinite where a loss is, without an interval', () => {
    const rows = [
      probabilityRow([1, 0], 1),
      probabilityRow([0.5, 0.5], 1),
      probabilityRow([0.5, 0.5], 0),
    ];
    const { log_loss, perplexity, brier_multiclass } = classificationMetrics(tallyOf(rows, false));
    expect(log_loss).toEqual({ value: Number.POSITIVE_INFINITY, baseline: expect.any(Number) });
    expect(perplexity!.value).toBe(Number.POSITIVE_INFINITY);
    expect(brier_multiclass!.value).toBe(1);
  });

  it('is NaN for what needs two classes where all targets are one', () => {
    const rows = [probabilityRow([0.9, 0.1], 0), probabilityRow([0.9, 0.1], 0)];
    const metrics = classificationMetrics(tallyOf(rows, false));
    for (const name of [
      'mcc',
      'kappa',
      'kappa_linear',
      'kappa_quadratic',
      'balanced_accuracy_adjusted',
    ]) {
      expect(metrics[name]!.value, name).toBeNaN();
    }
    expect(metrics.balanced_accuracy!.value).toBe(1);
  });

  it('takes logarithm and exponential from whoever gives them', () => {
    const math = { exp: () => 7, log: () => -3 };
    const rows = [probabilityRow([0.9, 0.1], 0), probabilityRow([0.9, 0.1], 1)];
    const { perplexity, log_loss } = classificationMetrics(tallyOf(rows, false), { math });
    expect(perplexity!.value).toBe(7);
    expect(log_loss!.baseline).toBe(3);
  });

  it('gives labels alone what needs no scores', () => {
    const tally = new ClassificationTally({
      classes: 3,
      weighted: false,
      scores: false,
      kernel: 'none',
      version: 'test',
    });
    tally.addPair(0, 0, 5);
    tally.addPair(1, 2, 5);
    const metrics = classificationMetrics(tally, all);
    expect(metrics.accuracy!.value).toBe(0.5);
    const names = Object.keys(metrics);
    expect(names.map((name) => describeMetric(name)[0]?.needsScores)).toEqual(
      names.map(() => false),
    );
    expect(names).not.toContain('log_loss');
    expect(tally.scores).toBeNull();
  });

  it.each([
    ['topK', { topK: [0] }],
    ['topK', { topK: [1.5] }],
    ['betas', { betas: [-1] }],
    ['betas', { betas: [Number.NaN] }],
    ['zeroDivision', { zeroDivision: 2 }],
  ])('refuses the option %s %o', (name, options) => {
    const tally = tallyOf([softmaxRow([1, 2], 0)], false);
    expect(() => classificationMetrics(tally, options)).toThrowError(
      expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(name) }),
    );
  });
});

describe('class rates', () => {
  const tally = new ClassificationTally({
    classes: 4,
    weighted: false,
    scores: false,
    kernel: 'none',
    version: 'test',
  });
  // Class 3 occurs nowhere, class 2 is never predicted, class 1 never a target.
  for (const [target, prediction, rows] of [
    [0, 0, 6],
    [0, 1, 2],
    [2, 0, 1],
    [2, 1, 3],
  ] as const) {
    tally.addPair(target, prediction, rows);
  }
  const metrics = (zeroDivision: number) => classificationMetrics(tally, { zeroDivision });

  it('counts the classes that occur', () => expect(classesSeen(tally)).toBe(3));

  it('gives 0/0 the value asked for, in the classes and in macro averages over those that occur', () => {
    expect(metrics(0).precision_none!.value).toEqual([6 / 7, 0, 0, 0]);
    expect(metrics(1).precision_none!.value).toEqual([6 / 7, 0, 1, 1]);
    expect(metrics(Number.NaN).precision_none!.value).toEqual([6 / 7, 0, Number.NaN, Number.NaN]);
    expect(metrics(0).precision_macro!.value).toBeCloseTo(6 / 7 / 3, 15);
    expect(metrics(1).precision_macro!.value).toBeCloseTo((6 / 7 + 1) / 3, 15);
    expect(metrics(Number.NaN).precision_macro!.value).toBeCloseTo(3 / 7, 15);
    expect(metrics(Number.NaN).precision_weighted!.value).toBeCloseTo(6 / 7, 15);
    expect(metrics(0).precision_weighted!.value).toBeCloseTo(((6 / 7) * 8) / 12, 15);
    expect(metrics(1).recall_none!.value).toEqual([6 / 8, 1, 0, 1]);
  });

  it('specificity is the share of the negatives that are left alone', () => {
    expect(metrics(0).specificity_none!.value).toEqual([3 / 4, 7 / 12, 1, 1]);
    expect(metrics(0).specificity_macro!.value).toBeCloseTo((3 / 4 + 7 / 12 + 1) / 3, 15);
    expect(metrics(0).specificity_micro!.value).toBeCloseTo((3 + 7 + 8) / (4 + 12 + 8), 15);
  });

  it('balanced accuracy asks only classes that have targets', () => {
    expect(metrics(0).balanced_accuracy!.value).toBe(0.375);
    expect(metrics(0).balanced_accuracy!.baseline).toBe(0.5);
  });
});

describe('large counts', () => {
  // Binary: [[a, b], [c, d]] near 2⁵⁰, whose products leave doubles far behind.
  const count = fc.integer({ min: 0, max: 2 ** 50 });
  /** x / y, to some 30 digits before the last rounding. */
  const divide = (x: bigint, y: bigint) => Number((x * 10n ** 40n) / y) / 1e40;

  it('keeps kappa and Matthews correlation as exact as rational arithmetic', () => {
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        fc.pre(a + b > 0 && c + d > 0 && a + c > 0 && b + d > 0);
        const tally = new ClassificationTally({
          classes: 2,
          weighted: false,
          scores: false,
          kernel: 'none',
          version: 'test',
        });
        tally.addPair(0, 0, a);
        tally.addPair(0, 1, b);
        tally.addPair(1, 0, c);
        tally.addPair(1, 1, d);
        const [A, B, C, D] = [BigInt(a), BigInt(b), BigInt(c), BigInt(d)] as const;
        const expected = (A + B) * (B + D) + (C + D) * (A + C);
        const kappa = divide(expected - (B + C) * (A + B + C + D), expected);
        const metrics = classificationMetrics(tally);
        expect(Math.abs((metrics.kappa!.value as number) - kappa)).toBeLessThan(1e-14);
        expect(Math.abs((metrics.kappa_quadratic!.value as number) - kappa)).toBeLessThan(1e-14);
        expect(Math.abs((metrics.kappa_linear!.value as number) - kappa)).toBeLessThan(1e-14);
        const product = (A + B) * (C + D) * (A + C) * (B + D);
        const square = divide((A * D - B * C) ** 2n, product);
        const mcc = Math.sign(Number(A * D - B * C)) * Math.sqrt(square);
        expect(Math.abs((metrics.mcc!.value as number) - mcc)).toBeLessThan(1e-13);
      }),
      { numRuns: 300 },
    );
  });

  it('is exact about one row in 10¹⁵', () => {
    const tally = new ClassificationTally({
      classes: 2,
      weighted: false,
      scores: false,
      kernel: 'none',
      version: 'test',
    });
    tally.addPair(0, 0, 1e15);
    tally.addPair(1, 1, 1);
    const metrics = classificationMetrics(tally);
    expect(metrics.mcc!.value).toBe(1);
    expect(metrics.kappa!.value).toBe(1);
    expect(metrics.balanced_accuracy!.value).toBe(1);
  });
});

describe('baselines', () => {
  const targets = [0, 0, 0, 1, 1, 2, 2, 2, 2, 4];
  const constant = (q: readonly number[], weight = (_: number) => 1) =>
    targets.map((target, i) => probabilityRow(q, target, weight(i)));
  const frequencies = (weight: (i: number) => number) => {
    const sums = [0, 0, 0, 0, 0];
    targets.forEach((target, i) => {
      sums[target]! += weight(i);
    });
    const total = sums.reduce((a, b) => a + b, 0);
    return sums.map((sum) => sum / total);
  };

  it.each([
    ['unweighted', (_: number) => 1],
    ['weighted', (i: number) => 1 + (i % 3)],
  ])('are what the frequencies score, %s', (name, weight) => {
    const rows = constant(frequencies(weight), weight);
    const metrics = classificationMetrics(tallyOf(rows, name === 'weighted'), all);
    for (const key of [
      'log_loss',
      'perplexity',
      'bits',
      'brier_multiclass',
      'accuracy',
      'hamming',
      'top_1_accuracy',
      'top_2_accuracy',
      'top_3_accuracy',
      'mrr',
      'balanced_accuracy',
    ]) {
      const { value, baseline } = metrics[key]!;
      if (key === 'balanced_accuracy') expect(value, key).toBe(baseline);
      else expect(Math.abs((value as number) - baseline!), key).toBeLessThan(1e-13);
    }
  });

  it.each([
    ['class weights', { classWeights: [1, 5, 0.2, 1, 3], labelSmoothing: 0 }],
    ['smoothing', { classWeights: null, labelSmoothing: 0.3 }],
    ['both', { classWeights: [1, 5, 0.2, 1, 3], labelSmoothing: 0.3 }],
  ])('of the loss are the least of any constant prediction, with %s', (_, options) => {
    const weight = (i: number) => 1 + (i % 3);
    const value = (q: readonly number[]) =>
      classificationMetrics(tallyOf(constant(q, weight), true, options)).log_loss!;
    // The best prediction by hand: rows of each class, spread by smoothing, weighed by class.
    const best = [0, 1, 2, 3, 4].map((k) => {
      const own =
        frequencies(weight)[k]! * (1 - options.labelSmoothing) + options.labelSmoothing / 5;
      return own * (options.classWeights?.[k] ?? 1);
    });
    const total = best.reduce((a, b) => a + b, 0);
    // A class without targets takes no probability where nothing is smoothed: keep its logarithm finite.
    const q = best.map((part) => Math.max(part / total, 1e-300));
    const { value: least, baseline } = value(q);
    expect(Math.abs((least as number) - baseline!)).toBeLessThan(1e-12);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (parts) => {
          const sum = parts.reduce((a, b) => a + b, 0);
          const found = value(parts.map((part) => part / sum));
          expect(found.value as number).toBeGreaterThanOrEqual(found.baseline! - 1e-12);
        },
      ),
      { numRuns: 50 },
    );
    const uniform = tallyOf(constant([0.2, 0.2, 0.2, 0.2, 0.2], weight), true, options);
    const atUniform = classificationMetrics(uniform).log_loss!.value as number;
    expect(Math.abs(uniformLogLoss(uniform) - atUniform)).toBeLessThan(1e-12);
  });

  it('the loss divides by the class weights of the targets, the perplexity by the rows', () => {
    const options = { classWeights: [1, 2, 3], labelSmoothing: 0.1 };
    const rows = [softmaxRow([1, 2, 0.5], 0), softmaxRow([0, 2, 1], 2), softmaxRow([0, 0, 1], 1)];
    const metrics = classificationMetrics(tallyOf(rows, false, options));
    const loss = rows.reduce((sum, row) => sum + lossOf(row, options), 0) / (1 + 3 + 2);
    const nll = rows.reduce((sum, row) => sum + row.nll, 0) / 3;
    expect(metrics.log_loss!.value).toBeCloseTo(loss, 14);
    expect(metrics.perplexity!.value).toBeCloseTo(Math.exp(nll), 14);
    expect(metrics.bits!.value).toBeCloseTo(nll / Math.log(2), 14);
  });
});

describe('intervals', () => {
  it.each([
    // SciPy 1.10.1: binomtest(hits, n).proportion_ci(0.95, 'wilson')
    [5, 10, 0.236593090512564, 0.7634069094874361],
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1],
    [99, 100, 0.9455138038212946, 0.9982325679358593],
    [1, 3, 0.06149194472039626, 0.7923403991979523],
    [731, 1000, 0.702670228864586, 0.7575618087150874],
  ])('Wilson for %s of %s', (hits, n, low, high) => {
    const interval = wilson(hits / n, { weight: n, weightSquares: n })!;
    expect(interval.low).toBeCloseTo(low, 14);
    expect(interval.high).toBeCloseTo(high, 14);
  });

  it('holds its proportion, also within a rounding error of 0 and 1', () => {
    const near = fc.integer({ min: 1, max: 8 }).map((ulps) => 1 - ulps * 2 ** -53);
    const share = fc.oneof(
      near,
      near.map((p) => 1 - p),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    const rows = fc.double({ min: 0.01, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(share, rows, (proportion, n) => {
        const { low, high } = wilson(proportion, { weight: n, weightSquares: n })!;
        expect(low).toBeLessThanOrEqual(proportion);
        expect(high).toBeGreaterThanOrEqual(proportion);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('solves the equation that defines Wilson, with Kish’s number of rows', () => {
    const rows = Array.from({ length: 50 }, (_, i) =>
      softmaxRow([Math.sin(i * 7), Math.cos(i * 3), 0.1], i % 3, 0.5 + (i % 4)),
    );
    const { accuracy } = classificationMetrics(tallyOf(rows, true));
    const weights = rows.map((row) => row.weight!);
    const sum = weights.reduce((a, b) => a + b, 0);
    const n = sum ** 2 / weights.reduce((a, b) => a + b * b, 0);
    for (const p of [accuracy!.low!, accuracy!.high!]) {
      const z = Math.abs((accuracy!.value as number) - p) / Math.sqrt((p * (1 - p)) / n);
      expect(z).toBeCloseTo(Z_95, 10);
    }
  });

  it.each([false, true])('mean ± z·sd/√n (weighted: %s)', (weighted) => {
    const rows = Array.from({ length: 60 }, (_, i) =>
      softmaxRow([Math.sin(i * 7), Math.cos(i * 3), 0.1], i % 3, weighted ? 0.5 + (i % 4) : 1),
    );
    const metrics = classificationMetrics(tallyOf(rows, weighted));
    const top = (row: TestRow) => Math.max(...row.probabilities);
    const values: Record<string, (row: TestRow) => number> = {
      log_loss: (row) => row.nll,
      brier_multiclass: (row) =>
        row.probabilities.reduce((sum, p, k) => sum + (p - (k === row.target ? 1 : 0)) ** 2, 0),
      mrr: (row) =>
        1 / (1 + row.probabilities.filter((p) => p > row.probabilities[row.target]!).length),
      calibration_gap: (row) => top(row) - (row.probabilities[row.target] === top(row) ? 1 : 0),
    };
    for (const [name, value] of Object.entries(values)) {
      const total = rows.reduce((sum, row) => sum + row.weight!, 0);
      const mean = rows.reduce((sum, row) => sum + row.weight! * value(row), 0) / total;
      const squares = rows.reduce((sum, row) => sum + (row.weight! * (value(row) - mean)) ** 2, 0);
      const half = (Z_95 * Math.sqrt(squares)) / total;
      expect(metrics[name]!.value, name).toBeCloseTo(mean, 13);
      expect(metrics[name]!.low, name).toBeCloseTo(mean - half, 12);
      expect(metrics[name]!.high, name).toBeCloseTo(mean + half, 12);
    }
    const { log_loss, perplexity, bits } = metrics;
    expect(perplexity!.low).toBe(Math.exp(log_loss!.low!));
    expect(perplexity!.high).toBe(Math.exp(log_loss!.high!));
    expect(bits!.high).toBe(log_loss!.high! / Math.LN2);
  });
});

describe('confusionOf', () => {
  it('gives the heaviest cells of many classes, ties by target, then prediction', () => {
    const tally = new ClassificationTally({
      classes: 2000,
      weighted: false,
      scores: false,
      kernel: 'none',
      version: 'test',
    });
    tally.addPair(1999, 3, 2);
    tally.addPair(5, 5, 7);
    tally.addPair(4, 9, 2);
    tally.addPair(4, 8, 2);
    tally.addPair(0, 0, 1);
    expect(confusionOf(tally, 4)).toEqual({
      layout: 'sparse',
      nonZero: 5,
      cells: [
        { target: 5, prediction: 5, weight: 7 },
        { target: 4, prediction: 8, weight: 2 },
        { target: 4, prediction: 9, weight: 2 },
        { target: 1999, prediction: 3, weight: 2 },
      ],
    });
  });

  it('bins add up to the rows', () => {
    const rows = Array.from({ length: 100 }, (_, i) => softmaxRow([Math.sin(i) * 4, 0, 1], i % 3));
    const bins = calibrationBins(tallyOf(rows, false).scores!.bins);
    expect(bins.map((bin) => bin.rows).reduce((a, b) => a + b)).toBe(100);
    for (const { rows: count, low, high, confidence, accuracy } of bins) {
      if (count === 0) {
        expect([confidence, accuracy]).toEqual([Number.NaN, Number.NaN]);
      } else {
        expect(confidence).toBeGreaterThanOrEqual(low);
        expect(confidence).toBeLessThanOrEqual(high);
      }
    }
  });
});
