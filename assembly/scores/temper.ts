// Rows of logits at a temperature 1/β: the loss and its first three
// derivatives with respect to β, which is all that fitting a temperature needs.
//
// With d = z − max z and p = softmax(βz) they are
//
//   L   = log Σ e^(βd) − β·d_y
//   L′  = E_p[d] − d_y
//   L″  = Var_p(d)
//   L‴  = E_p[(d − E_p[d])³]

import { BETA, CAPACITY, CLASSES, OUT, SCORES, TARGETS } from '../call';
import { load_tail, max_of } from '../rows/rows';
import { EXP_F32, exp2_f32x4, exp_f64x2 } from '../vectors/exp';
import { madd } from '../vectors/fused';
import { first_lanes, horizontal_sum, lanes } from '../vectors/lanes';

/** Classes between moves of the f32 lane sums to f64. */
const BLOCK: usize = 512;

/**
 * Distances are taken as at least this. It stands for the −∞ of masked
 * classes: the third power is still finite in f32, and e^(βd) is 0 for every β
 * of a fit.
 */
const FAR: f64 = -1e12;

// Sums of a row, written by sum_powers: a function has one result only.
let sum_0: f64 = 0;
let sum_1: f64 = 0;
let sum_2: f64 = 0;
let sum_3: f64 = 0;

/** Σ e^(βd), Σ d·e^(βd), Σ d²·e^(βd) and Σ d³·e^(βd). */
function sum_powers<T>(row: usize, classes: usize, max: T, beta: f64): void {
  const width = lanes<T>();
  const reference = v128.splat<T>(max);
  const far = v128.splat<T>(<T>FAR);
  const lowest = v128.splat<T>(<T>-Infinity);
  // The f32 exponential is one of base 2.
  const factor = v128.splat<T>(<T>(sizeof<T>() == 8 ? beta : beta * 1.4426950408889634));
  const floor = v128.load(EXP_F32, 16);
  const magic = v128.load(EXP_F32, 32);
  const c1 = v128.load(EXP_F32, 48);
  const c2 = v128.load(EXP_F32, 64);
  const c3 = v128.load(EXP_F32, 80);
  const c4 = v128.load(EXP_F32, 96);
  const c5 = v128.load(EXP_F32, 112);
  const one = v128.load(EXP_F32, 128);
  sum_0 = 0;
  sum_1 = 0;
  sum_2 = 0;
  sum_3 = 0;
  for (let block: usize = 0; block < classes; block += BLOCK) {
    const end = min(block + BLOCK, classes);
    const zero = v128.splat<T>(<T>0);
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    let s3 = zero;
    for (let c = block; c < end; c += width) {
      const p = row + c * sizeof<T>();
      const isWhole = c + width <= end;
      const z = isWhole ? v128.load(p) : load_tail<T, T>(p, end - c, lowest);
      const d = v128.pmax<T>(v128.sub<T>(z, reference), far);
      const y = v128.mul<T>(d, factor);
      let e =
        sizeof<T>() == 8
          ? exp_f64x2(y)
          : exp2_f32x4(y, floor, magic, c1, c2, c3, c4, c5, one);
      if (!isWhole) e = v128.and(e, first_lanes<T>(end - c));
      const de = v128.mul<T>(d, e);
      const dde = v128.mul<T>(d, de);
      s0 = v128.add<T>(s0, e);
      s1 = v128.add<T>(s1, de);
      s2 = v128.add<T>(s2, dde);
      s3 = madd<T>(d, dde, s3);
    }
    sum_0 += horizontal_sum<T>(s0);
    sum_1 += horizontal_sum<T>(s1);
    sum_2 += horizontal_sum<T>(s2);
    sum_3 += horizontal_sum<T>(s3);
  }
}

/**
 * L, L′, L″ and L‴ of `rows` rows from row `first` on, in four columns of f64.
 * Every row holds a finite score, and its target's is finite.
 */
// @ts-ignore: decorator
@inline
export function temper<T>(first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const beta = load<f64>(BETA);
  const stride = classes * sizeof<T>();
  const column = load<usize>(CAPACITY) * 8;
  for (let r = first; r < first + rows; ++r) {
    const row = load<usize>(SCORES) + r * stride;
    const max = max_of<T>(row, classes);
    sum_powers<T>(row, classes, max, beta);
    const target = <usize>load<i32>(load<usize>(TARGETS) + r * 4);
    const distance = <f64>load<T>(row + target * sizeof<T>()) - <f64>max;
    const mean = sum_1 / sum_0;
    const square = sum_2 / sum_0;
    const at = load<usize>(OUT) + r * 8;
    store<f64>(at, Math.log(sum_0) - beta * distance);
    store<f64>(at + column, mean - distance);
    store<f64>(at + 2 * column, square - mean * mean);
    store<f64>(at + 3 * column, sum_3 / sum_0 - mean * (3 * square - 2 * mean * mean));
  }
}
