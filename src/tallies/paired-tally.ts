/** Two readings of the same rows, before and after: mergeable and free of order. */

import type { RowTexts } from '../types/row-texts.js';
import { isShare, type Readings } from '../types/rows.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import type { GroupSumsState } from './group-sums.js';
import { PairedClusters } from './paired-clusters.js';
import { ChangedRows, Gathered, PAIRED_ROOM } from './paired-columns.js';
import { PairedSlices } from './paired-slices.js';
import { RatioMoments, WeightMoments } from './ratio-moments.js';
import { damagedState, requireCount, requireList, requireRecord } from './state-check.js';
import { TopRows, type TopRowsState } from './top-rows.js';

/** Sums of the cells. */
const SUMS = 12;
/** Past this many classes there are no numbers per class. */
const MOST_CLASSES = 4096;

/** What is known of some rows after one reading. */
export interface ReadRows {
  /** 1 for rows that were scored. */
  readonly scored: Uint8Array;
  readonly prediction: Float64Array;
  /** The second reading of the row (`types/rows.ts`). */
  readonly second: Float64Array;
  /** Without weights, ≥ 0; not looked at where rows have none. */
  readonly loss: Float64Array;
}

/** A row that moved. */
export type MovedRow = {
  readonly row: number;
  readonly id?: string;
  /** Left out where rows have several labels. */
  readonly target?: number;
  readonly predictionBefore: number;
  readonly predictionAfter: number;
  readonly lossBefore: number;
  readonly lossAfter: number;
};

/** The numbers of a row that moved. */
function movedNames({ second }: Readings): (keyof MovedRow & string)[] {
  // Several labels have a number that tells rows apart and means nothing else.
  const target = second === 'exact_match' ? [] : (['target'] as const);
  return ['row', ...target, 'predictionBefore', 'predictionAfter', 'lossBefore', 'lossAfter'];
}

/** Rows by what became of them. */
export interface PairedRows {
  /** Scored in both readings. */
  readonly paired: number;
  readonly onlyBefore: number;
  readonly onlyAfter: number;
  readonly neither: number;
  /** Paired rows of infinite loss in either reading; they are left out of differences of the loss. */
  readonly infinite: number;
}

/** The four cells, in the order of their index: 2 · right before + right after. */
export const CELLS = ['wrong-wrong', 'wrong-right', 'right-wrong', 'right-right'] as const;

export interface PairedTallyOptions {
  readonly readings: Readings;
  /** Number of classes that targets are an index of; 0 where they are none. */
  readonly classes: number;
  readonly weighted: boolean;
  /** How many rows are kept of those whose loss rose most, and fell most. */
  readonly listed: number;
  /** Names of the columns of slices and of clusters, where rows have them. */
  readonly by?: string | undefined;
  readonly cluster?: string | undefined;
}

/** Plain values: the same text for the same rows. What a task does not have is null. */
export interface PairedTallyState {
  readonly rows: PairedRows;
  readonly cellRows: readonly number[] | null;
  readonly cells: ExactSumsState | null;
  readonly starts: ExactSumsState;
  readonly weights: number | ExactSumsState;
  readonly finiteWeights: number | ExactSumsState;
  readonly loss: ExactSumsState | null;
  readonly second: ExactSumsState;
  readonly byClass: ExactSumsState | null;
  readonly slices: GroupSumsState | null;
  readonly clusters: GroupSumsState | null;
  readonly rose: TopRowsState;
  readonly fell: TopRowsState;
}

