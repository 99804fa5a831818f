/** The same rows and targets in all forms in which functions take them. */

import fc from 'fast-check';
import type { Scores, Targets } from '../../src/index.js';

/** Rows of scores or probabilities, and the class of each. */
export interface Data {
  readonly classes: number;
  /** Multiples of 1/64, which f32 holds as they are. */
  readonly scores: readonly (readonly number[])[];
  /** Sums of such that add up to 1 exactly. */
  readonly probabilities: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

const rowOf = (classes: number) =>
  fc.record({
    scores: fc.array(fc.integer({ min: -256, max: 256 }), {
      minLength: classes,
      maxLength: classes,
    }),
    shares: fc.array(fc.integer({ min: 0, max: 64 }), {
      minLength: classes - 1,
      maxLength: classes - 1,
    }),
    target: fc.nat(classes - 1),
  });

/** Parts of 1 between sorted cuts. */
function partsOf(shares: readonly number[]): number[] {
  const cuts = [0, ...[...shares].sort((a, b) => a - b), 64];
  return cuts.slice(1).map((cut, i) => (cut - cuts[i]!) / 64);
}

/** @param everyClass whether the first rows are of one class each, so that all of them occur */
export function data(classes: fc.Arbitrary<number>, everyClass = false): fc.Arbitrary<Data> {
  return classes.chain((count) =>
    fc.array(rowOf(count), { minLength: count, maxLength: count + 9 }).map((rows) => ({
      classes: count,
      scores: rows.map((row) => row.scores.map((score) => score / 64)),
      probabilities: rows.map((row) => partsOf(row.shares)),
      targets: rows.map((row, r) => (everyClass && r < count ? r : row.target)),
    })),
  );
}

/** Double precision: lists, flat lists and typed arrays; `classes` says what lengths alone may not. */
export function doubleForms(rows: readonly (readonly number[])[]): Record<string, Scores> {
  const flat = rows.flat();
  return {
    'lists of lists': rows,
    'lists of Float64Array': rows.map((row) => Float64Array.from(row)),
    'lists of both': rows.map((row, r) => (r % 2 ? Float64Array.from(row) : [...row])),
    'flat list': flat,
    Float64Array: Float64Array.from(flat),
    'array-like': { ...flat, length: flat.length } as ArrayLike<number>,
  };
}

/** Single precision. */
export function singleForms(rows: readonly (readonly number[])[]): Record<string, Scores> {
  return {
    Float32Array: Float32Array.from(rows.flat()),
    'lists of Float32Array': rows.map((row) => Float32Array.from(row)),
  };
}

/** One target per row. */
export function labelForms(targets: readonly number[], classes: number): Record<string, Targets> {
  const everyOne = new Set(targets).size === classes;
  const isBinary = targets.every((k) => k < 2);
  return {
    list: targets,
    Int32Array: Int32Array.from(targets),
    Uint8Array: Uint8Array.from(targets),
    Int16Array: Int16Array.from(targets),
    Float32Array: Float32Array.from(targets),
    Float64Array: Float64Array.from(targets),
    bigints: targets.map(BigInt),
    BigInt64Array: BigInt64Array.from(targets.map(BigInt)),
    'lists of one': targets.map((k) => [k]),
    ...(isBinary && { booleans: targets.map(Boolean) }),
    ...(everyOne && { texts: targets.map((k) => `class ${String.fromCodePoint(0x100 + k)}`) }),
  };
}

/** A number per class. */
export function oneHotForms(targets: readonly number[], classes: number): Record<string, Targets> {
  const rows = targets.map((k) => Array.from({ length: classes }, (_, c) => Number(c === k)));
  return {
    'one-hot lists': rows,
    'one-hot Uint8Arrays': rows.map((row) => Uint8Array.from(row)),
    'one-hot, flat': rows.flat(),
    'one-hot, flat Float32Array': Float32Array.from(rows.flat()),
  };
}
