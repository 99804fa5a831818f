// Sums over the classes of a row, in f64.

import { horizontal_sum, narrow } from '../vectors/lanes';
import { load_one } from '../vectors/widen';

/** Weight of a class; all weigh 1 without an array. */
// @ts-ignore: decorator
@inline
export function class_weight(weights: usize, index: usize): f64 {
  return weights == 0 ? 1 : load<f64>(weights + (index << 3));
}

/** Weights of a vector of classes from `address` on, in lanes of type T. */
// @ts-ignore: decorator
@inline
export function class_weights_of<T>(address: usize): v128 {
  const low = v128.load(address);
  if (sizeof<T>() == 8) return low;
  return narrow(low, v128.load(address, 16));
}

/** w · value, where a weight of 0 takes the value out even if it is infinite. */
// @ts-ignore: decorator
@inline
export function weigh(weight: f64, value: f64): f64 {
  return weight == 0 ? 0 : weight * value;
}

/** Two scores from `address` on in f64. */
// @ts-ignore: decorator
@inline
export function load_pair<IN>(address: usize): v128 {
  if (sizeof<IN>() == 8) return v128.load(address);
  if (sizeof<IN>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(address));
  const first = f64x2.splat(load_one<IN>(address));
  return f64x2.replace_lane(first, 1, load_one<IN>(address + sizeof<IN>()));
}

/**
 * Σ_c w_c · (max − z_c), two classes at a time. Weights of 0 take out even an
 * infinite term.
 */
export function weighted_distance<IN>(row: usize, classes: usize, weights: usize, max: f64): f64 {
  const top = f64x2.splat(max);
  let sums = f64x2.splat(0);
  const pairs = classes & ~1;
  for (let c: usize = 0; c < pairs; c += 2) {
    const distance = f64x2.sub(top, load_pair<IN>(row + c * sizeof<IN>()));
    const term = weights == 0 ? distance : f64x2.mul(v128.load(weights + (c << 3)), distance);
    sums = f64x2.add(sums, term);
  }
  let sum = horizontal_sum<f64>(sums);
  if (pairs < classes) {
    sum += class_weight(weights, pairs) * (max - load_one<IN>(row + pairs * sizeof<IN>()));
  }
  if (sum == sum) return sum;
  sum = 0;
  for (let c: usize = 0; c < classes; ++c) {
    sum += weigh(class_weight(weights, c), max - load_one<IN>(row + c * sizeof<IN>()));
  }
  return sum;
}
