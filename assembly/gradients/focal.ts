// The focal loss of a softmax over class indices, per row and with its gradient.
//
// While a row is summed, −∞ stands for its target, so that the sum is over the
// other classes alone: subtracting the target's term from a sum over all would
// leave rounding errors of its size. The output may be the scores; the scores
// are the core's own copy, in which the target is put back.

import {
  CLASSES,
  CLASS_WEIGHTS,
  is_ignored,
  LOSSES,
  OUT,
  P,
  SCALE,
  SCORES,
  TARGETS,
} from '../call';
import { class_weight, weigh } from '../rows/class-sums';
import { max_of } from '../rows/rows';
import { leave_out } from './finish-gradient';
import { exponentiate, scale_row } from './softmax';

/**
 * Focal loss of class indices, per row, and its gradient. With p = p_y and
 * q = 1 − p = Σ_{c ≠ y} p_c, summed without the target:
 *
 *   loss_r = w_y · q^γ · (−log p)
 *   ∂/∂z_c = scale · w_y · A · p_c  (c ≠ y),  ∂/∂z_y = −scale · w_y · A · q
 *   A = q^γ · (1 + γ · p · (−log p)/q),  where (−log p)/q → 1 as q → 0
 *
 * so the gradient is finite for γ < 1 however sure the row is. A row whose
 * target is ignored has loss 0 and gradient 0. P is γ.
 */
// @ts-ignore: decorator
@inline
export function softmax_focal<T>(first: usize, rows: usize): void {
  const classes = load<usize>(CLASSES);
  const gamma = load<f64>(P);
  const scale = load<f64>(SCALE);
  const stride = classes * sizeof<T>();
  for (let r = first; r < first + rows; ++r) {
    const row = load<usize>(SCORES) + r * stride;
    const to = load<usize>(OUT) + r * stride;
    const loss = load<usize>(LOSSES) + (r << 3);
    const target = load<i32>(load<usize>(TARGETS) + (r << 2));
    if (is_ignored(target)) {
      leave_out(to, stride, loss);
      continue;
    }
    const at = <usize>target * sizeof<T>();
    const score = load<T>(row + at);
    const own = <f64>score;
    const max = max_of<T>(row, classes);
    const top = <f64>max;
    store<T>(row + at, <T>-Infinity);
    const rest = exponentiate<T>(row, classes, max, to);
    store<T>(row + at, score);
    const own_exponential = Math.exp(own - top);
    const sum = rest + own_exponential;
    const p = own_exponential / sum;
    const q = rest / sum;
    const nll = own == top ? Math.log1p(rest) : top - own + Math.log(sum);
    const faded = Math.pow(q, gamma);
    // p · (−log p)/q, at its ends: 0 for a masked target, 1 where no other class has any mass.
    const steep = p == 0 ? 0 : q == 0 ? 1 : (p * nll) / q;
    const weight = class_weight(load<usize>(CLASS_WEIGHTS), <usize>target);
    store<f64>(loss, weigh(weight * faded, nll));
    const factor = scale * weight * faded * (1 + gamma * steep);
    scale_row<T>(to, classes, <T>(factor / sum), <T>0);
    store<T>(to + at, <T>(-factor * q));
  }
}
