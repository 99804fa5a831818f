/** The binary cross-entropy of rows of several labels: of each label, and its mean over a row's labels. */

import { ExactSums } from './exact-sums.js';
import { RatioMoments } from './ratio-moments.js';
import { requireRecord } from './state-check.js';

export class LabelLosses {
  readonly labels: number;
  readonly #weighted: boolean;
  /** Moments of a row's mean over its labels. */
  readonly rows: RatioMoments;
  readonly #sums: ExactSums;
  #indices = new Int32Array(0);

  constructor(labels: number, weighted: boolean) {
    this.labels = labels;
    this.#weighted = weighted;
    this.rows = new RatioMoments(weighted);
    this.#sums = new ExactSums(labels);
  }

  /**
   * Adds `count` rows.
   * @param nll −log p(target), row-major, count × labels; overwritten where rows have weights
   */
  add(nll: Float64Array, weights: Float64Array | null, count: number): void {
    const { labels } = this;
    const length = count * labels;
    if (this.#indices.length < length) {
      this.#indices = Int32Array.from({ length }, (_, i) => i % labels);
    }
    const means = new Float64Array(count);
    for (let row = 0, i = 0; row < count; row++) {
      let sum = 0;
      const weight = weights === null ? 1 : weights[row]!;
      for (let label = 0; label < labels; label++, i++) {
        // A row that weighs nothing adds nothing, be its loss infinite.
        const loss = weight === 0 ? 0 : nll[i]!;
        sum += loss;
        if (weights !== null) nll[i] = weight * loss;
      }
      means[row] = weight * (sum / labels);
    }
    this.#sums.addScattered(this.#indices, nll, length);
    this.rows.addRows(means, this.#weighted ? weights : null, count);
  }

  /** Sum of each label's losses, by weight. */
  values(): Float64Array {
    return this.#sums.values();
  }

  /** Adds the rows of another, of as many labels. */
  merge(other: LabelLosses): void {
    this.rows.merge(other.rows);
    this.#sums.merge(other.#sums);
  }

  /** A plain object for JSON. The same rows give the same text. */
  toJSON() {
    return { rows: this.rows.toJSON(), sums: this.#sums.toJSON() };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote */
  static fromJSON(state: unknown, labels: number, weighted: boolean): LabelLosses {
    const record = requireRecord(state, 'the losses of labels');
    const read = new LabelLosses(labels, weighted);
    read.rows.merge(RatioMoments.fromJSON(record.rows, weighted));
    read.#sums.merge(ExactSums.fromJSON(record.sums, labels));
    return read;
  }
}
