/** Scoring of files that a person picked or a page fetched. */

import type { JoinHow } from '../intake/dump-request.js';
import type { ScoreReport } from '../types/report.js';
import type { ScoreBlobOptions } from './blob-options.js';
import { compileCore, loadCore } from './core.js';

export type { JoinHow, ScoreBlobOptions };

/**
 * Scores predictions held in a Blob or a File, which is read piece by piece; only
 * what cannot be streamed (such as Fortran order) is held, up to `memoryBudget`.
 * Large ones are read by several web workers, which need no cross-origin isolation.
 *
 * @param predictions npy, npz, safetensors, .pt, HDF5, Parquet, Arrow, CSV, TSV or JSON Lines, recognised by name, then by the first bytes
 * @returns the report: metrics with intervals and baselines, confusion matrix, notices
 * @throws InputError where the file cannot be read or is refused, with row, column or byte
 * @throws UsageError where options do not fit; `not-a-blob`, `bad-threads`
 * @throws LogitscopeError `worker-died`; what `init` throws, where it has not been called
 * @example
 * ```ts
 * import { init, scoreBlob } from 'logitscope/scoring';
 * await init();
 * const [predictions, labels] = document.querySelector('input')!.files!;
 * const report = await scoreBlob(predictions, { labels });
 * report.metrics.accuracy.value; // 0.872
 * ```
 */
export async function scoreBlob(
  predictions: Blob,
  options: ScoreBlobOptions = {},
): Promise<ScoreReport> {
  // The readers of files are as large as all the rest: only pages that use them load them.
  const { scoreBlobOn } = await import('./read-blob.js');
  return scoreBlobOn({ loadCore, compileCore }, predictions, options);
}
