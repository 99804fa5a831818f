import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassificationTally } from '../../src/tallies/classification-tally.js';
import { RowStatus } from '../../src/types/scores.js';
import { probabilityRow, scoredRows, softmaxRow, type TestRow, tallyOf } from './scored-rows.js';

const CLASSES = 4;

const logit = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ min: -40, max: 40, noNaN: true }),
  fc.constant(Number.NEGATIVE_INFINITY),
);
const row = fc
  .record({
    logits: fc.array(logit, { minLength: CLASSES, maxLength: CLASSES }),
    target: fc.nat(CLASSES - 1),
    weight: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true })),
    status: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
  })
  .map(({ logits, target, weight, status }): TestRow => {
    const scores = logits.map((z, i) => (i === 0 && z === Number.NEGATIVE_INFINITY ? 0 : z));
    return { ...softmaxRow(scores, target, weight), status };
  });

const optionSets = fc.record({
  classWeights: fc.constantFrom(null, [1, 0.3, 7, 0.1]),
  labelSmoothing: fc.constantFrom(0, 0.1),
  eps: fc.constantFrom(0, 1e-3),
});

const base = { classes: CLASSES, kernel: 'reference', version: 'test' } as const;

describe('ClassificationTally', () => {
  it('has the same state however rows are split and merged', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        optionSets,
        fc.array(fc.nat(2), { minLength: 30, maxLength: 30 }),
        fc.array(fc.integer(), { minLength: 30, maxLength: 30 }),
        (rows, weighted, options, parts, keys) => {
          const whole = tallyOf(rows, weighted, options);
          const tallies = [0, 1, 2].map(
            () => new ClassificationTally({ ...base, weighted, ...options }),
          );
          const order = rows.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]!);
          for (const i of order) {
            tallies[parts[i]!]!.add(scoredRows([rows[i]!], weighted, options, i));
          }
          const [first, second, third] = tallies as [
            ClassificationTally,
            ClassificationTally,
            ClassificationTally,
          ];
          third.merge(ClassificationTally.fromJSON(JSON.parse(JSON.stringify(first))));
          third.merge(second);
          expect(JSON.stringify(third)).toBe(JSON.stringify(whole));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('has the same state for batches longer and shorter than its slices', () => {
    const rows = Array.from({ length: 2500 }, (_, i) =>
      softmaxRow([Math.sin(i), Math.cos(3 * i), i % 5, 1], i % CLASSES, 1 + (i % 7)),
    );
    for (const weighted of [false, true]) {
      const whole = tallyOf(rows, weighted);
      const split = new ClassificationTally({ ...base, weighted });
      for (let from = 0, size = 1; from < rows.length; from += size, size = (size * 3) % 1337) {
        split.add(scoredRows(rows.slice(from, from + size), weighted, {}, from));
      }
      expect(JSON.stringify(split)).toBe(JSON.stringify(whole));
    }
  });

  it('counts rows by what became of them', () => {
    const scored = probabilityRow([0.5, 0.5, 0, 0], 0);
    const rows = [
      scored,
      probabilityRow([1, 0, 0, 0], 1),
      probabilityRow([0.9995, 0.0005, 0, 0], 1),
      { ...scored, status: RowStatus.ignored },
      { ...scored, status: RowStatus.invalid },
      { ...scored, status: RowStatus.badTarget },
      { ...scored, status: RowStatus.missingTarget },
      { ...scored, status: RowStatus.contradiction },
    ];
    expect(tallyOf(rows, false, { eps: 1e-3 }).rows).toEqual({
      total: 8,
      scored: 3,
      ignored: 1,
      invalid: 4,
      tied: 1,
      infiniteLoss: 1,
      zeroProbability: 1,
      belowEps: 2,
    });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e-101, 1e101])(
    'refuses the sample weight %s and adds nothing',
    (weight) => {
      const tally = new ClassificationTally({ ...base, weighted: true });
      const before = JSON.stringify(tally);
      const rows = [softmaxRow([1, 2, 3, 4], 0), softmaxRow([1, 2, 3, 4], 0, weight)];
      expect(() => tally.add(scoredRows(rows, true, {}, 100))).toThrowError(
        expect.objectContaining({ code: 'bad-weight', place: { row: 101 } }),
      );
      expect(JSON.stringify(tally)).toBe(before);
    },
  );

  it('does not read the weights of rows that do not count', () => {
    const rows = [
      { ...softmaxRow([1, 2, 3, 4], 0, Number.NaN), status: RowStatus.ignored },
      softmaxRow([1, 2, 3, 4], 0, 2),
    ];
    expect(tallyOf(rows, true).weights.totals()).toEqual({ weight: 2, weightSquares: 4 });
  });

  it('takes nothing from a row that weighs 0, be its loss infinite', () => {
    const rows = [probabilityRow([1, 0], 1, 0), probabilityRow([0.5, 0.5], 1, 3)];
    for (const classWeights of [null, [1, 2]]) {
      const tally = tallyOf(rows, true, { classWeights });
      const weights = tally.scores!.lossWeights ?? tally.weights;
      expect(tally.scores!.loss.over(weights.totals()).mean).toBe(Math.log(2));
    }
  });

  it.each([
    ['classes', { classes: 5 }],
    ['weighted', { weighted: true }],
    ['classWeights', { classWeights: [1, 1, 1, 2] }],
    ['labelSmoothing', { labelSmoothing: 0.1 }],
    ['eps', { eps: 1e-15 }],
    ['scores', { scores: false }],
    ['kernel', { kernel: 'simd' as const }],
    ['version', { version: 'other' }],
    ['context', { context: { kind: 'logits' } }],
  ])('refuses to merge other %s', (name, options) => {
    const tally = new ClassificationTally({ ...base, weighted: false });
    const other = new ClassificationTally({ ...base, weighted: false, ...options });
    expect(() => tally.merge(other)).toThrowError(
      expect.objectContaining({ code: 'state-mismatch', message: expect.stringContaining(name) }),
    );
  });

  it('refuses rows that do not fit', () => {
    const rows = [softmaxRow([1, 2, 3, 4], 3)];
    const mismatch = expect.objectContaining({ code: 'tally-mismatch' });
    const three = new ClassificationTally({ ...base, classes: 3, weighted: false });
    expect(() => three.add(scoredRows(rows, false))).toThrowError(mismatch);
    const plain = new ClassificationTally({ ...base, weighted: false });
    expect(() => plain.add(scoredRows(rows, true))).toThrowError(mismatch);
    const weighted = new ClassificationTally({ ...base, weighted: true });
    expect(() => weighted.add(scoredRows(rows, false))).toThrowError(mismatch);
    expect(() => plain.addPair(0, 1)).toThrowError(mismatch);
    const labels = new ClassificationTally({ ...base, weighted: false, scores: false });
    expect(() => labels.add(scoredRows(rows, false))).toThrowError(mismatch);
    for (const [target, prediction, weight] of [
      [4, 0, 1],
      [0, -1, 1],
      [0, 0.5, 1],
      [0, 1, 0.5],
    ] as const) {
      expect(() => labels.addPair(target, prediction, weight)).toThrowError(mismatch);
    }
  });

  it.each([
    ['classes', { classes: 1 }],
    ['classes', { classes: 300_000 }],
    ['labelSmoothing', { labelSmoothing: 1.1 }],
    ['eps', { eps: Number.NaN }],
    ['classWeights', { classWeights: [1, 2] }],
    ['classWeights', { classWeights: [1, 2, -1, 4] }],
  ])('refuses the option %s %o', (name, options) => {
    expect(() => new ClassificationTally({ ...base, weighted: false, ...options })).toThrowError(
      expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(name) }),
    );
  });

  it('counts pairs one by one and in bulk alike', () => {
    const bulk = new ClassificationTally({ ...base, weighted: false, scores: false });
    const single = new ClassificationTally({ ...base, weighted: false, scores: false });
    bulk.addPair(0, 1, 3);
    bulk.addPair(2, 2, 2);
    bulk.addLeftOut({ ignored: 1, invalid: 2 });
    for (const [target, prediction] of [
      [2, 2],
      [0, 1],
      [0, 1],
      [2, 2],
      [0, 1],
    ] as const) {
      single.addPair(target, prediction);
    }
    single.addLeftOut({ invalid: 2 });
    single.addLeftOut({ ignored: 1 });
    expect(JSON.stringify(bulk)).toBe(JSON.stringify(single));
    expect(bulk.rows).toMatchObject({ total: 8, scored: 5, ignored: 1, invalid: 2 });
    const weighted = () => new ClassificationTally({ ...base, weighted: true, scores: false });
    const together = weighted();
    together.addPair(0, 1, 5, 2, 13);
    const apart = weighted();
    apart.addPair(0, 1, 2);
    apart.addPair(0, 1, 3);
    expect(JSON.stringify(together)).toBe(JSON.stringify(apart));
  });

  it('refuses damaged states, whichever part is missing or of another type', () => {
    const rows = [softmaxRow([1, 2, 3, 4], 3, 2), softmaxRow([4, 2, 3, 4], 1, 3)];
    const options = { classWeights: [1, 2, 3, 4], labelSmoothing: 0.1 };
    const text = JSON.stringify(tallyOf(rows, true, options));
    const damaged = expect.objectContaining({ code: 'state-damaged' });
    const refuses = (change: (state: Record<string, unknown>) => void) => {
      const state = JSON.parse(text);
      change(state);
      expect(() => ClassificationTally.fromJSON(state)).toThrowError(damaged);
    };
    const visit = (part: unknown, path: (string | number)[]) => {
      const at = (state: unknown, keys: (string | number)[]) =>
        keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], state);
      for (const key of Object.keys(part as object)) {
        const inner = (part as Record<string, unknown>)[key];
        // A context may hold anything plain; class weights may be null, and sums then too.
        if (key !== 'context') {
          refuses((state) => {
            (at(state, path) as Record<string, unknown>)[key] = { not: 'this' };
          });
        }
        if (typeof inner === 'object' && inner !== null) visit(inner, [...path, key]);
      }
    };
    visit(JSON.parse(text), []);
    for (const state of [null, 3, 'text', [], {}]) {
      expect(() => ClassificationTally.fromJSON(state)).toThrowError(damaged);
    }
    refuses((state) => {
      (state.options as Record<string, unknown>).classes = 1e6;
    });
  });
});
