/** Losses over rows of classes against PyTorch's numbers, their references and finite differences. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkGradient,
  crossEntropy,
  type LossOptions,
  type LossResult,
  multiMarginLoss,
  nllLoss,
  softmaxFocalLoss,
} from '../../src/index.js';
import {
  barsOf,
  casesOf,
  describeKernels,
  expectNear,
  FORMATS,
  flat,
  realArray,
} from '../support/losses.js';
import { normal, seeded } from '../support/rows.js';

type RowOptions = LossOptions & Record<string, unknown>;
type RowLoss = (
  input: ArrayLike<number>,
  target: ArrayLike<number>,
  options?: RowOptions,
) => LossResult;

const LOSSES: Record<string, RowLoss> = {
  crossEntropy,
  nllLoss,
  softmaxFocalLoss,
  multiMarginLoss: multiMarginLoss as RowLoss,
};

/** The losses in every shape that their options give them. */
const VARIANTS: [string, RowOptions][] = [
  ['crossEntropy', {}],
  ['crossEntropy', { labelSmoothing: 0.2 }],
  ['crossEntropy', { zLoss: 0.01 }],
  ['nllLoss', {}],
  ['softmaxFocalLoss', { gamma: 0 }],
  ['softmaxFocalLoss', { gamma: 0.5 }],
  ['softmaxFocalLoss', { gamma: 2 }],
  ['multiMarginLoss', {}],
  ['multiMarginLoss', { p: 2, margin: 0.7 }],
];

const randomRows = (seed: number, rows: number, classes: number, spread = 3) => {
  const random = seeded(seed);
  return {
    random,
    scores: Float64Array.from({ length: rows * classes }, () => spread * normal(random)),
    targets: Int32Array.from({ length: rows }, () => Math.floor(random() * classes)),
    weight: Float64Array.from({ length: classes }, () => 0.2 + random()),
  };
};

