/**
 * A sample of rows that fits in a given memory and depends on the set of rows
 * alone: those whose hash lies below a threshold, which is halved whenever
 * the rows below it no longer fit (adaptive sampling; Flajolet, Computing 43,
 * 1990). All rows are in it as long as they fit; otherwise half as many to as
 * many as fit.
 */

import { UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import { rowHash, rowsBelow } from '../types/row-hash.js';
import type { TargetedRows } from '../types/temper.js';
import {
  capacityOf,
  DEEPEST_LEVEL,
  limitOf,
  type RowSampleOptions,
  type RowSampleParts,
  type RowSampleState,
  readSample,
  SAMPLE_SEED,
  sampleState,
} from './row-sample-state.js';

export type { RowSampleOptions, RowSampleParts, RowSampleState };

/**
 * Small samples grow by doubling. From here on they get their memory, or so much of it, at once: systems
 * hand out pages when they are first written to, so that what is not needed costs nothing.
 */
const MANY_BYTES = 1024 * 1024;
const BYTES_AHEAD = 64 * 1024 * 1024;
/** So few are copied faster one by one than by a view of them. */
const FEW_CLASSES = 64;

/** Sampled rows, by index. */
export interface SampledRows extends TargetedRows {
  readonly index: Float64Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
  /** Number of each row's group; null where there are no groups. */
  readonly groups: Float64Array | null;
}

export class RowSample {
  readonly options: RowSampleOptions;
  /** Rows that fit. */
  readonly capacity: number;
  #level = 0;
  /** Hashes up to here are in. */
  #limit = 2 ** 32 - 1;
  #count = 0;
  #seen = 0;
  #index = new Float64Array(0);
  #targets = new Int32Array(0);
  #weights: Float64Array | null;
  #groups: Float64Array | null;
  #scores: RealArray;

  constructor(options: RowSampleOptions) {
    this.options = options;
    const { dtype, weighted, grouped = false } = options;
    this.capacity = capacityOf(options);
    this.#weights = weighted ? new Float64Array(0) : null;
    this.#groups = grouped ? new Float64Array(0) : null;
    this.#scores = dtype === 'f64' ? new Float64Array(0) : new Float32Array(0);
  }

  /** Seed of the {@link rowHash} that samples. */
  get seed(): number {
    return SAMPLE_SEED;
  }

  /** Rows with a larger {@link rowHash} are not in the sample. */
  get limit(): number {
    return this.#limit;
  }

  /** Rows offered so far. */
  get seen(): number {
    return this.#seen;
  }

  /** Rows kept. */
  get count(): number {
    return this.#count;
  }

  /** Whether a row belongs to the sample as far as is known; counts it as seen. */
  offers(row: number): boolean {
    this.#seen++;
    return this.#level === 0 || rowHash(row, SAMPLE_SEED) <= this.#limit;
  }

  /**
   * Which of the rows `first … first + count − 1` belong to the sample as far as is known;
   * what is then offered or not is told by {@link see}.
   * @param into takes their distances from `first`, ascending
   * @returns how many there are
   */
  wanted(first: number, count: number, into: Int32Array): number {
    if (this.#level > 0) return rowsBelow(this.#limit, SAMPLE_SEED, first, count, into);
    for (let i = 0; i < count; i++) into[i] = i;
    return count;
  }

  /** Counts rows as seen, those of {@link wanted} among them. */
  see(rows: number): void {
    this.#seen += rows;
  }

  /** Keeps a row that {@link offers} or {@link wanted} said yes to, unless the threshold has fallen since. Its scores begin at `from`; `group` counts where there are groups. */
  keep(
    row: number,
    target: number,
    weight: number,
    scores: Float32Array | Float64Array,
    from = 0,
    group = 0,
  ): void {
    if (this.#level > 0 && rowHash(row, SAMPLE_SEED) > this.#limit) return;
    if (this.#count === this.capacity && !this.#makeRoom(row)) return;
    const at = this.#count;
    if (at === this.#index.length) this.#grow(at + 1);
    this.#index[at] = row;
    this.#targets[at] = target;
    if (this.#weights !== null) this.#weights[at] = weight;
    if (this.#groups !== null) this.#groups[at] = group;
    const { classes } = this.options;
    if (classes > FEW_CLASSES) {
      this.#scores.set(scores.subarray(from, from + classes), at * classes);
    } else {
      for (let c = 0; c < classes; c++) this.#scores[at * classes + c] = scores[from + c];
    }
    this.#count++;
  }

  /** Halves the threshold until there is room; whether the row is still below it. */
  #makeRoom(row: number): boolean {
    while (this.#count === this.capacity) {
      this.#raiseLevel(this.#level + 1);
      if (rowHash(row, SAMPLE_SEED) > this.#limit) return false;
    }
    return true;
  }

  #raiseLevel(level: number): void {
    if (level > DEEPEST_LEVEL) throw new RangeError('More rows of one hash than fit.');
    this.#level = level;
    this.#limit = limitOf(level);
    this.#filter((row) => rowHash(row, SAMPLE_SEED) <= this.#limit);
  }

  #filter(isWanted: (row: number) => boolean): void {
    const { classes } = this.options;
    let to = 0;
    for (let from = 0; from < this.#count; from++) {
      if (!isWanted(this.#index[from])) continue;
      if (to !== from) {
        this.#index[to] = this.#index[from];
        this.#targets[to] = this.#targets[from];
        if (this.#weights !== null) this.#weights[to] = this.#weights[from];
        if (this.#groups !== null) this.#groups[to] = this.#groups[from];
        this.#scores.copyWithin(to * classes, from * classes, (from + 1) * classes);
      }
      to++;
    }
    this.#count = to;
  }

  #grow(least: number): void {
    const { classes, dtype } = this.options;
    const bytes = classes * (dtype === 'f64' ? 8 : 4);
    const wanted = 2 * this.#index.length;
    const ahead = wanted * bytes > MANY_BYTES ? Math.floor(BYTES_AHEAD / bytes) : 0;
    const rows = Math.min(this.capacity, Math.max(least, wanted, ahead, 64));
    this.#index = moved(this.#index, new Float64Array(rows));
    this.#targets = moved(this.#targets, new Int32Array(rows));
    if (this.#weights !== null) this.#weights = moved(this.#weights, new Float64Array(rows));
    if (this.#groups !== null) this.#groups = moved(this.#groups, new Float64Array(rows));
    const scores = rows * this.options.classes;
    this.#scores = moved(
      this.#scores,
      this.options.dtype === 'f64' ? new Float64Array(scores) : new Float32Array(scores),
    );
  }

  /** @throws UsageError `state-mismatch` for samples of other shape. */
  merge(other: RowSample): void {
    const { classes, dtype, weighted, grouped = false, budget } = this.options;
    const same =
      classes === other.options.classes &&
      dtype === other.options.dtype &&
      weighted === other.options.weighted &&
      grouped === (other.options.grouped ?? false) &&
      budget === other.options.budget;
    if (!same) {
      throw new UsageError('state-mismatch', 'Cannot merge row samples of different shapes.');
    }
    if (other.#level > this.#level) this.#raiseLevel(other.#level);
    this.#seen += other.#seen;
    for (let r = 0; r < other.#count; r++) {
      const row = other.#index[r];
      const weight = other.#weights?.[r] ?? 1;
      const group = other.#groups?.[r] ?? 0;
      this.keep(row, other.#targets[r], weight, other.#scores, r * classes, group);
    }
  }

  /** The rows in order of their index: views, until the next row is kept. */
  rows(): SampledRows {
    this.#sort();
    const { classes } = this.options;
    const count = this.#count;
    return {
      classes,
      count,
      scores: this.#scores.subarray(0, count * classes),
      index: this.index,
      targets: this.#targets.subarray(0, count),
      weights: this.#weights?.subarray(0, count) ?? null,
      groups: this.#groups?.subarray(0, count) ?? null,
    };
  }

  /** The rows' indices, in no order; a view, until the next row is kept. */
  get index(): Float64Array {
    return this.#index.subarray(0, this.#count);
  }

  /** As a rule rows came in order; after merges they did not. */
  #sort(): void {
    const index = this.index;
    if (index.every((row, at) => at === 0 || index[at - 1] < row)) return;
    const order = Uint32Array.from(index, (_, at) => at).sort((a, b) => index[a] - index[b]);
    this.#take(this.#partsAt(order));
  }

  /** Copies of the rows at these places. */
  #partsAt(places: Uint32Array): RowSampleParts {
    const { classes, dtype } = this.options;
    const weights = this.#weights;
    const groups = this.#groups;
    const length = places.length * classes;
    const scores = dtype === 'f64' ? new Float64Array(length) : new Float32Array(length);
    places.forEach((from, to) => {
      scores.set(this.#scores.subarray(from * classes, (from + 1) * classes), to * classes);
    });
    return {
      level: this.#level,
      seen: this.#seen,
      index: Float64Array.from(places, (at) => this.#index[at]),
      targets: Int32Array.from(places, (at) => this.#targets[at]),
      weights: weights && Float64Array.from(places, (at) => weights[at]),
      ...(groups && { groups: Float64Array.from(places, (at) => groups[at]) }),
      scores,
    };
  }

  #take(parts: RowSampleParts): void {
    this.#level = parts.level;
    this.#limit = limitOf(parts.level);
    this.#seen = parts.seen;
    this.#count = parts.index.length;
    this.#index = parts.index as Float64Array<ArrayBuffer>;
    this.#targets = parts.targets as Int32Array<ArrayBuffer>;
    this.#weights = parts.weights as Float64Array<ArrayBuffer> | null;
    this.#groups = (parts.groups as Float64Array<ArrayBuffer> | undefined) ?? null;
    this.#scores = parts.scores;
  }

  /** How often the threshold was halved. */
  get level(): number {
    return this.#level;
  }

  /** The rows below a threshold halved as often; this sample itself where they are all. */
  atLevel(level: number): RowSample {
    if (level <= this.#level) return this;
    const limit = limitOf(level);
    const sample = this.#picked((row) => rowHash(row, SAMPLE_SEED) <= limit);
    sample.#level = level;
    sample.#limit = limit;
    return sample;
  }

  /** At most so many rows, by halving the threshold; this sample itself where it is no larger. */
  atMost(rows: number): RowSample {
    if (this.#count <= rows) return this;
    // A hash is below a threshold that was halved as often as it has leading zeros.
    const atLevels = new Float64Array(DEEPEST_LEVEL + 1);
    for (let i = 0; i < this.#count; i++)
      atLevels[Math.clz32(rowHash(this.#index[i], SAMPLE_SEED))]++;
    let level = this.#level;
    for (let left = this.#count; left > rows && level < DEEPEST_LEVEL; ) left -= atLevels[level++];
    return this.atLevel(level);
  }

  /** The rows whose index `isWanted`; this sample itself where they are all. */
  only(isWanted: (row: number) => boolean): RowSample {
    if (this.index.every(isWanted)) return this;
    return this.#picked(isWanted);
  }

  /** A copy with the rows whose index `isWanted`. */
  #picked(isWanted: (row: number) => boolean): RowSample {
    const places = Uint32Array.from(this.index, (_, at) => at);
    const wanted = places.filter((at) => isWanted(this.#index[at]));
    return RowSample.fromParts(this.options, this.#partsAt(wanted));
  }

  /** The same sample with `change` applied to every score. */
  mapped(change: (score: number) => number): RowSample {
    const { scores, ...parts } = this.parts();
    for (let i = 0; i < scores.length; i++) scores[i] = change(scores[i]);
    return RowSample.fromParts(this.options, { ...parts, scores });
  }

  /** The state as it moves between threads, in no order. */
  parts(): RowSampleParts {
    const count = this.#count;
    return {
      level: this.#level,
      seen: this.#seen,
      index: this.#index.slice(0, count),
      targets: this.#targets.slice(0, count),
      weights: this.#weights?.slice(0, count) ?? null,
      ...(this.#groups && { groups: this.#groups.slice(0, count) }),
      scores: this.#scores.slice(0, count * this.options.classes),
    };
  }

  static fromParts(options: RowSampleOptions, parts: RowSampleParts): RowSample {
    const sample = new RowSample(options);
    sample.#take(parts);
    return sample;
  }

  toJSON(): RowSampleState {
    return sampleState({ ...this.rows(), level: this.#level, seen: this.#seen });
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, options: RowSampleOptions): RowSample {
    return RowSample.fromParts(options, readSample(state, options));
  }
}

function moved<Values extends { set(from: Values): void }>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
