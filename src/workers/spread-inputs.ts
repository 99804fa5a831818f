/** Scores a large file or Blob on several threads. Loaded only when there is one. */

import type { Progress, StartedDump } from '../run/dump-options.js';
import { sampleShape, threadsWithin } from '../run/fit-rows.js';
import type { DumpInfo, DumpReader } from '../types/dump.js';
import type { InputRequest, OpenInputs, WorkerInputs } from './inputs.js';
import { spreadOverWorkers } from './spread.js';
import { planStripes } from './stripes.js';
import type { ThreadHost } from './thread-host.js';
import type { Threads } from './threads.js';

/** Most bytes of targets that are held for the workers when they cannot be read from the middle: 32 million rows. */
const TARGETS_BUDGET = 128 * 1024 * 1024;
const DEFAULT_MEMORY_BUDGET = 1024 ** 3;

/** The inputs of a dump, and how this host opens them. */
export interface SpreadInputs<Request extends InputRequest> {
  readonly host: ThreadHost;
  readonly request: Request;
  readonly open: OpenInputs<Request>;
  readonly threads: Threads;
  readonly stripeBytes: number | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * Scores the rest of a dump on workers, where it is large and its inputs can
 * be read from the middle.
 * @returns false where it is not, or they cannot, or there are no workers
 * @throws what a single thread would throw; LogitscopeError `worker-died`
 */
export async function spreadInputs<Request extends InputRequest>(
  started: StartedDump,
  inputs: SpreadInputs<Request>,
): Promise<boolean> {
  const { reader, nextRow, options } = started;
  const { host, threads, stripeBytes, onProgress } = inputs;
  const { processors } = host;
  const shape = sampleShape(options.task ?? 'classification', reader.info);
  const most = threadsWithin([shape], options.fitRows, inputs.request.memoryBudget);
  const plan = planStripes(reader, { threads, processors, most, nextRow, stripeBytes });
  if (plan === null) return false;
  const sent = await sendInputs(reader, inputs, plan.threads);
  if (sent === null) return false;
  try {
    return await spreadOverWorkers(started, plan, {
      host,
      reader: sent.reader,
      source: { open: sent.source },
      onProgress,
    });
  } finally {
    await sent.close();
  }
}

/** What workers read a dump by, and what the calling thread reads it by beside them. */
export interface SentInputs<Request> {
  readonly source: WorkerInputs<Request>;
  readonly reader: DumpReader;
  /** Closes the reader where it is not the one that was given. */
  close(): Promise<void>;
}

/**
 * Makes an open dump readable from the middle on several threads.
 * @returns null where it is not
 */
export async function sendInputs<Request extends InputRequest>(
  reader: DumpReader,
  inputs: Pick<SpreadInputs<Request>, 'request' | 'open'>,
  threads: number,
): Promise<SentInputs<Request> | null> {
  const { request } = inputs;
  const held = reader.selectRows
    ? { reader, targets: null }
    : await holdTargets(reader, inputs, threads);
  if (held === null) return null;
  // Each thread has a share of it.
  const memoryBudget = Math.floor((request.memoryBudget ?? DEFAULT_MEMORY_BUDGET) / threads);
  return {
    source: {
      request: { ...named(request, reader.info), memoryBudget },
      targets: held.targets,
      // Targets that were read are told apart by their places, those in the file by marks of their own.
      info: held.reader.info,
    },
    reader: held.reader,
    async close() {
      if (held.targets) await held.reader.close();
    },
  };
}

/** Labels in memory, and the dump with these labels. */
interface HeldTargets {
  readonly targets: Int32Array;
  readonly reader: DumpReader;
}

/**
 * Reads labels into memory, where only they keep the dump from being read
 * from the middle.
 * @returns null where that does not help; and where the labels cannot be
 *   used, so that a single thread meets what is wrong in its order
 */
async function holdTargets<Request extends InputRequest>(
  { info, openTargets }: DumpReader,
  { request, open }: Pick<SpreadInputs<Request>, 'request' | 'open'>,
  threads: number,
): Promise<HeldTargets | null> {
  const targets = openTargets && newTargets(info.rows!, threads);
  if (!openTargets || !targets) return null;
  const dump = await open(named(request, info), targets);
  try {
    if (dump.reader.selectRows !== undefined && (await openTargets(targets)))
      return { targets, reader: dump.reader };
  } catch {
    // The single thread will say it.
  }
  await dump.reader.close();
  return null;
}

/** Names of classes that the targets told have to be told where these are not read. */
function named<Request extends InputRequest>(request: Request, { classNames }: DumpInfo): Request {
  return classNames === null ? request : { ...request, classNames };
}

/** Pages without cross-origin isolation have no shared memory: there each worker gets a copy. */
function newTargets(rows: number, threads: number): Int32Array<ArrayBufferLike> | null {
  const bytes = 4 * rows;
  const isShared = typeof SharedArrayBuffer !== 'undefined';
  if (bytes * (isShared ? 1 : threads) > TARGETS_BUDGET) return null;
  return new Int32Array(isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
}
