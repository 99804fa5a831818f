/** Soft targets on several threads: the same bits as on one. */

import { describe, expect, it } from 'vitest';
import { memoryDump } from '../../src/intake/memory-dump.js';
import { compileCore, loadCore } from '../../src/node/core.js';
import { renderJson } from '../../src/render/json.js';
import { scoreDump } from '../../src/run/score-dump.js';
import type { StartWorker } from '../../src/workers/pool.js';
import type { FromWorker, ToWorker } from '../../src/workers/protocol.js';
import { serveWorker } from '../../src/workers/serve.js';
import { spreadOverWorkers } from '../../src/workers/spread.js';
import { softRows } from '../support/soft-rows.js';

const [ROWS, CLASSES] = [4000, 5];

/** A worker in this thread; messages are cloned as `postMessage` clones them. */
const startInline: StartWorker = (events) => {
  const take = serveWorker({
    post: (message: FromWorker) => {
      const copy = structuredClone(message);
      setTimeout(() => events.message(copy), 0);
    },
    open: () => Promise.reject(new Error('there is nothing to open')),
  });
  return {
    post: (message: ToWorker, transfer = []) => take(structuredClone(message, { transfer })),
    terminate: async () => {},
  };
};

function shared(values: Float32Array | Float64Array) {
  const memory = new SharedArrayBuffer(values.byteLength);
  const copy = values instanceof Float64Array ? new Float64Array(memory) : new Float32Array(memory);
  copy.set(values);
  return copy;
}

describe('soft targets on several threads', () => {
  it.each([
    ['memory of its own', false, {}],
    ['shared memory', true, {}],
    [
      'class weights and smoothing',
      false,
      { classWeights: [1, 2, 0, 3, 0.5], labelSmoothing: 0.1 },
    ],
  ])('report the same, to the last byte: %s', async (_, isShared, more) => {
    const { scores, soft, weights } = softRows(3, ROWS, CLASSES, 'f32');
    const targets = new Int32Array(ROWS);
    const data = {
      scores: isShared ? shared(scores) : scores,
      dtype: 'f32' as const,
      targets,
      weights,
      soft: (isShared ? shared(soft) : soft) as Float64Array,
    };
    const open = () => ({
      task: 'classification' as const,
      reason: null,
      reader: memoryDump('x', data, CLASSES),
      notices: () => [],
    });
    const options = { kind: 'logits' as const, invalid: 'skip' as const, ...more };
    const alone = await scoreDump(open(), options, loadCore);
    let spread = false;
    const report = await scoreDump(open(), options, loadCore, undefined, {
      scoreElsewhere: async (started) => {
        spread = await spreadOverWorkers(
          started,
          { threads: 3, stripeRows: 500 },
          {
            host: {
              processors: 3,
              compileCore: () => compileCore('simd'),
              startWorkers: async (count) => new Array(count).fill(startInline),
              pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
            },
            reader: started.reader,
            source: { data },
          },
        );
        return spread;
      },
    });
    expect(spread).toBe(true);
    expect(renderJson(report)).toBe(renderJson(alone));
    expect(report.rows.total).toBe(ROWS);
  });
});
