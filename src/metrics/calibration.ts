/** Reliability of the top label over 15 bins of equal width. */

import { CALIBRATION_BINS, type CalibrationBins } from '../tallies/calibration-bins.js';
import type { ClassificationTally } from '../tallies/classification-tally.js';
import { exactSum } from '../tallies/exact-sums.js';
import { type Mean, ratioMean } from '../tallies/ratio-moments.js';
import type { CalibrationBin } from '../types/report.js';

/** The reliability diagram; null for labels without scores. */
export function calibrationBins(tally: ClassificationTally): CalibrationBin[] | null {
  if (tally.scores === null) return null;
  const { bins } = tally.scores;
  return Array.from({ length: CALIBRATION_BINS }, (_, i) => {
    const { rows, weight, hits, confidence } = bins.bin(i);
    return {
      low: i / CALIBRATION_BINS,
      high: (i + 1) / CALIBRATION_BINS,
      rows,
      confidence: confidence / weight,
      accuracy: hits / weight,
    };
  });
}

/** Σ_b (W_b / W) · |accuracy_b − confidence_b|. */
export function expectedCalibrationError(bins: CalibrationBins): number {
  const gaps = Array.from({ length: CALIBRATION_BINS }, (_, i) => {
    const { hits, confidence } = bins.bin(i);
    return Math.abs(hits - confidence);
  });
  return exactSum(gaps) / bins.totals().weight;
}

/** The largest |accuracy_b − confidence_b| of bins that hold weight. */
export function maximumCalibrationError(bins: CalibrationBins): number {
  let worst = Number.NaN;
  for (let i = 0; i < CALIBRATION_BINS; i++) {
    const { weight, hits, confidence } = bins.bin(i);
    const gap = Math.abs(hits - confidence) / weight;
    if (weight > 0 && !(gap <= worst)) worst = gap;
  }
  return worst;
}

/** Mean confidence − accuracy: positive where the scores claim too much. */
export function calibrationGap(tally: ClassificationTally): Mean | null {
  if (tally.scores === null) return null;
  const totals = tally.weights.totals();
  const { gap, bins } = tally.scores;
  if (gap !== null) return gap.over(totals);
  const { confidence, hits, squaredGap } = bins.totals();
  return ratioMean(confidence - hits, squaredGap, confidence - hits, totals);
}
