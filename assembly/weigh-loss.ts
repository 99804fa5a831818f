// Class weights and label smoothing: a second look at a row that is still in
// the cache, taken only where these options are used. The loss becomes
//
//   (1 − ε) · w_y · nll + (ε / C) · Σ_c w_c · (−log p_c)

import { class_weight, weigh, weighted_distance } from './class-sums';
import { store_loss } from './row-scores';
import { negative_log } from './score-probabilities';

/** Σ_c w_c */
function total_weight(weights: usize, classes: usize): f64 {
  let total: f64 = 0;
  for (let c: usize = 0; c < classes; ++c) total += load<f64>(weights + (c << 3));
  return total;
}

/** (1 − ε) · w_y · nll + (ε / C) · sum */
// @ts-ignore: decorator
@inline
function smooth(own: f64, smoothing: f64, sum: f64, classes: usize): f64 {
  return (1 - smoothing) * own + (smoothing / <f64>classes) * sum;
}

/**
 * Replaces the loss of row `r` of logits, whose nll is stored already.
 * @param lift what to add to max − z_c to get −log p_c
 */
export function weigh_loss<T>(
  row: usize,
  classes: usize,
  target: usize,
  weights: usize,
  smoothing: f64,
  max: f64,
  lift: f64,
  out: usize,
  capacity: usize,
  r: usize,
): void {
  let loss = weigh(class_weight(weights, target), load<f64>(out + (r << 3)));
  if (smoothing != 0) {
    const total = weights == 0 ? <f64>classes : total_weight(weights, classes);
    const sum = weighted_distance<T>(row, classes, weights, max) + total * lift;
    loss = smooth(loss, smoothing, sum, classes);
  }
  store_loss(out, capacity, r, loss);
}

/** Replaces the loss of row `r` of probabilities, whose nll is stored already. */
export function weigh_probability_loss<T>(
  row: usize,
  classes: usize,
  target: usize,
  weights: usize,
  smoothing: f64,
  eps: f64,
  out: usize,
  capacity: usize,
  r: usize,
): void {
  let loss = weigh(class_weight(weights, target), load<f64>(out + (r << 3)));
  if (smoothing != 0) {
    let sum: f64 = 0;
    for (let c: usize = 0; c < classes; ++c) {
      const p = <f64>load<T>(row + c * sizeof<T>());
      sum += weigh(class_weight(weights, c), negative_log(p, eps));
    }
    loss = smooth(loss, smoothing, sum, classes);
  }
  store_loss(out, capacity, r, loss);
}
