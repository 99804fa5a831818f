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
import { fromBase64, toBase64 } from './base64.js';
import { damagedState, requireCount, requireRecord, requireText } from './state-check.js';

const SEED = 0x6c6f6769;
const DEEPEST_LEVEL = 32;
/**
 * Small samples grow by doubling. From here on they get their memory, or so much of it, at once: systems
 * hand out pages when they are first written to, so that what is not needed costs nothing.
 */
const MANY_BYTES = 1024 * 1024;
const BYTES_AHEAD = 64 * 1024 * 1024;
/** So few are copied faster one by one than by a view of them. */
const FEW_CLASSES = 64;

export interface RowSampleOptions {
  readonly classes: number;
  /** Number format that rows are kept in. */
  readonly dtype: 'f32' | 'f64';
  readonly weighted: boolean;
  /** Memory for scores in bytes; at least one row is kept. */
  readonly budget: number;
}

/** Sampled rows, by index. */
export interface SampledRows extends TargetedRows {
  readonly index: Float64Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

/** Plain values; typed arrays move between threads without a copy. */
export interface RowSampleParts {
  readonly level: number;
  readonly seen: number;
  readonly index: Float64Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array | null;
  readonly scores: RealArray;
}

export interface RowSampleState {
  readonly level: number;
  readonly seen: number;
  readonly rows: number;
  readonly index: string;
  readonly targets: string;
  readonly weights: string | null;
  readonly scores: string;
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
  #scores: RealArray;

  constructor(options: RowSampleOptions) {
    this.options = options;
    const { classes, dtype, weighted, budget } = options;
    this.capacity = Math.max(1, Math.floor(budget / (classes * (dtype === 'f64' ? 8 : 4))));
    this.#weights = weighted ? new Float64Array(0) : null;
    this.#scores = dtype === 'f64' ? new Float64Array(0) : new Float32Array(0);
  }

  /** Seed of the {@link rowHash} that samples. */
  get seed(): number {
    return SEED;
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
    return this.#level === 0 || rowHash(row, SEED) <= this.#limit;
  }

