/** Scoring of arrays in memory, on several web workers where they are large. */

import type { Labels, Scores, Targets } from '../types/forms.js';
import type { ScoreReport } from '../types/report.js';
import type { ScoreArraysOptions } from '../workers/score-arrays.js';
import { compileCore, loadCore } from './core.js';

export type { ScoreArraysOptions };

/**
 * Scores arrays in memory. The report does not depend on `threads`, to the last bit.
 *
 * Memory that is shared (`SharedArrayBuffer`, on cross-origin isolated pages) is
 * read by the workers where it lies; other memory is copied in pieces of about
 * 8 MiB, which move to them. Where workers cannot be had, the calling thread does the work.
 *
 * @param scores rows × classes, in lists or flat ({@link Scores}); Uint16Arrays hold the bits that `dtype`
 *   names. Of `task: 'binary'` one score per row, of `'regression'` predicted values, of `'labels'` predicted labels
 * @param targets a class per row, in any form of {@link Targets}: indices, texts
 *   (by `classNames`, otherwise as many different ones as classes), one-hot rows, −1 and 1 for two
 *   classes; or rows of probabilities, whose cross-entropy is scored. Of `'multilabel'` a row of 0 and 1, of
 *   `'regression'` true values
 * @throws UsageError `length-mismatch`, `not-numbers`, `bad-scores`, `bad-dtype`, `bad-target`,
 *   `bad-threads`, and for options that do not fit; InputError `unknown-label`, `bad-target-row`
 * @throws InputError as `scoreBlob` does for rows that cannot be scored
 * @throws LogitscopeError `worker-died`; what `init` throws, where it has not been called
 * @example
 * ```ts
 * import { init, scoreArrays } from 'logitscope/browser';
 * await init();
 * const report = await scoreArrays([[2, 1, 0.1]], [0]);
 * report.metrics.log_loss.value; // 0.41703
 * ```
 */
export async function scoreArrays(
  scores: Scores | Labels,
  targets: Targets,
  options?: ScoreArraysOptions,
): Promise<ScoreReport> {
  const { scoreArraysOn } = await import('../workers/score-arrays.js');
  return scoreArraysOn(loadCore, threadHost, scores, targets, options);
}

async function threadHost() {
  return (await import('./web-workers.js')).webWorkerHost(compileCore);
}