export class PairedTally {
  readonly options: PairedTallyOptions;
  #rows = { paired: 0, onlyBefore: 0, onlyAfter: 0, neither: 0, infinite: 0 };
  /** Numbers of rows per cell; stay 0 where rows are not right or wrong. */
  readonly cellRows = new Float64Array(4);
  /** Σ w per cell, then Σ w over rows of finite loss, then Σ w·Δloss over those; null where rows are not right or wrong. */
  readonly cells: ExactSums | null;
  /** Σ w·loss before, of rows of finite loss; of values Σ w times the second reading before. */
  readonly starts = new ExactSums(2);
  /** Weights of all paired rows, and of those of finite loss. */
  readonly weights: WeightMoments;
  readonly finiteWeights: WeightMoments;
  /** Of Δloss over rows of finite loss; null where there is none. */
  readonly loss: RatioMoments | null;
  /** Of the change of the second reading. */
  readonly second: RatioMoments;
  readonly slices: PairedSlices | null;
  readonly clusters: PairedClusters | null;
  readonly #byClass: ExactSums | null;
  /** Rows that weigh 1 per class, until they are added to the sums. */
  readonly #classRows: Float64Array;
  readonly rose: TopRows<MovedRow>;
  readonly fell: TopRows<MovedRow>;
  readonly #before = new Float64Array(PAIRED_ROOM);
  readonly #secondBefore = new Float64Array(PAIRED_ROOM);
  readonly #all = new Gathered();
  readonly #finite = new Gathered();
  readonly #changed: ChangedRows | null;

  constructor(options: PairedTallyOptions) {
    const { readings, classes, weighted, listed, by, cluster } = options;
    const hasLoss = readings.loss !== null;
    this.options = options;
    this.cells = isShare(readings) ? new ExactSums(SUMS) : null;
    this.weights = new WeightMoments(weighted);
    this.finiteWeights = new WeightMoments(weighted);
    this.loss = hasLoss ? new RatioMoments(weighted) : null;
    this.second = new RatioMoments(weighted);
    const perClass = classes > 0 && classes <= MOST_CLASSES && hasLoss;
    this.#byClass = perClass ? new ExactSums(3 * classes) : null;
    this.#classRows = new Float64Array(perClass ? classes : 0);
    this.slices = by === undefined ? null : new PairedSlices(by, weighted, readings);
    this.clusters = cluster === undefined ? null : new PairedClusters(cluster, weighted, readings);
    this.#changed = this.slices || this.clusters ? new ChangedRows() : null;
    this.rose = new TopRows(listed, (row) => row.lossAfter - row.lossBefore);
    this.fell = new TopRows(listed, (row) => row.lossBefore - row.lossAfter);
  }

  get rows(): PairedRows {
    return this.#rows;
  }

