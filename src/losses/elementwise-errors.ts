/** Losses of the distance between prediction and target: regression. */

import {
  absoluteReference,
  huberReference,
  logCoshReference,
  quantileReference,
  smoothL1Reference,
  squaredReference,
} from '../reference/elementwise-reference.js';
import { type ElementwiseOptions, elementwiseLoss, FINITE } from './elementwise.js';
import { numberOption } from './options.js';

/** Options of {@link huberLoss}. */
export interface HuberLossOptions extends ElementwiseOptions {
  /** Distance δ > 0 from which on the loss grows linearly; default 1. */
  readonly delta?: number | undefined;
}

/** Options of {@link smoothL1Loss}. */
export interface SmoothL1LossOptions extends ElementwiseOptions {
  /** Distance β ≥ 0 from which on the loss grows linearly; default 1. */
  readonly beta?: number | undefined;
}

/** Options of {@link quantileLoss}. */
export interface QuantileLossOptions extends ElementwiseOptions {
  /** Which quantile of the target to predict, 0 < q < 1; default 0.5, the median. */
  readonly quantile?: number | undefined;
}

/**
 * Squared error, (x − t)², of each element.
 *
 * @param input predictions, any shape, flat; `Float32Array` is computed in f32, all else in f64
 * @param target finite numbers, as many
 * @throws UsageError `unknown-option`, `length-mismatch`, `bad-weight`, `bad-…`; InputError
 *   `empty-input`, `target-out-of-range` (the gradient is then not to be used);
 *   LogitscopeError `not-initialised` in browsers before `init`, `no-simd`, `no-relaxed-simd`
 * @see PyTorch `torch.nn.functional.mse_loss`
 * @example
 * ```ts
 * import { mseLoss } from 'logitscope';
 * const { value, gradient } = mseLoss([1, 2], [0, 4], { gradient: true });
 * value; // 2.5
 * gradient; // [1, -2]
 * ```
 */
export const mseLoss = elementwiseLoss({
  lossName: 'mseLoss',
  summary: 'Squared error',
  formula: '(x − t)²',
  likelihood: 'Gaussian of fixed variance',
  source: 'PyTorch mse_loss',
  target: FINITE,
  reference: squaredReference,
  read: () => ({}),
  choose: () => ({ kernel: 'squared_error' }),
});

/**
 * Absolute error, |x − t|, of each element. The gradient on the target is 0.
 *
 * @param input predictions, any shape, flat; `Float32Array` is computed in f32, all else in f64
 * @param target finite numbers, as many
 * @throws as {@link mseLoss}
 * @see PyTorch `torch.nn.functional.l1_loss`
 * @example
 * ```ts
 * import { l1Loss } from 'logitscope';
 * l1Loss([1, 2], [0, 4]).value; // 1.5
 * ```
 */
export const l1Loss = elementwiseLoss({
  lossName: 'l1Loss',
  summary: 'Absolute error',
  formula: '|x − t|',
  likelihood: 'Laplace of fixed scale',
  source: 'PyTorch l1_loss',
  target: FINITE,
  reference: absoluteReference,
  read: () => ({}),
  choose: () => ({ kernel: 'quantile', p: 1, q: -1 }),
});

/**
 * Squared error near the target, absolute error far from it, where outliers
 * would otherwise have their way.
 *
 * @param input predictions, any shape, flat; `Float32Array` is computed in f32, all else in f64
 * @param target finite numbers, as many
 * @throws as {@link mseLoss}; UsageError `bad-delta`
 * @see Huber 1964, "Robust Estimation of a Location Parameter"; PyTorch `torch.nn.functional.huber_loss`
 * @example
 * ```ts
 * import { huberLoss } from 'logitscope';
 * const { values } = huberLoss([0.5, 3], [0, 0], { delta: 1, reduction: 'none' });
 * values; // [0.125, 2.5]
 * ```
 */
export const huberLoss = elementwiseLoss<HuberLossOptions, { delta: number }>({
  lossName: 'huberLoss',
  summary: 'Squared error near the target, absolute error far from it',
  formula: '½d² for |d| ≤ δ, δ(|d| − ½δ) beyond; d = x − t',
  likelihood: 'none: a robust loss (Gaussian in the middle, Laplace in the tails)',
  source: 'Huber 1964; PyTorch huber_loss',
  options: ['delta'],
  target: FINITE,
  reference: huberReference,
  read: ({ delta = 1 }) => ({ delta: numberOption('huberLoss', 'delta', delta, { above: 0 }) }),
  choose: ({ delta }) => ({ kernel: 'huber', p: delta, q: -delta }),
});

