/** Rows of choices: how many each has, which of them is right, and the choices that other ways of comparing take. */

import { CHOICE_METRICS, type ChoiceMetric } from '../types/choices.js';
import { UsageError } from '../types/errors.js';
import { type ScoredRows, secondOf } from '../types/rows.js';
import { RowStatus, STATUS_MASK } from '../types/scores.js';
import { type Mean, RatioMoments, WeightMoments, type WeightTotals } from './ratio-moments.js';
import { damagedState, requireCount, requireList, requireRecord } from './state-check.js';
import { WeightCells } from './weight-cells.js';

/** What is compared with what records say of themselves. */
const RECORDED = ['acc', ...CHOICE_METRICS] as const;
export type Recorded = (typeof RECORDED)[number];

/** Rows whose record says otherwise than its log-likelihoods. */
export interface Differing {
  readonly rows: number;
  /** Least index of them; Infinity where there is none. */
  readonly first: number;
}

/** Weight of the rows with so many choices, by the right one. */
export interface ChoiceGroup {
  readonly count: number;
  readonly targets: Float64Array;
}

export interface ChoiceTallyOptions {
  /** Most choices of a row. */
  readonly most: number;
  readonly metrics: readonly ChoiceMetric[];
  readonly weighted: boolean;
}

/** Means that are kept: of `acc`, too, for its standard error. */
type Kept = ChoiceMetric | 'acc';

export class ChoiceTally {
  readonly options: ChoiceTallyOptions;
  readonly weights: WeightMoments;
  /** Place of each pair of number of choices and right choice among the cells. */
  readonly #places = new Map<number, number>();
  readonly #cells: WeightCells;
  readonly #moments = new Map<Kept, RatioMoments>();
  readonly #differing = new Map<Recorded, { rows: number; first: number }>();
  #rows = 0;

  constructor(options: ChoiceTallyOptions) {
    this.options = options;
    const { weighted, metrics } = options;
    this.weights = new WeightMoments(weighted);
    this.#cells = new WeightCells(0, weighted);
    for (const name of ['acc', ...metrics] as const) {
      this.#moments.set(name, new RatioMoments(weighted));
    }
    for (const name of RECORDED) {
      this.#differing.set(name, { rows: 0, first: Number.POSITIVE_INFINITY });
    }
  }

  /** Rows that were scored. */
  get rows(): number {
    return this.#rows;
  }

  /** @throws UsageError `missing-texts` */
  add(scored: ScoredRows): void {
    const { scores, targets, weights, texts, firstRow } = scored;
    const choices = texts?.choices;
    if (choices?.length !== scores.count) {
      throw new UsageError(
        'missing-texts',
        'Rows of choices need texts.choices, one for each row.',
      );
    }
    const at = scored.scores.count;
    const kept = new Int32Array(at);
    let n = 0;
    for (let row = 0; row < at; row++) {
      if ((scores.status[row] & STATUS_MASK) === RowStatus.scored) kept[n++] = row;
    }
    const v = weights && Float64Array.from(kept.subarray(0, n), (row) => weights[row]);
    const cells = Int32Array.from(kept.subarray(0, n), (row) =>
      this.#place(choices[row].count, targets[row]),
    );
    this.#rows += n;
    this.weights.addRows(v, n);
    this.#cells.addRows(cells, v, n);
    for (const [name, moments] of this.#moments) {
      const hits = Float64Array.from(kept.subarray(0, n), (row) =>
        name === 'acc' ? secondOf(scored, row) : Number(choices[row].picks[name] === targets[row]),
      );
      for (let i = 0; i < n; i++) {
        const row = kept[i];
        const said = choices[row].recorded[name];
        if (said !== undefined && said !== hits[i]) this.#differs(name, firstRow + row);
        if (v !== null) hits[i] *= v[i];
      }
      moments.addRows(hits, v, n);
    }
  }

  #differs(name: Recorded, row: number): void {
    const found = this.#differing.get(name)!;
    found.rows++;
    found.first = Math.min(found.first, row);
  }

  #place(count: number, target: number): number {
    const key = count * (this.options.most + 1) + target;
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(key, place);
      if (place >= this.#cells.size) this.#cells.resize(Math.max(16, 2 * place));
    }
    return place;
  }

  totals(): WeightTotals {
    return this.weights.totals();
  }

  mean(name: Kept): Mean {
    return this.#moments.get(name)!.over(this.totals());
  }

  differing(name: Recorded): Differing {
    return this.#differing.get(name)!;
  }

  /** Groups of rows by their number of choices, ascending. */
  groups(): ChoiceGroup[] {
    const groups = new Map<number, Float64Array>();
    for (const [key, place] of this.#sorted()) {
      const count = Math.floor(key / (this.options.most + 1));
      const target = key % (this.options.most + 1);
      const targets = groups.get(count) ?? new Float64Array(count);
      targets[target] = this.#cells.value(place);
      groups.set(count, targets);
    }
    return [...groups].map(([count, targets]) => ({ count, targets }));
  }

  #sorted(): (readonly [key: number, place: number])[] {
    return [...this.#places].sort(([a], [b]) => a - b);
  }

  merge(other: ChoiceTally): void {
    this.#rows += other.#rows;
    this.weights.merge(other.weights);
    for (const [key, place] of other.#places) {
      const { most } = this.options;
      const own = this.#place(Math.floor(key / (most + 1)), key % (most + 1));
      this.#cells.mergeCell(own, other.#cells, place);
    }
    for (const [name, moments] of this.#moments) moments.merge(other.#moments.get(name)!);
    for (const [name, found] of this.#differing) {
      const { rows, first } = other.#differing.get(name)!;
      found.rows += rows;
      found.first = Math.min(found.first, first);
    }
  }

  /** The same for the same rows, in whatever order they came. */
  toJSON(): unknown {
    return {
      rows: this.#rows,
      weights: this.weights.toJSON(),
      cells: this.#sorted().map(([key, place]) => [key, this.#cells.cellState(place)]),
      moments: [...this.#moments.values()].map((moments) => moments.toJSON()),
      differing: [...this.#differing.values()].map(({ rows, first }) => [
        rows,
        Number.isFinite(first) ? first : null,
      ]),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, options: ChoiceTallyOptions): ChoiceTally {
    const record = requireRecord(state, 'the state of choices');
    const read = new ChoiceTally(options);
    const { weighted, most } = options;
    read.#rows = requireCount(record.rows, 'the number of rows of choices');
    read.weights.merge(WeightMoments.fromJSON(record.weights, weighted));
    for (const entry of requireList(record.cells, 'the cells of choices')) {
      const [key, cell] = requireList(entry, 'a cell of choices', 2);
      const number = requireCount(key, 'the key of a cell');
      const [count, target] = [Math.floor(number / (most + 1)), number % (most + 1)];
      if (count > most || target >= count) throw damagedState('a cell is of no choice', key);
      read.#cells.addCellState(read.#place(count, target), cell);
    }
    const moments = requireList(record.moments, 'the means of choices', read.#moments.size);
    [...read.#moments.values()].forEach((own, i) => {
      own.merge(RatioMoments.fromJSON(moments[i], weighted));
    });
    const differing = requireList(record.differing, 'the rows that differ', read.#differing.size);
    [...read.#differing.values()].forEach((own, i) => {
      const [rows, first] = requireList(differing[i], 'rows that differ', 2);
      own.rows = requireCount(rows, 'a number of rows that differ');
      if (first !== null) own.first = requireCount(first, 'the first row that differs');
    });
    return read;
  }
}
