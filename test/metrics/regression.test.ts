/** Regression metrics over arrays, against scikit-learn. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';

type MetricFunction = (
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: object,
) => number | number[];
const metric = (name: string) => (library as unknown as Record<string, MetricFunction>)[name]!;
const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

function expectClose(found: unknown, expected: number | number[], name: string): void {
  const [ours, theirs] = [found, expected].map((one) => (Array.isArray(one) ? one : [one]));
  expect(ours!.length).toBe(theirs!.length);
  theirs!.forEach((one, i) => {
    const bar = 1e-9 * Math.abs(one) + 1e-14;
    expect(Math.abs(ours![i] - one), `${name}: ${ours![i]}, not ${one}`).toBeLessThanOrEqual(bar);
  });
}

/** Function and options behind each name of regression.json. */
const ORACLE_METRICS: Record<string, [string, object?]> = {
  mse: ['meanSquaredError'],
  rmse: ['rootMeanSquaredError'],
  mae: ['meanAbsoluteError'],
  r2: ['r2Score'],
  explained_variance: ['explainedVarianceScore'],
  mape: ['meanAbsolutePercentageError'],
  'pinball_0.9': ['meanPinballLoss', { alpha: 0.9 }],
  d2_absolute_error: ['d2AbsoluteErrorScore'],
  max_error: ['maxError'],
  median_absolute_error: ['medianAbsoluteError'],
  msle: ['meanSquaredLogError'],
  poisson_deviance: ['meanPoissonDeviance'],
  gamma_deviance: ['meanGammaDeviance'],
  d2_tweedie_1: ['d2TweedieScore', { power: 1 }],
};

describe.each(read('../oracles/regression.json').cases as OracleCase[])(
  'oracle, $name',
  (entry) => {
    it.each(['simd', 'reference'])('kernel %s', (kernel) => {
      for (const [name, expected] of Object.entries(entry.expected)) {
        const [fn, options] = ORACLE_METRICS[name]!;
        const all = { ...options, sampleWeight: entry.sample_weight, kernel };
        expectClose(metric(fn)(entry.target, entry.prediction, all), expected, name);
      }
    });
  },
);

interface OracleCase {
  readonly name: string;
  readonly target: number[];
  readonly prediction: number[];
  readonly sample_weight: number[] | null;
  readonly expected: Record<string, number>;
}

describe('scikit-learn', () => {
  const { data, cases } = read('./fixtures/regression-sklearn.json') as {
    data: Record<
      string,
      { yTrue: number[]; yPred: number[]; sampleWeight: number[] | null; outputs: number }
    >;
    cases: [data: string, fn: string, weighted: boolean, options: object, number | number[]][];
  };
  const names = [...new Set(cases.map(([, fn]) => fn))];
  it.each(names)('%s', (name) => {
    for (const [key, fn, weighted, options, expected] of cases) {
      if (fn !== name) continue;
      const { yTrue, yPred, sampleWeight, outputs } = data[key]!;
      const all = { ...options, outputs, ...(weighted && { sampleWeight }) };
      expectClose(
        metric(fn)(yTrue, yPred, all),
        expected,
        `${key} weighted ${weighted} ${JSON.stringify(options)}`,
      );
    }
  });
  it('covers every metric', () => {
    expect(names.sort()).toEqual(
      [
        ...new Set(Object.values(ORACLE_METRICS).map(([fn]) => fn)),
        'd2PinballScore',
        'meanTweedieDeviance',
      ].sort(),
    );
  });
});

const number = fc.integer({ min: -(2 ** 30), max: 2 ** 30 }).map((k) => k / 1000);
const rows = fc.array(fc.record({ y: number, p: number, w: fc.integer({ min: 1, max: 5 }) }), {
  minLength: 2,
  maxLength: 60,
});
const { r2Score, explainedVarianceScore, meanSquaredError } = library;

