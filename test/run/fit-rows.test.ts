/** Fits on as many rows as asked for: sampled, or all, by reading the dump again. */

import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createScorer, explainFiles, renderJson, scoreArrays, scoreFile } from '../../src/index.js';
import { type MemoryRows, memoryDump } from '../../src/intake/memory-dump.js';
import { loadCore } from '../../src/node/core.js';
import { fitAgain } from '../../src/run/fit-again.js';
import { startDump } from '../../src/run/score-dump.js';
import type { DumpReader } from '../../src/types/dump.js';
import type { ScoreReport } from '../../src/types/report.js';
import type { RowBuffers, ScoreArray } from '../../src/types/scores.js';
import { logitscope } from '../support/command.js';
import { halfBits } from '../support/numpy.js';
import { normal, seeded } from '../support/rows.js';
import { npy } from '../workers/dumps.js';

/** Over-confident logits, some rows without a finite loss, some ignored, some of no weight. */
function dump(rows: number, classes: number, seed: number) {
  const random = seeded(seed);
  const scores = new Float64Array(rows * classes);
  const targets = new Int32Array(rows);
  for (let r = 0; r < rows; r++) {
    const target = Math.floor(random() * classes);
    for (let c = 0; c < classes; c++) scores[r * classes + c] = 2 * normal(random);
    scores[r * classes + target] += 4;
    if (r % 97 === 0) scores[r * classes + target] = Number.NEGATIVE_INFINITY;
    targets[r] = r % 41 === 0 ? -100 : target;
  }
  // Half precision holds them all.
  for (let i = 0; i < scores.length; i++) scores[i] = Math.round(scores[i]! * 32) / 32;
  const weights = Float64Array.from({ length: rows }, (_, r) => (r % 53 === 0 ? 0 : 0.5 + (r % 4)));
  return { scores, targets, weights };
}

/** Probabilities of rows; exact zeros where logits are masked. */
function softmax(logits: Float64Array, classes: number): Float64Array {
  const p = logits.map((z) => Math.exp(z));
  for (let at = 0; at < p.length; at += classes) {
    const row = p.subarray(at, at + classes);
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((value, c) => {
      row[c] = value / sum;
    });
  }
  return p;
}

/** JSON but for what samples alone can say. */
function jsonOf(report: ScoreReport): string {
  const { coverage } = report;
  if (coverage === undefined) return renderJson(report);
  const summary = coverage.summary.filter((sentence) => !sentence.startsWith('Recalibrated'));
  return renderJson({
    ...report,
    coverage: { ...coverage, summary, recalibrated: undefined } as never,
  });
}

const diagnosisOf = (report: ScoreReport) => (report as { diagnosis?: object }).diagnosis;

describe('fitRows: "all"', () => {
  // Samples hold 8 MiB of scores: not all of these rows.
  const CLASSES = 300;
  const ROWS = 9000;
  const { scores, targets, weights } = dump(ROWS, CLASSES, 1);

  it.each([
    ['f32 logits', Float32Array.from(scores), {}],
    ['f64 logits with weights', scores, { weights }],
    ['f32 probabilities', Float32Array.from(softmax(scores, CLASSES)), {}],
    [
      'f64 probabilities whose zeros cost infinitely much',
      softmax(scores, CLASSES),
      { eps: 0, weights },
    ],
    ['f32 logits by the reference', Float32Array.from(scores), { kernel: 'reference' }],
  ] as [string, ScoreArray, object][])(
    'reads %s again, to the bits of a sample that holds all rows',
    async (_, values, options) => {
      const given = { ignoreIndex: -100, ranking: false, ...options };
      const read = await scoreArrays(values, targets, { ...given, fitRows: 'all' });
      const held = await scoreArrays(values, targets, { ...given, fitRows: ROWS });
      const { fit } = diagnosisOf(read) as { fit: { rows: number; of: number } };
      expect(fit.rows).toBe(fit.of);
      expect(fit.rows).toBeGreaterThan(8000);
      expect(jsonOf(read)).toBe(jsonOf(held));
      const sampled = await scoreArrays(values, targets, given);
      expect(diagnosisOf(sampled)).not.toEqual(diagnosisOf(read));
    },
  );

  it('reads 16-bit logits again', async () => {
    const values = Uint16Array.from(scores, halfBits);
    const given = { ignoreIndex: -100, dtype: 'f16' as const, ranking: false as const };
    const held = await scoreArrays(values, targets, { ...given, fitRows: ROWS });
    const read = await scoreArrays(values, targets, { ...given, fitRows: 'all' });
    expect(jsonOf(read)).toBe(jsonOf(held));
  });

  it('does not read again what the sample holds', async () => {
    const told: number[] = [];
    const small = dump(40_000, 3, 3);
    const report = await scoreArrays(small.scores, small.targets, {
      ignoreIndex: -100,
      fitRows: 'all',
      onProgress: ({ rows }) => told.push(rows),
    });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(new Set(told).size).toBe(told.length);
    const { fit } = diagnosisOf(report) as { fit: { rows: number; of: number } };
    expect(fit.rows).toBe(fit.of);
  });
});

