// The fused pass over rows of logits or log-probabilities: f32, f64, f16, bf16.
//
// A row is read in blocks that stay in the first-level cache. Each block is
// first searched for its maximum while the classes that beat the target are
// counted, then exponentiated against the largest score so far. f32 lane sums
// move to f64 after each block. The grouping of the additions depends on the
// class index alone, so a row gives the same bits wherever it lies. 16-bit
// scores are searched as integers, and widened as they are exponentiated.

import { EXP_F32, exp_f64, exp_f64x2, exp2_f32x4 } from './exp';
import { add_squares, madd } from './fused';
import { finish_logits } from './finish-logits';
import {
  count_of_masks,
  first_lanes,
  horizontal_max,
  horizontal_sum,
  lane_bits,
  lanes,
  number_below,
} from './lanes';
import { first_index_of, load_tail, rank_of_masked } from './rows';
import { INVALID, SCORED, store_blank, target_status } from './row-scores';
import { SMALL, score_small } from './score-small';
import {
  beaten_in_block,
  key_of,
  masked_in_block,
  search_narrow,
  tied_in_block,
} from './search-narrow';
import { weigh_loss } from './weigh-loss';
import { has_scale, load_one, load_scaled, load_scores, SCALE, SCALED } from './widen';

/** Classes per block: 2 or 4 KiB, and few enough f32 additions per lane for an error below 2^-22. */
const BLOCK: usize = 512;

/** e^(x − reference). The f32 constants are loaded once per call of the kernel. */
// @ts-ignore: decorator
@inline
function exp_below<T>(
  x: v128,
  reference: v128,
  log2e: v128,
  floor: v128,
  magic: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  one: v128,
): v128 {
  const d = v128.sub<T>(x, reference);
  if (sizeof<T>() == 8) return exp_f64x2(d);
  return exp2_f32x4(f32x4.mul(d, log2e), floor, magic, c1, c2, c3, c4, c5, one);
}

/** Sums of e^x and of its square, four each: see sum_masked. */
const MASKED_SUMS: usize = memory.data(32, 16);

