/** Losses on the core that `init` loaded. */

import {
  type ElementwiseLoss,
  type ElementwiseLossName,
  type ElementwiseLossOptions,
  makeElementwiseLoss,
} from '../losses/elementwise.js';
import { loadCore } from './core.js';

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
