/** The state of a sample of rows: as it is saved, as it moves between threads, and what it must fulfil. */

import type { RealArray } from '../types/gradients.js';
import { rowHash } from '../types/row-hash.js';
import { fromBase64, toBase64 } from './base64.js';
import { damagedState, requireCount, requireRecord, requireText } from './state-check.js';

/** Seed of the hash that samples. */
export const SAMPLE_SEED = 0x6c6f6769;
/** How often the threshold can be halved. */
export const DEEPEST_LEVEL = 32;

/** The largest hash of a sample whose threshold was halved so often. */
export function limitOf(level: number): number {
  return 2 ** (32 - level) - 1;
}

export interface RowSampleOptions {
  /** Numbers of a row: a score per class, or whatever else a task keeps of it. */
  readonly classes: number;
  /** Number format that rows are kept in. */
  readonly dtype: 'f32' | 'f64';
  readonly weighted: boolean;
  /** Whether rows belong to groups, each with a number; default false. */
  readonly grouped?: boolean | undefined;
  /** Memory for scores in bytes; at least one row is kept. */
  readonly budget: number;
}

/** Plain values; typed arrays move between threads without a copy. */
export interface RowSampleParts {
  readonly level: number;
  readonly seen: number;
  readonly index: Float64Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array | null;
  /** Left out where there are no groups. */
  readonly groups?: Float64Array;
  readonly scores: RealArray;
}

export interface RowSampleState {
  readonly level: number;
  readonly seen: number;
  readonly rows: number;
  readonly index: string;
  readonly targets: string;
  readonly weights: string | null;
  readonly groups?: string;
  readonly scores: string;
}

/** Rows that fit. */
export function capacityOf({ classes, dtype, budget }: RowSampleOptions): number {
  return Math.max(1, Math.floor(budget / (classes * (dtype === 'f64' ? 8 : 4))));
}

/** @param rows in order of their index */
export function sampleState(
  rows: Omit<RowSampleParts, 'groups'> & { readonly groups: Float64Array | null },
): RowSampleState {
  const { level, seen, index, targets, weights, groups, scores } = rows;
  return {
    level,
    seen,
    rows: index.length,
    index: toBase64(index),
    targets: toBase64(targets),
    weights: weights && toBase64(weights),
    ...(groups && { groups: toBase64(groups) }),
    scores: toBase64(scores),
  };
}

/** @throws InputError `state-damaged` when `state` is not what {@link sampleState} wrote. */
export function readSample(state: unknown, options: RowSampleOptions): RowSampleParts {
  const record = requireRecord(state, 'the sample of rows');
  const rows = requireCount(record.rows, 'the number of sampled rows');
  const level = requireCount(record.level, 'the level of the sample');
  const { classes, dtype, weighted, grouped = false } = options;
  if (level > DEEPEST_LEVEL || rows > capacityOf(options)) {
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
    ...(grouped && { groups: new Float64Array(bytes('groups', rows * 8)) }),
    scores: dtype === 'f64' ? new Float64Array(scores) : new Float32Array(scores),
  };
  requireSound(parts, classes);
  return parts;
}

/** Holds parts against what every sample fulfils. */
function requireSound(
  { level, seen, index, targets, weights, groups, scores }: RowSampleParts,
  classes: number,
): void {
  if (seen < index.length || (level === 0 && seen !== index.length)) {
    throw damagedState(`the sample holds ${index.length} of ${seen} rows at level ${level}`);
  }
  const limit = limitOf(level);
  index.forEach((row, i) => {
    const isPlaced = Number.isSafeInteger(row) && row > (i === 0 ? -1 : index[i - 1]);
    if (!isPlaced || rowHash(row, SAMPLE_SEED) > limit) {
      throw damagedState(`row ${row} does not belong to the sample`);
    }
    if (weights !== null && !(weights[i] > 0 && weights[i] < Number.POSITIVE_INFINITY)) {
      throw damagedState(`the sampled row ${row} has weight ${weights[i]}`);
    }
    if (groups !== undefined && !Number.isSafeInteger(groups[i])) {
      throw damagedState(`the sampled row ${row} has group ${groups[i]}`);
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
