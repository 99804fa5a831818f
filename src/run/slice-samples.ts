/** Samples of the rows of a dump, one for each slice: what recalibrations by slices are fitted on. */

import { RowSample } from '../tallies/row-sample.js';
import { UsageError } from '../types/errors.js';
import type { FitRows } from '../types/fitted.js';
import type { ScoredRows } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import type { RowBuffers } from '../types/scores.js';
import { pickRows } from './fit-all-rows.js';

export interface SliceSampleOptions {
  readonly shape: SampleShape;
  readonly weighted: boolean;
  /** Bytes of scores of one sample, and of all of them. */
  readonly budget: number;
  readonly memoryBudget: number;
}

export class SliceSamples {
  readonly samples = new Map<string, RowSample>();
  readonly #options: SliceSampleOptions;

  constructor(options: SliceSampleOptions) {
    this.#options = options;
  }

  add(rows: ScoredRows, buffers: RowBuffers): void {
    this.take(pickRows(rows, buffers, this.#options.shape), (row) =>
      sliceOf(rows, row - rows.firstRow),
    );
  }

  /**
   * Takes rows that were picked already.
   * @param sliceOfRow by the index in the dump
   * @throws UsageError `fit-rows-memory`
   */
  take(picked: FitRows, sliceOfRow: (row: number) => string): void {
    const { shape, weighted, budget } = this.#options;
    const dtype = shape.dtype === 'f64' ? 'f64' : 'f32';
    for (let r = 0; r < picked.count; r++) {
      const row = picked.index[r];
      const name = sliceOfRow(row);
      let sample = this.samples.get(name);
      if (sample === undefined) {
        sample = new RowSample({ classes: shape.width, dtype, weighted, budget });
        this.samples.set(name, sample);
      }
      if (!sample.offers(row)) continue;
      const weight = picked.weights?.[r] ?? 1;
      sample.keep(row, picked.targets[r], weight, picked.scores, r * shape.width);
    }
    this.#requireRoom();
  }

  #requireRoom(): void {
    const { shape, memoryBudget } = this.#options;
    let rows = 0;
    for (const { count } of this.samples.values()) rows += count;
    const bytes = rows * shape.width * (shape.dtype === 'f64' ? 8 : 4);
    if (bytes <= memoryBudget / 4) return;
    throw new UsageError(
      'fit-rows-memory',
      `The samples of ${this.samples.size} slices take more than the memory budget of ${memoryBudget} bytes has room for, with the copies that a fit takes. Raise it (--memory-budget), or fit on fewer rows of each slice (--fit-rows 1000).`,
    );
  }
}

/** The slice of a row of a batch. */
export function sliceOf({ texts }: ScoredRows, row: number): string {
  return texts?.by?.[row] ?? '';
}

/** Picked rows by their slices. */
export function splitRows(
  rows: FitRows,
  width: number,
  sliceOfRow: (row: number) => string,
): Map<string, FitRows> {
  const places = new Map<string, number[]>();
  for (let r = 0; r < rows.count; r++) {
    const name = sliceOfRow(rows.index[r]);
    const own = places.get(name);
    if (own === undefined) places.set(name, [r]);
    else own.push(r);
  }
  const parts = new Map<string, FitRows>();
  for (const [name, own] of places) {
    const scores = rows.scores.slice(0, own.length * width);
    own.forEach((r, to) => {
      scores.set(rows.scores.subarray(r * width, (r + 1) * width), to * width);
    });
    parts.set(name, {
      count: own.length,
      scores,
      targets: Int32Array.from(own, (r) => rows.targets[r]),
      index: Float64Array.from(own, (r) => rows.index[r]),
      weights: rows.weights && Float64Array.from(own, (r) => rows.weights![r]),
    });
  }
  return parts;
}
