/** Metrics of probabilities in arrays against scikit-learn and plain sums. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  calibrationCurve,
  calibrationErrorNull,
  calibrationGap,
  expectedCalibrationError,
  maximumCalibrationError,
  squaredCalibrationError,
} from '../../src/metrics/calibration-scores.js';
import {
  brierScoreLoss,
  logLoss,
  meanReciprocalRank,
  topKAccuracyScore,
} from '../../src/metrics/probability-scores.js';
import { InputError, UsageError } from '../../src/types/errors.js';
import { expectClose } from '../support/close.js';
import { softmaxRow } from '../tallies/scored-rows.js';

interface Case {
  readonly name: string;
  readonly probabilities: number[][];
  readonly target: number[];
  readonly names: string[];
  readonly weight: number[] | null;
  readonly log_loss: number;
  readonly log_loss_sum: number;
  readonly top: number[];
}

interface SingleCase {
  readonly name: string;
  readonly probabilities: number[];
  readonly target: number[];
  readonly weight: number[] | null;
  readonly log_loss: number;
  readonly brier: number;
  readonly calibration_curve: { accuracy: number[]; confidence: number[] } | null;
}

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/classification.json', import.meta.url), 'utf8'),
) as { probabilities: Case[]; single: SingleCase[] };

describe.each(fixture.probabilities)('scikit-learn, $name', (entry) => {
  const { probabilities, target } = entry;
  const sampleWeight = entry.weight ?? undefined;
  const flat = Float64Array.from(probabilities.flat());

  it('log loss, its sum, from rows and from one array, with labels in words', () => {
    expectClose(logLoss(target, probabilities, { sampleWeight }), entry.log_loss, 'rows');
    expectClose(logLoss(target, flat, { sampleWeight }), entry.log_loss, 'flat');
    const sum = logLoss(target, flat, { sampleWeight, normalize: false });
    expectClose(sum, entry.log_loss_sum, 'sum');
    const words = target.map((k) => entry.names[k]!);
    expectClose(logLoss(words, flat, { sampleWeight }), entry.log_loss, 'words');
    const labels = [...entry.names].reverse();
    const mirrored = probabilities.map((row) => [...row].reverse());
    expectClose(logLoss(words, mirrored, { sampleWeight, labels }), entry.log_loss, 'order');
  });

  it.each(entry.top.map((value, i) => [i + 1, value]))('top %i', (k, value) => {
    expectClose(topKAccuracyScore(target, flat, { k, sampleWeight }), value, `top ${k}`);
  });
});

describe.each(fixture.single)('scikit-learn, $name', (entry) => {
  const { probabilities, target } = entry;
  const sampleWeight = entry.weight ?? undefined;

  it('log loss and Brier score, with labels 0 and 1, −1 and 1, and in words', () => {
    const signed = target.map((y) => 2 * y - 1);
    const words = target.map((y) => (y === 1 ? 'yes' : 'no'));
    for (const y of [target, signed, words]) {
      expectClose(logLoss(y, probabilities, { sampleWeight }), entry.log_loss, 'log loss');
      expectClose(brierScoreLoss(y, probabilities, { sampleWeight }), entry.brier, 'Brier');
    }
    const both = probabilities.map((p) => [1 - p, p]);
    expectClose(brierScoreLoss(target, both, { sampleWeight }), 2 * entry.brier, 'two columns');
  });

  it.runIf(entry.calibration_curve)('calibration curve', () => {
    const curve = calibrationCurve(target, probabilities, { bins: 10, on: 'positive' });
    const held = curve.filter(({ rows }) => rows > 0);
    const { accuracy, confidence } = entry.calibration_curve!;
    expectClose(
      held.map((bin) => bin.accuracy),
      accuracy,
      'accuracy',
    );
    expectClose(
      held.map((bin) => bin.confidence),
      confidence,
      'confidence',
    );
  });
});

describe('oracles', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../oracles/metrics.json', import.meta.url), 'utf8'),
  ) as {
    cases: {
      name: string;
      logits?: number[][];
      target: number[];
      sample_weight: number[] | null;
      expected: Record<string, number>;
    }[];
  };
  it.each(cases.filter(({ logits }) => logits))('$name', ({ logits, target, ...entry }) => {
    const sampleWeight = entry.sample_weight ?? undefined;
    const rows = logits!.map((row, i) => softmaxRow(row, target[i]!).probabilities);
    const { expected } = entry;
    expectClose(logLoss(target, rows, { sampleWeight }), expected.log_loss, 'log loss');
    expectClose(brierScoreLoss(target, rows, { sampleWeight }), expected.brier_multiclass, 'Brier');
    for (let k = 1; expected[`top_${k}_accuracy`] !== undefined; k++) {
      const top = topKAccuracyScore(target, logits!, { k, sampleWeight });
      expectClose(top, expected[`top_${k}_accuracy`], `top ${k}`);
    }
    if (sampleWeight === undefined) {
      expectClose(
        expectedCalibrationError(target, rows),
        expected.ece_15_equal_width_top_label,
        'ECE',
      );
      expectClose(
        maximumCalibrationError(target, rows),
        expected.mce_15_equal_width_top_label,
        'MCE',
      );
    }
  });
});

/** A calibration error spelled out, bins given by their bounds. */
function spelledOut(p: number[], y: number[], w: number[], edges: number[]) {
  const bins = edges.slice(1).map((high, i) => {
    const inside = p.map((_, r) => r).filter((r) => p[r]! >= edges[i]! && p[r]! < high);
    const sum = (f: (r: number) => number) => inside.reduce((s, r) => s + w[r]! * f(r), 0);
    return { weight: sum(() => 1), gap: sum((r) => y[r]! - p[r]!) };
  });
  const total = w.reduce((a, b) => a + b, 0);
  return {
    ece: bins.reduce((s, { gap }) => s + Math.abs(gap), 0) / total,
    mce: Math.max(...bins.filter((b) => b.weight > 0).map((b) => Math.abs(b.gap) / b.weight)),
  };
}

