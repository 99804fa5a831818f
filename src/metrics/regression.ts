/**
 * Regression metrics over arrays, with scikit-learn's names and conventions.
 * Sums are exact and rounded once: no order of the rows changes a digit.
 */

import { ExactMoments } from '../tallies/exact-moments.js';
import { OrderStatistics } from '../tallies/order-statistics.js';
import {
  absoluteError,
  pinballLoss,
  squaredError,
  squaredLogError,
} from '../tallies/regression-errors.js';
import { InputError, UsageError } from '../types/errors.js';
import {
  type Aggregated,
  aggregate,
  type Columns,
  columnsOf,
  type LogarithmOptions,
  type MultiOutputOptions,
  meanOf,
  metricMath,
  type RegressionOptions,
} from './regression-columns.js';

/** {@link MultiOutputOptions} of scores that compare with the spread of the targets. */
export interface ExplainedOptions extends Omit<MultiOutputOptions, 'multioutput'> {
  /** As in {@link MultiOutputOptions}; `variance_weighted` weighs outputs by the variance of their targets. */
  readonly multioutput?: MultiOutputOptions['multioutput'] | 'variance_weighted';
  /**
   * Whether targets that are all equal give 1 (no error) or 0 (any error)
   * instead of NaN or −∞; default true.
   */
  readonly forceFinite?: boolean | undefined;
}

/**
 * Mean squared error, Σ w (y − ŷ)² / Σ w: in squared units of the target, 0 at best.
 *
 * @param yTrue targets, one per row (row-major where `outputs` says several)
 * @param yPred predictions, as many
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `not-finite`, `bad-weight`
 * @example
 * ```ts
 * import { meanSquaredError } from 'logitscope';
 * meanSquaredError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.375
 * meanSquaredError([0.5, 1, -1, 1, 7, -6], [0, 2, -1, 2, 8, -5], { outputs: 2, multioutput: [0.3, 0.7] }); // 0.825
 * ```
 */
export function meanSquaredError<const Options extends MultiOutputOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  return eachOutput(yTrue, yPred, options, (columns) => meanOf(columns, squaredError));
}

/**
 * Root of the mean squared error, in units of the target; of several outputs the mean of their roots.
 *
 * @throws as {@link meanSquaredError}
 * @example
 * ```ts
 * import { rootMeanSquaredError } from 'logitscope';
 * rootMeanSquaredError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.6123724
 * ```
 */
export function rootMeanSquaredError<const Options extends MultiOutputOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  return eachOutput(yTrue, yPred, options, (columns) => Math.sqrt(meanOf(columns, squaredError)));
}

/**
 * Mean absolute error, Σ w |y − ŷ| / Σ w, in units of the target.
 *
 * @throws as {@link meanSquaredError}
 * @example
 * ```ts
 * import { meanAbsoluteError } from 'logitscope';
 * meanAbsoluteError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.5
 * ```
 */
export function meanAbsoluteError<const Options extends MultiOutputOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  return eachOutput(yTrue, yPred, options, (columns) => meanOf(columns, absoluteError));
}

/**
 * Median of the absolute errors, in units of the target; outliers do not move it.
 * Where half of the weight ends between two errors, it is their mean, as in
 * scikit-learn from 1.7 on (before, weights took the lower of the two).
 *
 * @throws as {@link meanSquaredError}
 * @example
 * ```ts
 * import { medianAbsoluteError } from 'logitscope';
 * medianAbsoluteError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.5
 * ```
 */
export function medianAbsoluteError<const Options extends MultiOutputOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  return eachOutput(yTrue, yPred, options, ({ targets, predictions, weights, count }) => {
    const errors = targets.map((y, i) => Math.abs(y - predictions[i]!));
    return orderOf(errors, weights, count).quantile(0.5).value;
  });
}

/**
 * Mean of |y − ŷ| / |y|: a share, not a percentage. As in scikit-learn a
 * target of 0 counts as 2⁻⁵², so that one such row outweighs all others.
 *
 * @throws as {@link meanSquaredError}
 * @example
 * ```ts
 * import { meanAbsolutePercentageError } from 'logitscope';
 * meanAbsolutePercentageError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.3273810
 * ```
 */
export function meanAbsolutePercentageError<const Options extends MultiOutputOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  return eachOutput(yTrue, yPred, options, (columns) =>
    meanOf(columns, (y, p) => Math.abs(y - p) / Math.max(Math.abs(y), Number.EPSILON)),
  );
}

/**
 * Mean of (log(1 + y) − log(1 + ŷ))², for targets that grow exponentially.
 *
 * @throws InputError `outside-domain` for a target or prediction below 0; as {@link meanSquaredError}
 * @example
 * ```ts
 * import { meanSquaredLogError } from 'logitscope';
 * meanSquaredLogError([3, 5, 2.5, 7], [2.5, 5, 4, 8]); // 0.03973012
 * ```
 */
export function meanSquaredLogError<const Options extends MultiOutputOptions & LogarithmOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  const error = squaredLogError(metricMath(options ?? {}));
  return eachOutput(yTrue, yPred, options, (columns) => {
    requireDomain(
      columns,
      (y, p) => y >= 0 && p >= 0,
      'meanSquaredLogError',
      'targets and predictions of at least 0',
    );
    return meanOf(columns, error);
  });
}

