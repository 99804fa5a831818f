import { describe, it } from 'vitest';
import { softmaxRows } from '../../src/engine/gradient-engine.js';
import { loadLossCore } from '../support/loss-core.js';
import { expectNear, realArray } from '../support/losses.js';
import { normal, seeded } from '../support/rows.js';

describe('softmax', () => {
  it.each([2, 3, 5, 17, 600])(
    'and its logarithm agree with f64 arithmetic for C = %i',
    async (classes) => {
      const random = seeded(classes);
      for (const dtype of ['f32', 'f64'] as const) {
        const scores = realArray(
          dtype,
          Array.from({ length: 4 * classes }, () => 5 * normal(random)),
        );
        // f32: z − max is rounded, so e^−30 is known to 2^-24 · 30 at best.
        const bar = dtype === 'f64' ? 1e-13 : 3e-6;
        const wanted: number[] = [];
        for (let r = 0; r < 4; r++) {
          const row = Array.from(scores.subarray(r * classes, (r + 1) * classes));
          const max = Math.max(...row);
          const sum = row.reduce((total, z) => total + Math.exp(z - max), 0);
          wanted.push(...row.map((z) => Math.exp(z - max) / sum));
        }
        expectNear(softmaxRows(await loadLossCore(), scores, classes, false), wanted, bar, 0);
        const logs = wanted.map(Math.log);
        expectNear(softmaxRows(await loadLossCore(), scores, classes, true), logs, bar, bar);
      }
    },
  );
});
