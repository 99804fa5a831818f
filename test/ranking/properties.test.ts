/** What must hold of ranking metrics whatever the rows. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  auc,
  averagePrecisionScore,
  bestThreshold,
  prAucTrapezoid,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
  thresholdTable,
} from '../../src/index.js';

/** Rows of both classes; scores of few values or many, weights or none. */
const rows = fc
  .tuple(
    fc.array(
      fc.record({
        target: fc.integer({ min: 0, max: 1 }),
        score: fc.oneof(
          fc.integer({ min: -3, max: 3 }),
          fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
          fc.constantFrom(-0, 0, 1e-300, Infinity, -Infinity),
        ),
        weight: fc.integer({ min: 1, max: 5 }),
      }),
      { minLength: 2, maxLength: 60 },
    ),
    fc.boolean(),
  )
  .filter(([list]) => new Set(list.map(({ target }) => target)).size === 2)
  .map(([list, weighted]) => ({
    y: list.map(({ target }) => target),
    s: list.map(({ score }) => score),
    sampleWeight: weighted ? list.map(({ weight }) => weight / 8) : null,
  }));

type Score = (y: number[], s: number[], options: { sampleWeight: number[] | null }) => number;
const scores: [string, Score][] = [
  ['rocAucScore', rocAucScore],
  ['averagePrecisionScore', averagePrecisionScore],
  ['prAucTrapezoid', prAucTrapezoid],
  ['partial', (y, s, options) => rocAucScore(y, s, { ...options, maxFpr: 0.3 })],
];

describe.each(scores)('%s', (_, score) => {
  it('does not change under rising transforms, to the bit', () => {
    fc.assert(
      fc.property(rows, ({ y, s, sampleWeight }) => {
        const ranks = [...new Set(s.map((x) => x + 0))].sort((a, b) => a - b);
        const moved = s.map((x) => Math.atan(ranks.indexOf(x + 0)) - 7);
        expect(score(y, moved, { sampleWeight })).toBe(score(y, s, { sampleWeight }));
      }),
    );
  });

  it('does not depend on the order of rows, to the bit', () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.nat(1e6)), ({ y, s, sampleWeight }, stream) => {
        const keys = y.map(() => stream.next().value as number);
        const order = [...y.keys()].sort((a, b) => keys[a] - keys[b]);
        const found = score(
          order.map((i) => y[i]),
          order.map((i) => s[i]),
          { sampleWeight: sampleWeight && order.map((i) => sampleWeight[i] / 3) },
        );
        const wanted = score(y, s, { sampleWeight: sampleWeight?.map((w) => w / 3) ?? null });
        expect(found).toBe(wanted);
      }),
    );
  });

  it('takes a row of weight 2 for two rows, and one of weight 0 for none', () => {
    fc.assert(
      fc.property(rows, ({ y, s }) => {
        const weights = y.map((_, i) => i % 3);
        const copies = y.flatMap((_, i) => Array<number>(i % 3).fill(i));
        const found = score(y, s, { sampleWeight: weights });
        const wanted = score(
          [...copies.map((i) => y[i]), 0, 1].slice(0, copies.length),
          copies.map((i) => s[i]),
          {
            sampleWeight: null,
          },
        );
        if (Number.isNaN(wanted)) expect(found).toBeNaN();
        else expect(found).toBeCloseTo(wanted, 12);
      }),
    );
  });

  it('lies from 0 to 1, and is 1 for a perfect ranking', () => {
    fc.assert(
      fc.property(rows, ({ y, s, sampleWeight }) => {
        const found = score(y, s, { sampleWeight });
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1);
        expect(score(y, y, { sampleWeight })).toBe(1);
      }),
    );
  });
});

it('the AUC of the opposite is what is missing to 1', () => {
  fc.assert(
    fc.property(rows, ({ y, s, sampleWeight }) => {
      const opposite = y.map((target) => 1 - target);
      const sum = rocAucScore(y, s, { sampleWeight }) + rocAucScore(opposite, s, { sampleWeight });
      expect(sum).toBeCloseTo(1, 13);
    }),
  );
});

it('the AUC is the share of pairs in the right order, ties one half', () => {
  fc.assert(
    fc.property(rows, ({ y, s, sampleWeight }) => {
      let right = 0;
      let all = 0;
      y.forEach((target, i) => {
        y.forEach((other, j) => {
          if (target !== 1 || other !== 0) return;
          const weight = sampleWeight ? sampleWeight[i] * sampleWeight[j] : 1;
          all += weight;
          right += weight * (s[i] > s[j] ? 1 : s[i] === s[j] ? 0.5 : 0);
        });
      });
      expect(rocAucScore(y, s, { sampleWeight })).toBeCloseTo(right / all, 12);
    }),
  );
});

