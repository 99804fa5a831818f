/** The sample of rows, which depends on the set of rows alone. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../src/tallies/base64.js';
import {
  RowSample,
  type RowSampleOptions,
  type RowSampleState,
} from '../../src/tallies/row-sample.js';
import { rowHash } from '../../src/types/row-hash.js';
import { deal, splits } from '../support/splits.js';

const CLASSES = 3;
const MOST = 60;
const scoresOf = (row: number) => [row, -row / 3, row % 7];
const targetOf = (row: number) => row % CLASSES;
const weightOf = (row: number) => 1 + (row % 5);

function options(rows: number, weighted = false, dtype: 'f32' | 'f64' = 'f64'): RowSampleOptions {
  return { classes: CLASSES, dtype, weighted, budget: rows * CLASSES * (dtype === 'f64' ? 8 : 4) };
}

function filled(rows: Iterable<number>, shape: RowSampleOptions): RowSample {
  const sample = new RowSample(shape);
  for (const row of rows) {
    if (sample.offers(row))
      sample.keep(row, targetOf(row), weightOf(row), Float64Array.from(scoresOf(row)));
  }
  return sample;
}

const text = (sample: RowSample) => JSON.stringify(sample);
const indices = fc.uniqueArray(fc.oneof(fc.nat(100), fc.maxSafeNat()), {
  minLength: 1,
  maxLength: MOST,
});

describe('a sample of rows', () => {
  it('has the same state in any order, split and merge', () => {
    fc.assert(
      fc.property(
        indices,
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        fc.constantFrom('f32' as const, 'f64' as const),
        splits(MOST),
        fc.boolean(),
        (rows, capacity, weighted, dtype, split, isSaved) => {
          const shape = options(capacity, weighted, dtype);
          const whole = text(
            filled(
              [...rows].sort((a, b) => a - b),
              shape,
            ),
          );
          expect(text(filled(rows, shape))).toBe(whole);
          const merged = new RowSample(shape);
          for (const part of deal(rows, split)) {
            const sample = filled(part, shape);
            merged.merge(isSaved ? RowSample.fromJSON(JSON.parse(text(sample)), shape) : sample);
          }
          expect(text(merged)).toBe(whole);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('holds the rows of smallest hash: all that fit below a halved threshold', () => {
    fc.assert(
      fc.property(indices, fc.integer({ min: 1, max: 70 }), (rows, capacity) => {
        const sample = filled(rows, options(capacity));
        const below = (level: number) =>
          rows.filter((row) => rowHash(row, 0x6c6f6769) < 2 ** (32 - level)).sort((a, b) => a - b);
        let level = 0;
        while (below(level).length > capacity) level++;
        expect(sample.level).toBe(level);
        expect([...sample.rows().index]).toEqual(below(level));
        expect(sample.seen).toBe(rows.length);
      }),
    );
  });

  it('keeps to its budget, and at least half of it once it was full', () => {
    for (const capacity of [1, 10, 1000]) {
      const shape = options(capacity, true);
      const sample = filled(
        Array.from({ length: 50_000 }, (_, i) => i),
        shape,
      );
      expect(sample.rows().scores.byteLength).toBeLessThanOrEqual(shape.budget);
      expect(sample.count).toBeLessThanOrEqual(capacity);
      if (capacity === 1000) expect(sample.count).toBeGreaterThan(400);
    }
    expect(filled([4, 5], { ...options(1), budget: 0 }).capacity).toBe(1);
  });

  it('holds all rows where they fit, with what belongs to them', () => {
    const { index, scores, targets, weights } = filled([9, 2, 5], options(3, true)).rows();
    expect([...index]).toEqual([2, 5, 9]);
    expect([...targets]).toEqual([2, 5, 9].map(targetOf));
    expect([...weights!]).toEqual([2, 5, 9].map(weightOf));
    expect([...scores]).toEqual([2, 5, 9].flatMap(scoresOf));
    expect(filled([9, 2, 5], options(3)).rows().weights).toBeNull();
  });

  it('keeps the group of each row through thinning, merging and saving', () => {
    const shape = { ...options(20, true), grouped: true };
    const groupOf = (row: number) => 2 ** 52 + (row % 11);
    const fill = (rows: Iterable<number>) => {
      const sample = new RowSample(shape);
      for (const row of rows) {
        const scores = Float64Array.from(scoresOf(row));
        if (sample.offers(row))
          sample.keep(row, targetOf(row), weightOf(row), scores, 0, groupOf(row));
      }
      return sample;
    };
    fc.assert(
      fc.property(indices, splits(MOST), (rows, split) => {
        const whole = text(fill([...rows].sort((a, b) => a - b)));
        const merged = new RowSample(shape);
        for (const part of deal(rows, split)) {
          merged.merge(RowSample.fromJSON(JSON.parse(text(fill(part))), shape));
        }
        expect(text(merged)).toBe(whole);
        for (const sample of [merged, merged.atLevel(2), merged.only((row) => row % 2 === 0)]) {
          const { index, groups } = sample.rows();
          expect([...groups!]).toEqual([...index].map(groupOf));
        }
        const moved = RowSample.fromParts(shape, merged.parts());
        expect(text(moved)).toBe(whole);
      }),
    );
    expect(filled([1, 2], options(3)).rows().groups).toBeNull();
    expect(() => fill([1]).merge(filled([2], options(20, true)))).toThrowError(
      expect.objectContaining({ code: 'state-mismatch' }),
    );
    const state = JSON.parse(text(fill([1, 2])));
    for (const groups of [undefined, 'AAAA', toBase64(Float64Array.of(0.5, 1))]) {
      expect(() => RowSample.fromJSON({ ...state, groups }, shape)).toThrowError(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
  });

  it('is a fair draw: means of the sample are those of the rows', () => {
    const sample = filled(
      Array.from({ length: 200_000 }, (_, i) => i),
      options(8000),
    );
    const { index, targets, count } = sample.rows();
    const mean = index.reduce((sum, row) => sum + row, 0) / count;
    // Six standard errors of a mean of numbers spread evenly.
    expect(Math.abs(mean - 100_000)).toBeLessThan((6 * 200_000) / Math.sqrt(12 * count));
    for (let c = 0; c < CLASSES; c++) {
      const share = targets.filter((target) => target === c).length / count;
      expect(Math.abs(share - 1 / 3)).toBeLessThan(6 * Math.sqrt(0.25 / count));
    }
  });

  it('thins out, filters and maps without touching the original', () => {
    const sample = filled(
      Array.from({ length: 100 }, (_, i) => i),
      options(200),
    );
    const before = text(sample);
    const thin = sample.atMost(30);
    expect(thin.count).toBeLessThanOrEqual(30);
    expect(sample.atMost(100)).toBe(sample);
    const even = sample.only((row) => row % 2 === 0);
    expect([...even.rows().index]).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
    expect(sample.mapped((score) => score + 1).rows().scores[3]).toBe(scoresOf(1)[0]! + 1);
    expect(text(sample)).toBe(before);
  });

  it.each([
    ['classes', { classes: 4 }],
    ['dtype', { dtype: 'f32' as const }],
    ['weighted', { weighted: true }],
    ['budget', { budget: 1 }],
  ])('refuses to merge other %s', (_, change) => {
    const sample = filled([1], options(5));
    expect(() => sample.merge(new RowSample({ ...options(5), ...change }))).toThrowError(
      expect.objectContaining({ code: 'state-mismatch' }),
    );
  });
});

describe('a saved sample of rows', () => {
  const shape = options(10, true);
  const saved = (): Record<keyof RowSampleState, unknown> =>
    JSON.parse(
      text(
        filled(
          Array.from({ length: 40 }, (_, i) => i),
          shape,
        ),
      ),
    );
  const refuses = (change: (state: Record<keyof RowSampleState, unknown>) => void) => {
    const state = saved();
    change(state);
    expect(() => RowSample.fromJSON(state, shape)).toThrowError(
      expect.objectContaining({ code: 'state-damaged' }),
    );
  };
  /** Changes one entry of a column. */
  const poke = (name: keyof RowSampleState, at: number, value: number) =>
    refuses((state) => {
      const bytes = fromBase64(state[name] as string);
      const column = name === 'targets' ? new Int32Array(bytes) : new Float64Array(bytes);
      column[at] = value;
      state[name] = toBase64(column);
    });

  it('is read as it was', () => {
    expect(text(RowSample.fromJSON(saved(), shape))).toBe(JSON.stringify(saved()));
  });

  it('is refused with parts missing or of another type', () => {
    for (const state of [null, 1, 'text', []]) {
      expect(() => RowSample.fromJSON(state, shape)).toThrowError(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
    for (const name of Object.keys(saved()) as (keyof RowSampleState)[]) {
      for (const value of [undefined, null, {}, -1, 1.5, '*', 'AAAA']) {
        refuses((state) => {
          state[name] = value;
        });
      }
    }
  });

  it('is refused with rows that do not belong to it', () => {
    poke('targets', 0, CLASSES);
    poke('targets', 0, -1);
    for (const row of [-1, 0.5, Number.NaN, 2 ** 60]) poke('index', 0, row);
    const outside = Array.from({ length: 40 }, (_, i) => i).find(
      (row) => rowHash(row, 0x6c6f6769) >= 2 ** 31,
    )!;
    poke('index', 0, outside);
    refuses((state) => {
      const index = new Float64Array(fromBase64(state.index as string));
      state.index = toBase64(index.fill(index[0]!));
    });
    for (const weight of [0, -1, Number.NaN, Infinity]) poke('weights', 0, weight);
    for (const score of [Number.NaN, Infinity])
      for (let c = 0; c < 3; c++) poke('scores', c, score);
  });

  it('is refused with more rows than fit, or than were seen', () => {
    const { capacity } = new RowSample(shape);
    const big = JSON.parse(
      text(
        filled(
          Array.from({ length: capacity + 1 }, (_, i) => i),
          options(20, true),
        ),
      ),
    );
    expect(() => RowSample.fromJSON(big, shape)).toThrowError(
      expect.objectContaining({ code: 'state-damaged' }),
    );
    refuses((state) => {
      state.seen = 0;
    });
    refuses((state) => {
      state.level = 0;
    });
    refuses((state) => {
      state.level = 33;
    });
  });

  it('may have −∞ for what is masked, but not for a target', () => {
    const sample = new RowSample(options(2));
    if (sample.offers(0)) sample.keep(0, 1, 1, Float64Array.of(-Infinity, 0, 2));
    const state = JSON.parse(text(sample));
    expect(text(RowSample.fromJSON(state, options(2)))).toBe(text(sample));
    state.targets = toBase64(Int32Array.of(0));
    expect(() => RowSample.fromJSON(state, options(2))).toThrowError(/no finite score/);
  });
});
