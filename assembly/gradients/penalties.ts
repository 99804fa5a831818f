// Penalties on parameters, over the parameters themselves: their sum, and the
// gradient in their place.

import { first_lanes, horizontal_sum, lanes } from '../vectors/lanes';

/** Elements between moves of the lane sums to f64. */
const BLOCK: usize = 1024;

/** Penalty of a vector of parameters: θ² or |θ|. */
// @ts-ignore: decorator
@inline
function term_of<T>(squared: bool, x: v128): v128 {
  return squared ? v128.mul<T>(x, x) : v128.abs<T>(x);
}

/** θ for ½·θ², the sign of θ for |θ|; 0 at 0, NaN for NaN. */
// @ts-ignore: decorator
@inline
function slope_of<T>(squared: bool, x: v128): v128 {
  if (squared) return x;
  const zero = v128.splat<T>(<T>0);
  const size = v128.abs<T>(x);
  const sign = v128.or(v128.xor(x, size), v128.splat<T>(<T>1));
  return v128.bitselect(sign, x, v128.gt<T>(size, zero));
}

/**
 * Σ θ² or Σ |θ| over `count` parameters, which become scale · θ or scale · sign θ.
 * Up to a vector past the last one is written over.
 */
// @ts-ignore: decorator
@inline
export function penalty<T>(squared: bool, parameters: usize, count: usize, scale: f64): f64 {
  const width = lanes<T>();
  const factor = v128.splat<T>(<T>scale);
  let sum: f64 = 0;
  for (let block: usize = 0; block < count; block += BLOCK) {
    const end = min(block + BLOCK, count);
    let lane_sum = v128.splat<T>(<T>0);
    for (let i = block; i < end; i += width) {
      const at = parameters + i * sizeof<T>();
      let x = v128.load(at);
      if (i + width > end) x = v128.and(x, first_lanes<T>(end - i));
      lane_sum = v128.add<T>(lane_sum, term_of<T>(squared, x));
      v128.store(at, v128.mul<T>(factor, slope_of<T>(squared, x)));
    }
    sum += horizontal_sum<T>(lane_sum);
  }
  return sum;
}
