/** Losses of elements with two outcomes: of logits, of probabilities, and of margins. */

import {
  binaryLogitsReference,
  binaryProbabilitiesReference,
  focalReference,
  hingeReference,
  LEAST_SPREAD,
  softMarginReference,
  squaredHingeReference,
} from '../reference/elementwise-reference.js';
import type { Numbers } from '../types/loss.js';
import {
  type ElementwiseOptions,
  elementwiseLoss,
  type Range,
  readRepeating,
} from './elementwise.js';
import { numberOption } from './options.js';

/** Options of {@link binaryCrossEntropyWithLogits}. */
export interface BinaryCrossEntropyWithLogitsOptions extends ElementwiseOptions {
  /** Weight ≥ 0 of the positive term: one number, or one per place of the last axis; default 1. */
  readonly posWeight?: number | Numbers | undefined;
}

/** Options of {@link sigmoidFocalLoss}. */
export interface SigmoidFocalLossOptions extends ElementwiseOptions {
  /** γ ≥ 0: how much sure elements are faded out; 0 is the cross-entropy. Default 2. */
  readonly gamma?: number | undefined;
  /** Weight of the positive elements, from 0 to 1, that of the negative being 1 − α; null for 1 and 1. Default 0.25. */
  readonly alpha?: number | null | undefined;
}

const PROBABILITY: Range = { fits: (t) => t >= 0 && t <= 1, expected: 'a number from 0 to 1' };
const LABEL: Range = { fits: (t) => t === 0 || t === 1, expected: '0 or 1' };
const SIGN: Range = { fits: (t) => t === 1 || t === -1, expected: '−1 or 1' };

/**
 * Binary cross-entropy of logits, exact for logits of any size.
 *
 * @param input logits, any shape, flat; `Float32Array` is computed in f32, all else in f64
 * @param target probabilities of the positive outcome, as many, from 0 to 1
 * @throws UsageError `unknown-option`, `length-mismatch`, `bad-weight`, `bad-pos-weight`, `bad-…`;
 *   InputError `empty-input`, `target-out-of-range` (the gradient is then not to be used);
 *   LogitscopeError `not-initialised` in browsers before `init`, `no-simd`, `no-relaxed-simd`
 * @see PyTorch `torch.nn.functional.binary_cross_entropy_with_logits`
 * @example
 * ```ts
 * import { binaryCrossEntropyWithLogits } from 'logitscope';
 * const { value, gradient } = binaryCrossEntropyWithLogits([0, 2], [1, 0], { gradient: true });
 * value; // 1.4100376
 * gradient; // [-0.25, 0.4403985]
 * ```
 */
export const binaryCrossEntropyWithLogits = elementwiseLoss<BinaryCrossEntropyWithLogitsOptions>(
  {
    lossName: 'binaryCrossEntropyWithLogits',
    summary: 'Binary cross-entropy of logits',
    formula: 'posWeight·t·softplus(−x) + (1 − t)·softplus(x)',
    likelihood: 'Bernoulli, its logit given',
    source: 'PyTorch binary_cross_entropy_with_logits',
    options: ['posWeight'],
    target: PROBABILITY,
    reference: binaryLogitsReference,
    read: () => ({}),
    choose: () => ({ kernel: 'binary_logits', p: 1 }),
  },
  {
    extra: (input, { posWeight }) =>
      readRepeating('binaryCrossEntropyWithLogits', 'posWeight', posWeight, input),
  },
);

/**
 * Binary cross-entropy of probabilities. Logarithms are at least −100, so that
 * a certain mistake costs 100 and not ∞; the gradient is
 * (p − t)/max(p(1 − p), 1e-12). Where there are logits,
 * {@link binaryCrossEntropyWithLogits} is exact. Computed in f64.
 *
 * @param input probabilities from 0 to 1, any shape, flat
 * @param target probabilities of the positive outcome, as many
 * @throws as {@link binaryCrossEntropyWithLogits}; InputError `input-out-of-range`
 * @see PyTorch `torch.nn.functional.binary_cross_entropy`
 * @example
 * ```ts
 * import { binaryCrossEntropy } from 'logitscope';
 * const { values } = binaryCrossEntropy([0.5, 1], [1, 0], { reduction: 'none' });
 * values; // [0.6931472, 100]
 * ```
 */
export const binaryCrossEntropy = elementwiseLoss({
  lossName: 'binaryCrossEntropy',
  summary: 'Binary cross-entropy of probabilities',
  formula: '−t·log p − (1 − t)·log(1 − p), logarithms ≥ −100',
  likelihood: 'Bernoulli, its probability given',
  source: 'PyTorch binary_cross_entropy',
  target: PROBABILITY,
  input: PROBABILITY,
  reference: binaryProbabilitiesReference,
  read: () => ({}),
  choose: () => ({ kernel: 'binary_probabilities', p: LEAST_SPREAD }),
});

