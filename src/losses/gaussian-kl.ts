/** The divergence of a variational posterior from its prior. */

import { gaussianKlRows } from '../engine/gaussian-kl-engine.js';
import { gaussianKlReference } from '../reference/gaussian-kl-reference.js';
import { UsageError } from '../types/errors.js';
import type { Scores } from '../types/forms.js';
import type { FurtherGradients, LossOptions } from '../types/loss.js';
import { furtherGradients, gradientFor, readAlike, readInput } from './arrays.js';
import { coreOf, describeLoss, lossResult, scaleOf, sumOf, writeScaled } from './loss-function.js';
import { checkOptions, show } from './options.js';

/** Options of {@link gaussianKl}. */
export interface GaussianKlOptions extends LossOptions, FurtherGradients<'logVariance'> {
  /** Latent dimensions per row; the rows are what the mean is over. */
  readonly dimensions: number;
}

/**
 * Kullback–Leibler divergence of diagonal Gaussians N(μ, σ²) from the standard
 * normal: the regulariser of a variational autoencoder. Summed over the
 * dimensions of a row, averaged over rows.
 *
 * @param mean μ, rows × dimensions
 * @param logVariance log σ², rows × dimensions
 * @param options `dimensions` must be said; `gradient` is with respect to the mean,
 *   `gradients: { logVariance: true }` asks for the other
 * @returns divergence in nats
 * @throws UsageError `missing-dimensions`, `length-mismatch`, `unknown-option`, `unknown-gradient`;
 *   InputError `empty-input`; LogitscopeError `not-initialised` in browsers before `init`,
 *   `no-simd`, `no-relaxed-simd`
 * @see Kingma and Welling 2014, "Auto-Encoding Variational Bayes", appendix B
 * @example
 * ```ts
 * import { gaussianKl } from 'logitscope';
 * const options = { dimensions: 2, gradient: true, gradients: { logVariance: true } } as const;
 * const { value, gradient, gradients } = gaussianKl([1, 0], [0, Math.log(2)], options);
 * value; // 0.6534264
 * gradient; // [1, 0]
 * gradients?.logVariance; // [0, 0.5]
 * ```
 */
export const gaussianKl = describeLoss<[mean: Scores, logVariance: Scores], GaussianKlOptions>(
  {
    lossName: 'gaussianKl',
    summary: 'Divergence of diagonal Gaussians from the standard normal',
    formula: '½·Σ_d (μ² + σ² − 1 − log σ²)',
    likelihood: 'none: the divergence from a Gaussian prior; with a likelihood it makes the ELBO',
    source: 'Kingma and Welling 2014, Auto-Encoding Variational Bayes',
    inputs: ['mean', 'logVariance'],
  },
  (means, logVariances, options) => {
    const given: Partial<GaussianKlOptions> = options ?? {};
    const { reduction, kernel } = checkOptions('gaussianKl', given, ['dimensions', 'gradients']);
    const mean = readInput('mean', means);
    const logVariance = readAlike('logVariance', logVariances, mean);
    const dimensions = readDimensions('gaussianKl', given.dimensions, mean.length);
    const rows = mean.length / dimensions;
    const gradient = gradientFor(given.gradient, mean);
    const gradients = furtherGradients('gaussianKl', given.gradients, { logVariance });
    const reduced = { reduction, denominator: rows, rows };
    const core = coreOf(kernel);
    const scale = scaleOf(reduced);
    let values: Float64Array;
    if (core === null) {
      const sums = gaussianKlReference(mean, logVariance, dimensions);
      values = sums.losses;
      if (gradient) writeScaled(gradient, sums.mean, scale);
      if (gradients.logVariance) writeScaled(gradients.logVariance, sums.logVariance, scale);
    } else {
      const into = { mean: gradient, logVariance: gradients.logVariance };
      values = gaussianKlRows(core, { mean, logVariance, dimensions }, scale, into);
    }
    return lossResult(sumOf(values), reduced, { values, gradient, gradients });
  },
);

/**
 * Latent dimensions per row, which have to be said and to fit.
 * @throws UsageError `missing-dimensions`, `bad-dimensions`, `length-mismatch`
 */
export function readDimensions(loss: string, dimensions: unknown, numbers: number): number {
  if (dimensions === undefined) {
    throw new UsageError(
      'missing-dimensions',
      `Say how many latent dimensions a row of ${loss} has: { dimensions }. The mean is over rows.`,
    );
  }
  if (!Number.isSafeInteger(dimensions) || (dimensions as number) < 1) {
    throw new UsageError(
      'bad-dimensions',
      `dimensions of ${loss} must be a whole number ≥ 1; found ${show(dimensions)}.`,
    );
  }
  if (numbers % (dimensions as number) === 0) return dimensions as number;
  throw new UsageError(
    'length-mismatch',
    `${numbers} means are no whole number of rows of ${dimensions} dimensions.`,
  );
}
