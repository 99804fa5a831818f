// From the sums over a row to its cross-entropy and the factors of its
// gradient: the same for rows that go one by one and rows that go four at a time.

import { WEIGHT_SUM, Z_LOSS } from '../call';
import { weigh } from '../rows/class-sums';

/**
 * Adds λ·LSE² to the loss of a row and stores it.
 * @returns the factor of the softmax in the gradient
 */
// @ts-ignore: decorator
@inline
export function finish_loss(loss: f64, factor: f64, log_normalizer: f64, address: usize): f64 {
  const z_loss = load<f64>(Z_LOSS);
  if (z_loss != 0) {
    loss += z_loss * log_normalizer * log_normalizer;
    factor += 2 * z_loss * log_normalizer;
  }
  store<f64>(address, loss);
  return factor;
}

/**
 * {@link finish_loss} of a row whose target is a class index.
 * @param weight (1 − ε)·w_y
 * @param spread ε/C
 * @param distance max − z_y
 * @param all_distances Σ_c w_c·(max − z_c); not used where ε is 0
 * @param log_sum log Σ e^(z − max)
 */
// @ts-ignore: decorator
@inline
export function finish_index_loss(
  weight: f64,
  spread: f64,
  distance: f64,
  all_distances: f64,
  log_sum: f64,
  max: f64,
  address: usize,
): f64 {
  let loss = weigh(weight, distance + log_sum);
  let factor = weight;
  if (spread != 0) {
    const weight_sum = load<f64>(WEIGHT_SUM);
    loss += spread * (all_distances + weight_sum * log_sum);
    factor += spread * weight_sum;
  }
  return finish_loss(loss, factor, max + log_sum, address);
}

/** A row that is left out: loss 0, gradient 0. */
export function leave_out(gradient: usize, bytes: usize, loss: usize): void {
  store<f64>(loss, 0);
  memory.fill(gradient, 0, bytes);
}

/** The target's class of a gradient less `amount`. */
// @ts-ignore: decorator
@inline
export function subtract_target<T>(gradient: usize, target: usize, amount: f64): void {
  const hit = gradient + target * sizeof<T>();
  store<T>(hit, <T>(<f64>load<T>(hit) - amount));
}

/** Every class c of a gradient less factor · w_c. */
export function subtract_weights<T>(
  gradient: usize,
  classes: usize,
  class_weights: usize,
  factor: f64,
): void {
  for (let c: usize = 0; c < classes; ++c) {
    subtract_target<T>(gradient, c, factor * load<f64>(class_weights + (c << 3)));
  }
}
