/** Scorers on the core that `init` loaded. */

import { makeScorer } from '../run/create-scorer.js';
import type { Scorer } from '../run/scorer.js';
import type { CreateScorerOptions } from '../run/scorer-options.js';
import { loadCore } from './core.js';

/**
 * Makes a scorer for arrays in memory.
 *
 * @throws UsageError for options that do not fit
 * @throws what `init` throws, where it has not been called (not for `kernel: 'reference'`)
 * @example
 * ```ts
 * import { createScorer } from 'logitscope/browser';
 * const scorer = await createScorer({ classes: 3 });
 * scorer.add(new Float32Array([2, 1, 0.1]), [0]);
 * scorer.report().metrics.log_loss.value; // 0.41703
 *
 * // Targets that are a probability per class.
 * const soft = await createScorer({ classes: 3, softTargets: true });
 * soft.add(new Float32Array([2, 1, 0.1]), [0.7, 0.2, 0.1]);
 * soft.report().metrics.log_loss.value; // 0.80703
 * ```
 */
export function createScorer(options: CreateScorerOptions): Promise<Scorer> {
  return makeScorer(loadCore, options);
}
