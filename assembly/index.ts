// Everything the module core.wasm exports: what scores, tallies, parses and
// sorts rows. Losses with gradients are a module of their own (losses.ts).
//
// A call names what it works on in one block of memory (call.ts); the host
// (src/engine/) owns the memory from heap_base upwards. The tables below make
// an export for every type of scores, a line each, however long; 16-bit scores are
// u16 for f16 and i16 for bf16.

import { CLASSES } from './call';
import { FEW, score_few } from './scores/score-few';
import { score_logits } from './scores/score-logits';
import { score_probabilities } from './scores/score-probabilities';
import { score_single } from './scores/score-single';
import { count_digits, move_keys, restore_scores } from './sorting/sort-scores';

export { call_block, heap_base, relaxed } from './module';
export { exp, log } from './scalar';
export { joint_rows, joint_sums } from './scores/joint';
export { place_digits } from './sorting/sort-scores';
export { diagnose_rows } from './tallies/diagnose-rows';
export { refused_rows, tally_rows } from './tallies/tally-rows';
export { parse_array, parse_rows } from './text/parse-decimals';

/** Scores of up to 32 bits: four rows at a time where there are few classes. */
// @ts-ignore: decorator
@inline
function score_narrow_logits<IN>(first: usize, rows: usize): void {
  if (load<usize>(CLASSES) <= FEW) score_few<IN>(first, rows);
  else score_logits<f32, IN>(first, rows);
}

export function score_logits_f32(first: usize, rows: usize): void { score_narrow_logits<f32>(first, rows); }
export function score_logits_f16(first: usize, rows: usize): void { score_narrow_logits<u16>(first, rows); }
export function score_logits_bf16(first: usize, rows: usize): void { score_narrow_logits<i16>(first, rows); }
export function score_logits_f64(first: usize, rows: usize): void { score_logits<f64, f64>(first, rows); }

export function score_probabilities_f32(first: usize, rows: usize): void { score_probabilities<f32>(first, rows); }
export function score_probabilities_f64(first: usize, rows: usize): void { score_probabilities<f64>(first, rows); }

export function score_single_logits_f32(first: usize, rows: usize): void { score_single<f32, f32>(false, first, rows); }
export function score_single_logits_f16(first: usize, rows: usize): void { score_single<f32, u16>(false, first, rows); }
export function score_single_logits_bf16(first: usize, rows: usize): void { score_single<f32, i16>(false, first, rows); }
export function score_single_logits_f64(first: usize, rows: usize): void { score_single<f64, f64>(false, first, rows); }
export function score_single_probabilities_f32(first: usize, rows: usize): void { score_single<f32, f32>(true, first, rows); }
export function score_single_probabilities_f64(first: usize, rows: usize): void { score_single<f64, f64>(true, first, rows); }

export function count_digits_f32(scores: usize, count: usize, counts: usize, first: bool): void { count_digits<f32, u32>(scores, count, counts, first); }
export function count_digits_f64(scores: usize, count: usize, counts: usize, first: bool): void { count_digits<f64, u64>(scores, count, counts, first); }
export function move_keys_f32(keys: usize, carried: usize, count: usize, counts: usize, digit: usize, to_keys: usize, to_carried: usize): void { move_keys<u32>(keys, carried, count, counts, digit, to_keys, to_carried); }
export function move_keys_f64(keys: usize, carried: usize, count: usize, counts: usize, digit: usize, to_keys: usize, to_carried: usize): void { move_keys<u64>(keys, carried, count, counts, digit, to_keys, to_carried); }
export function restore_scores_f32(keys: usize, count: usize): void { restore_scores<u32>(keys, count); }
export function restore_scores_f64(keys: usize, count: usize): void { restore_scores<u64>(keys, count); }
