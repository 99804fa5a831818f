/** Divergences, penalties and the losses that are made of others. */

import { describe, expect, it } from 'vitest';
import {
  checkGradient,
  elbo,
  type GradientRequest,
  ganDiscriminatorLoss,
  ganGeneratorLoss,
  gaussianKl,
  type LossOptions,
  type LossResult,
  l1Penalty,
  l2Penalty,
  mseLoss,
} from '../../src/index.js';
import {
  barsOf,
  casesOf,
  describeKernels,
  expectNear,
  FORMATS,
  flat,
  type LossCase,
  realArray,
} from '../support/losses.js';
import { normal, seeded } from '../support/rows.js';

type Options = LossOptions & Record<string, unknown>;
type Numbers = ArrayLike<number>;

/** Calls of each loss on the inputs of a case. */
const CALLS: Record<
  string,
  (input: Numbers, other: (name: string) => Numbers, options: Options) => LossResult
> = {
  gaussianKl: (input, other, options) =>
    gaussianKl(input, other('logVariance'), { ...options, dimensions: 4 }),
  ganDiscriminatorLoss: (input, other, options) =>
    ganDiscriminatorLoss(input, other('fake'), options),
  ganGeneratorLoss: (input, _, options) => ganGeneratorLoss(input, options),
  l2Penalty: (input, _, options) => l2Penalty(input, options as never),
  l1Penalty: (input, _, options) => l1Penalty(input, options as never),
};

const numbersOf = (seed: number, length: number) => {
  const random = seeded(seed);
  return Array.from({ length }, () => normal(random));
};

