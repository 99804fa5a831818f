/** What the WebAssembly module of losses with gradients exports. */

import type { ModuleExports } from './core.js';

type Softmax = (scores: number, first: number, rows: number, classes: number, out: number) => void;

type CrossEntropy = (
  scores: number,
  first: number,
  rows: number,
  classes: number,
  targets: number,
  hasIgnore: number,
  ignoreIndex: number,
  classWeights: number,
  weightSum: number,
  smoothing: number,
  zLoss: number,
  scale: number,
  out: number,
  losses: number,
) => void;

type SoftCrossEntropy = (
  scores: number,
  first: number,
  rows: number,
  classes: number,
  soft: number,
  classWeights: number,
  smoothing: number,
  zLoss: number,
  scale: number,
  out: number,
  losses: number,
) => void;

type SoftmaxFocal = (
  scores: number,
  first: number,
  rows: number,
  classes: number,
  targets: number,
  hasIgnore: number,
  ignoreIndex: number,
  classWeights: number,
  gamma: number,
  scale: number,
  out: number,
  losses: number,
) => void;

type MultiMargin = (
  scores: number,
  first: number,
  rows: number,
  classes: number,
  targets: number,
  hasIgnore: number,
  ignoreIndex: number,
  classWeights: number,
  margin: number,
  squared: number,
  scale: number,
  out: number,
  losses: number,
) => void;

type GaussianKl = (
  means: number,
  logVariances: number,
  rows: number,
  dimensions: number,
  scale: number,
  losses: number,
) => void;

type Penalty = (parameters: number, count: number, scale: number) => number;

type Elementwise = (record: number, count: number) => number;

/** Exports of the module of losses. Addresses and lengths are in bytes and rows, as in assembly/. */
export interface LossCore extends ModuleExports {
  readonly squared_error_f32: Elementwise;
  readonly squared_error_f64: Elementwise;
  readonly huber_f32: Elementwise;
  readonly huber_f64: Elementwise;
  readonly quantile_f32: Elementwise;
  readonly quantile_f64: Elementwise;
  readonly binary_logits_f32: Elementwise;
  readonly binary_logits_f64: Elementwise;
  readonly hinge_f32: Elementwise;
  readonly hinge_f64: Elementwise;
  readonly squared_hinge_f32: Elementwise;
  readonly squared_hinge_f64: Elementwise;
  readonly log_cosh_f64: Elementwise;
  readonly binary_probabilities_f64: Elementwise;
  readonly focal_f64: Elementwise;
  readonly soft_margin_f64: Elementwise;
  readonly poisson_f64: Elementwise;
  readonly gaussian_f64: Elementwise;
  readonly divergence_f64: Elementwise;
  readonly softmax_f32: Softmax;
  readonly softmax_f64: Softmax;
  readonly log_softmax_f32: Softmax;
  readonly log_softmax_f64: Softmax;
  readonly cross_entropy_f32: CrossEntropy;
  readonly cross_entropy_f64: CrossEntropy;
  readonly soft_cross_entropy_f32: SoftCrossEntropy;
  readonly soft_cross_entropy_f64: SoftCrossEntropy;
  readonly softmax_focal_f32: SoftmaxFocal;
  readonly softmax_focal_f64: SoftmaxFocal;
  readonly gaussian_kl_f32: GaussianKl;
  readonly gaussian_kl_f64: GaussianKl;
  readonly squared_penalty_f32: Penalty;
  readonly squared_penalty_f64: Penalty;
  readonly absolute_penalty_f32: Penalty;
  readonly absolute_penalty_f64: Penalty;
  readonly multi_margin_f32: MultiMargin;
  readonly multi_margin_f64: MultiMargin;
}
