/** Binomial probabilities against sums over all outcomes, and the chance part of calibration errors. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialDeviation, logBinomial } from '../../src/metrics/binomial.js';
import { expectedErrorByChance } from '../../src/metrics/calibration.js';
import { calibrationErrorNull } from '../../src/metrics/calibration-scores.js';
import { binEdges, CalibrationBins } from '../../src/tallies/calibration-bins.js';

/** P[Bin(n, p) = k] by the recurrence from k = 0. */
function probabilities(n: number, p: number): number[] {
  const all = [(1 - p) ** n];
  for (let k = 0; k < n; k++) all.push((all[k]! * (n - k) * p) / ((k + 1) * (1 - p)));
  return all;
}

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });

describe('the binomial distribution', () => {
  it('has the probabilities that the recurrence gives', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), share, (n, p) => {
        probabilities(n, p).forEach((wanted, k) => {
          if (wanted < 1e-200) return;
          expect(Math.exp(logBinomial(n, k, p, Math)) / wanted).toBeCloseTo(1, 10);
        });
      }),
    );
  });

  it('deviates from its mean by Σ|k − np|·P[k]', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), share, (n, p) => {
        const wanted = probabilities(n, p).reduce((sum, q, k) => sum + q * Math.abs(k - n * p), 0);
        expect(binomialDeviation(n, p, Math)).toBeCloseTo(wanted, 10);
      }),
    );
    expect(binomialDeviation(1000, 1, Math)).toBe(0);
    expect(binomialDeviation(0, Number.NaN, Math)).toBe(0);
    // √(2/π·npq) of large numbers.
    expect(binomialDeviation(1e9, 0.3, Math) / Math.sqrt((2 / Math.PI) * 1e9 * 0.21)).toBeCloseTo(
      1,
      6,
    );
  });
});

describe('a calibration error by chance', () => {
  it('is what models that are right about their confidence show', () => {
    const rows = 3000;
    const confidence = Array.from(
      { length: rows },
      (_, i) => 0.5 + 0.5 * ((i * 0.618034) % 1) ** 0.5,
    );
    const bins = new CalibrationBins(false, binEdges());
    bins.addRows(Float64Array.from(confidence), new Float64Array(rows), null, rows);
    const targets = confidence.map((p, i) => (p > (i * 0.754878) % 1 ? 1 : 0));
    const sampled = calibrationErrorNull(targets, confidence, { replicates: 2000 });
    expect(expectedErrorByChance(bins, Math) / sampled.mean).toBeGreaterThan(0.98);
    expect(expectedErrorByChance(bins, Math) / sampled.mean).toBeLessThan(1.04);
  });
});
