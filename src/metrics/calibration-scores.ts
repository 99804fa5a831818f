/** Calibration as functions of arrays. */

import { CounterRandom, middle } from '../tallies/counter-random.js';
import { exactSum } from '../tallies/exact-sums.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import { debiasedSquare, expectedError, largestError } from './calibration.js';
import { binArrays, type CalibrationOptions, confidencesOf } from './calibration-arrays.js';
import { checkReplicates, type ReplicateOptions } from './replicates.js';

/**
 * Expected calibration error (Naeini, Cooper & Hauskrecht, AAAI 2015):
 * Σ_b (W_b / W)·|accuracy_b − confidence_b| over bins of confidence, 0 … 1.
 *
 * It grows with the number of bins and falls with the number of rows even for
 * a perfectly calibrated model: compare it with {@link calibrationErrorNull}.
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities the largest counts
 * @param yProb probabilities of N rows of C classes, or N of P(y = 1), in any form of {@link Scores}
 * @param options see {@link CalibrationOptions}
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `bad-option`; InputError
 *   `empty-input`, `bad-label`, `mixed-labels`, `unknown-label`, `bad-target-row`, `tied-target`,
 *   `not-probabilities`, `invalid-scores`, `bad-weight`
 * @example
 * ```ts
 * import { expectedCalibrationError } from 'logitscope';
 *
 * const [targets, probabilities] = [[1, 0, 1, 1], [0.9, 0.2, 0.6, 0.4]];
 * expectedCalibrationError(targets, probabilities, { bins: 5 }); // 0.125
 * expectedCalibrationError(targets, probabilities, { bins: 5, on: 'positive' }); // 0.325
 * ```
 */
export function expectedCalibrationError(
  yTrue: Targets,
  yProb: Scores,
  options: CalibrationOptions = {},
): number {
  return expectedError(binArrays(yTrue, yProb, options).bins);
}

/**
 * Maximum calibration error: the largest |accuracy_b − confidence_b| of bins
 * that hold weight, 0 … 1.
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities the largest counts
 * @param yProb probabilities of N rows of C classes, or N of P(y = 1), in any form of {@link Scores}
 * @throws as {@link expectedCalibrationError}
 * @example
 * ```ts
 * import { maximumCalibrationError } from 'logitscope';
 *
 * maximumCalibrationError([1, 0, 1, 1], [0.9, 0.2, 0.6, 0.4], { bins: 2, on: 'positive' }); // 0.25
 * ```
 */
export function maximumCalibrationError(
  yTrue: Targets,
  yProb: Scores,
  options: CalibrationOptions = {},
): number {
  return largestError(binArrays(yTrue, yProb, options).bins);
}

/**
 * The square of the calibration error with what chance adds to it taken off:
 * Σ_b (n_b / N)·[(accuracy_b − confidence_b)² − v_b / n_b], v_b the sample
 * variance of hit − confidence in the bin; bins of one row are left out (Ferro
 * & Fricker, Q. J. R. Meteorol. Soc. 138, 2012). Near 0, of either sign, for a
 * calibrated model.
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities the largest counts
 * @param yProb probabilities of N rows of C classes, or N of P(y = 1), in any form of {@link Scores}
 * @param options see {@link CalibrationOptions}; every row weighs 1
 * @throws as {@link expectedCalibrationError}; UsageError `bad-option` for sample weights
 * @example
 * ```ts
 * import { squaredCalibrationError } from 'logitscope';
 *
 * squaredCalibrationError([1, 0, 1, 1], [0.9, 0.8, 0.6, 0.6], { bins: 2, on: 'positive' }); // -0.08
 * ```
 */
export function squaredCalibrationError(
  yTrue: Targets,
  yProb: Scores,
  options: Omit<CalibrationOptions, 'sampleWeight'> = {},
): number {
  if ((options as CalibrationOptions).sampleWeight !== undefined) {
    throw new UsageError('bad-option', 'The de-biased square is for rows that all weigh 1.');
  }
  return debiasedSquare(binArrays(yTrue, yProb, options).bins);
}

/**
 * Mean confidence − accuracy, −1 … 1: positive where the probabilities claim
 * too much. With `on: 'positive'` mean P(y = 1) − the share of rows with y = 1.
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities the largest counts
 * @param yProb probabilities of N rows of C classes, or N of P(y = 1), in any form of {@link Scores}
 * @throws as {@link expectedCalibrationError}
 * @example
 * ```ts
 * import { calibrationGap } from 'logitscope';
 *
 * calibrationGap([0, 1, 1, 0], [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.7, 0.3]]); // 0
 * calibrationGap([0, 1, 1, 0], [0.1, 0.2, 0.6, 0.3], { on: 'positive' }); // -0.2
 * ```
 */
export function calibrationGap(
  yTrue: Targets,
  yProb: Scores,
  options: Omit<CalibrationOptions, 'bins' | 'binning'> = {},
): number {
  const { confidence, hit, weights } = confidencesOf(yTrue, yProb, options);
  if (weights === null) {
    return exactSum(confidence.map((p, row) => p - hit[row])) / confidence.length;
  }
  return exactSum(confidence.map((p, row) => weights[row] * (p - hit[row]))) / exactSum(weights);
}

