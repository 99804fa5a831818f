// From the sums over a row to its scores; the same for f32 and f64 logits.

import { exp_f64 } from './exp';
import { CONTRADICTION, SCORED, store_row, TIED } from './row-scores';

/** How far log Σ e^z of log-probabilities, or Σ p, may lie from 0 or 1. */
export const NORMALIZATION_TOLERANCE: f64 = 1e-3;

/**
 * @param max largest score of the row
 * @param sum Σ e^(z − max)
 * @param squares Σ e^(2(z − max))
 * @param tied_after a class after the target scores the same
 * @param normalized the scores are log-probabilities and are taken as they are
 * @returns what to add to max − z to get −log p: log Σ e^(z − max), or −max for log-probabilities
 */
export function finish_logits(
  out: usize,
  capacity: usize,
  row: usize,
  max: f64,
  target_score: f64,
  sum: f64,
  squares: f64,
  prediction: u32,
  rank: u32,
  tied_after: bool,
  normalized: bool,
): f64 {
  const log_sum = Math.log(sum);
  const normalizer = max + log_sum;
  const first = target_score == max;
  let status = first && (tied_after || rank != 0) ? SCORED | TIED : SCORED;
  if (normalized) {
    if (abs(normalizer) > NORMALIZATION_TOLERANCE) status = CONTRADICTION;
    const top = exp_f64(max);
    store_row(
      out,
      capacity,
      row,
      0 - target_score,
      top,
      exp_f64(target_score),
      squares * (top * top),
      normalizer,
      prediction,
      rank,
      status,
    );
    return -max;
  }
  const confidence = 1 / sum;
  store_row(
    out,
    capacity,
    row,
    max - target_score + log_sum,
    confidence,
    first ? confidence : exp_f64(target_score - max) * confidence,
    squares * (confidence * confidence),
    normalizer,
    prediction,
    rank,
    status,
  );
  return log_sum;
}
