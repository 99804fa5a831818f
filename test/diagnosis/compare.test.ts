/** Comparisons of models against NumPy and SciPy, and what they do not depend on. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareModels } from '../../src/diagnosis/compare-models.js';
import { measuredRows } from '../../src/diagnosis/compare-rows.js';
import { MaxT } from '../../src/diagnosis/max-t.js';
import { type CompareReport, type Comparison, compareFiles, encodeNpy } from '../../src/index.js';
import { modelNames } from '../../src/node/compare-files.js';
import { seeded } from '../support/rows.js';

interface Expected {
  readonly means: readonly number[];
  readonly pairs: readonly (readonly [number, number])[];
  readonly delta: readonly number[];
  readonly standardError: readonly number[];
  readonly p: readonly number[];
  readonly holm: readonly number[];
  readonly detectable: readonly number[];
  readonly 'rowsFor0.01': readonly number[];
  readonly quantile: number;
  readonly set: readonly number[];
}
type Case = 'plain' | 'weighted' | 'clustered';
const FIXTURE: {
  readonly classes: number;
  readonly targets: readonly number[];
  readonly cluster: readonly number[];
  readonly weights: readonly number[];
  readonly logits: readonly (readonly number[])[];
} & { readonly [name in Case]: { readonly loss: Expected; readonly accuracy: Expected } } =
  JSON.parse(readFileSync(new URL('./fixtures/compare.json', import.meta.url), 'utf8'));
const { targets, logits, classes } = FIXTURE;
const ROWS = targets.length;
const NAMES = logits.map((_, model) => `m${model}`);

let folder: string;
const at = (...name: string[]) => join(folder, ...name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-compare-'));
  mkdirSync(at('models'));
  logits.forEach((scores, model) => {
    writeFileSync(
      at('models', `m${model}.npy`),
      encodeNpy(Float64Array.from(scores), [ROWS, classes]),
    );
  });
  writeFileSync(at('labels.npy'), encodeNpy(Int32Array.from(targets)));
  writeFileSync(at('weights.npy'), encodeNpy(Float64Array.from(FIXTURE.weights)));
  writeFileSync(at('cluster.txt'), FIXTURE.cluster.map((of) => `c${of}\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const near = (found: number, expected: number, bar: number, what: string) =>
  expect(
    Math.abs(found - expected) / Math.abs(expected),
    `${what}: ${found} for ${expected}`,
  ).toBeLessThan(bar);

function expectLike(found: Comparison, expected: Expected): void {
  const { pairs, differences } = found;
  const best = found.best;
  expect(best).toBe(
    NAMES[expected.means.indexOf((found.by === 'loss' ? Math.min : Math.max)(...expected.means))],
  );
  expect([...found.bestSet].sort()).toEqual(expected.set.map((model) => NAMES[model]));
  near(found.quantile, expected.quantile, 0.025, 'quantile');
  expect(pairs).toHaveLength(expected.pairs.length);
  expected.pairs.forEach(([i, j], k) => {
    const [a, b] = [NAMES[i], NAMES[j]];
    const isSame = pairs.some((pair) => pair.a === a && pair.b === b);
    const pair = pairs.find((of) =>
      isSame ? of.a === a && of.b === b : of.a === b && of.b === a,
    )!;
    expect(pair.delta * (isSame ? 1 : -1)).toBeCloseTo(expected.delta[k]!, 12);
    near(pair.pValue, expected.p[k]!, 1e-8, `p of ${a} and ${b}`);
    near(pair.correctedPValue, expected.holm[k]!, 1e-8, `corrected p of ${a} and ${b}`);
    if (a !== best && b !== best) return;
    const difference = differences.find(({ name }) => name === (a === best ? b : a))!;
    near(difference.standardError, expected.standardError[k]!, 1e-10, 'standard error');
    near(difference.detectable, expected.detectable[k]!, 1e-9, 'detectable');
    expect(difference.rowsNeeded).toBe(expected['rowsFor0.01'][k]);
    const reach = found.quantile * expected.standardError[k]!;
    expect(difference.high - difference.low).toBeCloseTo(2 * reach, 10);
  });
}

describe('models over the same rows', () => {
  const options = (name: Case) => ({
    labels: at('labels.npy'),
    difference: 0.01,
    ...(name === 'weighted' && { weights: at('weights.npy') }),
    ...(name === 'clustered' && { cluster: at('cluster.txt') }),
  });

  it.each(['plain', 'weighted', 'clustered'] as const)(
    'are as NumPy has them, %s',
    async (name) => {
      const report = await compareFiles([at('models')], options(name));
      const { loss, accuracy } = FIXTURE[name];
      const [byLoss, byAccuracy, byRefinement] = report.comparisons;
      for (const model of report.models) {
        const i = NAMES.indexOf(model.name);
        expect(model.loss).toBeCloseTo(loss.means[i]!, 12);
        expect(model.accuracy).toBeCloseTo(accuracy.means[i]!, 12);
      }
      const losses = report.models.map((model) => model.loss!);
      expect(losses).toEqual([...losses].sort((a, b) => a - b));
      expectLike(byLoss!, loss);
      expectLike(byAccuracy!, accuracy);
      expect(byRefinement).toMatchObject({ by: 'refinement', rows: ROWS });
      expect(report.clusters).toEqual(
        name === 'clustered'
          ? { by: at('cluster.txt'), count: new Set(FIXTURE.cluster).size }
          : undefined,
      );
    },
  );

  it('do not depend on how they are named, nor on the order of their rows', async () => {
    const table = (model: number, order: readonly number[]) =>
      `id,p_0,p_1,p_2,label\n${order
        .map((row) => {
          const z = logits[model]!.slice(row * classes, (row + 1) * classes);
          const sum = z.reduce((total, x) => total + Math.exp(x), 0);
          return `row-${row},${z.map((x) => (Math.exp(x) / sum).toFixed(9)).join(',')},${targets[row]}\n`;
        })
        .join('')}`;
    const inOrder = targets.map((_, row) => row);
    const random = seeded(3);
    const orders = [inOrder, inOrder].map(() => {
      const keys = inOrder.map(() => random());
      return [...inOrder].sort((a, b) => keys[a]! - keys[b]!);
    });
    for (const [name, order] of [
      ['straight', inOrder],
      ['mixed', orders[0]!],
      ['other', orders[1]!],
    ] as const) {
      mkdirSync(at(name));
      NAMES.slice(0, 3).forEach((model, i) => {
        writeFileSync(at(name, `${model}.csv`), table(i, i === 0 ? inOrder : order));
      });
    }
    const withoutPaths = (report: CompareReport) =>
      JSON.stringify(report, (key, value) => (key === 'source' ? undefined : value));
    const straight = await compareFiles([at('straight')]);
    for (const name of ['straight', 'mixed', 'other']) {
      const files = ['m2', 'm0', 'm1'].map((model) => at(name, `${model}.csv`));
      const report = await compareFiles(files, { id: 'id' });
      expect(withoutPaths(report), name).toBe(withoutPaths(straight));
    }
    await expect(compareFiles([at('mixed')])).rejects.toThrow(/another order/);
  });

  it('say when tests are made on a sample of rows', async () => {
    const { comparisons, notices, models } = await compareFiles([at('models')], {
      labels: at('labels.npy'),
      fitRows: 100,
    });
    const [loss, accuracy, refinement] = comparisons;
    expect([loss!.rows, accuracy!.rows]).toEqual([ROWS, ROWS]);
    expect(refinement!.rows).toBeLessThanOrEqual(100);
    expect(models[0]!.loss).toBeCloseTo(Math.min(...FIXTURE.plain.loss.means), 12);
    expect(notices.map(({ code, evidence }) => [code, evidence!.of])).toEqual([
      ['sampled-rows', ROWS],
    ]);
  });

  it('take a model for the best as the level has it, whatever the others are', () => {
    const random = seeded(8);
    const index = Float64Array.from({ length: 500 }, (_, row) => row);
    const values = [0, 0.001, 0.5].map((more) => index.map(() => random() + more));
    const models = values.map((of) => ({
      index,
      weights: null,
      groups: null,
      resolution: 0,
      values: of,
    }));
    const names = ['a', 'b', 'c'];
    const { bestSet, best } = compareModels(measuredRows('absoluteError', models), {
      names,
      level: 0.05,
      math: Math,
    });
    expect(bestSet).toEqual(['a', 'b']);
    expect(bestSet).toContain(best);
  });
});

describe('the largest |t| by chance', () => {
  const random = seeded(21);
  const index = Float64Array.from({ length: 30_000 }, (_, row) => row);
  const values = [0, 1, 2, 3].map(() => index.map(() => random() + random() + random()));
  const rows = { index, weights: null, groups: null, values };

  it('is that of normal variables for many rows, drawn in bundles', () => {
    // The studentized range of four, 95 %: 3.633, over √2; one pair: 1.960.
    const chance = new MaxT(rows);
    near(chance.quantile([0, 1, 2, 3], 0.05), 3.633 / Math.SQRT2, 0.03, 'of four');
    near(chance.quantile([1, 3], 0.05), 1.96, 0.03, 'of two');
    expect(chance.quantile([0, 1, 2, 3], 0.01)).toBeGreaterThan(
      chance.quantile([0, 1, 2, 3], 0.05),
    );
  });

  it('of a cluster counts its rows together', () => {
    const few = { ...rows, groups: index.map((row) => row % 700) };
    const alone = {
      index: Float64Array.from({ length: 700 }, (_, group) => group),
      weights: null,
      groups: null,
      values: values.map((of) => {
        const mean = of.reduce((sum, value) => sum + value, 0) / of.length;
        const sums = new Float64Array(700);
        of.forEach((value, row) => {
          sums[row % 700]! += value - mean;
        });
        return sums;
      }),
    };
    expect(new MaxT(few).quantile([0, 1, 2], 0.05)).toBeCloseTo(
      new MaxT(alone).quantile([0, 1, 2], 0.05),
      9,
    );
  });

  it('is 0 of models that do not differ', () => {
    const same = { ...rows, values: [values[0]!, values[0]!] };
    expect(new MaxT(same).quantile([0, 1], 0.05)).toBe(0);
  });
});

describe('names of models', () => {
  it.each([
    [['run/a.npy', 'run/b.npy'], 'a b'],
    [['run/a.npy', 'run/a.csv.gz'], 'a.npy a.csv.gz'],
    [['runs/a/val.npy', 'runs/b/val.npy'], 'a b'],
    [['a/x/val.npy', 'b/x/val.npy', 'a/x/test.npy'], 'a/x/val b/x/val a/x/test'],
    [['model-v1.5.npy', 'model-v2.npy'], 'model-v1.5 model-v2'],
  ])('of %j are as short as tells them apart', (paths, names) => {
    expect(modelNames(paths).join(' ')).toBe(names);
  });
});
