/** Spreads the rest of a dump over workers. */

import type { MemoryRows } from '../intake/memory-dump.js';
import type { Progress, StartedDump } from '../run/dump-options.js';
import { scoreReader } from '../run/score-dump.js';
import type { DumpReader } from '../types/dump.js';
import type { KernelName } from '../types/scores.js';
import { type ScoreHere, startHere } from './here.js';
import { runPool, type StripeOffer } from './pool.js';
import type { Assignment } from './protocol.js';
import { type StripePlan, stripesOfMemory, stripesToRead } from './stripes.js';
import type { ThreadHost } from './thread-host.js';

/** What is spread. */
export interface SpreadWork {
  readonly kernel: KernelName;
  readonly assignment: Omit<Assignment, 'module'>;
  readonly stripes: Iterator<StripeOffer, void>;
  /** Scores a stripe on the calling thread. */
  readonly scoreHere: ScoreHere;
  /** Takes in what a worker found. */
  readonly merge: (state: unknown) => void;
  /** Called with the number of rows scored so far. */
  readonly onRows: (rows: number) => void;
}

/**
 * Does the work on so many threads, or as many as the host has.
 * @returns false, with nothing done, where the host has no workers
 * @throws what a single thread would throw; LogitscopeError `worker-died`
 */
export async function spreadWork(
  threads: number,
  host: ThreadHost,
  { kernel, assignment, stripes, scoreHere, merge, onRows }: SpreadWork,
): Promise<boolean> {
  const { pause } = host;
  const module = kernel === 'reference' ? null : await host.compileCore(kernel);
  const workers = [...(await host.startWorkers(pause ? threads - 1 : threads))];
  if (workers.length === 0) return false;
  // Last: the workers start while it scores.
  if (pause) workers.push(startHere(scoreHere, pause));
  await runPool({ workers, assignment: { module, ...assignment }, stripes, merge, onRows });
  return true;
}

/** What spreading needs beside the dump. */
export interface SpreadOptions {
  readonly host: ThreadHost;
  /** What the calling thread reads its rows with, where it is one of the threads. */
  readonly reader: DumpReader;
  /** Where the workers find the rows, for `WorkerHost.open`; or the rows themselves. */
  readonly source: { readonly open: unknown } | { readonly data: MemoryRows };
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Scores the rows that are left, on as many threads as planned or as the host has, into the dump's scorer.
 * @returns false, with nothing done, where the host has no workers
 * @throws what a single thread would throw; LogitscopeError `worker-died`
 */
export async function spreadOverWorkers(
  started: StartedDump,
  { threads, stripeRows }: StripePlan,
  { host, reader, source, onProgress }: SpreadOptions,
): Promise<boolean> {
  const { scorer, options, details, nextRow } = started;
  const rows = started.reader.info.rows!;
  const total = started.reader.progress().total!;
  const dump = { options, details, source: 'open' in source ? source.open : null };
  return spreadWork(threads, host, {
    kernel: options.kernel ?? 'simd',
    assignment: { dumps: [dump], pairs: null },
    stripes:
      'open' in source
        ? stripesToRead(nextRow, rows, stripeRows)
        : stripesOfMemory(source.data, options.classes ?? 1, nextRow, stripeRows),
    scoreHere(firstRow, count, onBatch) {
      reader.selectRows!(firstRow, count);
      return scoreReader(reader, scorer, firstRow, onBatch);
    },
    merge: (state) => scorer.mergeState(state),
    onRows(count) {
      const scored = nextRow + count;
      onProgress?.({ rows: scored, done: Math.round((total / rows) * scored), total });
    },
  });
}
