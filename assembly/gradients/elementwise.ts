// Losses that are sums over elements, with their gradients. An element's loss
// and gradient depend on it alone. The block of a call has addresses of arrays,
// 0 for none: SCORES (the input), TARGETS, EXTRA, WEIGHTS, and OUT (the
// gradient), EXTRA_GRADIENT and LOSSES, which are written.
//
// Arrays have room for a whole vector at their end: a tail goes through the
// loop as the rest does, and what comes of the lanes past it is left out of the
// sum. The gradient may be written over the input.

import {
  EXTRA,
  EXTRA_GRADIENT,
  FLAGS,
  LOSSES,
  OUT,
  P,
  Q,
  SCALE,
  SCORES,
  TARGETS,
  WEIGHTS,
} from '../call';
import { first_lanes, horizontal_sum, lanes } from '../vectors/lanes';
import {
  BINARY_LOGITS,
  extra_slope_of,
  GAUSSIAN,
  loss_of,
  refused_of,
  second_of,
  shared_of,
  slope_of,
  third_of,
} from './elementwise-losses';

/** Elements between moves of the f32 lane sums to f64. */
const BLOCK: usize = 1024;

/** w·v, where a weight of 0 takes out what is infinite or NaN, too. */
// @ts-ignore: decorator
@inline
function weigh<T>(w: v128, v: v128): v128 {
  return v128.and(v128.mul<T>(w, v), v128.ne<T>(w, v128.splat<T>(<T>0)));
}

/**
 * Σ weight · loss over `count` elements; writes the gradient of scale · that
 * sum, and the losses, where they have a place.
 * @returns NaN where a target (or what else lies in a range) is out of its range
 */
// @ts-ignore: decorator
@inline
export function elementwise<T>(kind: i32, count: usize): f64 {
  const input = load<usize>(SCORES);
  const target = load<usize>(TARGETS);
  const extra = load<usize>(EXTRA);
  const weight = load<usize>(WEIGHTS);
  const gradient = load<usize>(OUT);
  const extra_gradient = load<usize>(EXTRA_GRADIENT);
  const losses = load<usize>(LOSSES);
  const flags = load<u32>(FLAGS);
  let p = v128.splat<T>(<T>load<f64>(P));
  const q = v128.splat<T>(<T>load<f64>(Q));
  const scale = v128.splat<T>(<T>load<f64>(SCALE));

  let sum: f64 = 0;
  let refused = v128.splat<T>(<T>0);
  // Of the last vector, whose lanes may not all count: added one turn later.
  let loss = v128.splat<T>(<T>0);
  let bad = v128.splat<T>(<T>0);
  const end = count * sizeof<T>();
  for (let at: usize = 0; at < end; ) {
    const stop = min(at + BLOCK * sizeof<T>(), end);
    let lane_sum = v128.splat<T>(<T>0);
    for (; at < stop; at += 16) {
      lane_sum = v128.add<T>(lane_sum, loss);
      refused = v128.or(refused, bad);
      const x = v128.load(input + at);
      const t = v128.load(target + at);
      let e = x;
      if (kind == GAUSSIAN) e = v128.load(extra + at);
      if (kind == BINARY_LOGITS) if (extra) p = v128.load(extra + at);
      bad = refused_of<T>(kind, x, t, e, flags);
      const shared = shared_of<T>(kind, x, t, e, p, flags);
      const second = second_of<T>(kind, x, t, shared, p, q);
      const third = third_of<T>(kind, x, t, second, p, q);
      loss = loss_of<T>(kind, x, t, shared, second, third, p, q, flags);
      if (weight) loss = weigh<T>(v128.load(weight + at), loss);
      if (gradient) {
        let slope = v128.mul<T>(scale, slope_of<T>(kind, x, t, shared, second, third, p, q, flags));
        if (weight) slope = weigh<T>(v128.load(weight + at), slope);
        v128.store(gradient + at, slope);
      }
      if (kind == GAUSSIAN) {
        if (extra_gradient) {
          let slope = v128.mul<T>(scale, extra_slope_of(shared, second));
          if (weight) slope = weigh<T>(v128.load(weight + at), slope);
          v128.store(extra_gradient + at, slope);
        }
      }
      if (losses) v128.store(losses + at, loss);
    }
    sum += horizontal_sum<T>(lane_sum);
  }
  const left = first_lanes<T>(((count - 1) & (lanes<T>() - 1)) + 1);
  refused = v128.or(refused, v128.and(bad, left));
  if (v128.any_true(refused)) return NaN;
  return sum + horizontal_sum<T>(v128.and(loss, left));
}
