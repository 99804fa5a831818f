/** Sums of losses for a diagnosis on the WebAssembly core, whose memory belongs to them. */

import {
  BIN_PARTS,
  CLASS_UNITS,
  LOSS_BINS,
  type LossRows,
  type LossSums,
} from '../types/loss-sums.js';
import { hashStart } from '../types/row-hash.js';
import {
  HASH_LIMIT,
  HASH_SEED,
  LOSSES,
  OUT,
  STATUS,
  TALLY,
  TARGETS,
  WORST,
  writeCall,
} from './call.js';
import type { Core } from './core.js';
import { align } from './layout.js';
import { growTo } from './memory.js';

/** As in assembly/tallies/diagnose-rows.ts. */
const BINS_AT = 24;
const CLASSES_AT = BINS_AT + 8 * BIN_PARTS * LOSS_BINS;
/** Rows of a call. */
const MOST_ROWS = 4096;

export class CoreLossSums implements LossSums {
  readonly #core: Core;
  readonly #classes: number;
  readonly #at: number;
  readonly #nllAt: number;
  readonly #targetsAt: number;
  readonly #foundAt: number;
  readonly #statusAt: number;
  #rows = 0;

  constructor(core: Core, classes: number) {
    this.#core = core;
    this.#classes = classes;
    this.#at = align(core.heap_base.value as number);
    this.#nllAt = align(this.#at + CLASSES_AT + 8 * CLASS_UNITS.length * classes);
    this.#targetsAt = this.#nllAt + 8 * MOST_ROWS;
    this.#foundAt = this.#targetsAt + 4 * MOST_ROWS;
    this.#statusAt = this.#foundAt + 4 * MOST_ROWS;
    growTo(core.memory, this.#statusAt + MOST_ROWS, MOST_ROWS);
  }

  add(rows: LossRows, seed: number, limit: number, worst: number, into: Int32Array) {
    const { from, to, firstRow } = rows;
    let found = 0;
    let scored = 0;
    writeCall(this.#core, [
      [TALLY, this.#at],
      [STATUS, this.#statusAt],
      [LOSSES, this.#nllAt],
      [TARGETS, this.#targetsAt],
      [OUT, this.#foundAt],
      [HASH_SEED, seed],
      [HASH_LIMIT, limit],
      [WORST, worst],
    ]);
    for (let start = from; start < to; ) {
      const first = firstRow + start;
      // Rows of a call share the upper bits of their index.
      const shared = (Math.floor(first / 2 ** 32) + 1) * 2 ** 32 - first;
      const end = Math.min(to, start + MOST_ROWS, start + shared);
      const call = this.#add(rows, start, end, seed);
      const places = new Int32Array(this.#core.memory.buffer, this.#foundAt, call.found);
      for (let i = 0; i < call.found; i++) into[found++] = start + places[i];
      scored += call.scored;
      start = end;
    }
    return { found, scored };
  }

  #add({ status, nll, targets, firstRow }: LossRows, from: number, to: number, seed: number) {
    const { buffer } = this.#core.memory;
    const count = to - from;
    new Uint8Array(buffer, this.#statusAt, count).set(status.subarray(from, to));
    new Float64Array(buffer, this.#nllAt, count).set(nll.subarray(from, to));
    new Int32Array(buffer, this.#targetsAt, count).set(targets.subarray(from, to));
    const counter = new Int32Array(buffer, this.#at, 1);
    counter[0] = 0;
    const row = firstRow + from;
    const found = this.#core.diagnose_rows(count, hashStart(row, seed), row >>> 0);
    this.#rows += count;
    return { found, scored: counter[0] };
  }

  drain(take: (bins: Float64Array, classes: Float64Array) => void): void {
    if (this.#rows === 0) return;
    const { buffer } = this.#core.memory;
    const bins = new Float64Array(buffer, this.#at + BINS_AT, BIN_PARTS * LOSS_BINS);
    const count = CLASS_UNITS.length * this.#classes;
    const classes = new Float64Array(buffer, this.#at + CLASSES_AT, count);
    take(bins, classes);
    bins.fill(0);
    classes.fill(0);
    this.#rows = 0;
  }
}
