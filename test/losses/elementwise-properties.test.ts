/** Losses over elements: kernels against the reference, gradients against differences, what is refused. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  gaussianNllLoss,
  hingeLoss,
  huberLoss,
  InputError,
  klDivLoss,
  l1Loss,
  logCoshLoss,
  mseLoss,
  poissonNllLoss,
  quantileLoss,
  sigmoidFocalLoss,
  smoothL1Loss,
  softMarginLoss,
  squaredHingeLoss,
  UsageError,
} from '../../src/index.js';
import { checkGradient } from '../../src/losses/check-gradient.js';
import type { LossResult, Numbers } from '../../src/types/loss.js';
import { describeKernels, expectNear, FORMATS, realArray } from '../support/losses.js';
import { normal, seeded } from '../support/rows.js';

type Random = () => number;
type Loss = (input: Numbers, target: Numbers, options?: object) => LossResult;

/** A loss with numbers that it can have, and where its kinks are, as a function of input and target. */
interface Subject {
  name: string;
  loss: Loss;
  input: (random: Random) => number;
  target: (random: Random) => number;
  options?: object;
  kinks?: (x: number, t: number) => number[];
}

const logit = (random: Random) => 4 * normal(random);
const share = (random: Random) => Math.fround(0.02 + 0.96 * random());
const spread = (random: Random) => Math.fround(0.3 + 2 * random());
const label = (random: Random) => Number(random() < 0.5);
const side = (random: Random) => (random() < 0.5 ? -1 : 1);
const count = (random: Random) => Math.floor(6 * random());
const zeroOrShare = (random: Random) => (random() < 0.2 ? 0 : share(random));

/** Variances for the losses that take them; element i has the i-th. */
const VARIANCES = Float64Array.from({ length: 300_001 }, (_, i) =>
  Math.fround(0.05 + ((i * 7) % 13) / 5),
);

const gaussian: Loss = (input, target, options) =>
  gaussianNllLoss(input, target, VARIANCES.subarray(0, input.length), options);
/** The Gaussian as a function of its variance. */
const ofVariance: Loss = (variance, target, options = {}) => {
  const { gradient, ...others } = options as { gradient?: true };
  const gradients = gradient && { gradients: { variance: gradient } };
  const { gradients: found, ...result } = gaussianNllLoss(
    // The first input decides what all is computed in.
    realArray(
      variance instanceof Float32Array ? 'f32' : 'f64',
      VARIANCES.subarray(1, variance.length + 1),
    ),
    target,
    variance,
    { ...others, ...gradients },
  );
  return { ...result, ...(found && { gradient: found.variance }) };
};

const atTarget = (distance: number) => (_x: number, t: number) => [t - distance, t, t + distance];

const SUBJECTS: Subject[] = [
  { name: 'mseLoss', loss: mseLoss, input: logit, target: logit },
  { name: 'l1Loss', loss: l1Loss, input: logit, target: logit, kinks: atTarget(0) },
  { name: 'huberLoss', loss: huberLoss, input: logit, target: logit, options: { delta: 1.5 } },
  { name: 'smoothL1Loss', loss: smoothL1Loss, input: logit, target: logit, options: { beta: 0.7 } },
  { name: 'logCoshLoss', loss: logCoshLoss, input: logit, target: logit },
  {
    name: 'quantileLoss',
    loss: quantileLoss,
    input: logit,
    target: logit,
    options: { quantile: 0.9 },
    kinks: atTarget(0),
  },
  {
    name: 'binaryCrossEntropyWithLogits',
    loss: binaryCrossEntropyWithLogits,
    input: logit,
    target: share,
    options: { posWeight: 1.7 },
  },
  { name: 'binaryCrossEntropy', loss: binaryCrossEntropy, input: share, target: share },
  ...[0, 0.5, 2].map((gamma) => ({
    name: `sigmoidFocalLoss, γ = ${gamma}`,
    loss: sigmoidFocalLoss,
    input: logit,
    target: label,
    options: { gamma, alpha: gamma === 2 ? null : 0.25 },
  })),
  { name: 'hingeLoss', loss: hingeLoss, input: logit, target: side, kinks: (_x, t) => [t] },
  { name: 'squaredHingeLoss', loss: squaredHingeLoss, input: logit, target: side },
  { name: 'softMarginLoss', loss: softMarginLoss, input: logit, target: side },
  {
    name: 'poissonNllLoss',
    loss: poissonNllLoss,
    input: normal,
    target: count,
    options: { full: true },
  },
  {
    name: 'poissonNllLoss of rates',
    loss: poissonNllLoss,
    input: share,
    target: count,
    options: { logInput: false },
  },
  { name: 'gaussianNllLoss', loss: gaussian, input: logit, target: logit },
  {
    name: 'gaussianNllLoss of variances',
    loss: ofVariance,
    input: spread,
    target: logit,
    options: { full: true },
  },
  { name: 'klDivLoss', loss: klDivLoss, input: logit, target: zeroOrShare },
  {
    name: 'klDivLoss of log-targets',
    loss: klDivLoss,
    input: logit,
    target: normal,
    options: { logTarget: true },
  },
];

