/** The tally of ranked rows: exact up to its budget, bounded past it, the same state in any order. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreScoreSorter } from '../../src/engine/score-sorter.js';
import { averagePrecisionScore, prAucTrapezoid, rocAucScore } from '../../src/index.js';
import { rankingMetrics } from '../../src/metrics/ranking-metrics.js';
import { loadCore } from '../../src/node/core.js';
import { ReferenceScoreSorter } from '../../src/reference/score-sorter.js';
import {
  MOST_RANKED_CLASSES,
  RankingTally,
  type RankingTallyOptions,
} from '../../src/tallies/ranking-tally.js';

const core = new CoreScoreSorter(await loadCore('simd'));
const reference = new ReferenceScoreSorter();

interface Rows {
  classes: number;
  /** Log-probabilities, rows × classes; for two classes one log-odds per row. */
  scores: number[];
  targets: number[];
  weights: number[] | null;
}

function tallyOf(
  rows: Rows,
  chosen: readonly number[],
  options: Partial<RankingTallyOptions> = {},
) {
  const { classes, scores, targets, weights } = rows;
  const tally = new RankingTally({ classes, weighted: weights !== null, ...options });
  const columns = tally.columns;
  tally.add({
    count: chosen.length,
    scores: Float64Array.from(
      chosen.flatMap((row) => scores.slice(row * columns, (row + 1) * columns)),
    ),
    targets: chosen.map((row) => targets[row]),
    weights: weights && chosen.map((row) => weights[row]),
  });
  return tally;
}

const logSoftmax = (row: number[]) => {
  const top = Math.max(...row);
  const sum = row.reduce((total, z) => total + Math.exp(z - top), 0);
  return row.map((z) => z - top - Math.log(sum));
};

const rows = fc
  .tuple(
    fc.integer({ min: 2, max: 5 }),
    fc.integer({ min: 1, max: 40 }),
    fc.boolean(),
    fc.boolean(),
    fc.infiniteStream(fc.nat(1_000_000)),
  )
  .map(([classes, count, weighted, coarse, stream]): Rows => {
    const next = (values: number) => (stream.next().value as number) % values;
    const columns = classes === 2 ? 1 : classes;
    const logit = () => (coarse ? next(4) : next(100_000) / 12_345) - 2;
    const scores = Array.from({ length: count }, () => {
      const row = Array.from({ length: columns }, logit);
      return columns === 1 ? row : logSoftmax(row);
    }).flat();
    return {
      classes,
      scores,
      targets: Array.from({ length: count }, () => next(classes)),
      weights: weighted ? Array.from({ length: count }, () => next(5) / 3) : null,
    };
  });

/** What the functions over arrays give. */
function ofArrays({ classes, scores, targets, weights }: Rows): Record<string, number> {
  const options = { sampleWeight: weights };
  if (classes === 2) {
    return {
      roc_auc: rocAucScore(targets, scores, options),
      average_precision: averagePrecisionScore(targets, scores, options),
      pr_auc_trapezoid: prAucTrapezoid(targets, scores, options),
    };
  }
  const auc = (multiClass: 'ovr' | 'ovo', average: 'macro' | 'weighted') =>
    rocAucScore(targets, scores, { ...options, multiClass, average });
  return {
    roc_auc_ovr_macro: auc('ovr', 'macro'),
    roc_auc_ovr_weighted: auc('ovr', 'weighted'),
    average_precision_ovr_macro: averagePrecisionScore(targets, scores, options),
    roc_auc_ovo_macro: auc('ovo', 'macro'),
    roc_auc_ovo_weighted: auc('ovo', 'weighted'),
  };
}

const budgets = fc.constantFrom(0, 200, 600, undefined);

it('gives in the exact mode what the functions over arrays give, with either sort', () => {
  fc.assert(
    fc.property(rows, (data) => {
      const tally = tallyOf(data, [...data.targets.keys()]);
      const { mode, metrics } = rankingMetrics(tally, core);
      expect(mode).toBe('exact');
      expect(rankingMetrics(tally, reference).metrics).toEqual(metrics);
      const found = Object.fromEntries(
        Object.entries(metrics).map(([name, { value }]) => [name, value]),
      );
      expect(found).toEqual(ofArrays(data));
    }),
    { numRuns: 150 },
  );
});

it('bounds the exact values past its budget', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom('real' as const, 'bfloat16' as const), (data, binning) => {
      const tally = tallyOf(data, [...data.targets.keys()], { exactBytes: 0, binning });
      fc.pre(tally.rows > 0);
      const { mode, metrics, notices } = rankingMetrics(tally, core);
      expect(mode).toBe('bounded');
      expect(notices[0]!.code).toBe('ranking-bounded');
      const exact = ofArrays(data);
      for (const [name, { value, low, high }] of Object.entries(metrics)) {
        expect(name).not.toContain('ovo');
        if (Number.isNaN(exact[name])) {
          expect(value).toBeNaN();
          continue;
        }
        expect(low! - 1e-14, name).toBeLessThanOrEqual(exact[name]);
        expect(high! + 1e-14, name).toBeGreaterThanOrEqual(exact[name]);
        expect(high! - low!).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 100 },
  );
});