/** The sums of a block of f16 that holds −∞ or NaN, grouped as those of others are. */
function sum_masked(from: usize, wide_end: usize, end: usize, max: f32): void {
  const log2e = v128.load(EXP_F32, 0);
  const floor = v128.load(EXP_F32, 16);
  const magic = v128.load(EXP_F32, 32);
  const c1 = v128.load(EXP_F32, 48);
  const c2 = v128.load(EXP_F32, 64);
  const c3 = v128.load(EXP_F32, 80);
  const c4 = v128.load(EXP_F32, 96);
  const c5 = v128.load(EXP_F32, 112);
  const one = v128.load(EXP_F32, 128);
  const reference = f32x4.splat(max);
  let sum = f32x4.splat(0);
  let squares = f32x4.splat(0);
  let p = from;
  while (p < wide_end) {
    const e0 = exp_below<f32>(load_scores<u16>(p), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    const e1 = exp_below<f32>(load_scores<u16>(p + 8), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    const e2 = exp_below<f32>(load_scores<u16>(p + 16), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    const e3 = exp_below<f32>(load_scores<u16>(p + 24), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    sum = f32x4.add(sum, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
    squares = add_squares<f32>(squares, e0, e1, e2, e3);
    p += 32;
  }
  while (p < end) {
    const e = exp_below<f32>(load_scores<u16>(p), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
    sum = f32x4.add(sum, e);
    squares = madd<f32>(e, e, squares);
    p += 8;
  }
  v128.store(MASKED_SUMS, sum, 0);
  v128.store(MASKED_SUMS, squares, 16);
}

/**
 * Scores rows of logits or log-probabilities of type IN in arithmetic of type T.
 * @param scores row-major scores; up to 14 bytes past the last row are read and ignored
 * @param first first row to score; `rows` of them are scored
 * @param targets i32 per row, from row 0
 * @param class_weights f64 per class, or 0
 * @param normalized 1 for log-probabilities, from which log Σ e^z is not subtracted
 * @param out row scores for `capacity` rows (row-scores.ts)
 */
// @ts-ignore: decorator
@inline
function score_logits<T, IN>(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  normalized: bool,
  out: usize,
  capacity: usize,
): void {
  const log2e = has_scale<IN>() ? v128.load(SCALED, 0) : v128.load(EXP_F32, 0);
  const floor = v128.load(EXP_F32, 16);
  const magic = v128.load(EXP_F32, 32);
  const c1 = v128.load(EXP_F32, 48);
  const c2 = v128.load(EXP_F32, 64);
  const c3 = v128.load(EXP_F32, 80);
  const c4 = v128.load(EXP_F32, 96);
  const c5 = v128.load(EXP_F32, 112);
  const one = v128.load(EXP_F32, 128);
  const masked = v128.splat<T>(<T>-Infinity);
  const weighed = class_weights != 0 || smoothing != 0;
  const width = lanes<T>();
  const narrow = sizeof<IN>() < 4;
  const step: usize = width * sizeof<IN>();

  const end = first + rows;
  for (let r = first; r < end; ++r) {
    const target_class = load<i32>(targets + (r << 2));
    const verdict = target_status(target_class, <i32>classes, has_ignore, ignore_index);
    if (verdict != SCORED) {
      store_blank(out, capacity, r, verdict);
      continue;
    }
    const target = <usize>target_class;
    const row = scores + r * classes * sizeof<IN>();
    const target_score = <T>load_one<IN>(row + target * sizeof<IN>());
    const own_key = narrow ? key_of(load<i16>(row + target * sizeof<IN>())) : 0;
    // A class before the target beats it by ≥, which is > the number below it;
    // a class after it by >.
    const above = v128.splat<T>(target_score);
    const at_least = v128.splat<T>(number_below<T>(target_score));
    const target_lane = target & (width - 1);
    const target_vector = target - target_lane;
    const mixed = v128.bitselect(at_least, above, first_lanes<T>(target_lane));
    let tied_after = false;
    if (!narrow) {
      // Does a class after the target score the same? First those in its own vector.
      const own = row + target_vector * sizeof<T>();
      const own_scores =
        target_vector + width <= classes
          ? v128.load(own)
          : load_tail<T, T>(own, classes - target_vector, masked);
      tied_after = lane_bits<T>(v128.eq<T>(own_scores, above)) >>> <i32>(target_lane + 1) != 0;
    }

    let max: T = <T>-Infinity;
    let max_block: usize = 0;
    let sum: f64 = 0;
    let squares: f64 = 0;
    let beaten = i32x4.splat(0);
    let narrow_rank: u32 = 0;

    for (let block: usize = 0; block < classes; block += BLOCK) {
      const block_end = min(block + BLOCK, classes);
      const whole_end = block_end & ~(width - 1);

      // Maximum and rank.
      let block_max: T = <T>-Infinity;
      if (narrow) {
        block_max = <T>search_narrow<IN>(row, block, block_end, target, own_key);
        narrow_rank += beaten_in_block;
        if (tied_in_block) tied_after = true;
      } else {
        // In up to three stretches: before, at and after the target.
        let from = block;
        while (from < whole_end) {
          let to = whole_end;
          let threshold = above;
          if (from < target_vector) {
            to = min(to, target_vector);
            threshold = at_least;
          } else if (from == target_vector) {
            to = from + width;
            threshold = mixed;
          }
          let part_max = masked;
          let p = row + from * sizeof<T>();
          const p_end = row + to * sizeof<T>();
          const p_wide = p + ((p_end - p) & ~63);
          while (p < p_wide) {
            const x0 = v128.load(p);
            const x1 = v128.load(p, 16);
            const x2 = v128.load(p, 32);
            const x3 = v128.load(p, 48);
            part_max = v128.pmax<T>(
              part_max,
              v128.pmax<T>(v128.pmax<T>(x0, x1), v128.pmax<T>(x2, x3)),
            );
            beaten = i32x4.add(
              beaten,
              i32x4.add(
                i32x4.add(v128.gt<T>(x0, threshold), v128.gt<T>(x1, threshold)),
                i32x4.add(v128.gt<T>(x2, threshold), v128.gt<T>(x3, threshold)),
              ),
            );
            p += 64;
          }
          while (p < p_end) {
            const x = v128.load(p);
            part_max = v128.pmax<T>(part_max, x);
            beaten = i32x4.add(beaten, v128.gt<T>(x, threshold));
            p += 16;
          }
          const reached = horizontal_max<T>(part_max);
          if (from > target_vector && reached == target_score) tied_after = true;
          if (reached > block_max) block_max = reached;
          from = to;
        }
        if (whole_end < block_end) {
          const x = load_tail<T, T>(row + whole_end * sizeof<T>(), block_end - whole_end, masked);
          const threshold =
            whole_end < target_vector ? at_least : whole_end == target_vector ? mixed : above;
          beaten = i32x4.add(beaten, v128.gt<T>(x, threshold));
          const reached = horizontal_max<T>(x);
          if (whole_end > target_vector && reached == target_score) tied_after = true;
          if (reached > block_max) block_max = reached;
        }
      }
      if (block_max > max) {
        if (sum != 0) {
          const shrink = exp_f64(<f64>max - <f64>block_max);
          sum *= shrink;
          squares *= shrink * shrink;
        }
        max = block_max;
        max_block = block;
      }

      // Exponentials against the largest score so far. Blocks of −∞ alone have
      // none yet: any finite number will do.
      const finite: T = max == <T>-Infinity ? <T>0 : max;
      const reference = v128.splat<T>(has_scale<IN>() ? finite * <T>SCALE : finite);
      let lane_sum = v128.splat<T>(<T>0);
      let lane_squares = v128.splat<T>(<T>0);
      let p = row + block * sizeof<IN>();
      const p_end = p + (whole_end - block) * sizeof<IN>();
      const p_wide = p + ((p_end - p) & ~(4 * step - 1));
      if (has_scale<IN>() && masked_in_block) {
        sum_masked(p, p_wide, p_end, <f32>finite);
        lane_sum = v128.load(MASKED_SUMS, 0);
        lane_squares = v128.load(MASKED_SUMS, 16);
        p = p_end;
      }
      while (p < p_wide) {
        const e0 = exp_below<T>(load_scaled<IN>(p), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        const e1 = exp_below<T>(load_scaled<IN>(p, step), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        const e2 = exp_below<T>(load_scaled<IN>(p, 2 * step), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        const e3 = exp_below<T>(load_scaled<IN>(p, 3 * step), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        lane_sum = v128.add<T>(lane_sum, v128.add<T>(v128.add<T>(e0, e1), v128.add<T>(e2, e3)));
        lane_squares = add_squares<T>(lane_squares, e0, e1, e2, e3);
        p += 4 * step;
      }
      while (p < p_end) {
        const e = exp_below<T>(load_scaled<IN>(p), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        lane_sum = v128.add<T>(lane_sum, e);
        lane_squares = madd<T>(e, e, lane_squares);
        p += step;
      }
      if (whole_end < block_end) {
        const x = load_tail<T, IN>(row + whole_end * sizeof<IN>(), block_end - whole_end, masked);
        const e = exp_below<T>(x, v128.splat<T>(finite), v128.load(EXP_F32, 0), floor, magic, c1, c2, c3, c4, c5, one);
        lane_sum = v128.add<T>(lane_sum, e);
        lane_squares = madd<T>(e, e, lane_squares);
      }
      sum += horizontal_sum<T>(lane_sum);
      squares += horizontal_sum<T>(lane_squares);
    }

    // NaN reaches the sum through its exponential; +∞ and a row of −∞ show in the maximum.
    if (sum != sum || max == <T>Infinity || max == <T>-Infinity) {
      store_blank(out, capacity, r, INVALID);
      continue;
    }
    let rank = narrow_rank;
    if (!narrow) {
      rank =
        target_score == <T>-Infinity
          ? rank_of_masked<T>(row, classes, target)
          : count_of_masks<T>(beaten);
    }
    const lift = finish_logits(
      out,
      capacity,
      r,
      <f64>max,
      <f64>target_score,
      sum,
      squares,
      rank == 0 ? <u32>target : first_index_of<T, IN>(row, max_block, max),
      rank,
      tied_after,
      normalized,
    );
    if (weighed) {
      weigh_loss<IN>(row, classes, target, class_weights, smoothing, <f64>max, lift, out, capacity, r);
    }
  }
}

/** {@link score_logits} for f32 scores. */
export function score_logits_f32(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  normalized: bool,
  out: usize,
  capacity: usize,
): void {
  if (classes <= SMALL) {
    score_small<f32>(
      scores,
      first,
      rows,
      classes,
      targets,
      has_ignore,
      ignore_index,
      class_weights,
      smoothing,
      normalized,
      out,
      capacity,
    );
    return;
  }
  score_logits<f32, f32>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    smoothing,
    normalized,
    out,
    capacity,
  );
}

/** {@link score_logits} for f16 scores. */
export function score_logits_f16(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  normalized: bool,
  out: usize,
  capacity: usize,
): void {
  if (classes <= SMALL) {
    score_small<u16>(
      scores,
      first,
      rows,
      classes,
      targets,
      has_ignore,
      ignore_index,
      class_weights,
      smoothing,
      normalized,
      out,
      capacity,
    );
    return;
  }
  score_logits<f32, u16>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    smoothing,
    normalized,
    out,
    capacity,
  );
}

/** {@link score_logits} for bf16 scores. */
export function score_logits_bf16(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  normalized: bool,
  out: usize,
  capacity: usize,
): void {
  if (classes <= SMALL) {
    score_small<i16>(
      scores,
      first,
      rows,
      classes,
      targets,
      has_ignore,
      ignore_index,
      class_weights,
      smoothing,
      normalized,
      out,
      capacity,
    );
    return;
  }
  score_logits<f32, i16>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    smoothing,
    normalized,
    out,
    capacity,
  );
}

/** {@link score_logits} for f64 scores. */
export function score_logits_f64(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  smoothing: f64,
  normalized: bool,
  out: usize,
  capacity: usize,
): void {
  score_logits<f64, f64>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    smoothing,
    normalized,
    out,
    capacity,
  );
}
