/** Scoring of files that a person picked or a page fetched. */

import { decimalsOf } from '../engine/decimal-parser.js';
import type { DumpOptions } from '../score/score-dump.js';
import { blobBytes } from '../sources/blob.js';
import type { DumpRequest } from '../sources/open-dump.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import { loadCore } from './core.js';

/** Options of {@link scoreBlob}. */
export interface ScoreBlobOptions
  extends DumpOptions,
    Omit<
      DumpRequest,
      'predictions' | 'labels' | 'weights' | 'names' | 'classNames' | 'asLabels' | 'decimals'
    > {
  /** Targets (npy, npz, CSV, TSV, JSON Lines, or text with one per line). */
  readonly labels?: Blob | undefined;
  /** Column, field or member with the scores; of columns a comma-separated list, or a prefix with `*`. */
  readonly scores?: string | undefined;
  /** Column, field or member with the targets. */
  readonly target?: string | undefined;
  /** Column, field or member with predicted labels. */
  readonly prediction?: string | undefined;
  /** Column with names of rows, which is left out. */
  readonly id?: string | undefined;
  /** Sample weights: a file of their own, or a column, field or member by name. */
  readonly weights?: Blob | string | undefined;
}

/** A `File` has a name; other Blobs get one that says what they are for. */
function nameOf(blob: Blob, fallback: string): string {
  return 'name' in blob && typeof blob.name === 'string' && blob.name !== '' ? blob.name : fallback;
}

function bytesOf(blob: Blob, role: string) {
  if (blob instanceof Blob) return blobBytes(nameOf(blob, role), blob);
  throw new UsageError(
    'not-a-blob',
    `The ${role} must be a Blob or File; found ${blob === null ? 'null' : typeof blob}. Bytes become one by new Blob([bytes]).`,
  );
}

/**
 * Scores predictions held in a Blob or a File, which is read piece by piece; only
 * what cannot be streamed (such as Fortran order) is held, up to `memoryBudget`.
 *
 * @param predictions npy, npz, CSV, TSV or JSON Lines, recognised by name, then by the first bytes
 * @returns the report: metrics with intervals and baselines, confusion matrix, notices
 * @throws InputError where the file cannot be read or is refused, with row, column or byte
 * @throws UsageError where options do not fit; `not-a-blob`
 * @throws what `init` throws, where it has not been called
 * @example
 * ```ts
 * import { init, renderText, scoreBlob } from 'logitscope/browser';
 * await init();
 * const [predictions, labels] = document.querySelector('input')!.files!;
 * console.log(renderText(await scoreBlob(predictions, { labels })));
 * ```
 */
export async function scoreBlob(
  predictions: Blob,
  options: ScoreBlobOptions = {},
): Promise<ScoreReport> {
  const { labels, weights, scores, target, prediction, id, classNames, kind } = options;
  const weight = typeof weights === 'string' ? weights : undefined;
  const labelBytes = labels === undefined ? undefined : bytesOf(labels, 'labels');
  const request: DumpRequest = {
    ...options,
    predictions: bytesOf(predictions, 'predictions'),
    labels: labelBytes,
    weights:
      weights === undefined || typeof weights === 'string'
        ? undefined
        : bytesOf(weights, 'weights'),
    names: { scores, target, prediction, id, weight },
    classNames: classNames ?? undefined,
    asLabels: kind === 'labels',
    decimals: decimalsOf(loadCore, options.kernel),
  };
  // The readers of files are as large as all the rest: only pages that use them load them.
  const [{ openDump }, { scoreDump }] = await Promise.all([
    import('../sources/open-dump.js'),
    import('../score/score-dump.js'),
  ]);
  return scoreDump(await openDump(request), options, loadCore, labelBytes?.name);
}
