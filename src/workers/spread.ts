/** Spreads the rest of a dump over workers. */

import type { Progress, StartedDump } from '../score/score-dump.js';
import type { MemoryRows } from '../sources/memory-dump.js';
import type { DumpReader } from '../types/dump.js';
import { startHere } from './here.js';
import { runPool } from './pool.js';
import { type StripePlan, stripesOfMemory, stripesToRead } from './stripes.js';
import type { ThreadHost } from './thread-host.js';

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
  const { kernel = 'simd' } = options;
  const rows = started.reader.info.rows!;
  const total = started.reader.progress().total!;
  const { pause } = host;
  const module = kernel === 'reference' ? null : await host.compileCore(kernel);
  const workers = [...(await host.startWorkers(pause ? threads - 1 : threads))];
  if (workers.length === 0) return false;
  // Last: the workers start while it scores.
  if (pause) workers.push(startHere(reader, scorer, pause));
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
  return true;
}
