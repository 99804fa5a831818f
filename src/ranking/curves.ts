/** ROC and precision-recall curves over arrays, with scikit-learn's conventions. */

import { oneClassNotice } from '../metrics/ranking-metrics.js';
import { runsOf } from '../tallies/score-runs.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import { type CurvePoints, curvePoints, indicesWhere, pick } from './curve-points.js';
import { type BinaryRankingOptions, checkNames, readBinary, sorterOf } from './inputs.js';

/** Options of {@link rocCurve} and {@link precisionRecallCurve}. */
export interface CurveOptions extends BinaryRankingOptions {
  /** Leaves out points that do not bend the curve; default true for ROC, false for precision and recall. */
  readonly dropIntermediate?: boolean | undefined;
}

/** Points of a ROC curve, from (0, 0) at the threshold ∞ to (1, 1). */
export interface RocCurve {
  /** False positive rate. */
  readonly fpr: Float64Array;
  /** True positive rate. */
  readonly tpr: Float64Array;
  /** Falling: a row is positive when its score is at least this. */
  readonly thresholds: Float64Array;
}

/** Points of a precision-recall curve by rising threshold. */
export interface PrecisionRecallCurve {
  /** One more than there are thresholds: the last is 1, where the curve begins. */
  readonly precision: Float64Array;
  /** The last is 0. */
  readonly recall: Float64Array;
  /** Rising: a row is positive when its score is at least this. */
  readonly thresholds: Float64Array;
}

/** Names of {@link BinaryRankingOptions} beside those that all functions have. */
export const BINARY_NAMES = ['posLabel'];

/**
 * The receiver operating characteristic. With one class only, the rate that has
 * no rows is NaN throughout.
 *
 * Two classes of logits: pass the difference z1 − z0, not its sigmoid, which
 * ties what it rounds to 0 or 1.
 *
 * @param yTrue 0 or 1, −1 or 1, false or true per row, or any labels with `posLabel`
 * @param yScore one score per row, the higher, the more positive; ±∞ allowed
 * @returns arrays of one length, as scikit-learn's `roc_curve` (≥ 1.3, where the first threshold is ∞)
 * @throws UsageError `length-mismatch`, `unknown-option`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-target-row`, `bad-weight` with the row
 * @example
 * ```ts
 * import { rocCurve } from 'logitscope';
 * const { fpr, tpr, thresholds } = rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
 * fpr; // [0, 0, 0.5, 0.5, 1]
 * tpr; // [0, 0.5, 0.5, 1, 1]
 * thresholds; // [Infinity, 0.8, 0.4, 0.35, 0.1]
 * ```
 */
export function rocCurve(yTrue: Targets, yScore: Scores, options: CurveOptions = {}): RocCurve {
  checkNames('rocCurve', options, [...BINARY_NAMES, 'dropIntermediate']);
  const points = readPoints(yTrue, yScore, options);
  return rocOf(points, options.dropIntermediate ?? true);
}

/** The ROC curve of points. */
export function rocOf(points: CurvePoints, dropIntermediate: boolean): RocCurve {
  const { thresholds, truePositives, falsePositives } = points;
  const last = thresholds.length - 1;
  const bends = (values: Float64Array, i: number) =>
    values[i + 1] - values[i] !== values[i] - values[i - 1];
  const kept = dropIntermediate
    ? indicesWhere(
        thresholds.length,
        (i) => i === 0 || i === last || bends(truePositives, i) || bends(falsePositives, i),
      )
    : null;
  const withStart = (start: number, values: Float64Array, divisor: number) => {
    const picked = pick(values, kept);
    const started = new Float64Array(picked.length + 1);
    started[0] = start / divisor;
    for (let i = 0; i < picked.length; i++) started[i + 1] = picked[i] / divisor;
    return started;
  };
  return {
    fpr: withStart(0, falsePositives, falsePositives[last]),
    tpr: withStart(0, truePositives, truePositives[last]),
    thresholds: withStart(Number.POSITIVE_INFINITY, thresholds, 1),
  };
}

/**
 * Precision and recall by threshold. Without positives recall is NaN.
 *
 * @param yTrue 0 or 1, −1 or 1, false or true per row, or any labels with `posLabel`
 * @param yScore one score per row, the higher, the more positive; ±∞ allowed
 * @returns as scikit-learn's `precision_recall_curve`
 * @throws UsageError `length-mismatch`, `unknown-option`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-target-row`, `bad-weight` with the row
 * @example
 * ```ts
 * import { precisionRecallCurve } from 'logitscope';
 * const { precision, recall, thresholds } = precisionRecallCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
 * precision; // [0.5, 0.6666667, 0.5, 1, 1]
 * recall; // [1, 1, 0.5, 0.5, 0]
 * thresholds; // [0.1, 0.35, 0.4, 0.8]
 * ```
 */
export function precisionRecallCurve(
  yTrue: Targets,
  yScore: Scores,
  options: CurveOptions = {},
): PrecisionRecallCurve {
  checkNames('precisionRecallCurve', options, [...BINARY_NAMES, 'dropIntermediate']);
  const { thresholds, truePositives, falsePositives } = readPoints(yTrue, yScore, options);
  const last = thresholds.length - 1;
  const kept = options.dropIntermediate
    ? indicesWhere(
        thresholds.length,
        (i) =>
          i === 0 ||
          i === last ||
          truePositives[i] !== truePositives[i - 1] ||
          truePositives[i + 1] !== truePositives[i],
      )
    : null;
  const found = pick(truePositives, kept).reverse();
  const wrong = pick(falsePositives, kept).reverse();
  const precision = new Float64Array(found.length + 1);
  const recall = new Float64Array(found.length + 1);
  found.forEach((positives, i) => {
    precision[i] = positives / (positives + wrong[i]);
    recall[i] = positives / truePositives[last];
  });
  precision[found.length] = 1;
  return { precision, recall, thresholds: pick(thresholds, kept).reverse() };
}

function readPoints(yTrue: Targets, yScore: Scores, options: CurveOptions): CurvePoints {
  const rows = readBinary(yTrue, yScore, options);
  const points = curvePoints(runsOf(rows, sorterOf(options.kernel)));
  const { truePositives, falsePositives } = points;
  const found = truePositives.at(-1) ?? 0;
  if (!(found > 0 && falsePositives.at(-1)! > 0)) options.onNotice?.(oneClassNotice());
  return points;
}

/**
 * Area under a curve by the trapezoidal rule.
 *
 * @param x rising or falling throughout, equal neighbours allowed
 * @param y as many numbers
 * @throws UsageError `length-mismatch` for fewer than two points or different lengths, `not-monotonic`
 * @example
 * ```ts
 * import { auc } from 'logitscope';
 * auc([0, 0.5, 1], [0, 1, 1]); // 0.75
 * ```
 */
export function auc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length || x.length < 2) {
    throw new UsageError(
      'length-mismatch',
      `An area needs two points or more, as many y as x; found ${x.length} x and ${y.length} y.`,
    );
  }
  const direction = x[x.length - 1] < x[0] ? -1 : 1;
  let area = 0;
  for (let i = 1; i < x.length; i++) {
    const step = (x[i] - x[i - 1]) * direction;
    if (step < 0) {
      throw new UsageError(
        'not-monotonic',
        `x must rise or fall throughout; x[${i}] = ${x[i]} turns back from ${x[i - 1]}.`,
      );
    }
    area += (step * (y[i] + y[i - 1])) / 2;
  }
  return area;
}
