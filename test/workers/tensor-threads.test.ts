/** Files of tensors on several threads: the same report to the last byte. */

import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joined } from '../support/numpy.js';
import { op, safetensorsBytes, tensorPickle, torchBytes } from '../support/tensors.js';
import { built, CLASSES, ROWS, STRIPE_BYTES, testRows, writeDumps } from './dumps.js';

let files: ReturnType<typeof writeDumps>;
let library: Awaited<ReturnType<typeof built>>;
let started = 0;
const countWorker = () => started++;

beforeAll(async () => {
  files = writeDumps();
  library = await built();
  process.on('worker', countWorker);
  const { scores, targets } = testRows();
  const bytesOf = (values: Float32Array | Int32Array) => new Uint8Array(values.buffer);
  const [x, y] = [bytesOf(scores), bytesOf(targets)];
  const header = {
    labels: { dtype: 'I32', shape: [ROWS], data_offsets: [0, y.length] },
    logits: {
      dtype: 'F32',
      shape: [ROWS, CLASSES],
      data_offsets: [y.length, y.length + x.length],
    },
  };
  writeFileSync(files.path('dump.safetensors'), safetensorsBytes(header, joined([y, x])));
  const labels = tensorPickle('1', [ROWS], { type: 'IntStorage' });
  const torch = (logits: string, storage: Uint8Array) =>
    torchBytes(op.pickle(op.dict({ logits, labels })), { 0: storage, 1: y });
  writeFileSync(files.path('dump.pt'), torch(tensorPickle('0', [ROWS, CLASSES]), x));
  // Each row twice, of which the second is read.
  const twice = new Float32Array(2 * scores.length);
  for (let r = 0; r < ROWS; r++) {
    twice.set(scores.subarray(r * CLASSES, (r + 1) * CLASSES), (2 * r + 1) * CLASSES);
  }
  const slice = tensorPickle('0', [ROWS, CLASSES], { offset: CLASSES, strides: [2 * CLASSES, 1] });
  writeFileSync(files.path('slice.pt'), torch(slice, bytesOf(twice)));
});
afterAll(() => {
  process.off('worker', countWorker);
  rmSync(files.folder, { recursive: true, force: true });
});

it.each(['dump.safetensors', 'dump.pt', 'slice.pt'])('%s', async (name) => {
  const options = { ignoreIndex: -100, stripeBytes: STRIPE_BYTES };
  const reportOf = async (file: string, threads: number) => {
    started = 0;
    const { source: _, ...report } = await library.scoreFile(files.path(file), {
      ...options,
      threads,
    });
    expect(started).toBe(threads - 1);
    return JSON.stringify(report);
  };
  const alone = await reportOf(name, 1);
  expect(await reportOf(name, 3)).toBe(alone);
  expect(await reportOf('stored.npz', 1)).toBe(alone);
});
