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

/** Bins of numbers too small for the scales below; few losses are. */
const TINY = (1 << 4) * 2;

/** 2^(20 − e) for the bins of [2^e, 2^(e + 1)): their losses become numbers of about 2²⁰. */
const SCALES = Float64Array.from({ length: BINS }, (_, bin) => 2 ** (20 + 127 - (bin >>> 4)));
/** What is left of such a number behind the point has 33 bits, for rounding to a float may have raised the bin. */
const UNITS = 2 ** 33;
/** So many losses add up without error: the parts stay integers below 2⁵³. */
const MOST_GATHERED = 2 ** 19;

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
  /** Rows that weigh 1 are gathered per bin: their number, and Σloss as wholes and units of its scale. */
  readonly #rows = new Float64Array(BINS);
  readonly #wholes = new Float64Array(BINS);
  readonly #rest = new Float64Array(BINS);
  #gathered = 0;
  #bins = new Int32Array(0);
  #products = new Float64Array(0);

  /**
   * Adds `losses[0 … count)`, each ≥ 0.
   * @param weights null where every row weighs 1
   */
  addRows(losses: Float64Array, weights: Float64Array | null, count: number): void {
    if (weights !== null) {
      this.#addWeighted(losses, weights, count);
      return;
    }
    for (let from = 0; from < count; from += MOST_GATHERED) {
      this.#gather(losses, from, Math.min(count, from + MOST_GATHERED));
    }
  }

  #gather(losses: Float64Array, from: number, to: number): void {
    if (this.#gathered + to - from > MOST_GATHERED) this.#settle();
    this.#gathered += to - from;
    const [rows, wholes, rest] = [this.#rows, this.#wholes, this.#rest];
    for (let i = from; i < to; i++) {
      const bin = binOf(losses[i]);
      rows[bin]++;
      if (bin >= TINY && bin < INFINITE) {
        const scaled = losses[i] * SCALES[bin];
        const whole = Math.trunc(scaled);
        wholes[bin] += whole;
        rest[bin] += (scaled - whole) * UNITS;
      } else if (bin < TINY) {
        this.#losses.add(bin, losses[i]);
      }
    }
  }

  /** Brings the sums up to date with what was gathered. */
  #settle(): void {
    if (this.#gathered === 0) return;
    this.#gathered = 0;
    for (let bin = 0; bin < BINS; bin++) {
      if (this.#rows[bin] === 0) continue;
      this.#weights.add(bin, this.#rows[bin]);
      this.#losses.add(bin, this.#wholes[bin] / SCALES[bin]);
      this.#losses.add(bin, this.#rest[bin] / UNITS / SCALES[bin]);
    }
    for (const part of [this.#rows, this.#wholes, this.#rest]) part.fill(0);
  }

  #addWeighted(losses: Float64Array, weights: Float64Array, count: number): void {
    if (this.#bins.length < count) {
      this.#bins = new Int32Array(count);
      this.#products = new Float64Array(count);
    }
    const [bins, products] = [this.#bins, this.#products];
    for (let i = 0; i < count; i++) {
      bins[i] = binOf(losses[i]);
      // What +∞ adds up to says nothing; its bin counts it.
      products[i] = bins[i] === INFINITE ? 0 : weights[i] * losses[i];
    }
    this.#weights.addScattered(bins, weights, count);
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
   * 1/16 octave apart.
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
  static fromJSON(state: unknown): LossHistogram {
    const record = requireRecord(state, 'the histogram of losses');
    const read = new LossHistogram();
    read.#weights.merge(ExactSums.fromJSON(record.weights, BINS));
    read.#losses.merge(ExactSums.fromJSON(record.losses, BINS));
    return read;
  }
}
