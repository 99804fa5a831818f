/** Entry of a worker thread. */

import { parentPort } from 'node:worker_threads';
import type { DumpInfo, DumpReader } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { ToWorker } from '../workers/protocol.js';
import { serveWorker } from '../workers/serve.js';
import type { FileRequest } from './file-request.js';

/** Files that a worker reads, and what the calling thread found in them. */
export interface ThreadSource {
  readonly request: FileRequest;
  /** Targets that were read already, in shared memory. */
  readonly targets: Int32Array | null;
  readonly info: DumpInfo;
}

/** @throws InputError `input-changed` where the files are no longer those that the run began with. */
async function open(source: unknown): Promise<DumpReader> {
  const { request, targets, info } = source as ThreadSource;
  const { openFileDump } = await import('./file-request.js');
  const dump = await openFileDump(request, targets);
  if (
    dump.content !== 'scores' ||
    dump.reader.selectRows === undefined ||
    JSON.stringify(dump.reader.info) !== JSON.stringify(info)
  ) {
    await dump.reader.close();
    throw new InputError('input-changed', {
      source: info.name,
      problem: 'the file was changed while it was read',
      advice: 'Score it again when nothing writes to it any more.',
    });
  }
  return dump.reader;
}

const port = parentPort!;
const take = serveWorker({ post: (message) => port.postMessage(message), open });
port.on('message', (message: ToWorker) => take(message));
