/** Scoring of files, and scorers on the package's own core. */

import { existsSync } from 'node:fs';
import { type CreateScorerOptions, makeScorer } from '../score/create-scorer.js';
import { type DumpOptions, scoreDump } from '../score/score-dump.js';
import type { Scorer } from '../score/scorer.js';
import { type DumpRequest, openDump } from '../sources/open-dump.js';
import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import { loadCore } from './core.js';
import { openFile, openStream, stdinStream } from './files.js';

/** Options of {@link scoreFile}. */
export interface ScoreFileOptions
  extends DumpOptions,
    Omit<DumpRequest, 'predictions' | 'labels' | 'weights' | 'names' | 'classNames' | 'asLabels'> {
  /** File with the targets (npy, npz, CSV, TSV, JSON Lines, or text with one per line). */
  readonly labels?: string | undefined;
  /** Column, field or member with the scores; of columns a comma-separated list, or a prefix with `*`. */
  readonly scores?: string | undefined;
  /** Column, field or member with the targets. */
  readonly target?: string | undefined;
  /** Column, field or member with predicted labels. */
  readonly prediction?: string | undefined;
  /** Column with names of rows, which is left out. */
  readonly id?: string | undefined;
  /** Sample weights: a file if one of that name exists, otherwise a column, field or member. */
  readonly weights?: string | undefined;
}

/** A file, a pipe, or `-` for standard input. */
function openInput(path: string): ByteSource | ByteStream {
  if (path === '-') return stdinStream();
  try {
    return openFile(path);
  } catch (error) {
    if (error instanceof InputError && error.code === 'not-a-regular-file') return openStream(path);
    throw error;
  }
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
 * console.log(report.metrics.log_loss, report.metrics.accuracy);
 * ```
 */
export async function scoreFile(
  path: string,
  options: ScoreFileOptions = {},
): Promise<ScoreReport> {
  const { labels, weights, scores, target, prediction, id, classNames, kind } = options;
  const weightsFile = weights !== undefined && existsSync(weights) ? weights : undefined;
  const opened: (ByteSource | ByteStream)[] = [];
  const open = (file: string) => {
    const input = openInput(file);
    opened.push(input);
    return input;
  };
  let request: DumpRequest;
  try {
    request = {
      ...options,
      predictions: open(path),
      labels: labels === undefined ? undefined : open(labels),
      weights: weightsFile === undefined ? undefined : open(weightsFile),
      names: { scores, target, prediction, id, ...(!weightsFile && { weight: weights }) },
      classNames: classNames ?? undefined,
      asLabels: kind === 'labels',
    };
  } catch (error) {
    for (const input of opened) await input.close();
    throw error;
  }
  return scoreDump(await openDump(request), options, loadCore, labels);
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
 * scorer.report().metrics.log_loss.value; // 0.4170300
 * ```
 */
export function createScorer(options: CreateScorerOptions): Promise<Scorer> {
  return makeScorer(loadCore, options);
}
