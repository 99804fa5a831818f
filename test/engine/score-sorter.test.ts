/** The sort of scores against the host's own. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreScoreSorter } from '../../src/engine/score-sorter.js';
import { loadCore } from '../../src/node/core.js';
import { ReferenceScoreSorter } from '../../src/reference/score-sorter.js';
import type { RealArray } from '../../src/types/gradients.js';

const reference = new ReferenceScoreSorter();
const cores = [new CoreScoreSorter(await loadCore('simd'))];

describe.each([
  ['f32', Float32Array],
  ['f64', Float64Array],
] as const)('%s', (dtype, RealArrayOf) => {
  const bothSort = (values: RealArray) => {
    const fill = (scores: RealArray, carried: Uint32Array) => {
      scores.set(values);
      for (let i = 0; i < values.length; i++) carried[i] = i;
    };
    const wanted = reference.sort(dtype, values.length, fill);
    for (const core of cores) {
      const { scores, carried } = core.sort(dtype, values.length, fill);
      // toEqual tells −0 from 0, so both must give 0.
      expect([...scores]).toEqual([...wanted.scores]);
      expect([...carried]).toEqual([...wanted.carried]);
    }
    return wanted;
  };

  it('orders every kind of number, highest first, and takes −0 for 0', () => {
    const least = dtype === 'f32' ? 2 ** -149 : 2 ** -1074;
    const values = [-0, 1, -Infinity, least, -least, 0, Infinity, -1, 1e-30, -1e30, 1e30, -0];
    const { scores, carried } = bothSort(RealArrayOf.from(values));
    const f = (x: number) => RealArrayOf.of(x)[0];
    expect([...scores]).toEqual(
      [Infinity, 1e30, 1, 1e-30, least, 0, 0, 0, -least, -1, -1e30, -Infinity].map(f),
    );
    // Equal ones keep their order.
    expect([...carried].slice(5, 8)).toEqual([0, 5, 11]);
  });

  it.each([0, 1, 2, 3, 2047, 2048, 2049])('sorts %i scores', (count) => {
    bothSort(
      RealArrayOf.from(Array.from({ length: count }, (_, i) => Math.sin(i) * 10 ** ((i % 9) - 4))),
    );
  });

  it('sorts more than one call takes', () => {
    const values = RealArrayOf.from(
      Array.from({ length: 150_000 }, (_, i) => Math.fround(Math.sin(i * i))),
    );
    const { scores } = bothSort(values);
    expect(scores.length).toBe(150_000);
  });

  it('sorts whatever bits there are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 800 }), fc.boolean(), (bytes, few) => {
        const size = RealArrayOf.BYTES_PER_ELEMENT;
        const words = bytes.slice(0, bytes.length - (bytes.length % size));
        const chosen = few ? words.map((byte) => byte & 0x81) : words;
        bothSort(new RealArrayOf(chosen.buffer).filter((x) => !Number.isNaN(x)) as Float64Array);
      }),
      { numRuns: 300 },
    );
  });
});
