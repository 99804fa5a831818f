// Cross-entropy of class indices, with its gradient. The gradient may be
// written over the scores. Few classes of f32 scores go four rows at a time
// (cross-entropy-small.ts), all others row by row.

import { class_weight, weighted_distance } from './class-sums';
import { cross_entropy_small, SMALL } from './cross-entropy-small';
import { finish_index_loss, leave_out, subtract_target, subtract_weights } from './finish-gradient';
import { exponentiate, max_of, scale_row } from './softmax';

/**
 * Cross-entropy of class indices, per row, and its gradient:
 *
 *   loss_r = (1 − ε)·w_y·(−log p_y) + (ε/C)·Σ_c w_c·(−log p_c) + λ·LSE²
 *   ∂/∂z_c = scale · [((1 − ε)·w_y + (ε/C)·Σw + 2λ·LSE)·p_c − (1 − ε)·w_y·[c = y] − (ε/C)·w_c]
 *
 * A row whose target is ignored has loss 0 and gradient 0. Targets outside
 * the classes are for the caller to refuse.
 * @param class_weights f64 per class, or 0
 * @param weight_sum Σ_c w_c (C without weights)
 * @param scale factor of the gradient, such as 1/Σw
 * @param out gradient, rows × classes; may be `scores`
 * @param losses f64 per row
 */
// @ts-ignore: decorator
@inline
function cross_entropy<T>(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  weight_sum: f64,
  smoothing: f64,
  z_loss: f64,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  const stride = classes * sizeof<T>();
  const spread = smoothing / <f64>classes;
  for (let r = first; r < first + rows; ++r) {
    const row = scores + r * stride;
    const to = out + r * stride;
    const target_class = load<i32>(targets + (r << 2));
    if (has_ignore && target_class == ignore_index) {
      leave_out(to, stride, losses + (r << 3));
      continue;
    }
    const target = <usize>target_class;
    const weight = (1 - smoothing) * class_weight(class_weights, target);
    const own = <f64>load<T>(row + target * sizeof<T>());
    const max = max_of<T>(row, classes);
    const top = <f64>max;
    const distance =
      smoothing == 0 ? 0 : weighted_distance<T>(row, classes, class_weights, top);
    const sum = exponentiate<T>(row, classes, max, to);
    const factor = finish_index_loss(
      weight,
      spread,
      weight_sum,
      top - own,
      distance,
      Math.log(sum),
      top,
      z_loss,
      losses + (r << 3),
    );
    const everywhere = class_weights == 0 ? <T>(-scale * spread) : <T>0;
    scale_row<T>(to, classes, <T>((scale * factor) / sum), everywhere);
    if (spread != 0 && class_weights != 0) {
      subtract_weights<T>(to, classes, class_weights, scale * spread);
    }
    subtract_target<T>(to, target, scale * weight);
  }
}

/** {@link cross_entropy} of f32 scores. */
export function cross_entropy_f32(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  weight_sum: f64,
  smoothing: f64,
  z_loss: f64,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  if (classes <= SMALL) {
    cross_entropy_small(
      scores,
      first,
      rows,
      classes,
      targets,
      has_ignore,
      ignore_index,
      class_weights,
      weight_sum,
      smoothing,
      z_loss,
      scale,
      out,
      losses,
    );
    return;
  }
  cross_entropy<f32>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    weight_sum,
    smoothing,
    z_loss,
    scale,
    out,
    losses,
  );
}

/** {@link cross_entropy} of f64 scores. */
export function cross_entropy_f64(
  scores: usize,
  first: usize,
  rows: usize,
  classes: usize,
  targets: usize,
  has_ignore: bool,
  ignore_index: i32,
  class_weights: usize,
  weight_sum: f64,
  smoothing: f64,
  z_loss: f64,
  scale: f64,
  out: usize,
  losses: usize,
): void {
  cross_entropy<f64>(
    scores,
    first,
    rows,
    classes,
    targets,
    has_ignore,
    ignore_index,
    class_weights,
    weight_sum,
    smoothing,
    z_loss,
    scale,
    out,
    losses,
  );
}
