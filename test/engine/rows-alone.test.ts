import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowEngine } from '../../src/engine/row-engine.js';
import { loadCore } from '../../src/node/core.js';
import { rowOptions } from '../../src/types/row-options.js';
import type { Dtype, RowScores, ScoreKind } from '../../src/types/scores.js';
import { fillLogits, ROW_FLAVOURS, seeded, softmaxInPlace } from '../support/rows.js';

const REAL = [
  'nll',
  'loss',
  'confidence',
  'targetProbability',
  'sumSquares',
  'normalizer',
] as const;
const WHOLE = ['prediction', 'rank', 'status'] as const;

/** Every quantity of a row as text that tells bits apart (NaN payloads aside). */
function bitsOf(scores: RowScores, row: number): string {
  const real = REAL.map((name) =>
    Object.is(scores[name][row], -0) ? '-0' : String(scores[name][row]),
  );
  return [...real, ...WHOLE.map((name) => scores[name][row])].join(' ');
}

describe('a row', () => {
  it('has the same scores alone, in any batch and at any place', async () => {
    const cores = new Map<string, RowEngine>();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 600 }),
        fc.constantFrom<Dtype>('f32', 'f64'),
        fc.constantFrom<ScoreKind>('logits', 'log-probabilities', 'probabilities'),
        fc.integer({ min: 2, max: 40 }),
        fc.nat(),
        async (classes, dtype, kind, rows, seed) => {
          const key = `${classes} ${dtype} ${kind}`;
          const options = rowOptions({ classes, dtype, kind, labelSmoothing: seed % 2 ? 0.1 : 0 });
          const engine = cores.get(key) ?? new RowEngine(await loadCore(), options);
          cores.set(key, engine);
          const random = seeded(seed);
          const dump = new (dtype === 'f64' ? Float64Array : Float32Array)(rows * classes);
          for (let r = 0; r < rows; r++) {
            const row = dump.subarray(r * classes, (r + 1) * classes);
            fillLogits(row, ROW_FLAVOURS[Math.floor(random() * ROW_FLAVOURS.length)], random);
            if (kind !== 'logits') softmaxInPlace(row);
            if (kind === 'log-probabilities') row.set(row.map(Math.log));
          }
          const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));

          const whole = engine.lease(rows);
          whole.scores.set(dump);
          whole.targets.set(targets);
          const scored = engine.score(whole, rows);
          const expected = Array.from({ length: rows }, (_, r) => bitsOf(scored, r));

          // The same rows one by one, behind a row of garbage and before another.
          for (let r = 0; r < rows; r++) {
            const lease = engine.lease(3);
            lease.scores.fill(Number.NaN);
            lease.scores.set(dump.subarray(r * classes, (r + 1) * classes), classes);
            lease.targets.set([0, targets[r], 0]);
            expect(bitsOf(engine.score(lease, 3), 1)).toBe(expected[r]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a lease', () => {
  it('ends with the next one', async () => {
    const engine = new RowEngine(await loadCore(), rowOptions({ classes: 3 }));
    const first = engine.lease(2);
    engine.lease(2);
    expect(() => engine.score(first, 1)).toThrow(/lease ended/);
  });

  it('holds no more rows than it was made for', async () => {
    const engine = new RowEngine(await loadCore(), rowOptions({ classes: 3 }));
    expect(() => engine.score(engine.lease(2), 3)).toThrow(/holds 2 rows/);
    expect(() => engine.lease(0)).toThrow(/≥ 1/);
    expect(() => engine.lease(1e12)).toThrow(/4 GiB/);
  });

  it('reaches addresses above 2 GiB', async () => {
    const classes = 262_144;
    const engine = new RowEngine(await loadCore(), rowOptions({ classes }));
    const rows = 2100;
    const lease = engine.lease(rows);
    const last = lease.scores.subarray((rows - 1) * classes);
    last[77] = 5;
    lease.targets[rows - 1] = 77;
    const scores = engine.score(lease, rows);
    expect(scores.prediction[rows - 1]).toBe(77);
    expect(scores.nll[rows - 1]).toBeCloseTo(Math.log(classes - 1 + Math.exp(5)) - 5, 5);
  });
});
