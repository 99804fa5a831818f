/** Weight per rank of the target: every top-k accuracy, and the mean reciprocal rank. */

import type { ExactSumsState } from './exact-sums.js';
import { exactSum } from './exact-sums.js';
import { type Mean, RatioMoments, ratioMean, type WeightTotals } from './ratio-moments.js';
import { requireRecord } from './state-check.js';
import { WeightCells, type WeightCellsState } from './weight-cells.js';

export interface RankHistogramState {
  readonly ranks: WeightCellsState;
  readonly reciprocal: ExactSumsState | null;
}

/** Rank 0 is first place; there are as many ranks as classes. */
export class RankHistogram {
  #ranks: WeightCells;
  /** Moments of 1 / (rank + 1); null where every row weighs 1: then the counts say it. */
  #reciprocal: RatioMoments | null;
  #values = new Float64Array(0);

  constructor(classes: number, weighted: boolean) {
    this.#ranks = new WeightCells(classes, weighted);
    this.#reciprocal = weighted ? new RatioMoments(true) : null;
  }

  addRows(ranks: Int32Array, weights: Float64Array | null, count: number): void {
    this.#ranks.addRows(ranks, weights, count);
    if (weights === null) return;
    if (this.#values.length < count) this.#values = new Float64Array(count);
    const values = this.#values;
    for (let i = 0; i < count; i++) values[i] = weights[i] / (ranks[i] + 1);
    this.#reciprocal!.addRows(values, weights, count);
  }

  /** Adds rows that weigh 1, by their number per rank. */
  addCounts(rows: Uint32Array): void {
    this.#ranks.addCounts(rows);
  }

  /** Weight of the rows whose target ranks among the first `k`. */
  top(k: number): number {
    return exactSum(this.#ranks.values().subarray(0, k));
  }

  /** Weight per rank. */
  values(): Float64Array {
    return this.#ranks.values();
  }

  /** Mean of 1 / (rank + 1). */
  meanReciprocal(totals: WeightTotals): Mean {
    if (this.#reciprocal !== null) return this.#reciprocal.over(totals);
    const counts = this.#ranks.values();
    const u = exactSum(counts.map((count, rank) => count / (rank + 1)));
    const uu = exactSum(counts.map((count, rank) => count / ((rank + 1) * (rank + 1))));
    return ratioMean(u, uu, u, totals);
  }

  merge(other: RankHistogram): void {
    this.#ranks.merge(other.#ranks);
    this.#reciprocal?.merge(other.#reciprocal!);
  }

  toJSON(): RankHistogramState {
    return { ranks: this.#ranks.toJSON(), reciprocal: this.#reciprocal?.toJSON() ?? null };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, classes: number, weighted: boolean): RankHistogram {
    const record = requireRecord(state, 'the rank histogram');
    const read = new RankHistogram(classes, weighted);
    read.#ranks = WeightCells.fromJSON(record.ranks, classes, weighted, 'weights per rank');
    if (weighted) read.#reciprocal = RatioMoments.fromJSON(record.reciprocal, true);
    return read;
  }
}
