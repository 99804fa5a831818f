/** What changed between two files of predictions. */

import { decimalsOf } from '../engine/decimals.js';
import { type ExplainOptions, explainDumps } from '../score/explain-dumps.js';
import type { OpenDump } from '../sources/open-dump.js';
import type { ExplainReport } from '../types/explain.js';
import { loadCore } from './core.js';
import { fileRequestOf, openFileDump } from './file-request.js';
import type { ScoreFileOptions } from './score-file.js';

/** Options of {@link explainFiles}. */
export interface ExplainFilesOptions
  extends ExplainOptions,
    Omit<
      ScoreFileOptions,
      keyof ExplainOptions | 'threads' | 'stripeBytes' | 'metrics' | 'diagnose' | 'by' | 'cluster'
    > {}

/**
 * Explains what changed between two files of predictions over the same rows:
 * loss and accuracy with paired tests, calibration and refinement, which rows
 * and classes moved, and a verdict.
 *
 * @param before npy, npz, CSV, TSV or JSON Lines, as the other
 * @returns plain values; every p-value is two-sided
 * @throws InputError where a file cannot be read or is refused; `rows-differ`, `targets-differ`
 * @throws UsageError where options do not fit
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
  const opened: OpenDump[] = [];
  try {
    for (const path of [before, after]) {
      opened.push(
        await openFileDump(
          fileRequestOf(path, options),
          null,
          decimalsOf(loadCore, options.kernel),
        ),
      );
    }
  } catch (error) {
    for (const { reader } of opened) await reader.close();
    throw error;
  }
  return explainDumps(opened[0], opened[1], options, loadCore, options.labels);
}
