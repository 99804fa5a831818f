import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multilabelMetrics } from '../../src/metrics/multilabel-metrics.js';
import {
  multilabelConfusionMatrix,
  multilabelScores,
} from '../../src/metrics/multilabel-scores.js';
import { f1Score } from '../../src/metrics/rate-scores.js';
import { MultilabelTally } from '../../src/tallies/multilabel-tally.js';
import { deal, splits } from '../support/splits.js';

const LABELS = 3;

interface Row {
  readonly target: number[];
  readonly prediction: number[];
  readonly weight: number;
}

const bits = fc.array(fc.constantFrom(0, 1), { minLength: LABELS, maxLength: LABELS });
const row: fc.Arbitrary<Row> = fc.record({
  target: bits,
  prediction: bits,
  weight: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e3, noNaN: true })),
});
const rowsOf = fc.array(row, { minLength: 1, maxLength: 25 });

function newTally(weighted: boolean, betas = [1, 2]) {
  return new MultilabelTally({ labels: LABELS, weighted, betas, kernel: 'none', version: 'test' });
}

function tallyOf(rows: readonly Row[], weighted: boolean): MultilabelTally {
  const tally = newTally(weighted);
  tally.add({
    targets: rows.flatMap(({ target }) => target),
    predictions: rows.flatMap(({ prediction }) => prediction),
    weights: weighted ? rows.map(({ weight }) => weight) : null,
  });
  return tally;
}

describe('MultilabelTally', () => {
  it('has the same state however rows are split, merged, saved and read', () => {
    fc.assert(
      fc.property(rowsOf, fc.boolean(), splits(25), (rows, weighted, split) => {
        const whole = JSON.stringify(tallyOf(rows, weighted));
        const merged = newTally(weighted);
        for (const part of deal(rows, split)) {
          const saved = JSON.stringify(tallyOf(part, weighted));
          merged.merge(MultilabelTally.fromJSON(JSON.parse(saved)));
        }
        expect(JSON.stringify(merged)).toBe(whole);
        expect(merged.rows).toEqual({
          total: rows.length,
          scored: rows.length,
          ignored: 0,
          invalid: 0,
        });
      }),
    );
  });

  it('takes a row twice as a row of weight 2', () => {
    fc.assert(
      fc.property(rowsOf, fc.constantFrom(0, 1, Number.NaN), (rows, zeroDivision) => {
        const twice = multilabelMetrics(tallyOf([...rows, ...rows], false), { zeroDivision });
        const weights = rows.map((one) => ({ ...one, weight: 2 }));
        const weighted = multilabelMetrics(tallyOf(weights, true), { zeroDivision });
        for (const [name, { value }] of Object.entries(twice)) {
          const [a, b] = [[value].flat(), [weighted[name]!.value].flat()];
          a.forEach((x, k) => {
            expect(Object.is(x, b[k]) || Math.abs(x - b[k]!) < 1e-12, name).toBe(true);
          });
        }
      }),
    );
  });

  it('gives intervals that hold the value, exactly where 0/0 counts as 1, too', () => {
    const rows: Row[] = [
      { target: [0, 0, 0], prediction: [0, 0, 0], weight: 1 },
      { target: [1, 0, 0], prediction: [0, 1, 0], weight: 1 },
      { target: [1, 1, 0], prediction: [1, 0, 0], weight: 1 },
    ];
    // F1 of the rows: 0/0, 0, 2/3.
    for (const [zeroDivision, values] of [
      [0, [0, 0, 2 / 3]],
      [1, [1, 0, 2 / 3]],
      [Number.NaN, [0, 2 / 3]],
    ] as const) {
      const { f1_samples } = multilabelMetrics(tallyOf(rows, true), { zeroDivision });
      const mean = values.reduce((a, b) => a + b) / values.length;
      const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0)) / values.length;
      expect(f1_samples!.value).toBeCloseTo(mean, 14);
      expect(f1_samples!.low).toBeCloseTo(mean - 1.959963984540054 * spread, 12);
      expect(f1_samples!.high).toBeCloseTo(mean + 1.959963984540054 * spread, 12);
    }
  });

  it('counts rows left out and refuses what does not fit', () => {
    const tally = newTally(false);
    tally.addLeftOut({ ignored: 2, invalid: 1 });
    expect(tally.rows.total).toBe(3);
    expect(() => tally.merge(newTally(false, [1]))).toThrow(/different betas/);
    expect(() => tally.merge(newTally(true))).toThrow(/different weighted/);
    const add = (targets: number[], predictions: number[], weights: number[] | null = null) =>
      tally.add({ targets, predictions, weights, firstRow: 10 });
    expect(() => add([0, 1, 0, 0, 2, 0], [0, 0, 0, 0, 0, 0])).toThrow(
      /row 11, column 1: .*found 2/,
    );
    expect(() => add([0, 1], [0, 1])).toThrow(/no rows of 3 labels/);
    expect(() => add([0, 1, 1], [0, 1, 1], [1])).toThrow(/no weights/);
    expect(tally.rows.scored).toBe(0);
    expect(
      () => new MultilabelTally({ labels: 0, weighted: false, kernel: 'none', version: '' }),
    ).toThrow(/labels is 0/);
  });

  it.each([
    ['schema', { schema: 'x' }],
    [
      'labels',
      {
        options: {
          labels: -1,
          weighted: false,
          betas: [1],
          kernel: 'none',
          version: '',
          context: {},
        },
      },
    ],
    ['hits', { hits: [1, 2] }],
    ['rates', { rowRates: {} }],
    ['rows', { rows: { scored: 0.5 } }],
  ])('refuses a damaged state: %s', (_, change) => {
    const state = {
      ...JSON.parse(
        JSON.stringify(tallyOf([{ target: [1, 0, 1], prediction: [1, 1, 0], weight: 1 }], false)),
      ),
      ...change,
    };
    expect(() => MultilabelTally.fromJSON(state)).toThrow(
      expect.objectContaining({ code: 'state-damaged' }),
    );
  });
});

