// Cross-entropy of class indices, with its gradient, row by row. The gradient
// may be written over the scores.

import {
  CLASSES,
  CLASS_WEIGHTS,
  is_ignored,
  LOSSES,
  OUT,
  SCALE,
  SCORES,
  SMOOTHING,
  TARGETS,
} from '../call';
import { class_weight, weighted_distance } from '../rows/class-sums';
import { max_of } from '../rows/rows';
import { finish_index_loss, leave_out, subtract_target, subtract_weights } from './finish-gradient';
import { exponentiate, scale_row } from './softmax';

/**
 * Cross-entropy of class indices, per row, and its gradient:
 *
 *   loss_r = (1 − ε)·w_y·(−log p_y) + (ε/C)·Σ_c w_c·(−log p_c) + λ·LSE²
 *   ∂/∂z_c = scale · [((1 − ε)·w_y + (ε/C)·Σw + 2λ·LSE)·p_c − (1 − ε)·w_y·[c = y] − (ε/C)·w_c]
 *
 * A row whose target is ignored has loss 0 and gradient 0. Targets outside
 * the classes are for the caller to refuse.
 */
// @ts-ignore: decorator
@inline
export function cross_entropy<T>(first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const class_weights = load<usize>(CLASS_WEIGHTS);
  const smoothing = load<f64>(SMOOTHING);
  const scale = load<f64>(SCALE);
  const stride = classes * sizeof<T>();
  const spread = smoothing / <f64>classes;
  const everywhere = class_weights == 0 ? <T>(-scale * spread) : <T>0;
  for (let r = first; r < first + rows; ++r) {
    const row = load<usize>(SCORES) + r * stride;
    const to = load<usize>(OUT) + r * stride;
    const loss = load<usize>(LOSSES) + (r << 3);
    const target_class = load<i32>(load<usize>(TARGETS) + (r << 2));
    if (is_ignored(target_class)) {
      leave_out(to, stride, loss);
      continue;
    }
    const target = <usize>target_class;
    const weight = (1 - smoothing) * class_weight(class_weights, target);
    const own = <f64>load<T>(row + target * sizeof<T>());
    const max = max_of<T>(row, classes);
    const top = <f64>max;
    const distance = smoothing == 0 ? 0 : weighted_distance<T>(row, classes, class_weights, top);
    const sum = exponentiate<T>(row, classes, max, to);
    const log_sum = Math.log(sum);
    const factor = finish_index_loss(weight, spread, top - own, distance, log_sum, top, loss);
    scale_row<T>(to, classes, <T>((scale * factor) / sum), everywhere);
    if (spread != 0 && class_weights != 0) {
      subtract_weights<T>(to, classes, class_weights, scale * spread);
    }
    subtract_target<T>(to, target, scale * weight);
  }
}
