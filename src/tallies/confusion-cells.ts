/** Weight per (target, prediction): a matrix for few classes, listed cells for many. */

import { CellIndex } from './cell-index.js';
import {
  damagedState,
  requireCount,
  requireFlag,
  requireList,
  requireRecord,
} from './state-check.js';
import { WeightCells } from './weight-cells.js';

/** Most classes for which the whole matrix is kept. */
export const DENSE_CLASSES = 1024;
/** Most cells that are listed; past it the confusion matrix is left out. */
export const SPARSE_CELLS = 2 ** 20;

/** State: the cells that are not 0, by target, then prediction. */
export interface ConfusionCellsState {
  readonly leftOut: boolean;
  readonly targets: readonly number[];
  readonly predictions: readonly number[];
  readonly weights: readonly (number | string)[];
}

/** The cells that are not 0, by target, then prediction. */
export interface ConfusionEntries {
  readonly targets: Int32Array;
  readonly predictions: Int32Array;
  readonly weights: Float64Array;
}

/** Confusion matrix of `classes` classes. */
export class ConfusionCells {
  readonly classes: number;
  readonly weighted: boolean;
  readonly #limit: number;
  /** Null where the matrix is dense, and cell `target · classes + prediction` has its place. */
  #index: CellIndex | null;
  #cells: WeightCells;
  #leftOut = false;
  #slots = new Int32Array(0);

  /** @param limit most cells that are listed for more than {@link DENSE_CLASSES} classes. */
  constructor(classes: number, weighted: boolean, limit = SPARSE_CELLS) {
    this.classes = classes;
    this.weighted = weighted;
    this.#limit = limit;
    this.#index = classes <= DENSE_CLASSES ? null : new CellIndex(limit);
    this.#cells = new WeightCells(this.#index?.capacity ?? classes * classes, weighted);
  }

  /** Whether every cell has its place. */
  get dense(): boolean {
    return this.classes <= DENSE_CLASSES;
  }

  /** Whether there were too many cells to list, so that none is. */
  get leftOut(): boolean {
    return this.#leftOut;
  }

  /** Adds `weights[i]`, or 1, to the cell of (`targets[i]`, `predictions[i]`) for every i < `count`. */
  addRows(
    targets: Int32Array,
    predictions: Int32Array,
    weights: Float64Array | null,
    count: number,
  ): void {
    if (this.#leftOut) return;
    if (this.#slots.length < count) this.#slots = new Int32Array(count);
    const slots = this.#slots;
    if (this.#index === null) {
      const { classes } = this;
      for (let i = 0; i < count; i++) slots[i] = targets[i] * classes + predictions[i];
    } else {
      for (let i = 0; i < count; i++) {
        // A row that weighs nothing makes no cell.
        const slot =
          weights !== null && weights[i] === 0 ? 0 : this.#listed(targets[i], predictions[i]);
        if (slot < 0) return;
        slots[i] = slot;
      }
    }
    this.#cells.addRows(slots, weights, count);
  }

  /** Adds a whole matrix of numbers of rows to a dense one where every row weighs 1. */
  addCounts(rows: Uint32Array): void {
    this.#cells.addCounts(rows);
  }

  /** Adds a weight (a number of rows where every row weighs 1) to one cell. */
  add(target: number, prediction: number, weight: number): void {
    if (this.#leftOut || weight === 0) return;
    const slot = this.#place(target, prediction);
    if (slot >= 0) this.#cells.add(slot, weight);
  }

  /** Weight of one cell of a dense matrix. */
  value(target: number, prediction: number): number {
    return this.#cells.value(target * this.classes + prediction);
  }

  /** Weights of one target class in a dense matrix. */
  row(target: number): number[] {
    const { classes } = this;
    const row = new Array<number>(classes);
    const first = target * classes;
    for (let slot = 0; slot < classes; slot++) row[slot] = this.#cells.value(first + slot);
    return row;
  }

  merge(other: ConfusionCells): void {
    if (this.#leftOut) return;
    if (other.#leftOut) {
      this.#leaveOut();
    } else if (this.#index === null || other.#index === null) {
      this.#cells.merge(other.#cells);
    } else {
      for (let theirs = 0; theirs < other.#index.size; theirs++) {
        const slot = this.#listed(other.#index.target(theirs), other.#index.prediction(theirs));
        if (slot < 0) return;
        this.#cells.mergeCell(slot, other.#cells, theirs);
      }
    }
  }

  entries(): ConfusionEntries {
    const { targets, predictions, slots } = this.#sorted();
    const weights = Float64Array.from(slots, (slot) => this.#cells.value(slot));
    return { targets, predictions, weights };
  }

  toJSON(): ConfusionCellsState {
    const { targets, predictions, slots } = this.#sorted();
    const weights = Array.from(slots, (slot) => this.#cells.cellState(slot));
    return {
      leftOut: this.#leftOut,
      targets: Array.from(targets),
      predictions: Array.from(predictions),
      weights,
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(
    state: unknown,
    classes: number,
    weighted: boolean,
    limit = SPARSE_CELLS,
  ): ConfusionCells {
    const record = requireRecord(state, 'the confusion matrix');
    const cells = new ConfusionCells(classes, weighted, limit);
    const leftOut = requireFlag(record.leftOut, 'whether the confusion matrix is left out');
    const targets = requireList(record.targets, 'targets of the confusion matrix');
    const predictions = requireList(record.predictions, 'its predictions', targets.length);
    const weights = requireList(record.weights, 'its weights', targets.length);
    let last = -1;
    for (let i = 0; i < targets.length; i++) {
      const target = requireCount(targets[i], 'a target of the confusion matrix');
      const prediction = requireCount(predictions[i], 'a prediction of the confusion matrix');
      const place = target * classes + prediction;
      if (target >= classes || prediction >= classes || place <= last) {
        throw damagedState('a cell of the confusion matrix is out of range or out of order');
      }
      last = place;
      const slot = cells.#place(target, prediction);
      if (slot < 0) throw damagedState('the confusion matrix lists too many cells');
      cells.#cells.addCellState(slot, weights[i]);
    }
    if (leftOut) {
      if (targets.length > 0 || cells.dense) {
        throw damagedState('the confusion matrix is both listed and left out');
      }
      cells.#leaveOut();
    }
    return cells;
  }

  #place(target: number, prediction: number): number {
    return this.#index === null
      ? target * this.classes + prediction
      : this.#listed(target, prediction);
  }

  /** Slot of a listed cell, or −1 once there are too many. */
  #listed(target: number, prediction: number): number {
    const index = this.#index!;
    const slot = index.slotOf(target, prediction);
    if (slot < 0) this.#leaveOut();
    else if (slot >= this.#cells.size) this.#cells.resize(index.capacity);
    return slot;
  }

  /** Gives the memory back; which rows came before does not matter from here on. */
  #leaveOut(): void {
    this.#leftOut = true;
    this.#index = new CellIndex(this.#limit);
    this.#cells = new WeightCells(this.#index.capacity, this.weighted);
  }

  /** The cells that are not 0, by target, then prediction. */
  #sorted(): { targets: Int32Array; predictions: Int32Array; slots: Int32Array } {
    const { classes } = this;
    const index = this.#index;
    const slots = index === null ? this.#cells.nonZero() : index.sortedSlots();
    const targets = new Int32Array(slots.length);
    const predictions = new Int32Array(slots.length);
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i];
      targets[i] = index === null ? Math.floor(slot / classes) : index.target(slot);
      predictions[i] = index === null ? slot % classes : index.prediction(slot);
    }
    return { targets, predictions, slots };
  }
}
