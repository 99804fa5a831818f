/** Losses on the core that `init` loaded. */

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
 * @throws UsageError for options that do not fit
 * @throws what `init` throws, where it has not been called (not for `kernel: 'reference'`)
 */
export function createCrossEntropy(options: CrossEntropyOptions): Promise<CrossEntropy> {
  return makeCrossEntropy(loadCore, options);
}

/**
 * Makes a loss over elements, with its gradient.
 * @throws UsageError for options that do not fit
 * @throws what `init` throws, where it has not been called
 */
export function createElementwiseLoss(
  name: ElementwiseLossName,
  options?: ElementwiseLossOptions,
): Promise<ElementwiseLoss> {
  return makeElementwiseLoss(loadCore, name, options);
}
