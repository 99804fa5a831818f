/**
 * How the loss is spread over rows: weights and exact sums of losses in bins
 * of the loss. The bins are the first 13 bits of the loss as a float, sixteen
 * to an octave, so they hold losses of any size.
 */

import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { requireRecord } from './state-check.js';

const SHIFT = 19;
/** Bin of +∞; finite losses lie below. */
const INFINITE = 0x7f800000 >>> SHIFT;
const BINS = INFINITE + 1;

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

function binOf(loss: number): number {
  asFloat[0] = loss;
  return Math.min(asBits[0] >>> SHIFT, INFINITE);
}

export interface LossHistogramState {
  readonly weights: ExactSumsState;
  readonly losses: ExactSumsState;
}

export class LossHistogram {
  #weights = new ExactSums(BINS);
  #losses = new ExactSums(BINS);
  #bins = new Int32Array(0);
  #ones = new Float64Array(0);
  #products = new Float64Array(0);

  /**
   * Adds `losses[0 … count)`, each ≥ 0.
   * @param weights null where every row weighs 1
   */
  addRows(losses: Float64Array, weights: Float64Array | null, count: number): void {
    if (this.#bins.length < count) {
      this.#bins = new Int32Array(count);
      this.#ones = new Float64Array(count).fill(1);
      this.#products = new Float64Array(count);
    }
    const bins = this.#bins;
    const products = this.#products;
    for (let i = 0; i < count; i++) {
      const loss = losses[i];
      bins[i] = binOf(loss);
      // What +∞ adds up to says nothing; its bin counts it.
      products[i] = bins[i] === INFINITE ? 0 : weights === null ? loss : weights[i] * loss;
    }
    this.#weights.addScattered(bins, weights ?? this.#ones, count);
    this.#losses.addScattered(bins, products, count);
  }

  merge(other: LossHistogram): void {
    this.#weights.merge(other.#weights);
    this.#losses.merge(other.#losses);
  }

  /**
   * Share of the finite loss that the worst rows carry. Within the one bin
   * that the border falls into, rows count with the bin's mean: its ends lie
   * 1/16 octave apart.
   * @param share of the rows' weight, 0 … 1
   * @returns NaN where there is no loss
   */
  shareOfWorst(share: number): number {
    const weights = this.#weights.values();
    const losses = this.#losses.values();
    weights[INFINITE] = 0;
    const total = losses.reduce((sum, loss) => sum + loss, 0);
    const wanted = share * weights.reduce((sum, weight) => sum + weight, 0);
    let taken = 0;
    let carried = 0;
    for (let bin = INFINITE - 1; bin >= 0 && taken < wanted; bin--) {
      if (weights[bin] === 0) continue;
      const part = Math.min(1, (wanted - taken) / weights[bin]);
      taken += weights[bin];
      carried += part * losses[bin];
    }
    return carried / total;
  }

  /** Mean of the finite losses. */
  mean(): number {
    const weights = this.#weights.total() - this.#weights.value(INFINITE);
    return this.#losses.total() / weights;
  }

  toJSON(): LossHistogramState {
    return { weights: this.#weights.toJSON(), losses: this.#losses.toJSON() };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown): LossHistogram {
    const record = requireRecord(state, 'the histogram of losses');
    const read = new LossHistogram();
    read.#weights.merge(ExactSums.fromJSON(record.weights, BINS));
    read.#losses.merge(ExactSums.fromJSON(record.losses, BINS));
    return read;
  }
}
