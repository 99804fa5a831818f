/** Work spread over web workers: the bits of one thread, and nothing left behind. */

import { expect, expectEqual, expectError } from './expect.mjs';
import { npy } from './npy.mjs';
import { matrix } from './rows.mjs';

const CLASSES = 5;
/** A batch of so few classes holds 16384 rows; workers take whole batches. */
const ROWS = 4 * 16_384 + 321;
/** Makes every batch a stripe. */
const OPTIONS = { ignoreIndex: -100, invalid: 'skip', kind: 'logits', stripeBytes: 1 };

/** Runs `action` while `globalThis.Worker` counts, or is what `replace` makes of it. */
async function watchWorkers(action, replace = (Worker) => Worker) {
  const Original = globalThis.Worker;
  if (Original === undefined) return { result: await action(), started: 0, left: 0 };
  let started = 0;
  const living = new Set();
  const Replaced = replace(Original);
  globalThis.Worker = class extends Replaced {
    constructor(...args) {
      super(...args);
      started++;
      living.add(this);
    }
    terminate() {
      living.delete(this);
      return super.terminate();
    }
  };
  try {
    const result = await action();
    return { result, started, left: living.size };
  } finally {
    globalThis.Worker = Original;
  }
}

/** A Worker that runs another script than it is asked to. */
const scriptInstead = (script) => (Worker) =>
  class extends Worker {
    constructor(_, options) {
      super(new URL(script, import.meta.url), options);
    }
  };

/**
 * @param workers whether web workers can be had here; if not, the calling thread has to do
 */
export function spreading(check, library, workers) {
  const { scoreBlob, scoreArrays, renderJson, InputError, UsageError, LogitscopeError } = library;
  if (scoreBlob === undefined) return;
  const { scores, targets } = matrix({ seed: 21, rows: ROWS, classes: CLASSES });
  const weights = Float64Array.from(targets, (_, row) => 1 + (row % 7) / 4);
  const predictions = new Blob(npy('<f4', `${ROWS}, ${CLASSES}`, scores));
  const labels = new Blob(npy('<i4', `${ROWS},`, targets));
  const text = new Blob([targets.join('\n')]);

  /** The same report from one thread and from three. */
  const same = async (score, expected = 3) => {
    const alone = await watchWorkers(() => score({ ...OPTIONS, threads: 1 }));
    expectEqual(alone.started, 0, 'workers for one thread');
    expectEqual(alone.result.rows.total, ROWS, 'rows');
    const spread = await watchWorkers(() => score({ ...OPTIONS, threads: 3 }));
    expectEqual(renderJson(spread.result), renderJson(alone.result), 'report');
    if (workers) expectEqual(spread.started, expected, 'workers');
    expectEqual(spread.left, 0, 'workers left behind');
  };
  check('web workers find the same in an npy Blob', () =>
    same((options) => scoreBlob(predictions, { ...options, labels })),
  );
  check('web workers find the same with weights, shaped losses and class names', () =>
    same((options) =>
      scoreBlob(predictions, {
        ...options,
        labels,
        weights: new File(npy('<f8', `${ROWS},`, weights), 'weights.npy'),
        labelSmoothing: 0.1,
        classWeights: [1, 2, 0.5, 1, 3],
        classNames: ['a', 'b', 'c', 'd', 'e'],
      }),
    ),
  );
  check('web workers find the same with labels that are text', () =>
    same((options) => scoreBlob(predictions, { ...options, labels: text })),
  );
  check('web workers find the same with the reference kernel', () =>
    same((options) => scoreBlob(predictions, { ...options, labels, kernel: 'reference' })),
  );
  check('web workers find the same in arrays, which stay with the caller', async () => {
    await same((options) => scoreArrays(scores, targets, { ...options, weights }));
    expectEqual(scores.length, ROWS * CLASSES, 'scores');
    expectEqual(weights.length, ROWS, 'weights');
  });
  if (typeof SharedArrayBuffer !== 'undefined') {
    check('web workers find the same in shared arrays', () => {
      const shared = new Float32Array(new SharedArrayBuffer(scores.byteLength));
      shared.set(scores);
      return same((options) => scoreArrays(shared, targets, options));
    });
  }
  check('progress of web workers goes up to the end', async () => {
    const told = [];
    const onProgress = (progress) => told.push(progress);
    await scoreBlob(predictions, { ...OPTIONS, labels, threads: 2, onProgress });
    const rows = told.map((progress) => progress.rows);
    expect(
      rows.every((count, i) => i === 0 || count >= rows[i - 1]),
      () => `rows ${rows}`,
    );
    expectEqual(rows.at(-1), ROWS, 'rows at the end');
    expectEqual(told.at(-1).done, told[0].total, 'bytes at the end');
  });
  check('an error of a web worker is that of one thread, and ends all', async () => {
    const wrong = targets.slice();
    wrong[40_000] = 9;
    wrong[60_000] = 7;
    const bad = new Blob(npy('<i4', `${ROWS},`, wrong));
    const errors = [];
    for (const threads of [1, 3]) {
      const action = () => scoreBlob(predictions, { ...OPTIONS, labels: bad, threads });
      const { result, left } = await watchWorkers(() =>
        expectError(InputError, 'target-out-of-range', action),
      );
      expectEqual(left, 0, 'workers left behind');
      errors.push(result);
    }
    expectEqual(errors[1].message, errors[0].message, 'message');
    expectEqual(errors[1].place.row, 40_000, 'row');
  });
  check('a number of threads that makes no sense is refused', async () => {
    for (const threads of [0, 1.5, 'all']) {
      await expectError(UsageError, 'bad-threads', () => scoreBlob(predictions, { threads }));
      await expectError(UsageError, 'bad-threads', () => scoreArrays(scores, targets, { threads }));
    }
  });
  check('what is small or has metrics of its own stays on the calling thread', async () => {
    const mine = { name: 'nothing', update() {}, merge() {}, compute: () => 0 };
    for (const options of [{ stripeBytes: undefined }, { metrics: [mine] }]) {
      const { started } = await watchWorkers(() =>
        scoreBlob(predictions, { ...OPTIONS, ...options, labels, threads: 3 }),
      );
      expectEqual(started, 0, 'workers');
    }
  });
  if (workers) withOtherWorkers(check, { same, scoreBlob, predictions, labels, LogitscopeError });
}

/** What happens where workers do not do as they should. */
function withOtherWorkers(check, { scoreBlob, predictions, labels, LogitscopeError, same }) {
  const score = (options) => scoreBlob(predictions, { ...options, labels });
  check('a web worker that dies ends the run, and the others', async () => {
    const { started, left, result } = await watchWorkers(
      () => expectError(LogitscopeError, 'worker-died', () => score({ ...OPTIONS, threads: 3 })),
      scriptInstead('./dying-worker.mjs'),
    );
    expect(result.message.includes('no luck'), () => result.message);
    expectEqual(started, 3, 'workers');
    expectEqual(left, 0, 'workers left behind');
  });
  for (const [why, started, replace] of [
    ['whose script is missing', 3, scriptInstead('./no-such-worker.mjs')],
    [
      'that are forbidden',
      0,
      (Worker) =>
        class extends Worker {
          constructor() {
            throw new DOMException('not here', 'SecurityError');
          }
        },
    ],
  ]) {
    check(`instead of web workers ${why} the calling thread does the work`, async () => {
      const { left } = await watchWorkers(() => same(score, started), replace);
      expectEqual(left, 0, 'workers left behind');
    });
  }
}
