/** `explain` on several threads: the same report to the last byte, and the same errors. */

import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipBytes } from '../support/numpy.js';
import { BATCH, built, CLASSES, npy, ROWS, STRIPE_BYTES, testRows, writeDumps } from './dumps.js';

let files: ReturnType<typeof writeDumps>;
let library: Awaited<ReturnType<typeof built>>;
let started = 0;
const countWorker = () => started++;
const { scores, targets } = testRows();
/** Another reading of the rows: surer, and some of them otherwise. */
const later = Float32Array.from(scores, (z, i) => (i % 11 === 0 ? -z : 1.5 * z));

beforeAll(async () => {
  files = writeDumps();
  library = await built();
  writeFileSync(files.path('later.npy'), npy(later, CLASSES));
  writeFileSync(files.path('later-f8.npy'), npy(Float64Array.from(later), CLASSES));
  process.on('worker', countWorker);
});
afterAll(() => {
  process.off('worker', countWorker);
  rmSync(files.folder, { recursive: true, force: true });
});

const common = { ignoreIndex: -100, stripeBytes: STRIPE_BYTES };

function explained(before: string, after: string, options: object) {
  return library.explainFiles(files.path(before), files.path(after), { ...common, ...options });
}

describe('explainFiles on several threads', () => {
  it.each([
    ['f4.npy', 'later.npy', {}, [2, 3, 7]],
    // Batches of the two have other numbers of rows.
    ['f4.npy', 'later-f8.npy', {}],
    ['later-f8.npy', 'f2.npy', { weights: 'w.npy' }],
    ['fortran.npy', 'later.npy', { labels: 'y.txt' }],
    ['nan.npy', 'later.npy', { invalid: 'skip' as const, fitRows: 5000, worst: 3 }],
  ] as [string, string, { labels?: string; weights?: string }, number[]?][])(
    'reports the same of %s and %s, %j',
    async (before, after, { labels = 'y.npy', weights, ...others }, counts = [3]) => {
      const options = {
        ...others,
        labels: files.path(labels),
        ...(weights && { weights: files.path(weights) }),
      };
      started = 0;
      const alone = await explained(before, after, { ...options, threads: 1 });
      expect(started).toBe(0);
      expect(alone.rows.total).toBe(ROWS);
      expect(alone.accuracy!.rightToWrong).toBeGreaterThan(100);
      for (const threads of counts) {
        started = 0;
        const report = await explained(before, after, { ...options, threads });
        expect(started).toBe(threads - 1);
        expect(library.renderJson(report)).toBe(library.renderJson(alone));
      }
    },
  );

  it('tells progress of both dumps together, up to the end', async () => {
    const told: { rows: number; done: number; total: number | null }[] = [];
    await explained('f4.npy', 'later.npy', {
      labels: files.path('y.npy'),
      threads: 2,
      onProgress: (progress: (typeof told)[number]) => told.push(progress),
    });
    const rows = told.map((progress) => progress.rows);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(told.at(-1)).toMatchObject({ rows: ROWS, done: told[0]!.total });
  });

  it('takes no more threads than there is memory for their samples', async () => {
    const labels = files.path('y.npy');
    // 5000 rows of 20 bytes, of two dumps, twice: 400 kB per thread.
    const options = { labels, fitRows: 5000, memoryBudget: 900_000, threads: 7 };
    started = 0;
    const { rows } = await explained('f4.npy', 'later.npy', options);
    expect(started).toBe(1);
    expect(rows.fitted).toBeLessThanOrEqual(5000);
    started = 0;
    await library.scoreFile(files.path('f4.npy'), { ...common, ...options, memoryBudget: 700_000 });
    expect(started).toBe(2);
  });

  it('stays on the calling thread where a dump is small or cannot be read from the middle', async () => {
    const labels = files.path('y.npy');
    started = 0;
    await explained('f4.npy', 'later.npy', { labels, threads: 2, stripeBytes: undefined });
    await explained('packed.npz', 'later.npy', { labels, threads: 2 });
    expect(started).toBe(0);
  });
});

/** What a caller sees of an error. */
async function mistake(run: Promise<unknown>) {
  const error = await run.then(
    () => expect.fail('nothing was thrown'),
    (cause: unknown) => cause as Error & { code: string; place?: object },
  );
  const { name, code, message, place } = error;
  return { name, code, message, place };
}

describe('an error on several threads', () => {
  const late = 5 * BATCH + 300;
  const npz = (name: string, values: Float32Array, labels: Int32Array) =>
    writeFileSync(
      files.path(name),
      zipBytes([
        { name: 'logits.npy', bytes: npy(values, CLASSES) },
        { name: 'labels.npy', bytes: npy(labels, null) },
      ]),
    );

  it.each([
    ['targets-differ', { [late]: 1, [late + BATCH]: 0 }, ROWS],
    ['targets-differ', { 7: 3 }, ROWS],
    ['target-out-of-range', { [late]: 8, [late + BATCH]: 9 }, ROWS],
    ['rows-differ', {}, ROWS - 5],
  ] as const)('is the one of a single thread: %s %j', async (code, changes, rows) => {
    const other = targets.slice();
    for (const [row, target] of Object.entries(changes)) {
      // Whatever it was, it is another.
      other[Number(row)] = target === targets[Number(row)] ? target + 1 : target;
    }
    npz('was.npz', scores, targets);
    npz('is.npz', later.subarray(0, rows * CLASSES), other.subarray(0, rows));
    const alone = await mistake(explained('was.npz', 'is.npz', { threads: 1 }));
    expect(alone.code).toBe(code);
    expect(await mistake(explained('was.npz', 'is.npz', { threads: 3 }))).toEqual(alone);
  });

  it('refuses a number of threads that makes no sense', async () => {
    await expect(explained('f4.npy', 'later.npy', { threads: 0 })).rejects.toMatchObject({
      code: 'bad-threads',
    });
  });
});
