/** What the WebAssembly module of losses with gradients exports. */

import type { ModuleExports, RowKernel } from './module-exports.js';

type Penalty = (parameters: number, count: number, scale: number) => number;

type Elementwise = (count: number) => number;
type GaussianKl = (rows: number) => void;

/** Exports of the module of losses; what they work on is named in the block of call.ts. */
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
  readonly softmax_f32: RowKernel;
  readonly softmax_f64: RowKernel;
  readonly log_softmax_f32: RowKernel;
  readonly log_softmax_f64: RowKernel;
  readonly cross_entropy_f32: RowKernel;
  readonly cross_entropy_f64: RowKernel;
  readonly soft_cross_entropy_f32: RowKernel;
  readonly soft_cross_entropy_f64: RowKernel;
  readonly softmax_focal_f32: RowKernel;
  readonly softmax_focal_f64: RowKernel;
  readonly gaussian_kl_f32: GaussianKl;
  readonly gaussian_kl_f64: GaussianKl;
  readonly squared_penalty_f32: Penalty;
  readonly squared_penalty_f64: Penalty;
  readonly absolute_penalty_f32: Penalty;
  readonly absolute_penalty_f64: Penalty;
  readonly multi_margin_f32: RowKernel;
  readonly multi_margin_f64: RowKernel;
}
