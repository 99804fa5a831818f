/** Spreads a dump over threads where it is large, with no more loaded before that is known. */

import type { DumpOptions, ScoreElsewhere } from '../run/dump-options.js';
import type { InputRequest, OpenInputs } from './inputs.js';
import type { ThreadHost } from './thread-host.js';
import { type Threads, worthSpreading } from './threads.js';

/** The inputs, how this host opens them, and what was asked for. */
export interface Spreading<Request extends InputRequest> {
  readonly request: Request;
  readonly open: OpenInputs<Request>;
  readonly threads?: Threads | undefined;
  readonly stripeBytes?: number | undefined;
  readonly onProgress?: DumpOptions['onProgress'];
}

/** @param threadHost loads what is needed for several threads */
export function spreadingOf<Request extends InputRequest>(
  { request, open, threads = 'auto', stripeBytes, onProgress }: Spreading<Request>,
  threadHost: () => Promise<ThreadHost>,
): ScoreElsewhere {
  return async (started) => {
    const { total } = started.reader.progress();
    if (!worthSpreading(threads, total, stripeBytes)) return false;
    const [{ spreadInputs }, host] = await Promise.all([
      import('./spread-inputs.js'),
      threadHost(),
    ]);
    return spreadInputs(started, { host, request, open, threads, stripeBytes, onProgress });
  };
}
