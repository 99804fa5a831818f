/** Scoring of files, and scorers on the package's own core. */

import { decimalsOf } from '../engine/decimals.js';
import type { DumpRequest, JoinHow } from '../intake/dump-request.js';
import { type CreateScorerOptions, makeScorer } from '../score/create-scorer.js';
import { checkFitRows } from '../score/fit-rows.js';
import { type DumpOptions, hasTexts, type ScoreElsewhere, scoreDump } from '../score/score-dump.js';
import type { Scorer } from '../score/scorer.js';
import { taskOf } from '../score/task.js';
import type { ScoreReport } from '../types/report.js';
import { checkThreads, type Threads, worthSpreading } from '../workers/threads.js';
import { loadCore } from './core.js';
import { type FileRequest, fileRequestOf, openFileDump, requireFiles } from './file-request.js';
import type { ReadMode } from './files.js';

export type { JoinHow, Threads };

/** Options of {@link scoreFile}. */
export interface ScoreFileOptions
  extends DumpOptions,
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
  /** File with the targets (npy, npz, CSV, TSV, JSON Lines, or text with one per line). */
  readonly labels?: string | undefined;
  /** Column, field or member with the scores; of columns a comma-separated list, or a prefix with `*`. */
  readonly scores?: string | undefined;
  /** Column, field or member with the targets. */
  readonly target?: string | undefined;
  /** Column, field or member with predicted labels. */
  readonly prediction?: string | undefined;
  /** Names of rows, which stand in lists of rows: a file if one of that name exists, otherwise a column, field or member. */
  readonly id?: string | undefined;
  /** What parts the rows into slices, each with its own loss and accuracy: a file, or else a column, field or member. */
  readonly by?: string | undefined;
  /** What tells which rows are not independent (patients, users): a file, or else a column, field or member. It widens the intervals of loss and accuracy. */
  readonly cluster?: string | undefined;
  /**
   * Threads that score; default `auto`: one per processor, at most 8. The
   * report is the same, to the last bit. Small files, and files that can only
   * be read from front to back (text, compressed npz, pipes), stay on the
   * calling thread, and so do custom metrics, and files with names of rows, slices or clusters.
   */
  readonly threads?: Threads | undefined;
  /** Bytes of the file that a worker takes at a time; with it, small files are spread too. @internal */
  readonly stripeBytes?: number | undefined;
  /** Sample weights: a file if one of that name exists, otherwise a column, field or member. */
  readonly weights?: string | undefined;
}

/**
 * Scores a file of predictions.
 *
 * @param path npy, npz, CSV, TSV or JSON Lines; `-` reads standard input
 * @returns the report: metrics with intervals and baselines, confusion matrix, notices
 * @throws InputError where the file cannot be read or is refused, with row, column or byte
 * @throws UsageError where options do not fit
 * @example
 * ```ts
 * import { scoreFile } from 'logitscope';
 * const report = await scoreFile('epoch-070.npy', { labels: 'labels.npy' });
 * report.metrics.log_loss.value; // 0.4578
 * report.metrics.accuracy.value; // 0.872
 * ```
 */
export async function scoreFile(
  path: string,
  options: ScoreFileOptions = {},
): Promise<ScoreReport> {
  const { labels, kind } = options;
  const { threads = 'auto', stripeBytes, fitRows, diagnose = true } = options;
  checkThreads(threads);
  checkFitRows(fitRows);
  const request: FileRequest = {
    ...fileRequestOf(path, options),
    task: taskOf(options),
    asLabels: kind === 'labels',
  };
  if (fitRows === 'all' && diagnose) requireFiles(request);
  const decimals = decimalsOf(loadCore, options.kernel);
  const reading: ReadMode = { inBackground: true };
  const dump = await openFileDump(request, null, decimals, reading);
  const reopen = () => openFileDump(request, null, decimals, reading);
  const { total } = dump.reader.progress();
  if (hasTexts(dump) || !worthSpreading(threads, total, stripeBytes))
    return scoreDump(dump, options, loadCore, labels, { reopen });
  const scoreElsewhere: ScoreElsewhere = async (started) => {
    const [{ spreadInputs }, { threadHost: host }] = await Promise.all([
      import('../workers/spread-inputs.js'),
      import('./worker-threads.js'),
    ]);
    const { onProgress } = options;
    // All processors will be busy.
    reading.inBackground = false;
    const isSpread = await spreadInputs(started, {
      host,
      request,
      open: openFileDump,
      threads,
      stripeBytes,
      onProgress,
    });
    reading.inBackground = !isSpread;
    return isSpread;
  };
  return scoreDump(dump, options, loadCore, labels, { scoreElsewhere, reopen });
}

/**
 * Makes a scorer for arrays in memory.
 *
 * @throws UsageError for options that do not fit; LogitscopeError `no-simd`
 * @example
 * ```ts
 * import { createScorer } from 'logitscope';
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
