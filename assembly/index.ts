// Everything the module core.wasm exports: what scores, tallies, parses and
// sorts rows. Losses with gradients are a module of their own (losses.ts).
// Functions take plain addresses and lengths; the host (src/engine/) owns the
// memory from heap_base upwards.

export { diagnose_rows } from './diagnose-rows';
export { heap_base, relaxed } from './module';
export { parse_array, parse_rows } from './parse-decimals';
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
