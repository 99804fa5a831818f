// Losses that are sums over elements, with their gradients. An element's loss
// and gradient depend on it alone. All that a call reads and writes is named by
// a record in memory, in the order of src/engine/elementwise-engine.ts:
//
//   byte  0 input      4 target   8 extra    12 weight          addresses
//        16 gradient  20 gradient of extra   24 losses          of arrays,
//        28 flags     32 p        40 q       48 scale           0 for none
//
// Arrays have room for a whole vector at their end: a tail goes through the
// loop as the rest does, and what comes of the lanes past it is left out of the
// sum. The gradient may be written over the input.

import {
  BINARY_LOGITS,
  BINARY_PROBABILITIES,
  DIVERGENCE,
  extra_slope_of,
  FOCAL,
  GAUSSIAN,
  HINGE,
  HUBER,
  LOG_COSH,
  loss_of,
  POISSON,
  QUANTILE,
  refused_of,
  second_of,
  shared_of,
  slope_of,
  SOFT_MARGIN,
  SQUARED,
  SQUARED_HINGE,
  third_of,
} from './elementwise-losses';
import { first_lanes, horizontal_sum, lanes } from './lanes';

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
 * sum, and the losses, where the record has a place.
 * @returns NaN where a target (or what else lies in a range) is out of its range
 */
// @ts-ignore: decorator
@inline
function elementwise<T>(kind: i32, record: usize, count: usize): f64 {
  const input = <usize>load<u32>(record, 0);
  const target = <usize>load<u32>(record, 4);
  const extra = <usize>load<u32>(record, 8);
  const weight = <usize>load<u32>(record, 12);
  const gradient = <usize>load<u32>(record, 16);
  const extra_gradient = <usize>load<u32>(record, 20);
  const losses = <usize>load<u32>(record, 24);
  const flags = load<u32>(record, 28);
  let p = v128.splat<T>(<T>load<f64>(record, 32));
  const q = v128.splat<T>(<T>load<f64>(record, 40));
  const scale = v128.splat<T>(<T>load<f64>(record, 48));

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

export function squared_error_f32(record: usize, count: usize): f64 {
  return elementwise<f32>(SQUARED, record, count);
}

export function squared_error_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(SQUARED, record, count);
}

export function huber_f32(record: usize, count: usize): f64 {
  return elementwise<f32>(HUBER, record, count);
}

export function huber_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(HUBER, record, count);
}

export function quantile_f32(record: usize, count: usize): f64 {
  return elementwise<f32>(QUANTILE, record, count);
}

export function quantile_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(QUANTILE, record, count);
}

export function binary_logits_f32(record: usize, count: usize): f64 {
  return elementwise<f32>(BINARY_LOGITS, record, count);
}

export function binary_logits_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(BINARY_LOGITS, record, count);
}

export function hinge_f32(record: usize, count: usize): f64 {
  return elementwise<f32>(HINGE, record, count);
}

export function hinge_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(HINGE, record, count);
}

export function squared_hinge_f32(record: usize, count: usize): f64 {
  return elementwise<f32>(SQUARED_HINGE, record, count);
}

export function squared_hinge_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(SQUARED_HINGE, record, count);
}

export function log_cosh_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(LOG_COSH, record, count);
}

export function binary_probabilities_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(BINARY_PROBABILITIES, record, count);
}

export function focal_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(FOCAL, record, count);
}

export function soft_margin_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(SOFT_MARGIN, record, count);
}

export function poisson_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(POISSON, record, count);
}

export function gaussian_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(GAUSSIAN, record, count);
}

export function divergence_f64(record: usize, count: usize): f64 {
  return elementwise<f64>(DIVERGENCE, record, count);
}
