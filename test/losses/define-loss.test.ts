import { describe, expect, it } from 'vitest';
import { checkGradient } from '../../src/losses/check-gradient.js';
import { defineLoss } from '../../src/losses/define-loss.js';
import { normal, seeded } from '../support/rows.js';

/** |x − t|^p, a loss with an option of its own. */
const powerLoss = defineLoss<{ readonly power?: number }>({
  name: 'powerLoss',
  summary: 'a power of the absolute error',
  formula: '|x − t|^p',
  likelihood: 'generalised normal',
  options: ['power'],
  values: (input, target, { power = 3 }) => input.map((x, i) => Math.abs(x - target[i]) ** power),
  gradientOfSum: (input, target, { power = 3 }) =>
    input.map((x, i) => power * Math.sign(x - target[i]) * Math.abs(x - target[i]) ** (power - 1)),
});

describe('a defined loss', () => {
  it('carries its description', () => {
    expect({ ...powerLoss }).toEqual({
      lossName: 'powerLoss',
      summary: 'a power of the absolute error',
      formula: '|x − t|^p',
      likelihood: 'generalised normal',
      source: 'defined by the caller',
    });
    expect(powerLoss.name).toBe('powerLoss');
    expect(() => Object.assign(powerLoss, { formula: 'x' })).toThrow(TypeError);
  });

  it('reduces, and gives the gradient of what it reduced to', () => {
    const [input, target] = [
      [1, 2],
      [0, 4],
    ];
    expect(powerLoss(input, target)).toEqual({ value: 4.5, rows: 2 });
    expect(powerLoss(input, target, { reduction: 'sum', power: 1 }).value).toBe(3);
    const none = powerLoss(input, target, { reduction: 'none', gradient: true });
    expect(none.values).toEqual(Float64Array.of(1, 8));
    expect(none.value).toBe(9);
    expect(none.gradient).toEqual(Float64Array.of(3, -12));
    expect(powerLoss(input, target, { gradient: true }).gradient).toEqual(Float64Array.of(1.5, -6));
  });

  it('writes the gradient where it is told to, also over the input', () => {
    const input = Float32Array.of(1, 2);
    const into = new Float32Array(2);
    expect(powerLoss(input, [0, 4], { gradient: into }).gradient).toBe(into);
    expect([...into]).toEqual([1.5, -6]);
    powerLoss(input, [0, 4], { gradient: input });
    expect([...input]).toEqual([1.5, -6]);
  });

  it('divides by a denominator of its own', () => {
    const weighted = defineLoss({
      name: 'weighted',
      summary: 'squared error over a constant',
      formula: '(x − t)²',
      likelihood: 'Gaussian',
      values: (input, target) => input.map((x, i) => (x - target[i]) ** 2),
      gradientOfSum: (input, target) => input.map((x, i) => 2 * (x - target[i])),
      denominator: () => 10,
    });
    const { value, gradient } = weighted([1, 2], [0, 4], { gradient: true });
    expect(value).toBe(0.5);
    expect([...(gradient as Float64Array)]).toEqual([0.2, -0.4]);
  });

  it('refuses what does not fit', () => {
    const call =
      (...args: unknown[]) =>
      () =>
        (powerLoss as unknown as (...args: unknown[]) => unknown)(...args);
    expect(call([1], [0], { powr: 2 })).toThrow(
      /powerLoss has no option "powr"\. Did you mean "power"\?/,
    );
    expect(call([1], [0], { colour: 2 })).toThrow(/It knows reduction, gradient, kernel, power/);
    expect(call([1], [0], { reduction: 'batchmean' })).toThrow(/"mean", "sum", "none"/);
    expect(call([1], [0], { kernel: 'gpu' })).toThrow(/kernel of powerLoss/);
    expect(call([1], [0], 7)).toThrow(/must be an object; found 7/);
    expect(call([], [])).toThrow(/input: there is nothing/);
    expect(call([[[1]]], [0])).toThrow(/row 0, column 0: found an object of type Array/);
    expect(call(3, [0])).toThrow(/input must be an array of numbers; found 3/);
    expect(call([1], [Number.NaN])).toThrow(/row 0.*found NaN/);
    expect(call([1], [0], { gradient: [0] })).toThrow(/array that receives it/);
    expect(call([1], [0], { gradient: new Float32Array(1) })).toThrow(/must be a Float64Array/);
    expect(call([1], [0], { gradient: new Float64Array(2) })).toThrow(/room for 1 numbers/);
    const broken = { name: 'x', summary: 's', formula: 'f', likelihood: 'none' };
    expect(() => defineLoss({ ...broken, values: () => new Float64Array(1) } as never)).toThrow(
      /gradientOfSum of the loss "x" must be a function/,
    );
    const short = defineLoss({
      ...broken,
      values: () => new Float64Array(1),
      gradientOfSum: () => new Float64Array(1),
    });
    expect(() => short([1, 2], [1, 2], { gradient: true })).toThrow(
      /Float64Array of 2 numbers.*found 1/,
    );
  });
});

describe('checkGradient', () => {
  it('passes a right gradient and finds where a wrong one is', () => {
    const random = seeded(5);
    const input = Array.from({ length: 20 }, () => normal(random));
    const target = input.map(() => normal(random));
    expect(checkGradient(powerLoss, input, target, { power: 2.5 })).toMatchObject({ ok: true });
    const wrong = defineLoss({
      name: 'wrong',
      summary: 'a wrong derivative',
      formula: 'x²',
      likelihood: 'none',
      values: (x) => x.map((v) => v * v),
      gradientOfSum: (x) => x.map((v, i) => (i === 7 ? 3 * v : 2 * v)),
    });
    const found = checkGradient(wrong, input, target, { reduction: 'sum' });
    expect(found).toMatchObject({ ok: false, index: 7 });
    expect(found.gradient).toBeCloseTo(3 * input[7], 12);
    expect(found.expected).toBeCloseTo(2 * input[7], 8);
    expect(found.largestAbsolute).toBeCloseTo(Math.abs(input[7]), 8);
  });

  it('takes a gradient of NaN for wrong', () => {
    const broken = defineLoss({
      name: 'broken',
      summary: 'a derivative of NaN',
      formula: 'x²',
      likelihood: 'none',
      values: (x) => x.map((v) => v * v),
      gradientOfSum: (x) => x.map(() => Number.NaN),
    });
    expect(checkGradient(broken, [1], [1])).toMatchObject({
      ok: false,
      largestAbsolute: Number.POSITIVE_INFINITY,
    });
  });

  it('leaves the input as it was', () => {
    const input = Float64Array.of(0.1, 0.2);
    checkGradient(powerLoss, input, [1, 2]);
    expect([...input]).toEqual([0.1, 0.2]);
    expect(() => checkGradient(powerLoss, input, [1, 2], { step: 0 })).toThrow(/step/);
  });
});
