/** Two readings of the same rows, before and after: mergeable and free of order. */

import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { RatioMoments, WeightMoments } from './ratio-moments.js';
import { damagedState, requireCount, requireList, requireRecord } from './state-check.js';
import { TopRows, type TopRowsState } from './top-rows.js';

/** Sums of the cells, and the one of losses before. */
const SUMS = 13;
/** Past this many classes there are no numbers per class. */
const MOST_CLASSES = 4096;
/** Rows that are gathered at a time. */
const SLICE = 1024;

/** What is known of some rows after one reading. */
export interface ReadRows {
  /** 1 for rows that were scored. */
  readonly scored: Uint8Array;
  readonly prediction: Int32Array;
  readonly confidence: Float64Array;
  /** −log p(target), ≥ 0. */
  readonly loss: Float64Array;
}

/** A row that moved. */
export type MovedRow = {
  readonly row: number;
  readonly id?: string;
  readonly target: number;
  readonly predictionBefore: number;
  readonly predictionAfter: number;
  readonly lossBefore: number;
  readonly lossAfter: number;
};

const MOVED_NAMES = [
  'row',
  'target',
  'predictionBefore',
  'predictionAfter',
  'lossBefore',
  'lossAfter',
] as const;

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
  readonly classes: number;
  readonly weighted: boolean;
  /** How many rows are kept of those whose loss rose most, and fell most. */
  readonly listed: number;
}

/** Plain values: the same text for the same rows. */
export interface PairedTallyState {
  readonly rows: PairedRows;
  readonly cellRows: readonly number[];
  readonly cells: ExactSumsState;
  readonly weights: number | ExactSumsState;
  readonly finiteWeights: number | ExactSumsState;
  readonly loss: ExactSumsState;
  readonly accuracy: ExactSumsState;
  readonly byClass: ExactSumsState | null;
  readonly rose: TopRowsState;
  readonly fell: TopRowsState;
}

/** Columns of the rows of a slice. */
class Gathered {
  readonly cell = new Int32Array(SLICE);
  readonly target = new Int32Array(SLICE);
  readonly weight = new Float64Array(SLICE);
  /** What changed, by the row's weight. */
  readonly change = new Float64Array(SLICE);
  count = 0;
  readonly #shifted = new Int32Array(SLICE);

  set(at: number, cell: number, target: number, weight: number, change: number): void {
    this.cell[at] = cell;
    this.target[at] = target;
    this.weight[at] = weight;
    this.change[at] = change;
  }

  /** `indices` + `by`; valid until the next call. */
  shifted(indices: Int32Array, by: number): Int32Array {
    for (let i = 0; i < this.count; i++) this.#shifted[i] = indices[i] + by;
    return this.#shifted;
  }
}

export class PairedTally {
  readonly options: PairedTallyOptions;
  #rows = { paired: 0, onlyBefore: 0, onlyAfter: 0, neither: 0, infinite: 0 };
  /** Numbers of rows per cell. */
  readonly cellRows = new Float64Array(4);
  /** Σ w per cell, then Σ w over rows of finite loss, then Σ w·Δloss over those; last Σ w·loss before, of those. */
  readonly cells = new ExactSums(SUMS);
  /** Weights of all paired rows, and of those of finite loss. */
  readonly weights: WeightMoments;
  readonly finiteWeights: WeightMoments;
  /** Of Δloss over rows of finite loss. */
  readonly loss: RatioMoments;
  /** Of right after − right before. */
  readonly accuracy: RatioMoments;
  readonly #byClass: ExactSums | null;
  /** Rows that weigh 1 per class, until they are added to the sums. */
  readonly #classRows: Float64Array;
  readonly rose: TopRows<MovedRow>;
  readonly fell: TopRows<MovedRow>;
  readonly #before = new Float64Array(SLICE);
  readonly #all = new Gathered();
  readonly #finite = new Gathered();

