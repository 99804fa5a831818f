import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScorer, defineMetric } from '../../src/index.js';
import type { Scorer } from '../../src/run/scorer.js';
import type { MetricDefinition } from '../../src/types/metric.js';

const ROWS = { classes: 2, kind: 'probabilities', dtype: 'f64', kernel: 'reference' } as const;

const loss = defineMetric({ name: 'my_loss', row: ({ loss }) => loss });
const confident = defineMetric({
  name: 'hits_of_the_confident',
  row: ({ confidence, prediction, target }) =>
    confidence > 0.7 ? Number(prediction === target) : undefined,
});
const counts = defineMetric({
  name: 'predicted_one',
  init: () => ({ ones: 0 }),
  update(state, { scores }) {
    for (let r = 0; r < scores.count; r++) state.ones += scores.prediction[r]!;
  },
  merge: (a, b) => ({ ones: a.ones + b.ones }),
  compute(state) {
    const { ones } = state;
    state.ones = -1000;
    return ones;
  },
});

async function scorerOf(
  rows: readonly (readonly [number, number, number])[],
  metrics: readonly MetricDefinition[],
  weighted = false,
  firstRow = 0,
): Promise<Scorer> {
  const scorer = await createScorer({ ...ROWS, weighted, metrics });
  scorer.add(
    rows.flatMap(([p]) => [1 - p, p]),
    rows.map(([, y]) => y),
    weighted ? rows.map(([, , w]) => w) : undefined,
    firstRow,
  );
  return scorer;
}

const someRows = fc.array(
  fc.tuple(
    fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    fc.constantFrom(0, 1),
    fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 9, noNaN: true })),
  ),
  { minLength: 2, maxLength: 20 },
);

describe('defineMetric', () => {
  it('gives the mean of a number per row as the built-in loss is given, with its interval', async () => {
    await fc.assert(
      fc.asyncProperty(someRows, fc.boolean(), async (rows, weighted) => {
        fc.pre(rows.some(([, , w]) => w > 0));
        const { metrics } = (await scorerOf(rows, [loss], weighted)).report();
        for (const key of ['value', 'low', 'high'] as const) {
          expect(metrics.my_loss![key]).toBe(metrics.log_loss![key]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leaves out rows that have no number', async () => {
    const scorer = await scorerOf(
      [
        [0.9, 1, 1],
        [0.6, 0, 1],
        [0.8, 0, 1],
      ],
      [confident],
    );
    expect(scorer.report().metrics.hits_of_the_confident!.value).toBe(0.5);
  });

  it('computes without changing the state, and serves many scorers', async () => {
    const first = await scorerOf([[0.9, 1, 1]], [counts, loss]);
    const second = await scorerOf(
      [
        [0.8, 1, 1],
        [0.2, 0, 1],
      ],
      [counts, loss],
      false,
      10,
    );
    expect(first.report().metrics.predicted_one!.value).toBe(1);
    expect(first.report().metrics.predicted_one!.value).toBe(1);
    first.add([0.1, 0.9], [0]);
    expect(first.report().metrics.predicted_one!.value).toBe(2);
    first.merge(second);
    expect(first.report().metrics.predicted_one!.value).toBe(3);
    expect(second.report().metrics.predicted_one!.value).toBe(1);
  });

  it('is saved with the state of its scorer, to the same bits', async () => {
    await fc.assert(
      fc.asyncProperty(someRows, fc.boolean(), async (rows, weighted) => {
        const metrics = [loss, confident, counts];
        const half = rows.length >> 1;
        const whole = await scorerOf(rows, metrics, weighted);
        const merged = await createScorer({ ...ROWS, weighted, metrics });
        for (const [from, to] of [
          [half, rows.length],
          [0, half],
        ] as const) {
          const part = rows.slice(from, to);
          const saved = JSON.stringify(await scorerOf(part, metrics, weighted, from));
          merged.mergeState(JSON.parse(saved));
        }
        for (const name of ['my_loss', 'hits_of_the_confident', 'predicted_one']) {
          expect(merged.report().metrics[name]).toEqual(whole.report().metrics[name]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes states that JSON cannot hold through toJSON and fromJSON', async () => {
    const seen = defineMetric<Set<number>>({
      name: 'targets_seen',
      init: () => new Set(),
      update: (state, { targets, scores }) => {
        for (let r = 0; r < scores.count; r++) state.add(targets[r]!);
      },
      merge: (a, b) => new Set([...a, ...b]),
      compute: (state) => state.size,
      toJSON: (state) => [...state].sort(),
      fromJSON: (json) => new Set(json as number[]),
    });
    const first = await scorerOf([[0.9, 1, 1]], [seen]);
    const second = await scorerOf([[0.9, 0, 1]], [seen], false, 1);
    first.mergeState(JSON.parse(JSON.stringify(second)));
    expect(first.report().metrics.targets_seen!.value).toBe(2);
  });

  it('says what is wrong', async () => {
    expect(() => defineMetric({ name: '', row: () => 1 })).toThrow(/needs a name/);
    const broken = defineMetric({
      name: 'broken',
      row: ({ index }) => (index === 1 ? Number.NaN : 1),
    });
    await expect(
      scorerOf(
        [
          [0.9, 1, 1],
          [0.9, 1, 1],
        ],
        [broken],
      ),
    ).rejects.toThrow(
      expect.objectContaining({
        code: 'metric-value',
        message: expect.stringMatching(/"broken" gave NaN for row 1/),
      }),
    );
    const lossy = defineMetric({
      name: 'lossy',
      init: () => ({ best: Number.NEGATIVE_INFINITY }),
      update() {},
      merge() {},
      compute: () => 0,
    });
    const scorer = await scorerOf([[0.9, 1, 1]], [lossy]);
    expect(() => scorer.toJSON()).toThrow(/state\.best of the metric "lossy" is -Infinity/);
    const bare = await createScorer({
      ...ROWS,
      metrics: [{ name: 'bare', update() {}, merge() {}, compute: () => 0 }],
    });
    expect(() => bare.toJSON()).toThrow(expect.objectContaining({ code: 'custom-metrics' }));
    const saved = JSON.parse(JSON.stringify(await scorerOf([[0.9, 1, 1]], [loss])));
    const other = await scorerOf([], [counts]);
    expect(() => other.mergeState(saved)).toThrow(/different custom metrics/);
    expect(() => other.merge(scorer)).toThrow(/different custom metrics/);
    saved.metrics[0].state.rows = 'many';
    const mine = await scorerOf([], [loss]);
    expect(() => mine.mergeState(saved)).toThrow(
      expect.objectContaining({ code: 'state-damaged' }),
    );
    expect(mine.rowsSeen).toBe(0);
  });
});