describe('properties', () => {
  it('R² never exceeds 1, whatever the offset, and is 1 for no error alone', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(0, 1e9, -1e15), (all, offset) => {
        const y = all.map((row) => row.y + offset);
        const p = all.map((row) => row.p + offset);
        expect(r2Score(y, p)).toBeLessThanOrEqual(1);
        expect(explainedVarianceScore(y, p)).toBeLessThanOrEqual(1);
        expect(r2Score(y, y)).toBe(1);
      }),
    );
  });

  it('R² does not depend on shift and scale', () => {
    const grid = fc.array(
      fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 })),
      {
        minLength: 2,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(
        grid,
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: -20, max: 20 }),
        (all, shift, power) => {
          const [y, p] = [0, 1].map((k) => all.map((pair) => pair[k]!)) as [number[], number[]];
          const move = (x: number) => (x + shift * 2 ** 30) * 2 ** power;
          // Shifts and scales by powers of two are exact, and so is the score.
          expect(r2Score(y.map(move), p.map(move))).toBeCloseTo(r2Score(y, p), 12);
          const twice = p.map((x) => x + 7);
          expect(explainedVarianceScore(y, twice)).toBeCloseTo(explainedVarianceScore(y, p), 12);
        },
      ),
    );
  });

  it('neither order nor writing a row w times instead of its weight w changes anything', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const sampleWeight = all.map(({ w }) => w);
        const repeated = all.flatMap((row) => new Array(row.w).fill(row) as typeof all).reverse();
        const columns = (list: typeof all) => [list.map((r) => r.y), list.map((r) => r.p)] as const;
        for (const name of [
          'meanSquaredError',
          'meanAbsoluteError',
          'medianAbsoluteError',
          'r2Score',
          'd2AbsoluteErrorScore',
        ]) {
          const fn = metric(name);
          const weighted = fn(...columns(all), { sampleWeight }) as number;
          const plain = fn(...columns(repeated)) as number;
          if (Number.isFinite(plain))
            expect(Math.abs(weighted - plain)).toBeLessThanOrEqual(
              1e-9 * Math.max(1, Math.abs(plain)),
            );
          expect(fn(...columns([...all].reverse()))).toBe(fn(...columns(all)));
        }
      }),
    );
  });

  it('deviances are never negative, and 0 without error', () => {
    const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(positive, fc.double({ min: -0.2, max: 0.2, noNaN: true }), (y, d) => {
        for (const power of [-1, 1, 1.5, 2, 3]) {
          expect(library.meanTweedieDeviance([y], [y * (1 + d)], { power })).toBeGreaterThanOrEqual(
            0,
          );
        }
        expect(library.meanPoissonDeviance([y], [y])).toBe(0);
        expect(library.meanGammaDeviance([y], [y])).toBe(0);
      }),
    );
  });

  it('keeps the digits of deviances near 0', () => {
    // d²·(1 − 2d/3 + …) of the gamma deviance at y = p(1 + d).
    const d = 2 ** -20;
    const found = library.meanGammaDeviance([1 + d], [1]);
    expect(Math.abs(found / (d * d * (1 - (2 * d) / 3 + (d * d) / 2)) - 1)).toBeLessThan(1e-14);
  });
});

describe('a mistake', () => {
  it.each([
    [() => r2Score([1, 2], [1]), 'length-mismatch', /1 predictions for 2 targets/],
    [() => r2Score([], []), 'empty-input', /no rows/],
    [() => r2Score([1, Number.NaN], [1, 2]), 'not-finite', /yTrue, row 1: .*NaN/],
    [() => r2Score([1, 2], [1, Number.POSITIVE_INFINITY]), 'not-finite', /yPred, row 1/],
    [
      () => r2Score([1, 2], ['x', 1] as unknown as number[]),
      'not-finite',
      /yPred, row 0: .*found x/,
    ],
    [() => r2Score([1, 2, 3], [1, 2, 3], { outputs: 2 }), 'length-mismatch', /2 outputs/],
    [() => r2Score([1, 2], [1, 2], { sampleWeight: [1] }), 'length-mismatch', /one weight per row/],
    [() => r2Score([1, 2], [1, 2], { sampleWeight: [1, -1] }), 'bad-weight', /row 1: .*-1/],
    [() => r2Score([1, 2], [1, 2], { sampleWeight: [0, 0] }), 'no-weight', /weight 0/],
    [() => library.meanPinballLoss([1], [1], { alpha: 2 }), 'bad-option', /alpha is 2/],
    [() => library.meanTweedieDeviance([1], [1], { power: 0.5 }), 'bad-option', /power is 0\.5/],
    [
      () => library.meanPoissonDeviance([1, -1], [1, 1]),
      'outside-domain',
      /row 1: .*target -1 and prediction 1/,
    ],
    [() => library.meanSquaredLogError([1], [-0.5]), 'outside-domain', /row 0/],
    [
      () => meanSquaredError([1, 2], [1, 2], { outputs: 2, multioutput: [1] }),
      'bad-option',
      /expected 2 numbers/,
    ],
    [
      () => meanSquaredError([1], [1], { multioutput: 'mean' as 'raw_values' }),
      'bad-option',
      /"mean"/,
    ],
  ])('%s', (call, code, message) => {
    expect(call).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