const singleRows = fc.array(
  fc.record({
    p: fc.oneof(fc.constantFrom(0, 0.25, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    y: fc.constantFrom(0, 1),
    w: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('calibration', () => {
  it('is what the bins spelled out give, weighted or not', () => {
    fc.assert(
      fc.property(
        singleRows,
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        (rows, bins, weighted) => {
          const [p, y] = [rows.map((row) => row.p), rows.map((row) => row.y)];
          const w = rows.map((row) => (weighted ? row.w : 1));
          const edges = Array.from({ length: bins + 1 }, (_, i) => i / bins);
          edges[bins] = 2;
          const options = { bins, on: 'positive', ...(weighted && { sampleWeight: w }) } as const;
          const { ece, mce } = spelledOut(p, y, w, edges);
          expect(expectedCalibrationError(y, p, options)).toBeCloseTo(ece, 12);
          expect(maximumCalibrationError(y, p, options)).toBeCloseTo(mce, 12);
          const gap = p.reduce((s, x, r) => s + w[r]! * (x - y[r]!), 0) / w.reduce((a, b) => a + b);
          expect(calibrationGap(y, p, options)).toBeCloseTo(gap, 12);
        },
      ),
    );
  });

  it('of equal mass: bins of one confidence or no more than their share, never a split one', () => {
    fc.assert(
      fc.property(
        singleRows,
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        (rows, bins, weighted) => {
          const [p, y] = [rows.map((row) => row.p), rows.map((row) => row.y)];
          const sampleWeight = weighted ? rows.map((row) => row.w) : undefined;
          const options = { bins, on: 'positive', binning: 'equal-mass', sampleWeight } as const;
          const curve = calibrationCurve(y, p, options);
          expect(curve.length).toBeLessThanOrEqual(bins);
          const total = (sampleWeight ?? p.map(() => 1)).reduce((a, b) => a + b);
          expect(curve.reduce((s, { weight }) => s + weight, 0)).toBe(total);
          expect(curve.reduce((s, bin) => s + bin.rows, 0)).toBe(rows.length);
          const edges = [...curve.map(({ low }) => low), 2];
          expect(expectedCalibrationError(y, p, options)).toBeCloseTo(
            spelledOut(p, y, sampleWeight ?? p.map(() => 1), edges).ece,
            12,
          );
          const heaviest = Math.max(
            ...p.map((x) =>
              p.reduce((sum, q, r) => sum + (q === x ? (sampleWeight?.[r] ?? 1) : 0), 0),
            ),
          );
          for (const { rows: held, weight } of curve) {
            expect(held).toBeGreaterThan(0);
            // A cut is off by half a group of equal confidences at most.
            expect(weight).toBeLessThanOrEqual(total / bins + heaviest + 1e-9);
          }
          const backwards = calibrationCurve([...y].reverse(), [...p].reverse(), {
            ...options,
            sampleWeight: sampleWeight && [...sampleWeight].reverse(),
          });
          expect(backwards).toEqual(curve);
        },
      ),
    );
  });

  it('of equal mass cuts distinct confidences into quarters', () => {
    const p = Array.from({ length: 8 }, (_, i) => (i + 1) / 10);
    const y = p.map(() => 1);
    const curve = calibrationCurve(y, p, { bins: 4, binning: 'equal-mass', on: 'positive' });
    expect(curve.map(({ rows }) => rows)).toEqual([2, 2, 2, 2]);
    const ties = calibrationCurve([1, 1, 1, 1, 1, 0], [0.2, 0.2, 0.2, 0.2, 0.2, 0.9], {
      bins: 3,
      binning: 'equal-mass',
      on: 'positive',
    });
    expect(ties.map(({ rows }) => rows)).toEqual([5, 1]);
  });

  it('of the top label: that of the likelier class, at 0.5 class 1', () => {
    const [y, p] = [
      [1, 0, 1, 0],
      [0.5, 0.5, 0.2, 0.3],
    ];
    const both = p.map((x) => [1 - x, x]);
    expect(calibrationGap(y, p)).toBeCloseTo((0.5 + 0.5 + 0.8 + 0.7) / 4 - 2 / 4, 15);
    // With two columns the lower index wins the tie.
    expect(calibrationGap(y, both)).toBeCloseTo((0.5 + 0.5 + 0.8 + 0.7) / 4 - 2 / 4, 15);
    expect(calibrationGap(y, both, { on: 'positive' })).toBe(
      calibrationGap(y, p, { on: 'positive' }),
    );
  });

  it('the de-biased square is 0 on average for a calibrated model, the plain square is not', () => {
    // All outcomes of 6 rows of P = 0.3 and 0.8, each with its probability.
    const p = [0.3, 0.3, 0.3, 0.3, 0.8, 0.8];
    let [debiased, plain] = [0, 0];
    for (let outcome = 0; outcome < 64; outcome++) {
      const y = p.map((_, r) => (outcome >> r) & 1);
      const chance = p.reduce((product, x, r) => product * (y[r] === 1 ? x : 1 - x), 1);
      const options = { bins: 2, on: 'positive' } as const;
      debiased += chance * squaredCalibrationError(y, p, options);
      const { length } = p;
      for (const bin of calibrationCurve(y, p, options)) {
        plain += chance * (bin.rows / length) * (bin.accuracy - bin.confidence) ** 2;
      }
    }
    expect(debiased).toBeCloseTo(0, 14);
    expect(plain).toBeGreaterThan(0.05);
  });

  it('the null has the mean of the binomial, and tells miscalibration from chance', () => {
    const n = 20;
    const p = new Array(n).fill(0.7);
    // E|X − np| / n, X binomial.
    let [mean, chance] = [0, 0.3 ** n];
    for (let k = 0; k <= n; k++) {
      mean += (chance * Math.abs(k - n * 0.7)) / n;
      chance *= (((n - k) / (k + 1)) * 0.7) / 0.3;
    }
    const options = { on: 'positive', replicates: 4000 } as const;
    const right = calibrationErrorNull(
      p.map((_, r) => (r < 14 ? 1 : 0)),
      p,
      options,
    );
    // A replicate has standard deviation 0.06, the mean of 4000 one of 0.001.
    expect(Math.abs(right.mean - mean)).toBeLessThan(0.005);
    expect(right.observed).toBeCloseTo(0, 12);
    expect(right.pValue).toBe(1);
    expect(right.low).toBeLessThan(right.mean);
    expect(right.high).toBeGreaterThan(right.mean);
    const wrong = calibrationErrorNull(
      p.map(() => 0),
      p,
      options,
    );
    expect(wrong.pValue).toBe(1 / 4001);
    expect(wrong.mean).toBe(right.mean);
    expect(
      calibrationErrorNull(
        p.map(() => 0),
        p,
        { ...options, seed: 1 },
      ).mean,
    ).not.toBe(wrong.mean);
  });
});

describe('ranks', () => {
  it('are counted from the largest, ties to the lower index', () => {
    const scores = [
      [3, 3, 1],
      [3, 3, 1],
      [Number.NEGATIVE_INFINITY, 2, 1],
      [0, 0, 0],
    ];
    expect(meanReciprocalRank([0, 1, 0, 2], scores)).toBeCloseTo(
      (1 + 1 / 2 + 1 / 3 + 1 / 3) / 4,
      15,
    );
    expect(topKAccuracyScore([0, 1, 0, 2], scores, { k: 1 })).toBe(0.25);
    expect(topKAccuracyScore([0, 1, 0, 2], scores)).toBe(0.5);
    expect(
      topKAccuracyScore([0, 1, 0, 2], scores, { normalize: false, sampleWeight: [1, 5, 1, 1] }),
    ).toBe(6);
  });
});

describe('probabilities', () => {
  it('are clipped at the epsilon of their array, and nowhere else', () => {
    const zero = [1, 0, 0.5, 0.5];
    expect(logLoss([1, 1], zero)).toBeCloseTo((52 * Math.LN2 + Math.LN2) / 2, 12);
    expect(logLoss([1, 1], Float32Array.from(zero))).toBeCloseTo(
      (23 * Math.LN2 + Math.LN2) / 2,
      12,
    );
    expect(logLoss([1, 1], zero, { eps: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(logLoss([1, 1], zero, { eps: 1e-15 })).toBeCloseTo(
      (-Math.log(1e-15) + Math.LN2) / 2,
      12,
    );
    expect(logLoss([0, 1], [1e-17, 1 - 1e-16])).toBeLessThan(1e-15);
  });

  it('are refused where they are none, or do not fit', () => {
    const check = (run: () => unknown, type: unknown, code: string, message: RegExp) => {
      expect(run).toThrow(type as typeof Error);
      expect(run).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    };
    check(
      () =>
        logLoss(
          [0, 1],
          [
            [0.5, 0.5],
            [2, -1],
          ],
        ),
      InputError,
      'not-probabilities',
      /row 1: .*softmax/,
    );
    check(
      () =>
        logLoss(
          [0, 1],
          [
            [0.5, 0.5],
            [0.5, 0.4],
          ],
        ),
      InputError,
      'not-probabilities',
      /row 1/,
    );
    check(() => logLoss([0, 1], [0.5, 1.5]), InputError, 'not-probabilities', /row 1/);
    check(() => logLoss([0, 1], [0.5, Number.NaN]), InputError, 'invalid-scores', /row 1/);
    check(
      () => logLoss([0, 1, 1], [0.5, 0.5]),
      UsageError,
      'length-mismatch',
      /2 scores do not fit 3 targets/,
    );
    check(
      () => logLoss([0, 1, 1], [[0.5, 0.5]]),
      UsageError,
      'length-mismatch',
      /1 rows of 2 scores/,
    );
    check(
      () =>
        logLoss(
          [0, 5],
          [
            [0.5, 0.5, 0],
            [1, 0, 0],
          ],
        ),
      InputError,
      'unknown-label',
      /3 columns is for cannot be told/,
    );
    check(
      () =>
        logLoss(
          ['a', 'b'],
          [
            [0.5, 0.5],
            [1, 0],
          ],
          { labels: ['b', 'c'] },
        ),
      InputError,
      'unknown-label',
      /row 0: .*"a"/,
    );
    check(
      () =>
        logLoss(
          [0, 1],
          [
            [0.5, 0.5],
            [1, 0],
          ],
          { labels: [0] },
        ),
      UsageError,
      'bad-option',
      /needs 2 labels/,
    );
    check(
      () => logLoss([0, 1], [0.5, 0.5], { sampleWeight: [1, -1] }),
      InputError,
      'bad-weight',
      /row 1/,
    );
    check(() => logLoss([], []), InputError, 'empty-input', /no rows/);
    check(
      () => topKAccuracyScore([0, 1], [0.5, 0.5]),
      UsageError,
      'length-mismatch',
      /every class/,
    );
    check(() => topKAccuracyScore([0], [[1, 2]], { k: 0 }), UsageError, 'bad-option', /k holds 0/);
    check(
      () => expectedCalibrationError([0], [[0.5, 0.25, 0.25]], { on: 'positive' }),
      UsageError,
      'bad-option',
      /two classes; found 3/,
    );
    check(
      () => expectedCalibrationError([0], [0.5], { bins: 0 }),
      UsageError,
      'bad-option',
      /bins/,
    );
    check(
      () => expectedCalibrationError([0], [0.5], { sampleWeight: [-1] }),
      InputError,
      'bad-weight',
      /row 0/,
    );
    check(
      () => expectedCalibrationError([0], [0.5], { binning: 'x' as 'equal-mass' }),
      UsageError,
      'bad-option',
      /"x"/,
    );
    check(
      () => calibrationErrorNull([0], [0.5], { replicates: 1 }),
      UsageError,
      'bad-option',
      /replicates/,
    );
  });
});
