/** Losses that are the negative logarithm of a count's, a measurement's or a distribution's likelihood. */

import { FULL, LOGARITHM } from '../engine/elementwise-engine.js';
import {
  divergenceReference,
  gaussianReference,
  poissonReference,
} from '../reference/elementwise-reference.js';
import { UsageError } from '../types/errors.js';
import type { Scores } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { ElementTargets, FurtherGradients, LossFunction, Reduction } from '../types/loss.js';
import { readAlike } from './arrays.js';
import {
  type ElementwiseDefinition,
  type ElementwiseOptions,
  elementwiseLoss,
  evaluateElementwise,
  FINITE,
  infoOf,
  type Range,
} from './elementwise.js';
import { describeLoss } from './loss-function.js';
import { flagOption, numberOption, show } from './options.js';

/** Options of {@link poissonNllLoss}. */
export interface PoissonNllLossOptions extends ElementwiseOptions {
  /** Whether the input is the logarithm of the rate (default), or the rate. */
  readonly logInput?: boolean | undefined;
  /** Whether to add Stirling's approximation of log t! (for t > 1); default false. */
  readonly full?: boolean | undefined;
  /** Added to a rate before its logarithm is taken, ≥ 0; default 1e-8. */
  readonly eps?: number | undefined;
}

/** Options of {@link gaussianNllLoss}. */
export interface GaussianNllLossOptions extends ElementwiseOptions, FurtherGradients<'variance'> {
  /** Whether to add ½·log 2π; default false. */
  readonly full?: boolean | undefined;
  /** Least variance, > 0; default 1e-6. */
  readonly eps?: number | undefined;
}

/** Options of {@link klDivLoss}. */
export interface KlDivLossOptions extends Omit<ElementwiseOptions, 'reduction'> {
  /**
   * `batchmean` divides the sum by the number of rows and is the divergence;
   * `mean` (default, as PyTorch's) divides by the number of elements.
   */
  readonly reduction?: Reduction | 'batchmean' | undefined;
  /** Elements of a row, which `batchmean` needs where the input is flat. */
  readonly classes?: number | undefined;
  /** Whether the target holds logarithms of probabilities; default false. */
  readonly logTarget?: boolean | undefined;
}

const NOT_NEGATIVE: Range = {
  fits: (t) => t >= 0 && t < Number.POSITIVE_INFINITY,
  expected: 'a finite number ≥ 0',
};

/**
 * Negative log-likelihood of counts. Computed in f64.
 *
 * @param input logarithm of the rate, or with `logInput: false` the rate; any shape, flat
 * @param target counts ≥ 0, as many
 * @throws UsageError `unknown-option`, `length-mismatch`, `bad-weight`, `bad-log-input`, `bad-…`;
 *   InputError `empty-input`, `target-out-of-range` (the gradient is then not to be used);
 *   LogitscopeError `not-initialised` in browsers before `init`, `no-simd`, `no-relaxed-simd`
 * @see PyTorch `torch.nn.functional.poisson_nll_loss`
 * @example
 * ```ts
 * import { poissonNllLoss } from 'logitscope';
 * const { value, gradient } = poissonNllLoss([0, 1], [1, 2], { gradient: true });
 * value; // 0.8591409
 * gradient; // [0, 0.3591409]
 * ```
 */
export const poissonNllLoss = elementwiseLoss<
  PoissonNllLossOptions,
  { logInput: boolean; full: boolean; eps: number }
>({
  lossName: 'poissonNllLoss',
  summary: 'Negative log-likelihood of counts',
  formula: 'e^x − t·x, or x − t·log(x + eps) of a rate; full: + log t! by Stirling',
  likelihood: 'Poisson, the logarithm of its rate given',
  source: 'PyTorch poisson_nll_loss',
  options: ['logInput', 'full', 'eps'],
  target: NOT_NEGATIVE,
  reference: poissonReference,
  read: ({ logInput = true, full = false, eps = 1e-8 }) => ({
    logInput: flagOption('poissonNllLoss', 'logInput', logInput),
    full: flagOption('poissonNllLoss', 'full', full),
    eps: numberOption('poissonNllLoss', 'eps', eps, { min: 0 }),
  }),
  choose: ({ logInput, full, eps }) => ({
    kernel: 'poisson',
    p: eps,
    flags: (logInput ? LOGARITHM : 0) + (full ? FULL : 0),
  }),
});

const gaussian: ElementwiseDefinition<GaussianNllLossOptions, { full: boolean; eps: number }> = {
  lossName: 'gaussianNllLoss',
  summary: 'Negative log-likelihood of measurements with predicted mean and variance',
  formula: '½(log v + (x − t)²/v), v = max(variance, eps); full: + ½·log 2π',
  likelihood: 'Gaussian, its mean and variance given',
  source: 'Nix and Weigend 1994; PyTorch gaussian_nll_loss',
  inputs: ['input', 'target', 'variance'],
  options: ['full', 'eps', 'gradients'],
  target: FINITE,
  reference: gaussianReference,
  read: ({ full = false, eps = 1e-6 }) => ({
    full: flagOption('gaussianNllLoss', 'full', full),
    eps: numberOption('gaussianNllLoss', 'eps', eps, { above: 0 }),
  }),
  choose: ({ full, eps }) => ({
    kernel: 'gaussian',
    p: eps,
    q: full ? Math.log(2 * Math.PI) / 2 : 0,
  }),
};

