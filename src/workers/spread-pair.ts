/** Scores and pairs two large files on several threads. Loaded only when there are two. */

import type { Progress } from '../run/dump-options.js';
import type { StartedPair } from '../run/explain-dumps.js';
import { sampleShape, threadsWithin } from '../run/fit-rows.js';
import type { InputRequest, OpenInputs } from './inputs.js';
import { spreadWork } from './spread.js';
import { type SentInputs, sendInputs } from './spread-inputs.js';
import { planStripes, stripesToRead } from './stripes.js';
import type { ThreadHost } from './thread-host.js';
import type { Threads } from './threads.js';

/** The inputs, and how this host opens them. */
export interface SpreadPair<Request extends InputRequest> {
  readonly host: ThreadHost;
  /** Before and after. */
  readonly requests: readonly [Request, Request];
  readonly open: OpenInputs<Request>;
  readonly threads: Threads;
  readonly stripeBytes: number | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * Scores and pairs the rest of two dumps on workers, where they are large and
 * can be read from the middle.
 * @returns false where they are not, or cannot, or there are no workers
 * @throws what a single thread would throw; LogitscopeError `worker-died`
 */
export async function spreadPair<Request extends InputRequest>(
  { pair, sides }: StartedPair,
  { host, requests, open, threads, stripeBytes, onProgress }: SpreadPair<Request>,
): Promise<boolean> {
  const [a, b] = sides;
  const rows = a.reader.info.rows;
  // A single thread will say what is wrong with it.
  if (rows === null || rows !== b.reader.info.rows) return false;
  const { processors } = host;
  const { nextRow } = a;
  // The longer rows say how many make a batch.
  const longer = a.reader.progress().total! >= b.reader.progress().total! ? a : b;
  const { task = 'classification' } = a.options;
  const shapes = sides.map(({ reader }) => sampleShape(task, reader.info));
  const most = threadsWithin(shapes, a.options.fitRows, requests[0].memoryBudget);
  const plan = planStripes(longer.reader, { threads, processors, most, nextRow, stripeBytes });
  if (plan === null) return false;
  const sent: SentInputs<Request>[] = [];
  try {
    for (const [i, { reader }] of sides.entries()) {
      // Both dumps share what each thread may hold.
      const budget = requests[i].memoryBudget;
      const request = { ...requests[i], ...(budget && { memoryBudget: Math.floor(budget / 2) }) };
      const inputs = await sendInputs(reader, { request, open }, plan.threads);
      if (inputs === null) return false;
      sent.push(inputs);
    }
    const [total, other] = sides.map(({ reader }) => reader.progress().total!);
    pair.before.reader = sent[0].reader;
    pair.after.reader = sent[1].reader;
    return await spreadWork(plan.threads, host, {
      kernel: a.options.kernel ?? 'simd',
      assignment: {
        dumps: [
          { options: a.options, details: a.details, source: sent[0].source },
          { options: b.options, details: b.details, source: sent[1].source },
        ],
        pairs: pair.tally.options,
      },
      stripes: stripesToRead(nextRow, rows, plan.stripeRows),
      scoreHere: (firstRow, count, onBatch) => pair.readStripe(firstRow, count, onBatch),
      merge: (state) => pair.mergeState(state),
      onRows(count) {
        const done = Math.round(((total + other) / rows) * (nextRow + count));
        onProgress?.({ rows: nextRow + count, done, total: total + other });
      },
    });
  } finally {
    pair.before.reader = a.reader;
    pair.after.reader = b.reader;
    for (const inputs of sent) await inputs.close();
  }
}
