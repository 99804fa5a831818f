/** Workers as threads of Node, Bun and Deno. */

import { availableParallelism } from 'node:os';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { StartWorker } from '../workers/pool.js';
import type { FromWorker } from '../workers/protocol.js';
import type { ThreadHost } from '../workers/thread-host.js';
import { compileCore } from './core.js';

/**
 * Megabytes for young objects of a worker. They are few and small, but V8
 * would let them take 48 MB before it looked at them.
 */
const YOUNG_OBJECTS_MB = 4;

/**
 * Node 20 aborts when a thread ends while V8 still compiles code for it in the
 * background (`NodePlatform::ForIsolate`), which it does in the first moments
 * of a run. A thread whose work is broken off is ended so much later.
 */
const COMPILING_MS = 200;

/** Starts `score-worker.js` in a thread. It is looked for from its neighbours, and from where bundled code lies. */
const startThread: StartWorker = (events) => {
  const worker = new Worker(new URL('../node/score-worker.js', import.meta.url), {
    // Flags of the program (`--input-type`, `--import` …) are not meant for this file.
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_OBJECTS_MB },
  });
  worker.on('message', (message: FromWorker) => events.message(message));
  worker.on('messageerror', events.died);
  worker.on('error', events.died);
  worker.on('exit', (code) => events.died(`exit code ${code}`));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: async (isDone) => {
      if (!isDone) await setTimeout(COMPILING_MS);
      return worker.terminate();
    },
  };
};

export const threadHost: ThreadHost = {
  processors: availableParallelism(),
  compileCore,
  // Each begins as soon as the pool starts it.
  startWorkers: async (count) => new Array<StartWorker>(count).fill(startThread),
  pause: setImmediate,
};