  constructor(options: PairedTallyOptions) {
    const { classes, weighted, listed } = options;
    this.options = options;
    this.weights = new WeightMoments(weighted);
    this.finiteWeights = new WeightMoments(weighted);
    this.loss = new RatioMoments(weighted);
    this.accuracy = new RatioMoments(weighted);
    const perClass = classes <= MOST_CLASSES;
    this.#byClass = perClass ? new ExactSums(3 * classes) : null;
    this.#classRows = new Float64Array(perClass ? classes : 0);
    this.rose = new TopRows(listed, (row) => row.lossAfter - row.lossBefore);
    this.fell = new TopRows(listed, (row) => row.lossBefore - row.lossAfter);
  }

  get rows(): PairedRows {
    return this.#rows;
  }

  /** Per class: Σ w, Σ w·(right after − right before), Σ w·Δloss of finite rows; null with too many classes. */
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
   * @param ids names of the rows, '' or none where they have none
   */
  add(
    firstRow: number,
    count: number,
    targets: Int32Array,
    weights: Float64Array | null,
    before: ReadRows,
    after: ReadRows,
    ids: readonly string[] = [],
  ): void {
    for (let from = 0; from < count; from += SLICE) {
      this.#addSlice(
        firstRow,
        from,
        Math.min(count, from + SLICE),
        targets,
        weights,
        before,
        after,
        ids,
      );
    }
  }

  #addSlice(
    firstRow: number,
    from: number,
    to: number,
    targets: Int32Array,
    weights: Float64Array | null,
    before: ReadRows,
    after: ReadRows,
    ids: readonly string[],
  ): void {
    const [all, finite, lossesBefore] = [this.#all, this.#finite, this.#before];
    const { rose, fell } = this;
    let [paired, n] = [0, 0];
    for (let r = from; r < to; r++) {
      // Both bits: scored before, and after.
      if ((before.scored[r] & after.scored[r]) === 0) {
        this.#countUnpaired(before.scored[r] === 1, after.scored[r] === 1);
        continue;
      }
      const target = targets[r];
      const weight = weights === null ? 1 : weights[r];
      const rightBefore = before.prediction[r] === target ? 1 : 0;
      const rightAfter = after.prediction[r] === target ? 1 : 0;
      const cell = 2 * rightBefore + rightAfter;
      all.set(paired++, cell, target, weight, weight * (rightAfter - rightBefore));
      const difference = after.loss[r] - before.loss[r];
      if (!Number.isFinite(difference)) continue;
      lossesBefore[n] = weight * before.loss[r];
      finite.set(n++, cell, target, weight, weight * difference);
      const list = difference > 0 ? rose : fell;
      if (difference !== 0 && list.takes(Math.abs(difference))) {
        list.add(movedRow(firstRow + r, ids[r] ?? '', target, before, after, r));
      }
    }
    all.count = paired;
    finite.count = n;
    this.#rows.paired += paired;
    this.#rows.infinite += paired - n;
    for (let i = 0; i < paired; i++) this.cellRows[all.cell[i]]++;
    this.#addGathered(all, finite, weights !== null);
  }

  #addGathered(all: Gathered, finite: Gathered, isWeighted: boolean): void {
    const { target, weight, change } = all;
    this.#addWeights(all, 0, isWeighted);
    this.#addWeights(finite, 4, isWeighted);
    this.weights.addRows(isWeighted ? weight : null, all.count);
    this.accuracy.addRows(change, isWeighted ? weight : null, all.count);
    this.cells.addScattered(finite.shifted(finite.cell, 8), finite.change, finite.count);
    this.cells.addColumn(12, this.#before, finite.count);
    this.finiteWeights.addRows(isWeighted ? finite.weight : null, finite.count);
    this.loss.addRows(finite.change, isWeighted ? finite.weight : null, finite.count);
    const sums = this.#byClass;
    if (sums === null) return;
    const { classes } = this.options;
    if (isWeighted) sums.addScattered(target, weight, all.count);
    else for (let i = 0; i < all.count; i++) this.#classRows[target[i]]++;
    sums.addScattered(all.shifted(target, classes), change, all.count);
    sums.addScattered(finite.shifted(finite.target, 2 * classes), finite.change, finite.count);
  }

  /** Adds the weights of rows to the sums of their cells, which begin at `first`. */
  #addWeights(gathered: Gathered, first: number, isWeighted: boolean): void {
    const { cell, weight, count } = gathered;
    if (isWeighted) {
      this.cells.addScattered(gathered.shifted(cell, first), weight, count);
      return;
    }
    const rows = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) rows[cell[i]]++;
    rows.forEach((n, i) => {
      this.cells.add(first + i, n);
    });
  }

  #countUnpaired(isBefore: boolean, isAfter: boolean): void {
    if (isBefore) this.#rows.onlyBefore++;
    else if (isAfter) this.#rows.onlyAfter++;
    else this.#rows.neither++;
  }

  /** Adds other rows of the same two readings. */
  merge(other: PairedTally): void {
    for (const name of Object.keys(this.#rows) as (keyof PairedRows)[]) {
      this.#rows[name] += other.#rows[name];
    }
    other.cellRows.forEach((rows, cell) => {
      this.cellRows[cell] += rows;
    });
    this.cells.merge(other.cells);
    this.weights.merge(other.weights);
    this.finiteWeights.merge(other.finiteWeights);
    this.loss.merge(other.loss);
    this.accuracy.merge(other.accuracy);
    if (this.byClass !== null && other.byClass !== null) this.byClass.merge(other.byClass);
    this.rose.merge(other.rose);
    this.fell.merge(other.fell);
  }

  toJSON(): PairedTallyState {
    return {
      rows: { ...this.#rows },
      cellRows: [...this.cellRows],
      cells: this.cells.toJSON(),
      weights: this.weights.toJSON(),
      finiteWeights: this.finiteWeights.toJSON(),
      loss: this.loss.toJSON(),
      accuracy: this.accuracy.toJSON(),
      byClass: this.byClass?.toJSON() ?? null,
      rose: this.rose.toJSON(),
      fell: this.fell.toJSON(),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote of a tally of these options. */
  static fromJSON(state: unknown, options: PairedTallyOptions): PairedTally {
    const record = requireRecord(state, 'the tally of pairs');
    const { classes, weighted } = options;
    const read = new PairedTally(options);
    const rows = requireRecord(record.rows, 'the rows of the pairs');
    for (const name of Object.keys(read.#rows) as (keyof PairedRows)[]) {
      read.#rows[name] = requireCount(rows[name], `the number of rows (${name})`);
    }
    requireList(record.cellRows, 'the rows of the cells', 4).forEach((cell, i) => {
      read.cellRows[i] = requireCount(cell, 'the number of rows of a cell');
    });
    const { paired, infinite } = read.#rows;
    const inCells = read.cellRows.reduce((sum, cell) => sum + cell, 0);
    if (inCells !== paired || infinite > paired) {
      throw damagedState(`${paired} pairs do not add up`);
    }
    read.cells.merge(ExactSums.fromJSON(record.cells, SUMS));
    read.weights.merge(WeightMoments.fromJSON(record.weights, weighted));
    read.finiteWeights.merge(WeightMoments.fromJSON(record.finiteWeights, weighted));
    read.loss.merge(RatioMoments.fromJSON(record.loss, weighted));
    read.accuracy.merge(RatioMoments.fromJSON(record.accuracy, weighted));
    if ((read.byClass === null) !== (record.byClass === null)) {
      throw damagedState('it should have pairs per class, or should not');
    }
    read.byClass?.merge(ExactSums.fromJSON(record.byClass, 3 * classes));
    read.rose.addState(record.rose, MOVED_NAMES);
    read.fell.addState(record.fell, MOVED_NAMES);
    return read;
  }
}

function movedRow(
  row: number,
  id: string,
  target: number,
  before: ReadRows,
  after: ReadRows,
  r: number,
): MovedRow {
  return {
    row,
    ...(id !== '' && { id }),
    target,
    predictionBefore: before.prediction[r],
    predictionAfter: after.prediction[r],
    lossBefore: before.loss[r],
    lossAfter: after.loss[r],
  };
}
