/** Reliability of confidences over bins. */

import type { CalibrationBins } from '../tallies/calibration-bins.js';
import { exactSum } from '../tallies/exact-sums.js';
import {
  type Mean,
  type RatioMoments,
  ratioMean,
  type WeightMoments,
} from '../tallies/ratio-moments.js';
import type { CalibrationBin } from '../types/report.js';
import { binomialDeviation } from './binomial.js';
import type { ScalarMath } from './scalar-math.js';

/** Rows that were put into bins, and the moments of confidence − hit where they have weights. */
export interface BinnedRows {
  readonly bins: CalibrationBins;
  readonly gap: RatioMoments | null;
}

/** The reliability diagram over bins of equal width. */
export function calibrationBins(bins: CalibrationBins): CalibrationBin[] {
  return Array.from({ length: bins.count }, (_, i) => {
    const { rows, weight, hits, confidence } = bins.bin(i);
    return {
      low: i / bins.count,
      high: (i + 1) / bins.count,
      rows,
      confidence: confidence / weight,
      accuracy: hits / weight,
    };
  });
}

/** Σ_b (W_b / W) · |accuracy_b − confidence_b|. */
export function expectedError(bins: CalibrationBins): number {
  const gaps = Array.from({ length: bins.count }, (_, i) => {
    const { hits, confidence } = bins.bin(i);
    return Math.abs(hits - confidence);
  });
  return exactSum(gaps) / bins.totals().weight;
}

/**
 * What {@link expectedError} comes to by chance alone where the confidences are
 * right: Σ_b E|hits − Σconfidence| / N, the hits of a bin binomial with its mean
 * confidence. Every row must weigh 1.
 */
export function expectedErrorByChance(bins: CalibrationBins, math: ScalarMath): number {
  const deviations = Array.from({ length: bins.count }, (_, i) => {
    const { rows, confidence } = bins.bin(i);
    return binomialDeviation(rows, confidence / rows, math);
  });
  return exactSum(deviations) / bins.totals().rows;
}

/** The largest |accuracy_b − confidence_b| of bins that hold weight. */
export function largestError(bins: CalibrationBins): number {
  let worst = Number.NaN;
  for (let i = 0; i < bins.count; i++) {
    const { weight, hits, confidence } = bins.bin(i);
    const gap = Math.abs(hits - confidence) / weight;
    if (weight > 0 && !(gap <= worst)) worst = gap;
  }
  return worst;
}

/**
 * Σ_b (n_b / N) · [(accuracy_b − confidence_b)² − v_b / n_b] over the bins of
 * two rows or more, v_b the sample variance of hit − confidence in the bin: what
 * chance adds to the square of each bin's gap is taken off (Ferro & Fricker,
 * Q. J. R. Meteorol. Soc. 138, 2012; Kumar, Liang & Ma, NeurIPS 2019). May be negative.
 * Every row must weigh 1.
 */
export function debiasedSquare(bins: CalibrationBins): number {
  const terms = Array.from({ length: bins.count }, (_, i) => {
    const { rows, hits, confidence, squaredGap } = bins.bin(i);
    if (rows < 2) return 0;
    const gap = (hits - confidence) / rows;
    const variance = Math.max(0, squaredGap - rows * gap * gap) / (rows - 1);
    return rows * gap * gap - variance;
  });
  return exactSum(terms) / bins.totals().rows;
}

/** Mean confidence − mean hit: positive where the scores claim too much. */
export function calibrationGap(weights: WeightMoments, { bins, gap }: BinnedRows): Mean {
  const totals = weights.totals();
  if (gap !== null) return gap.over(totals);
  const { confidence, hits, squaredGap } = bins.totals();
  return ratioMean(confidence - hits, squaredGap, confidence - hits, totals);
}
