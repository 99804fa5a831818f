/** Slices and clusters against the formulas in NumPy, and in whatever order rows come. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScorer, type Scorer, scoreArrays } from '../../src/index.js';
import { renderJson } from '../../src/render/json.js';
import { renderText } from '../../src/render/text.js';
import type { ScoreReport } from '../../src/types/report.js';
import { expectClose } from '../support/close.js';
import { fillLogits, seeded } from '../support/rows.js';
import { deal, splits } from '../support/splits.js';

const data = JSON.parse(readFileSync(new URL('fixtures-slices.json', import.meta.url), 'utf8'));
const logits = Float64Array.from(data.logits);
const ROWS = data.targets.length;

const score = (name: string, more = {}) =>
  scoreArrays(logits, data.targets, {
    kind: 'logits',
    by: data.by,
    clusters: data.cluster,
    ids: data.ids,
    ...(['weighted', 'both'].includes(name) && { weights: data.weights }),
    ...(['classes', 'both'].includes(name) && { classWeights: data.classWeights }),
    ...more,
  });

describe.each(Object.keys(data.cases))('of rows that are %s', (name) => {
  const expected = data.cases[name];

  it('slices have the loss, accuracy and confidence of their rows', async () => {
    const { slices } = await score(name);
    expect(slices!.by).toBe('slice');
    expect(slices!.of.map(({ value }) => value).sort()).toEqual(
      Object.keys(expected.slices).sort(),
    );
    for (const slice of slices!.of) {
      const wanted = expected.slices[slice.value];
      const { loss, accuracy } = slice;
      expect(slice.rows).toBe(wanted.rows);
      expectClose(slice.weight ?? slice.rows, wanted.weight, 'weight');
      expectClose([loss!.value, loss!.low, loss!.high], wanted.loss, 'loss');
      expectClose([accuracy!.value, accuracy!.low, accuracy!.high], wanted.accuracy, 'accuracy');
      expectClose(slice.confidence, wanted.confidence, 'confidence');
      expectClose(slice.calibrationGap, wanted.gap, 'gap');
      expectClose(slice.lossShare, wanted.share, 'share');
    }
    const shares = slices!.of.map(({ lossShare }) => lossShare);
    expect(shares).toEqual([...shares].sort((a, b) => b! - a!));
  });

  it.each(['log_loss', 'accuracy'] as const)('%s has the interval of clusters', async (metric) => {
    const { clusters, metrics, notices } = await score(name);
    const { value, standardError, ratio, count } = expected[metric];
    const half = 1.959963984540054 * standardError;
    expect(clusters!.count).toBe(count);
    expectClose(clusters![metric]!.standardError, standardError, 'standard error');
    expectClose(clusters![metric]!.ratio, ratio, 'ratio');
    const { low, high } = metrics[metric];
    expectClose([low, high], [value - half, value + half], 'interval');
    const alone = await score(name, { clusters: undefined });
    expect(metrics[metric]).toMatchObject({
      value: alone.metrics[metric].value,
      baseline: alone.metrics[metric].baseline,
      skill: alone.metrics[metric].skill,
    });
    const codes = notices.map(({ code }) => code);
    expect(codes).toContain('clustered-errors');
    expect(codes).toContain('few-clusters');
    expect(alone.notices.map(({ code }) => code)).not.toContain('clustered-errors');
  });
});

describe('clusters', () => {
  it('of one row each are independent rows, but for n / (n − 1)', async () => {
    const own = await score('plain', { clusters: data.ids });
    const { clusters } = own;
    expect(clusters).toMatchObject({ by: 'cluster', count: ROWS, largest: 1 });
    const ratio = Math.sqrt(ROWS / (ROWS - 1));
    expectClose(clusters!.log_loss!.ratio, ratio);
    expectClose(clusters!.accuracy!.ratio, ratio);
    expect(own.notices.map(({ code }) => code)).not.toContain('few-clusters');
  });

  it('that hold every row twice make the error √2 times that of the rows alone', async () => {
    const twice = await scoreArrays(
      Float64Array.from([...data.logits, ...data.logits]),
      [...data.targets, ...data.targets],
      { kind: 'logits', clusters: [...data.ids, ...data.ids] },
    );
    const once = await score('plain', { clusters: data.ids });
    expectClose(twice.clusters!.log_loss!.standardError, once.clusters!.log_loss!.standardError);
    expectClose(twice.clusters!.log_loss!.ratio, Math.SQRT2 * once.clusters!.log_loss!.ratio);
  });

  it('tell nothing when there is one, and say which rows have none', async () => {
    const one = await score('plain', { clusters: data.ids.map(() => 'x') });
    expect(one.metrics.log_loss.low).toBeUndefined();
    expect(one.metrics.accuracy.high).toBeUndefined();
    expect(one.clusters!.log_loss!.standardError).toBeNaN();
    expect(one.notices.find(({ code }) => code === 'few-clusters')!.message).toMatch(/one cluster/);
    const missing = await score('plain', { clusters: data.by });
    expect(missing.notices.find(({ code }) => code === 'missing-clusters')!.evidence).toEqual({
      rows: data.cases.plain.slices[''].rows,
    });
  });

  it('of infinite loss have no interval', async () => {
    const report = await scoreArrays(Float64Array.of(0, -Infinity, 0, 1, 1, 0), [1, 0, 0], {
      kind: 'logits',
      clusters: [1, 2, 2],
      by: ['a', 'b', 'b'],
    });
    expect(report.metrics.log_loss.value).toBe(Number.POSITIVE_INFINITY);
    expect(report.metrics.log_loss.low).toBeUndefined();
    expect(report.metrics.accuracy.low).toBeDefined();
    expect(report.slices!.of.map(({ value, lossShare }) => [value, lossShare])).toEqual([
      ['a', Number.NaN],
      ['b', 0],
    ]);
  });
});

describe('names of rows', () => {
  it('stand in the list of the worst; rows without one have their index', async () => {
    const ids = data.ids.map((id: string, i: number) => (i % 2 === 0 ? id : ''));
    const { diagnosis } = await score('plain', { ids });
    expect(diagnosis!.worst).toHaveLength(10);
    for (const { row, id } of diagnosis!.worst) expect(id).toBe(ids[row] || undefined);
    expect(diagnosis!.worst.some(({ id }) => id !== undefined)).toBe(true);
  });
});

describe('texts', () => {
  const options = {
    classes: 3,
    kind: 'logits',
    invalid: 'skip',
    ignoreIndex: -100,
    diagnose: true,
    by: 'place',
    cluster: 'user',
  } as const;
  const random = seeded(7);
  const MOST = 30;
  const rows = Array.from({ length: MOST }, (_, row) => {
    const scores = new Float32Array(3);
    fillLogits(scores, (['random', 'ties', 'masked', 'nan'] as const)[row % 4], random);
    return {
      row,
      scores,
      target: random() < 0.1 ? -100 : Math.floor(random() * 3),
      weight: random() < 0.1 ? 0 : random() * 4,
      texts: {
        id: `r${row}`,
        by: ['', 'a', '__proto__', '\u001b[31m'][Math.floor(random() * 4)],
        cluster: String(Math.floor(random() * 6)),
      },
    };
  });

  async function scorerOf(part: typeof rows, weighted: boolean): Promise<Scorer> {
    const scorer = await createScorer({ ...options, weighted });
    for (const { row, scores, target, weight, texts } of part) {
      const { id, by, cluster } = texts;
      scorer.add(scores, [target], weighted ? [weight] : undefined, row, {
        id: [id],
        by: [by],
        cluster: [cluster],
      });
    }
    return scorer;
  }

  it('give the same bits and the same state, however rows are split, merged and saved', async () => {
    const whole = [await scorerOf(rows, false), await scorerOf(rows, true)];
    const states = whole.map((scorer) => JSON.stringify(scorer.toJSON()));
    const reports = whole.map((scorer) => renderJson(scorer.report()));
    expect(JSON.parse(reports[0]).slices.of).toHaveLength(4);
    await fc.assert(
      fc.asyncProperty(splits(MOST), fc.boolean(), fc.boolean(), async (split, weighted, saved) => {
        const merged = await createScorer({ ...options, weighted });
        for (const part of deal(rows, split)) {
          const scorer = await scorerOf(part, weighted);
          if (saved) merged.mergeState(JSON.parse(JSON.stringify(scorer.toJSON())));
          else merged.merge(scorer);
        }
        expect(JSON.stringify(merged.toJSON())).toBe(states[weighted ? 1 : 0]);
        expect(renderJson(merged.report())).toBe(reports[weighted ? 1 : 0]);
      }),
      { numRuns: 40 },
    );
  });

  it('add up: the slices to the whole, with as many batches as there are', async () => {
    const scorer = await createScorer({ ...options });
    const many = Array.from({ length: 3000 }, (_, i) => rows[(i * 7) % MOST]);
    scorer.add(
      many.flatMap(({ scores }) => Array.from(scores)),
      many.map(({ target }) => target),
      undefined,
      0,
      { by: many.map(({ texts }) => texts.by), cluster: many.map((_, i) => `u${i}`) },
    );
    const { slices, rows: counts, metrics, clusters } = scorer.report() as ScoreReport;
    expect(slices!.of.reduce((sum, slice) => sum + slice.rows, 0)).toBe(counts.scored);
    expect(clusters!.count).toBe(counts.scored);
    const hits = slices!.of.reduce((sum, { rows: n, accuracy }) => sum + n * accuracy!.value, 0);
    expectClose(hits / counts.scored, metrics.accuracy.value);
  });

  it('from files are spelled out at a terminal', async () => {
    const report = (await scorerOf(rows, false)).report();
    const hostile = {
      ...report,
      slices: { ...report.slices!, by: '\u202eby\u001b[2J' },
      diagnosis: {
        ...report.diagnosis!,
        worst: report.diagnosis!.worst.map((row) => ({ ...row, id: '\u001b]0;owned\u0007' })),
      },
    };
    const text = renderText(hostile);
    expect(text).toContain('\\u001b[31m');
    expect(text).toContain('\\u001b]0;owned\\u0007');
    expect(text).toContain('(missing)');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('are refused where they are missing, too few, or of too many values', async () => {
    const scorer = await createScorer(options);
    const add = (texts?: object) => () => scorer.add([1, 2, 3], [0], undefined, undefined, texts);
    expect(add()).toThrow(/made with by: "place"; every batch needs texts\.by/);
    expect(add({ by: ['a'] })).toThrow(/texts\.cluster/);
    expect(add({ by: ['a'], cluster: [] })).toThrow(/Expected 1 texts in texts\.cluster.*found 0/);
    expect(add({ by: ['a'], cluster: ['b'], id: ['1', '2'] })).toThrow(/texts\.id.*found 2/);
    expect(scorer.rowsSeen).toBe(0);
    await expect(score('plain', { by: ['a'] })).rejects.toThrow(
      /Expected 60 slices \(by\).*found 1/,
    );

    const n = 10_001;
    const scores = new Float32Array(2 * n).fill(0.5);
    const targets = new Int32Array(n);
    const values = Array.from({ length: n }, (_, i) => i);
    await expect(scoreArrays(scores, targets, { by: values })).rejects.toMatchObject({
      code: 'too-many-slices',
      message: expect.stringMatching(/row 10000.*more than 10000 .*found one more, "10000"/),
    });
    const { slices } = await scoreArrays(scores, targets, { by: values.map((i) => i % 10_000) });
    expect(slices!.of).toHaveLength(10_000);
    expect(slices!.of[0]).toMatchObject({ value: '0', rows: 2 });
    expect(renderText({ ...(await score('plain')), slices: slices! })).toContain(
      'The 20 of 10 000 slices by slice with most of the loss',
    );
  });

  it('of other columns do not merge, nor do states that were tampered with', async () => {
    const scorer = await scorerOf(rows, false);
    const other = await createScorer({ ...options, by: 'another' });
    expect(() => other.mergeState(scorer.toJSON())).toThrow(/by "another" and by "place"/);
    expect(() => other.merge(scorer)).toThrow(/by "another" and by "place"/);
    const none = await createScorer({ ...options, cluster: undefined });
    expect(() => none.merge(scorer)).toThrow(/different parts/);
    const tamper = async (change: (slices: Record<string, unknown>) => void) => {
      const state = JSON.parse(JSON.stringify(scorer.toJSON()));
      change(state.parts.slices.tally);
      const fresh = await createScorer(options);
      expect(() => fresh.mergeState(state)).toThrow(/state is damaged/);
    };
    await tamper((tally) => (tally.texts as string[]).reverse());
    await tamper((tally) => (tally.rows as number[]).pop());
    await tamper((tally) => (tally.sums as unknown[]).pop());
    await tamper((tally) => {
      tally.texts = 'abc';
    });
  });
});
