/** Scores of several labels per row, kept for rankings as long as they fit in a budget of bytes. */

import type { RealArray } from '../types/gradients.js';
import type { RunWalk, ScoreSorter } from '../types/ranking.js';
import { fillFromBase64, toBase64 } from './base64.js';
import { EXACT_BYTES } from './ranking-tally.js';
import { runsOf } from './score-runs.js';
import { damagedState, requireCount, requireList, requireRecord } from './state-check.js';

/** Labels whose targets fit in one number. */
const LABELS_PER_KEY = 32;

/** Rows of `labels` scores each, row-major. */
export interface LabelScoreRows {
  readonly count: number;
  /** None of them NaN. */
  readonly scores: RealArray;
  /** 1 where the row has the label, else 0. */
  readonly targets: Uint8Array;
  /** One per row, or null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

export interface RankedLabelsOptions {
  readonly labels: number;
  readonly dtype: 'f32' | 'f64';
  readonly weighted: boolean;
  /** Most bytes that are kept; default 16 MiB. */
  readonly keptBytes?: number | undefined;
}

export class RankedLabels {
  readonly labels: number;
  readonly keptBytes: number;
  readonly #options: RankedLabelsOptions;
  #rows = 0;
  /** Null once there are more than fit. */
  #blocks: LabelScoreRows[] | null = [];

  constructor(options: RankedLabelsOptions) {
    this.#options = options;
    this.labels = options.labels;
    this.keptBytes = options.keptBytes ?? EXACT_BYTES;
  }

  /** Whether every row so far is there. */
  get isWhole(): boolean {
    return this.#blocks !== null;
  }

