/** Losses over elements and their derivatives again, in plain f64 TypeScript, each from its textbook formula. */

import type { LossArithmetic } from '../types/loss.js';

/** What belongs to the elements of an input. What is shorter than the input repeats. */
export interface Elements {
  readonly target: Float64Array;
  /** Variances of a Gaussian, weights of the positive term of a binary cross-entropy. */
  readonly extra: Float64Array | null;
  readonly weight: Float64Array | null;
}

/** Values and gradients of a loss over elements. */
export interface ElementwiseArithmetic<Own> extends LossArithmetic<Elements, Own> {
  /** Gradient of the sum with respect to `extra`, as long as the input. */
  gradientOfExtra(input: Float64Array, elements: Elements, own: Own): Float64Array;
}

/** A function of input x, target t and the loss's own options; `extra` is 1 where there is none. */
type OfElement<Own> = (x: number, t: number, own: Own, extra: number) => number;

function overElements<Own = object>(
  loss: OfElement<Own>,
  slope: OfElement<Own>,
  extraSlope: OfElement<Own> = () => 0,
): ElementwiseArithmetic<Own> {
  const each =
    (of: OfElement<Own>) =>
    (input: Float64Array, { target, extra, weight }: Elements, own: Own): Float64Array =>
      input.map((x, i) => {
        const w = weight ? weight[i % weight.length] : 1;
        // A weight of 0 takes out what is infinite or NaN, too.
        return w === 0 ? 0 : w * of(x, target[i], own, extra ? extra[i % extra.length] : 1);
      });
  return { values: each(loss), gradientOfSum: each(slope), gradientOfExtra: each(extraSlope) };
}

const { abs, exp, log, log1p, max, sign } = Math;

/** log(1 + e^x) */
const softplus = (x: number) => max(x, 0) + log1p(exp(-abs(x)));

/** 1/(1 + e^−x) */
const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)));

export const squaredReference = overElements(
  (x, t) => (x - t) ** 2,
  (x, t) => 2 * (x - t),
);

export const absoluteReference = overElements(
  (x, t) => abs(x - t),
  (x, t) => sign(x - t),
);

export const huberReference = overElements<{ delta: number }>(
  (x, t, { delta }) => {
    const size = abs(x - t);
    return size <= delta ? size ** 2 / 2 : delta * (size - delta / 2);
  },
  (x, t, { delta }) => (abs(x - t) <= delta ? x - t : delta * sign(x - t)),
);

export const smoothL1Reference = overElements<{ beta: number }>(
  (x, t, { beta }) => {
    const size = abs(x - t);
    return size < beta ? size ** 2 / (2 * beta) : size - beta / 2;
  },
  (x, t, { beta }) => (abs(x - t) < beta ? (x - t) / beta : sign(x - t)),
);

export const logCoshReference = overElements(
  (x, t) => {
    const size = abs(x - t);
    // cosh d = 1 + 2·sinh²(d/2), which overflows where the other form is exact.
    return size < 1 ? log1p(2 * Math.sinh(size / 2) ** 2) : size + log1p(exp(-2 * size)) - Math.LN2;
  },
  (x, t) => Math.tanh(x - t),
);

export const quantileReference = overElements<{ quantile: number }>(
  (x, t, { quantile }) => max(quantile * (t - x), (quantile - 1) * (t - x)),
  (x, t, { quantile }) => {
    const d = x - t;
    if (d > 0) return 1 - quantile;
    return d < 0 ? -quantile : d;
  },
);

/** `extra` is the weight of the positive term. */
export const binaryLogitsReference = overElements(
  (x, t, _own, positive) => positive * t * softplus(-x) + (1 - t) * softplus(x),
  (x, t, _own, positive) => sigmoid(x) * (positive * t + 1 - t) - positive * t,
);

/** The float32 nearest 1e-12: what PyTorch divides by at least. */
export const LEAST_SPREAD = Math.fround(1e-12);

export const binaryProbabilitiesReference = overElements(
  (p, t) => -(t * max(log(p), -100) + (1 - t) * max(log1p(-p), -100)),
  (p, t) => (p - t) / max(p * (1 - p), LEAST_SPREAD),
);

export const focalReference = overElements<{ gamma: number; alpha: number | null }>(
  (x, t, own) => focalWeight(x, t, own) * softplus(t === 1 ? -x : x),
  (x, t, own) => {
    // With z the logit of the wrong class and q = σ(z) its probability:
    // d/dz q^γ·softplus(z) = q^γ·(γ·(1 − q)·softplus(z) + q)
    const z = t === 1 ? -x : x;
    const slope = own.gamma * sigmoid(-z) * softplus(z) + sigmoid(z);
    return (t === 1 ? -1 : 1) * focalWeight(x, t, own) * slope;
  },
);

/** α_t·(1 − p_t)^γ */
function focalWeight(x: number, t: number, own: { gamma: number; alpha: number | null }): number {
  const balance = own.alpha === null ? 1 : t === 1 ? own.alpha : 1 - own.alpha;
  if (own.gamma === 0) return balance;
  return balance * exp(-own.gamma * softplus(t === 1 ? x : -x));
}

export const hingeReference = overElements(
  (x, t) => max(0, 1 - t * x),
  (x, t) => (t * x < 1 ? -t : max(0, 1 - t * x)),
);

export const squaredHingeReference = overElements(
  (x, t) => max(0, 1 - t * x) ** 2,
  (x, t) => -2 * t * max(0, 1 - t * x),
);

export const softMarginReference = overElements(
  (x, t) => softplus(-t * x),
  (x, t) => -t * sigmoid(-t * x),
);

interface PoissonNumbers {
  readonly logInput: boolean;
  readonly full: boolean;
  readonly eps: number;
}

export const poissonReference = overElements<PoissonNumbers>(
  (x, t, { logInput, full, eps }) => {
    const loss = logInput ? exp(x) - t * x : x - t * log(x + eps);
    if (!full || t <= 1) return loss;
    return loss + t * log(t) - t + log(2 * Math.PI * t) / 2;
  },
  (x, t, { logInput, eps }) => (logInput ? exp(x) - t : 1 - t / (x + eps)),
);

interface GaussianNumbers {
  readonly full: boolean;
  readonly eps: number;
}

/** `extra` is the variance. */
export const gaussianReference = overElements<GaussianNumbers>(
  (x, t, { full, eps }, variance) => {
    const v = max(variance, eps);
    return (log(v) + (x - t) ** 2 / v + (full ? log(2 * Math.PI) : 0)) / 2;
  },
  (x, t, { eps }, variance) => (x - t) / max(variance, eps),
  (x, t, { eps }, variance) => {
    const v = max(variance, eps);
    return (1 / v - ((x - t) / v) ** 2) / 2;
  },
);

export const divergenceReference = overElements<{ logTarget: boolean }>(
  (x, t, { logTarget }) => {
    const probability = logTarget ? exp(t) : t;
    return probability === 0 ? 0 : probability * ((logTarget ? t : log(t)) - x);
  },
  (_x, t, { logTarget }) => -(logTarget ? exp(t) : t),
);
