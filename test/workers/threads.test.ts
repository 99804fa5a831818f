import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipBytes } from '../support/numpy.js';
import { seeded } from '../support/rows.js';
import { BATCH, built, CLASSES, npy, ROWS, STRIPE_BYTES, testRows, writeDumps } from './dumps.js';

let files: ReturnType<typeof writeDumps>;
let library: Awaited<ReturnType<typeof built>>;
let started = 0;
const countWorker = () => started++;

beforeAll(async () => {
  files = writeDumps();
  library = await built();
  process.on('worker', countWorker);
});
afterAll(() => {
  process.off('worker', countWorker);
  rmSync(files.folder, { recursive: true, force: true });
});

const ignored = { ignoreIndex: -100, stripeBytes: STRIPE_BYTES };

describe('scoreFile on several threads', () => {
  it.each([
    ['f4.npy', {}, [2, 3, 7]],
    ['f8.npy', {}],
    ['f2.npy', {}],
    ['fortran.npy', {}, [2, 7]],
    ['f4.npy', { weights: 'w.npy' }],
    ['f4.npy', { labelSmoothing: 0.1, classWeights: [1, 2, 0.5, 1, 3] }],
    ['nan.npy', { invalid: 'skip' as const }],
    ['f4.npy', { kernel: 'reference' as const }],
    ['f4.npy', { labels: 'y.txt' }],
    ['stored.npz', { labels: undefined }, [2]],
  ] as [string, object, number[]?][])(
    'reports the same of %s %j, to the last byte',
    async (name, options, counts = [3]) => {
      const {
        labels = 'y.npy',
        weights,
        ...others
      } = { labels: 'y.npy', ...options } as {
        labels?: string;
        weights?: string;
      };
      const given = {
        ...ignored,
        ...others,
        ...(name !== 'stored.npz' && { labels: files.path(labels) }),
        ...(weights && { weights: files.path(weights) }),
      };
      started = 0;
      const alone = library.renderJson(
        await library.scoreFile(files.path(name), { ...given, threads: 1 }),
      );
      expect(started).toBe(0);
      expect(JSON.parse(alone).rows.total).toBe(ROWS);
      for (const threads of counts) {
        started = 0;
        const report = await library.scoreFile(files.path(name), { ...given, threads });
        // The calling thread is one of them.
        expect(started).toBe(threads - 1);
        expect(library.renderJson(report)).toBe(alone);
      }
    },
  );

  it('matches rows by name on however many threads are asked for', async () => {
    const rows = 3 * BATCH;
    const { scores, targets } = testRows(rows);
    const random = seeded(3);
    const order = Array.from({ length: rows }, (_, i) => [random(), i] as const)
      .sort(([a], [b]) => a - b)
      .map(([, i]) => i);
    const member = (name: string, bytes: Uint8Array) => ({ name: `${name}.npy`, bytes });
    const ids = Int32Array.from({ length: rows }, (_, i) => 7 * i);
    writeFileSync(
      files.path('named.npz'),
      zipBytes([member('logits', npy(scores, CLASSES)), member('id', npy(ids, null))]),
    );
    writeFileSync(
      files.path('shuffled.npz'),
      zipBytes([
        member(
          'label',
          npy(
            Int32Array.from(order, (i) => targets[i]!),
            null,
          ),
        ),
        member(
          'id',
          npy(
            Int32Array.from(order, (i) => ids[i]!),
            null,
          ),
        ),
      ]),
    );
    writeFileSync(files.path('in-order.npy'), npy(targets, null));
    const { metrics } = await library.scoreFile(files.path('named.npz'), {
      ...ignored,
      labels: files.path('in-order.npy'),
      threads: 1,
    });
    for (const threads of [1, 3]) {
      const labels = files.path('shuffled.npz');
      const report = await library.scoreFile(files.path('named.npz'), {
        ...{ ...ignored, labels, threads, id: 'id' },
      });
      expect(report.metrics).toEqual(metrics);
    }
  });

  it('tells progress of all threads together, up to the end', async () => {
    const told: { rows: number; done: number; total: number | null }[] = [];
    await library.scoreFile(files.path('f4.npy'), {
      ...ignored,
      labels: files.path('y.npy'),
      threads: 3,
      onProgress: (progress) => told.push(progress),
    });
    const rows = told.map((progress) => progress.rows);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(told.at(-1)).toMatchObject({ rows: ROWS, done: told[0]!.total });
  });

  it.each([
    ['compressed', 'packed.npz', {}],
    ['small', 'f4.npy', { stripeBytes: undefined }],
    [
      'with custom metrics',
      'f4.npy',
      {
        metrics: [{ name: 'nothing', update: () => {}, merge: () => {}, compute: () => 0 }],
      },
    ],
  ])('stays on the calling thread where the input is %s', async (_, name, options) => {
    started = 0;
    const labels = name === 'packed.npz' ? {} : { labels: files.path('y.npy') };
    await library.scoreFile(files.path(name), { ...ignored, ...labels, ...options, threads: 4 });
    expect(started).toBe(0);
  });

  it('refuses a number of threads that makes no sense', async () => {
    for (const threads of [0, -1, 1.5, 1e6, Number.NaN]) {
      await expect(library.scoreFile(files.path('f4.npy'), { threads })).rejects.toMatchObject({
        code: 'bad-threads',
      });
    }
  });
});

