/** What changed between two files of predictions. */

import { decimalsOf } from '../engine/decimals.js';
import type { OpenDump } from '../intake/dump-request.js';
import { type ExplainElsewhere, type ExplainOptions, explainDumps } from '../run/explain-dumps.js';
import { InputError } from '../types/errors.js';
import type { ExplainReport } from '../types/explain.js';
import { checkThreads, worthSpreading } from '../workers/threads.js';
import { loadCore } from './core.js';
import { canReopen, fileRequestOf, openFileDump } from './file-request.js';
import type { ScoreFileOptions } from './score-file.js';

/** Options of {@link explainFiles}. */
export interface ExplainFilesOptions
  extends ExplainOptions,
    Omit<ScoreFileOptions, keyof ExplainOptions | 'metrics' | 'diagnose'> {}

/**
 * Explains what changed between two files of predictions over the same rows:
 * loss and accuracy (of values squared and absolute error) with paired tests,
 * calibration and refinement, which rows and classes moved, and a verdict.
 * What a task does not have is left out.
 *
 * Rows are matched by their place. Where both dumps have a column that is known to name
 * rows, another order is refused. With a column `id` they are matched by what
 * it names them; where the orders differ both dumps are held in memory for that,
 * up to `memoryBudget` (1 GiB). Rows of one dump alone are refused but for `join: 'inner'`. An
 * `id` that is a file names rows that both dumps have in its order.
 *
 * @param before npy, npz, safetensors, .pt, HDF5, Parquet, Arrow, CSV, TSV or JSON Lines, as the other
 * @returns plain values; every p-value is two-sided
 * @throws InputError where a file cannot be read or is refused; `rows-differ`, `targets-differ`,
 *   `duplicate-id`, `missing-id`, `memory-budget`
 * @throws UsageError where options do not fit, `tasks-differ`, `classes-differ`; LogitscopeError `worker-died`
 * @example
 * ```ts
 * import { explainFiles } from 'logitscope';
 * const labels = 'labels.npy';
 * const report = await explainFiles(
 *   'epoch-070.npy',
 *   'epoch-160.npy',
 *   { labels },
 * );
 * report.verdict.causes; // ['scale', 'offsets', 'discrimination']
 * report.calibration?.delta; // 0.1064
 * ```
 */
export async function explainFiles(
  before: string,
  after: string,
  options: ExplainFilesOptions = {},
): Promise<ExplainReport> {
  const { labels, threads = 'auto', stripeBytes, onProgress } = options;
  checkThreads(threads);
  const findNames = options.join !== 'place';
  const requests = [
    { ...fileRequestOf(before, options), findNames },
    { ...fileRequestOf(after, options), findNames },
  ] as const;
  const decimals = decimalsOf(loadCore, options.kernel);
  const openBoth = async (): Promise<[OpenDump, OpenDump]> => {
    const opened: OpenDump[] = [];
    try {
      for (const request of requests) opened.push(await openFileDump(request, null, decimals));
    } catch (error) {
      for (const { reader } of opened) await reader.close();
      throw error;
    }
    return opened as [OpenDump, OpenDump];
  };
  const byName = async (dumps: [OpenDump, OpenDump]) => {
    const { explainByName } = await import('../run/explain-by-name.js');
    return explainByName(...dumps, options, loadCore, labels);
  };
  const opened = await openBoth();
  const [was, is] = opened;
  const isNamed = findNames && requests[0].names?.id !== undefined;
  if (isNamed && !requests.every(canReopen)) return byName(opened);
  const isLarge = opened.every(({ reader }) =>
    worthSpreading(threads, reader.progress().total, stripeBytes),
  );
  const explainElsewhere: ExplainElsewhere = async (started) => {
    const [{ spreadPair }, { threadHost: host }] = await Promise.all([
      import('../workers/spread-pair.js'),
      import('./worker-threads.js'),
    ]);
    return spreadPair(started, {
      host,
      requests,
      open: openFileDump,
      threads,
      stripeBytes,
      onProgress,
    });
  };
  const elsewhere = isLarge ? explainElsewhere : undefined;
  try {
    return await explainDumps(was, is, options, loadCore, labels, elsewhere);
  } catch (error) {
    // Rows in one order need no memory; only others are held by name.
    const isOther =
      error instanceof InputError && ['other-order', 'rows-differ'].includes(error.code);
    if (!isNamed || !isOther) throw error;
    return byName(await openBoth());
  }
}
