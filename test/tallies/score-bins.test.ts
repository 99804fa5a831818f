/** Bins keep the order of scores, add up, and bound the exact values. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averagePrecisionScore,
  prAucTrapezoid,
  rocAucScore,
  ScoreBins,
  thresholdTable,
} from '../../src/index.js';
import { RankingSums } from '../../src/metrics/ranking-sums.js';
import {
  fillBins,
  lowerEdge,
  SCORE_BINNINGS,
  type ScoreBinning,
} from '../../src/tallies/score-binning.js';
import { brainToNumber, halfToNumber } from '../../src/types/score-array.js';

const binOf = (binning: ScoreBinning, score: number) => {
  const bins = new Int32Array(1);
  fillBins(binning, Float64Array.of(score), 1, bins);
  return bins[0];
};

const areas = (bins: ScoreBins) => {
  const sums = new RankingSums();
  bins.runs((runs) => sums.add(runs));
  return {
    roc: sums.rocAuc,
    average: sums.averagePrecision,
    trapezoid: sums.prAucTrapezoid,
  };
};

/** Numbers at and around everything that a cut-off float may trip over. */
const special = fc
  .tuple(
    fc.constantFrom(
      0,
      2 ** -1074,
      2 ** -126,
      2 ** -38,
      2 ** -28,
      2 ** -24,
      2 ** -14,
      0.5,
      1,
      65504,
      65535,
      65536,
      2 ** 127,
      2 ** 128,
      Number.MAX_VALUE,
      Infinity,
    ),
    fc.integer({ min: -2, max: 2 }),
    fc.boolean(),
  )
  .map(([x, ulps, negative]) => {
    const value = x * (1 + ulps * 2 ** -52);
    return negative ? -value : value;
  });
const anyScore = fc.oneof(
  special,
  fc.double({ noNaN: true }),
  fc.double({ noNaN: true, min: -8, max: 8 }),
  fc.double({ noNaN: true, min: 0, max: 1 }),
  fc.double({ noNaN: true, min: 0, max: 2 ** -20 }).map((x) => 1 - x),
);

describe.each(SCORE_BINNINGS)('bins of %s', (binning) => {
  it('never turn two scores round, and lie from 0 to 65535', () => {
    fc.assert(
      fc.property(anyScore, anyScore, (a, b) => {
        const [low, high] = a <= b ? [a, b] : [b, a];
        expect(binOf(binning, low)).toBeLessThanOrEqual(binOf(binning, high));
        expect(binOf(binning, low)).toBeGreaterThanOrEqual(0);
        expect(binOf(binning, high)).toBeLessThanOrEqual(65535);
        expect(binOf(binning, -0)).toBe(binOf(binning, 0));
      }),
      { numRuns: 3000 },
    );
  });

  it('are parted by their lower bounds, whatever their number', () => {
    fc.assert(
      fc.property(anyScore, anyScore, fc.integer({ min: 0, max: 8 }), (inside, other, drop) => {
        const bin = binOf(binning, inside) >>> drop;
        const edge = lowerEdge(binning, bin << drop);
        expect(inside).toBeGreaterThanOrEqual(edge);
        expect(other >= edge).toBe(binOf(binning, other) >>> drop >= bin);
      }),
      { numRuns: 3000 },
    );
  });
});

it('parts all numbers of half precision and all of bfloat16', () => {
  for (const [binning, toNumber] of [
    ['real', halfToNumber],
    ['bfloat16', brainToNumber],
  ] as const) {
    const numbers = Array.from({ length: 65536 }, (_, bits) => toNumber(bits) + 0).filter(
      (x) => !Number.isNaN(x),
    );
    const different = new Set(numbers);
    expect(new Set([...different].map((x) => binOf(binning, x))).size).toBe(different.size);
    const bins = new ScoreBins({ binning });
    const labels = numbers.map((_, i) => ((i * 7919) % 3 === 0 ? 1 : 0));
    bins.add(numbers, labels);
    for (const { low, value, high } of Object.values(areas(bins))) {
      expect(low).toBe(value);
      expect(high).toBe(value);
    }
    expect(areas(bins).roc.value).toBe(rocAucScore(labels, numbers));
  }
});

/** Scores that crowd bins: many in one octave, copies, neighbours, saturated ones. */
const crowd = fc.oneof(
  fc.array(fc.double({ noNaN: true, min: 0, max: 1 }), { minLength: 2, maxLength: 80 }),
  fc.array(
    fc.integer({ min: 0, max: 40 }).map((k) => 0.7 + k * 2 ** -16),
    { minLength: 2, maxLength: 80 },
  ),
  fc.array(
    fc.integer({ min: 0, max: 5 }).map((k) => 1 - k * 2 ** -45),
    { minLength: 2, maxLength: 80 },
  ),
  fc.array(
    fc.integer({ min: 0, max: 300 }).map((k) => k * 1e-4),
    { minLength: 2, maxLength: 80 },
  ),
  fc.array(anyScore, { minLength: 2, maxLength: 80 }),
);

const rows = fc
  .tuple(crowd, fc.infiniteStream(fc.nat(1000)), fc.constantFrom('random', 'best', 'worst'))
  .map(([scores, stream, order]) => {
    const noise = scores.map(() => stream.next().value as number);
    const sorted = [...scores].sort((a, b) => a - b);
    const y = scores.map((score, i) => {
      if (order === 'random') return noise[i] & 1;
      const upper = score >= sorted[sorted.length >> 1];
      return upper === (order === 'best') ? 1 : 0;
    });
    y[0] = 0;
    y[1] = 1;
    return { y, scores, noise };
  });

