/**
 * Reliability: per bin of confidence how many rows there are, how much they
 * weigh, how many of them are hits and how sure they were. Confidence is that
 * in the top label, and a hit is a row that is predicted right; or it is
 * P(y = 1), and a hit is a row whose target is 1.
 */

import type { RowTotals } from '../types/row-tally.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { requireCount, requireList, requireRecord } from './state-check.js';
import { WeightCells, type WeightCellsState } from './weight-cells.js';

/** How many bins reports have. */
export const CALIBRATION_BINS = 15;

/**
 * Bounds of bins of equal width: bin i is [edges[i], edges[i + 1]), i/B
 * rounded as NumPy rounds it. The outer bounds are open: a confidence of 1, or
 * by rounding a little more, is in the last bin.
 */
export function equalWidthEdges(bins: number): Float64Array {
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => i / bins);
  edges[0] = Number.NEGATIVE_INFINITY;
  edges[bins] = Number.POSITIVE_INFINITY;
  return edges;
}

/** Bounds of the bins of reports. */
export function binEdges(): Float64Array {
  return equalWidthEdges(CALIBRATION_BINS);
}

/** Sums of one bin, each rounded once. */
export interface BinTotals {
  readonly rows: number;
  /** Σs */
  readonly weight: number;
  /** Σs·hit */
  readonly hits: number;
  /** Σs·confidence */
  readonly confidence: number;
  /** Σs·(confidence − hit)² */
  readonly squaredGap: number;
}

export interface CalibrationBinsState {
  readonly rows: readonly number[];
  readonly weights: WeightCellsState | null;
  readonly hits: WeightCellsState;
  readonly confidence: ExactSumsState;
  readonly squaredGap: ExactSumsState;
}

/** Bins over the confidence of rows, by default those of reports. */
export class CalibrationBins {
  /** How many bins there are. */
  readonly count: number;
  readonly #edges: Float64Array;
  #rows: Float64Array;
  /** Null where every row weighs 1: then the rows say it. */
  #weights: WeightCells | null;
  #hits: WeightCells;
  #confidence: ExactSums;
  #squaredGap: ExactSums;
  #bins = new Int32Array(0);
  #values = new Float64Array(0);

  /** @param edges ascending bounds of the bins, −∞ first and ∞ last. */
  constructor(weighted: boolean, edges = binEdges()) {
    this.#edges = edges;
    this.count = edges.length - 1;
    this.#rows = new Float64Array(this.count);
    this.#weights = weighted ? new WeightCells(this.count, true) : null;
    this.#hits = new WeightCells(this.count, weighted);
    this.#confidence = new ExactSums(this.count);
    this.#squaredGap = new ExactSums(this.count);
  }

  /** Puts the number of each row's bin into `bins`. */
  place(confidence: Float64Array, bins: Int32Array, count: number): void {
    const edges = this.#edges;
    const last = this.count - 1;
    for (let i = 0; i < count; i++) {
      const x = confidence[i];
      // A rounded product only guesses the bin; the edges decide.
      let bin = (x * this.count) | 0;
      if (bin > last) bin = last;
      while (x < edges[bin]) bin--;
      while (x >= edges[bin + 1]) bin++;
      bins[i] = bin;
    }
  }

  /**
   * @param hit 1 or 0 per row.
   * @param weights weight of each row, or null where every row weighs 1.
   */
  addRows(
    confidence: Float64Array,
    hit: Float64Array,
    weights: Float64Array | null,
    count: number,
  ): void {
    if (this.#bins.length < count) {
      this.#bins = new Int32Array(count);
      this.#values = new Float64Array(count);
    }
    const bins = this.#bins;
    const values = this.#values;
    const rows = this.#rows;
    const hits = this.#hits.counts;
    this.place(confidence, bins, count);
    for (let i = 0; i < count; i++) {
      const bin = bins[i];
      rows[bin]++;
      if (hits !== null) hits[bin] += hit[i];
      const gap = confidence[i] - hit[i];
      values[i] = gap * gap;
    }
    if (weights === null) {
      this.#confidence.addScattered(bins, confidence, count);
      this.#squaredGap.addScattered(bins, values, count);
      return;
    }
    this.#weights!.addRows(bins, weights, count);
    for (let i = 0; i < count; i++) values[i] *= weights[i];
    this.#squaredGap.addScattered(bins, values, count);
    for (let i = 0; i < count; i++) values[i] = weights[i] * confidence[i];
    this.#confidence.addScattered(bins, values, count);
    for (let i = 0; i < count; i++) values[i] = weights[i] * hit[i];
    this.#hits.addRows(bins, values, count);
  }

  /** Adds rows that weigh 1. */
  addTotals({ binRows, binHits, confidence, squaredGap }: RowTotals): void {
    this.#hits.addCounts(binHits);
    for (let bin = 0; bin < this.count; bin++) {
      this.#rows[bin] += binRows[bin];
      this.#confidence.addWords(bin, confidence[bin]);
      this.#squaredGap.addWords(bin, squaredGap[bin]);
    }
  }

  bin(bin: number): BinTotals {
    return {
      rows: this.#rows[bin],
      weight: this.#weights?.value(bin) ?? this.#rows[bin],
      hits: this.#hits.value(bin),
      confidence: this.#confidence.value(bin),
      squaredGap: this.#squaredGap.value(bin),
    };
  }

  /** Sums over all bins, each rounded once. */
  totals(): BinTotals {
    const rows = this.#rows.reduce((sum, bin) => sum + bin, 0);
    return {
      rows,
      weight: this.#weights?.total() ?? rows,
      hits: this.#hits.total(),
      confidence: this.#confidence.total(),
      squaredGap: this.#squaredGap.total(),
    };
  }

  merge(other: CalibrationBins): void {
    for (let bin = 0; bin < this.count; bin++) this.#rows[bin] += other.#rows[bin];
    this.#weights?.merge(other.#weights!);
    this.#hits.merge(other.#hits);
    this.#confidence.merge(other.#confidence);
    this.#squaredGap.merge(other.#squaredGap);
  }

  toJSON(): CalibrationBinsState {
    return {
      rows: Array.from(this.#rows),
      weights: this.#weights?.toJSON() ?? null,
      hits: this.#hits.toJSON(),
      confidence: this.#confidence.toJSON(),
      squaredGap: this.#squaredGap.toJSON(),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, weighted: boolean): CalibrationBins {
    const record = requireRecord(state, 'the calibration bins');
    const read = new CalibrationBins(weighted);
    const rows = requireList(record.rows, 'rows per calibration bin', CALIBRATION_BINS);
    read.#rows = Float64Array.from(rows, (entry) => requireCount(entry, 'rows of a bin'));
    if (weighted) {
      const name = 'weights of the calibration bins';
      read.#weights = WeightCells.fromJSON(record.weights, CALIBRATION_BINS, true, name);
    }
    const name = 'hits of the calibration bins';
    read.#hits = WeightCells.fromJSON(record.hits, CALIBRATION_BINS, weighted, name);
    read.#confidence = ExactSums.fromJSON(record.confidence, CALIBRATION_BINS);
    read.#squaredGap = ExactSums.fromJSON(record.squaredGap, CALIBRATION_BINS);
    return read;
  }
}