  /** Per class: Σ w, Σ w·(right after − right before), Σ w·Δloss of finite rows; null with too many classes, and without. */
  get byClass(): ExactSums | null {
    this.#classRows.forEach((rows, c) => {
      this.#byClass?.add(c, rows);
    });
    this.#classRows.fill(0);
    return this.#byClass;
  }

  /**
   * Adds `count` rows from `firstRow` on, the same in both readings.
   * @param weights null where every row weighs 1
   * @param texts names of the rows, '' or none where they have none; what they are sliced and clustered by, '' or none where it is missing
   * @throws InputError `too-many-slices`, `too-many-clusters`
   */
  add(
    firstRow: number,
    count: number,
    targets: Float64Array,
    weights: Float64Array | null,
    before: ReadRows,
    after: ReadRows,
    texts: RowTexts = {},
  ): void {
    const rows = { firstRow, targets, weights, before, after, texts };
    for (let from = 0; from < count; from += PAIRED_ROOM) {
      this.#addSome(rows, from, Math.min(count, from + PAIRED_ROOM));
    }
  }

  #addSome(rows: RowPairs, from: number, to: number): void {
    const { targets, weights, before, after } = rows;
    const [all, finite, lossesBefore] = [this.#all, this.#finite, this.#before];
    const [changed, secondBefore] = [this.#changed, this.#secondBefore];
    const [isRight, hasLoss] = [this.cells !== null, this.loss !== null];
    let [paired, n] = [0, 0];
    for (let r = from; r < to; r++) {
      // Both bits: scored before, and after.
      if ((before.scored[r] & after.scored[r]) === 0) {
        this.#countUnpaired(before.scored[r] === 1, after.scored[r] === 1);
        continue;
      }
      const target = targets[r];
      const weight = weights === null ? 1 : weights[r];
      const [was, is] = [before.second[r], after.second[r]];
      const cell = isRight ? 2 * was + is : 0;
      const change = weight * (is - was);
      secondBefore[paired] = weight * was;
      if (changed !== null) noteChange(changed, paired, rows, r, weight, change);
      all.set(paired++, cell, target, weight, change);
      if (!hasLoss) continue;
      const difference = after.loss[r] - before.loss[r];
      if (!Number.isFinite(difference)) continue;
      lossesBefore[n] = weight * before.loss[r];
      finite.set(n++, cell, target, weight, weight * difference);
      if (changed !== null) noteLoss(changed, paired - 1, weight, weight * difference);
      const list = difference > 0 ? this.rose : this.fell;
      if (difference !== 0 && list.takes(Math.abs(difference))) list.add(this.#moved(rows, r));
    }
    all.count = paired;
    finite.count = n;
    this.#rows.paired += paired;
    if (hasLoss) this.#rows.infinite += paired - n;
    this.#addGathered(weights !== null);
    if (changed === null || paired === 0) return;
    changed.count = paired;
    this.slices?.add(changed);
    this.clusters?.add(changed);
  }

  #addGathered(isWeighted: boolean): void {
    const [all, finite] = [this.#all, this.#finite];
    const weightsOf = ({ weight }: Gathered) => (isWeighted ? weight : null);
    this.weights.addRows(weightsOf(all), all.count);
    this.second.addRows(all.change, weightsOf(all), all.count);
    if (this.cells === null) this.starts.addColumn(1, this.#secondBefore, all.count);
    else {
      for (let i = 0; i < all.count; i++) this.cellRows[all.cell[i]]++;
      this.#addWeights(this.cells, all, 0, isWeighted);
      this.#addWeights(this.cells, finite, 4, isWeighted);
      this.cells.addScattered(finite.shifted(finite.cell, 8), finite.change, finite.count);
    }
    this.starts.addColumn(0, this.#before, finite.count);
    this.finiteWeights.addRows(weightsOf(finite), finite.count);
    this.loss?.addRows(finite.change, weightsOf(finite), finite.count);
    const sums = this.#byClass;
    if (sums === null) return;
    const { classes } = this.options;
    if (isWeighted) sums.addScattered(all.target, all.weight, all.count);
    else for (let i = 0; i < all.count; i++) this.#classRows[all.target[i]]++;
    sums.addScattered(all.shifted(all.target, classes), all.change, all.count);
    sums.addScattered(finite.shifted(finite.target, 2 * classes), finite.change, finite.count);
  }

  /** Adds the weights of rows to the sums of their cells, which begin at `first`. */
  #addWeights(cells: ExactSums, gathered: Gathered, first: number, isWeighted: boolean): void {
    const { cell, weight, count } = gathered;
    if (isWeighted) {
      cells.addScattered(gathered.shifted(cell, first), weight, count);
      return;
    }
    const rows = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) rows[cell[i]]++;
    rows.forEach((n, i) => {
      cells.add(first + i, n);
    });
  }

  #countUnpaired(isBefore: boolean, isAfter: boolean): void {
    if (isBefore) this.#rows.onlyBefore++;
    else if (isAfter) this.#rows.onlyAfter++;
    else this.#rows.neither++;
  }

  #moved({ firstRow, targets, before, after, texts }: RowPairs, r: number): MovedRow {
    const id = texts.id?.[r] ?? '';
    return {
      row: firstRow + r,
      ...(id !== '' && { id }),
      ...(this.options.readings.second !== 'exact_match' && { target: targets[r] }),
      predictionBefore: before.prediction[r],
      predictionAfter: after.prediction[r],
      lossBefore: before.loss[r],
      lossAfter: after.loss[r],
    };
  }

  /** Adds other rows of the same two readings. */
  merge(other: PairedTally): void {
    for (const name of Object.keys(this.#rows) as (keyof PairedRows)[]) {
      this.#rows[name] += other.#rows[name];
    }
    other.cellRows.forEach((rows, cell) => {
      this.cellRows[cell] += rows;
    });
    this.cells?.merge(other.cells!);
    this.starts.merge(other.starts);
    this.weights.merge(other.weights);
    this.finiteWeights.merge(other.finiteWeights);
    this.loss?.merge(other.loss!);
    this.second.merge(other.second);
    if (this.byClass !== null && other.byClass !== null) this.byClass.merge(other.byClass);
    this.slices?.merge(other.slices!);
    this.clusters?.merge(other.clusters!);
    this.rose.merge(other.rose);
    this.fell.merge(other.fell);
  }

  toJSON(): PairedTallyState {
    return {
      rows: { ...this.#rows },
      cellRows: this.cells && [...this.cellRows],
      cells: this.cells?.toJSON() ?? null,
      starts: this.starts.toJSON(),
      weights: this.weights.toJSON(),
      finiteWeights: this.finiteWeights.toJSON(),
      loss: this.loss?.toJSON() ?? null,
      second: this.second.toJSON(),
      byClass: this.byClass?.toJSON() ?? null,
      slices: this.slices?.toJSON() ?? null,
      clusters: this.clusters?.toJSON() ?? null,
      rose: this.rose.toJSON(),
      fell: this.fell.toJSON(),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote of a tally of these options. */
  static fromJSON(state: unknown, options: PairedTallyOptions): PairedTally {
    const record = requireRecord(state, 'the tally of pairs');
    const { classes, weighted } = options;
    const read = new PairedTally(options);
    read.#readRows(record);
    for (const name of ['cells', 'loss', 'byClass', 'slices', 'clusters'] as const) {
      if ((read[name] === null) !== (record[name] === null)) {
        throw damagedState(`it should have pairs with ${name}, or should not`);
      }
    }
    read.cells?.merge(ExactSums.fromJSON(record.cells, SUMS));
    read.starts.merge(ExactSums.fromJSON(record.starts, 2));
    read.weights.merge(WeightMoments.fromJSON(record.weights, weighted));
    read.finiteWeights.merge(WeightMoments.fromJSON(record.finiteWeights, weighted));
    read.loss?.merge(RatioMoments.fromJSON(record.loss, weighted));
    read.second.merge(RatioMoments.fromJSON(record.second, weighted));
    read.byClass?.merge(ExactSums.fromJSON(record.byClass, 3 * classes));
    read.slices?.addState(record.slices);
    read.clusters?.addState(record.clusters);
    const names = movedNames(options.readings);
    read.rose.addState(record.rose, names);
    read.fell.addState(record.fell, names);
    return read;
  }

  #readRows(record: Record<string, unknown>): void {
    const rows = requireRecord(record.rows, 'the rows of the pairs');
    for (const name of Object.keys(this.#rows) as (keyof PairedRows)[]) {
      this.#rows[name] = requireCount(rows[name], `the number of rows (${name})`);
    }
    const { paired, infinite } = this.#rows;
    if (this.cells !== null) {
      requireList(record.cellRows, 'the rows of the cells', 4).forEach((cell, i) => {
        this.cellRows[i] = requireCount(cell, 'the number of rows of a cell');
      });
    }
    const inCells = this.cells === null ? paired : this.cellRows.reduce((sum, n) => sum + n, 0);
    if (inCells !== paired || infinite > paired) {
      throw damagedState(`${paired} pairs do not add up`);
    }
  }
}

/** Rows of both readings as they are added. */
interface RowPairs {
  readonly firstRow: number;
  readonly targets: Float64Array;
  readonly weights: Float64Array | null;
  readonly before: ReadRows;
  readonly after: ReadRows;
  readonly texts: RowTexts;
}

function noteChange(
  changed: ChangedRows,
  at: number,
  { firstRow, texts }: RowPairs,
  r: number,
  weight: number,
  change: number,
): void {
  changed.index[at] = firstRow + r;
  changed.by[at] = texts.by?.[r] ?? '';
  changed.cluster[at] = texts.cluster?.[r] ?? '';
  changed.weight[at] = weight;
  changed.second[at] = change;
  noteLoss(changed, at, 0, 0);
}

/** Of a row of finite loss. */
function noteLoss(changed: ChangedRows, at: number, weight: number, change: number): void {
  changed.finiteWeight[at] = weight;
  changed.loss[at] = change;
}
