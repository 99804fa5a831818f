/** The tally of rows of one score: scikit-learn's numbers, through both kernels, split at will. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SingleScoreEngine } from '../../src/engine/single-score-engine.js';
import { binaryMetrics } from '../../src/metrics/binary-metrics.js';
import { classificationMetrics } from '../../src/metrics/classification-metrics.js';
import { wilson, Z_95 } from '../../src/metrics/intervals.js';
import { loadCore } from '../../src/node/core.js';
import { SingleScoreReference } from '../../src/reference/single-score-reference.js';
import { BinaryTally } from '../../src/tallies/binary-tally.js';
import { singleScoreOptions } from '../../src/types/row-options.js';
import type { SingleScoreScorer } from '../../src/types/single-scores.js';
import { expectClose } from '../support/close.js';
import { deal, splits } from '../support/splits.js';
import { softmaxRow, tallyOf } from '../tallies/scored-rows.js';

interface Row {
  readonly score: number;
  readonly target: number;
  readonly weight: number;
}

const LOGITS = singleScoreOptions({ dtype: 'f64', kind: 'logits', ignoreIndex: -1 });
const PROBABILITIES = singleScoreOptions({ dtype: 'f64', kind: 'probabilities' });

function newTally(scorer: SingleScoreScorer, weighted: boolean): BinaryTally {
  const { kind, eps } = scorer.options;
  const origin = { kernel: scorer.kernel, version: 'test', context: { kind } };
  return new BinaryTally({ weighted, eps: kind === 'probabilities' ? eps : 0, ...origin });
}

function binaryTally(scorer: SingleScoreScorer, rows: readonly Row[], weighted: boolean) {
  const tally = newTally(scorer, weighted);
  if (rows.length === 0) return tally;
  const lease = scorer.lease(rows.length);
  lease.scores.set(rows.map(({ score }) => score));
  lease.targets.set(rows.map(({ target }) => target));
  const scores = scorer.score(lease, rows.length);
  const weights = weighted ? Float64Array.from(rows, ({ weight }) => weight) : null;
  tally.add({ firstRow: 0, scores, targets: lease.targets, weights });
  return tally;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../oracles/binary.json', import.meta.url), 'utf8'),
) as {
  cases: {
    name: string;
    score: number[];
    target: number[];
    sample_weight: number[] | null;
    expected: Record<string, number>;
  }[];
};

/** What ranks scores, or draws curves. */
const OF_CURVES = /^(roc|pr|average_precision|partial_auc)/;

describe.each(['reference', 'simd'])('scikit-learn, kernel %s', (kernel) => {
  it.each(cases)('$name', async ({ score, target, sample_weight, expected }) => {
    const scorer =
      kernel === 'reference'
        ? new SingleScoreReference(PROBABILITIES)
        : new SingleScoreEngine(await loadCore(), PROBABILITIES);
    const rows = score.map((one, i) => ({
      score: one,
      target: target[i]!,
      weight: sample_weight?.[i] ?? 1,
    }));
    const metrics = binaryMetrics(binaryTally(scorer, rows, sample_weight !== null));
    const names = Object.keys(expected).filter(
      (name) => name === 'precision' || !OF_CURVES.test(name),
    );
    expect(names).toEqual(
      expect.arrayContaining(['log_loss', 'brier', 'accuracy', 'precision', 'mcc']),
    );
    for (const name of names) expectClose(metrics[name]?.value, expected[name], name);
  });
});

