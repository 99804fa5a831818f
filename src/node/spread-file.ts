/** Scores the rest of a file on threads. */

import type { ScoreElsewhere } from '../run/dump-options.js';
import { type Spreading, spreadingOf } from '../workers/spreading.js';
import { type FileRequest, openFileDump } from './file-request.js';
import type { ReadMode } from './files.js';

/** @param reading how the calling thread reads: not in the background while all processors are busy */
export function spreadFile(
  request: FileRequest,
  options: Omit<Spreading<FileRequest>, 'request' | 'open'>,
  reading?: ReadMode,
): ScoreElsewhere {
  const spread = spreadingOf(
    { ...options, request, open: openFileDump },
    async () => (await import('./worker-threads.js')).threadHost,
  );
  return async (started) => {
    if (reading) reading.inBackground = false;
    const isSpread = await spread(started);
    if (reading) reading.inBackground = !isSpread;
    return isSpread;
  };
}