function draw(subject: Subject, length: number, random: Random) {
  const input = Array.from({ length }, () => Math.fround(subject.input(random)));
  const target = Array.from({ length }, () => Math.fround(subject.target(random)));
  // Finite differences are wrong within a step of a kink, and f32 may fall on either side of it.
  for (const [i, t] of target.entries()) {
    for (const kink of subject.kinks?.(input[i], t) ?? []) {
      if (Math.abs(input[i] - kink) < 1e-3) input[i] = Math.fround(kink + 0.01);
    }
  }
  return { input, target };
}

describeKernels((kernel) => {
  describe.each(SUBJECTS)('$name', (subject) => {
    const { loss, options } = subject;

    it('has the gradient that finite differences have', () => {
      for (let seed = 1; seed <= 5; seed++) {
        const { input, target } = draw(subject, 9, seeded(seed));
        const weight = [0.5, 2, 1];
        const check = checkGradient(loss, input, target, { ...options, weight, kernel } as object);
        expect(check.largestRelative, JSON.stringify(check)).toBeLessThan(1e-7);
      }
    });

    it('gives NaN for an input that is NaN, there and nowhere else', () => {
      const { input, target } = draw(subject, 7, seeded(3));
      input[2] = Number.NaN;
      for (const format of FORMATS) {
        const given = { ...options, kernel, gradient: true, reduction: 'none' };
        const { values, gradient } = loss(realArray(format, input), target, given);
        expect([...(values ?? [])].map(Number.isNaN)).toEqual(input.map(Number.isNaN));
        // The slope of the divergence is its target, whatever the input.
        if (loss !== klDivLoss) {
          expect([...(gradient ?? [])].map(Number.isNaN)).toEqual(input.map(Number.isNaN));
        }
        const without = loss(realArray(format, input), target, {
          ...given,
          weight: input.map((x) => Number(!Number.isNaN(x))),
        });
        expect(without.value).not.toBeNaN();
        expect(without.gradient?.[2]).toBe(0);
      }
    });
  });
});

describe.each(SUBJECTS)('$name in wasm', (subject) => {
  const { loss, options } = subject;

  it.each(FORMATS)('is the reference in %s, at every length and for every element', (format) => {
    const [relative, absolute] = format === 'f64' ? [1e-9, 1e-13] : [2e-6, 2e-6];
    const property = fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.constantFrom(0, 1, 3),
      (length, seed, period) => {
        const random = seeded(seed);
        const { input, target } = draw(subject, length * Math.max(1, period), random);
        const weight = Array.from({ length: period }, () => Math.fround(2 * random()));
        const given = { ...options, ...(period > 0 && { weight }), reduction: 'none' };
        const x = realArray(format, input);
        const wanted = loss(x, target, { ...given, kernel: 'reference', gradient: true });
        const inPlace = x.slice();
        const actual = loss(inPlace, target, { ...given, gradient: inPlace });
        expect(actual.gradient).toBe(inPlace);
        expectNear(actual.values, wanted.values ?? [], relative, absolute);
        expectNear(actual.gradient, wanted.gradient ?? [], relative, absolute);
        expectNear([actual.value], [wanted.value], relative, absolute * input.length);
        expect(loss(x, target, { ...given, reduction: 'sum' }).value).toBe(actual.value);
      },
    );
    fc.assert(property, { numRuns: 40 });
  });

  it.each(FORMATS)('is the reference in %s across blocks', (format) => {
    const { input, target } = draw(subject, 50_001, seeded(11));
    const x = realArray(format, input);
    const weight = [1, 0.5, 0.25, 2, 1, 1, 3]; // 50 001 = 7 · 7143
    const given = { ...options, weight, gradient: true };
    const wanted = loss(x, target, { ...given, kernel: 'reference' });
    const actual = loss(x, target, given);
    const [relative, absolute] = format === 'f64' ? [1e-9, 1e-15] : [4e-6, 1e-9];
    expectNear([actual.value], [wanted.value], relative, absolute);
    expectNear(actual.gradient, wanted.gradient ?? [], relative, absolute);
  });
});

