// Rows of logits at (β, b): softmax(βz + b) with an inverse temperature β and
// an offset b for every class. What fits of both need of a row, and sums of it.
//
// With d = z − max z, p = softmax(βd + b) and any vector v of the classes:
//
//   L   = log Σ e^(βd + b) − (β·d_y + b_y)
//   L′  = E_p[d] − d_y           and the next two derivatives with respect to β,
//   L″  = Var_p(d)
//   L‴  = E_p[(d − E_p[d])³]
//   L_v = E_p[v] − v_y           the derivative along v as a change of b
//
// Everything is computed in f64: what is left of the loss after a fit differs
// from row to row by less than f32 tells.

import {
  BETA,
  BETAS,
  CAPACITY,
  CLASSES,
  FLAGS,
  FOLDS,
  GROUP_COUNT,
  GROUPS,
  LEANS,
  OFFSETS,
  OUT,
  SCORES,
  SCRATCH,
  STRIDE,
  TALLY,
  TARGETS,
  WEIGHTS,
} from '../call';
import { load_tail, max_of } from '../rows/rows';
import { exp_f64x2 } from '../vectors/exp';
import { madd } from '../vectors/fused';
import { horizontal_max, horizontal_sum } from '../vectors/lanes';

/**
 * Distances are taken as at least this. It stands for the −∞ of masked
 * classes: the third power is still finite, and e^(βd) is 0 for every β of a fit.
 */
const FAR: f64 = -1e12;

/** Largest βd + b of the row that powers_of saw last: a function has one result only. */
let top: f64 = 0;

/** Bytes of a vector of so many numbers, up to a whole v128. */
// @ts-ignore: decorator
@inline
function bytes_of(count: usize): usize {
  return ((count + 1) & ~1) << 3;
}

/**
 * Writes d and e^(βd + b − top) of a row, each with a lane of no weight after
 * an odd number of classes. Returns the sum of the powers.
 */
function powers_of(
  row: usize,
  classes: usize,
  beta: f64,
  offsets: usize,
  distances: usize,
  powers: usize,
): f64 {
  const reference = f64x2.splat(max_of<f64>(row, classes));
  const far = f64x2.splat(FAR);
  const factor = f64x2.splat(beta);
  const lowest = f64x2.splat(-Infinity);
  const end = bytes_of(classes);
  let tops = lowest;
  for (let at: usize = 0; at < end; at += 16) {
    const z =
      at + 16 <= classes << 3 ? v128.load(row + at) : load_tail<f64, f64>(row + at, 1, lowest);
    const d = f64x2.pmax(f64x2.sub(z, reference), far);
    const s = madd<f64>(d, factor, v128.load(offsets + at));
    v128.store(distances + at, d);
    v128.store(powers + at, s);
    tops = f64x2.pmax(tops, s);
  }
  top = horizontal_max<f64>(tops);
  const highest = f64x2.splat(top);
  let sums = f64x2.splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const e = exp_f64x2(f64x2.sub(v128.load(powers + at), highest));
    v128.store(powers + at, e);
    sums = f64x2.add(sums, e);
  }
  return horizontal_sum<f64>(sums);
}

/**
 * L, L′, L″, L‴ and L_lean of `rows` rows of f64 from row `first` on, in five columns: each row
 * at the β, offsets and lean of its fold. Every row holds a finite score, and its target's is
 * finite. Works in two vectors of the classes.
 */
export function joint_rows(first: usize, rows: usize): void {
  const scores = load<usize>(SCORES);
  const classes = load<usize>(CLASSES);
  const targets = load<usize>(TARGETS);
  const folds = load<usize>(FOLDS);
  const betas = load<usize>(BETAS);
  const offsets = load<usize>(OFFSETS);
  const leans = load<usize>(LEANS);
  const scratch = load<usize>(SCRATCH);
  const out = load<usize>(OUT);
  const bytes = bytes_of(classes);
  const powers = scratch + bytes;
  const column = load<usize>(CAPACITY) << 3;
  for (let r = first; r < first + rows; ++r) {
    const fold = <usize>load<u8>(folds + r);
    const beta = load<f64>(betas + (fold << 3));
    const own = offsets + fold * bytes;
    const lean = leans + fold * bytes;
    const sum = powers_of(scores + r * (classes << 3), classes, beta, own, scratch, powers);
    let s1 = f64x2.splat(0);
    let s2 = s1;
    let s3 = s1;
    let sv = s1;
    for (let at: usize = 0; at < bytes; at += 16) {
      const d = v128.load(scratch + at);
      const e = v128.load(powers + at);
      const de = f64x2.mul(d, e);
      const dde = f64x2.mul(d, de);
      s1 = f64x2.add(s1, de);
      s2 = f64x2.add(s2, dde);
      s3 = madd<f64>(d, dde, s3);
      sv = madd<f64>(v128.load(lean + at), e, sv);
    }
    const target = (<usize>load<i32>(targets + (r << 2))) << 3;
    const distance = load<f64>(scratch + target);
    const mean = horizontal_sum<f64>(s1) / sum;
    const square = horizontal_sum<f64>(s2) / sum;
    const cube = horizontal_sum<f64>(s3) / sum;
    const to = out + (r << 3);
    store<f64>(to, Math.log(sum) + (top - (beta * distance + load<f64>(own + target))));
    store<f64>(to + column, mean - distance);
    store<f64>(to + 2 * column, square - mean * mean);
    store<f64>(to + 3 * column, cube - mean * (3 * square - 2 * mean * mean));
    store<f64>(to + 4 * column, horizontal_sum<f64>(sv) / sum - load<f64>(lean + target));
  }
}

