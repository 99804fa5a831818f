/**
 * The work of one worker, whatever thread it runs in. A host (worker threads
 * in Node, Web Workers in browsers) hands every message to the function that
 * {@link serveWorker} makes, and says how to post and how to open files. It
 * needs neither shared memory nor cross-origin isolation.
 */

import { instantiateSync } from '@assemblyscript/loader';
import type { Core } from '../engine/core.js';
import { makeScorer } from '../score/create-scorer.js';
import { scoreReader } from '../score/score-dump.js';
import type { Scorer } from '../score/scorer.js';
import { memoryDump } from '../sources/memory-dump.js';
import type { DumpReader } from '../types/dump.js';
import type { Assignment, FromWorker, Stripe, ToWorker } from './protocol.js';
import { sendError } from './sent-errors.js';

/** Progress is told no more often than this. */
const PROGRESS_MS = 50;

/** What a worker's thread must give it. */
export interface WorkerHost {
  post(message: FromWorker): void;
  /** Opens the dump that {@link Assignment.source} describes; its reader must be able to select rows. */
  open(source: unknown): Promise<DumpReader>;
}

/** Scores stripes of rows, each into the same scorer. */
class StripeWorker {
  readonly #host: WorkerHost;
  readonly #assignment: Assignment;
  #scorer: Scorer | null = null;
  #reader: DumpReader | null = null;

  constructor(host: WorkerHost, assignment: Assignment) {
    this.#host = host;
    this.#assignment = assignment;
  }

  async #makeScorer(): Promise<Scorer> {
    const { module, options, details } = this.#assignment;
    // The module is compiled. Asynchronously, the loader would ask for `Response`, which Node takes 15 ms to load.
    return makeScorer(async () => instantiateSync<Core>(module!).exports, options, details);
  }

  async #rowsOf({ firstRow, rows, data }: Stripe): Promise<DumpReader> {
    const { options, source } = this.#assignment;
    if (data) return memoryDump(options.source ?? 'predictions', data, options.classes);
    this.#reader ??= await this.#host.open(source);
    this.#reader.selectRows!(firstRow, rows);
    return this.#reader;
  }

  async score(stripe: Stripe): Promise<void> {
    const { firstRow } = stripe;
    this.#scorer ??= await this.#makeScorer();
    const reader = await this.#rowsOf(stripe);
    let told = 0;
    let toldAt = Date.now();
    const rows = await scoreReader(reader, this.#scorer, firstRow, (done) => {
      const now = Date.now();
      if (now - toldAt < PROGRESS_MS) return;
      this.#host.post({ type: 'progress', rows: done - told });
      told = done;
      toldAt = now;
    });
    this.#host.post({ type: 'done', firstRow, rows: rows - told });
  }

  async state(): Promise<unknown> {
    await this.#reader?.close();
    this.#scorer ??= await this.#makeScorer();
    return this.#scorer.toThread();
  }
}

/**
 * @returns what takes the worker's messages, in order; it may be called
 *   again before an earlier message is dealt with.
 */
export function serveWorker(host: WorkerHost): (message: ToWorker) => void {
  let worker: StripeWorker;
  let failed = false;
  const handle = async (message: ToWorker): Promise<void> => {
    if (failed) return;
    // An error outside of the stripes comes after all of theirs.
    const firstRow = message.type === 'stripe' ? message.stripe.firstRow : Number.MAX_SAFE_INTEGER;
    try {
      if (message.type === 'begin') worker = new StripeWorker(host, message.assignment);
      else if (message.type === 'stripe') await worker.score(message.stripe);
      else host.post({ type: 'state', state: await worker.state() });
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
