/** What `scoreBlob` does, with the readers of files. Loaded when there is one. */

import { decimalsOf } from '../engine/decimals.js';
import type { CoreLoader } from '../run/create-scorer.js';
import type { DumpOptions } from '../run/dump-options.js';
import { requestOf } from '../run/inputs.js';
import { scoreDump } from '../run/score-dump.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import type { TextRole } from '../types/row-texts.js';
import { spreadingOf } from '../workers/spreading.js';
import type { ThreadHost } from '../workers/thread-host.js';
import { checkThreads } from '../workers/threads.js';
import type { ScoreBlobOptions } from './blob-options.js';
import { nameOf, openBlobDump } from './blob-request.js';

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

/** What is no name of a column has to be a Blob. */
function isBlob(given: Blob | string, role: string): given is Blob {
  if (typeof given === 'string') return false;
  checkBlob(given, role);
  return true;
}

/** `scoreBlob` on a core that is got as the caller says. */
export async function scoreBlobOn(
  { loadCore, compileCore }: Cores,
  predictions: Blob,
  options: ScoreBlobOptions,
): Promise<ScoreReport> {
  const { labels, threads = 'auto' } = options;
  checkThreads(threads);
  checkBlob(predictions ?? null, 'predictions');
  checkBlob(labels, 'labels');
  const request = requestOf(predictions, options, isBlob);
  const decimals = decimalsOf(loadCore, options.kernel);
  const dump = await openBlobDump(request, null, decimals);
  const reopen = () => openBlobDump(request, null, decimals);
  const textName = (role: TextRole) => {
    const given = options[role];
    return given instanceof Blob ? nameOf(given, role) : given;
  };
  const asked: DumpOptions = { ...options, by: textName('by'), cluster: textName('cluster') };
  const scoreElsewhere = spreadingOf({ ...options, request, open: openBlobDump }, async () =>
    (await import('./web-workers.js')).webWorkerHost(compileCore),
  );
  const labelsName = labels && nameOf(labels, 'labels');
  return scoreDump(dump, asked, loadCore, labelsName, { scoreElsewhere, reopen });
}
