// Everything the module losses.wasm exports: losses with gradients, which pages
// that only score have no use for.
//
// A call names what it works on in one block of memory (call.ts); the host
// (src/engine/) owns the memory from heap_base upwards. The tables below make
// an export for every type of numbers, a line each, however long.

import { CLASSES } from './call';
import { cross_entropy } from './gradients/cross-entropy';
import { cross_entropy_few, FEW } from './gradients/cross-entropy-few';
import { elementwise } from './gradients/elementwise';
import {
  BINARY_LOGITS,
  BINARY_PROBABILITIES,
  DIVERGENCE,
  FOCAL,
  GAUSSIAN,
  HINGE,
  HUBER,
  LOG_COSH,
  POISSON,
  QUANTILE,
  SOFT_MARGIN,
  SQUARED,
  SQUARED_HINGE,
} from './gradients/elementwise-losses';
import { softmax_focal } from './gradients/focal';
import { gaussian_kl } from './gradients/gaussian-kl';
import { multi_margin } from './gradients/margin';
import { penalty } from './gradients/penalties';
import { soft_cross_entropy } from './gradients/soft-cross-entropy';
import { softmax } from './gradients/softmax';

export { call_block, heap_base, relaxed } from './module';

// Rows from `first` on. Few classes of f32 scores go four rows at a time.

export function cross_entropy_f32(first: usize, rows: usize): void {
  if (load<usize>(CLASSES) <= FEW) cross_entropy_few(false, first, rows);
  else cross_entropy<f32>(first, rows);
}
export function cross_entropy_f64(first: usize, rows: usize): void { cross_entropy<f64>(first, rows); }
export function soft_cross_entropy_f32(first: usize, rows: usize): void {
  if (load<usize>(CLASSES) <= FEW) cross_entropy_few(true, first, rows);
  else soft_cross_entropy<f32>(first, rows);
}
export function soft_cross_entropy_f64(first: usize, rows: usize): void { soft_cross_entropy<f64>(first, rows); }
export function softmax_focal_f32(first: usize, rows: usize): void { softmax_focal<f32>(first, rows); }
export function softmax_focal_f64(first: usize, rows: usize): void { softmax_focal<f64>(first, rows); }
export function multi_margin_f32(first: usize, rows: usize): void { multi_margin<f32>(first, rows); }
export function multi_margin_f64(first: usize, rows: usize): void { multi_margin<f64>(first, rows); }
export function softmax_f32(first: usize, rows: usize): void { softmax<f32>(false, first, rows); }
export function softmax_f64(first: usize, rows: usize): void { softmax<f64>(false, first, rows); }
export function log_softmax_f32(first: usize, rows: usize): void { softmax<f32>(true, first, rows); }
export function log_softmax_f64(first: usize, rows: usize): void { softmax<f64>(true, first, rows); }
export function gaussian_kl_f32(rows: usize): void { gaussian_kl<f32>(rows); }
export function gaussian_kl_f64(rows: usize): void { gaussian_kl<f64>(rows); }

// Σ over elements. Kinds without f32 are computed in f64 throughout.

export function squared_error_f32(count: usize): f64 { return elementwise<f32>(SQUARED, count); }
export function squared_error_f64(count: usize): f64 { return elementwise<f64>(SQUARED, count); }
export function huber_f32(count: usize): f64 { return elementwise<f32>(HUBER, count); }
export function huber_f64(count: usize): f64 { return elementwise<f64>(HUBER, count); }
export function quantile_f32(count: usize): f64 { return elementwise<f32>(QUANTILE, count); }
export function quantile_f64(count: usize): f64 { return elementwise<f64>(QUANTILE, count); }
export function binary_logits_f32(count: usize): f64 { return elementwise<f32>(BINARY_LOGITS, count); }
export function binary_logits_f64(count: usize): f64 { return elementwise<f64>(BINARY_LOGITS, count); }
export function hinge_f32(count: usize): f64 { return elementwise<f32>(HINGE, count); }
export function hinge_f64(count: usize): f64 { return elementwise<f64>(HINGE, count); }
export function squared_hinge_f32(count: usize): f64 { return elementwise<f32>(SQUARED_HINGE, count); }
export function squared_hinge_f64(count: usize): f64 { return elementwise<f64>(SQUARED_HINGE, count); }
export function log_cosh_f64(count: usize): f64 { return elementwise<f64>(LOG_COSH, count); }
export function binary_probabilities_f64(count: usize): f64 { return elementwise<f64>(BINARY_PROBABILITIES, count); }
export function focal_f64(count: usize): f64 { return elementwise<f64>(FOCAL, count); }
export function soft_margin_f64(count: usize): f64 { return elementwise<f64>(SOFT_MARGIN, count); }
export function poisson_f64(count: usize): f64 { return elementwise<f64>(POISSON, count); }
export function gaussian_f64(count: usize): f64 { return elementwise<f64>(GAUSSIAN, count); }
export function divergence_f64(count: usize): f64 { return elementwise<f64>(DIVERGENCE, count); }

// Σ over parameters, which lie from `at` on.

export function squared_penalty_f32(at: usize, count: usize, scale: f64): f64 { return penalty<f32>(true, at, count, scale); }
export function squared_penalty_f64(at: usize, count: usize, scale: f64): f64 { return penalty<f64>(true, at, count, scale); }
export function absolute_penalty_f32(at: usize, count: usize, scale: f64): f64 { return penalty<f32>(false, at, count, scale); }
export function absolute_penalty_f64(at: usize, count: usize, scale: f64): f64 { return penalty<f64>(false, at, count, scale); }
