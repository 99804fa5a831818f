/** The objective of variational inference. */

import { isNested } from '../arrays/numbers.js';
import { UsageError } from '../types/errors.js';
import type { Scores } from '../types/forms.js';
import type {
  ElementTargets,
  FurtherGradients,
  LossOptions,
  LossResult,
  Numbers,
} from '../types/loss.js';
import { furtherGradients, gradientFor, readAlike, readInput } from './arrays.js';
import { binaryCrossEntropyWithLogits } from './elementwise-binary.js';
import { gaussianKl, readDimensions } from './gaussian-kl.js';
import { describeLoss, lossResult, scaleOf, writeScaled } from './loss-function.js';
import { checkOptions, numberOption, show } from './options.js';

/** Options of {@link elbo}. */
export interface ElboOptions extends LossOptions, FurtherGradients<'mean' | 'logVariance'> {
  /** Latent dimensions per row; the rows are what the mean is over. */
  readonly dimensions: number;
  /** Weight ≥ 0 of the divergence; default 1. Others make it a β-VAE, and no bound. */
  readonly beta?: number | undefined;
  /**
   * Loss of the reconstruction: a negative log-likelihood, which says what the
   * output means. Default `binaryCrossEntropyWithLogits` (logits of pixels in 0 … 1).
   */
  readonly reconstruction?:
    | ((output: Numbers, target: Numbers, options: LossOptions) => LossResult)
    | undefined;
}

/**
 * Negative evidence lower bound of a variational autoencoder, to be minimised:
 * the loss of the reconstruction plus β times the divergence of the posterior
 * from its prior. Both are summed within a row and averaged over rows.
 *
 * @param output what the decoder gives, rows × features
 * @param target what was encoded, rows × features
 * @param mean μ of the posterior, rows × dimensions
 * @param logVariance log σ² of the posterior, rows × dimensions
 * @param options `dimensions` must be said; `gradient` is with respect to the output,
 *   `gradients: { mean: true, logVariance: true }` asks for the others
 * @throws UsageError `missing-dimensions`, `length-mismatch`, `bad-beta`, `bad-reconstruction`,
 *   `unknown-gradient`, `unknown-option`; and what the reconstruction's loss throws
 * @see Kingma and Welling 2014, "Auto-Encoding Variational Bayes"; β: Higgins et al. 2017
 * @example
 * ```ts
 * import { elbo, mseLoss } from 'logitscope';
 * const [output, target] = [[0, 2, -1], [0, 1, 0.5]];
 * elbo(output, target, [1, 0], [0, 0], { dimensions: 2 }).value; // 2.1333369
 * elbo(output, target, [1, 0], [0, 0], { dimensions: 2, reconstruction: mseLoss }).value; // 3.75
 * ```
 */
export const elbo = describeLoss<
  [output: Scores, target: ElementTargets, mean: Scores, logVariance: Scores],
  ElboOptions
>(
  {
    lossName: 'elbo',
    summary: 'Negative evidence lower bound: reconstruction loss plus divergence from the prior',
    formula: 'Σ reconstruction + β·½·Σ_d (μ² + σ² − 1 − log σ²)',
    likelihood: 'bounds that of a latent-variable model whose noise the reconstruction says',
    source: 'Kingma and Welling 2014, Auto-Encoding Variational Bayes',
    inputs: ['output', 'target', 'mean', 'logVariance'],
  },
  (outputs, targets, means, logVariances, options) => {
    const given: Partial<ElboOptions> = options ?? {};
    const own = ['dimensions', 'beta', 'reconstruction', 'gradients'];
    const { reduction, kernel } = checkOptions('elbo', given, own);
    const { reconstruction = binaryCrossEntropyWithLogits } = given;
    const beta = numberOption('elbo', 'beta', given.beta ?? 1, { min: 0 });
    if (typeof reconstruction !== 'function') {
      throw new UsageError(
        'bad-reconstruction',
        `reconstruction of elbo must be a loss such as mseLoss; found ${show(reconstruction)}.`,
      );
    }
    const output = readInput('output', outputs);
    const target = (isNested(targets) ? readInput('target', targets) : targets) as Numbers;
    const mean = readInput('mean', means);
    const logVariance = readAlike('logVariance', logVariances, mean);
    const dimensions = readDimensions('elbo', given.dimensions, mean.length);
    const rows = mean.length / dimensions;
    if (output.length % rows !== 0) {
      throw new UsageError(
        'length-mismatch',
        `${output.length} outputs do not fit ${rows} rows of ${dimensions} means.`,
      );
    }
    const gradient = gradientFor(given.gradient, output);
    const gradients = furtherGradients('elbo', given.gradients, { mean, logVariance });
    const reduced = { reduction, denominator: rows, rows };
    const inner = { kernel, reduction: reduction === 'none' ? 'none' : 'sum' } as const;
    const rebuilt = reconstruction(output, target, { ...inner, gradient: gradient ?? false });
    const divergence = gaussianKl(mean, logVariance, {
      ...inner,
      dimensions,
      gradient: gradients.mean ?? false,
      gradients: { logVariance: gradients.logVariance ?? false },
    });
    const scale = scaleOf(reduced);
    for (const [array, factor] of [
      [gradient, scale],
      [gradients.mean, beta * scale],
      [gradients.logVariance, beta * scale],
    ] as const) {
      if (array && factor !== 1) writeScaled(array, array, factor);
    }
    const values = divergence.values?.map((kl, r) => rowSum(rebuilt.values, r, rows) + beta * kl);
    return lossResult(rebuilt.value + beta * divergence.value, reduced, {
      ...{ values, gradient, gradients },
    });
  },
);

/** Σ over the units of row `r` of `rows`. */
function rowSum(values: Float64Array | undefined, r: number, rows: number): number {
  const units = (values?.length ?? 0) / rows;
  return values?.subarray(r * units, (r + 1) * units).reduce((sum, x) => sum + x, 0) ?? 0;
}
