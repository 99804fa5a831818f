import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapInterval,
  bootstrapLabelMetrics,
  bootstrapLabelScores,
} from '../../src/metrics/bootstrap.js';
import { labelTally } from '../../src/metrics/label-arrays.js';
import {
  accuracyScore,
  balancedAccuracyScore,
  cohenKappaScore,
  matthewsCorrcoef,
} from '../../src/metrics/label-scores.js';
import { brierScoreLoss } from '../../src/metrics/probability-scores.js';
import { BootstrapTally } from '../../src/tallies/bootstrap-tally.js';
import { CounterRandom } from '../../src/tallies/counter-random.js';
import { deal, splits } from '../support/splits.js';
import { scoredRows, softmaxRow } from '../tallies/scored-rows.js';

const uniform = new CounterRandom(99, 0);

/** Labels of three classes, 60 % right on average. */
function labelsOf(rows: number, from = 0) {
  const target = Array.from({ length: rows }, (_, i) => uniform.bits(from + 3 * i) % 3);
  const prediction = target.map((t, i) =>
    uniform.bits(from + 3 * i + 1) < 0.4 * 2 ** 32 ? t : uniform.bits(from + 3 * i + 2) % 3,
  );
  return { target, prediction };
}

describe('BootstrapTally', () => {
  const row = fc.record({
    target: fc.nat(2),
    prediction: fc.nat(2),
    weight: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 100, noNaN: true })),
  });

  it('has the same state however rows are split, merged, saved and read', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 15 }), splits(15), (rows, split) => {
        const tallyOf = (part: readonly (typeof rows)[number][]) => {
          const tally = new BootstrapTally({ classes: 3, replicates: 12, seed: 5 });
          for (const one of part) {
            const [t, p] = [Int32Array.of(one.target), Int32Array.of(one.prediction)];
            tally.addLabels(t, p, Float64Array.of(one.weight), rows.indexOf(one));
          }
          return tally;
        };
        const merged = tallyOf([]);
        for (const part of deal(rows, split)) {
          merged.merge(BootstrapTally.fromJSON(JSON.parse(JSON.stringify(tallyOf(part)))));
        }
        expect(JSON.stringify(merged)).toBe(JSON.stringify(tallyOf(rows)));
      }),
      { numRuns: 50 },
    );
  });

  it('takes scored rows as it takes their labels, and leaves out the others', () => {
    const rows = [
      softmaxRow([1, 2, 0], 1, 2),
      { ...softmaxRow([3, 2, 0], 1, 5), status: 1 },
      softmaxRow([3, 2, 0], 1, 0.5),
    ];
    const scored = new BootstrapTally({ classes: 3, replicates: 20 });
    scored.add(scoredRows(rows, true, {}, 7));
    const labels = new BootstrapTally({ classes: 3, replicates: 20 });
    labels.addLabels(Int32Array.of(1), Int32Array.of(1), Float64Array.of(2), 7);
    labels.addLabels(Int32Array.of(1), Int32Array.of(0), Float64Array.of(0.5), 9);
    expect(JSON.stringify(scored)).toBe(JSON.stringify(labels));
    expect(scored.rows).toBe(2);
    expect(scored.observed()[4]).toBe(2);
  });

  it('refuses what does not fit', () => {
    const tally = new BootstrapTally({ classes: 3, replicates: 10 });
    const one = Int32Array.of(1);
    expect(() => tally.addLabels(one, Int32Array.of(3), Float64Array.of(1), 8)).toThrow(
      /Row 8 .* prediction 3/,
    );
    expect(() => tally.addLabels(one, one, Float64Array.of(-1), 8)).toThrow(/row 8: .*-1/);
    expect(tally.rows).toBe(0);
    expect(() => tally.merge(new BootstrapTally({ classes: 3, replicates: 10, seed: 1 }))).toThrow(
      /different seed/,
    );
    expect(() => new BootstrapTally({ classes: 400 })).toThrow(/too many cells/);
    expect(() => new BootstrapTally({ classes: 100, replicates: 1000 })).toThrow(/from 10 to 103/);
    expect(() => BootstrapTally.fromJSON({ ...tally.toJSON(), rows: -1 })).toThrow(
      expect.objectContaining({ code: 'state-damaged' }),
    );
  });
});