it('the bounds hold the exact values', () => {
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom(...SCORE_BINNINGS),
      fc.constantFrom(8, 10, 12, 16),
      fc.boolean(),
      ({ y, scores, noise }, binning, bits, weighted) => {
        const sampleWeight = weighted ? noise.map((n) => (n % 7) / 4 + 0.1) : null;
        const bins = new ScoreBins({ binning, bits, weighted });
        bins.add(scores, y, sampleWeight);
        const found = areas(bins);
        const exact = {
          roc: rocAucScore(y, scores, { sampleWeight }),
          average: averagePrecisionScore(y, scores, { sampleWeight }),
          trapezoid: prAucTrapezoid(y, scores, { sampleWeight }),
        };
        for (const name of ['roc', 'average', 'trapezoid'] as const) {
          const { low, value, high } = found[name];
          // Where every bin is a tie the bounds have no width, and rounding may differ.
          const rounding = low === high ? 1e-14 : 0;
          expect(low - rounding, name).toBeLessThanOrEqual(exact[name]);
          expect(high + rounding, name).toBeGreaterThanOrEqual(exact[name]);
          expect(low).toBeLessThanOrEqual(value);
          expect(high).toBeGreaterThanOrEqual(value);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: 1500 },
  );
});

it('the bounds of the AUC are met by the best and the worst order inside the bins', () => {
  // Three positives and two negatives in one bin, among others.
  const inBin = [0.75, 0.75 + 2 ** -30, 0.75 + 2 ** -29, 0.75 + 3 * 2 ** -30, 0.75 + 2 ** -28];
  const scores = [...inBin, 0.1, 0.9];
  const bins = new ScoreBins();
  bins.add(scores, [1, 1, 1, 0, 0, 1, 0]);
  const { low, high } = areas(bins).roc;
  expect(low).toBeCloseTo(rocAucScore([1, 1, 1, 0, 0, 1, 0], scores), 11);
  expect(high).toBeCloseTo(rocAucScore([0, 0, 1, 1, 1, 1, 0], scores), 11);
});

it('thresholds of bins count exactly what the rows do', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom(8, 16), ({ y, scores }, bits) => {
      // With few bins ∞ may share its own with numbers: no bound parts them.
      fc.pre(bits === 16 || !scores.includes(Infinity));
      const bins = new ScoreBins({ bits });
      bins.add(scores, y);
      const table = thresholdTable(bins);
      const exact = thresholdTable(y, scores, { thresholds: table.threshold });
      expect([...table.truePositives]).toEqual([...exact.truePositives]);
      expect([...table.falsePositives]).toEqual([...exact.falsePositives]);
    }),
    { numRuns: 300 },
  );
});

it('parts add up to the whole in any order, to the byte', () => {
  fc.assert(
    fc.property(
      rows,
      fc.boolean(),
      fc.integer({ min: 2, max: 5 }),
      ({ y, scores, noise }, weighted, parts) => {
        const weights = weighted ? noise.map((n) => (n % 5) / 3) : null;
        const tallyOf = (chosen: number[]) => {
          const bins = new ScoreBins({ weighted });
          bins.add(
            chosen.map((i) => scores[i]),
            chosen.map((i) => y[i]),
            weights && chosen.map((i) => weights[i]),
          );
          return bins;
        };
        const whole = tallyOf([...y.keys()]);
        const merged = tallyOf([]);
        for (let part = parts - 1; part >= 0; part--) {
          const chosen = [...y.keys()].filter((i) => noise[i] % parts === part).reverse();
          const state = JSON.parse(JSON.stringify(tallyOf(chosen)));
          merged.merge(ScoreBins.fromJSON(state));
        }
        expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
        expect(areas(merged)).toEqual(areas(whole));
      },
    ),
    { numRuns: 30 },
  );
});

it('refuses bad rows, options and states', () => {
  const bins = new ScoreBins();
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return 'nothing';
  };
  expect(code(() => bins.add([1, Number.NaN], [0, 1]))).toBe('bad-score');
  expect(code(() => bins.add([1, 2], [0, 2]))).toBe('bad-target');
  expect(code(() => bins.add([1, 2], [0]))).toBe('length-mismatch');
  expect(code(() => bins.add([1], [0], [1]))).toBe('length-mismatch');
  expect(code(() => new ScoreBins({ weighted: true }).add([1], [0], [-1]))).toBe('bad-weight');
  expect(code(() => new ScoreBins({ bits: 17 }))).toBe('bad-option');
  expect(code(() => new ScoreBins({ binning: 'log' as 'real' }))).toBe('bad-option');
  expect(code(() => bins.merge(new ScoreBins({ bits: 12 })))).toBe('state-mismatch');
  bins.add([1, 2, 3], [0, 1, 1]);
  const state = JSON.parse(JSON.stringify(bins));
  for (const change of [
    { schema: 'x' },
    { bits: 40 },
    { occupied: 2 },
    { occupied: 1e9 },
    { bins: state.scores },
    { bins: '!!!!!!!!!!!!!!!!' },
    { scores: 5 },
    { cells: [1, 2] },
    { weighted: 'no' },
  ]) {
    expect(
      code(() => ScoreBins.fromJSON({ ...state, ...change })),
      JSON.stringify(change),
    ).toBe('state-damaged');
  }
  expect(code(() => ScoreBins.fromJSON(null))).toBe('state-damaged');
});