/** What a caller sees of an error. */
async function mistake(run: Promise<unknown>) {
  const error = await run.then(
    () => expect.fail('nothing was thrown'),
    (cause: unknown) => cause as Error & { code: string; place?: object },
  );
  const { name, code, message, place } = error;
  return { type: error.constructor.name, name, code, message, place };
}

describe('an error on several threads', () => {
  const { scores, targets, weights } = testRows();
  const changed = <Values extends Float32Array | Int32Array | Float64Array>(
    values: Values,
    changes: Record<number, number>,
  ): Values => {
    const copy = values.slice() as Values;
    for (const [index, value] of Object.entries(changes)) copy[Number(index)] = value;
    return copy;
  };
  const late = 5 * BATCH + 300;
  const probabilities = Float32Array.from(scores, (_, i) => (i % CLASSES === 0 ? 0.6 : 0.1));

  it.each([
    [
      'target-out-of-range',
      { targets: changed(targets, { [late + 40_000]: 5, [late]: 7, [late + 9]: 6 }) },
    ],
    ['target-out-of-range', { targets: changed(targets, { 5: 9, [late]: 7 }) }],
    [
      'invalid-rows',
      {
        scores: changed(scores, {
          [late * CLASSES]: Number.NaN,
          40: Number.NaN,
          400001: Number.POSITIVE_INFINITY,
        }),
      },
    ],
    [
      'contradicted-kind',
      {
        scores: changed(probabilities, {
          [late * CLASSES + 1]: 0.3,
          [(late + 50_000) * CLASSES]: 2,
        }),
      },
    ],
    [
      'bad-weight',
      { weights: changed(weights, { [late]: -1, [late - BATCH]: Number.NaN, [late + BATCH]: -3 }) },
    ],
    [
      'not-an-integer',
      { targets: changed(Float64Array.from(targets), { [late]: 0.5, [late + BATCH]: 0.25 }) },
    ],
    // A target out of range two batches before a value that cannot be read.
    [
      'target-out-of-range',
      { targets: changed(Float64Array.from(targets), { [late]: 8, [late + 2 * BATCH]: 0.25 }) },
    ],
    [
      'ambiguous-kind',
      {
        scores: Float32Array.from(scores, (z, i) =>
          i < 256 * CLASSES ? z : i % CLASSES === 0 ? 0.6 : 0.1,
        ),
      },
    ],
  ])('is the one of a single thread: %s', async (code, parts) => {
    const dump = { scores, targets, weights, ...parts };
    writeFileSync(files.path('bad-x.npy'), npy(dump.scores, CLASSES));
    writeFileSync(files.path('bad-y.npy'), npy(dump.targets, null));
    writeFileSync(files.path('bad-w.npy'), npy(dump.weights, null));
    const run = (threads: number) =>
      mistake(
        library.scoreFile(files.path('bad-x.npy'), {
          ...ignored,
          labels: files.path('bad-y.npy'),
          weights: files.path('bad-w.npy'),
          threads,
        }),
      );
    const alone = await run(1);
    expect(alone.code).toBe(code);
    expect(await run(3)).toEqual(alone);
  });

  it('is the one of a single thread where a text of labels is wrong', async () => {
    for (const [name, text] of [
      ['short.txt', targets.slice(1).join('\n')],
      ['long.txt', [...targets, 0].join('\n')],
      ['word.txt', targets.join('\n').replace(/\n(\d)\n(?=[^\n]*$)/, '\ncat\n')],
    ] as const) {
      writeFileSync(files.path(name), `${text}\n`);
      const run = (threads: number) =>
        mistake(
          library.scoreFile(files.path('f4.npy'), {
            ...ignored,
            labels: files.path(name),
            threads,
          }),
        );
      expect(await run(3)).toEqual(await run(1));
    }
  });
});