/** A reader that gives as many rows at a time as it likes. */
function whimsical(rows: MemoryRows, classes: number, random: () => number): DumpReader {
  const whole = memoryDump('rows', rows, classes);
  return {
    ...whole,
    async read(into: RowBuffers) {
      const capacity = 1 + Math.floor(random() * Math.min(into.capacity, 700));
      return whole.read({ ...into, capacity });
    },
  };
}

describe('a fit on rows that are read again', () => {
  const CLASSES = 4;
  const options = { ignoreIndex: -100, diagnose: true, ranking: false } as const;

  async function fitted(rows: MemoryRows, sampled: number, open: () => DumpReader) {
    const dump = (reader: DumpReader) => ({
      task: 'classification' as const,
      reason: null,
      reader,
      notices: () => [],
    });
    const started = await startDump(
      dump(memoryDump('rows', rows, CLASSES)),
      { ...options, kind: 'logits', fitRows: sampled },
      loadCore,
      undefined,
    );
    const { scorer, reader, nextRow } = started;
    const at = nextRow * CLASSES;
    scorer.add(
      rows.scores.subarray(at),
      rows.targets.subarray(nextRow),
      rows.weights?.subarray(nextRow),
      nextRow,
    );
    await reader.close();
    await fitAgain(started, async () => dump(open()), loadCore, undefined);
    return scorer.report().diagnosis!;
  }

  it('does not depend on how they are read, nor on what was sampled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.constantFrom([1500, 300], [1500, 40], [12_000, 1024], [12_000, 5000]),
        fc.boolean(),
        async (seed, [count, sampled], weighted) => {
          const { scores, targets, weights } = dump(count!, CLASSES, seed);
          const rows: MemoryRows = {
            scores,
            dtype: 'f64',
            targets,
            weights: weighted ? weights : null,
          };
          const held = await createScorer({
            ...options,
            classes: CLASSES,
            dtype: 'f64',
            weighted,
            fitRows: count,
          });
          held.add(scores, targets, weighted ? weights : undefined);
          const random = seeded(seed);
          const found = await fitted(rows, sampled!, () => whimsical(rows, CLASSES, random));
          expect(found).toEqual(held.report().diagnosis);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('refuses rows that are others by then', async () => {
    const { scores, targets } = dump(1500, CLASSES, 7);
    const rows: MemoryRows = { scores, dtype: 'f64', targets, weights: null };
    const fewer = { ...rows, targets: targets.map((y, r) => (r === 800 ? -100 : y)) };
    const shorter = { ...rows, targets: targets.subarray(1), scores: scores.subarray(CLASSES) };
    for (const other of [fewer, shorter]) {
      await expect(
        fitted(rows, 100, () => memoryDump('rows', other, CLASSES)),
      ).rejects.toMatchObject({ code: 'input-changed', place: { source: 'rows' } });
    }
  });
});

describe('fitRows as a number', () => {
  const { scores, targets } = dump(3000, 6, 9);

  it('bounds the sample, and keeps about half of it at least', async () => {
    for (const fitRows of [1, 100, 1000]) {
      const report = await scoreArrays(scores, targets, { ignoreIndex: -100, fitRows });
      const { fit } = diagnosisOf(report) as { fit: { rows: number; of: number } };
      expect(fit.of).toBeGreaterThan(2800);
      expect(fit.rows).toBeLessThanOrEqual(fitRows);
      expect(fit.rows).toBeGreaterThanOrEqual(fitRows / 4);
    }
  });

  it.each([0, -1, 1.5, Number.NaN, 'some'])('refuses %s', async (fitRows) => {
    const given = { ignoreIndex: -100, fitRows: fitRows as number };
    await expect(scoreArrays(scores, targets, given)).rejects.toMatchObject({
      code: 'bad-fit-rows',
    });
  });

  it('refuses more rows than there is memory for, and says how many there is', async () => {
    const given = { ignoreIndex: -100, fitRows: 1000, memoryBudget: 96_000 };
    await expect(scoreArrays(scores, targets, given)).rejects.toMatchObject({
      code: 'fit-rows-memory',
      message: expect.stringContaining('500'),
    });
  });
});

describe('--fit-rows', () => {
  const { scores, targets } = dump(9000, 300, 11);
  const path = (name: string) => join(tmpdir(), `logitscope-fit-${process.pid}-${name}`);
  const [a, b, y] = [path('a.npy'), path('b.npy'), path('y.npy')];
  writeFileSync(a, npy(Float32Array.from(scores), 300));
  writeFileSync(
    b,
    npy(
      Float32Array.from(scores, (z, i) => (z + (i % 7) / 16) * 1.25),
      300,
    ),
  );
  writeFileSync(y, npy(targets, null));
  afterAll(() => {
    for (const file of [a, b, y]) rmSync(file);
  });
  const common = ['--labels', y, '--ignore-index', '-100'];

  it('score: all rows, of files alone', async () => {
    const { status, stdout } = await logitscope(['score', a, ...common, '--fit-rows', 'all']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Fitted in 5 folds on 8 6\d\d rows\n/);
    const given = { labels: y, ignoreIndex: -100 };
    const held = await scoreFile(a, { ...given, fitRows: 9000 });
    expect(jsonOf(await scoreFile(a, { ...given, fitRows: 'all' }))).toBe(jsonOf(held));
    const piped = await logitscope(['score', '-', ...common, '--fit-rows', 'all'], {
      input: npy(Float32Array.from(scores), 300),
    });
    expect(piped).toMatchObject({ status: 2, stdout: '' });
    expect(piped.stderr).toContain('standard input can be read only once');
  });

  it('explain: as many as there is memory for', async () => {
    const given = { labels: y, ignoreIndex: -100 };
    const fittedBy = async (options: object) =>
      (await explainFiles(a, b, { ...given, ...options })).rows.fitted;
    const all = await fittedBy({ fitRows: 'all' });
    expect(all).toBeGreaterThan(8000);
    const few = await fittedBy({ fitRows: 1000 });
    expect(few).toBeLessThanOrEqual(1000);
    expect(few).toBeGreaterThan(400);
    // Room for 2000 rows of each dump, four times over.
    const tight = await fittedBy({ fitRows: 'all', memoryBudget: 2 * 4 * 2000 * 1200 });
    expect(tight).toBeLessThanOrEqual(2000);
    expect(tight).toBeGreaterThan(900);
  });

  it.each(['0', 'some', '-3', '1.5'])('refuses %j', async (value) => {
    for (const command of [
      ['score', a],
      ['explain', a, b],
      ['epochs', a, b],
    ]) {
      const { status, stderr } = await logitscope([...command, ...common, `--fit-rows=${value}`]);
      expect([status, stderr]).toEqual([2, expect.stringContaining('--fit-rows')]);
    }
  });
});
