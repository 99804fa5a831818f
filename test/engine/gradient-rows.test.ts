import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GradientEngine } from '../../src/engine/gradient-engine.js';
import { crossEntropyReference } from '../../src/reference/class-losses-reference.js';
import type { CrossEntropyShape } from '../../src/types/gradients.js';
import { loadLossCore } from '../support/loss-core.js';
import { fillLogits, ROW_FLAVOURS, seeded, softmaxInPlace } from '../support/rows.js';

interface Rows {
  scores: Float32Array;
  soft: Float32Array | null;
  targets: Int32Array;
}

const IGNORED = -100;
const SCALE = 0.37;

function makeRows(classes: number, rows: number, isSoft: boolean, seed: number): Rows {
  const random = seeded(seed);
  const scores = new Float32Array(rows * classes);
  const soft = isSoft ? new Float32Array(rows * classes) : null;
  for (let r = 0; r < rows; r++) {
    const part = [r * classes, (r + 1) * classes] as const;
    const flavour = ROW_FLAVOURS[Math.floor(random() * ROW_FLAVOURS.length)];
    fillLogits(scores.subarray(...part), flavour, random);
    if (soft === null) continue;
    fillLogits(soft.subarray(...part), 'random', random);
    softmaxInPlace(soft.subarray(...part));
  }
  const targets = Int32Array.from({ length: rows }, () =>
    random() < 0.1 ? IGNORED : Math.floor(random() * classes),
  );
  return { scores, soft, targets };
}

/** Loss and gradient of each row, as numbers; the gradient in place of the scores or beside them. */
function run(engine: GradientEngine, { scores, soft, targets }: Rows, separate: boolean) {
  const rows = targets.length;
  const lease = engine.lease(rows, { soft: soft !== null, separate });
  lease.scores.set(scores);
  lease.soft.set(soft ?? []);
  lease.targets.set(targets);
  const losses = engine.run(lease, rows, SCALE);
  return { losses: [...losses], gradient: [...lease.gradient] };
}

function runReference(
  { classes, classWeights: weights, ignoreIndex, ...terms }: CrossEntropyShape,
  { scores, soft, targets }: Rows,
) {
  const target = {
    rows: targets.length,
    classes,
    indices: soft ? null : targets,
    soft: soft && Float64Array.from(soft),
    weights,
    ignoreIndex,
  };
  const logits = Float64Array.from(scores);
  const gradient = crossEntropyReference.gradientOfSum(logits, target, terms);
  return {
    losses: [...crossEntropyReference.values(logits, target, terms)],
    gradient: Array.from(gradient, (slope) => SCALE * slope),
  };
}

function shapeOf(classes: number, seed: number): CrossEntropyShape {
  const random = seeded(seed);
  return {
    classes,
    dtype: 'f32',
    ignoreIndex: seed % 3 === 0 ? null : IGNORED,
    classWeights: seed % 2 ? Float64Array.from({ length: classes }, () => 2 * random()) : null,
    labelSmoothing: seed % 5 === 0 ? 0.1 : 0,
    zLoss: seed % 7 === 0 ? 0.01 : 0,
  };
}

const shape = fc.record({
  classes: fc.integer({ min: 2, max: 70 }),
  rows: fc.integer({ min: 1, max: 11 }),
  isSoft: fc.boolean(),
  separate: fc.boolean(),
  seed: fc.nat({ max: 1e6 }),
});

describe('the gradient of a row', () => {
  it('is the same alone and in any batch, in place and beside the scores', async () => {
    const core = await loadLossCore();
    fc.assert(
      fc.property(shape, ({ classes, rows, isSoft, separate, seed }) => {
        const options = shapeOf(classes, seed);
        const engine = new GradientEngine(core, options);
        const all = makeRows(classes, rows, isSoft, seed);
        if (options.ignoreIndex === null)
          all.targets.forEach((t, r) => {
            all.targets[r] = Math.max(t, 0);
          });
        const whole = run(engine, all, separate);
        for (let r = 0; r < rows; r++) {
          const part = [r * classes, (r + 1) * classes] as const;
          const alone = run(
            engine,
            {
              scores: all.scores.slice(...part),
              soft: all.soft?.slice(...part) ?? null,
              targets: all.targets.slice(r, r + 1),
            },
            !separate,
          );
          expect(alone.losses[0]).toBe(whole.losses[r]);
          expect(alone.gradient).toEqual(whole.gradient.slice(...part));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with the reference for rows of every flavour', async () => {
    const core = await loadLossCore();
    fc.assert(
      fc.property(shape, ({ classes, rows, isSoft, separate, seed }) => {
        const options = { ...shapeOf(classes, seed), ignoreIndex: IGNORED };
        const all = makeRows(classes, rows, isSoft, seed);
        const actual = run(new GradientEngine(core, options), all, separate);
        const expected = runReference(options, all);
        const largest = all.scores
          .filter(Number.isFinite)
          .map(Math.abs)
          .reduce((a, b) => Math.max(a, b), 1);
        const near = (a: number, e: number, absolute: number) =>
          Object.is(a, e) || a === e || Math.abs(a - e) <= Math.max(2e-6 * Math.abs(e), absolute);
        // LSE of huge scores is known to their last bit, and z-loss multiplies by it twice.
        const ulp = largest * 2 ** -23 * (1 + 2 * options.zLoss * largest);
        actual.losses.forEach((loss, r) => {
          if (!near(loss, expected.losses[r], 2e-6 + ulp)) {
            expect.fail(`loss ${r}: ${loss}, expected ${expected.losses[r]}`);
          }
        });
        actual.gradient.forEach((slope, i) => {
          if (!near(slope, expected.gradient[i], 2e-6 + 4e-7 * options.zLoss * largest)) {
            expect.fail(`gradient ${i}: ${slope}, expected ${expected.gradient[i]}`);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it.each([2, 3, 5, 10, 31, 32, 33])(
    'writes nothing past the last row for C = %i',
    async (classes) => {
      const core = await loadLossCore();
      for (const rows of [1, 2, 3, 4, 5]) {
        for (const isSoft of [false, true]) {
          const engine = new GradientEngine(core, shapeOf(classes, 1));
          const all = makeRows(classes, rows, isSoft, rows);
          const lease = engine.lease(rows, { soft: isSoft, separate: true });
          lease.scores.set(all.scores);
          lease.soft.set(all.soft ?? []);
          lease.targets.set(all.targets);
          const end = lease.gradient.byteOffset + lease.gradient.byteLength;
          const after = new Uint8Array(core.memory.buffer, end, 16).fill(0xa5);
          engine.run(lease, rows, 1);
          expect([...after]).toEqual(Array(16).fill(0xa5));
        }
      }
    },
  );
});
