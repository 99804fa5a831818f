/** Metrics of rows of several labels as functions of arrays. */

import { InputError } from '../types/errors.js';
import type { Scores } from '../types/forms.js';
import { checkBeta } from './class-rates.js';
import { countIndicators, labelsPerRow, rowsOf } from './indicator-arrays.js';
import { requireLength, requireRows, type SampleWeight } from './label-arrays.js';
import type { Metrics } from './metric-values.js';
import { multilabelMarginals } from './multilabel-marginals.js';
import { type MultilabelMetricsOptions, multilabelMetrics } from './multilabel-metrics.js';

/**
 * One 2 × 2 matrix per label: `[[TN, FP], [FN, TP]]`, in weights of rows.
 *
 * As scikit-learn's `multilabel_confusion_matrix` of indicator rows.
 * @param yTrue N lists of L numbers, 0 or 1, or one flat array with `classes`: L
 * @param yPred likewise
 * @throws UsageError `length-mismatch`; InputError `empty-input`, `bad-target`, `bad-prediction`,
 *   `bad-weight`
 * @example
 * ```ts
 * import { multilabelConfusionMatrix } from 'logitscope';
 *
 * const matrices = multilabelConfusionMatrix([[1, 0], [1, 1]], [[1, 0], [0, 1]]);
 * matrices[0][1][0]; // 1
 * ```
 */
export function multilabelConfusionMatrix(
  yTrue: Scores,
  yPred: Scores,
  options: {
    readonly classes?: number | undefined;
    readonly sampleWeight?: SampleWeight | undefined;
  } = {},
): [[number, number], [number, number]][] {
  const labels = options.classes ?? labelsPerRow(yTrue, yPred);
  const rows = rowsOf('yTrue', yTrue, labels);
  const tally = countIndicators(rows, rowsOf('yPred', yPred, labels), options.sampleWeight);
  const { targets, predictions, hits, weight } = multilabelMarginals(tally);
  return Array.from(targets, (target, k) => {
    const falsePositives = Math.max(0, predictions[k]! - hits[k]!);
    const misses = Math.max(0, target - hits[k]!);
    return [
      [Math.max(0, weight - target - falsePositives), falsePositives],
      [misses, hits[k]!],
    ];
  });
}

export interface MultilabelScoresOptions extends MultilabelMetricsOptions {
  /** Least score of a label that is predicted; default 0.5. For logits, 0. */
  readonly threshold?: number | undefined;
  /** Labels per row, which flat arrays need. */
  readonly classes?: number | undefined;
  /** β of each Fβ; default 1. */
  readonly betas?: readonly number[] | undefined;
  /** Weight of each row; every row weighs 1 by default. */
  readonly sampleWeight?: SampleWeight | undefined;
}

/**
 * Puts a threshold to scores and gives every metric of rows of several labels
 * by name: `exact_match`, `hamming`, `f1_samples`, `precision_macro`, …
 * @param yTrue N lists of L numbers, 0 or 1, or one flat array with `classes`: L
 * @param yScore N × L scores likewise: probabilities, logits with `threshold: 0`, or 0 and 1
 * @returns values with 95 % intervals where there is a closed form
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-target`,
 *   `bad-score` (NaN), `bad-weight`
 * @example
 * ```ts
 * import { multilabelScores } from 'logitscope';
 *
 * const scores = multilabelScores([[1, 0, 1], [0, 1, 0]], [[0.9, 0.2, 0.4], [0.1, 0.8, 0.6]]);
 * scores.hamming.value; // 0.3333333333
 * scores.f1_micro.value; // 0.6666666667
 * ```
 */
export function multilabelScores(
  yTrue: Scores,
  yScore: Scores,
  options: MultilabelScoresOptions = {},
): Metrics {
  const { threshold = 0.5, betas = [1], sampleWeight, classes, ...others } = options;
  for (const beta of betas) checkBeta('betas', beta);
  const labels = classes ?? labelsPerRow(yTrue, yScore);
  const targets = rowsOf('yTrue', yTrue, labels);
  const scores = rowsOf('yScore', yScore, labels);
  requireRows('yTrue', targets.length);
  requireLength('yScore', scores.length, targets.length);
  const predictions = Array.from(scores, (row, i) => thresholded(row, threshold, i));
  return multilabelMetrics(
    countIndicators(targets, predictions, sampleWeight, betas, 'yScore'),
    others,
  );
}

function thresholded(scores: ArrayLike<number>, threshold: number, row: number): Uint8Array {
  return Uint8Array.from(scores, (score, column) => {
    if (!Number.isNaN(score)) return score >= threshold ? 1 : 0;
    throw new InputError('bad-score', {
      source: 'yScore',
      row,
      column,
      problem: 'a score cannot be used',
      found: String(score),
      expected: 'a number',
    });
  });
}
