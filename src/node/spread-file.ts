/** Scores a large file on several threads. Loaded only when there is one. */

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Progress, StartedDump } from '../score/score-dump.js';
import { openTargets } from '../sources/open-dump.js';
import type { DumpReader } from '../types/dump.js';
import { spreadOverWorkers } from '../workers/spread.js';
import { planStripes, type Threads } from '../workers/stripes.js';
import { compileCore } from './core.js';
import { type FileRequest, openFileDump } from './file-request.js';
import { openFile } from './files.js';
import type { ThreadSource } from './score-worker.js';
import { startThread } from './worker-threads.js';

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
  const held = reader.selectRows ? { reader, targets: null } : await holdTargets(started, request);
  if (held === null) return false;
  // Each thread has a share of it.
  const memoryBudget = Math.floor((request.memoryBudget ?? DEFAULT_MEMORY_BUDGET) / plan.threads);
  const source: ThreadSource = {
    request: { ...request, memoryBudget },
    targets: held.targets,
    info: reader.info,
  };
  try {
    await spreadOverWorkers(started, plan, {
      start: startThread,
      here: { reader: held.reader, pause: setImmediate },
      module: options.kernel === 'reference' ? null : await compileCore(options.kernel ?? 'simd'),
      source: { open: source },
      onProgress,
    });
  } finally {
    if (held.targets) await held.reader.close();
  }
  return true;
}

/** Labels in shared memory, and the dump with these labels. */
interface HeldTargets {
  readonly targets: Int32Array;
  readonly reader: DumpReader;
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
): Promise<HeldTargets | null> {
  const rows = reader.info.rows!;
  const { predictions, labels } = request;
  if (labels === undefined || 4 * rows > TARGETS_BUDGET) return null;
  if (labels === '-' || predictions === '-') return null;
  const targets = new Int32Array(new SharedArrayBuffer(4 * rows));
  const dump = await openFileDump(request, targets);
  try {
    if (
      dump.content === 'scores' &&
      dump.reader.selectRows &&
      (await readTargets(labels, request, targets, reader.info.classNames))
    ) {
      return { targets, reader: dump.reader };
    }
  } catch {
    // The single thread will say it.
  }
  await dump.reader.close();
  return null;
}

/** @returns whether the file holds exactly as many targets as asked for */
async function readTargets(
  path: string,
  request: FileRequest,
  targets: Int32Array,
  classNames: readonly string[] | null,
): Promise<boolean> {
  const file = openFile(path);
  try {
    const column = await openTargets(file, request);
    for (let row = 0; row < targets.length; ) {
      const left = targets.subarray(row);
      const got = await column.readTargets(left, left.length, classNames);
      if (got === 0) return false;
      row += got;
    }
    return (await column.readTargets(new Int32Array(1), 1, classNames)) === 0;
  } finally {
    await file.close();
  }
}
