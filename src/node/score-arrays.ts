/** Scoring of arrays in memory, on several threads where they are large. */

import type { ScoreReport } from '../types/report.js';
import type { ScoreArray } from '../types/scores.js';
import { type ScoreArraysOptions, scoreArraysOn } from '../workers/score-arrays.js';
import { loadCore } from './core.js';

export type { ScoreArraysOptions };

/**
 * Scores arrays in memory. The report does not depend on `threads`, to the last bit.
 *
 * Memory that is shared (`SharedArrayBuffer`) is read by the workers where it
 * lies; other memory is copied to them in pieces of about 8 MiB.
 *
 * @param scores row-major, rows × classes; the number of classes is `scores.length / targets.length`
 * @param targets class index of each row
 * @throws UsageError `length-mismatch`, `bad-scores`, `bad-target`, `bad-threads`, and for options that do not fit
 * @throws InputError as `scoreFile` does for rows that cannot be scored
 * @example
 * ```ts
 * import { scoreArrays } from 'logitscope';
 * const report = await scoreArrays(new Float32Array([2, 1, 0.1]), [0]);
 * report.metrics.log_loss.value; // 0.41703
 * ```
 */
export function scoreArrays(
  scores: ScoreArray,
  targets: ArrayLike<number | bigint>,
  options?: ScoreArraysOptions,
): Promise<ScoreReport> {
  return scoreArraysOn(loadCore, threadHost, scores, targets, options);
}

async function threadHost() {
  return (await import('./worker-threads.js')).threadHost;
}
