/**
 * Positives and negatives by bin of their score: ranking metrics in bounded
 * memory, with bounds that hold the exact values.
 *
 * The bins are fixed in advance ({@link binOf}), so tallies of parts add up to
 * the tally of the whole. Beside its counts a bin keeps its score while all
 * its rows have the same one: such a bin is a tie and leaves no doubt. Scores
 * of 16 bits therefore give exact values.
 */

import { InputError, UsageError } from '../types/errors.js';
import type { RunWalk } from '../types/ranking.js';
import { fillFromBase64, toBase64 } from './base64.js';
import {
  FULL_BITS,
  fillBins,
  lowerEdge,
  requireBinning,
  type ScoreBinning,
} from './score-binning.js';
import { RunCollector } from './score-runs.js';
import {
  damagedState,
  requireCount,
  requireFlag,
  requireList,
  requireRecord,
} from './state-check.js';
import { WeightCells } from './weight-cells.js';

const SCHEMA = 'logitscope.score-bins/1';
/** Fewest bits of a bin's number: below, intervals are too wide to be of use. */
export const FEWEST_BITS = 8;
/** Rows that are binned at a time. */
const SLICE = 2048;

const slice = {
  scores: new Float64Array(SLICE),
  bins: new Int32Array(SLICE),
  cells: new Int32Array(SLICE),
  weights: new Float64Array(SLICE),
};

export interface ScoreBinsOptions {
  /** How scores map to bins; default `real`. */
  readonly binning?: ScoreBinning | undefined;
  /** 2 to this power is the number of bins: 8 … 16, the default. */
  readonly bits?: number | undefined;
  /** Whether rows have weights; default false. */
  readonly weighted?: boolean | undefined;
}

export interface ScoreBinsState {
  readonly schema: typeof SCHEMA;
  readonly binning: ScoreBinning;
  readonly bits: number;
  readonly weighted: boolean;
  /** How many bins hold rows. */
  readonly occupied: number;
  /** Numbers of these bins (u32), whether each is mixed (u8), and the score of those that are not (f64): base64. */
  readonly bins: string;
  readonly mixed: string;
  readonly scores: string;
  /** Rows (f64, base64), or exact sums of their weights as texts, of negatives and positives in turn. */
  readonly cells: string | readonly (number | string)[];
}

/** What becomes of a bin's score. */
const EMPTY = 0;
const SINGLE = 1;
const MIXED = 2;

/**
 * A mergeable tally of one column of scores with targets 0 and 1.
 *
 * @example
 * ```ts
 * import { ScoreBins, thresholdTable } from 'logitscope';
 * const bins = new ScoreBins({ binning: 'probability' });
 * bins.add([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * thresholdTable(bins).recall; // [0, 0.5, 0.5, 1, 1]
 * ```
 */
export class ScoreBins {
  readonly binning: ScoreBinning;
  readonly bits: number;
  readonly weighted: boolean;
  /** Cell 2 b holds the negatives of bin b, cell 2 b + 1 its positives. */
  readonly #cells: WeightCells;
  readonly #status: Uint8Array;
  /** Score of each bin while it has a single one. */
  readonly #scores: Float64Array;

  /** @throws UsageError `bad-option` */
  constructor({ binning = 'real', bits = FULL_BITS, weighted = false }: ScoreBinsOptions = {}) {
    if (!Number.isInteger(bits) || bits < FEWEST_BITS || bits > FULL_BITS) {
      throw new UsageError(
        'bad-option',
        `Option bits is ${bits}; expected an integer from ${FEWEST_BITS} to ${FULL_BITS}.`,
      );
    }
    this.binning = requireBinning(binning);
    this.bits = bits;
    this.weighted = weighted;
    this.#cells = new WeightCells(2 << bits, weighted);
    this.#status = new Uint8Array(1 << bits);
    this.#scores = new Float64Array(1 << bits);
  }

