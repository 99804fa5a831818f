/** What `scoreBlob` does, with the readers of files. Loaded when there is one. */

import { decimalsOf } from '../engine/decimals.js';
import type { CoreLoader } from '../score/create-scorer.js';
import { type DumpOptions, hasTexts, type ScoreElsewhere, scoreDump } from '../score/score-dump.js';
import { taskOf } from '../score/task.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import { TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import type { ThreadHost } from '../workers/thread-host.js';
import { checkThreads, worthSpreading } from '../workers/threads.js';
import { type BlobRequest, nameOf, openBlobDump } from './blob-request.js';
import type { ScoreBlobOptions, scoreBlob } from './score-blob.js';

/** How to get the core, here and for workers. */
export interface Cores {
  readonly loadCore: CoreLoader;
  readonly compileCore: ThreadHost['compileCore'];
}

function checkBlob(blob: Blob | undefined, role: string): void {
  if (blob === undefined || blob instanceof Blob) return;
  throw new UsageError(
    'not-a-blob',
    `The ${role} must be a Blob or File; found ${blob === null ? 'null' : typeof blob}. Bytes become one by new Blob([bytes]).`,
  );
}

/** {@link scoreBlob} on a core that is got as the caller says. */
export async function scoreBlobOn(
  { loadCore, compileCore }: Cores,
  predictions: Blob,
  options: ScoreBlobOptions,
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
    labelsFrom: options.labelsFrom,
    ignoreIndex: options.ignoreIndex,
    join: options.join,
    delimiter: options.delimiter,
    header: options.header,
    bfloat16: options.bfloat16,
    memoryBudget: options.memoryBudget,
    task: taskOf(options),
    asLabels: kind === 'labels',
  };
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
    const [{ spreadInputs }, { webWorkerHost }] = await Promise.all([
      import('../workers/spread-inputs.js'),
      import('./web-workers.js'),
    ]);
    return spreadInputs(started, {
      host: webWorkerHost(compileCore),
      request,
      open: openBlobDump,
      threads,
      stripeBytes,
      onProgress,
    });
  };
  return scoreDump(dump, asked, loadCore, labelsName, { scoreElsewhere, reopen });
}