describeKernels((kernel) => {
  describe.each(FORMATS)('%s', (format) => {
    it.each(casesOf(...Object.keys(LOSSES)))('$name', (oracle) => {
      const { fn, inputs, options, value, grad_of_sum } = oracle;
      const loss = LOSSES[fn];
      const input = realArray(format, flat(inputs.input));
      const isSoft = Array.isArray((inputs.target as unknown[])[0]);
      const target = isSoft ? realArray(format, flat(inputs.target)) : flat(inputs.target);
      const classes = (inputs.input as unknown[][])[0].length;
      const asked = { ...options, kernel, classes, gradient: true };
      const result = loss(input, target, asked);
      const [relative, absolute] = barsOf(format, oracle);
      const actual = options.reduction === 'none' ? result.values : [result.value];
      expectNear(actual, flat(value), relative, absolute);
      if (options.reduction === 'none') {
        expect(result.value).toBe(result.values?.reduce((sum, x) => sum + x, 0));
      }
      // A gradient is a difference of probabilities, whatever the size of the logits.
      const wanted = grad_of_sum ? flat(grad_of_sum) : Array(input.length).fill(0);
      expectNear(result.gradient, wanted, relative, format === 'f64' ? 1e-15 : 2e-6);
      expect(result.gradient).toBeInstanceOf(input.constructor);

      // The gradient may also replace the input.
      loss(input, target, { ...asked, gradient: input });
      expect([...input]).toEqual([...(result.gradient as Float64Array)]);
    });
  });

  it.each(VARIANTS)('the gradient of %s %o is that of its value', (name, options) => {
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      const { scores, targets, weight } = randomRows(3, 5, 7, 1);
      const ignored = [...targets];
      ignored[2] = -100;
      const all = { ...options, weight, ignoreIndex: -100, reduction, kernel };
      const check = checkGradient(LOSSES[name], scores, ignored, all);
      expect(check, JSON.stringify(check)).toMatchObject({ ok: true });
    }
  });

  it('the gradient of crossEntropy of probability targets is that of its value', () => {
    const { scores, random, weight } = randomRows(4, 5, 7, 1);
    const mass = scores.map(() => random());
    const options = { classes: 7, weight, labelSmoothing: 0.1, zLoss: 0.01, kernel };
    expect(checkGradient(crossEntropy, scores, mass, options)).toMatchObject({ ok: true });
  });

  it.each(VARIANTS)('rows of %s %o that are ignored are as if left out', (name, options) => {
    const { scores, targets } = randomRows(8, 6, 5);
    const ignored = [...targets];
    ignored[1] = 7;
    ignored[4] = 7;
    const kept = [0, 2, 3, 5];
    const rest = kept.flatMap((r) => [...scores.subarray(r * 5, r * 5 + 5)]);
    const asked = { ...options, kernel, gradient: true };
    const all = LOSSES[name](scores, ignored, { ...asked, ignoreIndex: 7 });
    const some = LOSSES[name](
      rest,
      Int32Array.from(kept, (r) => targets[r]),
      asked,
    );
    expect(all.rows).toBe(4);
    expectNear([all.value], [some.value], 1e-15, 0);
    const gradient = all.gradient as Float64Array;
    expect([...gradient.subarray(5, 10)].every((g) => g === 0)).toBe(true);
    expect(kept.flatMap((r) => [...gradient.subarray(r * 5, r * 5 + 5)])).toEqual([
      ...(some.gradient as Float64Array),
    ]);
  });

  it.each(VARIANTS)('%s %o: nothing but ignored rows', (name, options) => {
    const asked = { ...options, kernel, ignoreIndex: 9, gradient: true };
    const call = (reduction: 'mean' | 'sum') =>
      LOSSES[name]([1, 2, 3, 4], [9, 9], { ...asked, reduction });
    expect(call('mean')).toEqual({ value: Number.NaN, gradient: new Float64Array(4), rows: 0 });
    expect(call('sum')).toEqual({ value: 0, gradient: new Float64Array(4), rows: 0 });
  });

  it.each(VARIANTS)('%s %o: rows may come in any order, and classes too', (name, options) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 2, max: 9 }), (rows, seed) => {
        const classes = 2 + (seed % 8);
        const { scores, targets, random, weight } = randomRows(seed, rows, classes);
        const shuffled = (length: number) => {
          const order = Array.from({ length }, (_, i) => [random(), i]);
          return order.sort(([a], [b]) => a - b).map(([, i]) => i);
        };
        const [rowOf, classOf] = [shuffled(rows), shuffled(classes)];
        const asked = { ...options, kernel, reduction: 'none', gradient: true } as const;
        const plain = LOSSES[name](scores, targets, { ...asked, weight });
        const moved = LOSSES[name](
          rowOf.flatMap((r) => classOf.map((c) => scores[r * classes + c])),
          rowOf.map((r) => classOf.indexOf(targets[r])),
          { ...asked, weight: classOf.map((c) => weight[c]) },
        );
        expectNear(
          moved.values,
          rowOf.map((r) => (plain.values as Float64Array)[r]),
          1e-12,
          1e-13,
        );
        expectNear(
          moved.gradient,
          rowOf.flatMap((r) =>
            classOf.map((c) => (plain.gradient as Float64Array)[r * classes + c]),
          ),
          1e-12,
          1e-13,
        );
      }),
      { numRuns: 20 },
    );
  });

  it.each(VARIANTS)('%s %o: a class of weight 2 counts its rows twice', (name, options) => {
    // Label smoothing spreads over the weights of all classes, and is no sum over rows.
    if (options.labelSmoothing !== undefined || options.zLoss !== undefined) return;
    const { scores, targets } = randomRows(12, 9, 4);
    const twice = [...targets.keys()].flatMap((r) => (targets[r] === 1 ? [r, r] : [r]));
    const asked = { ...options, kernel, reduction: 'sum' } as const;
    const weighted = LOSSES[name](scores, targets, { ...asked, weight: [1, 2, 1, 1] });
    const repeated = LOSSES[name](
      twice.flatMap((r) => [...scores.subarray(r * 4, r * 4 + 4)]),
      twice.map((r) => targets[r]),
      asked,
    );
    expect(twice.length).toBeGreaterThan(9);
    expectNear([weighted.value], [repeated.value], 1e-14, 0);
  });

  it('a sure row has a finite focal loss and gradient for γ < 1', () => {
    for (const format of FORMATS) {
      for (const lead of [20, 80, 200, 1e4, Number.POSITIVE_INFINITY]) {
        const scores = realArray(format, [lead === Number.POSITIVE_INFINITY ? 0 : lead, 0, -1]);
        if (lead === Number.POSITIVE_INFINITY) scores.fill(Number.NEGATIVE_INFINITY, 1);
        const asked = { gamma: 0.5, kernel, gradient: true };
        const { value, gradient } = softmaxFocalLoss(scores, [0], asked);
        // q^0.5 · q for q = 1 − p, and 1.5 times that as gradient: −log p → q.
        const q = Math.exp(-lead) + Math.exp(-lead - 1);
        const absolute = format === 'f64' ? 1e-300 : 1e-37;
        expectNear([value], [q ** 1.5], 1e-5, absolute);
        expectNear([(gradient as Float64Array)[0]], [-1.5 * q ** 1.5], 1e-5, absolute);
      }
    }
  });

  it('rows of NaN, +∞ and −∞ alone are NaN, and those only; −∞ is a mask', () => {
    const rows = [
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 0],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      [1, Number.NEGATIVE_INFINITY],
      [1, 2],
    ].flat();
    for (const loss of [crossEntropy, softmaxFocalLoss]) {
      for (const format of FORMATS) {
        const asked = { kernel, reduction: 'none', gradient: true } as const;
        const found = loss(realArray(format, rows), [0, 0, 0, 0, 0], asked);
        const notNumbers = (values?: ArrayLike<number>) => Array.from(values ?? [], Number.isNaN);
        expect(notNumbers(found.values)).toEqual([true, true, true, false, false]);
        expect(notNumbers(found.gradient)).toEqual([
          ...Array(6).fill(true),
          ...Array(4).fill(false),
        ]);
        expect(found.values?.[3]).toBe(0);
        const masked = loss(realArray(format, [1, Number.NEGATIVE_INFINITY]), [1], asked);
        expect(masked.value).toBe(Number.POSITIVE_INFINITY);
        expect([...(masked.gradient as Float64Array)]).toEqual([1, -1]);
      }
    }
  });

  it('the margin loss of infinite and NaN scores is what the formula says', () => {
    const inf = Number.POSITIVE_INFINITY;
    const value = (row: number[]) => multiMarginLoss(row, [0], { kernel, reduction: 'sum' }).value;
    expect(value([-inf, 0, 1])).toBe(inf);
    expect(value([inf, 0, 1])).toBe(0);
    expect(value([0, inf, 1])).toBe(inf);
    expect(value([0, -inf, 1])).toBe(2 / 3);
    expect(value([Number.NaN, 0, 1])).toBeNaN();
    expect(value([0, Number.NaN, 1])).toBeNaN();
  });
});

