/**
 * Regression metrics over arrays, with scikit-learn's names and conventions.
 * Sums are exact and rounded once: no order of the rows changes a digit.
 */

import { ExactMoments } from '../tallies/exact-moments.js';
import { absoluteError, squaredError, squaredLogError } from '../tallies/regression-errors.js';
import {
  type Aggregated,
  aggregate,
  type Columns,
  columnsOf,
  eachOutput,
  type LogarithmOptions,
  type MultiOutputOptions,
  meanOf,
  metricMath,
  oneOutput,
  orderOf,
  type RegressionOptions,
  requireDomain,
  skill,
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

function momentsOf(
  values: Float64Array,
  weights: Float64Array | null,
  count: number,
): ExactMoments {
  const moments = new ExactMoments(weights !== null);
  moments.addRows(values, weights, count);
  return moments;
}
