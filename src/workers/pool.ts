/** Hands out stripes of rows to workers and merges what they found. */

import type { MemoryRows } from '../intake/memory-dump.js';
import { LogitscopeError } from '../types/errors.js';
import type { Assignment, FromWorker, ToWorker } from './protocol.js';
import { receiveError } from './sent-errors.js';

/** Stripes that a worker has at once: while it works on one, the next is there. */
const STRIPES_AHEAD = 2;

/** A worker as the pool sees it. */
export interface WorkerLink {
  /** Whether it is the calling thread, which has the rows at hand. */
  readonly isHere?: boolean;
  post(message: ToWorker, transfer?: ArrayBuffer[]): void;
  /**
   * Ends the worker, whatever it is doing.
   * @param isDone whether its work is done and its state has come
   */
  terminate(isDone: boolean): Promise<unknown>;
}

/** What a worker's thread tells the pool. */
export interface WorkerEvents {
  message(message: FromWorker): void;
  /** The worker ended, or threw outside of its work; called once or more. */
  died(cause: unknown): void;
}

/** Starts a worker. Messages that are posted before it runs must wait for it. */
export type StartWorker = (events: WorkerEvents) => WorkerLink;

/** A stripe to hand out. */
export interface StripeOffer {
  readonly firstRow: number;
  readonly rows: number;
  /** The rows, for a worker that cannot get them itself, and the memory that moves there with them. */
  readonly load?:
    | (() => { readonly data: MemoryRows; readonly transfer: ArrayBuffer[] })
    | undefined;
}

export interface PoolOptions {
  /** How to start each of them; they are asked in this order. */
  readonly workers: readonly StartWorker[];
  readonly assignment: Assignment;
  /** Taken from as workers ask for more, in ascending order of rows. */
  readonly stripes: Iterator<StripeOffer, void>;
  /** Takes in what a worker found. */
  readonly merge: (state: unknown) => void;
  /** Called with the number of rows scored by all workers so far. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

interface Member {
  readonly link: WorkerLink;
  /** First rows of the stripes that it has, ascending. */
  readonly pending: number[];
  finished: boolean;
}

/**
 * Runs a pool until all stripes are scored and merged. No worker is left
 * when it returns or throws.
 *
 * @throws what a worker threw. Where several do, the error of the lowest
 *   stripe: the one that a single thread would have come to first.
 * @throws LogitscopeError `worker-died`
 */
export async function runPool(options: PoolOptions): Promise<void> {
  const members: Member[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const run = new PoolRun(options, members, resolve, reject);
      for (const start of options.workers) run.startWorker(start);
    });
  } finally {
    await Promise.all(members.map(({ link, finished }) => link.terminate(finished)));
  }
}

class PoolRun {
  readonly #options: PoolOptions;
  readonly #members: Member[];
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #rows = 0;
  #failure: { readonly firstRow: number; readonly error: Error } | null = null;

  constructor(
    options: PoolOptions,
    members: Member[],
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#options = options;
    this.#members = members;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  startWorker(start: StartWorker): void {
    const { assignment } = this.#options;
    const link = start({
      message: (message) => this.#guard(() => this.#take(member, message)),
      died: (cause) => {
        if (!member.finished) this.#reject(workerDied(cause));
      },
    });
    const member: Member = { link, pending: [], finished: false };
    this.#members.push(member);
    link.post({ type: 'begin', assignment });
    this.#supply(member);
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#reject(error);
    }
  }

  #take(member: Member, message: FromWorker): void {
    switch (message.type) {
      case 'progress':
        this.#count(message.rows);
        break;
      case 'done':
        this.#count(message.rows);
        member.pending.splice(member.pending.indexOf(message.firstRow), 1);
        if (this.#failure === null) this.#supply(member);
        else this.#failIfFirst();
        break;
      case 'failed': {
        const { firstRow, error } = message;
        // The worker does nothing more.
        member.pending.length = 0;
        if (this.#failure === null || firstRow < this.#failure.firstRow) {
          this.#failure = { firstRow, error: receiveError(error) };
        }
        this.#failIfFirst();
        break;
      }
      case 'state':
        member.finished = true;
        if (message.state !== null) this.#options.merge(message.state);
        void member.link.terminate(true);
        if (this.#members.every(({ finished }) => finished)) this.#resolve();
        break;
    }
  }

  #count(rows: number): void {
    this.#rows += rows;
    this.#options.onRows?.(this.#rows);
  }

  /** Gives a worker the next stripes, or asks for its state when there is no more to do. */
  #supply(member: Member): void {
    while (member.pending.length < STRIPES_AHEAD) {
      const next = this.#options.stripes.next();
      if (next.done === true) {
        if (member.pending.length === 0) member.link.post({ type: 'finish' });
        return;
      }
      const { firstRow, rows, load } = next.value;
      const loaded = member.link.isHere ? undefined : load?.();
      const stripe = { firstRow, rows, ...(loaded && { data: loaded.data }) };
      member.pending.push(firstRow);
      member.link.post({ type: 'stripe', stripe }, loaded?.transfer);
    }
  }

  /** Stripes are handed out in order, so only those below the failure can still fail before it. */
  #failIfFirst(): void {
    const { firstRow, error } = this.#failure!;
    const before = this.#members.some(({ pending }) => pending.some((row) => row < firstRow));
    if (!before) this.#reject(error);
  }
}

function workerDied(cause: unknown): LogitscopeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LogitscopeError(
    'worker-died',
    `A worker ended before its work was done (${reason}), so there is no result. Try again with fewer threads, which need less memory, or with threads: 1 (--threads 1).`,
    { cause },
  );
}
