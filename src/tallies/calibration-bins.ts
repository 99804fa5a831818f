/**
 * Reliability of the top label: per bin of confidence how many rows there
 * are, how much they weigh, how many of them are right and how sure they were.
 */

import type { RowTotals } from '../types/row-tally.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { requireCount, requireList, requireRecord } from './state-check.js';
import { WeightCells, type WeightCellsState } from './weight-cells.js';

/** Bins [i/15, (i+1)/15), with 1 in the last. */
export const CALIBRATION_BINS = 15;

/**
 * Bounds of each bin, i/15 rounded as NumPy rounds it. The outer ones are
 * open: a confidence of 1, or by rounding a little more, is in the last bin.
 */
const LOWER = Float64Array.from({ length: CALIBRATION_BINS }, (_, i) => i / CALIBRATION_BINS);
const UPPER = Float64Array.from(LOWER, (_, i) => (i + 1) / CALIBRATION_BINS);
LOWER[0] = Number.NEGATIVE_INFINITY;
UPPER[CALIBRATION_BINS - 1] = Number.POSITIVE_INFINITY;

/** The bounds of all bins in one list: bin i is [edges[i], edges[i + 1]). */
export function binEdges(): Float64Array {
  return Float64Array.of(...LOWER, UPPER[CALIBRATION_BINS - 1]);
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

/** {@link CALIBRATION_BINS} bins of equal width over top-label confidence. */
export class CalibrationBins {
  #rows = new Float64Array(CALIBRATION_BINS);
  /** Null where every row weighs 1: then the rows say it. */
  #weights: WeightCells | null;
  #hits: WeightCells;
  #confidence = new ExactSums(CALIBRATION_BINS);
  #squaredGap = new ExactSums(CALIBRATION_BINS);
  #bins = new Int32Array(0);
  #values = new Float64Array(0);

  constructor(weighted: boolean) {
    this.#weights = weighted ? new WeightCells(CALIBRATION_BINS, true) : null;
    this.#hits = new WeightCells(CALIBRATION_BINS, weighted);
  }

  /**
   * @param confidence largest probability of each row.
   * @param hit 1 for rows whose prediction is the target, else 0.
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
    for (let i = 0; i < count; i++) {
      const x = confidence[i];
      // A rounded product only guesses the bin; the edges decide.
      let bin = (x * CALIBRATION_BINS) | 0;
      if (bin >= CALIBRATION_BINS) bin = CALIBRATION_BINS - 1;
      if (x < LOWER[bin]) bin--;
      else if (x >= UPPER[bin]) bin++;
      bins[i] = bin;
      rows[bin]++;
      if (hits !== null) hits[bin] += hit[i];
      const gap = x - hit[i];
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
    for (let bin = 0; bin < CALIBRATION_BINS; bin++) {
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
    for (let bin = 0; bin < CALIBRATION_BINS; bin++) this.#rows[bin] += other.#rows[bin];
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
