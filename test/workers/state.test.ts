import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScorer, type Metric } from '../../src/index.js';
import { CLASSES, testRows } from './dumps.js';

const data = testRows(600, ['random', 'ties', 'nan', 'masked']);
const options = { classes: CLASSES, invalid: 'skip' as const, ignoreIndex: -100 };
const part = async (from: number, to: number, place: number | undefined = from, more = {}) => {
  const scorer = await createScorer({ ...options, ...more });
  const scores = data.scores.subarray(from * CLASSES, to * CLASSES);
  scorer.add(scores, data.targets.subarray(from, to), undefined, place);
  return scorer;
};
const saved = (scorer: object) => JSON.parse(JSON.stringify(scorer));
const refused = (code: string) => expect.objectContaining({ name: 'UsageError', code });

describe('the state of a scorer', () => {
  it('gives back what was saved, merged in any order', async () => {
    const whole = await part(0, 600);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 599 }), { maxLength: 6 }),
        fc.nat(),
        async (cuts, turn) => {
          const ends = [0, ...cuts.sort((a, b) => a - b), 600];
          const states: unknown[] = [];
          for (let i = 1; i < ends.length; i++)
            states.push(saved(await part(ends[i - 1]!, ends[i]!)));
          const first = turn % states.length;
          const merged = await createScorer(options);
          for (const state of [...states.slice(first), ...states.slice(0, first)]) {
            merged.mergeState(state);
          }
          expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
          expect(merged.report()).toEqual(whole.report());
        },
      ),
      { numRuns: 30 },
    );
    expect(saved(whole)).toMatchObject({
      schema: 'logitscope.scorer/2',
      kernel: 'simd',
      rows: [[0, 600]],
    });
  });

  it('gives back names of classes in what it found, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (name) => {
        const classNames = Array.from({ length: CLASSES }, (_, c) => `${c}${name}`);
        const whole = await part(0, 600, 0, { classNames });
        expect(saved(whole).invalid.found).toContain('in score column');
        const copy = await createScorer({ ...options, classNames });
        copy.mergeState(saved(whole));
        expect(copy.report()).toEqual(whole.report());
      }),
      { numRuns: 50 },
    );
  });

  it('refuses rows that are there already, and is unchanged then', async () => {
    const scorer = await part(100, 300);
    const before = JSON.stringify(scorer);
    for (const [from, to] of [
      [0, 101],
      [299, 300],
      [100, 300],
      [150, 200],
      [0, 600],
    ] as const) {
      const other = await part(from, to);
      expect(() => scorer.mergeState(saved(other))).toThrowError(refused('state-overlap'));
      expect(() => scorer.merge(other)).toThrowError(refused('state-overlap'));
    }
    const row = data.scores.subarray(0, CLASSES);
    expect(() => scorer.add(row, [0], undefined, 299)).toThrowError(refused('state-overlap'));
    expect(JSON.stringify(scorer)).toBe(before);
    scorer.merge(await part(0, 100));
    scorer.mergeState(saved(await part(400, 600)));
    expect(saved(scorer).rows).toEqual([
      [0, 300],
      [400, 600],
    ]);
  });

  it('takes the rows of scorers that were never told a place as other rows', async () => {
    const [first, second] = [await createScorer(options), await createScorer(options)];
    for (const scorer of [first, second]) {
      scorer.add(data.scores.subarray(0, 10 * CLASSES), data.targets.subarray(0, 10));
    }
    first.merge(second);
    expect(first.report().rows.total).toBe(20);
    // From the first place on, all have one.
    first.add(data.scores.subarray(0, CLASSES), [0], undefined, 50);
    first.add(data.scores.subarray(0, CLASSES), [0]);
    expect(saved(first).rows).toEqual([
      [0, 10],
      [50, 52],
    ]);
    const placed = await part(51, 53);
    expect(() => first.merge(placed)).toThrowError(refused('state-overlap'));
  });

  it.each([
    [{ ignoreIndex: -1 }],
    [{ invalid: 'error' }],
    [{ weighted: true }],
    [{ classWeights: [1, 1, 1, 1, 2] }],
    [{ labelSmoothing: 0.1 }],
    [{ kernel: 'reference' }],
    [{ dtype: 'f64' }],
    [{ classNames: ['a', 'b', 'c', 'd', 'e'] }],
  ])('refuses that of a scorer with %j', async (more) => {
    const scorer = await part(0, 10);
    const other = await createScorer({ ...options, ...more } as never);
    expect(() => scorer.mergeState(saved(other))).toThrowError(refused('state-mismatch'));
  });

  it('refuses that of another version, kernel or task', async () => {
    const state = saved(await part(0, 10));
    const scorer = await createScorer(options);
    for (const change of [{ version: '0.0.1' }, { kernel: 'reference' }, { task: 'binary' }]) {
      const other = { ...state, ...change };
      expect(() => scorer.mergeState(other)).toThrowError(refused('state-mismatch'));
    }
  });

  it('refuses what is damaged, and is unchanged then', async () => {
    const state = saved(await part(0, 600));
    expect(state.invalid.rows).toBeGreaterThan(0);
    const damages: ((copy: typeof state) => unknown)[] = [
      (copy) => delete copy.schema,
      (copy) => delete copy.scored,
      (copy) => delete copy.scored.tally,
      (copy) => (copy.schema = 'logitscope.scorer/1'),
      (copy) => (copy.rows = [[0, 601]]),
      (copy) =>
        (copy.rows = [
          [0, 300],
          [300, 600],
        ]),
      (copy) =>
        (copy.rows = [
          [300, 400],
          [0, 100],
        ]),
      (copy) => (copy.rows = [[0, -1]]),
      (copy) => (copy.rows = [[0.5, 2]]),
      (copy) => copy.invalid.rows++,
      (copy) => (copy.invalid.found = '\x1b[31mred'),
      (copy) => (copy.invalid.found = 'NaN in score column 1 ("\x1b[31mred")'),
      (copy) => (copy.invalid.found = ''),
      (copy) => (copy.invalid.found = '\u202ered'),
      (copy) => (copy.invalid.firstRow = null),
      (copy) => (copy.missing.firstRow = 3),
      (copy) => (copy.scored.normalized = -1),
      (copy) => (copy.scored.loose = 1e9),
      (copy) => (copy.classNames = [1, 2, 3, 4, 5]),
    ];
    const scorer = await createScorer(options);
    const before = JSON.stringify(scorer);
    for (const damage of damages) {
      const copy = structuredClone(state);
      damage(copy);
      expect(() => scorer.mergeState(copy), String(damage)).toThrowError(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
    for (const other of [null, undefined, 1, 'x', [], {}]) {
      expect(() => scorer.mergeState(other)).toThrowError(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
    expect(JSON.stringify(scorer)).toBe(before);
  });

  it('says that custom metrics cannot be saved', async () => {
    const metric: Metric = { name: 'none', update: () => {}, merge: () => {}, compute: () => 0 };
    const scorer = await createScorer({ ...options, metrics: [metric] });
    expect(() => JSON.stringify(scorer)).toThrowError(refused('custom-metrics'));
    const state = saved(await part(0, 10));
    expect(() => scorer.mergeState(state)).toThrowError(refused('custom-metrics'));
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the row index %s', async (row) => {
    const scorer = await createScorer(options);
    expect(() => scorer.add(data.scores.subarray(0, CLASSES), [0], undefined, row)).toThrowError(
      refused('bad-row'),
    );
  });
});