describe.each(FORMATS)('%s', (format) => {
  it.each([2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 63, 64, 65, 511, 512, 513, 1000, 4097])(
    'the kernels agree with the references for C = %i',
    (classes) => {
      const { scores: plain, random, weight } = randomRows(classes, 9, classes, 4);
      const scores = realArray(format, plain);
      for (let i = 0; i < scores.length; i += 13) {
        if (i % classes) scores[i] = Number.NEGATIVE_INFINITY;
      }
      const mass = scores.map((z) => (z === Number.NEGATIVE_INFINITY ? 0 : random() / classes));
      const index = Int32Array.from({ length: 9 }, (_, r) => (r === 4 ? -100 : 0));
      const bar = format === 'f64' ? 1e-9 : 2e-6;
      const compare = (loss: RowLoss, target: ArrayLike<number>, options: RowOptions) => {
        const [actual, expected] = (['simd', 'reference'] as const).map((kernel) =>
          loss(scores, target, { ...options, weight, kernel, gradient: true }),
        );
        expect(actual.rows).toBe(expected.rows);
        expectNear([actual.value], [expected.value], bar, bar);
        const wanted = expected.gradient as Float64Array;
        expectNear(actual.gradient, wanted, bar, format === 'f64' ? 1e-14 : 2e-7);
      };
      compare(crossEntropy, mass, { classes, zLoss: 0.01 });
      for (const [name, options] of VARIANTS) {
        if (options.labelSmoothing !== undefined) continue; // ∞ where a class is masked
        compare(LOSSES[name], index, { ...options, ignoreIndex: -100 });
      }
    },
  );

  it('rows beyond one block are as those of the first', () => {
    const rows = 30_000;
    const { scores, targets } = randomRows(77, rows, 10);
    for (const [name, options] of VARIANTS) {
      const asked = { ...options, reduction: 'none', gradient: true } as const;
      const input = realArray(format, scores);
      const whole = LOSSES[name](input, targets, asked);
      const from = rows - 3;
      const part = LOSSES[name](input.subarray(from * 10), targets.subarray(from), asked);
      expect([...(whole.values as Float64Array).subarray(from)]).toEqual([
        ...(part.values as Float64Array),
      ]);
      expect([...(whole.gradient as Float64Array).subarray(from * 10)]).toEqual([
        ...(part.gradient as Float64Array),
      ]);
    }
  });
});