describe('the rare class of eights-binary.csv', () => {
  const [, ...lines] = readFileSync(
    new URL('../oracles/dumps/eights-binary.csv', import.meta.url),
    'utf8',
  )
    .trim()
    .split('\n');
  const rows = lines.map((line) => {
    const [target, score] = line.split(',').map(Number) as [number, number];
    return { score, target, weight: 1 };
  });
  const metrics = binaryMetrics(binaryTally(new SingleScoreReference(PROBABILITIES), rows, false));
  const { 'eights-binary.csv': expected } = JSON.parse(
    readFileSync(new URL('../oracles/dumps/expected.json', import.meta.url), 'utf8'),
  );

  it.each(['accuracy', 'log_loss', 'brier', 'f1', 'mcc', 'prevalence'])('%s', (name) => {
    expectClose(metrics[name]!.value, expected[name], name);
  });

  it('stands beside what it costs to know nothing', () => {
    const p = expected.prevalence;
    expectClose(metrics.accuracy!.baseline, expected.majority_accuracy, 'accuracy');
    expectClose(metrics.brier!.baseline, p * (1 - p), 'Brier');
    expectClose(metrics.log_loss!.baseline, -p * Math.log(p) - (1 - p) * Math.log(1 - p), 'loss');
    expectClose(metrics.f1!.baseline, (2 * p) / (1 + p), 'F1 of calling every row 1');
    expectClose(metrics.precision!.baseline, p, 'precision');
    expect(metrics.recall).not.toHaveProperty('baseline');
    expectClose(metrics.brier!.skill, 1 - expected.brier / (p * (1 - p)), 'skill');
  });

  it('has intervals: Wilson for shares, over the rows that each is a share of', () => {
    const positives = rows.filter(({ target }) => target === 1).length;
    const recall = metrics.recall!.value as number;
    const totals = { weight: positives, weightSquares: positives };
    expect(metrics.recall).toMatchObject(wilson(recall, totals)!);
    const squares = rows.map(({ score, target }) => (score - target) ** 2);
    const mean = squares.reduce((a, b) => a + b) / rows.length;
    const spread = Math.sqrt(squares.reduce((s, x) => s + (x - mean) ** 2, 0)) / rows.length;
    expectClose(metrics.brier!.low, mean - Z_95 * spread, 'low');
    expectClose(metrics.brier!.high, mean + Z_95 * spread, 'high');
  });
});

const rowsOf = fc.array(
  fc.record({
    score: fc.oneof(
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.constant(0),
    ),
    target: fc.constantFrom(0, 1, 0, 1, 0, 1, -1, 5),
    weight: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e3, noNaN: true })),
  }),
  { minLength: 1, maxLength: 30 },
);

