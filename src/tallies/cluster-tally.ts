/** Sums of the two readings of clusters: rows that are not independent of each other. */

import { InputError, quote } from '../types/errors.js';
import type { Readings, ScoredRows } from '../types/rows.js';
import { ExactSums } from './exact-sums.js';
import { GroupSums, type GroupSumsState } from './group-sums.js';
import { type Mean, RatioMoments, WeightMoments } from './ratio-moments.js';
import { ScoredColumns } from './scored-columns.js';
import { requireRecord } from './state-check.js';

/** Clusters take some 200 bytes each. */
export const MOST_CLUSTERS = 1_000_000;

export interface ClusterTallyState {
  readonly clusters: GroupSumsState;
  /** Null where there is none. */
  readonly loss: ReturnType<RatioMoments['toJSON']> | null;
  readonly second: ReturnType<RatioMoments['toJSON']>;
  readonly weights: ReturnType<WeightMoments['toJSON']>;
  readonly lossWeights: ReturnType<WeightMoments['toJSON']>;
}

/** A mean over rows, its standard error by rows and by clusters. */
export interface ClusteredMean extends Mean {
  /** √[G/(G−1) · Σ_g (Σ_{i∈g} w_i (x_i − x̄))²] / Σw; NaN for less than two clusters. */
  readonly clusteredError: number;
}

export interface ClusterSummary {
  /** Clusters whose rows weigh anything. */
  readonly count: number;
  /** Rows of the cluster with most of them. */
  readonly largest: number;
  /** Rows without a cluster, which count as one. */
  readonly missing: number;
  /** Null where there is none. */
  readonly loss: ClusteredMean | null;
  readonly second: ClusteredMean;
}

export class ClusterTally {
  readonly #weighted: boolean;
  readonly #columns: ScoredColumns;
  /** Σ loss, where there is one, and Σ of the second reading of each cluster; where rows or classes have weights also what they weigh. */
  readonly #clusters: GroupSums;
  readonly #sums: readonly Float64Array[];
  readonly #loss: RatioMoments | null;
  readonly #second: RatioMoments;
  readonly #weights: WeightMoments;
  readonly #lossWeights: WeightMoments;

  /**
   * @param by name of the column, for messages
   * @param weighted whether rows have weights
   */
  constructor(
    by: string,
    weighted: boolean,
    classWeights: Float64Array | null,
    readings: Readings,
  ) {
    this.#weighted = weighted || classWeights !== null;
    this.#columns = new ScoredColumns(classWeights);
    const { loss, second, lossWeight, weight } = this.#columns;
    const hasLoss = readings.loss !== null;
    const values = hasLoss ? [loss, second] : [second];
    const weights = hasLoss ? [lossWeight, weight] : [weight];
    this.#sums = this.#weighted ? [...values, ...weights] : values;
    this.#clusters = new GroupSums({
      sums: this.#sums.length,
      most: MOST_CLUSTERS,
      tooMany: (text, row) => tooManyClusters(by, text, row),
    });
    this.#loss = hasLoss ? new RatioMoments(this.#weighted) : null;
    this.#second = new RatioMoments(this.#weighted);
    this.#weights = new WeightMoments(this.#weighted);
    this.#lossWeights = new WeightMoments(this.#weighted);
  }

  /**
   * @param texts cluster of each of the rows
   * @throws InputError `too-many-clusters`
   */
  add(rows: ScoredRows, texts: readonly string[]): void {
    const columns = this.#columns;
    const { loss, second, lossWeight, weight } = columns;
    columns.gather(rows, texts, (count) => {
      this.#clusters.add(columns.texts, columns.index, this.#sums, count);
      this.#loss?.addRows(loss, this.#weighted ? lossWeight : null, count);
      this.#second.addRows(second, this.#weighted ? weight : null, count);
      this.#weights.addRows(weight, count);
      this.#lossWeights.addRows(lossWeight, count);
    });
  }

  summary(): ClusterSummary {
    const weights = this.#weights.totals();
    const lossWeights = this.#lossWeights.totals();
    const loss = this.#loss?.over(lossWeights) ?? null;
    const second = this.#second.over(weights);
    const squares = new ExactSums(2);
    const found = { count: 0, largest: 0, missing: 0 };
    const first = loss === null ? 0 : 1;
    this.#clusters.forEach((text, rows, sums) => {
      const w = this.#weighted ? sums[2 * first + 1] : rows;
      if (w === 0) return;
      found.count++;
      found.largest = Math.max(found.largest, rows);
      if (text === '') found.missing = rows;
      if (loss !== null) {
        const off = sums[0] - loss.mean * (this.#weighted ? sums[2] : rows);
        squares.add(0, off * off);
      }
      const off = sums[first] - second.mean * w;
      squares.add(1, off * off);
    });
    const { count } = found;
    const error = (sum: number, weight: number) =>
      count < 2 ? Number.NaN : Math.sqrt((count / (count - 1)) * squares.value(sum)) / weight;
    return {
      ...found,
      loss: loss && { ...loss, clusteredError: error(0, lossWeights.weight) },
      second: { ...second, clusteredError: error(1, weights.weight) },
    };
  }

  merge(other: ClusterTally): void {
    this.#clusters.merge(other.#clusters);
    this.#loss?.merge(other.#loss!);
    this.#second.merge(other.#second);
    this.#weights.merge(other.#weights);
    this.#lossWeights.merge(other.#lossWeights);
  }

  toJSON(): ClusterTallyState {
    return {
      clusters: this.#clusters.toJSON(),
      loss: this.#loss?.toJSON() ?? null,
      second: this.#second.toJSON(),
      weights: this.#weights.toJSON(),
      lossWeights: this.#lossWeights.toJSON(),
    };
  }

  /** @throws InputError `state-damaged`, `too-many-clusters` */
  addState(state: unknown): void {
    const record = requireRecord(state, 'the clusters');
    this.#loss?.merge(RatioMoments.fromJSON(record.loss, this.#weighted));
    this.#second.merge(RatioMoments.fromJSON(record.second, this.#weighted));
    this.#weights.merge(WeightMoments.fromJSON(record.weights, this.#weighted));
    this.#lossWeights.merge(WeightMoments.fromJSON(record.lossWeights, this.#weighted));
    this.#clusters.addState(record.clusters);
  }
}

/** The error for a cluster too many; `row` is null in a merge. */
export function tooManyClusters(by: string, text: string, row: number | null): InputError {
  return new InputError('too-many-clusters', {
    ...(row !== null && { row }),
    column: by,
    problem: `there are more than ${MOST_CLUSTERS} clusters`,
    found: `one more, ${quote(text)}`,
    expected: 'a column whose values several rows share, such as a patient or a user',
    advice:
      'Clusters of one or two rows change a standard error little: leave --cluster out. Is it a name of rows? That is --id.',
  });
}
