// From the sums over a row to its scores; the same for f32 and f64 logits.

import { FLAGS } from '../call';
import { exp_f64 } from '../vectors/exp';
import { CONTRADICTION, SCORED, store_row, TIED } from './row-scores';

/** How far log Σ e^z of log-probabilities, or Σ p, may lie from 0 or 1. */
export const NORMALIZATION_TOLERANCE: f64 = 1e-3;

/**
 * @param max largest score of the row
 * @param sum Σ e^(z − max)
 * @param squares Σ e^(2(z − max))
 * @param tied_after a class after the target scores the same
 * @returns what to add to max − z to get −log p: log Σ e^(z − max), or −max for log-probabilities
 */
export function finish_logits(
  row: usize,
  max: f64,
  target_score: f64,
  sum: f64,
  squares: f64,
  prediction: u32,
  rank: u32,
  tied_after: bool,
): f64 {
  // Log-probabilities are taken as they are.
  const normalized = load<u32>(FLAGS) != 0;
  const log_sum = Math.log(sum);
  const normalizer = max + log_sum;
  let status = target_score == max && (tied_after || rank != 0) ? SCORED | TIED : SCORED;
  // −log p of a class is reference − z + lift.
  let reference = max;
  let lift = log_sum;
  let top = 1 / sum;
  if (normalized) {
    if (abs(normalizer) > NORMALIZATION_TOLERANCE) status = CONTRADICTION;
    reference = 0;
    lift = 0;
    top = exp_f64(max);
  }
  const nll = reference - target_score + lift;
  let own = exp_f64(target_score - reference);
  if (!normalized) own *= top;
  store_row(row, nll, top, own, squares * (top * top), normalizer, prediction, rank, status);
  return normalized ? -max : log_sum;
}
