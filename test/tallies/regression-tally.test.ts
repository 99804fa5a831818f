import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Z_95 } from '../../src/metrics/intervals.js';
import { regressionMetrics } from '../../src/metrics/regression-metrics.js';
import { ExactMoments } from '../../src/tallies/exact-moments.js';
import { OrderStatistics } from '../../src/tallies/order-statistics.js';
import type { RegressionTallyOptions } from '../../src/tallies/regression-settings.js';
import { RegressionTally } from '../../src/tallies/regression-tally.js';
import { binEnds, binOf } from '../../src/tallies/value-bins.js';

interface Row {
  readonly y: number;
  readonly p: number;
  readonly w: number;
}

const tallyOf = (rows: readonly Row[], options: Partial<RegressionTallyOptions> = {}) => {
  const tally = new RegressionTally({ math: Math, kernel: 'reference', version: '0', ...options });
  add(tally, rows);
  return tally;
};

function add(tally: RegressionTally, rows: readonly Row[]): void {
  tally.add({
    targets: rows.map(({ y }) => y),
    predictions: rows.map(({ p }) => p),
    weights: tally.settings.weighted ? rows.map(({ w }) => w) : null,
    count: rows.length,
  });
}

const value = fc.oneof(
  fc.double({ min: -1e8, max: 1e8, noNaN: true }),
  fc.constantFrom(0, -0, 1, 0.5, 3, 1e100, -1e-300),
);
const weight = fc.oneof(fc.double({ min: 1e-3, max: 50, noNaN: true }), fc.constantFrom(0, 1, 2));
const arbitraryRows = fc.array(fc.record({ y: value, p: value, w: weight }), {
  maxLength: 50,
  size: 'max',
});