/**
 * Negative log-likelihood of measurements whose mean and variance are both
 * predicted. Below `eps` the variance counts as `eps`, and its gradient is that
 * at `eps`, so that training can lead out again. Computed in f64.
 *
 * @param input predicted means, any shape, flat
 * @param target measurements, as many
 * @param variance predicted variances ≥ 0, as many
 * @param options `gradients: { variance: true }` asks for the gradient with respect to the variance
 * @throws as {@link poissonNllLoss}; UsageError `bad-eps`, `unknown-gradient`; InputError
 *   `input-out-of-range` for a negative variance
 * @see Nix and Weigend 1994, "Estimating the mean and variance of the target probability
 *   distribution"; PyTorch `torch.nn.functional.gaussian_nll_loss`
 * @example
 * ```ts
 * import { gaussianNllLoss } from 'logitscope';
 * const { value, gradient, gradients } = gaussianNllLoss([1], [3], [2], {
 *   gradient: true,
 *   gradients: { variance: true },
 * });
 * value; // 1.3465736
 * gradient; // [-1]
 * gradients; // { variance: [-0.25] }
 * ```
 */
export const gaussianNllLoss: LossFunction<
  [input: Scores, target: ElementTargets, variance: Scores],
  GaussianNllLossOptions
> = describeLoss(infoOf(gaussian), (input, target, variance, options = {}) =>
  evaluateElementwise(
    gaussian,
    {
      extra: (means: RealArray) => readAlike('variance', variance, means),
      extraInput: { name: 'variance', fits: (v) => v >= 0, expected: 'a variance ≥ 0' },
    },
    input,
    target,
    options,
  ),
);

const divergence: ElementwiseDefinition<KlDivLossOptions, { logTarget: boolean }> = {
  lossName: 'klDivLoss',
  summary: 'Kullback–Leibler divergence of the predicted from the true distribution',
  formula: 't·(log t − x), 0·log 0 = 0; x a log-probability',
  likelihood: 'categorical, up to the entropy of the targets',
  source: 'Kullback and Leibler 1951; PyTorch kl_div',
  options: ['logTarget', 'classes'],
  reductions: ['mean', 'batchmean', 'sum', 'none'],
  target: NOT_NEGATIVE,
  reference: divergenceReference,
  read: ({ logTarget = false }) => ({ logTarget: flagOption('klDivLoss', 'logTarget', logTarget) }),
  choose: ({ logTarget }) => ({ kernel: 'divergence', flags: logTarget ? LOGARITHM : 0 }),
};

/** As {@link divergence}, where the target holds logarithms: −∞ is probability 0. */
const logDivergence: typeof divergence = {
  ...divergence,
  target: { fits: (t) => t < Number.POSITIVE_INFINITY, expected: 'a log-probability' },
};

/**
 * Kullback–Leibler divergence, of log-probabilities from probabilities. Places
 * where the target is 0 add 0. Computed in f64.
 *
 * @param input log-probabilities, rows × classes, in lists or flat
 * @param target probabilities ≥ 0, as many; with `logTarget` their logarithms
 * @throws as {@link poissonNllLoss}; UsageError `bad-log-target`, `bad-classes`
 * @see PyTorch `torch.nn.functional.kl_div`
 * @example
 * ```ts
 * import { klDivLoss } from 'logitscope';
 * const half = Math.log(0.5);
 * const { value } = klDivLoss([[half, half]], [[1, 0]], { reduction: 'batchmean' });
 * value; // 0.6931472
 * klDivLoss([half, half], [1, 0], { reduction: 'batchmean', classes: 2 }).value; // 0.6931472
 * ```
 */
export const klDivLoss: LossFunction<[input: Scores, target: ElementTargets], KlDivLossOptions> =
  describeLoss(infoOf(divergence), (input, target, options = {}) =>
    evaluateElementwise(
      options.logTarget === true ? logDivergence : divergence,
      { classes: classesOf },
      input,
      target,
      options,
    ),
  );

function classesOf({ length }: RealArray, options: KlDivLossOptions, width: number | null): number {
  const classes = options.classes ?? width ?? undefined;
  if (Number.isSafeInteger(classes) && length % (classes as number) === 0) return classes as number;
  throw new UsageError(
    'bad-classes',
    `reduction "batchmean" of klDivLoss needs the number of classes of a row, which must divide the ${length} elements evenly; found ${show(classes)}.`,
  );
}
