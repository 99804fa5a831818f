/**
 * Quantiles of values that come in any order and in parts.
 *
 * Up to a number of rows every value is kept, and quantiles are exact. Past it
 * the values are counted in the bins of value-bins.ts, with exact sums per bin,
 * and a quantile is known up to its bin: the answer comes with ends that hold
 * the exact one. Which of the two it is depends on the number of rows alone,
 * so no split of the rows and no order of merging changes a bit.
 */

import { ExactSums, exactSum } from './exact-sums.js';
import { around, type Places } from './share-end.js';
import {
  damagedState,
  requireCount,
  requireList,
  requireNumber,
  requireRecord,
} from './state-check.js';
import { binEnds, binOf, binScale, VALUE_BINS } from './value-bins.js';

/** A number, and the ends between which the exact one lies; all three are equal where it is known. */
export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const known = (value: number): Bounded => ({ value, low: value, high: value });

export interface OrderStatisticsState {
  readonly rows: number;
  readonly min: number;
  readonly max: number;
  /** Values in order, and their weights. */
  readonly values?: readonly number[];
  readonly weights?: readonly number[];
  /** Bins that are not empty, with the sums of their weights and of weight × value × scale. */
  readonly bins?: readonly number[];
  readonly binWeights?: readonly string[];
  readonly binSums?: readonly string[];
}

/** Sums per bin: Σv, and Σvx times the bin's scale. */
interface Bins {
  readonly weights: ExactSums;
  readonly sums: ExactSums;
}

/** The bins that are not empty, in order, with Σv and Σvx of their values. */
interface FilledBins {
  readonly bins: Int32Array;
  readonly weights: Float64Array;
  readonly sums: Float64Array;
}

/** Rows that are counted at a time. */
const SLICE = 1024;
const slice = {
  bins: new Int32Array(SLICE),
  weights: new Float64Array(SLICE),
  terms: new Float64Array(SLICE),
};

export class OrderStatistics {
  readonly #weighted: boolean;
  readonly #keep: number;
  #rows = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #values = new Float64Array(0);
  #weights = new Float64Array(0);
  #sorted = true;
  #bins: Bins | null = null;
  /** What the bins hold, until rows are added. */
  #filled: FilledBins | null = null;

