/** Rows of scores, targets and weights, kept as they are: the state of exact ranking metrics. */

import type { RealArray } from '../types/gradients.js';
import type { ScoreSorter } from '../types/ranking.js';
import { fillFromBase64, toBase64 } from './base64.js';
import { damagedState, requireRecord } from './state-check.js';

/** Bytes of a block: memory grows by this much at a time. */
const BLOCK_BYTES = 1024 * 1024;

export interface StoredRowsOptions {
  /** Scores per row. */
  readonly columns: number;
  readonly dtype: 'f32' | 'f64';
  readonly weighted: boolean;
}

/** Rows that lie together. */
export interface StoredBlock {
  count: number;
  readonly scores: RealArray;
  readonly targets: Int32Array;
  readonly weights: Float64Array | null;
}

/** Targets and weights of all rows. */
export interface RowColumns {
  readonly count: number;
  readonly targets: Int32Array;
  readonly weights: Float64Array | null;
}

/** Base64 of the columns, rows in an order that depends on their set alone. */
export interface StoredRowsState {
  readonly scores: string;
  readonly targets: string;
  readonly weights: string | null;
}

export class StoredRows {
  readonly options: StoredRowsOptions;
  readonly bytesPerRow: number;
  readonly #rowsPerBlock: number;
  readonly #blocks: StoredBlock[] = [];

  constructor(options: StoredRowsOptions) {
    this.options = options;
    const { columns, dtype, weighted } = options;
    this.bytesPerRow = columns * (dtype === 'f32' ? 4 : 8) + 4 + (weighted ? 8 : 0);
    this.#rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / this.bytesPerRow));
  }

  get count(): number {
    return this.#blocks.reduce((sum, block) => sum + block.count, 0);
  }

  /** Adds the rows that do not weigh 0. */
  add(rows: {
    readonly count: number;
    readonly scores: RealArray;
    readonly targets: ArrayLike<number>;
    readonly weights: ArrayLike<number> | null;
  }): void {
    const { columns } = this.options;
    let block = this.#blockWithRoom();
    for (let row = 0; row < rows.count; row++) {
      if (rows.weights !== null && rows.weights[row] === 0) continue;
      if (block.count === this.#rowsPerBlock) block = this.#blockWithRoom();
      const to = block.count++;
      // Adding 0 makes 0 of −0: equal scores are equal in their bits, too.
      for (let c = 0; c < columns; c++) {
        block.scores[to * columns + c] = rows.scores[row * columns + c] + 0;
      }
      block.targets[to] = rows.targets[row];
      if (rows.weights !== null) block.weights![to] = rows.weights[row];
    }
  }

  #blockWithRoom(): StoredBlock {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.count < this.#rowsPerBlock) return last;
    const { columns, dtype, weighted } = this.options;
    const rows = this.#rowsPerBlock;
    const block = {
      count: 0,
      scores: dtype === 'f32' ? new Float32Array(rows * columns) : new Float64Array(rows * columns),
      targets: new Int32Array(rows),
      weights: weighted ? new Float64Array(rows) : null,
    };
    this.#blocks.push(block);
    return block;
  }

  /** Hands over all rows, block by block. */
  forEachBlock(take: (block: StoredBlock) => void): void {
    for (const block of this.#blocks) take(block);
  }

  columnsOf(): RowColumns {
    const { count } = this;
    const targets = new Int32Array(count);
    const weights = this.options.weighted ? new Float64Array(count) : null;
    let from = 0;
    for (const block of this.#blocks) {
      targets.set(block.targets.subarray(0, block.count), from);
      weights?.set(block.weights!.subarray(0, block.count), from);
      from += block.count;
    }
    return { count, targets, weights };
  }

  /** Writes one column of scores. */
  fillColumn(column: number, into: RealArray): void {
    const { columns } = this.options;
    let to = 0;
    for (const { count, scores } of this.#blocks) {
      for (let row = 0; row < count; row++) into[to++] = scores[row * columns + column];
    }
  }

  /** The order of rows by their scores, targets and weights: a stable sort by each, the first column last. */
  #canonicalOrder(sorter: ScoreSorter): Uint32Array {
    const { count, targets, weights } = this.columnsOf();
    const { columns, dtype } = this.options;
    let order = Uint32Array.from({ length: count }, (_, i) => i);
    const sortBy = (format: 'f32' | 'f64', values: ArrayLike<number>) => {
      const { carried } = sorter.sort(format, count, (keys, rows) => {
        rows.set(order);
        for (let i = 0; i < count; i++) keys[i] = values[order[i]];
      });
      order = carried.slice();
    };
    if (weights !== null) sortBy('f64', weights);
    sortBy('f32', targets);
    const values = dtype === 'f32' ? new Float32Array(count) : new Float64Array(count);
    for (let column = columns - 1; column >= 0; column--) {
      this.fillColumn(column, values);
      sortBy(dtype, values);
    }
    return order;
  }

  /** Tallies of the same rows give the same text. */
  toJSON(sorter: ScoreSorter): StoredRowsState {
    const order = this.#canonicalOrder(sorter);
    const { columns, dtype } = this.options;
    const { targets, weights } = this.columnsOf();
    const length = order.length * columns;
    const scores = dtype === 'f32' ? new Float32Array(length) : new Float64Array(length);
    for (let i = 0; i < order.length; i++) {
      const block = this.#blocks[Math.floor(order[i] / this.#rowsPerBlock)];
      const from = (order[i] % this.#rowsPerBlock) * columns;
      for (let c = 0; c < columns; c++) scores[i * columns + c] = block.scores[from + c];
    }
    return {
      scores: toBase64(scores),
      targets: toBase64(Int32Array.from(order, (row) => targets[row])),
      weights: weights === null ? null : toBase64(Float64Array.from(order, (row) => weights[row])),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(
    state: unknown,
    options: StoredRowsOptions,
    count: number,
    classes: number,
  ): StoredRows {
    const record = requireRecord(state, 'the stored rows');
    const { columns, dtype, weighted } = options;
    const room = (text: unknown) => typeof text === 'string' && text.length >= count;
    if (!room(record.scores)) throw damagedState('its stored rows are too few');
    const length = count * columns;
    const scores = fillFromBase64(
      record.scores,
      dtype === 'f32' ? new Float32Array(length) : new Float64Array(length),
      'stored scores',
    );
    const targets = fillFromBase64(record.targets, new Int32Array(count), 'stored targets');
    const weights = weighted
      ? fillFromBase64(record.weights, new Float64Array(count), 'stored weights')
      : null;
    if (scores.some(Number.isNaN)) throw damagedState('a stored score is NaN');
    if (targets.some((target) => target < 0 || target >= classes)) {
      throw damagedState('a stored target is no class');
    }
    if (weights?.some((weight) => !(weight > 0 && weight < Number.POSITIVE_INFINITY))) {
      throw damagedState('a stored weight is not a finite number > 0');
    }
    const read = new StoredRows(options);
    read.add({ count, scores, targets, weights });
    return read;
  }
}