describe('RegressionTally', () => {
  it.each([
    [false, 1e6, 100],
    [true, 1e6, 100],
    [false, 160, 15],
    [true, 320, 15],
  ])(
    'weighted %s, %i bytes for values: parts in any order and merged are the whole',
    (weighted, keptBytes, numRuns) => {
      fc.assert(
        fc.property(
          arbitraryRows,
          fc.array(fc.nat(3), { minLength: 50, maxLength: 50 }),
          (rows, places) => {
            const whole = tallyOf(rows, { weighted, keptBytes });
            const parts = [3, 1, 0, 2].map((part) =>
              tallyOf(rows.filter((_, i) => places[i] === part).reverse(), { weighted, keptBytes }),
            );
            const merged = RegressionTally.fromJSON(JSON.parse(JSON.stringify(parts[0])), Math);
            for (const part of parts.slice(1)) merged.merge(part);
            expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
            const back = RegressionTally.fromJSON(JSON.parse(JSON.stringify(whole)), Math);
            expect(JSON.stringify(back)).toBe(JSON.stringify(whole));
            const usable = rows.some(({ w }) => !weighted || w > 0);
            if (usable)
              expect(regressionMetrics(merged, Math)).toEqual(regressionMetrics(whole, Math));
          },
        ),
        { numRuns },
      );
    },
  );

  it('gives the metrics of scikit-learn', () => {
    const { cases } = JSON.parse(
      readFileSync(new URL('../oracles/regression.json', import.meta.url), 'utf8'),
    );
    for (const { target, prediction, sample_weight, expected } of cases) {
      const rows = target.map((y: number, i: number) => ({
        y,
        p: prediction[i],
        w: sample_weight?.[i],
      }));
      const { metrics } = regressionMetrics(
        tallyOf(rows, { weighted: sample_weight !== null }),
        Math,
      );
      for (const [name, number] of Object.entries(expected as Record<string, number>)) {
        const found = metrics[name]!.value as number;
        expect(Math.abs(found - number), name).toBeLessThanOrEqual(1e-9 * Math.abs(number));
      }
    }
  });

  const rows = [
    { y: 1, p: 2, w: 1 },
    { y: 2, p: 2, w: 2 },
    { y: 4, p: 1, w: 1 },
    { y: 5, p: 6, w: 3 },
  ];

  it('has the interval mean ± z·sd/√n and the skill of the best constants', () => {
    const { metrics } = regressionMetrics(tallyOf(rows), Math);
    const squares = [1, 0, 9, 1];
    const mean = 11 / 4;
    const sd = Math.sqrt(squares.reduce((sum, s) => sum + (s - mean) ** 2, 0) / 4);
    expect(metrics.mse!.low).toBeCloseTo(mean - (Z_95 * sd) / 2, 12);
    expect(metrics.mse!.high).toBeCloseTo(mean + (Z_95 * sd) / 2, 12);
    expect(metrics.mse!.baseline).toBe(2.5);
    expect(metrics.mse!.skill).toBeCloseTo(1 - mean / 2.5, 12);
    expect(metrics.r2!.value).toBeCloseTo(metrics.mse!.skill!, 12);
    expect(metrics.rmse!.low).toBe(0);
    expect(metrics.mae!.baseline).toBe((2 + 1 + 1 + 2) / 4);
    expect(metrics.d2_absolute_error!.value).toBeCloseTo(1 - 1.25 / 1.5, 12);
    expect(metrics.mean_error!.value).toBe(-0.25);
    expect(metrics.max_error!.value).toBe(3);
  });

  it('leaves out what has no meaning, with the reason', () => {
    const { metrics, leftOut } = regressionMetrics(
      tallyOf([...rows, { y: -1, p: 0, w: 1 }, { y: 0, p: 3, w: 1 }]),
      Math,
    );
    expect(leftOut).toEqual([
      { name: 'mape', reason: 'needs targets other than 0', rows: 1 },
      { name: 'msle', reason: 'needs targets and predictions of at least 0', rows: 1 },
      {
        name: 'poisson_deviance',
        reason: 'needs targets of at least 0 and predictions above 0',
        rows: 1,
      },
      { name: 'gamma_deviance', reason: 'needs targets and predictions above 0', rows: 2 },
      {
        name: 'd2_tweedie_1',
        reason: 'needs targets of at least 0 and predictions above 0',
        rows: 1,
      },
      { name: 'd2_tweedie_2', reason: 'needs targets and predictions above 0', rows: 2 },
    ]);
    for (const { value } of Object.values(metrics)) expect(Number.isFinite(value)).toBe(true);
    const constant = regressionMetrics(
      tallyOf([
        { y: 3, p: 1, w: 1 },
        { y: 3, p: 2, w: 1 },
      ]),
      Math,
    );
    expect(constant.leftOut.map(({ name }) => name)).toEqual([
      'r2',
      'explained_variance',
      'd2_absolute_error',
      'd2_tweedie_1',
      'd2_tweedie_2',
    ]);
  });

  it('refuses rows, options and states that do not fit', () => {
    const tally = tallyOf(rows);
    const before = JSON.stringify(tally);
    expect(() => add(tally, [rows[0]!, { y: Number.NaN, p: 1, w: 1 }])).toThrow(
      /row 1: the target.*NaN/,
    );
    expect(() => add(tally, [{ y: 1, p: 1e101, w: 1 }])).toThrow(/row 0: the prediction/);
    expect(() => add(tallyOf([], { weighted: true }), [{ y: 1, p: 1, w: -1 }])).toThrow(
      /row 0: .*weight/,
    );
    expect(() => tally.merge(tallyOf(rows, { quantiles: [0.3] }))).toThrow(/Cannot merge/);
    expect(JSON.stringify(tally)).toBe(before);
    expect(() => tallyOf([], { quantiles: [1] })).toThrow(/quantiles holds 1/);
    expect(() => tallyOf([], { powers: [0.5] })).toThrow(/powers holds 0\.5/);
    const state = JSON.parse(before);
    for (const damage of [
      { schema: 'other' },
      { options: { ...state.options, powers: [0.5] } },
      { errors: state.errors.slice(1) },
      { targets: { sums: { sums: ['0', '0'] } } },
      { targetValues: { ...state.targetValues, values: [1] } },
      { targetValues: { ...state.targetValues, rows: -1 } },
    ]) {
      expect(() => RegressionTally.fromJSON({ ...state, ...damage }, Math)).toThrow(
        /state is damaged/,
      );
    }
  });
});

