/** Losses over elements against PyTorch: the reference cases, and options that those leave out. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as logitscope from '../../src/index.js';
import type { LossResult, Numbers } from '../../src/types/loss.js';
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

const NAMES = [
  'mseLoss',
  'l1Loss',
  'huberLoss',
  'smoothL1Loss',
  'logCoshLoss',
  'quantileLoss',
  'binaryCrossEntropyWithLogits',
  'binaryCrossEntropy',
  'sigmoidFocalLoss',
  'hingeLoss',
  'squaredHingeLoss',
  'softMarginLoss',
  'poissonNllLoss',
  'gaussianNllLoss',
  'klDivLoss',
] as const;

type AnyLoss = (...inputs: (Numbers | object)[]) => LossResult;

const lossOf = (name: string) => logitscope[name as (typeof NAMES)[number]] as AnyLoss;

/** Options as this library takes them: PyTorch reads the length of a row off the shape. */
function optionsOf({ inputs, options }: LossCase): object {
  if ((options.reduction as string) !== 'batchmean') return options;
  return { classes: (inputs.input as number[][])[0].length, ...options };
}

interface TorchCase extends LossCase {
  gradient: number[];
  varianceGradient?: number[];
}

const torch = JSON.parse(
  readFileSync(new URL('torch-elementwise.json', import.meta.url), 'utf8'),
) as { cases: TorchCase[] };

describeKernels((kernel) => {
  describe.each(FORMATS)('%s', (format) => {
    function evaluate(of: LossCase, more: object = {}): LossResult {
      const { input, target, variance } = of.inputs;
      const arrays = [input, target, ...(variance === undefined ? [] : [variance])];
      return lossOf(of.fn)(...arrays.map((numbers) => realArray(format, flat(numbers))), {
        ...optionsOf(of),
        kernel,
        gradient: true,
        ...more,
      });
    }

    it.each(casesOf(...NAMES))('$fn: $name', (of) => {
      const { value, values, gradient, rows } = evaluate(of);
      const [relative, absolute] = barsOf(format, of);
      expectNear(values ?? [value], flat(of.value), relative, absolute);
      expectNear(gradient, flat(of.grad_of_sum ?? []), relative, absolute);
      expect(gradient).toBeInstanceOf(format === 'f32' ? Float32Array : Float64Array);
      expect(rows).toBe(flat(of.inputs.input).length);
    });

    it.each(torch.cases)('$fn: $name', (of) => {
      const wanted = of.varianceGradient;
      const more = wanted ? { gradients: { variance: true } } : {};
      const { value, values, gradient, gradients } = evaluate(of, more);
      const [relative, absolute] = barsOf(format, of);
      expectNear(values ?? [value], flat(of.value), relative, absolute);
      expectNear(gradient, of.gradient, relative, absolute);
      if (wanted) expectNear(gradients?.variance, wanted, relative, absolute);
      else expect(gradients).toBeUndefined();
    });
  });
});
