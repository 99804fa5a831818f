/** Risk by coverage against NumPy, against sums taken directly, and at the ends of what can come. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { riskCoverage } from '../../src/index.js';

interface Case {
  readonly name: string;
  readonly correct: number[];
  readonly confidence: number[];
  readonly weight: number[] | null;
  readonly threshold: number[];
  readonly coverage: number[];
  readonly risk: number[];
  readonly area: number;
  readonly excess: number;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('fixtures/risk-coverage.json', import.meta.url), 'utf8'),
);

const arbitraryRows = fc.array(
  fc.record({
    right: fc.nat(1),
    confidence: fc.oneof(
      fc.integer({ min: 0, max: 4 }).map((k) => k / 4),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
    weight: fc.oneof(fc.constant(1), fc.double({ min: 0.01, max: 20, noNaN: true })),
  }),
  { minLength: 1, maxLength: 40 },
);
type Rows = readonly { right: number; confidence: number; weight: number }[];
const of = (rows: Rows) =>
  riskCoverage(
    rows.map(({ right }) => right),
    rows.map(({ confidence }) => confidence),
    { sampleWeight: rows.map(({ weight }) => weight) },
  );
const sum = (rows: Rows) => rows.reduce((total, { weight }) => total + weight, 0);

describe('riskCoverage', () => {
  it.each(cases)('agrees with NumPy: $name', (one) => {
    const { correct, confidence, weight } = one;
    const found = riskCoverage(correct, confidence, weight ? { sampleWeight: weight } : {});
    expect(Array.from(found.threshold)).toEqual(one.threshold);
    for (const name of ['coverage', 'risk'] as const) {
      expect(found[name]).toHaveLength(one[name].length);
      one[name].forEach((value, i) => {
        expect(Math.abs(found[name][i]! - value), `${name} ${i}`).toBeLessThan(1e-12);
      });
    }
    expect(Math.abs(found.area - one.area)).toBeLessThan(1e-12);
    expect(Math.abs(found.excess - one.excess)).toBeLessThan(1e-12);
  });

  it('gives the same bits in any order of rows', () => {
    fc.assert(
      fc.property(arbitraryRows, fc.infiniteStream(fc.nat()), (rows, keys) => {
        const shuffled = rows
          .map((row) => ({ row, key: keys.next().value! }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row);
        expect(of(shuffled)).toEqual(of(rows));
      }),
    );
  });

  it('has the area of the sum over rows, and steps that go one way', () => {
    fc.assert(
      fc.property(arbitraryRows, (rows) => {
        const { area, threshold, coverage } = of(rows);
        const direct = rows.reduce((total, { confidence, weight }) => {
          const answered = rows.filter((row) => row.confidence >= confidence);
          return (
            total + (weight * sum(answered.filter(({ right }) => right === 0))) / sum(answered)
          );
        }, 0);
        expect(Math.abs(area - direct / sum(rows))).toBeLessThan(1e-12);
        threshold.forEach((value, i) => {
          expect(i === 0 || value < threshold[i - 1]!).toBe(true);
          expect(i === 0 || coverage[i]! > coverage[i - 1]!).toBe(true);
        });
        expect(coverage.at(-1)).toBe(1);
      }),
    );
  });

  it('holds no order for better than the best one', () => {
    fc.assert(
      fc.property(arbitraryRows, (rows) => {
        // Right rows first, then wrong ones, the lightest first: the best order has no excess …
        const best = rows.toSorted((a, b) => b.right - a.right || a.weight - b.weight);
        const ideal = of(best.map((row, i) => ({ ...row, confidence: -i })));
        expect(ideal.excess).toBeLessThan(1e-12);
        // … and no other order is below it.
        expect(of(rows).area).toBeGreaterThan(ideal.area - 1e-12);
      }),
    );
  });

  it('takes true and false, and leaves out rows that weigh nothing', () => {
    const found = riskCoverage([true, false, true], [0.9, 0.8, 0.7], { sampleWeight: [1, 0, 2] });
    expect(found).toEqual(riskCoverage([1, 1], [0.9, 0.7], { sampleWeight: [1, 2] }));
  });

  it('takes any numbers for confidences, infinite ones, too', () => {
    const { threshold } = riskCoverage([1, 0, 1, 1], [Number.POSITIVE_INFINITY, -3, -0, 0]);
    expect(Array.from(threshold)).toEqual([Number.POSITIVE_INFINITY, 0, -3]);
  });

  it.each([
    ['length-mismatch', [1, 0], [0.5], undefined],
    ['length-mismatch', [1, 0], [0.5, 0.6], [1]],
    ['bad-target', [1, 2], [0.5, 0.6], undefined],
    ['bad-score', [1, 0], [0.5, Number.NaN], undefined],
    ['bad-weight', [1, 0], [0.5, 0.6], [1, -1]],
    ['empty-input', [], [], undefined],
    ['empty-input', [1], [0.5], [0]],
  ])('refuses %s', (code, correct, confidence, sampleWeight) => {
    expect(() => riskCoverage(correct, confidence, { sampleWeight })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