describe('targets', () => {
  it('may be of any integer type', () => {
    const scores = [2, 1, 0.1, 0, 0, 3];
    const { value } = crossEntropy(scores, [0, 2]);
    for (const targets of [
      Int32Array.of(0, 2),
      Uint8Array.of(0, 2),
      Int16Array.of(0, 2),
      Float64Array.of(0, 2),
      BigInt64Array.of(0n, 2n),
      BigUint64Array.of(0n, 2n),
    ]) {
      expect(crossEntropy(scores, targets).value).toBe(value);
    }
  });

  it('worked example: logits [2, 1, 0.1], target 0', () => {
    expect(crossEntropy([2, 1, 0.1], [0]).value).toBeCloseTo(0.41703, 6);
    expect(crossEntropy([2, 1, 0.1], [1, 0, 0], { classes: 3 }).value).toBeCloseTo(0.41703, 6);
  });
});

describe('what does not fit is refused', () => {
  const call =
    (loss: RowLoss, ...args: unknown[]) =>
    () =>
      (loss as unknown as (...args: unknown[]) => unknown)(...args);
  const six = [1, 2, 3, 4, 5, 6];

  it.each(Object.keys(LOSSES))('%s', (name) => {
    const loss = LOSSES[name];
    const refused = (args: unknown[], code: string, message: RegExp) => {
      expect(call(loss, ...args)).toThrow(message);
      expect(call(loss, ...args)).toThrow(expect.objectContaining({ code }));
    };
    refused([six, [0, 1, 2, 0]], 'length-mismatch', /6 scores do not fit 4 targets/);
    refused([six, [0, 1], { classes: 2 }], 'length-mismatch', /of 2 classes/);
    refused([six, []], 'length-mismatch', /found none/);
    refused([[], [0]], 'empty-input', /nothing/);
    refused([six, [0, 3]], 'target-out-of-range', /row 1: .*found 3; expected .* 0 to 2/);
    refused([six, [0, -1]], 'target-out-of-range', /found -1/);
    refused([six, [Number.NaN, 0]], 'target-out-of-range', /row 0.*found NaN/);
    refused([six, [0.5, 0]], 'target-out-of-range', /found 0\.5/);
    refused([six, [null, 0]], 'target-out-of-range', /found null/);
    refused([six, BigInt64Array.of(2n ** 40n, 0n)], 'target-out-of-range', /found 1099511627776/);
    refused([six, [0, 1], { weight: [1, 2] }], 'bad-weight', /per class \(3\); found 2/);
    refused([six, [0, 1], { weight: [1, -2, 1] }], 'bad-weight', /found -2 for class 1/);
    refused([six, [0, 1], { ignoreIndex: 0.5 }], 'bad-ignore-index', /whole number/);
    refused([six, [0, 1], { ignoreindex: 5 }], 'unknown-option', /Did you mean "ignoreIndex"/);
    refused([six, [0, 1], { reduction: 'average' }], 'bad-reduction', /"mean", "sum", "none"/);
    refused([six, [0, 1], { kernel: 'gpu' }], 'bad-kernel', /gpu/);
    refused([six, [0, 1], { gradient: new Float32Array(6) }], 'wrong-dtype', /Float64Array/);
  });

  it('options of one loss', () => {
    expect(call(crossEntropy, six, [0, 1], { zLoss: -1 })).toThrow(/zLoss.*≥ 0; found -1/);
    expect(call(crossEntropy, six, [0, 1], { labelSmoothing: 2 })).toThrow(/labelSmoothing/);
    expect(call(crossEntropy, six, six)).toThrow(/Say how many classes/);
    expect(call(crossEntropy, six, six, { classes: 4 })).toThrow(/no whole number of rows/);
    expect(call(crossEntropy, six, six, { classes: 3, ignoreIndex: 1 })).toThrow(/ignoreIndex/);
    expect(call(crossEntropy, [1, 2], [0.5, -0.5], { classes: 2 })).toThrow(/row 1.*found -0\.5/);
    expect(call(softmaxFocalLoss, six, [0, 1], { gamma: -1 })).toThrow(/gamma.*≥ 0/);
    expect(call(multiMarginLoss as RowLoss, six, [0, 1], { p: 3 })).toThrow(/must be 1 or 2/);
    expect(call(nllLoss, [1, 2], [0, 0])).toThrow(/2 to 262144 classes; found 1/);
  });
});