describe('scoreArrays', () => {
  const shared = <Values extends Float32Array | Int32Array | Float64Array>(values: Values) => {
    const Type = values.constructor as new (buffer: SharedArrayBuffer) => Values;
    const copy = new Type(new SharedArrayBuffer(values.byteLength));
    copy.set(values);
    return copy;
  };

  it('reports the same on any number of threads, from shared memory and other', async () => {
    const { scores, targets, weights } = testRows();
    for (const [values, counts] of [
      [scores, [2, 3]],
      [Float64Array.from(scores), [2]],
    ] as const) {
      const options = { ...ignored, weights };
      const alone = await library.scoreArrays(values, targets, { ...options, threads: 1 });
      expect(alone.rows.total).toBe(ROWS);
      for (const threads of counts) {
        started = 0;
        const copied = await library.scoreArrays(values, Array.from(targets), {
          ...options,
          threads,
        });
        expect(started).toBe(threads - 1);
        expect(library.renderJson(copied)).toBe(library.renderJson(alone));
        const inPlace = await library.scoreArrays(shared(values), shared(targets), {
          ...options,
          weights: shared(weights),
          threads,
        });
        expect(library.renderJson(inPlace)).toBe(library.renderJson(alone));
      }
      // Nothing was taken from the caller.
      expect(values.length).toBe(ROWS * CLASSES);
      expect(weights.length).toBe(ROWS);
    }
  });

  it('gives the cross-entropy of [2, 1, 0.1]', async () => {
    const report = await library.scoreArrays(new Float32Array([2, 1, 0.1]), [0]);
    expect(report.metrics.log_loss!.value).toBeCloseTo(0.41703, 6);
  });

  it.each([
    [[1, 2, 3], [0, 1], {}, 'length-mismatch'],
    [[1, 2], [0.5], {}, 'bad-target'],
    [[1, 2], [0], { weights: [1, 2] }, 'length-mismatch'],
    [[], [], {}, 'no-rows'],
    [[1], [0], {}, 'bad-classes'],
  ])('refuses %j, %j, %j', async (scores, targets, options, code) => {
    await expect(
      library.scoreArrays(Float32Array.from(scores), targets, options),
    ).rejects.toMatchObject({ code });
  });

  it('says what it takes when it is given something else', async () => {
    const buffer = new ArrayBuffer(24) as unknown as Float64Array;
    await expect(library.scoreArrays(buffer, [0])).rejects.toMatchObject({
      code: 'bad-scores',
      message: expect.stringMatching(/lists of numbers, or a typed array.*found .*ArrayBuffer/),
    });
  });
});
