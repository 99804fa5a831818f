import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { softmaxRows } from '../../src/engine/gradient-engine.js';
import { createCrossEntropy } from '../../src/index.js';
import { loadCore } from '../../src/node/core.js';
import { normal, seeded } from '../support/rows.js';

interface LossCase {
  name: string;
  fn: string;
  inputs: { input: (number | string)[][]; target: number[] | number[][] };
  options: {
    reduction: 'none' | 'sum' | 'mean';
    labelSmoothing?: number;
    weight?: number[];
    ignoreIndex?: number;
    zLoss?: number;
  };
  value: number | string | (number | string)[];
  /** Left out where every row is ignored: 0. */
  grad_of_sum?: (number | string)[][];
}

const oracle = JSON.parse(
  readFileSync(new URL('../oracles/losses.json', import.meta.url), 'utf8'),
) as { cases: LossCase[] };
const cases = oracle.cases.filter(({ fn }) => fn === 'crossEntropy');

const realArray = (dtype: 'f32' | 'f64', values: ArrayLike<number>) =>
  dtype === 'f64' ? Float64Array.from(values) : Float32Array.from(values);

function expectNear(
  actual: ArrayLike<number>,
  expected: number[],
  relative: number,
  absolute: number,
) {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i]) || actual[i] === expected[i]) continue;
    const bar = Math.max(relative * Math.abs(expected[i]), absolute);
    if (!(Math.abs(actual[i] - expected[i]) <= bar)) {
      expect.fail(`${i}: ${actual[i]}, expected ${expected[i]}`);
    }
  }
}

describe.each(['simd', 'reference'] as const)('cross-entropy, %s', (kernel) => {
  describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
    it.each(cases)(
      '$name: value and gradient',
      async ({ name, inputs, options, value, grad_of_sum }) => {
        const classes = inputs.input[0].length;
        const loss = await createCrossEntropy({
          classes,
          dtype,
          kernel,
          classWeights: options.weight,
          labelSmoothing: options.labelSmoothing,
          ignoreIndex: options.ignoreIndex,
          zLoss: options.zLoss,
        });
        const logits = realArray(dtype, inputs.input.flat().map(Number));
        const soft = Array.isArray(inputs.target[0]);
        const targets = soft
          ? realArray(dtype, (inputs.target as number[][]).flat())
          : Int32Array.from(inputs.target as number[]);
        const gradient = logits.slice().fill(7);
        const result = loss.evaluate(logits, targets, { reduction: options.reduction, gradient });

        const finite = Array.from(logits, Math.abs).filter(Number.isFinite);
        const ulp = 2 ** (Math.floor(Math.log2(Math.max(...finite))) - (dtype === 'f32' ? 23 : 52));
        const [relative, absolute] =
          dtype === 'f64' ? [1e-9, 1e-15] : [2e-6, /huge|offset/.test(name) ? ulp : 2e-6];
        const values = typeof result.value === 'number' ? [result.value] : result.value;
        expectNear(values, [value].flat().map(Number), relative, absolute);
        expectNear(
          gradient,
          (grad_of_sum?.flat() ?? Array(logits.length).fill(0)).map(Number),
          relative,
          dtype === 'f64' ? 1e-15 : 2e-6,
        );

        // The gradient may also replace the logits.
        const inPlace = logits.slice();
        loss.evaluate(inPlace, targets, { reduction: options.reduction, gradient: inPlace });
        expect([...inPlace]).toEqual([...gradient]);
      },
    );
  });
});

describe('the gradient', () => {
  it.each([2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 63, 64, 65, 511, 512, 513, 1000, 4097])(
    'agrees with the reference for C = %i',
    async (classes) => {
      for (const dtype of ['f32', 'f64'] as const) {
        for (const soft of [false, true]) {
          const random = seeded(classes);
          const rows = 9;
          const numbers = (f: (i: number) => number) =>
            realArray(
              dtype,
              Array.from({ length: rows * classes }, (_, i) => f(i)),
            );
          const logits = numbers(() => 4 * normal(random));
          for (let i = 0; i < logits.length; i += 13) {
            if (i % classes) logits[i] = Number.NEGATIVE_INFINITY;
          }
          const mass = numbers((i) =>
            logits[i] === Number.NEGATIVE_INFINITY ? 0 : random() / classes,
          );
          const index = Int32Array.from({ length: rows }, (_, r) => (r === 4 ? -100 : 0));
          const options = {
            classes,
            dtype,
            ignoreIndex: -100,
            classWeights: Array.from({ length: classes }, () => random()),
            zLoss: 0.01,
          };
          const results = await Promise.all(
            (['simd', 'reference'] as const).map(async (kernel) => {
              const loss = await createCrossEntropy({ ...options, kernel });
              const gradient = logits.slice();
              const result = loss.evaluate(logits, soft ? mass : index, { gradient });
              return { ...result, gradient };
            }),
          );
          const [actual, expected] = results;
          const bar = dtype === 'f64' ? 1e-9 : 2e-6;
          expect(actual.rows).toBe(expected.rows);
          expectNear([actual.value as number], [expected.value as number], bar, bar);
          expectNear(actual.gradient, [...expected.gradient], bar, dtype === 'f64' ? 1e-14 : 2e-7);
        }
      }
    },
  );

  it('is NaN for rows of NaN, +∞ and −∞ alone, and for those only', async () => {
    const loss = await createCrossEntropy({ classes: 2 });
    const bad = [Number.NaN, 0, Number.POSITIVE_INFINITY, 0];
    const masked = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const logits = new Float32Array([...bad, ...masked, 1, 2]);
    const gradient = new Float32Array(8);
    const targets = new Int32Array([0, 0, 0, 0]);
    const { value } = loss.evaluate(logits, targets, { reduction: 'none', gradient });
    expect(Array.from(value as Float64Array, Number.isNaN)).toEqual([true, true, true, false]);
    expect(Array.from(gradient, Number.isNaN)).toEqual([...Array(6).fill(true), false, false]);
  });

  it('refuses what does not fit', async () => {
    const loss = await createCrossEntropy({ classes: 3 });
    const logits = new Float32Array(6);
    expect(() => loss.evaluate(logits, new Int32Array(3))).toThrow(/do not fit 3 targets/);
    expect(() => loss.evaluate(logits, new Int32Array([0, 3]))).toThrow(/row 1: .*found 3/);
    expect(() => loss.evaluate(new Float64Array(6), new Int32Array(2))).toThrow(/Float32Array/);
    expect(() =>
      loss.evaluate(logits, new Int32Array(2), { gradient: new Float32Array(5) }),
    ).toThrow(/needs 6 numbers/);
    await expect(createCrossEntropy({ classes: 3, zLoss: -1 })).rejects.toThrow(/zLoss/);
  });
});

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
        expectNear(softmaxRows(await loadCore(), scores, classes, false), wanted, bar, 0);
        const logs = wanted.map(Math.log);
        expectNear(softmaxRows(await loadCore(), scores, classes, true), logs, bar, bar);
      }
    },
  );
});