it('areas are those under the curves', () => {
  fc.assert(
    fc.property(rows, fc.boolean(), ({ y, s, sampleWeight }, dropIntermediate) => {
      const options = { sampleWeight, dropIntermediate };
      const { fpr, tpr } = rocCurve(y, s, options);
      expect(auc(fpr, tpr)).toBeCloseTo(rocAucScore(y, s, { sampleWeight }), 12);
      const pr = precisionRecallCurve(y, s, { sampleWeight });
      expect(auc(pr.recall, pr.precision)).toBeCloseTo(prAucTrapezoid(y, s, { sampleWeight }), 12);
      const steps = [...pr.precision.subarray(0, -1)].map(
        (precision, i) => precision * (pr.recall[i] - pr.recall[i + 1]),
      );
      expect(steps.reduce((a, b) => a + b)).toBeCloseTo(
        averagePrecisionScore(y, s, { sampleWeight }),
        12,
      );
    }),
  );
});

it('a table counts what its thresholds say', () => {
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom<'all' | 'given'>('all', 'given'),
      ({ y, s, sampleWeight }, which) => {
        const thresholds = which === 'all' ? undefined : [0.5, -2, 3, 1e9];
        const table = thresholdTable(y, s, { sampleWeight, thresholds, costFp: 2, costFn: 3 });
        table.threshold.forEach((threshold, t) => {
          const weight = (target: number, called: boolean) =>
            y.reduce((sum, label, i) => {
              const counts = label === target && s[i] >= threshold === called;
              return sum + (counts ? (sampleWeight?.[i] ?? 1) : 0);
            }, 0);
          const [tp, fp, fn] = [weight(1, true), weight(0, true), weight(1, false)];
          expect(table.truePositives[t]).toBe(tp);
          expect(table.falsePositives[t]).toBe(fp);
          expect(table.falseNegatives[t]).toBe(fn);
          expect(table.trueNegatives[t]).toBe(weight(0, false));
          expect(table.cost[t]).toBe(2 * fp + 3 * fn);
          expect(table.precision[t]).toBe(tp / (tp + fp));
          expect(table.specificity[t]).toBe(weight(0, false) / (weight(0, false) + fp));
        });
      },
    ),
  );
});

it('no threshold is better than the best', () => {
  fc.assert(
    fc.property(rows, ({ y, s, sampleWeight }) => {
      const table = thresholdTable(y, s, { sampleWeight, costFp: 1, costFn: 4 });
      for (const purpose of ['f1', 'mcc', 'accuracy'] as const) {
        const best = bestThreshold(y, s, { sampleWeight, for: purpose });
        expect(best[purpose]).toBe(Math.max(...table[purpose]));
        expect(best.prices[purpose].loss).toBe(0);
        expect(best.prices.cost.value).toBe(best.falsePositives + best.falseNegatives);
      }
      const cheap = bestThreshold(y, s, { sampleWeight, for: { costFn: 4 } });
      expect(cheap.cost).toBe(Math.min(...table.cost));
      const careful = bestThreshold(y, s, { sampleWeight, for: { recallAtLeast: 0.7 } });
      expect(careful.recall).toBeGreaterThanOrEqual(0.7);
      expect(careful.precision).toBe(
        Math.max(...table.precision.filter((_, i) => table.recall[i] >= 0.7)),
      );
      const attainable = Math.max(...table.precision.filter((p) => !Number.isNaN(p)));
      const precise = bestThreshold(y, s, { sampleWeight, for: { precisionAtLeast: attainable } });
      expect(precise.recall).toBe(
        Math.max(...table.recall.filter((_, i) => table.precision[i] >= attainable)),
      );
    }),
  );
});

it.each([20, 33, 500])('weights of %i tied rows add up to the same bits in any order', (count) => {
  const target = Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const score = target.map((_, i) => (i < 4 ? i : 7));
  const weights = target.map((_, i) => 1 / (1 + ((i * 37) % 101)));
  const found = rocAucScore(target, score, { sampleWeight: weights });
  const turned = (values: number[]) => [...values].reverse();
  expect(rocAucScore(turned(target), turned(score), { sampleWeight: turned(weights) })).toBe(found);
});
