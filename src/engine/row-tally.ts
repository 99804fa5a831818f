/** The tally of rows in wasm memory: its views for the host, and the calls that fill it. */

import type { ExactWords, RowTally, RowTallyOptions, RowTotals } from '../types/row-tally.js';
import type { Dtype, RowOptions } from '../types/scores.js';
import {
  CAPACITY,
  CLASSES,
  DTYPE,
  EPS,
  FLAGS,
  OUT,
  SCORES,
  TALLY,
  TARGETS,
  WATCH,
  writeCall,
} from './call.js';
import type { Core } from './core.js';
import { TALLY_LAYOUT, tallyBytes, tallyHoldsConfusion } from './layout.js';

/** Number formats in the order of assembly/tallies/tally-rows.ts. */
const DTYPES: readonly Dtype[] = ['f32', 'f64', 'f16', 'bf16'];
const BINS = 15;
/** Exact sums in order: loss, its square, Brier score, its square, then two per bin. */
const SUMS = 4 + 2 * BINS;
/** Digits of an exact sum, of two words each. */
const WORDS = 2 * 67;

/** Where a scored batch lies. */
export interface ScoredBatch {
  readonly scores: number;
  readonly targets: number;
  readonly out: number;
  readonly capacity: number;
}

/** Tally of the rows of a {@link RowEngine}, at `at` in its memory. */
export class CoreRowTally implements RowTally {
  readonly holdsConfusion: boolean;
  readonly #core: Core;
  readonly #at: number;
  readonly #rowOptions: RowOptions;
  readonly #options: RowTallyOptions;
  readonly #batch: () => ScoredBatch;
  #rows = 0;

  /**
   * @param at address, a multiple of 16; {@link tallyBytes} from there on are its own, and clear
   * @param batch tells where the last batch lies
   */
  constructor(
    core: Core,
    at: number,
    rowOptions: RowOptions,
    options: RowTallyOptions,
    batch: () => ScoredBatch,
  ) {
    this.#core = core;
    this.#at = at;
    this.#rowOptions = rowOptions;
    this.#options = options;
    this.#batch = batch;
    this.holdsConfusion = tallyHoldsConfusion(rowOptions.classes);
    this.#setEdges();
  }

  get rows(): number {
    return this.#rows;
  }

  refused(count: number): number {
    const { out, capacity } = this.#batch();
    return this.#core.refused_rows(out, capacity, count) >>> 0;
  }

  add(count: number): void {
    const { scores, targets, out, capacity } = this.#batch();
    const { classes, dtype } = this.#rowOptions;
    const { eps, watch } = this.#options;
    writeCall(this.#core, [
      [TALLY, this.#at],
      [SCORES, scores],
      [CLASSES, classes],
      [TARGETS, targets],
      [OUT, out],
      [CAPACITY, capacity],
      [DTYPE, DTYPES.indexOf(dtype)],
      [WATCH, watch],
      [EPS, eps],
      [FLAGS, this.holdsConfusion ? 1 : 0],
    ]);
    this.#core.tally_rows(count);
    this.#rows += count;
  }

  drain(take: (totals: RowTotals) => void): void {
    if (this.#rows === 0) return;
    take(this.#totals());
    const { buffer } = this.#core.memory;
    new Uint8Array(buffer, this.#at, tallyBytes(this.#rowOptions.classes)).fill(0);
    this.#setEdges();
    this.#rows = 0;
  }

  #setEdges(): void {
    const { buffer } = this.#core.memory;
    new Float64Array(buffer, this.#at + TALLY_LAYOUT.edges, BINS + 1).set(this.#options.binEdges);
  }

  #totals(): RowTotals {
    const { buffer } = this.#core.memory;
    const { classes } = this.#rowOptions;
    const view = (offset: number, length: number) =>
      new Uint32Array(buffer, this.#at + offset, length);
    const perClass = (index: number) => view(TALLY_LAYOUT.classes + 4 * classes * index, classes);
    const rows = view(TALLY_LAYOUT.rows, 8);
    const sums = Array.from({ length: SUMS }, (_, sum): ExactWords => {
      const at = this.#at + TALLY_LAYOUT.sums + 4 * WORDS * sum;
      return {
        words: new Int32Array(buffer, at, WORDS),
        nonFinite: view(TALLY_LAYOUT.nonFinite + 12 * sum, 3),
      };
    });
    return {
      rows: {
        scored: rows[0]!,
        ignored: rows[1]!,
        invalid: rows[2]!,
        tied: rows[3]!,
        infiniteLoss: rows[4]!,
        zeroProbability: rows[5]!,
        belowEps: rows[6]!,
      },
      noted: rows[7]!,
      targets: perClass(0),
      predictions: perClass(1),
      hits: perClass(2),
      ranks: perClass(3),
      confusion: this.holdsConfusion
        ? view(TALLY_LAYOUT.classes + 16 * classes, classes * classes)
        : null,
      distances: view(TALLY_LAYOUT.distances, 4),
      binRows: view(TALLY_LAYOUT.binRows, BINS),
      binHits: view(TALLY_LAYOUT.binHits, BINS),
      loss: sums.slice(0, 2),
      brier: sums.slice(2, 4),
      confidence: sums.slice(4, 4 + BINS),
      squaredGap: sums.slice(4 + BINS),
    };
  }
}
