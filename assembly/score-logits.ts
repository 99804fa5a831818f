// The fused pass over rows of logits or log-probabilities: f32, f64, f16, bf16.
//
// A row is read in blocks that stay in the first-level cache. Each block is
// first searched for its maximum while the classes that beat the target are
// counted, then exponentiated against the largest score so far. f32 lane sums
// move to f64 after each block. The grouping of the additions depends on the
// class index alone, so a row gives the same bits wherever it lies. 16-bit
// scores are widened on the way, block by block.

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
import { SMALL, score_small } from './score-small';
import { INVALID, SCORED, store_blank, target_status } from './row-scores';
import { weigh_loss } from './weigh-loss';
import {
  F16_SPECIAL,
  has_stand_ins,
  load_one,
  load_scores,
  load_swiftly,
  restore_special,
} from './widen';

/** Classes per block: 2 or 4 KiB, and few enough f32 additions per lane for an error below 2^-22. */
const BLOCK: usize = 512;

/** A block of 16-bit scores, widened. */
const WIDENED: usize = memory.data(512 * 4, 16);

/**
 * Puts right what stands for ∞ and NaN in a widened block of f16 scores.
 * @returns the maximum, which may be one of them
 */
function restore_block<T>(block_max: T, bytes: usize): T {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(WIDENED + at, restore_special(v128.load(WIDENED + at)));
  }
  if (block_max >= <T>F16_SPECIAL) return <T>Infinity;
  return block_max <= <T>-F16_SPECIAL ? <T>-Infinity : block_max;
}

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

/**
 * Scores rows of logits or log-probabilities of type IN in arithmetic of type T.
 * @param scores row-major scores; up to 12 bytes past the last row are read and ignored
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
  const log2e = v128.load(EXP_F32, 0);
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
    // A class before the target beats it by ≥, which is > the number below it;
    // a class after it by >.
    const above = v128.splat<T>(target_score);
    const at_least = v128.splat<T>(number_below<T>(target_score));
    const target_lane = target & (width - 1);
    const target_vector = target - target_lane;
    const mixed = v128.bitselect(at_least, above, first_lanes<T>(target_lane));
    const own = row + target_vector * sizeof<IN>();
    const own_scores =
      target_vector + width <= classes
        ? load_scores<IN>(own)
        : load_tail<T, IN>(own, classes - target_vector, masked);
    // Does a class after the target score the same? First those in its own vector.
    let tied_after = lane_bits<T>(v128.eq<T>(own_scores, above)) >>> <i32>(target_lane + 1) != 0;

    let max: T = <T>-Infinity;
    let max_block: usize = 0;
    let sum: f64 = 0;
    let squares: f64 = 0;
    let beaten = i32x4.splat(0);

    for (let block: usize = 0; block < classes; block += BLOCK) {
      const block_end = min(block + BLOCK, classes);
      const whole_end = block_end & ~(width - 1);

      // Maximum and rank, in up to three stretches: before, at and after the target.
      let block_max: T = <T>-Infinity;
      let part_min = v128.splat<T>(<T>0);
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
        let p = row + from * sizeof<IN>();
        const p_end = row + to * sizeof<IN>();
        const p_wide = p + ((p_end - p) & ~(4 * step - 1));
        let w = WIDENED + (from - block) * 4;
        while (p < p_wide) {
          const x0 = load_swiftly<IN>(p);
          const x1 = load_swiftly<IN>(p, step);
          const x2 = load_swiftly<IN>(p, 2 * step);
          const x3 = load_swiftly<IN>(p, 3 * step);
          if (narrow) {
            v128.store(w, x0);
            v128.store(w, x1, 16);
            v128.store(w, x2, 32);
            v128.store(w, x3, 48);
            w += 64;
          }
          if (has_stand_ins<IN>()) {
            part_min = v128.pmin<T>(part_min, v128.pmin<T>(v128.pmin<T>(x0, x1), v128.pmin<T>(x2, x3)));
          }
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
          p += 4 * step;
        }
        while (p < p_end) {
          const x = load_swiftly<IN>(p);
          if (narrow) {
            v128.store(w, x);
            w += 16;
          }
          if (has_stand_ins<IN>()) part_min = v128.pmin<T>(part_min, x);
          part_max = v128.pmax<T>(part_max, x);
          beaten = i32x4.add(beaten, v128.gt<T>(x, threshold));
          p += step;
        }
        const reached = horizontal_max<T>(part_max);
        if (from > target_vector && reached == target_score) tied_after = true;
        if (reached > block_max) block_max = reached;
        from = to;
      }
      if (whole_end < block_end) {
        const x = load_tail<T, IN>(row + whole_end * sizeof<IN>(), block_end - whole_end, masked);
        const threshold =
          whole_end < target_vector ? at_least : whole_end == target_vector ? mixed : above;
        beaten = i32x4.add(beaten, v128.gt<T>(x, threshold));
        const reached = horizontal_max<T>(x);
        if (whole_end > target_vector && reached == target_score) tied_after = true;
        if (reached > block_max) block_max = reached;
      }
      if (has_stand_ins<IN>()) {
        const lowest = -horizontal_max<T>(v128.neg<T>(part_min));
        if (block_max >= <T>F16_SPECIAL || lowest <= <T>-F16_SPECIAL) {
          block_max = restore_block<T>(block_max, (whole_end - block) * 4);
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
      const reference = v128.splat<T>(max == <T>-Infinity ? <T>0 : max);
      let lane_sum = v128.splat<T>(<T>0);
      let lane_squares = v128.splat<T>(<T>0);
      let p = narrow ? WIDENED : row + block * sizeof<T>();
      const p_end = p + (whole_end - block) * sizeof<T>();
      const p_wide = p + ((p_end - p) & ~63);
      while (p < p_wide) {
        const e0 = exp_below<T>(v128.load(p), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        const e1 = exp_below<T>(v128.load(p, 16), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        const e2 = exp_below<T>(v128.load(p, 32), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        const e3 = exp_below<T>(v128.load(p, 48), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        lane_sum = v128.add<T>(lane_sum, v128.add<T>(v128.add<T>(e0, e1), v128.add<T>(e2, e3)));
        lane_squares = add_squares<T>(lane_squares, e0, e1, e2, e3);
        p += 64;
      }
      while (p < p_end) {
        const e = exp_below<T>(v128.load(p), reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
        lane_sum = v128.add<T>(lane_sum, e);
        lane_squares = madd<T>(e, e, lane_squares);
        p += 16;
      }
      if (whole_end < block_end) {
        const x = load_tail<T, IN>(row + whole_end * sizeof<IN>(), block_end - whole_end, masked);
        const e = exp_below<T>(x, reference, log2e, floor, magic, c1, c2, c3, c4, c5, one);
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
    const rank =
      target_score == <T>-Infinity
        ? rank_of_masked<IN>(row, classes, target)
        : count_of_masks<T>(beaten);
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
