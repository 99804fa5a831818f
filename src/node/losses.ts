/** Losses on the package's own core. */

import {
  type ElementwiseLoss,
  type ElementwiseLossName,
  type ElementwiseLossOptions,
  makeElementwiseLoss,
} from '../losses/elementwise.js';
import { loadCore } from './core.js';

/**
 * Makes a loss over elements, with its gradient: `mseLoss` (Gaussian), `huberLoss`
 * (robust, no likelihood) or `binaryCrossEntropyWithLogits` (Bernoulli).
 *
 * @throws UsageError for options that do not fit; LogitscopeError `no-simd`, `no-relaxed-simd`
 * @example
 * ```ts
 * import { createElementwiseLoss } from 'logitscope';
 * const loss = await createElementwiseLoss('mseLoss');
 * loss.evaluate(Float32Array.of(1, 2), Float32Array.of(0, 4)).value; // 2.5
 * ```
 */
export function createElementwiseLoss(
  name: ElementwiseLossName,
  options?: ElementwiseLossOptions,
): Promise<ElementwiseLoss> {
  return makeElementwiseLoss(loadCore, name, options);
}