  /**
   * Which of the rows `first … first + count − 1` belong to the sample as far as is known;
   * what is then offered or not is told by {@link see}.
   * @param into takes their distances from `first`, ascending
   * @returns how many there are
   */
  wanted(first: number, count: number, into: Int32Array): number {
    if (this.#level > 0) return rowsBelow(this.#limit, SEED, first, count, into);
    for (let i = 0; i < count; i++) into[i] = i;
    return count;
  }

  /** Counts rows as seen, those of {@link wanted} among them. */
  see(rows: number): void {
    this.#seen += rows;
  }

  /** Keeps a row that {@link offers} or {@link wanted} said yes to, unless the threshold has fallen since. Its scores begin at `from`. */
  keep(
    row: number,
    target: number,
    weight: number,
    scores: Float32Array | Float64Array,
    from = 0,
  ): void {
    if (this.#level > 0 && rowHash(row, SEED) > this.#limit) return;
    if (this.#count === this.capacity && !this.#makeRoom(row)) return;
    const at = this.#count;
    if (at === this.#index.length) this.#grow(at + 1);
    this.#index[at] = row;
    this.#targets[at] = target;
    if (this.#weights !== null) this.#weights[at] = weight;
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
      if (rowHash(row, SEED) > this.#limit) return false;
    }
    return true;
  }

  #raiseLevel(level: number): void {
    if (level > DEEPEST_LEVEL) throw new RangeError('More rows of one hash than fit.');
    this.#level = level;
    this.#limit = 2 ** (32 - level) - 1;
    this.#filter((row) => rowHash(row, SEED) <= this.#limit);
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
    const scores = rows * this.options.classes;
    this.#scores = moved(
      this.#scores,
      this.options.dtype === 'f64' ? new Float64Array(scores) : new Float32Array(scores),
    );
  }

  /** @throws UsageError `state-mismatch` for samples of other shape. */
  merge(other: RowSample): void {
    const { classes, dtype, weighted, budget } = this.options;
    const same =
      classes === other.options.classes &&
      dtype === other.options.dtype &&
      weighted === other.options.weighted &&
      budget === other.options.budget;
    if (!same) {
      throw new UsageError('state-mismatch', 'Cannot merge row samples of different shapes.');
    }
    if (other.#level > this.#level) this.#raiseLevel(other.#level);
    this.#seen += other.#seen;
    for (let r = 0; r < other.#count; r++) {
      const row = other.#index[r];
      this.keep(row, other.#targets[r], other.#weights?.[r] ?? 1, other.#scores, r * classes);
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
      scores,
    };
  }

  #take(parts: RowSampleParts): void {
    this.#level = parts.level;
    this.#limit = 2 ** (32 - parts.level) - 1;
    this.#seen = parts.seen;
    this.#count = parts.index.length;
    this.#index = parts.index as Float64Array<ArrayBuffer>;
    this.#targets = parts.targets as Int32Array<ArrayBuffer>;
    this.#weights = parts.weights as Float64Array<ArrayBuffer> | null;
    this.#scores = parts.scores;
  }

  /** How often the threshold was halved. */
  get level(): number {
    return this.#level;
  }

  /** The rows below a threshold halved as often; this sample itself where they are all. */
  atLevel(level: number): RowSample {
    if (level <= this.#level) return this;
    const limit = 2 ** (32 - level) - 1;
    const sample = this.#picked((row) => rowHash(row, SEED) <= limit);
    sample.#level = level;
    sample.#limit = limit;
    return sample;
  }

  /** At most so many rows, by halving the threshold; this sample itself where it is no larger. */
  atMost(rows: number): RowSample {
    if (this.#count <= rows) return this;
    // A hash is below a threshold that was halved as often as it has leading zeros.
    const atLevels = new Float64Array(DEEPEST_LEVEL + 1);
    for (let i = 0; i < this.#count; i++) atLevels[Math.clz32(rowHash(this.#index[i], SEED))]++;
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
      scores: this.#scores.slice(0, count * this.options.classes),
    };
  }

  static fromParts(options: RowSampleOptions, parts: RowSampleParts): RowSample {
    const sample = new RowSample(options);
    sample.#take(parts);
    return sample;
  }

  toJSON(): RowSampleState {
    const { index, targets, weights, scores } = this.rows();
    return {
      level: this.#level,
      seen: this.#seen,
      rows: index.length,
      index: toBase64(index),
      targets: toBase64(targets),
      weights: weights && toBase64(weights),
      scores: toBase64(scores),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, options: RowSampleOptions): RowSample {
    const record = requireRecord(state, 'the sample of rows');
    const rows = requireCount(record.rows, 'the number of sampled rows');
    const level = requireCount(record.level, 'the level of the sample');
    const { classes, dtype, weighted } = options;
    const sample = new RowSample(options);
    if (level > DEEPEST_LEVEL || rows > sample.capacity) {
      throw damagedState(`the sample holds ${rows} rows at level ${level}`);
    }
    const bytes = (name: string, size: number): ArrayBuffer => {
      const buffer = fromBase64(requireText(record[name], `${name} of the sample`));
      if (buffer.byteLength === size) return buffer;
      throw damagedState(`${name} of the sample has ${buffer.byteLength} bytes, not ${size}`);
    };
    const scores = bytes('scores', rows * classes * (dtype === 'f64' ? 8 : 4));
    const targets = new Int32Array(bytes('targets', rows * 4));
    const bad = targets.find((target) => target < 0 || target >= classes);
    if (bad !== undefined) throw damagedState(`a sampled row has target ${bad}`);
    const parts = {
      level,
      seen: requireCount(record.seen, 'the number of rows offered to the sample'),
      index: new Float64Array(bytes('index', rows * 8)),
      targets,
      weights: weighted ? new Float64Array(bytes('weights', rows * 8)) : null,
      scores: dtype === 'f64' ? new Float64Array(scores) : new Float32Array(scores),
    };
    requireSound(parts, classes);
    return RowSample.fromParts(options, parts);
  }
}

/** Holds parts against what every sample fulfils. */
function requireSound(
  { level, seen, index, targets, weights, scores }: RowSampleParts,
  classes: number,
): void {
  if (seen < index.length || (level === 0 && seen !== index.length)) {
    throw damagedState(`the sample holds ${index.length} of ${seen} rows at level ${level}`);
  }
  const limit = 2 ** (32 - level) - 1;
  index.forEach((row, i) => {
    const isPlaced = Number.isSafeInteger(row) && row > (i === 0 ? -1 : index[i - 1]);
    if (!isPlaced || rowHash(row, SEED) > limit) {
      throw damagedState(`row ${row} does not belong to the sample`);
    }
    if (weights !== null && !(weights[i] > 0 && weights[i] < Number.POSITIVE_INFINITY)) {
      throw damagedState(`the sampled row ${row} has weight ${weights[i]}`);
    }
    if (!Number.isFinite(scores[i * classes + targets[i]])) {
      throw damagedState(`the target of the sampled row ${row} has no finite score`);
    }
  });
  // NaN is neither; −∞ is a mask.
  if (!scores.every((score) => score < Number.POSITIVE_INFINITY)) {
    throw damagedState('a sampled score is no number');
  }
}

function moved<Values extends { set(from: Values): void }>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
