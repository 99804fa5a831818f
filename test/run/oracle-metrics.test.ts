/** scikit-learn's metrics from logits, through the kernels and the whole way to the report. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createScorer } from '../../src/index.js';

interface MetricCase {
  name: string;
  logits?: number[][];
  target: number[];
  sample_weight: number[] | null;
  expected: Record<string, number | number[] | number[][]>;
}

const oracle = JSON.parse(
  readFileSync(new URL('../oracles/metrics.json', import.meta.url), 'utf8'),
) as { cases: MetricCase[] };
const cases = oracle.cases.filter(({ logits }) => logits !== undefined);

/** Curves are not part of this report; normalised confusion is derived from the other. */
const ELSEWHERE = /^(?:roc_auc|average_precision|confusion_true)/;

describe.each(['simd', 'reference'] as const)('%s', (kernel) => {
  describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
    it.each(cases)('$name', async ({ logits, target, sample_weight, expected }) => {
      const scorer = await createScorer({
        classes: logits![0].length,
        dtype,
        kernel,
        weighted: sample_weight !== null,
      });
      scorer.add(logits!.flat(), target, sample_weight ?? undefined);
      const { metrics, confusion } = scorer.report();
      const [relative, absolute] = dtype === 'f64' ? [1e-9, 1e-15] : [2e-6, 2e-6];
      let compared = 0;
      for (const [name, wanted] of Object.entries(expected)) {
        if (ELSEWHERE.test(name)) continue;
        const found =
          name === 'confusion'
            ? confusion?.layout === 'dense' && confusion.matrix.flat()
            : metrics[name]?.value;
        expect(found, name).toBeDefined();
        const pairs = [[found].flat() as number[], [wanted].flat(2)];
        expect(pairs[0]).toHaveLength(pairs[1].length);
        pairs[1].forEach((number, i) => {
          const bar = Math.max(relative * Math.abs(number), absolute);
          expect(Math.abs(pairs[0][i] - number), `${name}[${i}]`).toBeLessThanOrEqual(bar);
        });
        compared++;
      }
      expect(compared).toBeGreaterThan(30);
    });
  });
});
