import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RowEngine } from '../../src/engine/row-engine.js';
import { loadCore } from '../../src/node/core.js';
import { RowReference } from '../../src/reference/row-reference.js';
import { rowOptions } from '../../src/types/row-options.js';
import { type Dtype, type RowOptions, RowStatus, STATUS_MASK } from '../../src/types/scores.js';

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
}

const oracle = JSON.parse(
  readFileSync(new URL('../oracles/losses.json', import.meta.url), 'utf8'),
) as { cases: LossCase[] };

/** Cross-entropy of index targets; probability targets are another kernel's. */
const cases = oracle.cases.filter(
  ({ fn, inputs }) =>
    (fn === 'crossEntropy' || fn === 'nllLoss') && typeof inputs.target[0] === 'number',
);

async function scorerOf(name: string, options: RowOptions) {
  return name === 'engine' ? new RowEngine(await loadCore(), options) : new RowReference(options);
}

describe.each(['engine', 'reference'])('%s', (scorerName) => {
  describe.each(['f32', 'f64'] as const)('%s', (dtype: Dtype) => {
    it.each(cases)('$fn: $name', async ({ name, fn, inputs, options, value }) => {
      const { input, target } = inputs;
      const { weight, reduction, zLoss = 0 } = options;
      const scorer = await scorerOf(
        scorerName,
        rowOptions({
          classes: input[0].length,
          dtype,
          kind: fn === 'nllLoss' ? 'log-probabilities' : 'logits',
          classWeights: weight,
          labelSmoothing: options.labelSmoothing,
          ignoreIndex: options.ignoreIndex,
        }),
      );
      const lease = scorer.lease(input.length);
      lease.scores.set(input.flat().map(Number));
      lease.targets.set(target as number[]);
      const scores = scorer.score(lease, input.length);

      const losses: number[] = [];
      let sum = 0;
      let weights = 0;
      for (let r = 0; r < input.length; r++) {
        const status = scores.status[r] & STATUS_MASK;
        const ignored = status === RowStatus.ignored;
        if (!ignored) expect(status).toBe(RowStatus.scored);
        const loss = ignored ? 0 : scores.loss[r] + zLoss * scores.normalizer[r] ** 2;
        losses.push(loss);
        sum += loss;
        if (!ignored) weights += weight ? weight[target[r] as number] : 1;
      }
      const actual = reduction === 'none' ? losses : [reduction === 'sum' ? sum : sum / weights];
      const expected = [value].flat().map(Number);

      const largest = Math.max(
        ...input
          .flat()
          .map((z) => Math.abs(Number(z)))
          .filter(Number.isFinite),
      );
      const ulp = 2 ** (Math.floor(Math.log2(largest)) - (dtype === 'f32' ? 23 : 52));
      for (let i = 0; i < expected.length; i++) {
        const relative = (dtype === 'f64' ? 1e-9 : 2e-6) * Math.abs(expected[i]);
        const absolute = /huge|offset/.test(name) ? ulp : dtype === 'f32' ? 2e-6 : 1e-15;
        if (Object.is(actual[i], expected[i])) continue;
        expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(Math.max(relative, absolute));
      }
    });
  });
});
