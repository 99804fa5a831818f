/** Scoring of arrays in memory, on several threads where they are large. */

import type { Scores, Targets } from '../types/forms.js';
import type { ScoreReport } from '../types/report.js';
import { type ScoreArraysOptions, scoreArraysOn } from '../workers/score-arrays.js';
import { loadCore } from './core.js';

export type { ScoreArraysOptions };

/**
 * Scores arrays in memory. The report does not depend on `threads`, to the last bit.
 *
 * Memory that is shared (`SharedArrayBuffer`) is read by the workers where it
 * lies; other memory is copied to them in pieces of about 8 MiB.
 *
 * @param scores rows × classes, in lists or flat ({@link Scores}); Uint16Arrays hold the bits that `dtype` names
 * @param targets a class per row, in any form of {@link Targets}: indices, texts (by `classNames`,
 *   otherwise as many different ones as classes), one-hot rows, −1 and 1 for two classes; or rows of
 *   probabilities, whose cross-entropy is scored
 * @throws UsageError `length-mismatch`, `not-numbers`, `bad-scores`, `bad-dtype`, `bad-target`,
 *   `bad-threads`, and for options that do not fit; InputError `unknown-label`, `bad-target-row`
 * @throws InputError as `scoreFile` does for rows that cannot be scored
 * @example
 * ```ts
 * import { scoreArrays } from 'logitscope';
 * const report = await scoreArrays([[2, 1, 0.1]], [0]);
 * report.metrics.log_loss.value; // 0.41703
 * ```
 */
export function scoreArrays(
  scores: Scores,
  targets: Targets,
  options?: ScoreArraysOptions,
): Promise<ScoreReport> {
  return scoreArraysOn(loadCore, threadHost, scores, targets, options);
}

async function threadHost() {
  return (await import('./worker-threads.js')).threadHost;
}
