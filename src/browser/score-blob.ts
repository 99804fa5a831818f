/** Scoring of files that a person picked or a page fetched. */

import type { DumpRequest, JoinHow } from '../intake/dump-request.js';
import type { DumpOptions } from '../score/score-dump.js';
import type { ScoreReport } from '../types/report.js';
import type { Threads } from '../workers/threads.js';
import { compileCore, loadCore } from './core.js';

export type { JoinHow };

/** Options of {@link scoreBlob}. */
export interface ScoreBlobOptions
  extends Omit<DumpOptions, 'by' | 'cluster'>,
    Omit<
      DumpRequest,
      | 'predictions'
      | 'labels'
      | 'targets'
      | 'weights'
      | 'texts'
      | 'names'
      | 'findNames'
      | 'classNames'
      | 'asLabels'
      | 'decimals'
    > {
  /** Targets (npy, npz, CSV, TSV, JSON Lines, or text with one per line). */
  readonly labels?: Blob | undefined;
  /** Column, field or member with the scores; of columns a comma-separated list, or a prefix with `*`. */
  readonly scores?: string | undefined;
  /** Column, field or member with the targets. */
  readonly target?: string | undefined;
  /** Column, field or member with predicted labels. */
  readonly prediction?: string | undefined;
  /** Names of rows, which stand in lists of rows: a file of their own, or a column, field or member by name. */
  readonly id?: Blob | string | undefined;
  /** What parts the rows into slices, each with its own loss and accuracy, likewise. */
  readonly by?: Blob | string | undefined;
  /** What tells which rows are not independent (patients, users), likewise. It widens the intervals of loss and accuracy. */
  readonly cluster?: Blob | string | undefined;
  /**
   * Threads that score; default `auto`: one per processor, at most 8. The
   * report is the same, to the last bit. From two on they are web workers, and
   * each reads its part of the Blob. Small Blobs and those that can only be read from
   * front to back (text, compressed npz) stay on the calling thread; so do custom
   * metrics, names of rows, slices and clusters, and all work where workers cannot be had.
   */
  readonly threads?: Threads | undefined;
  /** Bytes of the Blob that a worker takes at a time; with it, small Blobs are spread too. @internal */
  readonly stripeBytes?: number | undefined;
  /** Sample weights: a file of their own, or a column, field or member by name. */
  readonly weights?: Blob | string | undefined;
}

/**
 * Scores predictions held in a Blob or a File, which is read piece by piece; only
 * what cannot be streamed (such as Fortran order) is held, up to `memoryBudget`.
 * Large ones are read by several web workers, which need no cross-origin isolation.
 *
 * @param predictions npy, npz, CSV, TSV or JSON Lines, recognised by name, then by the first bytes
 * @returns the report: metrics with intervals and baselines, confusion matrix, notices
 * @throws InputError where the file cannot be read or is refused, with row, column or byte
 * @throws UsageError where options do not fit; `not-a-blob`, `bad-threads`
 * @throws LogitscopeError `worker-died`; what `init` throws, where it has not been called
 * @example
 * ```ts
 * import { init, renderText, scoreBlob } from 'logitscope/scoring';
 * await init();
 * const [predictions, labels] = document.querySelector('input')!.files!;
 * const report = await scoreBlob(predictions, { labels });
 * report.metrics.accuracy.value; // 0.872
 * console.log(renderText(report));
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
