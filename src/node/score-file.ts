/** Scoring of files, and scorers on the package's own core. */

import { decimalsOf } from '../engine/decimals.js';
import type { JoinHow } from '../intake/dump-request.js';
import { makeScorer } from '../run/create-scorer.js';
import type { DumpOptions } from '../run/dump-options.js';
import { checkFitRows } from '../run/fit-rows.js';
import type { InputOptions } from '../run/inputs.js';
import { scoreDump } from '../run/score-dump.js';
import type { Scorer } from '../run/scorer.js';
import type { CreateScorerOptions } from '../run/scorer-options.js';
import type { ScoreReport } from '../types/report.js';
import { checkThreads, type Threads } from '../workers/threads.js';
import { loadCore } from './core.js';
import { fileRequestOf, openFileDump, requireFiles } from './file-request.js';
import type { ReadMode } from './files.js';
import { spreadFile } from './spread-file.js';

export type { JoinHow, Threads };

/** Options of {@link scoreFile}. What may be a file is one if there is one of that name. */
export interface ScoreFileOptions
  extends Omit<DumpOptions, 'by' | 'cluster'>,
    InputOptions<string> {
  /**
   * Threads that score; default `auto`: one per processor, at most 8. The
   * report is the same, to the last bit. Small files, and files that can only
   * be read from front to back (text, compressed npz, pipes), stay on the
   * calling thread, and so do custom metrics. A file of slices, clusters or names
   * is one of the files.
   */
  readonly threads?: Threads | undefined;
  /** Bytes of the file that a worker takes at a time; with it, small files are spread too. @internal */
  readonly stripeBytes?: number | undefined;
}

/**
 * Scores a file of predictions, or several that are read as one.
 *
 * A pattern (`shards/*.npy`) or a directory stands for the files that it matches or holds, in natural order;
 * so do `labels` and the like. All of them must hold the same fields.
 *
 * @param path npy, npz, safetensors, .pt, HDF5, Parquet, Arrow, CSV, TSV or JSON Lines; `-` reads standard input
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
  path: string | readonly string[],
  options: ScoreFileOptions = {},
): Promise<ScoreReport> {
  const { labels, threads = 'auto', fitRows, diagnose = true } = options;
  checkThreads(threads);
  checkFitRows(fitRows);
  const request = fileRequestOf(path, options);
  if (fitRows === 'all' && diagnose) requireFiles(request);
  const decimals = decimalsOf(loadCore, options.kernel);
  const reading: ReadMode = { inBackground: true };
  const reopen = () => openFileDump(request, null, decimals, reading);
  const scoreElsewhere = spreadFile(request, options, reading);
  return scoreDump(await reopen(), options, loadCore, labels, { scoreElsewhere, reopen });
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
 * // Predicted and true values.
 * const values = await createScorer({ task: 'regression' });
 * values.add([2.5, 0, 2, 8], [3, -0.5, 2, 7]);
 * values.report().metrics.mse.value; // 0.375
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