  /**
   * Adds rows. On an error nothing is added.
   * @param scores finite or ±∞
   * @param targets 0 or 1 (or false, true) per row
   * @param weights weight per row where the tally was made with `weighted: true`
   * @throws UsageError `length-mismatch`
   * @throws InputError `bad-score`, `bad-target`, `bad-weight` with the row
   */
  add(
    scores: ArrayLike<number>,
    targets: ArrayLike<number | boolean>,
    weights: ArrayLike<number> | null = null,
  ): void {
    const count = targets.length;
    if (
      scores.length !== count ||
      this.weighted !== (weights !== null) ||
      (weights !== null && weights.length !== count)
    ) {
      throw new UsageError(
        'length-mismatch',
        `${count} targets need ${count} scores and ${this.weighted ? count : 'no'} weights; found ${scores.length} and ${weights?.length ?? 'none'}.`,
      );
    }
    for (let row = 0; row < count; row++) {
      const target = Number(targets[row]);
      if (target !== 0 && target !== 1) throw badRow('target', row, targets[row], '0 or 1');
      if (Number.isNaN(scores[row])) throw badRow('score', row, scores[row], 'a number');
      if (weights !== null && !(weights[row] >= 0 && weights[row] < Number.POSITIVE_INFINITY)) {
        throw badRow('weight', row, weights[row], 'a finite number ≥ 0');
      }
    }
    this.addColumn(scores, 0, 1, (row) => Number(targets[row]), weights, count);
  }

  /**
   * Adds a column of a matrix of scores without checks.
   * @param labelOf 0 or 1 for a row
   */
  addColumn(
    scores: ArrayLike<number>,
    first: number,
    stride: number,
    labelOf: (row: number) => number,
    weights: ArrayLike<number> | null,
    count: number,
  ): void {
    const drop = FULL_BITS - this.bits;
    // Held in locals: the loops would load them anew for every row.
    const status = this.#status;
    const { scores: sliceScores, bins, cells, weights: sliceWeights } = slice;
    for (let from = 0; from < count; from += SLICE) {
      const to = Math.min(count, from + SLICE);
      let n = 0;
      for (let row = from; row < to; row++) {
        if (weights !== null) {
          if (weights[row] === 0) continue;
          sliceWeights[n] = weights[row];
        }
        sliceScores[n] = scores[first + row * stride] + 0;
        cells[n++] = labelOf(row);
      }
      fillBins(this.binning, sliceScores, n, bins);
      for (let i = 0; i < n; i++) {
        const bin = bins[i] >>> drop;
        cells[i] += 2 * bin;
        if (status[bin] !== MIXED) this.#see(bin, sliceScores[i]);
      }
      this.#cells.addRows(cells, weights === null ? null : sliceWeights, n);
    }
  }