/**
 * {@link huberLoss} with δ = β, divided by β: its slope far from the target is 1
 * for every β. β = 0 is {@link l1Loss}.
 *
 * @param input predictions, any shape, flat; `Float32Array` is computed in f32, all else in f64
 * @param target finite numbers, as many
 * @throws as {@link mseLoss}; UsageError `bad-beta`
 * @see Girshick 2015, "Fast R-CNN"; PyTorch `torch.nn.functional.smooth_l1_loss`
 * @example
 * ```ts
 * import { smoothL1Loss } from 'logitscope';
 * const { values } = smoothL1Loss([0.5, 3], [0, 0], { beta: 2, reduction: 'none' });
 * values; // [0.0625, 2]
 * ```
 */
export const smoothL1Loss = elementwiseLoss<SmoothL1LossOptions, { beta: number }>({
  lossName: 'smoothL1Loss',
  summary: 'Absolute error with a rounded tip',
  formula: 'd²/(2β) for |d| < β, |d| − ½β beyond; d = x − t',
  likelihood: 'none: a robust loss (Gaussian in the middle, Laplace in the tails)',
  source: 'Girshick 2015, Fast R-CNN; PyTorch smooth_l1_loss',
  options: ['beta'],
  target: FINITE,
  reference: smoothL1Reference,
  read: ({ beta = 1 }) => ({ beta: numberOption('smoothL1Loss', 'beta', beta, { min: 0 }) }),
  choose: ({ beta }) =>
    beta === 0
      ? { kernel: 'quantile', p: 1, q: -1 }
      : { kernel: 'huber', p: beta, q: -beta, factor: 1 / beta },
});

/**
 * Logarithm of the hyperbolic cosine of the error: about ½d² near the target,
 * |d| − log 2 far from it, smooth everywhere. Computed in f64.
 *
 * @param input predictions, any shape, flat
 * @param target finite numbers, as many
 * @throws as {@link mseLoss}
 * @see Keras `keras.losses.LogCosh`
 * @example
 * ```ts
 * import { logCoshLoss } from 'logitscope';
 * const { value, gradient } = logCoshLoss([1], [0], { gradient: true });
 * value; // 0.4337808
 * gradient; // [0.7615942]
 * ```
 */
export const logCoshLoss = elementwiseLoss({
  lossName: 'logCoshLoss',
  summary: 'Squared error near the target, absolute error far from it, smooth everywhere',
  formula: 'log cosh(x − t)',
  likelihood: 'hyperbolic secant of fixed scale',
  source: 'Keras LogCosh',
  target: FINITE,
  reference: logCoshReference,
  read: () => ({}),
  choose: () => ({ kernel: 'log_cosh' }),
});

/**
 * Pinball loss: predictions that minimise it are the q-quantile of the target.
 * The gradient on the target is 0.
 *
 * @param input predictions, any shape, flat; `Float32Array` is computed in f32, all else in f64
 * @param target finite numbers, as many
 * @throws as {@link mseLoss}; UsageError `bad-quantile`
 * @see Koenker and Bassett 1978, "Regression Quantiles"
 * @example
 * ```ts
 * import { quantileLoss } from 'logitscope';
 * const { values } = quantileLoss([0, 2], [1, 1], { quantile: 0.9, reduction: 'none' });
 * values; // [0.9, 0.1]
 * ```
 */
export const quantileLoss = elementwiseLoss<QuantileLossOptions, { quantile: number }>({
  lossName: 'quantileLoss',
  summary: 'Pinball loss, least at a quantile of the target',
  formula: 'max(q(t − x), (q − 1)(t − x))',
  likelihood: 'asymmetric Laplace of fixed scale',
  source: 'Koenker and Bassett 1978, Regression Quantiles',
  options: ['quantile'],
  target: FINITE,
  reference: quantileReference,
  read: ({ quantile = 0.5 }) => ({
    quantile: numberOption('quantileLoss', 'quantile', quantile, { above: 0, below: 1 }),
  }),
  choose: ({ quantile }) => ({ kernel: 'quantile', p: 1 - quantile, q: -quantile }),
});
