/** Changes between two readings of the rows of each cluster: rows that are not independent. */

import type { Readings } from '../types/rows.js';
import { MOST_CLUSTERS, tooManyClusters } from './cluster-tally.js';
import { ExactSums } from './exact-sums.js';
import { GroupSums, type GroupSumsState } from './group-sums.js';
import type { ChangedRows } from './paired-columns.js';

/** A mean change and the weight of its rows. */
export interface MeanOver {
  readonly mean: number;
  readonly weight: number;
}

/** Standard error of a mean by clusters. */
export interface ClusteredError {
  /** √[G/(G−1) · Σ_g (Σ_{i∈g} w_i (Δ_i − Δ̄))²] / Σw; ∞ for less than two clusters. */
  readonly standardError: number;
  /** G: clusters whose rows weigh anything. */
  readonly clusters: number;
}

export interface PairedClusterSummary {
  readonly count: number;
  /** Rows of the cluster with most of them. */
  readonly largest: number;
  /** Rows without a cluster, which count as one. */
  readonly missing: number;
  /** Of rows of finite loss; null where there is no loss. */
  readonly loss: ClusteredError | null;
  readonly second: ClusteredError;
}

export class PairedClusters {
  readonly #groups: GroupSums;
  readonly #weighted: boolean;
  readonly #hasLoss: boolean;

  /** @param by name of the column, for messages */
  constructor(by: string, weighted: boolean, { loss }: Readings) {
    this.#weighted = weighted;
    this.#hasLoss = loss !== null;
    this.#groups = new GroupSums({
      sums: (weighted ? 2 : 1) + (this.#hasLoss ? 2 : 0),
      most: MOST_CLUSTERS,
      tooMany: (text, row) => tooManyClusters(by, text, row),
    });
  }

  /** @throws InputError `too-many-clusters` */
  add({ cluster, index, count, second, weight, loss, finiteWeight }: ChangedRows): void {
    const sums = [second];
    if (this.#weighted) sums.push(weight);
    if (this.#hasLoss) sums.push(loss, finiteWeight);
    this.#groups.add(cluster, index, sums, count);
  }

  /** @param loss the means that the errors are of, as the tally of all rows has them; null where there is none */
  summary(loss: MeanOver | null, second: MeanOver): PairedClusterSummary {
    const squares = new ExactSums(2);
    const found = { count: 0, largest: 0, missing: 0 };
    let ofLoss = 0;
    this.#groups.forEach((text, rows, sums) => {
      const w = this.#weighted ? sums[1] : rows;
      if (w === 0) return;
      found.count++;
      found.largest = Math.max(found.largest, rows);
      if (text === '') found.missing = rows;
      const off = sums[0] - second.mean * w;
      squares.add(1, off * off);
      const [u, v] = sums.subarray(this.#weighted ? 2 : 1);
      if (loss === null || v === 0) return;
      ofLoss++;
      const offLoss = u - loss.mean * v;
      squares.add(0, offLoss * offLoss);
    });
    return {
      ...found,
      loss: loss && clusteredError(squares.value(0), ofLoss, loss.weight),
      second: clusteredError(squares.value(1), found.count, second.weight),
    };
  }

  merge(other: PairedClusters): void {
    this.#groups.merge(other.#groups);
  }

  toJSON(): GroupSumsState {
    return this.#groups.toJSON();
  }

  /** @throws InputError `state-damaged`, `too-many-clusters` */
  addState(state: unknown): void {
    this.#groups.addState(state);
  }
}

/** @param squares Σ over clusters of the square of what their rows add up to beside the mean */
export function clusteredError(squares: number, clusters: number, weight: number): ClusteredError {
  const standardError =
    clusters < 2
      ? Number.POSITIVE_INFINITY
      : Math.sqrt((clusters / (clusters - 1)) * squares) / weight;
  return { standardError, clusters };
}
