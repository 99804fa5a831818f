import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createElementwiseLoss, type ElementwiseLossName } from '../../src/index.js';
import { normal, seeded } from '../support/rows.js';

interface ElementCase {
  name: string;
  fn: ElementwiseLossName;
  inputs: { input: number[] | number[][]; target: number[] | number[][] };
  options: { reduction: 'mean' | 'sum' | 'none'; delta?: number; posWeight?: number[] };
  value: number | number[] | number[][];
  grad_of_sum: number[] | number[][];
}

const NAMES: ElementwiseLossName[] = ['mseLoss', 'huberLoss', 'binaryCrossEntropyWithLogits'];
const oracle = JSON.parse(
  readFileSync(new URL('../oracles/losses.json', import.meta.url), 'utf8'),
) as { cases: ElementCase[] };
/** Weights that differ from column to column are for the caller to apply. */
const cases = oracle.cases.filter(({ fn, options }) => NAMES.includes(fn) && !options.posWeight);

const realArray = (dtype: 'f32' | 'f64', values: ArrayLike<number>) =>
  dtype === 'f64' ? Float64Array.from(values) : Float32Array.from(values);

/** The loss and derivative of one element in plain f64. */
const PLAIN: Record<ElementwiseLossName, (x: number, t: number, p: number) => [number, number]> = {
  mseLoss: (x, t) => [(x - t) ** 2, 2 * (x - t)],
  huberLoss: (x, t, delta) => {
    const d = x - t;
    return Math.abs(d) <= delta
      ? [d * d * 0.5, d]
      : [delta * (Math.abs(d) - delta / 2), delta * Math.sign(d)];
  },
  binaryCrossEntropyWithLogits: (x, t, weight) => {
    const tail = Math.log1p(Math.exp(-Math.abs(x)));
    const sigmoid = x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
    return [
      weight * t * (Math.max(-x, 0) + tail) + (1 - t) * (Math.max(x, 0) + tail),
      sigmoid * (weight * t + 1 - t) - weight * t,
    ];
  },
};

describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
  const [relative, absolute] = dtype === 'f64' ? [1e-9, 1e-15] : [2e-6, 2e-6];
  const expectNear = (actual: ArrayLike<number>, wanted: ArrayLike<number>) => {
    expect(actual.length).toBe(wanted.length);
    for (let i = 0; i < wanted.length; i++) {
      const bar = Math.max(relative * Math.abs(wanted[i]), absolute);
      if (!(Math.abs(actual[i] - wanted[i]) <= bar)) {
        expect.fail(`${i}: ${actual[i]}, expected ${wanted[i]}`);
      }
    }
  };

  it.each(cases)('$name', async ({ fn, inputs, options, value, grad_of_sum }) => {
    const loss = await createElementwiseLoss(fn, { dtype, delta: options.delta });
    const input = realArray(dtype, inputs.input.flat());
    const target = realArray(dtype, inputs.target.flat());
    const gradient = input.slice();
    const result = loss.evaluate(input, target, { reduction: options.reduction, gradient });
    const values = typeof result.value === 'number' ? [result.value] : result.value;
    expectNear(values, [value].flat(2));
    expectNear(gradient, grad_of_sum.flat());
  });

  it.each(NAMES)('%s agrees with plain arithmetic at every length', async (name) => {
    const random = seeded(7);
    const parameter = 1.7;
    const loss = await createElementwiseLoss(name, {
      dtype,
      delta: parameter,
      posWeight: parameter,
    });
    for (const count of [1, 2, 3, 4, 5, 7, 1023, 1024, 1025, 300_001]) {
      const input = realArray(
        dtype,
        Array.from({ length: count }, () => 6 * normal(random)),
      );
      input[0] = 1e4;
      input[count - 1] = -1e4;
      const target = realArray(
        dtype,
        Array.from({ length: count }, () => random()),
      );
      const wanted = Array.from(input, (x, i) => PLAIN[name](x, target[i], parameter));
      const gradient = input.slice();
      const each = loss.evaluate(input, target, { reduction: 'none', gradient });
      expectNear(
        each.value as Float64Array,
        wanted.map(([value]) => value),
      );
      expectNear(
        gradient,
        wanted.map(([, slope]) => slope),
      );
      const mean = wanted.reduce((sum, [value]) => sum + value, 0) / count;
      expectNear([loss.evaluate(input, target).value as number], [mean]);

      const lease = loss.lease(count);
      lease.input.set(input);
      lease.target.set(target);
      expectNear([loss.run(lease)], [mean]);
      expectNear(
        lease.gradient,
        wanted.map(([, slope]) => slope / count),
      );
    }
  });
});

describe('a loss over elements', () => {
  it('refuses what does not fit', async () => {
    const loss = await createElementwiseLoss('binaryCrossEntropyWithLogits');
    const two = new Float32Array(2);
    expect(() => loss.evaluate(two, new Float32Array(3))).toThrow(/target needs 2 numbers/);
    expect(() => loss.evaluate(two, new Float64Array(2))).toThrow(/Float32Array/);
    expect(() => loss.evaluate(two, Float32Array.of(0, 2))).toThrow(/row 1: .*found 2/);
    await expect(createElementwiseLoss('huberLoss', { delta: 0 })).rejects.toThrow(/delta/);
    await expect(createElementwiseLoss('l3Loss' as 'mseLoss')).rejects.toThrow(/no loss "l3Loss"/);
  });
});
