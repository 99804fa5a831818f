/** Losses on the package's own core. */

import { type CrossEntropyOptions, makeCrossEntropy } from '../losses/create-cross-entropy.js';
import type { CrossEntropy } from '../losses/cross-entropy.js';
import {
  type ElementwiseLoss,
  type ElementwiseLossName,
  type ElementwiseLossOptions,
  makeElementwiseLoss,
} from '../losses/elementwise.js';
import { loadCore } from './core.js';

/**
 * Makes a cross-entropy of logits, with its gradient.
 *
 * @throws UsageError for options that do not fit; LogitscopeError `no-simd`, `no-relaxed-simd`
 * @example
 * ```ts
 * import { createCrossEntropy } from 'logitscope';
 * const loss = await createCrossEntropy({ classes: 3 });
 * const gradient = new Float32Array(3);
 * loss.evaluate(new Float32Array([2, 1, 0.1]), new Int32Array([0]), { gradient }).value; // 0.4170300
 * gradient; // softmax minus one-hot: [-0.341, 0.2424, 0.0986]
 * ```
 */
export function createCrossEntropy(options: CrossEntropyOptions): Promise<CrossEntropy> {
  return makeCrossEntropy(loadCore, options);
}

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
