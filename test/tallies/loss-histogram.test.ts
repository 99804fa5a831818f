/** Shares of the loss that the worst rows carry, against a sort of all rows. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LossHistogram } from '../../src/tallies/loss-histogram.js';
import { deal, splits } from '../support/splits.js';

type Row = readonly [loss: number, weight: number];

function filled(rows: readonly Row[], weighted: boolean, squares = false): LossHistogram {
  const histogram = new LossHistogram(squares);
  const losses = Float64Array.from(rows, ([loss]) => loss);
  const weights = weighted ? Float64Array.from(rows, ([, weight]) => weight) : null;
  histogram.addRows(losses, weights, rows.length);
  return histogram;
}

/** Share of the loss of the worst rows, a part of the last row where the border falls into it. */
function naiveShare(rows: readonly Row[], share: number, weighted: boolean): number {
  const finite = rows
    .filter(([loss]) => loss < Infinity)
    .map(([loss, weight]) => [loss, weighted ? weight : 1] as const)
    .sort(([a], [b]) => b - a);
  const total = finite.reduce((sum, [loss, weight]) => sum + loss * weight, 0);
  let left = share * finite.reduce((sum, [, weight]) => sum + weight, 0);
  let carried = 0;
  for (const [loss, weight] of finite) {
    const part = Math.min(weight, left);
    carried += part * loss;
    left -= part;
  }
  return carried / total;
}

const MOST = 50;
const loss = fc.oneof(
  fc.double({ min: 1e-6, max: 40, noNaN: true }),
  fc.constantFrom(0, 0.5, 13.8, Infinity),
);
const rowsOf = fc.array(fc.tuple(loss, fc.double({ min: 0.1, max: 9, noNaN: true })), {
  maxLength: MOST,
});

describe('the histogram of losses', () => {
  it('gives the share of the worst rows within the width of a bin', () => {
    fc.assert(
      fc.property(
        rowsOf,
        fc.constantFrom(0, 0.001, 0.01, 0.1, 0.5, 1),
        fc.boolean(),
        (rows, share, weighted) => {
          const found = filled(rows, weighted).shareOfWorst(share);
          const wanted = naiveShare(rows, share, weighted);
          if (Number.isNaN(wanted)) {
            expect(found).toBeNaN();
            return;
          }
          // Rows at the border count with their bin's mean: a sixteenth off, of their part of the loss.
          expect(found).toBeLessThanOrEqual(wanted + 1e-12);
          expect(found).toBeGreaterThanOrEqual(wanted * (1 - 1 / 16) - 1e-12);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('knows squares of any size, whatever their unit', () => {
    const error = fc.double({ min: 0.001, max: 1000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(error, fc.double({ min: 0.1, max: 9, noNaN: true })), { minLength: 1 }),
        fc.constantFrom(1e-30, 1, 1e30),
        fc.constantFrom(0.01, 0.1, 0.5),
        fc.boolean(),
        (errors, unit, share, weighted) => {
          const rows = errors.map(([e, weight]): Row => [(e * unit) ** 2, weight]);
          const histogram = filled(rows, weighted, true);
          const found = histogram.shareOfWorst(share);
          const wanted = naiveShare(rows, share, weighted);
          expect(found).toBeLessThanOrEqual(wanted + 1e-12);
          expect(found).toBeGreaterThanOrEqual(wanted * (1 - 1 / 8) - 1e-12);
          const read = LossHistogram.fromJSON(JSON.parse(JSON.stringify(histogram)), true);
          expect(read.shareOfWorst(share)).toBe(found);
        },
      ),
    );
  });

  it('has the mean of finite losses beyond the floats, too', () => {
    for (const weighted of [false, true]) {
      expect(
        filled(
          [
            [1e200, 1],
            [3e200, 1],
            [Infinity, 1],
          ],
          weighted,
        ).mean(),
      ).toBe(2e200);
    }
  });

  it('is exact where no two losses share a bin', () => {
    const rows: Row[] = Array.from({ length: 40 }, (_, i) => [0.01 * 1.2 ** i, 1 + (i % 3)]);
    for (const weighted of [false, true]) {
      for (const share of [0.001, 0.01, 0.1, 0.37, 1]) {
        const found = filled(rows, weighted).shareOfWorst(share);
        expect(found).toBeCloseTo(naiveShare(rows, share, weighted), 13);
      }
    }
  });

  it('has the mean of the finite losses', () => {
    const rows: Row[] = [
      [1, 2],
      [3, 1],
      [Infinity, 5],
      [1e-300, 1],
    ];
    expect(filled(rows, true).mean()).toBe(5 / 4);
    expect(filled(rows, false).mean()).toBe(4 / 3);
    expect(filled([], false).mean()).toBeNaN();
  });

  it('has the same state in any order, split and merge', () => {
    fc.assert(
      fc.property(rowsOf, fc.boolean(), splits(MOST), (rows, weighted, split) => {
        const merged = new LossHistogram();
        for (const part of deal(rows, split)) {
          merged.merge(LossHistogram.fromJSON(JSON.parse(JSON.stringify(filled(part, weighted)))));
        }
        expect(JSON.stringify(merged)).toBe(JSON.stringify(filled(rows, weighted)));
      }),
    );
  });

  it('refuses a damaged state', () => {
    for (const state of [null, [], {}, { weights: 1, losses: 2 }]) {
      expect(() => LossHistogram.fromJSON(state)).toThrowError(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
  });
});
