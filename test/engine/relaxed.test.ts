import { describe, expect, it } from 'vitest';
import { createScorer } from '../../src/index.js';
import { fillLogits, ROW_FLAVOURS, seeded, softmaxInPlace } from '../support/rows.js';

/** f32x4.relaxed_madd(0, 0, 0), as a module. */
const RELAXED = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00, 0x0a, 0x13, 0x01, 0x11, 0x00],
  ...[
    0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0xfd, 0x85, 0x02, 0x0b,
  ],
);
const supported = WebAssembly.validate(RELAXED);

describe('the relaxed kernel', () => {
  it.runIf(!supported)('is refused with a message where the engine lacks it', async () => {
    await expect(createScorer({ classes: 2, kernel: 'relaxed' })).rejects.toThrow(
      /cannot run relaxed WebAssembly SIMD\. Use Node 22/,
    );
  });

  it.runIf(supported).each([2, 3, 10, 37, 64, 65, 513, 1000, 4097])(
    'agrees with the default one for C = %i, and says that it ran',
    async (classes) => {
      for (const kind of ['logits', 'probabilities'] as const) {
        for (const dtype of ['f32', 'f64'] as const) {
          const random = seeded(classes);
          const rows = 50;
          const scores = new (dtype === 'f64' ? Float64Array : Float32Array)(rows * classes);
          for (let r = 0; r < rows; r++) {
            const row = scores.subarray(r * classes, (r + 1) * classes);
            fillLogits(row, ROW_FLAVOURS[r % ROW_FLAVOURS.length], random);
            if (kind === 'probabilities' && row.every(Number.isFinite)) softmaxInPlace(row);
            else if (kind === 'probabilities') row.fill(1 / classes);
          }
          const targets = Array.from({ length: rows }, () => Math.floor(random() * classes));
          const [relaxed, simd] = await Promise.all(
            (['relaxed', 'simd'] as const).map(async (kernel) => {
              const scorer = await createScorer({ classes, kind, dtype, kernel, invalid: 'skip' });
              scorer.add(scores, targets);
              return scorer;
            }),
          );
          expect(relaxed.report().kernel).toBe('relaxed');
          expect(relaxed.report().rows).toEqual(simd.report().rows);
          const bar = dtype === 'f64' ? 1e-12 : 2e-6;
          for (const name of ['log_loss', 'accuracy', 'brier_multiclass', 'mrr']) {
            const [a, b] = [relaxed, simd].map((s) => s.report().metrics[name].value as number);
            if (Number.isFinite(b))
              expect(Math.abs(a - b)).toBeLessThanOrEqual(bar * Math.max(1, b));
            else expect(a).toBe(b);
          }
          expect(() => simd.merge(relaxed)).toThrow(/kernel/);
        }
      }
    },
  );
});
