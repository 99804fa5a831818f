/** The work of a worker on two dumps: both are scored, and their rows paired. */

import { PairedScorer, Side } from '../run/paired-scorer.js';
import { RowQueue } from '../run/row-queue.js';
import type { DumpReader } from '../types/dump.js';
import type { AssignedDump, Assignment, Stripe } from './protocol.js';
import { makeAssignedScorer, type StripeWork, type WorkerHost } from './serve.js';

class PairWork implements StripeWork {
  readonly #pair: PairedScorer;

  constructor(pair: PairedScorer) {
    this.#pair = pair;
  }

  score({ firstRow, rows }: Stripe, onBatch: (rows: number) => undefined): Promise<number> {
    return this.#pair.readStripe(firstRow, rows, onBatch);
  }

  async finish(): Promise<unknown> {
    const { before, after } = this.#pair;
    for (const { reader } of [before, after]) await reader.close();
    return this.#pair.toThread();
  }
}

/** Opens both dumps and makes their scorers. */
export async function pairWork(
  host: WorkerHost,
  { module, dumps, pairs }: Assignment,
): Promise<StripeWork> {
  const opened: DumpReader[] = [];
  const side = async (dump: AssignedDump): Promise<Side> => {
    const reader = await host.open(dump.source);
    opened.push(reader);
    const queue = new RowQueue();
    const observe = queue.push.bind(queue);
    return new Side(reader, await makeAssignedScorer(module, dump, { observe }), queue);
  };
  const [before, after] = dumps as readonly [AssignedDump, AssignedDump];
  try {
    return new PairWork(new PairedScorer(await side(before), await side(after), pairs!));
  } catch (error) {
    for (const reader of opened) await reader.close();
    throw error;
  }
}