/**
 * Coefficient of determination, 1 − Σ w (y − ŷ)² / Σ w (y − ȳ)²: 1 at best, 0
 * for predicting the mean, below 0 for worse. Both sums are exact, so it never
 * exceeds 1, and a large offset of the targets costs no digits.
 * A single row gives NaN, as the targets have no spread.
 *
 * @throws as {@link meanSquaredError}
 * @example
 * ```ts
 * import { r2Score } from 'logitscope';
 * r2Score([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.9486081
 * r2Score([1e9 + 1, 1e9 + 2, 1e9 + 3], [1e9 + 1, 1e9 + 2, 1e9 + 4]); // 0.5
 * ```
 */
export function r2Score<const Options extends ExplainedOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  return explained(
    yTrue,
    yPred,
    options,
    (columns) => meanOf(columns, squaredError) * columns.weight,
  );
}

/**
 * Explained variance, 1 − Var(y − ŷ) / Var(y): as {@link r2Score}, but a constant bias is no error.
 *
 * @throws as {@link meanSquaredError}
 * @example
 * ```ts
 * import { explainedVarianceScore } from 'logitscope';
 * explainedVarianceScore([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.9571734
 * ```
 */
export function explainedVarianceScore<const Options extends ExplainedOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options?: Options,
): Aggregated<Options> {
  return explained(yTrue, yPred, options, ({ targets, predictions, weights, count }) => {
    const residuals = targets.map((y, i) => y - predictions[i]!);
    return momentsOf(residuals, weights, count).squaredDeviations;
  });
}

/**
 * Largest absolute error, in units of the target. Rows are not weighed, but one of weight 0 does not count.
 *
 * @throws as {@link meanSquaredError}
 * @example
 * ```ts
 * import { maxError } from 'logitscope';
 * maxError([3, 2, 7, 1], [4, 2, 7, 1]); // 1
 * ```
 */
export function maxError(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: RegressionOptions = {},
): number {
  const { targets, predictions, weights } = oneOutput(yTrue, yPred, options);
  return targets.reduce(
    (largest, y, i) =>
      weights?.[i] === 0 ? largest : Math.max(largest, Math.abs(y - predictions[i]!)),
    0,
  );
}

/**
 * Mean pinball loss of predicting the quantile α: α·(y − ŷ) below the target, (1 − α)·(ŷ − y) above.
 *
 * @throws UsageError `bad-option` for an α outside 0 … 1; as {@link meanSquaredError}
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

/** Option of metrics of quantiles. */
export interface QuantileOptions {
  /** The quantile that is predicted, 0 … 1; default 0.5, the median. */
  readonly alpha?: number | undefined;
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
 * @throws as {@link meanSquaredError}
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

/** Runs a metric on every output and puts the results together. */
function eachOutput<Options extends MultiOutputOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: Options | undefined,
  metric: (columns: Columns) => number,
): Aggregated<Options> {
  const columns = columnsOf(yTrue, yPred, options ?? {});
  return aggregate<Options>(columns.map(metric), options?.multioutput);
}

/** 1 − error / spread per output, for R² and explained variance. */
function explained<Options extends ExplainedOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: Options | undefined,
  squaresLeft: (columns: Columns) => number,
): Aggregated<Options> {
  const { multioutput, forceFinite = true, ...others } = options ?? {};
  const outputs = columnsOf(yTrue, yPred, others);
  const spreads = outputs.map(
    ({ targets, weights, count }) => momentsOf(targets, weights, count).squaredDeviations,
  );
  const scores = outputs.map((columns, i) =>
    columns.count < 2 ? Number.NaN : skill(squaresLeft(columns), spreads[i]!, forceFinite),
  );
  return aggregate<Options>(scores, multioutput, spreads);
}

/** 1 − loss / baseline; where the baseline is 0, 1 for no loss and otherwise 0, unless 0/0 is wanted. */
export function skill(loss: number, baseline: number, forceFinite: boolean): number {
  if (baseline === 0 && forceFinite) return loss === 0 ? 1 : 0;
  return 1 - loss / baseline;
}

/** A single output per row, for metrics that scikit-learn defines for one alone. */
export function oneOutput(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  { sampleWeight }: RegressionOptions,
): Columns {
  return columnsOf(yTrue, yPred, { sampleWeight })[0]!;
}

/** @throws InputError `outside-domain` naming the first row that a metric has no meaning for */
export function requireDomain(
  { targets, predictions, weights, count }: Columns,
  inside: (target: number, prediction: number) => boolean,
  metric: string,
  expected: string,
): void {
  for (let row = 0; row < count; row++) {
    const [y, p] = [targets[row]!, predictions[row]!];
    if (weights?.[row] === 0 || inside(y, p)) continue;
    throw new InputError('outside-domain', {
      row,
      problem: `${metric} has no meaning here`,
      found: `target ${y} and prediction ${p}`,
      expected,
      advice: 'Choose a metric for such values, or correct them.',
    });
  }
}

function momentsOf(
  values: Float64Array,
  weights: Float64Array | null,
  count: number,
): ExactMoments {
  const moments = new ExactMoments(weights !== null);
  moments.addRows(values, weights, count);
  return moments;
}

function orderOf(
  values: Float64Array,
  weights: Float64Array | null,
  count: number,
): OrderStatistics {
  const order = new OrderStatistics(weights !== null, count);
  order.addRows(values, weights, count);
  return order;
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