describe('bootstrap intervals', () => {
  const { target, prediction } = labelsOf(400);

  it('of weighted labels are those of every metric called once per replicate', () => {
    const sampleWeight = target.map((_, i) => 1 + (i % 5) / 2);
    const options = { replicates: 60, seed: 3, sampleWeight };
    const all = bootstrapLabelScores(target, prediction, options);
    const metrics = {
      accuracy: accuracyScore,
      balanced_accuracy: balancedAccuracyScore,
      mcc: matthewsCorrcoef,
      kappa: cohenKappaScore,
    };
    for (const [name, metric] of Object.entries(metrics)) {
      const one = bootstrapInterval(metric, [target, prediction], options);
      for (const key of ['value', 'low', 'high', 'standardError', 'replicates'] as const) {
        expect(all[name]![key], `${name}.${key}`).toBeCloseTo(one[key], 10);
      }
    }
  });

  it('of rows that weigh 1 spread as the rows of the replicates do', () => {
    const cells = bootstrapLabelScores(target, prediction, { replicates: 2000, seed: 1 });
    const sampleWeight = target.map(() => 1);
    const rows = bootstrapLabelScores(target, prediction, {
      replicates: 2000,
      seed: 1,
      sampleWeight,
    });
    for (const name of ['accuracy', 'mcc', 'kappa_quadratic', 'f1_macro', 'precision_weighted']) {
      const [a, b] = [cells[name]!, rows[name]!];
      expect(a.value, name).toBeCloseTo(b.value, 12);
      // Standard deviations of 2000 replicates are right to 1.6 % each.
      expect(Math.abs(a.standardError / b.standardError - 1), name).toBeLessThan(0.1);
      expect(Math.abs(a.low - b.low), name).toBeLessThan(a.standardError / 2);
      expect(Math.abs(a.high - b.high), name).toBeLessThan(a.standardError / 2);
    }
    const p = cells.accuracy!.value;
    const known = Math.sqrt((p * (1 - p)) / target.length);
    expect(Math.abs(cells.accuracy!.standardError / known - 1)).toBeLessThan(0.1);
  });

  it('hold the true value about as often as they say', () => {
    // Many rows stand for the population.
    const whole = labelsOf(300_000, 2e6);
    const truth = matthewsCorrcoef(whole.target, whole.prediction);
    let held = 0;
    for (let i = 0; i < 100; i++) {
      const sample = labelsOf(150, 1e7 + 1e4 * i);
      const { low, high } = bootstrapLabelScores(sample.target, sample.prediction, {
        replicates: 100,
        seed: i,
        level: 0.9,
      }).mcc!;
      if (low <= truth && truth <= high) held++;
    }
    // 90 of 100, four standard deviations (of 3) either way.
    expect(held).toBeGreaterThan(78);
    expect(held).toBeLessThanOrEqual(100);
  });

  it('follow the seed, the level and the rows, and nothing else', () => {
    const options = { replicates: 50, seed: 4 };
    const first = bootstrapLabelScores(target, prediction, options);
    const backwards = bootstrapLabelScores(
      [...target].reverse(),
      [...prediction].reverse(),
      options,
    );
    expect(backwards).toEqual(first);
    expect(bootstrapLabelScores(target, prediction, { ...options, seed: 5 })).not.toEqual(first);
    const narrow = bootstrapLabelScores(target, prediction, { ...options, level: 0.5 });
    expect(narrow.mcc!.low).toBeGreaterThan(first.mcc!.low);
    expect(narrow.mcc!.high).toBeLessThan(first.mcc!.high);
  });

  it('leave out replicates that have no value', () => {
    const { mcc } = bootstrapLabelScores([0, 1], [0, 1], { replicates: 500 });
    // Both classes are drawn with probability (1 − 1/e)² = 0.40.
    expect(mcc!.replicates).toBeGreaterThan(150);
    expect(mcc!.replicates).toBeLessThan(250);
    expect([mcc!.low, mcc!.high]).toEqual([1, 1]);
    const nothing = bootstrapInterval(() => Number.NaN, [[1, 2]], { replicates: 10 });
    expect(nothing).toMatchObject({ low: Number.NaN, replicates: 0 });
  });

  it('are of any metric that takes weights', () => {
    const p = target.map((t) => 0.2 + 0.3 * t);
    const y = prediction.map((k) => Number(k > 1));
    const { value, low, high, standardError } = bootstrapInterval(brierScoreLoss, [y, p], {
      seed: 2,
    });
    const squares = p.map((x, i) => (x - y[i]!) ** 2);
    const mean = squares.reduce((a, b) => a + b) / p.length;
    const spread = Math.sqrt(squares.reduce((s, x) => s + (x - mean) ** 2, 0)) / p.length;
    expect(value).toBeCloseTo(mean, 12);
    expect(Math.abs(standardError / spread - 1)).toBeLessThan(0.1);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });

  it('refuse what they cannot be of', () => {
    expect(() => bootstrapInterval(accuracyScore, [[], []])).toThrow(/no rows/);
    expect(() => bootstrapInterval(accuracyScore, [[1], [1]], { replicates: 5 })).toThrow(
      /replicates/,
    );
    expect(() => bootstrapInterval(accuracyScore, [[1], [1]], { level: 1 })).toThrow(/level/);
    expect(() => bootstrapLabelMetrics(labelTally(3, true))).toThrow(/BootstrapTally/);
    const tally = new BootstrapTally({ classes: 2, replicates: 20 });
    expect(() => bootstrapLabelMetrics(tally, { replicates: 30 })).toThrow(
      /made with 20 replicates/,
    );
  });
});
