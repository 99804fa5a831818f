/**
 * What ranking metrics need of a dump: every score up to a budget of bytes,
 * bins past it.
 *
 * One column of scores for two classes (the higher, the more class 1), or one
 * per class, each ranked against the rest. The switch to bins depends on the
 * number of rows alone, and bins are fixed in advance, so the state does not
 * depend on how rows were split or merged.
 */

import { UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import type { RunWalk, ScoreSorter } from '../types/ranking.js';
import { FULL_BITS, requireBinning, type ScoreBinning } from './score-binning.js';
import { bytesPerBin, FEWEST_BITS, ScoreBins, type ScoreBinsState } from './score-bins.js';
import { runsOf } from './score-runs.js';
import {
  damagedState,
  requireCount,
  requireFlag,
  requireList,
  requireNumber,
  requireRecord,
} from './state-check.js';
import { type RowColumns, StoredRows, type StoredRowsState } from './stored-rows.js';

const SCHEMA = 'logitscope.ranking-tally/1';

/** Bytes of rows that are kept unless the options say otherwise. */
export const EXACT_BYTES = 64 * 1024 * 1024;
/** Bytes of all bins together; what many classes share. */
const BIN_BYTES = 128 * 1024 * 1024;

/** Most classes of a tally: with more, bins would be too few to say much. */
export const MOST_RANKED_CLASSES = 4096;

export interface RankingTallyOptions {
  /** 2 for one column of scores, 3 … 4096 for a column per class. */
  readonly classes: number;
  readonly weighted: boolean;
  /** Number format in which scores are kept; those of f64 must not be cut to f32, which makes ties. Default f64. */
  readonly dtype?: 'f32' | 'f64' | undefined;
  /** How scores map to bins past the budget; default `real`. */
  readonly binning?: ScoreBinning | undefined;
  /** Bytes of rows that are kept; default 64 MiB. */
  readonly exactBytes?: number | undefined;
}

/** {@link RankingTallyOptions} with every default filled in. */
export type RankingSettings = {
  readonly [Name in keyof RankingTallyOptions]-?: NonNullable<RankingTallyOptions[Name]>;
};

/** A batch of rows: scores row-major, rows × columns. */
export interface RankedRows {
  readonly count: number;
  /** None of them NaN. Two classes: log-odds, logit differences or probabilities of class 1. */
  readonly scores: RealArray;
  /** Class of each row, 0 … classes − 1. */
  readonly targets: ArrayLike<number>;
  /** Finite and ≥ 0, or null where every row weighs 1. Rows that weigh 0 are left out. */
  readonly weights: ArrayLike<number> | null;
}

export interface RankingTallyState {
  readonly schema: typeof SCHEMA;
  readonly options: RankingSettings;
  readonly rows: number;
  readonly stored: StoredRowsState | null;
  readonly bins: readonly ScoreBinsState[] | null;
}

/** Collects scored rows for {@link rankingMetrics}. */
export class RankingTally {
  readonly settings: RankingSettings;
  #rows = 0;
  /** Null once there are bins. */
  #stored: StoredRows | null;
  #bins: readonly ScoreBins[] | null = null;

  /** @throws UsageError `bad-option` */
  constructor(options: RankingTallyOptions) {
    const {
      classes,
      weighted,
      dtype = 'f64',
      binning = 'real',
      exactBytes = EXACT_BYTES,
    } = options;
    if (!Number.isInteger(classes) || classes < 2 || classes > MOST_RANKED_CLASSES) {
      throw badOption('classes', classes, `an integer from 2 to ${MOST_RANKED_CLASSES}`);
    }
    if (dtype !== 'f32' && dtype !== 'f64') throw badOption('dtype', dtype, 'f32 or f64');
    if (!(exactBytes >= 0)) throw badOption('exactBytes', exactBytes, 'a number of bytes');
    requireBinning(binning);
    this.settings = { classes, weighted, dtype, binning, exactBytes };
    this.#stored = new StoredRows({ columns: this.columns, dtype, weighted });
  }

  /** Columns of scores: one for two classes, else one per class. */
  get columns(): number {
    return this.settings.classes === 2 ? 1 : this.settings.classes;
  }

  /** Rows that do not weigh 0. */
  get rows(): number {
    return this.#rows;
  }

  /** `exact` while every score is kept, `bounded` from then on. */
  get mode(): 'exact' | 'bounded' {
    return this.#stored === null ? 'bounded' : 'exact';
  }

  /** 2 to this power is the number of bins per column in the bounded mode. */
  get bits(): number {
    const bins = BIN_BYTES / (this.columns * bytesPerBin(this.settings.weighted));
    return Math.max(FEWEST_BITS, Math.min(FULL_BITS, Math.floor(Math.log2(bins))));
  }

  /**
   * Adds rows. They are taken at their word: whoever calls has checked them.
   * @throws UsageError `tally-mismatch` for columns of another length
   */
  add(rows: RankedRows): void {
    const { count, scores, targets, weights } = rows;
    const { weighted } = this.settings;
    if (
      scores.length < count * this.columns ||
      targets.length < count ||
      weighted !== (weights !== null) ||
      (weights !== null && weights.length < count)
    ) {
      throw new UsageError(
        'tally-mismatch',
        `${count} rows need ${this.columns} scores each, a target and ${weighted ? 'a' : 'no'} weight; found ${scores.length} scores, ${targets.length} targets and ${weights?.length ?? 'no'} weights.`,
      );
    }
    let counted = count;
    if (weights !== null) for (let i = 0; i < count; i++) if (weights[i] === 0) counted--;
    this.#rows += counted;
    if (this.#fits()) this.#stored!.add(rows);
    else this.#addToBins(rows);
  }

  /** Whether all rows so far fit in the budget; turns what is stored into bins when they do not. */
  #fits(): boolean {
    if (this.#stored === null) return false;
    if (this.#rows * this.#stored.bytesPerRow <= this.settings.exactBytes) return true;
    const { binning, weighted } = this.settings;
    const { bits } = this;
    this.#bins = Array.from(
      { length: this.columns },
      () => new ScoreBins({ binning, bits, weighted }),
    );
    this.#stored.forEachBlock((rows) => this.#addToBins(rows));
    this.#stored = null;
    return false;
  }

  #addToBins({ scores, targets, weights, count }: RankedRows): void {
    const { columns } = this;
    this.#bins!.forEach((bins, column) => {
      const positive = columns === 1 ? 1 : column;
      const label = (row: number) => (targets[row] === positive ? 1 : 0);
      bins.addColumn(scores, column, columns, label, weights, count);
    });
  }

  /** Runs of the scores of one column: its class against the rest. */
  runs(column: number, sorter: ScoreSorter): RunWalk {
    if (this.#bins !== null) return this.#bins[column].runs;
    const all = this.#stored!.columnsOf();
    const positive = this.columns === 1 ? 1 : column;
    const labels = Uint8Array.from(all.targets, (target) => (target === positive ? 1 : 0));
    return runsOf(
      {
        dtype: this.settings.dtype,
        count: all.count,
        fillScores: (scores) => this.#stored!.fillColumn(column, scores),
        labels,
        weights: all.weights,
      },
      sorter,
    );
  }

  /** Every row; null in the bounded mode. */
  get stored(): (RowColumns & { fillColumn(column: number, into: RealArray): void }) | null {
    const rows = this.#stored;
    if (rows === null) return null;
    return { ...rows.columnsOf(), fillColumn: (column, into) => rows.fillColumn(column, into) };
  }

  /** The bins of one column; null in the exact mode. */
  bins(column: number): ScoreBins | null {
    return this.#bins?.[column] ?? null;
  }

  /**
   * Adds the rows of another tally. That no row is in both is for the caller to see to.
   * @throws UsageError `state-mismatch` when their options differ
   */
  merge(other: RankingTally): void {
    for (const name of Object.keys(this.settings) as (keyof RankingSettings)[]) {
      if (this.settings[name] === other.settings[name]) continue;
      throw new UsageError(
        'state-mismatch',
        `Cannot merge ranking tallies of different ${name}: found ${other.settings[name]}; expected ${this.settings[name]}.`,
      );
    }
    this.#rows += other.#rows;
    const fits = this.#fits();
    if (other.#stored !== null) {
      other.#stored.forEachBlock((rows) => {
        if (fits) this.#stored!.add(rows);
        else this.#addToBins(rows);
      });
    } else {
      this.#bins!.forEach((bins, column) => {
        bins.merge(other.#bins![column]);
      });
    }
  }

  /**
   * A plain object for JSON. Tallies of the same rows give the same text.
   * @param sorter puts stored rows into an order of their own
   */
  toJSON(sorter: ScoreSorter): RankingTallyState {
    return {
      schema: SCHEMA,
      options: this.settings,
      rows: this.#rows,
      stored: this.#stored?.toJSON(sorter) ?? null,
      bins: this.#bins?.map((bins) => bins.toJSON()) ?? null,
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown): RankingTally {
    const record = requireRecord(state, 'the ranking tally');
    if (record.schema !== SCHEMA) throw damagedState(`its schema is not ${SCHEMA}`, record.schema);
    const options = requireRecord(record.options, 'the options of the ranking tally');
    let read: RankingTally;
    try {
      read = new RankingTally({
        classes: requireCount(options.classes, 'the number of classes'),
        weighted: requireFlag(options.weighted, 'whether rows have weights'),
        dtype: options.dtype as 'f32' | 'f64',
        binning: options.binning as ScoreBinning,
        exactBytes: requireNumber(options.exactBytes, 'the budget of bytes'),
      });
    } catch (error) {
      if (error instanceof UsageError) throw damagedState(error.message.replace(/\.$/, ''));
      throw error;
    }
    read.#rows = requireCount(record.rows, 'the number of rows');
    const { classes } = read.settings;
    const fits = read.#fits();
    if (fits !== (record.stored !== null)) {
      throw damagedState('its rows are stored though they exceed the budget, or the reverse');
    }
    if (fits) {
      const { options: columns } = read.#stored!;
      read.#stored = StoredRows.fromJSON(record.stored, columns, read.#rows, classes);
      return read;
    }
    const bins = requireList(record.bins, 'the score bins', read.columns).map(ScoreBins.fromJSON);
    read.#bins!.forEach((empty, column) => {
      try {
        empty.merge(bins[column]);
      } catch (error) {
        throw damagedState((error as Error).message.replace(/\.$/, ''));
      }
    });
    return read;
  }
}

function badOption(name: string, found: number | string, expected: string): UsageError {
  return new UsageError('bad-option', `Option ${name} is ${found}; expected ${expected}.`);
}