describe('weights', () => {
  const input = Float32Array.of(1, 2, 3, 4, 5, 6);
  const target = new Float32Array(6);

  it('repeat over the last axis, and do not change what the mean divides by', () => {
    const { value, values } = mseLoss(input, target, { weight: [1, 0.5, 0], reduction: 'none' });
    expect([...(values ?? [])]).toEqual([1, 2, 0, 16, 12.5, 0]);
    expect(value).toBe(31.5);
    expect(mseLoss(input, target, { weight: [1, 0.5, 0] }).value).toBe(31.5 / 6);
    expect(mseLoss(input, target, { weight: 2 }).value).toBe(2 * mseLoss(input, target).value);
  });

  it('longer than a block go with their elements', () => {
    const length = 3 * 20_000;
    const long = Float64Array.from({ length }, (_, i) => i % 10);
    const weight = Float64Array.from({ length: 20_000 }, (_, i) => 1 + (i % 7));
    const given = { weight, gradient: true } as const;
    const { gradient, value } = mseLoss(long, new Float64Array(length), given);
    const wanted = mseLoss(long, new Float64Array(length), { ...given, kernel: 'reference' });
    expectNear([value], [wanted.value], 1e-12, 0);
    expectNear(gradient, wanted.gradient ?? [], 1e-12, 0);
  });

  it.each([
    [[1, 2, 3, 4], /as many as divide the 6 elements evenly/],
    [[], /as many as divide/],
    [[1, -1], /found -1 at index 1/],
    ['heavy', /found "heavy"/],
  ])('%j are refused', (weight, message) => {
    expect(() => mseLoss(input, target, { weight: weight as number[] })).toThrow(message);
  });
});

describe('extremes', () => {
  const huge = [1e4, -1e4, 1e4, -1e4];

  describeKernels((kernel) => {
    it.each(FORMATS)('logits of ±1e4 keep value and gradient, in %s', (format) => {
      const given = { kernel, reduction: 'none', gradient: true } as const;
      const x = realArray(format, huge);
      const binary = binaryCrossEntropyWithLogits(x, [1, 1, 0, 0], given);
      expect([...(binary.values ?? [])]).toEqual([0, 1e4, 1e4, 0]);
      expectNear(binary.gradient, [0, -1, 1, 0], 0, 0);
      const soft = softMarginLoss(x, [1, 1, -1, -1], given);
      expect([...(soft.values ?? [])]).toEqual([0, 1e4, 1e4, 0]);
      expectNear(soft.gradient, [0, -1, 1, 0], 0, 0);
      for (const gamma of [0, 0.5, 2]) {
        const focal = sigmoidFocalLoss(x, [1, 1, 0, 0], { ...given, gamma, alpha: null });
        expect([...(focal.values ?? [])]).toEqual([0, 1e4, 1e4, 0]);
        expectNear(focal.gradient, [0, -1, 1, 0], 0, 0);
      }
    });

    it('an error of 1e-8, or of 1e4, has its own hyperbolic cosine', () => {
      const given = { kernel, reduction: 'none', gradient: true } as const;
      const { values, gradient } = logCoshLoss([1e-8, 1e-3, 1e4], [0, 0, 0], given);
      expectNear(values, [5e-17, 4.999999166666889e-7, 1e4 - Math.LN2], 1e-12, 0);
      expectNear(gradient, [1e-8, 9.999996666668e-4, 1], 1e-12, 0);
    });

    it('what has no kink to stand on has slope 0', () => {
      const given = { kernel, gradient: true } as const;
      expect(l1Loss([1], [1], given).gradient?.[0]).toBe(0);
      expect(quantileLoss([1], [1], { ...given, quantile: 0.9 }).gradient?.[0]).toBe(0);
      expect(Math.abs(hingeLoss([1], [1], given).gradient?.[0] ?? 1)).toBe(0);
    });

    it('infinite inputs have infinite losses', () => {
      const given = { kernel, reduction: 'none' } as const;
      const { POSITIVE_INFINITY: infinity } = Number;
      expect(mseLoss([infinity], [0], given).value).toBe(infinity);
      expect(binaryCrossEntropyWithLogits([-infinity], [1], given).value).toBe(infinity);
      // No probability where none is due adds nothing.
      expect(klDivLoss([-infinity, 0], [0, 1], given).value).toBe(0);
      expect(klDivLoss([-infinity], [0.5], given).value).toBe(infinity);
      const rate = poissonNllLoss([0], [2], { ...given, logInput: false, eps: 0 });
      expect(rate.value).toBe(infinity);
    });
  });
});

