/** What rows with soft targets add up to: loss, entropy and Brier score against a probability per class. */

import type { ScoredRows, SoftScores } from '../types/scores.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { RatioMoments, WeightMoments } from './ratio-moments.js';
import { requireWeight } from './sample-weight.js';
import { damagedState, requireCount, requireRecord } from './state-check.js';

/** Rows that are gathered at a time, and their targets. */
const SLICE = 1024;
const SLICE_TARGETS = 8192;

export interface SoftTallyOptions {
  readonly classes: number;
  readonly weighted: boolean;
  /** Whether class weights or label smoothing make the loss another than the plain one. */
  readonly shaped: boolean;
  /** Probabilities below this are counted. */
  readonly eps: number;
}

/** Numbers of rows, whatever they weigh. */
const noRows = () => ({
  /** Rows in the loss. */
  scored: 0,
  /** Those of them without a largest class. */
  undecided: 0,
  infiniteLoss: 0,
  /** Rows with a class of q > 0 and p = 0. */
  zeroProbability: 0,
  /** Rows with a class of q > 0 and p < eps. */
  belowEps: 0,
});

const ROW_NAMES = Object.keys(noRows()) as (keyof ReturnType<typeof noRows>)[];

/** Moments of the numbers of a row, by what {@link SoftScores} calls them. */
const PLAIN = ['nll', 'entropy', 'brier', 'squares'] as const;
const SHAPED = [...PLAIN, 'loss', 'least'] as const;
type Column = (typeof SHAPED)[number];

export interface SoftTallyState {
  readonly rows: ReturnType<typeof noRows>;
  readonly weights: ReturnType<WeightMoments['toJSON']>;
  readonly moments: Readonly<Record<string, ExactSumsState>>;
  readonly classes: ExactSumsState;
}

/** Free of order and mergeable, to the same bits. */
export class SoftTally {
  readonly options: SoftTallyOptions;
  readonly rows = noRows();
  /** Σs and Σs² of the rows in the loss. */
  readonly weights: WeightMoments;
  /** Σ s·q of each class. */
  readonly classes: ExactSums;
  readonly #moments = new Map<Column, RatioMoments>();
  readonly #values = new Float64Array(SLICE);
  readonly #weights = new Float64Array(SLICE);
  /** Targets of some rows, and the class of each. */
  readonly #targets: Float64Array;
  readonly #indices: Int32Array;

  constructor(options: SoftTallyOptions) {
    this.options = options;
    const { classes, weighted, shaped } = options;
    this.weights = new WeightMoments(weighted);
    this.classes = new ExactSums(classes);
    for (const name of shaped ? SHAPED : PLAIN) {
      this.#moments.set(name, new RatioMoments(weighted));
    }
    const room = classes * Math.max(1, Math.floor(SLICE_TARGETS / classes));
    this.#targets = new Float64Array(room);
    this.#indices = Int32Array.from({ length: room }, (_, i) => i % classes);
  }

  /** The moments of the loss as it is shaped, or of another number of the rows. */
  moments(name: Column): RatioMoments {
    const plain = { loss: 'nll', least: 'entropy' } as const;
    return this.#moments.get(name) ?? this.#moments.get(plain[name as 'loss' | 'least'])!;
  }

  /**
   * Adds the rows that count in the loss. On an error nothing is added.
   * @throws InputError `bad-weight`
   */
  add(rows: ScoredRows, soft: SoftScores): void {
    const { count } = rows.scores;
    const { weights, firstRow } = rows;
    if (weights !== null) {
      for (let r = 0; r < count; r++) {
        if (soft.counted[r] === 1) requireWeight(weights[r]!, firstRow + r);
      }
    }
    for (let from = 0; from < count; from += SLICE) {
      this.#addSlice(soft, weights, from, Math.min(count, from + SLICE));
    }
    this.#addTargets(soft, weights, count);
  }

  #addSlice(soft: SoftScores, weights: Float64Array | null, from: number, to: number): void {
    const { counted, undecided, loss, lowest } = soft;
    const { rows } = this;
    let n = 0;
    for (let r = from; r < to; r++) {
      if (counted[r] === 0) continue;
      rows.undecided += undecided[r]!;
      if (loss[r] === Number.POSITIVE_INFINITY) rows.infiniteLoss++;
      if (lowest[r] === 0) rows.zeroProbability++;
      if (lowest[r]! < this.options.eps) rows.belowEps++;
      if (weights !== null) this.#weights[n] = weights[r]!;
      n++;
    }
    rows.scored += n;
    const v = weights === null ? null : this.#weights;
    this.weights.addRows(v, n);
    const u = this.#values;
    for (const [name, moments] of this.#moments) {
      const values = soft[name];
      let i = 0;
      for (let r = from; r < to; r++) {
        if (counted[r] === 0) continue;
        const weight = v === null ? 1 : v[i]!;
        // A row that weighs nothing adds nothing, be its loss infinite.
        u[i++] = weight === 0 ? 0 : weight * values[r]!;
      }
      moments.addRows(u, v, n);
    }
  }

  #addTargets({ counted, targets }: SoftScores, weights: Float64Array | null, count: number): void {
    const { classes } = this.options;
    const room = this.#targets;
    let used = 0;
    for (let r = 0; r < count; r++) {
      if (counted[r] === 0) continue;
      if (used === room.length) {
        this.classes.addScattered(this.#indices, room, used);
        used = 0;
      }
      const weight = weights === null ? 1 : weights[r]!;
      for (let i = r * classes; i < (r + 1) * classes; i++) room[used++] = weight * targets[i]!;
    }
    this.classes.addScattered(this.#indices, room, used);
  }

  /** Adds the rows of a tally of the same options. */
  merge(other: SoftTally): void {
    for (const name of ROW_NAMES) this.rows[name] += other.rows[name];
    this.weights.merge(other.weights);
    this.classes.merge(other.classes);
    for (const [name, moments] of this.#moments) moments.merge(other.#moments.get(name)!);
  }

  /** A plain object for JSON. Tallies of the same rows give the same text. */
  toJSON(): SoftTallyState {
    return {
      rows: { ...this.rows },
      weights: this.weights.toJSON(),
      moments: Object.fromEntries(
        [...this.#moments].map(([name, moments]) => [name, moments.toJSON()]),
      ),
      classes: this.classes.toJSON(),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, options: SoftTallyOptions): SoftTally {
    const record = requireRecord(state, 'the tally of soft targets');
    const read = new SoftTally(options);
    const rows = requireRecord(record.rows, 'the numbers of rows of soft targets');
    for (const name of ROW_NAMES) {
      read.rows[name] = requireCount(rows[name], `the number of rows ${name} of soft targets`);
      if (read.rows[name] > read.rows.scored) {
        throw damagedState('more rows of soft targets are counted than were scored');
      }
    }
    const { weighted, classes } = options;
    read.weights.merge(WeightMoments.fromJSON(record.weights, weighted));
    read.classes.merge(ExactSums.fromJSON(record.classes, classes));
    const moments = requireRecord(record.moments, 'the moments of soft targets');
    for (const [name, own] of read.#moments) {
      own.merge(RatioMoments.fromJSON(moments[name], weighted));
    }
    return read;
  }
}
