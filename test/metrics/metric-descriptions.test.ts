/** Every metric that a report can hold is described, and nothing else is. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scoreArrays, scoreFile } from '../../src/index.js';
import { binaryMetrics } from '../../src/metrics/binary-metrics.js';
import { describeMetric, metricDescriptions } from '../../src/metrics/metric-descriptions.js';
import { rankingMetrics } from '../../src/metrics/ranking-metrics.js';
import { regressionMetrics } from '../../src/metrics/regression-metrics.js';
import { ReferenceScoreSorter } from '../../src/reference/score-sorter.js';
import { SingleScoreReference } from '../../src/reference/single-score-reference.js';
import { BinaryTally } from '../../src/tallies/binary-tally.js';
import { RankingTally } from '../../src/tallies/ranking-tally.js';
import { RegressionTally } from '../../src/tallies/regression-tally.js';
import { CHOICE_METRICS } from '../../src/types/choices.js';
import type { MetricTask } from '../../src/types/metric-description.js';
import { singleScoreOptions } from '../../src/types/row-options.js';

const CHOICES = fileURLToPath(new URL('../run/fixtures-choices', import.meta.url));
const origin = { kernel: 'none' as const, version: 'test' };

function rankingNames(classes: number): string[] {
  const tally = new RankingTally({ classes, weighted: false });
  const rows = 2 * classes;
  tally.add({
    count: rows,
    scores: Float64Array.from({ length: rows * tally.columns }, (_, i) => (i * 7) % 5),
    targets: Array.from({ length: rows }, (_, i) => i % classes),
    weights: null,
  });
  return Object.keys(rankingMetrics(tally, new ReferenceScoreSorter()).metrics);
}

async function classificationNames(): Promise<string[]> {
  const report = await scoreArrays(
    Float64Array.of(2, 1, 0, 1, 2, 0, 0, 1, 3, 1, 0, 0),
    [0, 1, 2, 1],
    {
      diagnose: true,
      betas: [1, 0.5],
    },
  );
  const choices = await scoreFile(join(CHOICES, 'mutual.jsonl'), { only: [...CHOICE_METRICS] });
  return [
    ...Object.keys(report.metrics),
    ...rankingNames(3),
    ...rankingNames(2),
    ...Object.keys(choices.metrics),
  ];
}

function binaryNames(): string[] {
  const scorer = new SingleScoreReference(singleScoreOptions({ dtype: 'f64' }));
  const tally = new BinaryTally({ weighted: false, eps: 0, ...origin });
  const lease = scorer.lease(4);
  lease.scores.set([1, -1, 0.5, 2]);
  lease.targets.set([1, 0, 0, 1]);
  tally.add({ firstRow: 0, scores: scorer.score(lease, 4), targets: lease.targets, weights: null });
  // The diagnosis has these.
  const abstaining = ['aurc', 'e_aurc'];
  return [
    ...Object.keys(binaryMetrics(tally, { betas: [1, 2] })),
    ...rankingNames(2),
    ...abstaining,
  ];
}

async function multilabelNames(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'logitscope-names-'));
  const path = join(folder, 'tags.csv');
  writeFileSync(path, 'p_a,p_b,y_a,y_b\n0.9,0.2,1,0\n0.6,0.7,0,1\n0.3,0.4,1,0\n');
  const report = await scoreFile(path, { task: 'multilabel', betas: [1] });
  rmSync(folder, { recursive: true });
  return Object.keys(report.metrics);
}

function regressionNames(): string[] {
  const tally = new RegressionTally({ math: Math, kernel: 'reference', version: 'test' });
  tally.add({ targets: [1, 2, 4], predictions: [1, 3, 3], weights: null, count: 3 });
  return Object.keys(regressionMetrics(tally, Math).metrics);
}

describe('descriptions of metrics', () => {
  it.each<[MetricTask, () => string[] | Promise<string[]>]>([
    ['classification', classificationNames],
    ['binary', binaryNames],
    ['multilabel', multilabelNames],
    ['regression', regressionNames],
  ])('are of what reports of the task %s hold, and of nothing else', async (task, namesOf) => {
    const described = (name: string) =>
      describeMetric(name).find((description) => description.task === task)?.name;
    const names = await namesOf();
    expect(names.filter((name) => described(name) === undefined)).toEqual([]);
    const all = metricDescriptions.filter((description) => description.task === task);
    expect([...new Set(names.map(described))].sort()).toEqual(all.map(({ name }) => name).sort());
  });

  it('have one line each, and no name twice within a task', () => {
    const keys = metricDescriptions.map(({ task, name }) => `${task} ${name}`);
    expect(keys).toEqual([...new Set(keys)]);
    for (const { name, summary, formula } of metricDescriptions) {
      expect(summary, name).toMatch(/^\S[^\n]{3,90}[^\s.]$/);
      expect(formula, name).toMatch(/^\S[^\n]{2,60}$/);
    }
  });
});