it('has the same state and metrics however rows are split, ordered and merged', () => {
  fc.assert(
    fc.property(
      rows,
      budgets,
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.nat(1000)),
      (data, exactBytes, parts, stream) => {
        const options = { exactBytes };
        const all = [...data.targets.keys()];
        const whole = tallyOf(data, all, options);
        const place = all.map(() => stream.next().value as number);
        const merged = tallyOf(data, [], options);
        for (let part = 0; part < parts; part++) {
          const chosen = all.filter((row) => place[row] % parts === part).reverse();
          const state = JSON.stringify(tallyOf(data, chosen, options).toJSON(reference));
          merged.merge(RankingTally.fromJSON(JSON.parse(state)));
        }
        expect(merged.mode).toBe(whole.mode);
        expect(JSON.stringify(merged.toJSON(core))).toBe(JSON.stringify(whole.toJSON(core)));
        expect(rankingMetrics(merged, core)).toEqual(rankingMetrics(whole, core));
      },
    ),
    { numRuns: 40 },
  );
});

it('turns into bins with the first row past the budget', () => {
  const data: Rows = {
    classes: 2,
    scores: [1, 2, 3, 4],
    targets: [0, 1, 0, 1],
    weights: null,
  };
  const options = { exactBytes: 36 };
  expect(tallyOf(data, [0, 1, 2], options).mode).toBe('exact');
  const tally = tallyOf(data, [0, 1, 2], options);
  tally.merge(tallyOf(data, [3], options));
  expect(tally.mode).toBe('bounded');
  // Every score has a bin of its own: the bounds have no width.
  expect(rankingMetrics(tally, core).metrics.roc_auc).toEqual({
    value: 0.75,
    low: 0.75,
    high: 0.75,
    baseline: 0.5,
  });
});

it('keeps its bins within 128 MiB, with fewer of them for more classes', () => {
  const bits = (classes: number, weighted: boolean) => new RankingTally({ classes, weighted }).bits;
  expect(bits(2, false)).toBe(16);
  expect(bits(10, true)).toBe(16);
  expect(bits(1000, false)).toBe(12);
  expect(bits(MOST_RANKED_CLASSES, true)).toBe(8);
});

describe('scikit-learn', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../oracles/metrics.json', import.meta.url), 'utf8'),
  ) as {
    cases: {
      name: string;
      logits?: number[][];
      target: number[];
      sample_weight: number[] | null;
      expected: Record<string, number>;
    }[];
  };

  it.each(cases.filter(({ logits }) => logits))('$name', (entry) => {
    const data = {
      classes: entry.logits![0].length,
      scores: entry.logits!.flatMap(logSoftmax),
      targets: entry.target,
      weights: entry.sample_weight,
    };
    for (const exactBytes of [0, 1e6]) {
      const tally = tallyOf(data, [...entry.target.keys()], { exactBytes });
      const { metrics } = rankingMetrics(tally, core);
      let compared = 0;
      for (const [name, { value, low, high }] of Object.entries(metrics)) {
        if (entry.expected[name] === undefined) continue;
        compared++;
        if (exactBytes > 0) expect(value, name).toBeCloseTo(entry.expected[name], 10);
        else {
          expect(low, name).toBeLessThanOrEqual(entry.expected[name] + 1e-12);
          expect(high, name).toBeGreaterThanOrEqual(entry.expected[name] - 1e-12);
        }
      }
      expect(compared).toBeGreaterThanOrEqual(3);
    }
  });
});

it('refuses what does not fit', () => {
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return 'nothing';
  };
  const make = (options: Partial<RankingTallyOptions>) =>
    new RankingTally({ classes: 3, weighted: false, ...options });
  expect(code(() => make({ classes: MOST_RANKED_CLASSES + 1 }))).toBe('bad-option');
  expect(code(() => make({ dtype: 'f16' as 'f32' }))).toBe('bad-option');
  expect(code(() => make({ exactBytes: Number.NaN }))).toBe('bad-option');
  expect(code(() => make({}).merge(make({ classes: 4 })))).toBe('state-mismatch');
  const row = { count: 1, scores: Float64Array.of(1, 2), targets: [0], weights: null };
  expect(code(() => make({}).add(row))).toBe('tally-mismatch');
  const tally = make({});
  tally.add({ ...row, scores: Float64Array.of(1, 2, 3) });
  const state = JSON.parse(JSON.stringify(tally.toJSON(reference)));
  expect(RankingTally.fromJSON(state).rows).toBe(1);
  for (const change of [
    { schema: '' },
    { rows: 2 },
    { rows: 1e9 },
    { stored: null },
    { stored: { ...state.stored, targets: 'AwAAAA==' } },
    { stored: { ...state.stored, scores: 'AAAAAAAA+H8AAAAAAAAAAAAAAAAAAAAA' } },
    { options: { ...state.options, classes: 1 } },
    { options: { ...state.options, exactBytes: 0 } },
  ]) {
    expect(
      code(() => RankingTally.fromJSON({ ...state, ...change })),
      JSON.stringify(change),
    ).toBe('state-damaged');
  }
});