describeKernels((kernel) => {
  describe.each(FORMATS)('%s', (format) => {
    it.each(casesOf(...Object.keys(CALLS)))('$name', (oracle: LossCase) => {
      const { fn, inputs, options, value, grad_of_sum } = oracle;
      const [relative, absolute] = barsOf(format, oracle);
      const input = realArray(format, flat(inputs.input));
      const other = (name: string) => realArray(format, flat(inputs[name]));
      const call = (gradient: GradientRequest) =>
        CALLS[fn](input, other, { ...options, kernel, gradient });
      const result = call(true);
      expectNear([result.value], flat(value), relative, absolute);
      expectNear(result.gradient, flat(grad_of_sum ?? []), relative, absolute);
      expect(call(input).gradient).toBe(input);
      expect([...input]).toEqual([...(result.gradient as Float64Array)]);
    });

    it.each([1, 2, 3, 4, 5, 7, 8, 9, 63, 1024, 1025, 70_001])(
      'penalties of %i parameters agree with plain sums',
      (length) => {
        const parameters = realArray(format, numbersOf(length, length));
        if (length > 4) parameters.set([0, -0, Number.MIN_VALUE], 1);
        const [relative, absolute] = format === 'f64' ? [1e-12, 1e-15] : [2e-6, 1e-9];
        const strength = 0.3;
        const asked = { strength, kernel, gradient: true };
        const l2 = l2Penalty(parameters, asked);
        const squares = Array.from(parameters).reduce((sum, x) => sum + x * x, 0);
        expectNear([l2.value], [0.15 * squares], relative, absolute);
        expectNear(
          l2.gradient,
          Array.from(parameters, (x) => 0.3 * x),
          relative,
          absolute,
        );
        const l1 = l1Penalty(parameters, asked);
        const sizes = Array.from(parameters).reduce((sum, x) => sum + Math.abs(x), 0);
        expectNear([l1.value], [0.3 * sizes], relative, absolute);
        expectNear(
          l1.gradient,
          Array.from(parameters, (x) => 0.3 * Math.sign(x)),
          relative,
          absolute,
        );
        expect(l1.rows).toBe(length);
      },
    );

    it.each([1, 2, 3, 16, 33])('gaussianKl of %i dimensions is what its formula says', (d) => {
      for (const rows of [1, 2, 5, 3000]) {
        const mean = realArray(format, numbersOf(d, rows * d));
        const logVariance = realArray(
          format,
          numbersOf(d + 1, rows * d).map((x) => 2 * x),
        );
        const found = gaussianKl(mean, logVariance, {
          ...{ dimensions: d, kernel, reduction: 'none' },
          ...{ gradient: true, gradients: { logVariance: true } },
        });
        const wanted = new Float64Array(rows);
        for (let i = 0; i < mean.length; i++) {
          const [m, x] = [mean[i], logVariance[i]];
          wanted[Math.floor(i / d)] += (m * m + Math.exp(x) - 1 - x) / 2;
        }
        const bar = format === 'f64' ? 1e-12 : 2e-7;
        expectNear(found.values, wanted, bar, 1e-14);
        expectNear(found.gradient, mean, bar, 0);
        const slopes = Array.from(logVariance, (x) => Math.expm1(x) / 2);
        expectNear(found.gradients?.logVariance, slopes, bar, 1e-15);
        expect(found.rows).toBe(rows);
      }
    });
  });

  it('gradients are those of their values, for every input', () => {
    const [a, b] = [numbersOf(1, 6), numbersOf(2, 6)];
    const [output, target] = [numbersOf(3, 9), numbersOf(4, 9)];
    const shared = { kernel, dimensions: 2 };
    const vae = { ...shared, beta: 0.7, reconstruction: mseLoss };
    const further = (result: LossResult, name: string): LossResult => ({
      ...result,
      gradient: result.gradients?.[name] as Float64Array,
    });
    const calls: Record<string, (input: Numbers, target: null, o?: LossOptions) => LossResult> = {
      'gaussianKl, mean': (x, _, o) => gaussianKl(x, b, { ...shared, ...o }),
      'gaussianKl, log-variance': (x, _, o) => {
        const { gradient, ...rest } = o ?? {};
        const gradients = { logVariance: gradient };
        return further(gaussianKl(a, x, { ...shared, ...rest, gradients }), 'logVariance');
      },
      'ganDiscriminatorLoss, real': (x, _, o) => ganDiscriminatorLoss(x, b, { kernel, ...o }),
      'ganDiscriminatorLoss, fake': (x, _, o) => {
        const { gradient, ...rest } = o ?? {};
        const options = { kernel, ...rest, gradients: { fake: gradient } };
        return further(ganDiscriminatorLoss(a, x, options), 'fake');
      },
      ganGeneratorLoss: (x, _, o) => ganGeneratorLoss(x, { kernel, ...o }),
      'ganGeneratorLoss, minimax': (x, _, o) =>
        ganGeneratorLoss(x, { form: 'minimax', kernel, ...o }),
      'elbo, output': (x, _, o) => elbo(x, target.slice(0, 6), a, b, { ...vae, ...o }),
      'elbo, mean': (x, _, o) => {
        const { gradient, ...rest } = o ?? {};
        const options = { ...vae, ...rest, gradients: { mean: gradient } };
        return further(elbo(output, target, x, b, options), 'mean');
      },
      'elbo, log-variance': (x, _, o) => {
        const { gradient, ...rest } = o ?? {};
        const options = { ...vae, ...rest, gradients: { logVariance: gradient } };
        return further(elbo(output, target, a, x, options), 'logVariance');
      },
    };
    for (const [name, call] of Object.entries(calls)) {
      for (const reduction of ['mean', 'sum', 'none'] as const) {
        const check = checkGradient(call, a, null, { reduction });
        expect(check, `${name}: ${JSON.stringify(check)}`).toMatchObject({ ok: true });
      }
    }
    for (const penalty of [l1Penalty, l2Penalty]) {
      const call = (x: Numbers, _: null, o?: Omit<LossOptions, 'reduction'>) =>
        penalty(x, { strength: 0.3, kernel, ...o });
      expect(checkGradient(call, a, null)).toMatchObject({ ok: true });
    }
  });

  // From PyTorch 1.13, f64: F.<loss>(reduction='none').sum(1) + beta · KL, by rows.
  const OUTPUT = [0, 2, -1, 0.5, -0.25, 3];
  const TARGET = [0, 1, 0.5, 1, 0, 0.25];
  const [MEAN, LOG_VARIANCE] = [
    [1, 0, -0.5, 2],
    [0, 0.5, -1, 0.25],
  ];
  it.each([
    [1, undefined, [2.207697514471205, 5.674556184562284], 3.9411268495167446],
    [0.25, undefined, [1.776927037958657, 3.93009186286509], 2.853509450411874],
    [1, mseLoss, [3.824360635350064, 10.200952428929593], 7.012656532139829],
    [0.25, mseLoss, [3.393590158837516, 8.456488107232397], 5.925039133034957],
  ] as const)('elbo with β = %f', (beta, reconstruction, rows, mean) => {
    const options = { dimensions: 2, beta, kernel, reconstruction };
    const call = (more: object) =>
      elbo(OUTPUT, TARGET, MEAN, LOG_VARIANCE, { ...options, ...more });
    expectNear([call({}).value], [mean], 1e-14, 0);
    expectNear(call({ reduction: 'none' }).values, rows, 1e-14, 0);
    expectNear([call({ reduction: 'sum' }).value], [2 * mean], 1e-14, 0);
    const { gradients } = call({ gradients: { mean: true, logVariance: true } });
    expectNear(
      gradients?.mean,
      [0.5, 0, -0.25, 1].map((g) => beta * g),
      1e-14,
      0,
    );
    expectNear(
      gradients?.logVariance,
      [0, 0.16218031767503205, -0.15803013970713942, 0.07100635417193535].map((g) => beta * g),
      1e-14,
      0,
    );
  });

  it('a discriminator gives the values of real examples, then of fakes', () => {
    const found = ganDiscriminatorLoss([2, 0], [-1], { reduction: 'none', kernel });
    const wanted = [-2, 0, -1].map((x) => Math.log1p(Math.exp(x)));
    expectNear(found.values, wanted, 1e-14, 0);
    expect(found.rows).toBe(3);
    const minimax = ganGeneratorLoss([-1], { form: 'minimax', reduction: 'none', kernel });
    expectNear(minimax.values, [-Math.log1p(Math.exp(-1))], 1e-14, 0);
  });

  it('NaN and infinite parameters', () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    for (const format of FORMATS) {
      const asked = { strength: 0.5, kernel, gradient: true };
      const found = l1Penalty(realArray(format, [nan, inf, -inf, 1, -1]), asked);
      expect([...(found.gradient as Float64Array)]).toEqual([nan, 0.5, -0.5, 0.5, -0.5]);
      expect(found.value).toBeNaN();
    }
  });
});