/** sums[h] += factor · own[h] for the vectors that hold h = 0 … last. */
function add_multiple(sums: usize, factor: f64, own: usize, last: usize): void {
  const factors = f64x2.splat(factor);
  for (let at: usize = 0; at <= last << 3; at += 16) {
    v128.store(sums + at, madd<f64>(factors, v128.load(own + at), v128.load(sums + at)));
  }
}

/**
 * Adds rows to the sums of their folds, at one (β, b). Classes come in groups
 * that share their offset; P_g is the probability of a group, ψ the gradient
 * of a row: L′ and P_g − [y in g].
 *
 *   W, ΣwL, ΣwL′, Σ(wL′)², ΣwL″, two places, and three vectors of `count` groups:
 *   ΣwψG
 *   level 1 and up: Σw(Σ_(c in g) p_c d_c − P_g E_p[d]), and ΣwP_g(1 − P_g)
 *   level 2: rows of a matrix, ΣwP_g P_h for h ≤ g
 *   level 3 in place of these: Σw²L′ψ_g, nothing, and Σw²ψ_gψ_h
 *
 * FLAGS hold the level; WEIGHTS are f64 per row, 0 where every row weighs 1. Works in two
 * vectors of the classes and two of the groups.
 */
export function joint_sums(first: usize, rows: usize): void {
  const scores = load<usize>(SCORES);
  const classes = load<usize>(CLASSES);
  const targets = load<usize>(TARGETS);
  const weights = load<usize>(WEIGHTS);
  const folds = load<usize>(FOLDS);
  const groups = load<usize>(GROUPS);
  const count = load<usize>(GROUP_COUNT);
  const beta = load<f64>(BETA);
  const offsets = load<usize>(OFFSETS);
  const level = load<i32>(FLAGS);
  const scratch = load<usize>(SCRATCH);
  const sums = load<usize>(TALLY);
  const stride = load<usize>(STRIDE);
  const bytes = bytes_of(classes);
  const wide = bytes_of(count);
  const powers = scratch + bytes;
  const shares = powers + bytes;
  const tilts = shares + wide;
  for (let r = first; r < first + rows; ++r) {
    const row = scores + r * (classes << 3);
    const sum = powers_of(row, classes, beta, offsets, scratch, powers);
    memory.fill(shares, 0, 2 * wide);
    let s1: f64 = 0;
    let s2: f64 = 0;
    for (let c: usize = 0; c < classes; ++c) {
      const d = load<f64>(scratch + (c << 3));
      const e = load<f64>(powers + (c << 3));
      const de = d * e;
      const at = (<usize>load<i32>(groups + (c << 2))) << 3;
      store<f64>(shares + at, load<f64>(shares + at) + e);
      store<f64>(tilts + at, load<f64>(tilts + at) + de);
      s1 += de;
      s2 += d * de;
    }
    const target = <usize>load<i32>(targets + (r << 2));
    const distance = load<f64>(scratch + (target << 3));
    const own = (<usize>load<i32>(groups + (target << 2))) << 3;
    const mean = s1 / sum;
    const slope = mean - distance;
    const w = weights == 0 ? 1 : load<f64>(weights + (r << 3));
    const to = sums + <usize>load<u8>(folds + r) * stride;
    const loss = Math.log(sum) + (top - (beta * distance + load<f64>(offsets + (target << 3))));
    store<f64>(to, load<f64>(to) + w);
    store<f64>(to, load<f64>(to, 8) + w * loss, 8);
    store<f64>(to, load<f64>(to, 16) + w * slope, 16);
    store<f64>(to, load<f64>(to, 24) + w * slope * (w * slope), 24);
    store<f64>(to, load<f64>(to, 32) + w * (s2 / sum - mean * mean), 32);
    const gradient = to + 64;
    const tilted = gradient + wide;
    const spread = tilted + wide;
    for (let at: usize = 0; at < count << 3; at += 8) {
      const share = load<f64>(shares + at) / sum;
      if (level == 1 || level == 2) {
        const tilt = load<f64>(tilts + at) / sum - share * mean;
        store<f64>(tilted + at, load<f64>(tilted + at) + w * tilt);
        store<f64>(spread + at, load<f64>(spread + at) + w * share * (1 - share));
      }
      store<f64>(shares + at, share);
    }
    add_multiple(gradient, w, shares, count - 1);
    store<f64>(gradient + own, load<f64>(gradient + own) - w);
    if (level < 2) continue;
    if (level == 3) {
      store<f64>(shares + own, load<f64>(shares + own) - 1);
      add_multiple(tilted, w * w * slope, shares, count - 1);
    }
    const factor = level == 3 ? w * w : w;
    for (let g: usize = 0; g < count; ++g) {
      add_multiple(spread + (g + 1) * wide, factor * load<f64>(shares + (g << 3)), shares, g);
    }
  }
}
