// Softmax and its logarithm, and the passes over a row that losses of a
// softmax with gradients share.
//
// A row is read for its maximum, exponentiated into the output, and finished
// there; it stays in the cache in between. The output may be the input.
// Exponentials use a two-step range reduction here, as gradients are used one
// by one and not in a sum. NaN, +∞ and rows of −∞ alone give NaN throughout.

import { CLASSES, OUT, SCORES } from '../call';
import { load_tail, max_of } from '../rows/rows';
import { exp_of } from '../vectors/exp';
import { first_lanes, horizontal_sum, lanes, store_tail } from '../vectors/lanes';

/** Classes between moves of the f32 lane sums to f64. */
export const BLOCK: usize = 512;

/** Writes e^(z − max) to `out` and returns the sum. */
export function exponentiate<T>(row: usize, classes: usize, max: T, out: usize): f64 {
  const width = lanes<T>();
  const reference = v128.splat<T>(max);
  let sum: f64 = 0;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const end = min(block + BLOCK, classes);
    const whole = end & ~(width - 1);
    let lane_sum = v128.splat<T>(<T>0);
    let p = row + block * sizeof<T>();
    let q = out + block * sizeof<T>();
    const p_end = row + whole * sizeof<T>();
    const p_wide = p + ((p_end - p) & ~63);
    while (p < p_wide) {
      const e0 = exp_of<T>(v128.sub<T>(v128.load(p), reference));
      const e1 = exp_of<T>(v128.sub<T>(v128.load(p, 16), reference));
      const e2 = exp_of<T>(v128.sub<T>(v128.load(p, 32), reference));
      const e3 = exp_of<T>(v128.sub<T>(v128.load(p, 48), reference));
      v128.store(q, e0);
      v128.store(q, e1, 16);
      v128.store(q, e2, 32);
      v128.store(q, e3, 48);
      lane_sum = v128.add<T>(lane_sum, v128.add<T>(v128.add<T>(e0, e1), v128.add<T>(e2, e3)));
      p += 64;
      q += 64;
    }
    while (p < p_end) {
      const e = exp_of<T>(v128.sub<T>(v128.load(p), reference));
      v128.store(q, e);
      lane_sum = v128.add<T>(lane_sum, e);
      p += 16;
      q += 16;
    }
    if (whole < end) {
      const x = load_tail<T, T>(p, end - whole, v128.splat<T>(<T>-Infinity));
      const e = exp_of<T>(v128.sub<T>(x, reference));
      store_tail<T>(q, e, end - whole);
      lane_sum = v128.add<T>(lane_sum, v128.and(e, first_lanes<T>(end - whole)));
    }
    sum += horizontal_sum<T>(lane_sum);
  }
  return sum;
}

/** Σ e^(z − max), written nowhere. */
function sum_of_exponentials<T>(row: usize, classes: usize, max: T): f64 {
  const width = lanes<T>();
  const reference = v128.splat<T>(max);
  const lowest = v128.splat<T>(<T>-Infinity);
  let sum: f64 = 0;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const end = min(block + BLOCK, classes);
    let lane_sum = v128.splat<T>(<T>0);
    for (let c = block; c < end; c += width) {
      const p = row + c * sizeof<T>();
      const x = c + width <= end ? v128.load(p) : load_tail<T, T>(p, end - c, lowest);
      lane_sum = v128.add<T>(lane_sum, exp_of<T>(v128.sub<T>(x, reference)));
    }
    sum += horizontal_sum<T>(lane_sum);
  }
  return sum;
}

/** out ← factor · out + summand */
export function scale_row<T>(out: usize, classes: usize, factor: T, summand: T): void {
  const width = lanes<T>();
  const a = v128.splat<T>(factor);
  const b = v128.splat<T>(summand);
  const whole = out + (classes & ~(width - 1)) * sizeof<T>();
  let p = out;
  const wide = out + ((whole - out) & ~63);
  if (summand == <T>0) {
    while (p < wide) {
      v128.store(p, v128.mul<T>(v128.load(p), a));
      v128.store(p, v128.mul<T>(v128.load(p, 16), a), 16);
      v128.store(p, v128.mul<T>(v128.load(p, 32), a), 32);
      v128.store(p, v128.mul<T>(v128.load(p, 48), a), 48);
      p += 64;
    }
  }
  while (p < whole) {
    v128.store(p, v128.add<T>(v128.mul<T>(v128.load(p), a), b));
    p += 16;
  }
  for (const end = out + classes * sizeof<T>(); p < end; p += sizeof<T>()) {
    store<T>(p, load<T>(p) * factor + summand);
  }
}

/** Softmax, or its logarithm z − log Σ e^z, of `rows` rows from row `first` on. */
// @ts-ignore: decorator
@inline
export function softmax<T>(logarithm: bool, first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const stride = classes * sizeof<T>();
  for (let r = first; r < first + rows; ++r) {
    const row = load<usize>(SCORES) + r * stride;
    const to = load<usize>(OUT) + r * stride;
    const max = max_of<T>(row, classes);
    if (logarithm) {
      const log_sum = Math.log(sum_of_exponentials<T>(row, classes, max));
      // (z − max) is exact where it matters; the logarithm is taken from that.
      for (let c: usize = 0; c < stride; c += sizeof<T>()) {
        store<T>(to + c, <T>(<f64>load<T>(row + c) - <f64>max - log_sum));
      }
    } else {
      const sum = exponentiate<T>(row, classes, max, to);
      scale_row<T>(to, classes, <T>(1 / sum), <T>0);
    }
  }
}
