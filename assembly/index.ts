// Everything the module exports. Functions take plain addresses and lengths;
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
export { parse_array, parse_rows } from './parse-decimals';
export {
  absolute_penalty_f32,
  absolute_penalty_f64,
  squared_penalty_f32,
  squared_penalty_f64,
} from './penalties';
export { exp, log } from './scalar';
export {
  score_logits_bf16,
  score_logits_f16,
  score_logits_f32,
  score_logits_f64,
} from './score-logits';
export { score_probabilities_f32, score_probabilities_f64 } from './score-probabilities';
export {
  score_single_logits_bf16,
  score_single_logits_f16,
  score_single_logits_f32,
  score_single_logits_f64,
  score_single_probabilities_f32,
  score_single_probabilities_f64,
} from './single-score';
export { soft_cross_entropy_f32, soft_cross_entropy_f64 } from './soft-cross-entropy';
export { log_softmax_f32, log_softmax_f64, softmax_f32, softmax_f64 } from './softmax';
export {
  count_digits_f32,
  count_digits_f64,
  move_keys_f32,
  move_keys_f64,
  place_digits,
  restore_scores_f32,
  restore_scores_f64,
} from './sort-scores';
export { refused_rows, tally_rows } from './tally-rows';
export { temper_f32, temper_f64 } from './temper';

/** 1 where this is the relaxed build, which rounds as the machine likes (fused.ts). */
export const relaxed: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 0;

/** First byte that is free for the host. */
export const heap_base: usize = __heap_base;
