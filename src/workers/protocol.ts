/**
 * What the calling thread and its workers say to each other. Every message
 * can be cloned by `postMessage`, on any host:
 *
 *     begin ─▶  stripe ─▶  stripe ─▶  …  finish ─▶
 *               ◀─ progress  ◀─ done             ◀─ state
 *               ◀─ failed (nothing more comes)
 */

import type { MemoryRows } from '../intake/memory-dump.js';
import type { PairedTallyOptions } from '../run/paired-scorer.js';
import type { CreateScorerOptions, SourceDetails } from '../run/scorer-options.js';
import type { SentError } from './sent-errors.js';

/** A dump as workers score it. */
export interface AssignedDump {
  /** Without custom metrics: functions cannot be sent. */
  readonly options: CreateScorerOptions;
  readonly details: SourceDetails;
  /** Where the rows lie, for {@link WorkerHost.open}; null where they come with each stripe. */
  readonly source: unknown;
}

/** What a worker needs to know before its first stripe. */
export interface Assignment {
  /** Null for the reference kernel. */
  readonly module: WebAssembly.Module | null;
  /** One to score; of two, before and after, rows are paired, too. */
  readonly dumps: readonly [AssignedDump] | readonly [AssignedDump, AssignedDump];
  /** How pairs are tallied; null where there are none. */
  readonly pairs: PairedTallyOptions | null;
}

/** Rows that are scored as one piece of work. */
export interface Stripe {
  readonly firstRow: number;
  readonly rows: number;
  /** The rows themselves; left out where the worker reads them. */
  readonly data?: MemoryRows;
}

export type ToWorker =
  | { readonly type: 'begin'; readonly assignment: Assignment }
  | { readonly type: 'stripe'; readonly stripe: Stripe }
  | { readonly type: 'finish' };

export type FromWorker =
  /** Rows scored since the last message that told so. */
  | { readonly type: 'progress'; readonly rows: number }
  | { readonly type: 'done'; readonly firstRow: number; readonly rows: number }
  | { readonly type: 'failed'; readonly firstRow: number; readonly error: SentError }
  /** What `toThread` of the scorer, or of the two, gave; null where there is nothing to merge. */
  | { readonly type: 'state'; readonly state: unknown };
