/** Workers of a browser (and of Bun and Deno, which have the same). Loaded only when there is work for them. */

import type { StartWorker } from '../workers/pool.js';
import type { ThreadHost } from '../workers/thread-host.js';

/**
 * The calling thread takes no part: there it would keep a page from answering.
 * It does all of the work where no worker can be had: the host has none
 * (Cloudflare), a Content-Security-Policy forbids them, the script is not
 * beside the library (some bundlers leave it behind) or lies on another origin.
 */
export const webWorkerHost = (compileCore: ThreadHost['compileCore']): ThreadHost => ({
  processors: globalThis.navigator?.hardwareConcurrency ?? 1,
  compileCore,
  async startWorkers(count) {
    const workers: Worker[] = [];
    try {
      // Written so that bundlers see it and put the script beside what they make.
      for (let i = 0; i < count; i++) {
        workers.push(new Worker(new URL('./score-worker.js', import.meta.url), { type: 'module' }));
      }
      await Promise.all(workers.map(isReady));
    } catch {
      for (const worker of workers) worker.terminate();
      return [];
    }
    return workers.map((worker) => (events) => linkTo(worker, events));
  },
});

/** Resolves once the script runs; rejects where it cannot be loaded. */
function isReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      event.preventDefault();
      reject(event);
    };
  });
}

function linkTo(worker: Worker, events: Parameters<StartWorker>[0]): ReturnType<StartWorker> {
  worker.onmessage = ({ data }) => events.message(data);
  worker.onmessageerror = () => events.died('its message could not be read');
  worker.onerror = (event) => {
    event.preventDefault();
    events.died(event.message);
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    terminate: async () => worker.terminate(),
  };
}
