/**
 * The work of one worker, whatever thread it runs in. A host (worker threads
 * in Node, Web Workers in browsers) hands every message to the function that
 * {@link serveWorker} makes, and says how to post and how to open files. It
 * needs neither shared memory nor cross-origin isolation.
 */

import { instantiateSync } from '@assemblyscript/loader';
import type { Core } from '../engine/core.js';
import { memoryDump } from '../intake/memory-dump.js';
import { makeScorer } from '../run/create-scorer.js';
import { scoreReader } from '../run/score-dump.js';
import type { Scorer } from '../run/scorer.js';
import type { CreateScorerOptions } from '../run/scorer-options.js';
import type { DumpReader } from '../types/dump.js';
import type { AssignedDump, Assignment, FromWorker, Stripe, ToWorker } from './protocol.js';
import { sendError } from './sent-errors.js';

/** Progress is told no more often than this. */
const PROGRESS_MS = 50;

/** What a worker's thread must give it. */
export interface WorkerHost {
  /** @param transfer memory that moves with the message */
  post(message: FromWorker, transfer?: ArrayBuffer[]): void;
  /** Opens the dump that {@link Assignment.source} describes; its reader must be able to select rows. */
  open(source: unknown): Promise<DumpReader>;
  /** Makes what pairs the rows of two dumps; left out where none are explained. */
  readonly pairWork?: (host: WorkerHost, assignment: Assignment) => Promise<StripeWork>;
}

/** What a worker does with its stripes. */
export interface StripeWork {
  /**
   * Takes in the rows of a stripe.
   * @param onBatch called after each batch with the number of rows so far
   * @returns the number of rows
   */
  score(stripe: Stripe, onBatch: (rows: number) => undefined): Promise<number>;
  /** Closes what is open; what there is to merge. */
  finish(): Promise<unknown>;
}

/** Makes the scorer of a dump; `options` for it alone. */
export function makeAssignedScorer(
  module: WebAssembly.Module | null,
  { options, details }: AssignedDump,
  more: Partial<CreateScorerOptions> = {},
): Promise<Scorer> {
  // The module is compiled. Asynchronously, the loader would ask for `Response`, which Node takes 15 ms to load.
  const load = async () => instantiateSync<Core>(module!).exports;
  return makeScorer(load, { ...options, ...more }, details);
}

/** Scores stripes of rows, each into the same scorer. */
class ScoreWork implements StripeWork {
  readonly #host: WorkerHost;
  readonly #assignment: Assignment;
  #scorer: Scorer | null = null;
  #reader: DumpReader | null = null;

  constructor(host: WorkerHost, assignment: Assignment) {
    this.#host = host;
    this.#assignment = assignment;
  }

  async #rowsOf({ firstRow, rows, data }: Stripe): Promise<DumpReader> {
    const { options, source } = this.#assignment.dumps[0];
    if (data) return memoryDump(options.source ?? 'predictions', data, options.classes ?? 1);
    this.#reader ??= await this.#host.open(source);
    this.#reader.selectRows!(firstRow, rows);
    return this.#reader;
  }

  async #scorerOf(): Promise<Scorer> {
    const { module, dumps } = this.#assignment;
    this.#scorer ??= await makeAssignedScorer(module, dumps[0]);
    return this.#scorer;
  }

  async score(stripe: Stripe, onBatch: (rows: number) => undefined): Promise<number> {
    const scorer = await this.#scorerOf();
    const reader = await this.#rowsOf(stripe);
    return scoreReader(reader, scorer, stripe.firstRow, onBatch);
  }

  async finish(): Promise<unknown> {
    await this.#reader?.close();
    return (await this.#scorerOf()).toThread();
  }
}

/** The memory of the typed arrays in a state. */
function buffersOf(state: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(state)) return [state.buffer as ArrayBuffer];
  if (typeof state !== 'object' || state === null || Array.isArray(state)) return [];
  return Object.values(state).flatMap(buffersOf);
}

/** Scores a stripe and tells how far it is. */
async function serveStripe(host: WorkerHost, work: StripeWork, stripe: Stripe): Promise<void> {
  const { firstRow } = stripe;
  let told = 0;
  let toldAt = Date.now();
  const rows = await work.score(stripe, (done) => {
    const now = Date.now();
    if (now - toldAt < PROGRESS_MS) return;
    host.post({ type: 'progress', rows: done - told });
    told = done;
    toldAt = now;
  });
  host.post({ type: 'done', firstRow, rows: rows - told });
}

/**
 * @returns what takes the worker's messages, in order; it may be called
 *   again before an earlier message is dealt with.
 */
export function serveWorker(host: WorkerHost): (message: ToWorker) => void {
  let work: StripeWork;
  let failed = false;
  const handle = async (message: ToWorker): Promise<void> => {
    if (failed) return;
    // An error outside of the stripes comes after all of theirs.
    const firstRow = message.type === 'stripe' ? message.stripe.firstRow : Number.MAX_SAFE_INTEGER;
    try {
      if (message.type === 'begin') {
        const { assignment } = message;
        work =
          assignment.pairs === null
            ? new ScoreWork(host, assignment)
            : await host.pairWork!(host, assignment);
      } else if (message.type === 'stripe') await serveStripe(host, work, message.stripe);
      else {
        const state = await work.finish();
        host.post({ type: 'state', state }, buffersOf(state));
      }
    } catch (error) {
      failed = true;
      host.post({ type: 'failed', firstRow, error: sendError(error) });
    }
  };
  let queue = Promise.resolve();
  return (message) => {
    queue = queue.then(() => handle(message));
  };
}