  /** @param keep most rows whose values are kept */
  constructor(weighted: boolean, keep: number) {
    this.#weighted = weighted;
    this.#keep = keep;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Whether every value is known. */
  get exact(): boolean {
    return this.#bins === null;
  }

  /** Adds finite values; a row of weight 0 is none. */
  addRows(values: Float64Array, weights: Float64Array | null, count: number): void {
    const own = this.#weighted ? weights : null;
    const kept = own === null ? count : nonZero(own, count);
    if (this.#bins === null && this.#rows + kept > this.#keep) this.#spill();
    if (this.#bins === null) this.#append(values, own, count, kept);
    else this.#count(this.#bins, values, own, count);
    for (let i = 0; i < count; i++) {
      if (own !== null && own[i] === 0) continue;
      const value = values[i]! + 0;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
    this.#rows += kept;
  }

  #append(values: Float64Array, weights: Float64Array | null, count: number, kept: number): void {
    const needed = this.#rows + kept;
    if (needed > this.#values.length) {
      const room = Math.min(this.#keep, Math.max(1024, 2 * needed));
      this.#values = grown(this.#values, room, this.#rows);
      if (this.#weighted) this.#weights = grown(this.#weights, room, this.#rows);
    }
    let at = this.#rows;
    for (let i = 0; i < count; i++) {
      if (weights !== null) {
        if (weights[i] === 0) continue;
        this.#weights[at] = weights[i]!;
      }
      // −0 and 0 are one value.
      this.#values[at++] = values[i]! + 0;
    }
    this.#sorted = false;
  }

  #count(bins: Bins, values: Float64Array, weights: Float64Array | null, count: number): void {
    this.#filled = null;
    for (let from = 0; from < count; from += SLICE) {
      const n = Math.min(SLICE, count - from);
      for (let i = 0; i < n; i++) {
        const weight = weights === null ? 1 : weights[from + i]!;
        const value = values[from + i]! + 0;
        const bin = binOf(value);
        slice.bins[i] = bin;
        slice.weights[i] = weight;
        // Scaled, sums of all bins share a small window of digits.
        slice.terms[i] = weight * (value * binScale(bin));
      }
      bins.weights.addScattered(slice.bins, slice.weights, n);
      bins.sums.addScattered(slice.bins, slice.terms, n);
    }
  }

  /** From kept values to bins. */
  #spill(): void {
    const bins = { weights: new ExactSums(VALUE_BINS), sums: new ExactSums(VALUE_BINS) };
    this.#count(bins, this.#values, this.#weighted ? this.#weights : null, this.#rows);
    this.#bins = bins;
    this.#values = new Float64Array(0);
    this.#weights = new Float64Array(0);
  }

  merge(other: OrderStatistics): void {
    if (other.#bins === null) {
      const weights = other.#weighted ? other.#weights : null;
      this.addRows(other.#values, weights, other.#rows);
      return;
    }
    if (this.#bins === null) this.#spill();
    this.#filled = null;
    this.#bins!.weights.merge(other.#bins.weights);
    this.#bins!.sums.merge(other.#bins.sums);
    this.#rows += other.#rows;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /**
   * The value below which a share q of the weight lies; where the share ends
   * between two values, their mean (the median of an even number of values).
   * NaN without rows.
   */
  quantile(q: number): Bounded {
    if (this.#rows === 0) return known(Number.NaN);
    if (this.#bins === null) {
      const { lower, upper } = this.#around(q);
      const [a, b] = [this.#values[lower]!, this.#values[upper]!];
      return known(a === b ? a : a / 2 + b / 2);
    }
    const filled = this.#filledBins(this.#bins);
    const { lower, upper } = around(q, filled.bins.length, filled.weights);
    const low = this.#endsOf(filled.bins[lower]!).low;
    const high = this.#endsOf(filled.bins[upper]!).high;
    return { value: low === high ? low : low / 2 + high / 2, low, high };
  }

  /** The least Σ v·ρ_q(x − c) over all c, with ρ_q the pinball loss: the cost of knowing only the quantile. */
  leastPinball(q: number): Bounded {
    if (this.#rows === 0) return known(Number.NaN);
    const loss = (difference: number) => (difference >= 0 ? q : q - 1) * difference;
    if (this.#bins === null) {
      const { lower } = this.#around(q);
      const centre = this.#values[lower]!;
      const terms = new Float64Array(this.#rows);
      for (let i = 0; i < terms.length; i++) {
        terms[i] = loss(this.#values[i]! - centre) * (this.#weighted ? this.#weights[i]! : 1);
      }
      return known(exactSum(terms));
    }
    return this.#boundPinball(this.#bins, q, loss);
  }

  /**
   * Outside the quantile's bin the cost is linear in c. Inside, it is least
   * where all weight lies at the mean of the bin (Jensen), and largest where it
   * lies at the ends (the chord).
   */
  #boundPinball(bins: Bins, q: number, loss: (difference: number) => number): Bounded {
    const { bins: filled, weights, sums } = this.#filledBins(bins);
    const { lower: at } = around(q, filled.length, weights);
    const below = {
      weight: exactSum(weights.subarray(0, at)),
      sum: exactSum(sums.subarray(0, at)),
    };
    const above = {
      weight: exactSum(weights.subarray(at + 1)),
      sum: exactSum(sums.subarray(at + 1)),
    };
    const { low, high } = this.#endsOf(filled[at]!);
    const inside = weights[at]!;
    const mean = Math.min(high, Math.max(low, sums[at]! / inside));
    const outside = (c: number) =>
      (1 - q) * (c * below.weight - below.sum) + q * (above.sum - c * above.weight);
    const atMean = (c: number) => outside(c) + inside * loss(mean - c);
    const least = Math.max(0, Math.min(atMean(low), atMean(mean), atMean(high)));
    const share = high > low ? (mean - low) / (high - low) : 0;
    const chord = (1 - share) * loss(low - mean) + share * loss(high - mean);
    const most = outside(mean) + inside * chord;
    return { value: (least + most) / 2, low: least, high: most };
  }

  /**
   * Σ v·x² over the largest values that together have this share of the weight,
   * for values ≥ 0. Where values are binned, a bound from below: every bin's
   * values count as their mean (Jensen).
   */
  largestSquares(share: number): number {
    this.#sort();
    const filled = this.#bins === null ? null : this.#filledBins(this.#bins);
    const count = filled === null ? this.#rows : filled.bins.length;
    const weights = filled?.weights ?? (this.#weighted ? this.#weights : null);
    let left = share * (weights === null ? count : exactSum(weights.subarray(0, count)));
    const squares: number[] = [];
    for (let i = count - 1; i >= 0 && left > 0; i--) {
      const weight = weights === null ? 1 : weights[i]!;
      const value = filled === null ? this.#values[i]! : filled.sums[i]! / weight;
      squares.push(Math.min(weight, left) * value * value);
      left -= weight;
    }
    return exactSum(squares);
  }

  #sort(): void {
    if (this.#sorted || this.#bins !== null) return;
    if (this.#weighted) {
      const values = this.#values;
      const weights = this.#weights;
      const order = Uint32Array.from({ length: this.#rows }, (_, i) => i).sort(
        (a, b) => values[a]! - values[b]! || weights[a]! - weights[b]!,
      );
      this.#values = Float64Array.from(order, (i) => values[i]!);
      this.#weights = Float64Array.from(order, (i) => weights[i]!);
    } else {
      this.#values.subarray(0, this.#rows).sort();
    }
    this.#sorted = true;
  }

  /** Where a share q ends among the values. */
  #around(q: number): Places {
    this.#sort();
    return around(q, this.#rows, this.#weighted ? this.#weights : null);
  }

  #filledBins({ weights, sums }: Bins): FilledBins {
    if (this.#filled === null) {
      const bins = Int32Array.from({ length: VALUE_BINS }, (_, bin) => bin).filter(
        (bin) => !weights.isZero(bin),
      );
      this.#filled = {
        bins,
        weights: Float64Array.from(bins, (bin) => weights.value(bin)),
        sums: Float64Array.from(bins, (bin) => {
          const scale = binScale(bin);
          return scale === 0 ? 0 : sums.value(bin) / scale;
        }),
      };
    }
    return this.#filled;
  }

  /** Ends between which the values of a bin lie. */
  #endsOf(bin: number): { readonly low: number; readonly high: number } {
    const { low, high } = binEnds(bin);
    return { low: Math.max(this.#min, low), high: Math.min(this.#max, high) };
  }

  toJSON(): OrderStatisticsState {
    const range = { rows: this.#rows, min: this.#min, max: this.#max };
    if (this.#rows === 0) return { rows: 0, min: 0, max: 0 };
    if (this.#bins === null) {
      this.#sort();
      return {
        ...range,
        values: Array.from(this.#values.subarray(0, this.#rows)),
        ...(this.#weighted && { weights: Array.from(this.#weights.subarray(0, this.#rows)) }),
      };
    }
    const { weights, sums } = this.#bins;
    const bins = Array.from(this.#filledBins(this.#bins).bins);
    return {
      ...range,
      bins,
      binWeights: bins.map((bin) => weights.text(bin)),
      binSums: bins.map((bin) => sums.text(bin)),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, weighted: boolean, keep: number): OrderStatistics {
    const record = requireRecord(state, 'the order statistics');
    const read = new OrderStatistics(weighted, keep);
    const rows = requireCount(record.rows, 'a number of values');
    if (rows === 0) return read;
    if (rows <= keep) {
      const numbers = (list: unknown, name: string) =>
        Float64Array.from(requireList(list, name, rows), (item) => requireNumber(item, name));
      const values = numbers(record.values, 'kept values');
      if (!values.every(Number.isFinite)) throw damagedState('a kept value is not finite');
      const weights = weighted ? numbers(record.weights, 'kept weights') : null;
      if (weights && !weights.every((weight) => weight > 0 && weight < Number.POSITIVE_INFINITY)) {
        throw damagedState('a kept weight is not above 0');
      }
      read.addRows(values, weights, rows);
      return read;
    }
    const bins = requireList(record.bins, 'the bins');
    const binWeights = requireList(record.binWeights, 'the weights of the bins', bins.length);
    const binSums = requireList(record.binSums, 'the sums of the bins', bins.length);
    read.#spill();
    bins.forEach((item, i) => {
      const bin = requireCount(item, 'a bin');
      if (bin >= VALUE_BINS) throw damagedState('a bin has no place', bin);
      read.#bins!.weights.addText(bin, binWeights[i]);
      read.#bins!.sums.addText(bin, binSums[i]);
    });
    read.#rows = rows;
    read.#min = requireNumber(record.min, 'the least value');
    read.#max = requireNumber(record.max, 'the largest value');
    return read;
  }
}

function nonZero(weights: Float64Array, count: number): number {
  let kept = 0;
  for (let i = 0; i < count; i++) if (weights[i] !== 0) kept++;
  return kept;
}

function grown(values: Float64Array, room: number, used: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(room);
  larger.set(values.subarray(0, used));
  return larger;
}
