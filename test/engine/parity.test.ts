import { describe, expect, it } from 'vitest';
import { RowEngine } from '../../src/engine/row-engine.js';
import { loadCore } from '../../src/node/core.js';
import { RowReference } from '../../src/reference/row-reference.js';
import { type RowOptionsInput, rowOptions } from '../../src/types/row-options.js';
import {
  type Dtype,
  MISSING_TARGET,
  type RowBuffers,
  type RowScorer,
  type RowScores,
  type ScoreKind,
} from '../../src/types/scores.js';
import {
  fillLogits,
  ROW_FLAVOURS,
  seeded,
  softmaxInPlace,
  toBrainBits,
  toHalfBits,
} from '../support/rows.js';

/** Every remainder of every vector and unrolled loop, the block of 512, and vocabularies. */
const CLASSES = [
  ...Array.from({ length: 39 }, (_, i) => i + 2),
  63,
  64,
  65,
  255,
  256,
  257,
  511,
  512,
  513,
  1000,
  4095,
  4096,
  4097,
  50257,
  131072,
];

/** A lease filled with rows of all flavours. */
function fill(scorer: RowScorer, seed: number): RowBuffers {
  const { classes, kind, dtype } = scorer.options;
  const repeats = classes > 5000 ? 1 : classes > 100 ? 2 : 4;
  const rows = ROW_FLAVOURS.length * repeats;
  const lease = scorer.lease(rows);
  const random = seeded(seed);
  for (let r = 0; r < rows; r++) {
    const flavour = ROW_FLAVOURS[r % ROW_FLAVOURS.length];
    const row = new (dtype === 'f64' ? Float64Array : Float32Array)(classes);
    fillLogits(row, flavour, random);
    if (kind !== 'logits' && !['nan', 'infinite', 'all masked'].includes(flavour)) {
      softmaxInPlace(row);
      if (kind === 'log-probabilities') for (let c = 0; c < classes; c++) row[c] = Math.log(row[c]);
    }
    const toBits = dtype === 'f16' ? toHalfBits : toBrainBits;
    lease.scores.set(dtype.endsWith('16') ? Array.from(row, toBits) : row, r * classes);
    // Now and then the target is the prediction, ignored, missing or no class.
    const kindOfTarget = Math.floor(random() * 8);
    lease.targets[r] = Math.floor(random() * classes);
    if (kindOfTarget === 0) lease.targets[r] = row.indexOf(Math.max(...row.subarray(0, 1000)));
    if (kindOfTarget === 1 && r % 3 === 0) {
      lease.targets[r] = [-100, MISSING_TARGET, classes, -1][(r / 3) & 3];
    }
  }
  return lease;
}

async function scoreBoth(input: RowOptionsInput, seed: number): Promise<[RowScores, RowScores]> {
  const options = rowOptions({ ignoreIndex: -100, ...input });
  const scorers = [new RowEngine(await loadCore(), options), new RowReference(options)];
  const [engine, reference] = scorers.map((scorer) => {
    const lease = fill(scorer, seed);
    return scorer.score(lease, lease.capacity);
  });
  return [engine, reference];
}

function expectClose(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
  absolute: number,
) {
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    if (Object.is(a, e) || a === e) continue;
    const ok = Math.abs(a - e) <= Math.max(relative * Math.abs(e), absolute);
    if (!ok) expect.fail(`${name}[${i}]: ${a}, expected ${e}`);
  }
}

function expectParity(actual: RowScores, expected: RowScores, dtype: Dtype, narrow = 2e-6) {
  expect([...actual.status]).toEqual([...expected.status]);
  expect([...actual.rank]).toEqual([...expected.rank]);
  expect([...actual.prediction]).toEqual([...expected.prediction]);
  const [relative, absolute] = dtype === 'f64' ? [1e-9, 1e-14] : [narrow, narrow];
  for (const name of ['nll', 'loss', 'confidence', 'sumSquares'] as const) {
    expectClose(name, actual[name], expected[name], relative, absolute);
  }
  // log Σ e^z of log-probabilities is 0 but for the rounding of C additions.
  const rounding = Math.max(absolute, 1e-12);
  expectClose('normalizer', actual.normalizer, expected.normalizer, relative, rounding);
  // Rows of f32 and few classes take p(target) from an f32 exponential.
  expectClose(
    'targetProbability',
    actual.targetProbability,
    expected.targetProbability,
    relative,
    dtype === 'f64' ? 1e-300 : absolute,
  );
}

const KINDS: ScoreKind[] = ['logits', 'log-probabilities', 'probabilities'];

describe.each(['f32', 'f64', 'f16', 'bf16'] as const)('%s rows', (dtype) => {
  describe.each(dtype.endsWith('16') ? KINDS.slice(0, 1) : KINDS)('of %s', (kind) => {
    it.each(CLASSES)('agree with the reference for C = %i', async (classes) => {
      const [actual, expected] = await scoreBoth({ classes, dtype, kind }, classes * 7 + 1);
      expectParity(actual, expected, dtype);
    });

    it.each([2, 3, 10, 37, 1000])(
      'agree with class weights and label smoothing for C = %i',
      async (classes) => {
        const random = seeded(classes);
        const classWeights = Array.from({ length: classes }, () =>
          random() < 0.1 ? 0 : 2 * random(),
        );
        for (const labelSmoothing of [0, 0.1]) {
          for (const weights of [null, classWeights]) {
            const [actual, expected] = await scoreBoth(
              { classes, dtype, kind, labelSmoothing, classWeights: weights },
              classes,
            );
            expectParity(actual, expected, dtype);
          }
        }
      },
    );
  });
});

describe.each([
  ['f16', 0x7c00],
  ['bf16', 0x7f80],
] as const)('%s rows of any bits', (dtype, infinity) => {
  // Zeros of both signs, subnormals, and NaN of both signs at any place.
  it.each([2, 5, 8, 64, 65, 71, 72, 73, 511, 520, 1031])(
    'agree with the reference for C = %i',
    async (classes) => {
      const options = rowOptions({ classes, dtype, kind: 'logits' });
      const random = seeded(classes + infinity);
      const rows = 60;
      const bits = Uint16Array.from({ length: rows * classes }, (_, i) => {
        const sign = random() < 0.5 ? 0x8000 : 0;
        const row = Math.floor(i / classes);
        const special = random();
        if (row % 5 === 1 && special < 3 / classes)
          return sign + infinity + (special < 1 / classes ? 0 : 1);
        if (row % 5 === 2 && special < 0.3) return 0x8000 + infinity;
        if (special < 0.2) return sign;
        // Sizes that do not leave all but one probability at 0.
        return (
          sign + Math.floor(random() * (row % 5 === 3 ? 40 : infinity * (row % 5 === 4 ? 1 : 0.55)))
        );
      });
      const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
      const [actual, expected] = [
        new RowEngine(await loadCore(), options),
        new RowReference(options),
      ].map((scorer) => {
        const lease = scorer.lease(rows);
        lease.scores.set(bits);
        lease.targets.set(targets);
        return scorer.score(lease, rows);
      });
      // Many equal terms below 2^-15 are all rounded the same way by up to 2^-24 of the sum.
      expectParity(actual, expected, dtype, 4e-6);
    },
  );
});