describe('BinaryTally', () => {
  const scorer = new SingleScoreReference(LOGITS);

  it('has the same state however rows are split, merged, saved and read', () => {
    fc.assert(
      fc.property(rowsOf, fc.boolean(), splits(30), (rows, weighted, split) => {
        const whole = binaryTally(scorer, rows, weighted);
        const merged = newTally(scorer, weighted);
        for (const part of deal(rows, split)) {
          const saved = JSON.stringify(binaryTally(scorer, part, weighted));
          merged.merge(BinaryTally.fromJSON(JSON.parse(saved)));
        }
        expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
        expect(binaryMetrics(merged)).toEqual(binaryMetrics(whole));
        const left = rows.filter(({ target }) => target === -1).length;
        expect(whole.rows).toMatchObject({ total: rows.length, ignored: left });
      }),
    );
  });

  it('takes a row twice as a row of weight 2, but for intervals', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const twice = binaryMetrics(binaryTally(scorer, [...rows, ...rows], false));
        const heavy = rows.map((row) => ({ ...row, weight: 2 }));
        const weighted = binaryMetrics(binaryTally(scorer, heavy, true));
        for (const [name, { value }] of Object.entries(weighted)) {
          const other = twice[name]!.value as number;
          const close =
            Object.is(value, other) ||
            Math.abs((value as number) - other) <= 1e-9 * Math.max(1, Math.abs(other));
          expect(close, `${name}: ${value}, ${other}`).toBe(true);
        }
      }),
    );
  });

  it('says of two classes what their metrics say', () => {
    fc.assert(
      fc.property(rowsOf, fc.boolean(), (drawn, weighted) => {
        const rows = drawn.filter(
          ({ score, target }) => target >= 0 && target <= 1 && Math.abs(score) > 1e-6,
        );
        fc.pre(rows.length > 0);
        const ofOne = binaryMetrics(binaryTally(scorer, rows, weighted));
        const two = rows.map(({ score, target, weight }) => softmaxRow([0, score], target, weight));
        const ofTwo = classificationMetrics(tallyOf(two, weighted));
        const same: [string, string, number][] = [
          ['log_loss', 'log_loss', 1],
          ['brier', 'brier_multiclass', 0.5],
          ['accuracy', 'accuracy', 1],
          ['balanced_accuracy', 'balanced_accuracy', 1],
          ['mcc', 'mcc', 1],
          ['kappa', 'kappa', 1],
        ];
        for (const [one, other, factor] of same) {
          for (const key of ['value', 'low', 'high', 'baseline'] as const) {
            const [a, b] = [ofOne[one]![key], ofTwo[other]![key]];
            if (a === undefined) expect(b, `${one}.${key}`).toBeUndefined();
            else
              expect(
                Object.is(a, b) ||
                  Math.abs((a as number) - factor * (b as number)) <
                    1e-9 * Math.max(1, Math.abs(a as number)),
                `${one}.${key}: ${a}, ${b}`,
              ).toBe(true);
          }
        }
        for (const rate of ['precision', 'recall', 'f1', 'jaccard', 'specificity']) {
          expect(ofOne[rate]!.value).toBe((ofTwo[`${rate}_none`]!.value as number[])[1]);
        }
      }),
    );
  });

  it('keeps the loss of logits finite, and counts probabilities that were clipped', () => {
    const saturated = binaryTally(scorer, [{ score: 1e4, target: 0, weight: 1 }], false);
    expect(binaryMetrics(saturated).log_loss!.value).toBe(1e4);
    expect(saturated.rows).toMatchObject({ infiniteLoss: 0, zeroProbability: 0, belowEps: 0 });
    const probabilities = [1, 1 - 2 ** -53, 0.3].map((score) => ({ score, target: 0, weight: 1 }));
    const clipped = binaryTally(new SingleScoreReference(PROBABILITIES), probabilities, false);
    expect(clipped.rows).toMatchObject({ infiniteLoss: 0, zeroProbability: 1, belowEps: 2 });
    const bare = new SingleScoreReference({ ...PROBABILITIES, eps: 0 });
    const infinite = binaryTally(bare, probabilities, true);
    expect(infinite.rows).toMatchObject({ infiniteLoss: 1, zeroProbability: 1, belowEps: 0 });
    expect(binaryMetrics(infinite).log_loss!.value).toBe(Number.POSITIVE_INFINITY);
    const weightless = probabilities.map((row, i) => ({ ...row, weight: i }));
    expect(binaryMetrics(binaryTally(bare, weightless, true)).log_loss!.value).toBeLessThan(40);
  });

  it('gives NaN for what needs two classes', () => {
    const one = binaryTally(
      scorer,
      [
        { score: 1, target: 1, weight: 1 },
        { score: -1, target: 1, weight: 1 },
      ],
      false,
    );
    const { mcc, kappa, specificity, log_loss } = binaryMetrics(one, { zeroDivision: Number.NaN });
    expect(mcc!.value).toBeNaN();
    expect(kappa!.value).toBe(0);
    expect(specificity!.value).toBeNaN();
    expect(log_loss!.baseline).toBe(0);
  });

  it('refuses what does not fit, and damaged states', () => {
    const tally = binaryTally(scorer, [{ score: 1, target: 1, weight: 1 }], false);
    expect(() => tally.merge(newTally(scorer, true))).toThrow(/different weighted/);
    expect(() => tally.merge(newTally(new SingleScoreReference(PROBABILITIES), false))).toThrow(
      /different eps/,
    );
    expect(() => binaryTally(scorer, [{ score: 1, target: 1, weight: -1 }], true)).toThrow(
      /row 0: .*-1/,
    );
    const state = JSON.parse(JSON.stringify(tally));
    for (const change of [
      { schema: 'x' },
      { loss: 3 },
      { rows: {} },
      { options: { ...state.options, classes: 3 } },
    ]) {
      expect(() => BinaryTally.fromJSON({ ...state, ...change })).toThrow(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
  });
});
