/** The paired tests against SciPy and against exact fractions. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holm, pairedMeanOf, twoSidedNormal } from '../../src/diagnosis/paired-tests.js';
import { studentQuantile, twoSidedStudent } from '../../src/diagnosis/student-t.js';
import { mcnemarTest } from '../../src/index.js';
import { loadCore } from '../../src/node/core.js';
import { normal, seeded } from '../support/rows.js';

const fixture = JSON.parse(readFileSync(new URL('fixtures/tests.json', import.meta.url), 'utf8'));
const maths = [Math, await loadCore('simd')] as const;

const relative = (found: number, wanted: number) =>
  wanted === 0 ? Math.abs(found) : Math.abs(found - wanted) / wanted;

/** 2·P[Bin(n, ½) ≤ k] as a fraction of whole numbers, rounded once. */
function exactMcNemar(up: number, down: number): number {
  const n = up + down;
  let term = 1n;
  let sum = 1n;
  for (let i = 1; i <= Math.min(up, down); i++) {
    term = (term * BigInt(n - i + 1)) / BigInt(i);
    sum += term;
  }
  const whole = 2n ** BigInt(n);
  if (2n * sum >= whole) return 1;
  // 60 bits of the quotient, then its power of two.
  const shift = whole.toString(2).length - sum.toString(2).length + 60;
  return (2 * Number((sum << BigInt(shift)) / whole)) / 2 ** shift;
}

describe('the exact McNemar test', () => {
  it('equals the binomial distribution in fractions, for every small pair', () => {
    for (let up = 0; up <= 70; up++) {
      for (let down = 0; down <= 70; down++) {
        const wanted = exactMcNemar(up, down);
        for (const math of maths) {
          expect(relative(mcnemarTest(up, down, math).pValue, wanted)).toBeLessThan(1e-12);
        }
      }
    }
  });

  it('equals it for larger pairs', () => {
    const pair = fc.tuple(fc.nat(900), fc.nat(900)).filter(([a, b]) => a + b < 1000);
    fc.assert(
      fc.property(pair, ([up, down]) => {
        expect(relative(mcnemarTest(up, down).pValue, exactMcNemar(up, down))).toBeLessThan(1e-12);
      }),
      { numRuns: 300 },
    );
  });

  it.each(fixture.mcnemar as { up: number; down: number; pValue: number }[])(
    'equals scipy.stats.binomtest for $up and $down',
    ({ up, down, pValue }) => {
      // SciPy's own error grows with n.
      const bar = up + down > 10_000 ? 1e-9 : 1e-11;
      expect(relative(mcnemarTest(up, down).pValue, pValue)).toBeLessThan(bar);
      expect(mcnemarTest(down, up).pValue).toBe(mcnemarTest(up, down).pValue);
    },
  );

  it('is 1 without a changed row', () => {
    expect(mcnemarTest(0, 0)).toEqual({ wrongToRight: 0, rightToWrong: 0, pValue: 1 });
  });
});

describe('the tail of the normal distribution', () => {
  it.each(fixture.normal as { z: number; pValue: number }[])(
    'equals SciPy at $z',
    ({ z, pValue }) => {
      for (const math of maths) {
        expect(relative(twoSidedNormal(z, math), pValue)).toBeLessThan(5e-13);
        expect(twoSidedNormal(-z, math)).toBe(twoSidedNormal(z, math));
      }
    },
  );

  it('has its ends', () => {
    expect(twoSidedNormal(Number.POSITIVE_INFINITY)).toBe(0);
    expect(twoSidedNormal(Number.NaN)).toBeNaN();
  });
});