describe('what does not fit is refused', () => {
  const anything = (loss: unknown) => loss as (...args: unknown[]) => LossResult;
  it.each([
    [gaussianKl, [[1], [1]], 'missing-dimensions', /\{ dimensions \}/],
    [gaussianKl, [[1], [1], { dimensions: 0 }], 'bad-dimensions', /≥ 1; found 0/],
    [gaussianKl, [[1, 2, 3], [1, 2, 3], { dimensions: 2 }], 'length-mismatch', /3 means/],
    [gaussianKl, [[1], [1, 2], { dimensions: 1 }], 'length-mismatch', /logVariance needs 1/],
    [gaussianKl, [[], [], { dimensions: 1 }], 'empty-input', /mean/],
    [
      gaussianKl,
      [[1], [1], { dimensions: 1, gradients: { mean: true } }],
      'unknown-gradient',
      /mean/,
    ],
    [ganDiscriminatorLoss, [[1], []], 'empty-input', /fake/],
    [ganGeneratorLoss, [[1], { form: 'wasserstein' }], 'bad-form', /"non-saturating", "minimax"/],
    [l2Penalty, [[1]], 'bad-strength', /found undefined/],
    [l2Penalty, [[1], { strength: -1 }], 'bad-strength', /≥ 0; found -1/],
    [l1Penalty, [[1], { strength: 1, reduction: 'mean' }], 'bad-reduction', /"sum"/],
    [elbo, [[1], [1], [1], [1]], 'missing-dimensions', /elbo/],
    [elbo, [[1], [1], [1, 2], [1, 2], { dimensions: 1 }], 'length-mismatch', /1 outputs/],
    [elbo, [[1], [1], [1], [1], { dimensions: 1, beta: -1 }], 'bad-beta', /beta/],
    [elbo, [[1], [1], [1], [1], { dimensions: 1, reconstruction: 'mse' }], 'bad-recon', /mseLoss/],
  ] as const)('%o %o', (loss, args, code, message) => {
    expect(() => anything(loss)(...args)).toThrow(message);
    expect(() => anything(loss)(...args)).toThrow(
      expect.objectContaining({ code: expect.stringContaining(code) }),
    );
  });
});
