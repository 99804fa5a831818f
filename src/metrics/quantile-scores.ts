/** Metrics of predicted quantiles over arrays, with scikit-learn's names and conventions. */

import { absoluteError, pinballLoss } from '../tallies/regression-errors.js';
import { UsageError } from '../types/errors.js';
import {
  type Aggregated,
  type Columns,
  eachOutput,
  type MultiOutputOptions,
  meanOf,
  orderOf,
  skill,
} from './regression-columns.js';

/** Option of metrics of quantiles. */
export interface QuantileOptions {
  /** The quantile that is predicted, 0 … 1; default 0.5, the median. */
  readonly alpha?: number | undefined;
}

/**
 * Mean pinball loss of predicting the quantile α: α·(y − ŷ) below the target, (1 − α)·(ŷ − y) above.
 *
 * @throws UsageError `bad-option` for an α outside 0 … 1; as `meanSquaredError`
 * @example
 * ```ts
 * import { meanPinballLoss } from 'logitscope';
 * meanPinballLoss([1, 2, 3], [0, 2, 3], { alpha: 0.1 }); // 0.03333333
 * meanPinballLoss([1, 2, 3], [1, 2, 4], { alpha: 0.9 }); // 0.03333333
 * ```
 */
export function meanPinballLoss<const Options extends MultiOutputOptions & QuantileOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  const loss = pinballLoss(requireAlpha(options));
  return eachOutput(yTrue, yPred, options, (columns) => meanOf(columns, loss));
}

/**
 * D² with pinball loss, 1 − loss(ŷ) / loss(quantile of y): 1 at best, 0 for the
 * constant quantile. As in scikit-learn the quantile of rows without weights
 * is interpolated (NumPy's `percentile`), that of weighted rows is one of the
 * values. A single row gives NaN.
 *
 * @throws as {@link meanPinballLoss}
 * @example
 * ```ts
 * import { d2PinballScore } from 'logitscope';
 * d2PinballScore([1, 2, 3], [1, 3, 3]); // 0.5
 * d2PinballScore([1, 2, 3], [1, 3, 3], { alpha: 0.9 }); // 0.7727273
 * ```
 */
export function d2PinballScore<const Options extends MultiOutputOptions & QuantileOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  const alpha = requireAlpha(options);
  const loss = pinballLoss(alpha);
  return eachOutput(yTrue, yPred, options, (columns) => {
    if (columns.count < 2) return Number.NaN;
    const quantile = quantileOf(columns, alpha);
    return skill(
      meanOf(columns, loss),
      meanOf(columns, (y) => loss(y, quantile)),
      true,
    );
  });
}

/**
 * D² with absolute error, 1 − Σ w|y − ŷ| / Σ w|y − median|: 1 at best, 0 for predicting the median.
 *
 * @throws as `meanSquaredError`
 * @example
 * ```ts
 * import { d2AbsoluteErrorScore } from 'logitscope';
 * d2AbsoluteErrorScore([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.7647059
 * ```
 */
export function d2AbsoluteErrorScore<const Options extends MultiOutputOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  return eachOutput(yTrue, yPred, options, (columns) => {
    if (columns.count < 2) return Number.NaN;
    const { targets, weights, count, weight } = columns;
    const least = orderOf(targets, weights, count).leastPinball(0.5).value;
    return skill(meanOf(columns, absoluteError), (2 * least) / weight, true);
  });
}

function requireAlpha({ alpha = 0.5 }: QuantileOptions = {}): number {
  if (alpha >= 0 && alpha <= 1) return alpha;
  throw new UsageError('bad-option', `Option alpha is ${alpha}; expected a number from 0 to 1.`);
}

/** The quantile of the targets as `d2_pinball_score` of scikit-learn takes it. */
function quantileOf({ targets, weights, count }: Columns, alpha: number): number {
  if (weights !== null) return orderOf(targets, weights, count).quantile(alpha).value;
  const sorted = targets.slice().sort();
  const place = alpha * (count - 1);
  const lower = Math.floor(place);
  const [a, b] = [sorted[lower]!, sorted[Math.min(lower + 1, count - 1)]!];
  return a + (b - a) * (place - lower);
}
