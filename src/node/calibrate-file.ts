/** Recalibrations fitted on files. */

import { decimalsOf } from '../engine/decimals.js';
import type { CalibrateOptions } from '../run/calibrate-dump.js';
import { calibrateDump } from '../run/calibrate-dump.js';
import { checkFitRows } from '../run/fit-rows.js';
import type { Calibration } from '../types/calibration.js';
import { checkThreads } from '../workers/threads.js';
import { loadCore } from './core.js';
import { fileRequestOf, openFileDump, requireFiles } from './file-request.js';
import type { ReadMode } from './files.js';
import type { ScoreFileOptions } from './score-file.js';
import { spreadFile } from './spread-file.js';

/** Options of {@link calibrateFile}: what `scoreFile` reads by, and what is to be fitted. */
export interface CalibrateFileOptions
  extends Pick<CalibrateOptions, 'only' | 'isotonic'>,
    Omit<
      ScoreFileOptions,
      // Sections of a report, and what shapes a loss that is not the one that is fitted.
      | 'only'
      | 'like'
      | 'metrics'
      | 'diagnose'
      | 'ranking'
      | 'worst'
      | 'classWeights'
      | 'labelSmoothing'
      | 'observe'
      | 'compared'
      | 'cluster'
    > {
  /** One fit for each text of this column, field, member or file; on the calling thread. */
  readonly by?: string | undefined;
}

/**
 * Fits what recalibrates the scores of a file: temperature and offsets of class scores, of one score
 * per row, or of each label; a straight line of predicted values.
 *
 * The result is plain: `JSON.stringify` writes it, and {@link applyCalibration} takes it back. What it
 * gained is told out of fold (`loss.afterCrossFitted`, `loss.saved`, `accuracy`), where each row is
 * scored with what the rows of the other folds fitted; `loss.after` is of the rows fitted on.
 *
 * @param path npy, npz, safetensors, .pt, HDF5, Parquet, Arrow, CSV, TSV or JSON Lines, with targets or beside them; `-` reads standard input
 * @throws InputError where the file cannot be read or is refused; `nothing-scored`
 * @throws UsageError where options do not fit; `no-recalibration`, `soft-targets`
 * @example
 * ```ts
 * import { calibrateFile } from 'logitscope';
 * const fitted = await calibrateFile('epoch-070.npy', { labels: 'labels.npy', only: 'scale' });
 * fitted.temperature; // 1.266
 * ```
 */
export async function calibrateFile(
  path: string,
  options: CalibrateFileOptions = {},
): Promise<Calibration> {
  const { labels, threads = 'auto', fitRows, isotonic = false } = options;
  checkThreads(threads);
  checkFitRows(fitRows);
  const request = fileRequestOf(path, options);
  if (fitRows === 'all' && !isotonic) requireFiles(request);
  const decimals = decimalsOf(loadCore, options.kernel);
  const reading: ReadMode = { inBackground: true };
  const reopen = () => openFileDump(request, null, decimals, reading);
  const scoreElsewhere = spreadFile(request, options, reading);
  return calibrateDump(await reopen(), options, loadCore, labels, { scoreElsewhere, reopen });
}
