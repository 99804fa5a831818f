/** What the tests of losses share: reference cases, bars, and the kernels that run here. */

import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { KernelName } from '../../src/types/scores.js';

export type Format = 'f32' | 'f64';
export const FORMATS = ['f32', 'f64'] as const;

export function realArray(format: Format, values: ArrayLike<number>): Float32Array | Float64Array {
  return format === 'f64' ? Float64Array.from(values) : Float32Array.from(values);
}

/** Numbers of a case; NaN and infinities are spelled out. */
type Nested = number | string | Nested[];

export function flat(values: Nested): number[] {
  return ([values].flat(3) as (number | string)[]).map(Number);
}

/** A case of test/oracles/losses.json. */
export interface LossCase {
  name: string;
  fn: string;
  inputs: Record<string, Nested> & { input: Nested };
  options: Record<string, unknown> & { reduction?: 'mean' | 'sum' | 'none' };
  value: Nested;
  /** Gradient of the sum of `value`; left out where it is 0. */
  grad_of_sum?: Nested;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../oracles/losses.json', import.meta.url), 'utf8'),
) as { cases: LossCase[] };

/** Cases of some losses; fails where there is none of one. */
export function casesOf(...names: string[]): LossCase[] {
  const found = cases.filter(({ fn }) => names.includes(fn));
  for (const name of names) {
    if (!found.some(({ fn }) => fn === name)) throw new Error(`There is no case of ${name}.`);
  }
  return found;
}

/** Within which relative or absolute distance a result of this format must be. */
export function barsOf(format: Format, { name, inputs }: LossCase): [number, number] {
  if (format === 'f64') return [1e-9, 1e-15];
  if (!/huge|offset/.test(name)) return [2e-6, 2e-6];
  const largest = Math.max(...flat(inputs.input).map(Math.abs).filter(Number.isFinite));
  return [2e-6, 2 ** (Math.floor(Math.log2(largest)) - 23)];
}

export function expectNear(
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
  relative: number,
  absolute: number,
): void {
  if (actual === undefined) expect.fail('there is nothing to compare');
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i]) || actual[i] === expected[i]) continue;
    const bar = Math.max(relative * Math.abs(expected[i]), absolute);
    if (!(Math.abs(actual[i] - expected[i]) <= bar)) {
      expect.fail(`${i}: ${actual[i]}, expected ${expected[i]} ± ${bar}`);
    }
  }
}

/** f32x4.relaxed_madd(0, 0, 0), as a module. */
const RELAXED = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00, 0x0a, 0x13, 0x01, 0x11, 0x00],
  ...[
    0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0xfd, 0x85, 0x02, 0x0b,
  ],
);

/** Whether this engine has relaxed SIMD: Node 22 has, Node 20 behind a flag. */
export const HAS_RELAXED = WebAssembly.validate(RELAXED);

/** Runs a suite for every kernel; where the engine lacks relaxed SIMD its suite is shown as skipped. */
export function describeKernels(suite: (kernel: KernelName) => void): void {
  describe('kernel simd', () => suite('simd'));
  describe.skipIf(!HAS_RELAXED)('kernel relaxed (skipped where the engine lacks it)', () =>
    suite('relaxed'),
  );
  describe('kernel reference', () => suite('reference'));
}
