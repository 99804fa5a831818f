/** How a dump is cut into stripes. */

import { type MemoryRows, memoryRows } from '../intake/memory-dump.js';
import { sliceTexts } from '../run/row-arrays.js';
import { batchRows } from '../tasks/classification.js';
import type { DumpReader } from '../types/dump.js';
import type { ScoreArray } from '../types/scores.js';
import type { StripeOffer } from './pool.js';
import { type Threads, worthSpreading } from './threads.js';

const LARGEST_STRIPE = 48 * 1024 * 1024;
/** Stripes per worker: the last one to finish keeps the others waiting for less than a stripe. */
const STRIPES_PER_WORKER = 4;
/** Columns in Fortran order are read in runs of a stripe's rows: shorter ones cost more than they bring. */
const FEWEST_ROWS = 256;
/** With `auto`; memory bandwidth is used up before. */
const MOST_AUTO_THREADS = 8;

/** How to cut. */
export interface StripePlan {
  readonly threads: number;
  readonly stripeRows: number;
}

export interface StripePlanOptions {
  readonly threads: Threads;
  /** What `auto` may use: processors at hand. */
  readonly processors: number;
  /** How many there is memory for; default any number. */
  readonly most?: number | undefined;
  readonly nextRow: number;
  /** Bytes of input per stripe; default by the size of the input. With it, small inputs are cut too. */
  readonly stripeBytes?: number | undefined;
}

/**
 * Cuts what is left of a dump into stripes of whole batches, so that a
 * worker meets the same batches as a single thread would, and the same error
 * first.
 * @returns null where one thread is to do it
 */
export function planStripes(reader: DumpReader, options: StripePlanOptions): StripePlan | null {
  const { threads, processors, most = Number.POSITIVE_INFINITY, nextRow, stripeBytes } = options;
  const { rows, classes, dtype } = reader.info;
  const { total } = reader.progress();
  const asked = threads === 'auto' ? Math.min(processors, MOST_AUTO_THREADS) : threads;
  const wanted = Math.max(1, Math.min(asked, most));
  if (rows === null || total === null || !worthSpreading(wanted, total, stripeBytes)) return null;
  const bytes =
    stripeBytes ?? Math.min(LARGEST_STRIPE, Math.ceil(total / (wanted * STRIPES_PER_WORKER)));
  const batch = batchRows(classes, dtype);
  const fewest = stripeBytes === undefined ? FEWEST_ROWS : 1;
  const about = Math.max(fewest, (bytes / total) * rows);
  const stripeRows = batch * Math.max(1, Math.round(about / batch));
  const stripes = Math.ceil((rows - nextRow) / stripeRows);
  return stripes < 2 ? null : { threads: Math.min(wanted, stripes), stripeRows };
}

/** Stripes of rows that the workers read themselves. */
export function* stripesToRead(
  firstRow: number,
  endRow: number,
  stripeRows: number,
): Generator<StripeOffer, void> {
  for (let row = firstRow; row < endRow; row += stripeRows) {
    yield { firstRow: row, rows: Math.min(stripeRows, endRow - row) };
  }
}

/** Stripes of rows in memory. Shared memory is not copied; of other memory each stripe is, and moves. */
export function* stripesOfMemory(
  data: MemoryRows,
  classes: number,
  firstRow: number,
  stripeRows: number,
): Generator<StripeOffer, void> {
  for (const stripe of stripesToRead(firstRow, memoryRows(data, classes), stripeRows)) {
    yield { ...stripe, load: () => part(data, classes, stripe.firstRow, stripe.rows) };
  }
}

function part(
  { scores, dtype, targets, weights, soft, values, texts }: MemoryRows,
  classes: number,
  row: number,
  rows: number,
) {
  const transfer: ArrayBuffer[] = [];
  const cut = <Values extends ScoreArray | Int32Array>(values: Values, perRow: number): Values => {
    const [from, to] = [row * perRow, (row + rows) * perRow];
    if (isShared(values.buffer)) return values.subarray(from, to) as Values;
    const copy = values.slice(from, to) as Values;
    transfer.push(copy.buffer as ArrayBuffer);
    return copy;
  };
  const data: MemoryRows = {
    scores: cut(scores, classes),
    dtype,
    targets: cut(targets, 1),
    weights: weights && cut(weights, 1),
    ...(soft && { soft: cut(soft, classes) }),
    ...(values && { values: cut(values, classes) }),
    ...(texts && { texts: sliceTexts(texts, row, row + rows) }),
  };
  return { data, transfer };
}

/** Browsers without cross-origin isolation have no `SharedArrayBuffer`. */
function isShared(buffer: ArrayBufferLike): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
}