describe('multilabelScores', () => {
  const targets = [
    [1, 0, 1],
    [0, 1, 0],
    [0, 0, 0],
  ];
  const scores = [
    [2, -1, 0],
    [-3, 0.1, 1],
    [-1, -1, -1],
  ];

  it('puts the threshold to scores: at it counts as above it', () => {
    const predictions = [
      [1, 0, 1],
      [0, 1, 1],
      [0, 0, 0],
    ];
    const found = multilabelScores(targets, scores, { threshold: 0 });
    for (const average of ['micro', 'macro', 'weighted', 'samples', 'none'] as const) {
      expect(found[`f1_${average}`]!.value).toEqual(f1Score(targets, predictions, { average }));
    }
    expect(found.exact_match!.value).toBe(2 / 3);
    expect(found.zero_one!.value).toBeCloseTo(1 / 3, 15);
    expect(found.zero_one!.low).toBeCloseTo(1 - found.exact_match!.high!, 15);
  });

  it('refuses NaN with its place', () => {
    const broken = [
      [0, 0, 0],
      [0, Number.NaN, 0],
      [0, 0, 0],
    ];
    expect(() => multilabelScores(targets, broken)).toThrow(/yScore, row 1, column 1: .*NaN/);
    expect(() => multilabelScores(targets, [[1], [1, 2, 3], [1, 2, 3]])).toThrow(
      /yScore needs 3 numbers in every row; found 1 in row 0/,
    );
  });

  it('counts per label', () => {
    const matrices = multilabelConfusionMatrix(
      [
        [1, 0],
        [1, 1],
        [0, 1],
      ],
      [
        [1, 1],
        [0, 1],
        [0, 0],
      ],
      {
        sampleWeight: [1, 2, 4],
      },
    );
    expect(matrices).toEqual([
      [
        [4, 0],
        [2, 1],
      ],
      [
        [0, 1],
        [4, 2],
      ],
    ]);
  });
});
