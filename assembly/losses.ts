// Everything the module losses.wasm exports: losses with gradients, which pages
// that only score have no use for. Functions take plain addresses and lengths;
// the host (src/engine/) owns the memory from heap_base upwards.

export {
  multi_margin_f32,
  multi_margin_f64,
  softmax_focal_f32,
  softmax_focal_f64,
} from './class-losses';
export { cross_entropy_f32, cross_entropy_f64 } from './cross-entropy';
export * from './elementwise';
export { gaussian_kl_f32, gaussian_kl_f64 } from './gaussian-kl';
export { heap_base, relaxed } from './module';
export {
  absolute_penalty_f32,
  absolute_penalty_f64,
  squared_penalty_f32,
  squared_penalty_f64,
} from './penalties';
export { soft_cross_entropy_f32, soft_cross_entropy_f64 } from './soft-cross-entropy';
export { log_softmax_f32, log_softmax_f64, softmax_f32, softmax_f64 } from './softmax';