describe('Student’s t', () => {
  it.each(fixture.student as { t: number; degrees: number; pValue: number }[])(
    'has the tail of SciPy at $t with $degrees degrees of freedom',
    ({ t, degrees, pValue }) => {
      for (const math of maths) {
        expect(relative(twoSidedStudent(t, degrees, math), pValue)).toBeLessThan(1e-12);
        expect(twoSidedStudent(-t, degrees, math)).toBe(twoSidedStudent(t, degrees, math));
      }
    },
  );

  it.each(fixture.studentQuantiles as { degrees: number; quantile: number }[])(
    'has the 97.5 %% quantile of SciPy with $degrees degrees of freedom',
    ({ degrees, quantile }) => {
      for (const math of maths) {
        expect(relative(studentQuantile(0.05, degrees, math), quantile)).toBeLessThan(1e-11);
      }
    },
  );

  it('has its ends', () => {
    expect(twoSidedStudent(0, 3)).toBe(1);
    expect(twoSidedStudent(Number.POSITIVE_INFINITY, 3)).toBe(0);
    expect(twoSidedStudent(Number.NaN, 3)).toBeNaN();
    expect(studentQuantile(0.05, 1e-6)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a paired mean', () => {
  it.each(fixture.pairs as { values: number[]; pValue: number; low: number; high: number }[])(
    'of $values.length rows is the paired t-test of SciPy',
    ({ values, pValue, low, high }) => {
      const found = pairedMeanOf(values.length, (i) => values[i]!, null);
      expect(found.degrees).toBe(values.length - 1);
      expect(relative(found.pValue, pValue)).toBeLessThan(1e-10);
      expect(found.low).toBeCloseTo(low, 11);
      expect(found.high).toBeCloseTo(high, 11);
    },
  );

  it('of few rows alike is found a change as often as its level says', () => {
    const random = seeded(77);
    for (const rows of [3, 8, 29]) {
      let claims = 0;
      for (let run = 0; run < 4000; run++) {
        const values = Array.from({ length: rows }, () => normal(random));
        const { pValue, low, high } = pairedMeanOf(rows, (i) => values[i]!, null);
        expect(low > 0 || high < 0).toBe(pValue < 0.05);
        if (pValue < 0.05) claims++;
      }
      // By the normal distribution 0.26, 0.10 and 0.07; ± 4 standard errors.
      expect(Math.abs(claims / 4000 - 0.05), `${rows} rows`).toBeLessThan(0.0138);
    }
  });

  it('has the standard error of the two-pass formula', () => {
    const row = fc.tuple(
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ min: 0.1, max: 4, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 2, maxLength: 40 }),
        fc.boolean(),
        (rows, isWeighted) => {
          const w = rows.map(([, weight]) => (isWeighted ? weight : 1));
          const total = w.reduce((a, b) => a + b, 0);
          const mean = rows.reduce((sum, [x], i) => sum + w[i]! * x, 0) / total;
          const squares = rows.reduce((sum, [x], i) => sum + (w[i]! * (x - mean)) ** 2, 0);
          const found = pairedMeanOf(
            rows.length,
            (i) => rows[i]![0],
            isWeighted ? Float64Array.from(w) : null,
          );
          expect(found.mean).toBeCloseTo(mean, 12);
          // Of few rows with n − 1 for n.
          const n = total ** 2 / w.reduce((sum, weight) => sum + weight ** 2, 0);
          const wider = n < 30 ? Math.sqrt(n / (n - 1)) : 1;
          expect(found.standardError).toBeCloseTo((wider * Math.sqrt(squares)) / total, 6);
          const quantile = n < 30 ? studentQuantile(0.05, n - 1) : 1.959963984540054;
          expect(found.high - found.low).toBeCloseTo(2 * quantile * found.standardError, 9);
        },
      ),
    );
  });

  it('of one row, or one row of weight, tells nothing', () => {
    const alone = { standardError: Infinity, low: -Infinity, high: Infinity, pValue: 1 };
    expect(pairedMeanOf(1, () => 3, null)).toMatchObject({ mean: 3, ...alone });
    expect(pairedMeanOf(2, (i) => i, Float64Array.of(0, 0.3))).toMatchObject({ mean: 1, ...alone });
  });

  it('of equal differences is certain', () => {
    expect(pairedMeanOf(9, () => 0.1, null)).toMatchObject({ standardError: 0, pValue: 0 });
    expect(pairedMeanOf(9, () => 0, null)).toMatchObject({ mean: 0, low: 0, high: 0, pValue: 1 });
  });
});

describe('the correction of Holm', () => {
  it.each(fixture.holm as { pValues: number[]; corrected: number[] }[])(
    'equals that of NumPy for $pValues.length tests',
    ({ pValues, corrected }) => {
      holm(pValues).forEach((p, i) => {
        expect(p).toBeCloseTo(corrected[i]!, 14);
      });
    },
  );

  it('refuses what the procedure refuses, step by step, at any level', () => {
    const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(ps, fc.constantFrom(0.01, 0.05, 0.3), (pValues, level) => {
        const refused = new Set<number>();
        const left = pValues.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
        while (left.length > 0 && left[0]!.p * left.length <= level) refused.add(left.shift()!.i);
        holm(pValues).forEach((corrected, i) => {
          // Ties at the border may be refused in any order: they have one corrected value.
          const isTied = [...refused].some((k) => pValues[k] === pValues[i]);
          expect(corrected <= level).toBe(refused.has(i) || isTied);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('counts tests that were made and not given', () => {
    expect(holm([0.01, 0.02], 10)).toEqual([0.1, 0.18]);
  });
});