  /** Keeps a copy of rows, or drops everything when there are too many. */
  add({ count, scores, targets, weights }: LabelScoreRows): void {
    if (!this.#fits(count)) return;
    this.#blocks!.push({
      count,
      // Adding 0 makes 0 of −0: equal scores are equal in their bits, too.
      scores: scores.slice(0, count * this.labels).map((score) => score + 0),
      targets: targets.slice(0, count * this.labels),
      weights: weights === null ? null : weights.slice(0, count),
    });
  }

  #fits(more: number): boolean {
    const { dtype, weighted } = this.#options;
    this.#rows += more;
    const perRow = this.labels * ((dtype === 'f32' ? 4 : 8) + 1) + (weighted ? 8 : 0);
    if (this.#rows * perRow > this.keptBytes) this.#blocks = null;
    return this.#blocks !== null;
  }

  merge(other: RankedLabels): void {
    if (other.#blocks === null) this.#blocks = null;
    if (!this.#fits(other.#rows)) return;
    this.#blocks = [...this.#blocks!, ...other.#blocks!];
  }

  /** Runs of equal scores of one label. */
  runs(label: number, sorter: ScoreSorter): RunWalk {
    return this.#runsOf(this.#rows, [label], sorter);
  }

  /** Runs of equal scores of all labels together. */
  microRuns(sorter: ScoreSorter): RunWalk {
    const all = Array.from({ length: this.labels }, (_, label) => label);
    return this.#runsOf(this.#rows * this.labels, all, sorter);
  }

  #runsOf(count: number, chosen: readonly number[], sorter: ScoreSorter): RunWalk {
    const { dtype, weighted } = this.#options;
    const targets = new Uint8Array(count);
    const weights = weighted ? new Float64Array(count) : null;
    let to = 0;
    this.#forEach(chosen, (block, row, place) => {
      targets[to] = block.targets[place]!;
      if (weights !== null) weights[to] = block.weights![row]!;
      to++;
    });
    const fillScores = (into: RealArray) => {
      let i = 0;
      this.#forEach(chosen, (block, _, place) => {
        into[i++] = block.scores[place]!;
      });
    };
    return runsOf({ dtype, count, fillScores, labels: targets, weights }, sorter);
  }

  #forEach(
    chosen: readonly number[],
    visit: (block: LabelScoreRows, row: number, place: number) => void,
  ): void {
    for (const block of this.#blocks ?? []) {
      for (let row = 0; row < block.count; row++) {
        for (const label of chosen) visit(block, row, row * this.labels + label);
      }
    }
  }

  /** The kept rows in one block. */
  #joined(): LabelScoreRows & { readonly weights: Float64Array } {
    const { dtype, weighted } = this.#options;
    const length = this.#rows * this.labels;
    const all = {
      count: this.#rows,
      scores: dtype === 'f32' ? new Float32Array(length) : new Float64Array(length),
      targets: new Uint8Array(length),
      weights: new Float64Array(weighted ? this.#rows : 0),
    };
    let at = 0;
    for (const { count, scores, targets, weights } of this.#blocks!) {
      all.scores.set(scores, at * this.labels);
      all.targets.set(targets, at * this.labels);
      if (weights !== null) all.weights.set(weights, at);
      at += count;
    }
    return all;
  }

  /** The order of rows by their scores, targets and weights: a stable sort by each, the first label last. */
  #canonicalOrder(
    { count, scores, targets, weights }: LabelScoreRows & { readonly weights: Float64Array },
    sorter: ScoreSorter,
  ): Uint32Array {
    const { labels } = this;
    const { dtype, weighted } = this.#options;
    let order = Uint32Array.from({ length: count }, (_, row) => row);
    const sortBy = (format: 'f32' | 'f64', keyOf: (row: number) => number) => {
      const { carried } = sorter.sort(format, count, (keys, rows) => {
        rows.set(order);
        for (let i = 0; i < count; i++) keys[i] = keyOf(order[i]!);
      });
      order = carried.slice();
    };
    if (weighted) sortBy('f64', (row) => weights[row]!);
    for (let first = 0; first < labels; first += LABELS_PER_KEY) {
      const end = Math.min(labels, first + LABELS_PER_KEY);
      sortBy('f64', (row) => {
        let bits = 0;
        for (let k = first; k < end; k++) bits = 2 * bits + targets[row * labels + k]!;
        return bits;
      });
    }
    for (let k = labels - 1; k >= 0; k--) sortBy(dtype, (row) => scores[row * labels + k]!);
    return order;
  }

  /** Rows in an order that depends on their set alone, so that the text does not tell how they were split. */
  toJSON(sorter: ScoreSorter) {
    if (this.#blocks === null) return { rows: this.#rows, kept: null };
    const { labels } = this;
    const all = this.#joined();
    const sorted = {
      scores: all.scores.slice(),
      targets: all.targets.slice(),
      weights: all.weights.slice(),
    };
    this.#canonicalOrder(all, sorter).forEach((row, to) => {
      const [from, end] = [row * labels, (row + 1) * labels];
      sorted.scores.set(all.scores.subarray(from, end), to * labels);
      sorted.targets.set(all.targets.subarray(from, end), to * labels);
      if (sorted.weights.length > 0) sorted.weights[to] = all.weights[row]!;
    });
    return {
      rows: this.#rows,
      kept: [sorted.scores, sorted.targets, sorted.weights].map(toBase64),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote of rows of these options */
  static fromJSON(state: unknown, options: RankedLabelsOptions): RankedLabels {
    const record = requireRecord(state, 'the scores of labels');
    const read = new RankedLabels(options);
    const rows = requireCount(record.rows, 'the number of ranked rows');
    if (read.#fits(rows) !== (record.kept !== null)) {
      throw damagedState('its scores are kept though they exceed the budget, or the reverse');
    }
    if (record.kept === null || rows === 0) return read;
    const length = rows * options.labels;
    const scores = options.dtype === 'f32' ? new Float32Array(length) : new Float64Array(length);
    const targets = new Uint8Array(length);
    const weights = new Float64Array(options.weighted ? rows : 0);
    const kept = requireList(record.kept, 'the columns of ranked rows', 3);
    [scores, targets, weights].forEach((column, i) => {
      fillFromBase64(kept[i], column, 'columns of ranked rows');
    });
    if (scores.some(Number.isNaN) || targets.some((target) => target > 1)) {
      throw damagedState('ranked rows hold what cannot be ranked');
    }
    read.#blocks = [{ count: rows, scores, targets, weights: options.weighted ? weights : null }];
    return read;
  }
}
