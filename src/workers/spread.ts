/** Spreads the rest of a dump over workers. */

import type { Progress, StartedDump } from '../score/score-dump.js';
import type { MemoryRows } from '../sources/memory-dump.js';
import type { DumpReader } from '../types/dump.js';
import { startHere } from './here.js';
import { runPool, type StartWorker } from './pool.js';
import { type StripePlan, stripesOfMemory, stripesToRead } from './stripes.js';

/** What spreading needs beside the dump. */
export interface SpreadOptions {
  readonly start: StartWorker;
  /**
   * For the calling thread to be one of the threads: what it reads rows with,
   * and what lets messages in between two batches. Left out where it must not be kept busy.
   */
  readonly here?: { readonly reader: DumpReader; readonly pause: () => Promise<void> };
  /** The compiled core, which is shared between threads; null for the reference kernel. */
  readonly module: WebAssembly.Module | null;
  /** Where the workers find the rows, for `WorkerHost.open`; or the rows themselves. */
  readonly source: { readonly open: unknown } | { readonly data: MemoryRows };
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Scores the rows that are left, on as many workers as planned, into the dump's scorer.
 * @throws what a single thread would throw; LogitscopeError `worker-died`
 */
export async function spreadOverWorkers(
  started: StartedDump,
  { threads, stripeRows }: StripePlan,
  { start, here, module, source, onProgress }: SpreadOptions,
): Promise<void> {
  const { reader, scorer, options, details, nextRow } = started;
  const rows = reader.info.rows!;
  const total = reader.progress().total!;
  const workers = new Array<StartWorker>(threads).fill(start);
  // Last: the workers start while it scores.
  if (here) workers[threads - 1] = startHere(here.reader, scorer, here.pause);
  await runPool({
    workers,
    assignment: { module, options, details, source: 'open' in source ? source.open : null },
    stripes:
      'open' in source
        ? stripesToRead(nextRow, rows, stripeRows)
        : stripesOfMemory(source.data, options.classes, nextRow, stripeRows),
    scorer,
    onRows(count) {
      const scored = nextRow + count;
      onProgress?.({ rows: scored, done: Math.round((total / rows) * scored), total });
    },
  });
}