describe('refused', () => {
  const caught = (call: () => unknown): unknown => {
    try {
      call();
    } catch (error) {
      return error;
    }
    return null;
  };
  const NOT = 'target-out-of-range';
  const refusals: [name: string, loss: Loss, bad: number, expected: RegExp][] = [
    ['mseLoss', mseLoss, Number.NaN, /a finite number/],
    ['huberLoss', huberLoss, Number.POSITIVE_INFINITY, /a finite number/],
    ['binaryCrossEntropyWithLogits', binaryCrossEntropyWithLogits, 1.5, /from 0 to 1/],
    ['binaryCrossEntropy', binaryCrossEntropy, -0.5, /from 0 to 1/],
    ['sigmoidFocalLoss', sigmoidFocalLoss, 0.5, /0 or 1/],
    ['hingeLoss', hingeLoss, 0, /−1 or 1/],
    ['squaredHingeLoss', squaredHingeLoss, Number.NaN, /−1 or 1/],
    ['softMarginLoss', softMarginLoss, 2, /−1 or 1/],
    ['poissonNllLoss', poissonNllLoss, -1, /≥ 0/],
    ['gaussianNllLoss', gaussian, Number.NaN, /a finite number/],
    ['klDivLoss', klDivLoss, -1e-9, /≥ 0/],
  ];

  describeKernels((kernel) => {
    it.each(refusals)(
      '%s: a target that it cannot have, by its index',
      (_name, loss, bad, text) => {
        for (const [length, at] of [
          [1, 0],
          [7, 6],
          [40_003, 40_001],
        ]) {
          for (const format of FORMATS) {
            const target = new Float64Array(length).fill(1);
            target[at] = bad;
            const input = realArray(format, new Float64Array(length).fill(0.5));
            const error = caught(() => loss(input, target, { kernel }));
            expect(error).toBeInstanceOf(InputError);
            expect(error).toMatchObject({ code: NOT, place: { row: at } });
            expect((error as Error).message).toMatch(text);
          }
        }
      },
    );

    it('inputs where a loss is not defined', () => {
      const error = caught(() => binaryCrossEntropy([0.5, 1.5], [0, 1], { kernel }));
      expect(error).toMatchObject({
        code: 'input-out-of-range',
        place: { source: 'input', row: 1 },
      });
      expect(caught(() => gaussianNllLoss([0, 0], [0, 0], [1, -1], { kernel }))).toMatchObject({
        code: 'input-out-of-range',
        place: { source: 'variance', row: 1 },
      });
    });
  });

  it.each<[call: () => unknown, code: string, message: RegExp]>([
    [() => mseLoss([1, 2], [1]), 'length-mismatch', /target needs 2 numbers/],
    [() => gaussianNllLoss([1, 2], [1, 2], [1]), 'length-mismatch', /variance needs 2 numbers/],
    [() => huberLoss([1], [1], { delta: 0 }), 'bad-delta', /> 0; found 0/],
    [() => smoothL1Loss([1], [1], { beta: -1 }), 'bad-beta', /≥ 0; found -1/],
    [() => quantileLoss([1], [1], { quantile: 1 }), 'bad-quantile', /< 1; found 1/],
    [() => sigmoidFocalLoss([1], [1], { gamma: -1 }), 'bad-gamma', /≥ 0/],
    [() => sigmoidFocalLoss([1], [1], { alpha: 2 }), 'bad-alpha', /≤ 1/],
    [() => gaussianNllLoss([1], [1], [1], { eps: 0 }), 'bad-eps', /> 0/],
    [() => binaryCrossEntropyWithLogits([1], [1], { posWeight: -1 }), 'bad-pos-weight', /≥ 0/],
    [() => klDivLoss([1], [1], { reduction: 'batchmean' }), 'bad-classes', /found undefined/],
    [() => klDivLoss([1], [1], { logTarget: 1 as never }), 'bad-log-target', /true or false/],
    [() => mseLoss([1], [1], { reduction: 'batchmean' as never }), 'bad-reduction', /"mean"/],
    [() => huberLoss([1], [1], { detla: 1 } as object), 'unknown-option', /Did you mean "delta"/],
    [
      () => gaussianNllLoss([1], [1], [1], { gradients: { varience: true } as object }),
      'unknown-gradient',
      /no "varience"; it knows "variance"/,
    ],
  ])('%s', (call, code, message) => {
    const error = caught(call);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(message);
  });

  it('nothing at all', () => {
    expect(caught(() => mseLoss([], []))).toMatchObject({ code: 'empty-input' });
  });
});
