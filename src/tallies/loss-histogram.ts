/**
 * How the loss is spread over rows: weights and exact sums of losses in bins
 * of the loss. The bins are the first 13 bits of the loss as a float, sixteen
 * to an octave, so they hold losses of any size.
 */

import { BIN_PARTS, isSummed, LOSS_BINS, MOST_SUMMED_ROWS } from '../types/loss-sums.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { requireRecord } from './state-check.js';

const SHIFT = 19;
/** Bin of +∞; finite losses lie below. */
const INFINITE = LOSS_BINS - 1;

/** 2^(20 − e) for the bins of [2^e, 2^(e + 1)): their losses become numbers of about 2²⁰. */
const SCALES = Float64Array.from({ length: LOSS_BINS }, (_, bin) => 2 ** (147 - (bin >>> 4)));
/** What is left of such a number behind the point has 33 bits, for rounding to a float may have raised the bin. */
const UNITS = 2 ** 33;

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** Losses beyond the floats share the last bin below +∞. */
function binOf(loss: number): number {
  asFloat[0] = loss;
  const bin = asBits[0] >>> SHIFT;
  return bin < INFINITE ? bin : loss === Number.POSITIVE_INFINITY ? INFINITE : INFINITE - 1;
}

export interface LossHistogramState {
  readonly weights: ExactSumsState;
  readonly losses: ExactSumsState;
}

export class LossHistogram {
  readonly #squares: boolean;
  #weights = new ExactSums(LOSS_BINS);
  #losses = new ExactSums(LOSS_BINS);
  /** Rows that weigh 1 are gathered per bin: their number, and Σloss as wholes and units of its scale. */
  readonly #parts = new Float64Array(BIN_PARTS * LOSS_BINS);
  #gathered = 0;
  #bins = new Int32Array(0);
  #products = new Float64Array(0);
  #ones = new Float64Array(0);

  /** @param squares whether losses are squares of what has a unit: they go into the bin of their root */
  constructor(squares = false) {
    this.#squares = squares;
  }

  /**
   * Adds `losses[0 … count)`, each ≥ 0.
   * @param weights null where every row weighs 1
   */
  addRows(losses: Float64Array, weights: Float64Array | null, count: number): void {
    if (weights !== null || this.#squares) {
      this.#addWeighted(losses, weights, count);
      return;
    }
    for (let from = 0; from < count; from += MOST_SUMMED_ROWS) {
      this.#gather(losses, from, Math.min(count, from + MOST_SUMMED_ROWS));
    }
  }

  #gather(losses: Float64Array, from: number, to: number): void {
    if (this.#gathered + to - from > MOST_SUMMED_ROWS) this.#settle();
    this.#gathered += to - from;
    const parts = this.#parts;
    for (let i = from; i < to; i++) {
      const loss = losses[i];
      const bin = binOf(loss);
      const at = BIN_PARTS * bin;
      parts[at]++;
      if (loss === 0 || bin === INFINITE) continue;
      if (isSummed(loss)) {
        const scaled = loss * SCALES[bin];
        const whole = Math.trunc(scaled);
        parts[at + 1] += whole;
        parts[at + 2] += (scaled - whole) * UNITS;
      } else {
        this.#losses.add(bin, loss);
      }
    }
  }

  /**
   * Adds rows that weigh 1 and were added up elsewhere.
   * @param parts per bin: the number of rows, and Σ of the wholes and of the 2⁻³³ parts of their
   *   losses times 2^(20 − e), where the bin lies in [2^e, 2^(e + 1))
   */
  addParts(parts: Float64Array): void {
    for (let bin = 0; bin < LOSS_BINS; bin++) {
      const at = BIN_PARTS * bin;
      if (parts[at] === 0) continue;
      this.#weights.add(bin, parts[at]);
      this.#losses.add(bin, parts[at + 1] / SCALES[bin]);
      this.#losses.add(bin, parts[at + 2] / UNITS / SCALES[bin]);
    }
  }

  /** Brings the sums up to date with what was gathered. */
  #settle(): void {
    if (this.#gathered === 0) return;
    this.#gathered = 0;
    this.addParts(this.#parts);
    this.#parts.fill(0);
  }

  #addWeighted(losses: Float64Array, weights: Float64Array | null, count: number): void {
    if (this.#bins.length < count) {
      this.#bins = new Int32Array(count);
      this.#products = new Float64Array(count);
      this.#ones = new Float64Array(count).fill(1);
    }
    const [bins, products] = [this.#bins, this.#products];
    const each = weights ?? this.#ones;
    for (let i = 0; i < count; i++) {
      bins[i] = binOf(this.#squares ? Math.sqrt(losses[i]) : losses[i]);
      // What +∞ adds up to says nothing; its bin counts it.
      products[i] = bins[i] === INFINITE ? 0 : each[i] * losses[i];
    }
    this.#weights.addScattered(bins, each, count);
    this.#losses.addScattered(bins, products, count);
  }

  merge(other: LossHistogram): void {
    other.#settle();
    this.#weights.merge(other.#weights);
    this.#losses.merge(other.#losses);
  }

  /**
   * Share of the finite loss that the worst rows carry. Within the one bin
   * that the border falls into, rows count with the bin's mean: its ends lie
   * 1/16 octave apart, of squares 1/8.
   * @param share of the rows' weight, 0 … 1
   * @returns NaN where there is no loss
   */
  shareOfWorst(share: number): number {
    this.#settle();
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
    this.#settle();
    const weights = this.#weights.total() - this.#weights.value(INFINITE);
    return this.#losses.total() / weights;
  }

  toJSON(): LossHistogramState {
    this.#settle();
    return { weights: this.#weights.toJSON(), losses: this.#losses.toJSON() };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, squares = false): LossHistogram {
    const record = requireRecord(state, 'the histogram of losses');
    const read = new LossHistogram(squares);
    read.#weights.merge(ExactSums.fromJSON(record.weights, LOSS_BINS));
    read.#losses.merge(ExactSums.fromJSON(record.losses, LOSS_BINS));
    return read;
  }
}