describe('ExactMoments', () => {
  it('loses no digit to an offset', () => {
    const moments = new ExactMoments(true);
    const x = Float64Array.of(1e15 + 1, 1e15 + 2, 1e15 + 4);
    moments.addRows(x, Float64Array.of(1, 1, 2), 3);
    // Values 1, 2, 4 with weights 1, 1, 2: mean 11/4.
    expect(moments.squaredDeviations).toBe(6.75);
  });

  it('agrees with fractions of integers', () => {
    const integers = fc.array(
      fc.tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 20 })),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(integers, (pairs) => {
        const moments = new ExactMoments(true);
        moments.addRows(
          Float64Array.from(pairs, ([x]) => x * 2 ** -9),
          Float64Array.from(pairs, ([, v]) => v),
          pairs.length,
        );
        const big = pairs.map(([x, v]) => [BigInt(x), BigInt(v)] as const);
        const v = big.reduce((sum, [, w]) => sum + w, 0n);
        const vx = big.reduce((sum, [x, w]) => sum + w * x, 0n);
        const vxx = big.reduce((sum, [x, w]) => sum + w * x * x, 0n);
        const exact = Number(((v * vxx - vx * vx) << 120n) / v) * 2 ** -138;
        expect(Math.abs(moments.squaredDeviations - exact)).toBeLessThanOrEqual(2 ** -51 * exact);
      }),
    );
  });
});

describe('OrderStatistics', () => {
  const quantiles = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99];
  const ordinary = fc.oneof(
    fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    fc.integer({ min: -5, max: 5 }),
    fc.constantFrom(1e60, -1e60, 1e-60),
  );

  it.each([false, true])('bounds hold the exact quantile and cost; weighted %s', (weighted) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ordinary, weight), { minLength: 1, maxLength: 40 }),
        (pairs) => {
          const some = pairs.some(([, v]) => v > 0)
            ? pairs
            : [...pairs, [1, 1] as [number, number]];
          const values = Float64Array.from(some, ([x]) => x);
          const weights = weighted ? Float64Array.from(some, ([, v]) => v) : null;
          const [exact, binned] = [1e6, 0].map((keep) => {
            const order = new OrderStatistics(weighted, keep);
            order.addRows(values, weights, values.length);
            return order;
          }) as [OrderStatistics, OrderStatistics];
          expect([exact.exact, binned.exact]).toEqual([true, false]);
          for (const q of quantiles) {
            for (const name of ['quantile', 'leastPinball'] as const) {
              const { value, low, high } = exact[name](q);
              expect([low, high]).toEqual([value, value]);
              const ends = binned[name](q);
              const slack =
                1e-12 * Math.max(Math.abs(value), ...values.map(Math.abs)) * 50 * values.length;
              const rounding = name === 'quantile' ? 0 : slack + 1e-34;
              expect(ends.low).toBeLessThanOrEqual(value + rounding);
              expect(ends.high).toBeGreaterThanOrEqual(value - rounding);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('has the least cost at the quantile, by trial', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const weights = [1, 2, 1, 1, 3, 0.5, 1, 1];
    const order = new OrderStatistics(true, 100);
    order.addRows(Float64Array.from(values), Float64Array.from(weights), values.length);
    for (const q of quantiles) {
      const costs = values.map((c) =>
        values.reduce(
          (sum, x, i) => sum + weights[i]! * (x >= c ? q * (x - c) : (1 - q) * (c - x)),
          0,
        ),
      );
      expect(order.leastPinball(q).value).toBeCloseTo(Math.min(...costs), 12);
    }
  });

  it('is narrow in bins', () => {
    const order = new OrderStatistics(false, 0);
    order.addRows(
      Float64Array.from({ length: 10_000 }, (_, i) => Math.tan(i / 6400) * 100),
      null,
      10_000,
    );
    const { low, high, value } = order.quantile(0.5);
    expect((high - low) / value).toBeLessThan(0.02);
    const cost = order.leastPinball(0.5);
    expect((cost.high - cost.low) / cost.value).toBeLessThan(0.001);
  });

  it('adds up the largest squares', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => i);
    for (const keep of [1000, 0]) {
      const order = new OrderStatistics(false, keep);
      order.addRows(values, null, 1000);
      const exact = [...values].slice(-10).reduce((sum, x) => sum + x * x, 0);
      const found = order.largestSquares(0.01);
      expect(found).toBeLessThanOrEqual(exact);
      expect(found).toBeGreaterThan(0.99 * exact);
    }
  });
});

describe('value bins', () => {
  it('are in order and hold their values', () => {
    const any = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(binOf(low + 0)).toBeLessThanOrEqual(binOf(high + 0));
        const ends = binEnds(binOf(a));
        expect(ends.low).toBeLessThanOrEqual(a);
        expect(ends.high).toBeGreaterThanOrEqual(a);
      }),
      { numRuns: 1000 },
    );
  });
});
