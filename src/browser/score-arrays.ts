/** Scoring of arrays in memory, on several web workers where they are large. */

import type { ScoreReport } from '../types/report.js';
import type { ScoreArray } from '../types/scores.js';
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
 * @param scores row-major, rows × classes; the number of classes is `scores.length / targets.length`
 * @param targets class index of each row
 * @throws UsageError `length-mismatch`, `bad-scores`, `bad-target`, `bad-threads`, and for options that do not fit
 * @throws InputError as `scoreBlob` does for rows that cannot be scored
 * @throws LogitscopeError `worker-died`; what `init` throws, where it has not been called
 * @example
 * ```ts
 * import { init, scoreArrays } from 'logitscope/browser';
 * await init();
 * const report = await scoreArrays(new Float32Array([2, 1, 0.1]), [0]);
 * report.metrics.log_loss.value; // 0.41703
 * ```
 */
export async function scoreArrays(
  scores: ScoreArray,
  targets: ArrayLike<number | bigint>,
  options?: ScoreArraysOptions,
): Promise<ScoreReport> {
  const { scoreArraysOn } = await import('../workers/score-arrays.js');
  return scoreArraysOn(loadCore, threadHost, scores, targets, options);
}

async function threadHost() {
  return (await import('./web-workers.js')).webWorkerHost(compileCore);
}
