/** Deviances of the Tweedie family over arrays, with scikit-learn's names and conventions. */

import { exactSum } from '../tallies/exact-sums.js';
import {
  meanDeviance,
  tweedieDeviance,
  tweedieDomain,
  tweedieDomainText,
  tweedieTerm,
} from '../tallies/regression-errors.js';
import { UsageError } from '../types/errors.js';
import { r2Score } from './regression.js';
import {
  type LogarithmOptions,
  meanOf,
  metricMath,
  oneOutput,
  type RegressionOptions,
  requireDomain,
  skill,
} from './regression-columns.js';

/** Options of metrics of the Tweedie family. */
export interface TweedieOptions extends RegressionOptions, LogarithmOptions {
  /**
   * Power of the mean that the variance grows with: 0 (default) normal, 1 Poisson,
   * 1 … 2 compound Poisson, 2 gamma, 3 inverse Gaussian, below 0 extreme stable.
   */
  readonly power?: number | undefined;
}

/**
 * Mean Tweedie deviance: the log-likelihood ratio, twice, of the targets
 * themselves to the predictions. 0 at best. Power 0 is the mean squared error.
 *
 * @throws UsageError `bad-option` for a power between 0 and 1, which is no distribution
 * @throws InputError `outside-domain` for a target or prediction that the family does not hold;
 *   as `meanSquaredError`
 * @example
 * ```ts
 * import { meanTweedieDeviance } from 'logitscope';
 * meanTweedieDeviance([2, 0, 1, 4], [0.5, 0.5, 2, 2], { power: 1 }); // 1.4260151
 * ```
 */
export function meanTweedieDeviance(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: TweedieOptions = {},
): number {
  const power = requirePower(options);
  const math = power === 0 ? Math : metricMath(options);
  const columns = oneOutput(yTrue, yPred, options);
  const name = `the Tweedie deviance of power ${power}`;
  requireDomain(columns, tweedieDomain(power), name, tweedieDomainText(power));
  return meanOf(columns, tweedieDeviance(power, math));
}

/**
 * Mean Poisson deviance, 2·mean[y·log(y/ŷ) − y + ŷ]: for counts.
 *
 * @throws InputError `outside-domain` for a target below 0 or a prediction that is not above 0; as `meanSquaredError`
 * @example
 * ```ts
 * import { meanPoissonDeviance } from 'logitscope';
 * meanPoissonDeviance([2, 0, 1, 4], [0.5, 0.5, 2, 2]); // 1.4260151
 * ```
 */
export function meanPoissonDeviance(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: RegressionOptions & LogarithmOptions = {},
): number {
  return meanTweedieDeviance(yTrue, yPred, { ...options, power: 1 });
}

/**
 * Mean gamma deviance, 2·mean[log(ŷ/y) + y/ŷ − 1]: for positive amounts; the scale of the values does not matter.
 *
 * @throws InputError `outside-domain` for a target or prediction that is not above 0; as `meanSquaredError`
 * @example
 * ```ts
 * import { meanGammaDeviance } from 'logitscope';
 * meanGammaDeviance([2, 0.5, 1, 4], [0.5, 0.5, 2, 2]); // 1.0568528
 * ```
 */
export function meanGammaDeviance(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: RegressionOptions & LogarithmOptions = {},
): number {
  return meanTweedieDeviance(yTrue, yPred, { ...options, power: 2 });
}

/**
 * D² with Tweedie deviance, 1 − deviance(ŷ) / deviance(mean of y): R² for the
 * family. Power 0 is R². A single row gives NaN.
 *
 * @throws as {@link meanTweedieDeviance}
 * @example
 * ```ts
 * import { d2TweedieScore } from 'logitscope';
 * d2TweedieScore([0.5, 1, 2.5, 7], [1, 1, 5, 3.5], { power: 1 }); // 0.4879151
 * ```
 */
export function d2TweedieScore(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: TweedieOptions = {},
): number {
  const power = requirePower(options);
  if (power === 0) return r2Score(yTrue, yPred, { sampleWeight: options.sampleWeight });
  const math = metricMath(options);
  const deviance = meanTweedieDeviance(yTrue, yPred, options);
  const columns = oneOutput(yTrue, yPred, options);
  if (columns.count < 2) return Number.NaN;
  const { targets, weights, weight } = columns;
  const mean =
    exactSum(weights === null ? targets : targets.map((y, i) => y * weights[i]!)) / weight;
  if (!(mean > 0)) return Number.NaN;
  const first = targets.find((_, i) => weights?.[i] !== 0);
  // Equal targets have no deviance from their mean; the formula would leave roundings.
  const spread = targets.some((y, i) => weights?.[i] !== 0 && y !== first);
  const term = meanOf(columns, tweedieTerm(power, math));
  return skill(deviance, spread ? meanDeviance(power, mean, term, math) : 0, true);
}

function requirePower({ power = 0 }: TweedieOptions): number {
  if (Number.isFinite(power) && (power <= 0 || power >= 1)) return power;
  throw new UsageError(
    'bad-option',
    `Option power is ${power}; expected a number ≤ 0 or ≥ 1: between them there is no Tweedie distribution.`,
  );
}
