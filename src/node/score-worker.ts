/** Entry of a worker thread. */

import { parentPort } from 'node:worker_threads';
import { openInWorker, type WorkerInputs } from '../workers/inputs.js';
import type { ToWorker } from '../workers/protocol.js';
import { serveWorker } from '../workers/serve.js';
import type { FileRequest } from './file-request.js';

const port = parentPort!;
const take = serveWorker({
  post: (message, transfer) => port.postMessage(message, transfer),
  async open(source) {
    const { openFileDump } = await import('./file-request.js');
    return openInWorker(source as WorkerInputs<FileRequest>, openFileDump);
  },
  async pairWork(host, assignment) {
    const { pairWork } = await import('../workers/pair-stripes.js');
    return pairWork(host, assignment);
  },
});
port.on('message', (message: ToWorker) => take(message));