  #see(bin: number, score: number): void {
    const status = this.#status[bin];
    if (status === MIXED) return;
    if (status === EMPTY) {
      this.#status[bin] = SINGLE;
      this.#scores[bin] = score;
    } else if (this.#scores[bin] !== score) {
      this.#status[bin] = MIXED;
      this.#scores[bin] = 0;
    }
  }

  /** Walks the bins as runs, highest first. */
  get runs(): RunWalk {
    return (take) => {
      const collector = new RunCollector(take, true);
      const weight = (cell: number) => this.#cells.value(cell);
      const drop = FULL_BITS - this.bits;
      for (let bin = this.#status.length - 1; bin >= 0; bin--) {
        const status = this.#status[bin];
        if (status === EMPTY) continue;
        const isMixed = status === MIXED;
        const score = isMixed ? lowerEdge(this.binning, bin << drop) : this.#scores[bin];
        collector.add(score, weight(2 * bin + 1), weight(2 * bin), isMixed ? 1 : 0);
      }
      collector.flush();
    };
  }

  /**
   * Adds the rows of another tally. That no row is in both is for the caller to see to.
   * @throws UsageError `state-mismatch` when their options differ
   */
  merge(other: ScoreBins): void {
    for (const name of ['binning', 'bits', 'weighted'] as const) {
      if (this[name] === other[name]) continue;
      throw new UsageError(
        'state-mismatch',
        `Cannot merge score bins of different ${name}: found ${other[name]}; expected ${this[name]}.`,
      );
    }
    this.#cells.merge(other.#cells);
    for (let bin = 0; bin < this.#status.length; bin++) {
      if (other.#status[bin] === MIXED) {
        this.#status[bin] = MIXED;
        this.#scores[bin] = 0;
      } else if (other.#status[bin] === SINGLE) {
        this.#see(bin, other.#scores[bin]);
      }
    }
  }

  /** A plain object for JSON. Tallies of the same rows give the same text. */
  toJSON(): ScoreBinsState {
    const bins = Uint32Array.from(
      Array.from(this.#status.keys()).filter((bin) => this.#status[bin] !== EMPTY),
    );
    const cells = Array.from({ length: 2 * bins.length }, (_, i) =>
      this.#cells.cellState(2 * bins[i >> 1] + (i & 1)),
    );
    return {
      schema: SCHEMA,
      binning: this.binning,
      bits: this.bits,
      weighted: this.weighted,
      occupied: bins.length,
      bins: toBase64(bins),
      mixed: toBase64(Uint8Array.from(bins, (bin) => (this.#status[bin] === MIXED ? 1 : 0))),
      scores: toBase64(Float64Array.from(bins, (bin) => this.#scores[bin])),
      cells: this.weighted ? cells : toBase64(Float64Array.from(cells as number[])),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown): ScoreBins {
    const record = requireRecord(state, 'the score bins');
    if (record.schema !== SCHEMA) throw damagedState(`its schema is not ${SCHEMA}`, record.schema);
    const weighted = requireFlag(record.weighted, 'whether rows have weights');
    let read: ScoreBins;
    try {
      const { binning, bits } = record as { binning: ScoreBinning; bits: number };
      read = new ScoreBins({ binning, bits, weighted });
    } catch (error) {
      throw damagedState((error as Error).message.replace(/\.$/, ''));
    }
    const occupied = requireCount(record.occupied, 'the number of bins');
    if (occupied > read.#status.length) throw damagedState('it holds too many bins', occupied);
    const bins = fillFromBase64(record.bins, new Uint32Array(occupied), 'numbers of bins');
    const mixed = fillFromBase64(record.mixed, new Uint8Array(occupied), 'marks of mixed bins');
    const scores = fillFromBase64(record.scores, new Float64Array(occupied), 'scores of bins');
    const cells = weighted
      ? requireList(record.cells, 'weights of bins', 2 * occupied)
      : fillFromBase64(record.cells, new Float64Array(2 * occupied), 'rows of bins');
    let last = -1;
    for (let i = 0; i < occupied; i++) {
      const bin = bins[i];
      if (bin <= last || bin >= read.#status.length || mixed[i] > 1 || Number.isNaN(scores[i])) {
        throw damagedState('its bins are out of order or out of range', bin);
      }
      last = bin;
      read.#status[bin] = mixed[i] === 1 ? MIXED : SINGLE;
      read.#scores[bin] = scores[i];
      for (const label of [0, 1]) read.#cells.addCellState(2 * bin + label, cells[2 * i + label]);
    }
    return read;
  }
}

function badRow(name: string, row: number, found: unknown, expected: string): InputError {
  return new InputError(`bad-${name}`, {
    row,
    problem: `the ${name} cannot be ranked`,
    found: String(found),
    expected,
  });
}

/** What a bin needs at most in memory, in bytes, for weights of ordinary sizes. */
export function bytesPerBin(weighted: boolean): number {
  return weighted ? 2 * 48 + 9 : 2 * 8 + 9;
}
