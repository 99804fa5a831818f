/** Scoring of files that a person picked or a page fetched. */

import { decimalsOf } from '../engine/decimals.js';
import type { DumpOptions, ScoreElsewhere } from '../score/score-dump.js';
import { taskOf } from '../score/task.js';
import type { DumpRequest } from '../sources/open-dump.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import { TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import { checkThreads, type Threads, worthSpreading } from '../workers/threads.js';
import type { BlobRequest } from './blob-request.js';
import { loadCore } from './core.js';

/** Options of {@link scoreBlob}. */
export interface ScoreBlobOptions
  extends Omit<DumpOptions, 'by' | 'cluster'>,
    Omit<
      DumpRequest,
      | 'predictions'
      | 'labels'
      | 'weights'
      | 'texts'
      | 'names'
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

function checkBlob(blob: Blob | undefined, role: string): void {
  if (blob === undefined || blob instanceof Blob) return;
  throw new UsageError(
    'not-a-blob',
    `The ${role} must be a Blob or File; found ${blob === null ? 'null' : typeof blob}. Bytes become one by new Blob([bytes]).`,
  );
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
  const { labels, weights, scores, target, prediction, classNames, kind } = options;
  const { threads = 'auto', stripeBytes, onProgress } = options;
  checkThreads(threads);
  const isColumn = typeof weights === 'string';
  checkBlob(predictions ?? null, 'predictions');
  checkBlob(labels, 'labels');
  if (!isColumn) checkBlob(weights, 'weights');
  const texts: { [role in TextRole]?: Blob } = {};
  const columns: { [role in TextRole]?: string } = {};
  for (const role of TEXT_ROLES) {
    const given = options[role];
    if (typeof given === 'string') {
      columns[role] = given;
    } else if (given !== undefined) {
      checkBlob(given, role);
      texts[role] = given;
    }
  }
  const request: BlobRequest = {
    predictions,
    labels,
    weights: isColumn ? undefined : weights,
    texts,
    names: { scores, target, prediction, ...columns, ...(isColumn && { weight: weights }) },
    format: options.format,
    classNames: classNames ?? undefined,
    delimiter: options.delimiter,
    header: options.header,
    bfloat16: options.bfloat16,
    memoryBudget: options.memoryBudget,
    task: taskOf(options),
    asLabels: kind === 'labels',
  };
  // The readers of files are as large as all the rest: only pages that use them load them.
  const [{ nameOf, openBlob, openBlobDump }, { hasTexts, scoreDump }] = await Promise.all([
    import('./blob-request.js'),
    import('../score/score-dump.js'),
  ]);
  const decimals = decimalsOf(loadCore, options.kernel);
  const dump = await openBlobDump(request, null, decimals);
  const reopen = () => openBlobDump(request, null, decimals);
  const { total } = dump.reader.progress();
  const labelsName = labels && nameOf(labels, 'labels');
  const textName = (role: TextRole) =>
    texts[role] === undefined ? columns[role] : nameOf(texts[role], role);
  const asked: DumpOptions = { ...options, by: textName('by'), cluster: textName('cluster') };
  if (hasTexts(dump) || !worthSpreading(threads, total, stripeBytes))
    return scoreDump(dump, asked, loadCore, labelsName, { reopen });
  const scoreElsewhere: ScoreElsewhere = async (started) => {
    const [{ spreadInputs }, { webWorkerHost: host }] = await Promise.all([
      import('../workers/spread-inputs.js'),
      import('./web-workers.js'),
    ]);
    return spreadInputs(started, {
      host,
      request,
      open: openBlobDump,
      openLabels: labels && (() => openBlob(labels, 'labels')),
      threads,
      stripeBytes,
      onProgress,
    });
  };
  return scoreDump(dump, asked, loadCore, labelsName, { scoreElsewhere, reopen });
}
