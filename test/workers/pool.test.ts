import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScorer } from '../../src/index.js';
import { memoryDump } from '../../src/intake/memory-dump.js';
import { compileCore } from '../../src/node/core.js';
import { renderJson } from '../../src/render/json.js';
import type { StartedDump } from '../../src/run/dump-options.js';
import { runPool, type StartWorker } from '../../src/workers/pool.js';
import type { FromWorker, ToWorker } from '../../src/workers/protocol.js';
import { serveWorker } from '../../src/workers/serve.js';
import { spreadOverWorkers } from '../../src/workers/spread.js';
import { seeded } from '../support/rows.js';
import { CLASSES, testRows } from './dumps.js';

/** A worker in this thread; messages are cloned as `postMessage` clones them, and come late. */
const startInline =
  (delay: () => number): StartWorker =>
  (events) => {
    let alive = true;
    const later = (step: () => void) => {
      setTimeout(() => alive && step(), delay());
    };
    let queue = Promise.resolve();
    const inOrder = (step: () => void) => {
      queue = queue.then(() => new Promise<void>((resolve) => later(() => resolve(step()))));
    };
    const take = serveWorker({
      post: (message) => {
        const copy = structuredClone(message);
        inOrder(() => events.message(copy));
      },
      open: () => Promise.reject(new Error('there is nothing to open')),
    });
    return {
      post: (message: ToWorker, transfer = []) => take(structuredClone(message, { transfer })),
      terminate: async () => {
        alive = false;
      },
    };
  };

const data = testRows(3000);

async function start(changes: Partial<typeof data> = {}): Promise<StartedDump> {
  const options = { classes: CLASSES, weighted: true, ignoreIndex: -100, source: 'x' };
  const details = { kindFrom: 'option' as const, format: 'array', stored: 'f32' };
  const rows = { ...data, ...changes, dtype: 'f32' as const };
  return {
    reader: memoryDump('x', rows, CLASSES),
    scorer: await createScorer(options),
    options,
    details,
    nextRow: 0,
    isAtEnd: false,
  };
}

describe('a pool of workers', async () => {
  const module = await compileCore('simd');

  it('finds the same in any number of workers, stripes and orders of messages', async () => {
    const whole = await createScorer({ classes: CLASSES, weighted: true, ignoreIndex: -100 });
    whole.add(data.scores, data.targets, data.weights);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 100, max: 3000 }),
        fc.boolean(),
        async (seed, threads, stripeRows, isHere) => {
          const random = seeded(seed);
          const started = await start();
          const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
          await spreadOverWorkers(
            started,
            { threads, stripeRows },
            {
              host: {
                processors: 1,
                compileCore: async () => module,
                startWorkers: async (count) =>
                  new Array(count).fill(startInline(() => random() * 3)),
                ...(isHere && { pause }),
              },
              reader: started.reader,
              source: { data: { ...data, dtype: 'f32' } },
            },
          );
          expect(JSON.stringify(started.scorer)).toBe(JSON.stringify(whole));
          expect(renderJson(started.scorer.report()).replace('"x"', '"predictions"')).toBe(
            renderJson(whole.report()),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it('throws the error of the lowest row, whichever worker comes upon one first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 50, max: 400 }),
        fc.uniqueArray(fc.nat(2999), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (seed, threads, stripeRows, bad, isHere) => {
          const random = seeded(seed);
          const targets = data.targets.slice();
          for (const row of bad) targets[row] = CLASSES;
          const started = await start({ targets });
          const pause = () => new Promise<void>((resolve) => setTimeout(resolve, random() * 3));
          const run = spreadOverWorkers(
            started,
            { threads, stripeRows },
            {
              host: {
                processors: 1,
                compileCore: async () => module,
                startWorkers: async (count) =>
                  new Array(count).fill(startInline(() => random() * 3)),
                ...(isHere && { pause }),
              },
              reader: started.reader,
              source: { data: { ...data, targets, dtype: 'f32' } },
            },
          );
          await expect(run).rejects.toMatchObject({
            code: 'target-out-of-range',
            place: { source: 'x', row: Math.min(...bad) },
          });
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a worker that dies', () => {
  /** Threads that run `code` when the first stripe comes. */
  async function run(code: string, limits = {}) {
    const exits: Promise<number>[] = [];
    const startThread: StartWorker = (events) => {
      const script = `require('node:worker_threads').parentPort.on('message', (m) => { if (m.type === 'stripe') { ${code} } })`;
      const worker = new Worker(script, { eval: true, resourceLimits: limits, stderr: true });
      exits.push(new Promise((resolve) => worker.on('exit', resolve)));
      worker.on('message', (message: FromWorker) => events.message(message));
      worker.on('error', events.died);
      worker.on('exit', (status) => events.died(`exit code ${status}`));
      return {
        post: (message) => worker.postMessage(message),
        terminate: () => worker.terminate(),
      };
    };
    const { scorer, options, details } = await start();
    const waits: StartWorker = (events) => startThread({ ...events, died: () => {} });
    const ended = runPool({
      workers: [waits, startThread],
      assignment: { module: null, dumps: [{ options, details, source: null }], pairs: null },
      stripes: [0, 1, 2, 3, 4, 5].map((firstRow) => ({ firstRow, rows: 1 })).values(),
      merge: (state) => scorer.mergeState(state),
    });
    await expect(ended).rejects.toMatchObject({
      code: 'worker-died',
      message: expect.stringContaining('threads: 1'),
    });
    // Both are gone.
    expect(await Promise.all(exits)).toHaveLength(2);
    return ended.catch((error: Error) => error.message);
  }

  it('ends the run with an error, by process.exit', async () => {
    expect(await run('process.exit(3)')).toContain('exit code 3');
  });

  it('ends the run with an error, by an exception outside of its work', async () => {
    expect(await run('setTimeout(() => { throw new RangeError("no luck"); })')).toContain(
      'no luck',
    );
  });

  it('ends the run with an error, out of memory', async () => {
    const message = await run('const kept = []; for (;;) kept.push(new Array(1e5).fill({}));', {
      maxOldGenerationSizeMb: 16,
    });
    expect(message).toMatch(/memory/);
  });
});
