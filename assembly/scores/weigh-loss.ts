// Class weights and label smoothing: a second look at a row that is still in
// the cache, taken only where these options are used. The loss becomes
//
//   (1 − ε) · w_y · nll + (ε / C) · Σ_c w_c · (−log p_c)

import { CLASS_WEIGHTS, SMOOTHING, WEIGHT_SUM } from '../call';
import { class_weight, weigh, weighted_distance } from '../rows/class-sums';
import { LOSS, NLL, real_at } from './row-scores';

/** −log p with p raised to eps and lowered to 1. */
export function negative_log(p: f64, eps: f64): f64 {
  return 0 - Math.log(min(max(p, eps), 1));
}

/** Whether the call asks for either. */
// @ts-ignore: decorator
@inline
export function is_weighed(): bool {
  return load<usize>(CLASS_WEIGHTS) != 0 || load<f64>(SMOOTHING) != 0;
}

/** Stores the loss of a row, whose nll is stored already, given Σ_c w_c · (−log p_c). */
function store_weighed(r: usize, classes: usize, target: usize, sum: f64): void {
  const smoothing = load<f64>(SMOOTHING);
  let loss = weigh(class_weight(load<usize>(CLASS_WEIGHTS), target), load<f64>(real_at(NLL, r)));
  if (smoothing != 0) loss = (1 - smoothing) * loss + (smoothing / <f64>classes) * sum;
  store<f64>(real_at(LOSS, r), loss);
}

/**
 * Replaces the loss of row `r` of logits, whose nll is stored already.
 * @param lift what to add to max − z_c to get −log p_c
 */
export function weigh_loss<IN>(
  r: usize,
  row: usize,
  classes: usize,
  target: usize,
  max: f64,
  lift: f64,
): void {
  let sum: f64 = 0;
  if (load<f64>(SMOOTHING) != 0) {
    const weights = load<usize>(CLASS_WEIGHTS);
    sum = weighted_distance<IN>(row, classes, weights, max) + load<f64>(WEIGHT_SUM) * lift;
  }
  store_weighed(r, classes, target, sum);
}

/** Replaces the loss of row `r` of probabilities, whose nll is stored already. */
export function weigh_probability_loss<T>(
  r: usize,
  row: usize,
  classes: usize,
  target: usize,
  eps: f64,
): void {
  const weights = load<usize>(CLASS_WEIGHTS);
  let sum: f64 = 0;
  if (load<f64>(SMOOTHING) != 0) {
    for (let c: usize = 0; c < classes; ++c) {
      const p = <f64>load<T>(row + c * sizeof<T>());
      sum += weigh(class_weight(weights, c), negative_log(p, eps));
    }
  }
  store_weighed(r, classes, target, sum);
}
