/** Steps of sequences: next-step targets, and slices by the place in the sequence. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { positionNames } from '../../src/intake/sequences.js';
import { explainFiles } from '../../src/node/explain-files.js';
import { type ScoreFileOptions, scoreFile } from '../../src/node/score-file.js';
import { errorOf } from '../support/fields.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

const root = mkdtempSync(join(tmpdir(), 'logitscope-steps-'));
afterAll(() => rmSync(root, { recursive: true }));
const write = (name: string, content: string | Uint8Array) => {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
};

const CLASSES = 5;

interface Batch {
  readonly batch: number;
  readonly time: number;
  readonly scores: readonly number[];
  readonly targets: readonly number[];
}

function batchOf(batch: number, time: number, seed = 1): Batch {
  const steps = batch * time;
  return {
    ...{ batch, time },
    scores: Array.from({ length: steps * CLASSES }, (_, i) =>
      Math.fround(Math.sin(seed + 13 * i) * 3),
    ),
    // Padding at the ends, as trainers write it.
    targets: Array.from({ length: steps }, (_, i) =>
      i % time > time - 1 - (Math.floor(i / time) % 3) ? -100 : (7 * i + seed) % CLASSES,
    ),
  };
}

const scoresOf = ({ batch, time, scores }: Batch) =>
  npyBytes({ descr: '<f4', shape: [batch, time, CLASSES], values: scores });
const targetsOf = ({ batch, time, targets }: Batch) =>
  npyBytes({ descr: '<i8', shape: [batch, time], values: targets.map(BigInt) });

/** What shifting by hand leaves: logits[:, :-1] and labels[:, 1:]. */
function shiftedByHand({ batch, time, scores, targets }: Batch): Batch {
  const kept = Array.from({ length: batch * time }, (_, i) => i).filter(
    (i) => (i + 1) % time !== 0,
  );
  return {
    batch,
    time: time - 1,
    scores: kept.flatMap((i) => scores.slice(i * CLASSES, (i + 1) * CLASSES)),
    targets: kept.map((i) => targets[i + 1]!),
  };
}

async function metricsOf(batch: Batch, options: ScoreFileOptions) {
  const labels = write('y.npy', targetsOf(batch));
  const report = await scoreFile(write('z.npy', scoresOf(batch)), { labels, ...options });
  return { metrics: report.metrics, rows: report.rows, report };
}

describe('next-step targets', () => {
  it('are those that are shifted by hand', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 99 }),
        async (batch, time, seed) => {
          const all = batchOf(batch, time, seed);
          const hand = shiftedByHand(all);
          fc.pre(hand.targets.some((target) => target !== -100));
          const found = await metricsOf(all, { shift: true });
          const expected = await metricsOf(hand, { ignoreIndex: -100 });
          expect(found.metrics).toEqual(expected.metrics);
          expect(found.rows.scored).toBe(expected.rows.scored);
          expect(found.rows.ignored).toBe(expected.rows.ignored + batch);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('have the same bits on any number of threads, and in one archive', async () => {
    const all = batchOf(60, 37);
    const one = await metricsOf(all, { shift: true, threads: 1 });
    const two = await metricsOf(all, { shift: true, threads: 2, stripeBytes: 5000 });
    expect(two.report).toEqual(one.report);
    const archive = write(
      'both.npz',
      zipBytes([
        { name: 'logits.npy', bytes: scoresOf(all) },
        { name: 'labels.npy', bytes: targetsOf(all) },
      ]),
    );
    const together = await scoreFile(archive, { shift: true });
    expect(together.metrics).toEqual(one.metrics);
    const explained = await explainFiles(archive, archive, { shift: true });
    expect(explained.rows.paired).toBe(one.rows.scored);
  });

  it('leave another target out where one is named', async () => {
    const all = batchOf(8, 9);
    const other = { ...all, targets: all.targets.map((t) => (t === -100 ? -1 : t)) };
    const found = await metricsOf(other, { shift: true, ignoreIndex: -1 });
    expect(found.metrics).toEqual((await metricsOf(all, { shift: true })).metrics);
  });

  it('are one sequence where there is no batch', async () => {
    const all = batchOf(1, 30);
    const labels = write(
      'y1.npy',
      npyBytes({ descr: '<i8', shape: [30], values: all.targets.map(BigInt) }),
    );
    const z = write('z1.npy', npyBytes({ descr: '<f4', shape: [30, CLASSES], values: all.scores }));
    const found = await scoreFile(z, { labels, shift: true });
    expect(found.metrics).toEqual((await metricsOf(all, { shift: true })).metrics);
  });

  it('are refused where rows are no steps', async () => {
    const table = write('t.csv', 'p_a,p_b,label\n.2,.8,a\n');
    expect(await errorOf(scoreFile(table, { shift: true }))).toMatchObject({
      code: 'no-sequences',
    });
    expect(await errorOf(scoreFile(table, { by: 'position' }))).toMatchObject({
      code: 'no-sequences',
    });
    const single = write('s.csv', 'y_score,label\n.2,1\n.3,0\n');
    for (const options of [{ shift: true }, { by: 'position' }]) {
      expect(await errorOf(scoreFile(single, { task: 'binary', ...options }))).toMatchObject({
        code: 'no-sequences',
      });
    }
    const all = batchOf(40, 40);
    const labels = write('yb.npy', targetsOf(all));
    const z = write('zb.npy', scoresOf(all));
    expect(await errorOf(scoreFile(z, { labels, shift: true, memoryBudget: 4000 }))).toMatchObject({
      code: 'memory-budget',
    });
  });
});

describe('slices by position', () => {
  it('are each step its own', async () => {
    const all = batchOf(50, 6);
    const { report } = await metricsOf(all, { by: 'position', ignoreIndex: -100 });
    expect(report.slices!.by).toBe('position');
    const rows = new Map(report.slices!.of.map(({ value, rows }) => [value, rows]));
    const expected = new Map<string, number>();
    all.targets.forEach((target, i) => {
      if (target !== -100) expected.set(String(i % 6), (expected.get(String(i % 6)) ?? 0) + 1);
    });
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected));
    const threads = await metricsOf(all, {
      by: 'position',
      ignoreIndex: -100,
      threads: 2,
      stripeBytes: 900,
    });
    expect(threads.report).toEqual(report);
  });

  it('are powers of two from the 65th step on', () => {
    const name = positionNames(300);
    expect([0, 63, 64, 127, 128, 255, 256, 299, 300, 364].map(name)).toEqual([
      ...['0', '63', '64–127', '64–127', '128–255', '128–255', '256–299', '256–299', '0', '64–127'],
    ]);
    const exact = positionNames(64);
    expect([63, 64].map(exact)).toEqual(['63', '0']);
  });

  it('are a column of that name where there is one', async () => {
    const table = write('p.csv', 'position,p_a,p_b,label\nleft,.2,.8,a\nright,.3,.7,b\n');
    const report = await scoreFile(table, { by: 'position' });
    expect(report.slices!.of.map(({ value }) => value).sort()).toEqual(['left', 'right']);
  });
});
