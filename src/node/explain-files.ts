/** What changed between two files of predictions. */

import { decimalsOf } from '../engine/decimals.js';
import {
  type ExplainElsewhere,
  type ExplainOptions,
  explainDumps,
} from '../score/explain-dumps.js';
import { hasTexts } from '../score/score-dump.js';
import type { OpenDump } from '../sources/open-dump.js';
import type { ExplainReport } from '../types/explain.js';
import { checkThreads, worthSpreading } from '../workers/threads.js';
import { loadCore } from './core.js';
import { fileRequestOf, openFileDump } from './file-request.js';
import { openFile } from './files.js';
import type { ScoreFileOptions } from './score-file.js';

/** Options of {@link explainFiles}. */
export interface ExplainFilesOptions
  extends ExplainOptions,
    Omit<ScoreFileOptions, keyof ExplainOptions | 'metrics' | 'diagnose' | 'by' | 'cluster'> {}

/**
 * Explains what changed between two files of predictions over the same rows:
 * loss and accuracy with paired tests, calibration and refinement, which rows
 * and classes moved, and a verdict.
 *
 * Rows are matched by their place. With a column `id` they are matched by what
 * it names them, whatever their order; both dumps are held in memory for that,
 * up to `memoryBudget` (1 GiB). An `id` that is a file names rows that both dumps
 * have in its order.
 *
 * @param before npy, npz, CSV, TSV or JSON Lines, as the other
 * @returns plain values; every p-value is two-sided
 * @throws InputError where a file cannot be read or is refused; `rows-differ`, `targets-differ`,
 *   `duplicate-id`, `missing-id`, `memory-budget`
 * @throws UsageError where options do not fit; LogitscopeError `worker-died`
 * @example
 * ```ts
 * import { explainFiles } from 'logitscope';
 * const labels = 'labels.npy';
 * const report = await explainFiles(
 *   'epoch-070.npy',
 *   'epoch-160.npy',
 *   { labels },
 * );
 * report.verdict.cause; // 'confidence'
 * report.calibration.delta; // 0.1514
 * ```
 */
export async function explainFiles(
  before: string,
  after: string,
  options: ExplainFilesOptions = {},
): Promise<ExplainReport> {
  const { labels, threads = 'auto', stripeBytes, onProgress } = options;
  checkThreads(threads);
  const requests = [fileRequestOf(before, options), fileRequestOf(after, options)] as const;
  const opened: OpenDump[] = [];
  try {
    const decimals = decimalsOf(loadCore, options.kernel);
    for (const request of requests) opened.push(await openFileDump(request, null, decimals));
  } catch (error) {
    for (const { reader } of opened) await reader.close();
    throw error;
  }
  const [was, is] = opened as [OpenDump, OpenDump];
  if (requests[0].names?.id !== undefined) {
    const { explainByName } = await import('../score/explain-by-name.js');
    return explainByName(was, is, options, loadCore, labels);
  }
  const isLarge = opened.every(
    (dump) => !hasTexts(dump) && worthSpreading(threads, dump.reader.progress().total, stripeBytes),
  );
  const explainElsewhere: ExplainElsewhere = async (started) => {
    const [{ spreadPair }, { threadHost: host }] = await Promise.all([
      import('../workers/spread-pair.js'),
      import('./worker-threads.js'),
    ]);
    const readOnce = [labels ?? '-', before, after].includes('-');
    return spreadPair(started, {
      host,
      requests,
      open: openFileDump,
      openLabels: readOnce ? undefined : () => openFile(labels!),
      threads,
      stripeBytes,
      onProgress,
    });
  };
  const elsewhere = isLarge ? explainElsewhere : undefined;
  return explainDumps(was, is, options, loadCore, labels, elsewhere);
}
