/** Scores a large file on several threads. Loaded only when there is one. */

import { availableParallelism } from 'node:os';
import type { Progress, StartedDump } from '../score/score-dump.js';
import { openTargets } from '../sources/open-dump.js';
import { spreadOverWorkers } from '../workers/spread.js';
import { planStripes, type Threads } from '../workers/stripes.js';
import { type FileRequest, openFileDump } from './file-request.js';
import { openFile } from './files.js';
import type { ThreadSource } from './score-worker.js';
import { compileCore, startThread } from './worker-threads.js';

/** Most bytes of targets that are held for the workers when their file cannot be read from the middle: 32 million rows. */
const TARGETS_BUDGET = 128 * 1024 * 1024;
const DEFAULT_MEMORY_BUDGET = 1024 ** 3;

export interface SpreadFileOptions {
  readonly threads: Threads;
  readonly stripeBytes: number | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * Scores the rest of a dump on worker threads, where it is large and its
 * files can be read from the middle.
 * @returns false where it is not, or they cannot
 * @throws what a single thread would throw; LogitscopeError `worker-died`
 */
export async function spreadFile(
  started: StartedDump,
  request: FileRequest,
  { threads, stripeBytes, onProgress }: SpreadFileOptions,
): Promise<boolean> {
  const { reader, options, nextRow } = started;
  const processors = availableParallelism();
  const plan = planStripes(reader, { threads, processors, nextRow, stripeBytes });
  if (plan === null) return false;
  const targets = reader.selectRows ? null : await holdTargets(started, request);
  if (reader.selectRows === undefined && targets === null) return false;
  // Each worker has a share of it.
  const memoryBudget = Math.floor((request.memoryBudget ?? DEFAULT_MEMORY_BUDGET) / plan.threads);
  const source: ThreadSource = {
    request: { ...request, memoryBudget },
    targets,
    info: reader.info,
  };
  await spreadOverWorkers(started, plan, {
    start: startThread,
    module: options.kernel === 'reference' ? null : await compileCore(),
    source: { open: source },
    onProgress,
  });
  return true;
}

/**
 * Reads a file of labels into shared memory, where only it keeps the dump
 * from being read from the middle.
 * @returns null where that does not help; and where the labels cannot be
 *   used, so that a single thread meets what is wrong in its order
 */
async function holdTargets(
  { reader }: StartedDump,
  request: FileRequest,
): Promise<Int32Array | null> {
  const { info } = reader;
  const { predictions, labels } = request;
  const rows = info.rows!;
  if (labels === undefined || 4 * rows > TARGETS_BUDGET) return null;
  if (labels === '-' || predictions === '-') return null;
  const targets = new Int32Array(new SharedArrayBuffer(4 * rows));
  try {
    const trial = await openFileDump(request, targets);
    await trial.reader.close();
    if (trial.content !== 'scores' || trial.reader.selectRows === undefined) return null;
    const file = openFile(labels);
    try {
      const column = await openTargets(file, request);
      let row = 0;
      while (row < rows) {
        const got = await column.readTargets(targets.subarray(row), rows - row, info.classNames);
        if (got === 0) return null;
        row += got;
      }
      const more = await column.readTargets(new Int32Array(1), 1, info.classNames);
      return more === 0 ? targets : null;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
