/** Rows whose target is a probability per class: what counts where, and what is refused. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createScorer,
  defineMetric,
  MISSING_TARGET,
  NO_LARGEST,
  type Scorer,
} from '../../src/index.js';
import { memoryDump } from '../../src/intake/memory-dump.js';
import { loadCore } from '../../src/node/core.js';
import { renderJson } from '../../src/render/json.js';
import { renderText } from '../../src/render/text.js';
import type { DumpOptions } from '../../src/run/dump-options.js';
import { explainDumps } from '../../src/run/explain-dumps.js';
import { scoreDump } from '../../src/run/score-dump.js';
import { refuseSoftTargets } from '../../src/tasks/soft-targets.js';
import { fillLogits, seeded } from '../support/rows.js';
import { softRows } from '../support/soft-rows.js';

const NAN = Number.NaN;
const codes = ({ notices }: { notices: readonly { code: string }[] }) =>
  notices.map(({ code }) => code);
const refused = (name: 'UsageError' | 'InputError', code: string) =>
  expect.objectContaining({ name, code });

describe('soft targets', () => {
  it('give the same report, to the last bit, however the rows are split and merged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 20 }),
        fc.record({
          weighted: fc.boolean(),
          dtype: fc.constantFrom('f32' as const, 'f64' as const),
          kernel: fc.constantFrom('simd' as const, 'reference' as const),
          labelSmoothing: fc.constantFrom(0, 0.1),
          weighsClasses: fc.boolean(),
        }),
        fc.boolean(),
        async (seed, classes, rows, parts, { weighsClasses, ...more }, saves) => {
          const { scores, soft, weights } = softRows(seed, rows, classes, more.dtype);
          const options = {
            ...more,
            classes,
            softTargets: true,
            invalid: 'skip' as const,
            classWeights: weighsClasses
              ? Float64Array.from({ length: classes }, (_, c) => c)
              : null,
          };
          const whole = await createScorer(options);
          whole.add(scores, soft, more.weighted ? weights : undefined);
          const random = seeded(seed + 1);
          const cuts = Array.from({ length: parts - 1 }, () => Math.floor(random() * (rows + 1)));
          const ends = [0, ...cuts.sort((a, b) => a - b), rows];
          const pieces: Scorer[] = [];
          for (let i = 1; i < ends.length; i++) {
            const [from, to] = [ends[i - 1], ends[i]];
            const piece = await createScorer(options);
            if (to > from) {
              const lease = piece.lease(to - from);
              lease.scores.set(scores.subarray(from * classes, to * classes));
              lease.soft!.set(soft.subarray(from * classes, to * classes));
              lease.weights.set(weights.subarray(from, to));
              piece.update(lease, to - from, from);
            }
            pieces.splice(Math.floor(random() * (pieces.length + 1)), 0, piece);
          }
          const merged = await createScorer(options);
          for (const piece of pieces) {
            if (saves) merged.mergeState(JSON.parse(JSON.stringify(piece)));
            else merged.merge(piece);
          }
          expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
          expect(renderJson(merged.report())).toBe(renderJson(whole.report()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['logits', {}],
    ['logits', { classWeights: [1, 2, 0, 0.5] }],
    ['log-probabilities', {}],
    ['probabilities', { eps: 0 }],
  ] as const)(
    'that are one-hot have the loss of hard ones, to the last bit: %s %j',
    async (kind, more) => {
      const random = seeded(11);
      const [rows, classes] = [200, 4];
      const scores = new Float64Array(rows * classes);
      for (let r = 0; r < rows; r++) {
        const row = scores.subarray(r * classes, (r + 1) * classes);
        fillLogits(row, (['random', 'confident', 'ties'] as const)[r % 3], random);
        if (kind === 'logits') continue;
        const sum = row.reduce((all, z) => all + Math.exp(z), 0);
        row.set(row.map((z) => (kind === 'probabilities' ? Math.exp(z) / sum : z - Math.log(sum))));
      }
      const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
      const soft = new Float64Array(rows * classes);
      targets.forEach((target, r) => {
        soft[r * classes + target] = 1;
      });
      const losses: Record<string, Float64Array> = {};
      const options = { classes, kind, dtype: 'f64' as const, ...more };
      const reports = [];
      for (const [name, given, softTargets] of [
        ['hard', targets, false],
        ['soft', soft, true],
      ] as const) {
        const scorer = await createScorer({
          ...options,
          softTargets,
          observe: ({ scores: { loss } }) => {
            losses[name] = loss.slice();
          },
        });
        scorer.add(scores, given);
        reports.push(scorer.report());
      }
      expect(losses.soft).toEqual(losses.hard);
      const [hard, alike] = reports;
      for (const name of [
        'perplexity',
        'bits',
        'brier_multiclass',
        'accuracy',
        'f1_macro',
        'mrr',
      ]) {
        expect(alike.metrics[name].value, name).toBe(hard.metrics[name].value);
      }
      expect(alike.metrics.perplexity.skill).toBeCloseTo(hard.metrics.perplexity.skill!, 10);
    },
  );

  it('count rows without one largest class in the loss alone', async () => {
    const scorer = await createScorer({ classes: 3, dtype: 'f64', softTargets: true });
    scorer.add([2, 1, 0, 0, 5, 0, 1, 0, 0], [0.7, 0.2, 0.1, 0.5, 0.5, 0, 0, 1, 0]);
    const report = scorer.report();
    expect(report.rows).toEqual({ total: 3, scored: 3, ignored: 0, invalid: 0 });
    expect(report.options.softTargets).toBe(true);
    expect(report.metrics.accuracy.value).toBe(0.5);
    expect(report.metrics.support_none.value).toEqual([1, 1, 0]);
    const { message, evidence } = report.notices.find(({ code }) => code === 'soft-targets')!;
    const entropy =
      (-0.7 * Math.log(0.7) - 0.2 * Math.log(0.2) - 0.1 * Math.log(0.1) + Math.LN2) / 3;
    expect(evidence!.leastLoss).toBeCloseTo(entropy, 12);
    expect(message).toContain(`cannot fall below ${entropy.toFixed(4)}, their mean entropy`);
    expect(message).toContain('1 row has no one largest class and is in the loss alone');
    expect(report.calibration).toBeUndefined();
    expect(report.diagnosis).toBeUndefined();
    expect(Object.keys(report.metrics).filter((name) => /ece|mce|gap|auc/.test(name))).toEqual([]);
  });

  it('report a loss where no row has one largest class', async () => {
    const scorer = await createScorer({ classes: 2, dtype: 'f64', softTargets: true });
    scorer.add([0, 0, 0, 0], [0.5, 0.5, 0.5, 0.5]);
    const report = scorer.report();
    expect(report.metrics.log_loss.value).toBeCloseTo(Math.LN2, 12);
    expect(report.metrics.accuracy.value).toBeNaN();
    expect(codes(report)).not.toContain('nothing-scored');
  });

  it('that have nothing at a mask add nothing there, and otherwise ∞', async () => {
    const masked = [0, 0, Number.NEGATIVE_INFINITY];
    const scorer = await createScorer({ classes: 3, dtype: 'f64', softTargets: true });
    scorer.add(masked, [0.25, 0.75, 0]);
    expect(scorer.report().metrics.log_loss.value).toBeCloseTo(Math.LN2, 12);
    scorer.add(masked, [0.25, 0.7, 0.05]);
    const report = scorer.report();
    expect(report.metrics.log_loss.value).toBe(Number.POSITIVE_INFINITY);
    expect(report.metrics.brier_multiclass.value).toBeCloseTo(
      (0.125 + 0.0625 + 0.04 + 0.0025) / 2,
      12,
    );
    const notice = report.notices.find(({ code }) => code === 'infinite-loss')!;
    expect(notice.message).toMatch(/^1 row has infinite loss: a class of the target was given/);
  });

  it('clip probabilities as hard targets do', async () => {
    const options = { classes: 3, kind: 'probabilities', dtype: 'f64', softTargets: true } as const;
    const scorer = await createScorer({ ...options, eps: 1e-3 });
    scorer.add([1, 0, 0], [0.5, 0.25, 0.25]);
    const report = scorer.report();
    expect(report.metrics.log_loss.value).toBeCloseTo(-0.5 * Math.log(1e-3), 12);
    const notice = report.notices.find(({ code }) => code === 'probabilities-clipped')!;
    expect(notice.message).toMatch(
      /^1 row gives a class of the target a probability below 0\.00100/,
    );
  });

  it.each([
    [[0.5, -0.5, 1], '-0.5 for class 1'],
    [[0.5, 0.6, 0], 'a row that sums to 1.1'],
    [[0.5, NAN, 0.5], 'NaN for class 1'],
    [[0, 0, 0], 'a row that sums to 0'],
    [[Number.POSITIVE_INFINITY, 0, 0], 'a row that sums to Infinity'],
  ])('that are no probabilities are refused: %j', async (row, found) => {
    const scorer = await createScorer({ classes: 3, softTargets: true, source: 'x' });
    expect(() => scorer.add([1, 2, 3, 1, 2, 3], [1, 0, 0, ...row])).toThrow(
      expect.objectContaining({
        code: 'bad-soft-target',
        message: expect.stringContaining(
          `x, row 1: the target is no probability per class; found ${found}`,
        ),
      }),
    );
  });

  it('may be missing, and rows invalid, where such rows are left out', async () => {
    const scores = [1, 2, NAN, 0, NAN, 1, 2, 1];
    const soft = [NAN, NAN, 0.5, 0.5, 1, 0, 0.25, 0.75];
    const strict = await createScorer({ classes: 2, softTargets: true });
    strict.add(scores.slice(0, 2), soft.slice(0, 2));
    expect(() => strict.report()).toThrow(refused('InputError', 'missing-targets'));
    const seen: number[][] = [];
    const lenient = await createScorer({
      classes: 2,
      softTargets: true,
      invalid: 'skip',
      observe: ({ targets, scores: rows }) => seen.push([...targets.subarray(0, rows.count)]),
    });
    lenient.add(scores, soft);
    expect(lenient.report().rows).toEqual({ total: 4, scored: 1, ignored: 0, invalid: 3 });
    expect(seen).toEqual([[MISSING_TARGET, NO_LARGEST, 0, 1]]);
    expect(lenient.report().metrics.log_loss.value).toBeCloseTo(Math.log1p(Math.exp(-1)) + 0.75, 6);
  });

  it('show metrics of one’s own the rows that have one largest class', async () => {
    const rows: number[] = [];
    const metric = defineMetric({
      name: 'seen',
      row({ index, target, loss }) {
        rows.push(index, target);
        return loss;
      },
    });
    const scorer = await createScorer({
      classes: 2,
      dtype: 'f64',
      softTargets: true,
      metrics: [metric],
    });
    scorer.add([0, 0, 0, 0, 0, 0], [0.5, 0.5, 0.25, 0.75, 1, 0]);
    expect(rows).toEqual([1, 1, 2, 0]);
    expect(scorer.report().metrics.seen.value).toBeCloseTo(Math.LN2, 12);
  });

  it('do not merge with hard ones, nor with damaged states', async () => {
    const options = { classes: 2 };
    const soft = await createScorer({ ...options, softTargets: true });
    soft.add([1, 2], [0.5, 0.5]);
    const hard = await createScorer(options);
    const state = JSON.parse(JSON.stringify(soft));
    expect(() => hard.mergeState(state)).toThrow(refused('UsageError', 'state-mismatch'));
    const again = await createScorer({ ...options, softTargets: true });
    const damaged = structuredClone(state);
    damaged.parts.soft.rows.undecided = 7;
    expect(() => again.mergeState(damaged)).toThrow(refused('InputError', 'state-damaged'));
    again.mergeState(state);
    expect(JSON.stringify(again)).toBe(JSON.stringify(soft));
  });

  it.each([
    [{ ignoreIndex: -100 }, /no index marks rows to leave out; found -100/],
    [{ by: 'language' }, /slices \("language"\) are there for rows of one true class alone/],
    [{ cluster: 'patient' }, /clusters \("patient"\).*leave --cluster out/],
  ])('refuse %j', async (more, message) => {
    const scorer = createScorer({ classes: 2, softTargets: true, ...more });
    await expect(scorer).rejects.toThrow(refused('UsageError', 'soft-targets'));
    await expect(scorer).rejects.toThrow(message);
  });

  it('need as many numbers as there are scores', async () => {
    const scorer = await createScorer({ classes: 2, softTargets: true });
    expect(() => scorer.add([1, 2, 3, 4], [0, 1])).toThrow(
      refused('UsageError', 'length-mismatch'),
    );
  });
});

describe('a dump of soft targets', () => {
  const { scores, soft } = softRows(5, 700, 3, 'f32', ['random', 'confident']);
  const targets = new Int32Array(700);
  const open = () => ({
    task: 'classification' as const,
    reason: null,
    reader: memoryDump('x.npy', { scores, dtype: 'f32', targets, weights: null, soft }, 3),
    notices: () => [],
  });
  const report = (options: DumpOptions = {}) =>
    scoreDump(open(), { invalid: 'skip', ...options }, loadCore, undefined, {
      reopen: async () => open(),
    });

  it('is scored from its first row to its last, without what needs hard targets', async () => {
    const scorer = await createScorer({ classes: 3, softTargets: true, invalid: 'skip' });
    scorer.add(scores, soft);
    const expected = scorer.report();
    for (const options of [{}, { fitRows: 'all' }, { ranking: 'bounded' }] as const) {
      const { metrics, rows, diagnosis } = await report(options);
      expect(metrics).toEqual(expected.metrics);
      expect(rows).toEqual(expected.rows);
      expect(diagnosis).toBeUndefined();
    }
    expect(expected.rows.scored).toBeGreaterThan(500);
  });

  it('has its notice in text and JSON', async () => {
    const text = renderText(await report());
    expect(text).toMatch(
      /Note \(soft-targets\): The targets are probabilities: the loss cannot fall/,
    );
    expect(text).toMatch(/loss \(log_loss\) +\d/);
    expect(text).not.toMatch(/NaN|undefined|[Tt]emperature T|ece_/);
    const json = JSON.parse(renderJson(await report()));
    expect(json.options.softTargets).toBe(true);
    expect(json.metrics.log_loss.baseline).toBeGreaterThan(0);
  });

  it('says why a metric is not there', async () => {
    for (const name of ['roc_auc_ovr_macro', 'calibration_gap', 'log_loss_none']) {
      await expect(report({ only: [name] })).rejects.toThrow(
        /has no .*: it is about rows of one true class, and these targets are probabilities/,
      );
    }
    const chosen = await report({ only: ['log_loss', 'accuracy'] });
    expect(Object.keys(chosen.metrics)).toEqual(['log_loss', 'accuracy']);
  });

  it('follows other libraries: nothing is ignored, and Keras divides by rows', async () => {
    const torch = await report({ like: 'torch' });
    expect(torch.metrics.log_loss).toEqual((await report()).metrics.log_loss);
    const weights = Float64Array.from(targets, (_, r) => 1 + (r % 3));
    const weighted = (options: DumpOptions) => {
      const rows = { scores, dtype: 'f32' as const, targets, weights, soft };
      const reader = memoryDump('x', rows, 3);
      return scoreDump(
        { task: 'classification', reason: null, reader, notices: () => [] },
        { invalid: 'skip', ...options },
        loadCore,
      );
    };
    const [own, keras] = [await weighted({}), await weighted({ like: 'keras' })];
    const { evidence } = own.notices.find(({ code }) => code === 'soft-targets')!;
    expect(keras.metrics.log_loss.value).toBeCloseTo(
      ((own.metrics.log_loss.value as number) * (evidence!.weight as number)) / own.rows.scored,
      10,
    );
  });

  it('is refused by explain and epochs, with what to do', async () => {
    await expect(explainDumps(open(), open(), {}, loadCore)).rejects.toThrow(
      /The targets of "x\.npy" are probabilities; explain compares rows of one true class\. Give hard labels/,
    );
    expect(() => refuseSoftTargets(open().reader.info, 'epochs')).toThrow(
      refused('UsageError', 'soft-targets'),
    );
  });
});