/**
 * Focal loss of logits: binary cross-entropy in which elements are faded out by
 * (1 − p_t)^γ as the model grows sure of them. The weight is computed from its
 * logarithm: value and gradient are finite for every logit, also for γ < 1.
 * Computed in f64.
 *
 * @param input logits, any shape, flat
 * @param target labels 0 and 1, as many
 * @throws as {@link binaryCrossEntropyWithLogits}; UsageError `bad-gamma`, `bad-alpha`
 * @see Lin et al. 2017, "Focal Loss for Dense Object Detection"; torchvision `sigmoid_focal_loss`
 *   (whose mean is not the default)
 * @example
 * ```ts
 * import { sigmoidFocalLoss } from 'logitscope';
 * sigmoidFocalLoss([0], [1]).value; // 0.0433217
 * sigmoidFocalLoss([0], [1], { gamma: 0, alpha: null }).value; // 0.6931472
 * ```
 */
export const sigmoidFocalLoss = elementwiseLoss<
  SigmoidFocalLossOptions,
  { gamma: number; alpha: number | null }
>({
  lossName: 'sigmoidFocalLoss',
  summary: 'Binary cross-entropy that fades out the elements the model is sure of',
  formula: 'α_t·(1 − p_t)^γ·(−log p_t), p = σ(x)',
  likelihood: 'none: a cross-entropy of reshaped weights; Bernoulli for γ = 0 without α',
  source: 'Lin et al. 2017, Focal Loss for Dense Object Detection; torchvision sigmoid_focal_loss',
  options: ['gamma', 'alpha'],
  target: LABEL,
  reference: focalReference,
  read: ({ gamma = 2, alpha = 0.25 }) => ({
    gamma: numberOption('sigmoidFocalLoss', 'gamma', gamma, { min: 0 }),
    alpha: alpha && numberOption('sigmoidFocalLoss', 'alpha', alpha, { min: 0, max: 1 }),
  }),
  // Without α both outcomes weigh 1: twice ½.
  choose: ({ gamma, alpha }) => ({
    kernel: 'focal',
    p: gamma,
    q: alpha ?? 0.5,
    factor: alpha === null ? 2 : 1,
  }),
});

/**
 * Hinge loss: what a score lacks of being on the right side by 1. The gradient at the kink is 0.
 *
 * @param input scores, any shape, flat; `Float32Array` is computed in f32, all else in f64
 * @param target −1 and 1, as many
 * @throws as {@link binaryCrossEntropyWithLogits}
 * @see Cortes and Vapnik 1995, "Support-Vector Networks"; scikit-learn `hinge_loss`
 * @example
 * ```ts
 * import { hingeLoss } from 'logitscope';
 * hingeLoss([0.5, 2], [1, -1]).value; // 1.75
 * ```
 */
export const hingeLoss = elementwiseLoss({
  lossName: 'hingeLoss',
  summary: 'What a score lacks of a margin of 1',
  formula: 'max(0, 1 − t·x)',
  likelihood: 'none: a margin loss, as of support vector machines',
  source: 'Cortes and Vapnik 1995; scikit-learn hinge_loss',
  target: SIGN,
  reference: hingeReference,
  read: () => ({}),
  choose: () => ({ kernel: 'hinge' }),
});

/**
 * The square of {@link hingeLoss}: smooth, and harder on large mistakes.
 *
 * @param input scores, any shape, flat; `Float32Array` is computed in f32, all else in f64
 * @param target −1 and 1, as many
 * @throws as {@link binaryCrossEntropyWithLogits}
 * @see scikit-learn `LinearSVC(loss="squared_hinge")`; Keras `SquaredHinge`
 * @example
 * ```ts
 * import { squaredHingeLoss } from 'logitscope';
 * squaredHingeLoss([0.5, 2], [1, -1]).value; // 4.625
 * ```
 */
export const squaredHingeLoss = elementwiseLoss({
  lossName: 'squaredHingeLoss',
  summary: 'Square of what a score lacks of a margin of 1',
  formula: 'max(0, 1 − t·x)²',
  likelihood: 'none: a margin loss, as of support vector machines',
  source: 'scikit-learn LinearSVC; Keras SquaredHinge',
  target: SIGN,
  reference: squaredHingeReference,
  read: () => ({}),
  choose: () => ({ kernel: 'squared_hinge' }),
});

/**
 * Logistic loss with targets −1 and 1: {@link binaryCrossEntropyWithLogits} in
 * other clothes. Computed in f64.
 *
 * @param input logits, any shape, flat
 * @param target −1 and 1, as many
 * @throws as {@link binaryCrossEntropyWithLogits}
 * @see PyTorch `torch.nn.functional.soft_margin_loss`
 * @example
 * ```ts
 * import { softMarginLoss } from 'logitscope';
 * softMarginLoss([0, 2], [1, -1]).value; // 1.4100376
 * ```
 */
export const softMarginLoss = elementwiseLoss({
  lossName: 'softMarginLoss',
  summary: 'Logistic loss of targets −1 and 1',
  formula: 'log(1 + e^(−t·x))',
  likelihood: 'Bernoulli, its logit given',
  source: 'PyTorch soft_margin_loss',
  target: SIGN,
  reference: softMarginReference,
  read: () => ({}),
  choose: () => ({ kernel: 'soft_margin' }),
});
