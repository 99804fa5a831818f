/** Recalibrations applied to files. */

import { realpathSync, statSync } from 'node:fs';
import { readCalibration } from '../diagnosis/read-calibration.js';
import { decimalsOf } from '../engine/decimals.js';
import { CsvWriter, NpyWriter, NpzWriter } from '../formats/write-scores.js';
import { openScores, type ScoresRequest } from '../intake/open-scores.js';
import { applyToScores } from '../run/apply-calibration.js';
import { coreFor } from '../run/core-loader.js';
import type { KindOption, Progress } from '../run/dump-options.js';
import type { AppliedCalibration, Calibration } from '../types/calibration.js';
import type { ByteSource } from '../types/dump.js';
import { UsageError } from '../types/errors.js';
import type { ScoreLayout, ScoreWriter } from '../types/score-output.js';
import type { KernelName } from '../types/scores.js';
import { loadCore } from './core.js';
import { fileRequestOf, openAny, openInput, pathsOf } from './file-request.js';
import { openFile } from './files.js';
import { OutFile, turns } from './out-file.js';

/** Options of {@link applyCalibration}. */
export interface ApplyCalibrationOptions
  extends Pick<ScoresRequest, 'format' | 'delimiter' | 'header' | 'bfloat16' | 'memoryBudget'> {
  /** Column, field or member with the scores; of columns a comma-separated list, or a prefix with `*`. */
  readonly scores?: string | undefined;
  /** Column, field or member with targets, which are no scores; they are not needed otherwise. */
  readonly target?: string | undefined;
  /** What parts the rows into slices: a file, or else a column, field or member. */
  readonly by?: string | undefined;
  /** Default `auto`: decided from the first rows. */
  readonly kind?: KindOption | undefined;
  /** Rows of NaN or ∞: refused (default), or left as they are. */
  readonly invalid?: 'error' | 'skip' | undefined;
  /** Default `simd`. */
  readonly kernel?: KernelName | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Recalibrates the scores of a file and writes them to another, in the memory of a batch:
 * logits become logits, probabilities become probabilities of which rows add up to 1, f32 stays f32.
 * Targets are not needed. A table keeps its other columns, an archive its other members where the
 * output is one, too. The file appears when it is whole.
 *
 * @param path npy, npz, safetensors, .pt, HDF5, Parquet, Arrow, CSV, TSV or JSON Lines; `-` reads standard input
 * @param fitted what {@link calibrateFile} gave, or {@link fitRecalibration}, also read back from JSON
 * @param out its ending says the format: `.npy`, `.npz` or `.csv`
 * @throws InputError `bad-calibration`, `other-task`, `other-classes`, `other-kind`, `unknown-slice`,
 *   `invalid-rows`, and where the file cannot be read; UsageError `out-format`, `same-file`,
 *   `no-slices`, `cannot-write`
 * @example
 * ```ts
 * import { applyCalibration, calibrateFile, scoreFile } from 'logitscope';
 * const labels = 'labels.npy';
 * const fitted = await calibrateFile('epoch-070.npy', { labels });
 * const { rows } = await applyCalibration('epoch-070.npy', fitted, 'recalibrated.npy');
 * rows; // 1000
 * // On the rows that were fitted on, which flatters: out of fold it is 0.3949.
 * (await scoreFile('recalibrated.npy', { labels })).metrics.log_loss.value; // 0.3825
 * ```
 */
export async function applyCalibration(
  path: string,
  fitted: Calibration | object,
  out: string,
  options: ApplyCalibrationOptions = {},
): Promise<AppliedCalibration> {
  const ending = endingOf(out);
  const calibration = readCalibration(fitted, 'the recalibration');
  const { kind = 'auto', invalid = 'error', kernel, onProgress, by } = options;
  const core = await coreFor(loadCore, kernel);
  const { kind: _, ...named } = options;
  const request = fileRequestOf(path, named);
  const slices = request.texts?.by;
  if (typeof request.predictions !== 'string') {
    throw new UsageError(
      'one-file',
      `A recalibration is applied to one file at a time; ${path} stands for ${request.predictions.files.length}.`,
    );
  }
  for (const input of pathsOf(request)) requireOther(input, out);
  const predictions = openInput(path);
  const scores = await openScores({
    ...request,
    ...{ predictions, task: calibration.task, keep: ending === '.csv' },
    by: slices === undefined ? undefined : openAny(slices),
    decimals: decimalsOf(loadCore, kernel),
  });
  let file: OutFile | null = null;
  let others: ByteSource | null = null;
  try {
    const open = (layout: ScoreLayout): ScoreWriter => {
      file = new OutFile(out);
      if (ending === '.npy') return new NpyWriter(layout, file);
      if (ending === '.csv') return new CsvWriter(layout, file);
      if (scores.format === 'npz') others = openFile(path);
      return new NpzWriter(layout, file, others);
    };
    const math = core ?? Math;
    const isBySlice = by !== undefined;
    const terms = { ...{ math, kind, invalid, onProgress, open, isBySlice }, pause: turns() };
    const applied = await applyToScores(scores, calibration, terms);
    (file as OutFile | null)?.keep();
    const stored = ending === '.csv' ? 'text' : scores.dtype;
    return { schema: 'logitscope.applied/1', source: scores.name, out, stored, ...applied };
  } finally {
    (file as OutFile | null)?.drop();
    await (others as ByteSource | null)?.close();
    await scores.close();
  }
}

/** @throws UsageError `out-format` */
function endingOf(out: string): '.npy' | '.npz' | '.csv' {
  const ending = /\.(?:npy|npz|csv)$/i.exec(out)?.[0].toLowerCase();
  if (ending !== undefined) return ending as '.npy';
  throw new UsageError(
    'out-format',
    `--out ${out}: the ending must be .npy, .npz or .csv, which says how to write the scores.`,
  );
}

/**
 * @param called how the output stands in the message
 * @throws UsageError `same-file`
 */
export function requireOther(input: string, out: string, called = `--out ${out}`): void {
  const stats = statSync(out, { throwIfNoEntry: false });
  const from = input === '-' ? undefined : statSync(input, { throwIfNoEntry: false });
  if (stats === undefined || from === undefined) return;
  const isSame =
    (stats.dev === from.dev && stats.ino === from.ino) || realpathSync(input) === realpathSync(out);
  if (!isSame) return;
  throw new UsageError(
    'same-file',
    `${called} is ${input} itself, which would be lost. Name another file.`,
  );
}
