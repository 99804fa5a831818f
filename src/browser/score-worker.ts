/**
 * Entry of a web worker. The build makes one file of it that imports nothing:
 * import maps, with which a page finds packages, do not reach into workers,
 * and bundlers do not split the code of workers unless they are told to.
 */

import { openInWorker, type WorkerInputs } from '../workers/inputs.js';
import { serveWorker } from '../workers/serve.js';
import { type BlobRequest, openBlobDump } from './blob-request.js';

const take = serveWorker({
  post: (message, transfer = []) => postMessage(message, { transfer }),
  open: (source) => openInWorker(source as WorkerInputs<BlobRequest>, openBlobDump),
});
addEventListener('message', ({ data }) => take(data));
// From here on a failure is one of the work: see web-workers.ts.
postMessage('ready');