/** One bin of a calibration curve. */
export interface CalibrationPoint {
  /** The bin is [low, high); the last one holds its end. */
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  readonly weight: number;
  /** Mean confidence; NaN for a bin without weight. */
  readonly confidence: number;
  /** Share of rows that are right (or positive); NaN for a bin without weight. */
  readonly accuracy: number;
}

/**
 * The reliability diagram: one point per bin of confidence.
 *
 * `accuracy` and `confidence` of bins that hold rows are `prob_true` and
 * `prob_pred` of scikit-learn's `calibration_curve`, which is on P(y = 1): take
 * `on: 'positive'`. (`equal-mass` never splits equal confidences, and so may
 * cut elsewhere than its `quantile`.)
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities the largest counts
 * @param yProb probabilities of N rows of C classes, or N of P(y = 1), in any form of {@link Scores}
 * @throws as {@link expectedCalibrationError}
 * @example
 * ```ts
 * import { calibrationCurve } from 'logitscope';
 *
 * const curve = calibrationCurve([0, 1, 1, 0], [0.1, 0.9, 0.6, 0.3], { bins: 2, on: 'positive' });
 * curve[0].confidence; // 0.2
 * curve[1].accuracy; // 1
 * ```
 */
export function calibrationCurve(
  yTrue: Targets,
  yProb: Scores,
  options: CalibrationOptions = {},
): CalibrationPoint[] {
  const { bins, edges } = binArrays(yTrue, yProb, options);
  return Array.from({ length: bins.count }, (_, i) => {
    const { rows, weight, hits, confidence } = bins.bin(i);
    return {
      low: Math.max(0, edges[i]!),
      high: Math.min(1, edges[i + 1]!),
      rows,
      weight,
      confidence: confidence / weight,
      accuracy: hits / weight,
    };
  });
}

/** An expected calibration error beside what chance alone would make of it. */
export interface CalibrationErrorNull {
  /** The expected calibration error of the targets. */
  readonly observed: number;
  /** Its mean for a perfectly calibrated model with these confidences. */
  readonly mean: number;
  /** Ends of the middle `level` of what such a model shows. */
  readonly low: number;
  readonly high: number;
  /** Share of such models that show as much as was observed: (1 + how many) / (1 + replicates). */
  readonly pValue: number;
}

/**
 * What a perfectly calibrated model with the same confidences would show as
 * expected calibration error by chance: each replicate draws the hit of every
 * row with its confidence as probability (consistency resampling, Bröcker &
 * Smith, Weather Forecast. 22, 2007). Draws are a hash of seed, replicate and row.
 *
 * Takes some 5 ns per row and replicate.
 * @param yTrue targets in any form of {@link Targets}; of rows of probabilities the largest counts
 * @param yProb probabilities of N rows of C classes, or N of P(y = 1), in any form of {@link Scores}
 * @param options.replicates how many models; default 200
 * @param options.seed integer; default 0
 * @param options.level of the interval; default 0.95
 * @throws as {@link expectedCalibrationError}
 * @example
 * ```ts
 * import { calibrationErrorNull } from 'logitscope';
 *
 * const { observed, pValue } = calibrationErrorNull([1, 0, 1, 1], [0.99, 0.98, 0.99, 0.98]);
 * observed; // 0.235
 * pValue < 0.1; // true
 * ```
 */
export function calibrationErrorNull(
  yTrue: Targets,
  yProb: Scores,
  options: CalibrationOptions & ReplicateOptions = {},
): CalibrationErrorNull {
  const { replicates, seed, level } = checkReplicates(options, 200);
  const { rows, bins } = binArrays(yTrue, yProb, options);
  const { confidence, weights } = rows;
  const count = confidence.length;
  const places = new Int32Array(count);
  bins.place(confidence, places, count);
  const expected = Float64Array.from({ length: bins.count }, (_, i) => bins.bin(i).confidence);
  const { weight } = bins.totals();
  const errors = new Float64Array(replicates);
  const hits = new Float64Array(bins.count);
  for (let replicate = 0; replicate < replicates; replicate++) {
    const random = new CounterRandom(seed, replicate);
    hits.fill(0);
    for (let row = 0; row < count; row++) {
      if (random.bits(row) < confidence[row] * 2 ** 32) {
        hits[places[row]] += weights === null ? 1 : weights[row];
      }
    }
    errors[replicate] = exactSum(hits.map((hit, i) => Math.abs(hit - expected[i]!))) / weight;
  }
  const observed = expectedError(bins);
  const asLarge = errors.reduce((many, error) => many + (error >= observed ? 1 : 0), 0);
  return {
    observed,
    mean: exactSum(errors) / replicates,
    ...middle(errors.sort(), level),
    pValue: (1 + asLarge) / (1 + replicates),
  };
}
