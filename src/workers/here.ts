/** The calling thread as a member of the pool: it scores while the workers start, and has nothing to merge. */

import type { StartWorker } from './pool.js';
import type { Stripe, ToWorker } from './protocol.js';
import { sendError } from './sent-errors.js';

/** Thrown to leave a stripe when the run is over. */
const STOPPED = Symbol('stopped');

/**
 * Scores a stripe into what the others are merged into.
 * @param onBatch called after each batch with the number of rows so far, and waited for
 */
export type ScoreHere = (
  firstRow: number,
  rows: number,
  onBatch: (rows: number) => Promise<void>,
) => Promise<unknown>;

/**
 * @param scoreHere scores one stripe
 * @param pause lets the messages of the workers in; called after each batch
 */
export function startHere(scoreHere: ScoreHere, pause: () => Promise<void>): StartWorker {
  return (events) => {
    let stopped = false;
    let queue = Promise.resolve();

    const score = async ({ firstRow, rows }: Stripe): Promise<void> => {
      let told = 0;
      await scoreHere(firstRow, rows, async (done) => {
        events.message({ type: 'progress', rows: done - told });
        told = done;
        await pause();
        if (stopped) throw STOPPED;
      });
      events.message({ type: 'done', firstRow, rows: 0 });
    };

    const handle = async (message: ToWorker): Promise<void> => {
      if (stopped || message.type === 'begin') return;
      if (message.type === 'finish') {
        events.message({ type: 'state', state: null });
        return;
      }
      try {
        await score(message.stripe);
      } catch (error) {
        if (error === STOPPED) return;
        stopped = true;
        const { firstRow } = message.stripe;
        events.message({ type: 'failed', firstRow, error: sendError(error) });
      }
    };

    return {
      isHere: true,
      post(message) {
        queue = queue.then(() => handle(message));
      },
      terminate() {
        stopped = true;
        return queue;
      },
    };
  };
}
