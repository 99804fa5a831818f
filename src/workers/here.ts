/** The calling thread as a member of the pool: it scores while the workers start, and has nothing to merge. */

import { scoreReader } from '../score/score-dump.js';
import type { Scorer } from '../score/scorer.js';
import type { DumpReader } from '../types/dump.js';
import type { StartWorker } from './pool.js';
import type { Stripe, ToWorker } from './protocol.js';
import { sendError } from './sent-errors.js';

/** Thrown to leave a stripe when the run is over. */
const STOPPED = Symbol('stopped');

/**
 * Scores stripes into the scorer that the others are merged into.
 * @param reader must be able to select rows
 * @param pause lets the messages of the workers in; called after each batch
 */
export function startHere(
  reader: DumpReader,
  scorer: Scorer,
  pause: () => Promise<void>,
): StartWorker {
  return (events) => {
    let stopped = false;
    let queue = Promise.resolve();

    const score = async ({ firstRow, rows }: Stripe): Promise<void> => {
      let told = 0;
      reader.selectRows!(firstRow, rows);
      await scoreReader(reader, scorer, firstRow, async (done) => {
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
