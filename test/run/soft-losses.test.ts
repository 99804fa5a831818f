/** Losses against soft targets: PyTorch's numbers, in every kind and number format. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createScorer } from '../../src/index.js';
import type { MetricValue } from '../../src/types/report.js';
import type { ScoreArray } from '../../src/types/scores.js';
import { casesOf, flat } from '../support/losses.js';
import { softmaxInPlace, toBrainBits, toHalfBits } from '../support/rows.js';

interface Case {
  labelSmoothing: number;
  weighted: boolean;
  classWeighted: boolean;
  leastLoss: number;
  uniform: number;
  metrics: Record<string, { value: number; baseline?: number; standardError?: number }>;
}
interface Group {
  classes: number;
  logits: number[];
  targets: number[];
  weights: number[];
  classWeights: number[];
  undecided: number;
  cases: Case[];
}

const { groups } = JSON.parse(
  readFileSync(new URL('fixtures-soft.json', import.meta.url), 'utf8'),
) as { groups: Group[] };

const Z_95 = 1.959963984540054;

/** Scores of the logits in another form. */
function inForm(logits: number[], classes: number, kind: string, dtype: string): ScoreArray {
  if (dtype === 'f16') return Uint16Array.from(logits, toHalfBits);
  if (dtype === 'bf16') return Uint16Array.from(logits, toBrainBits);
  const values = Float64Array.from(logits);
  if (kind !== 'logits') {
    for (let at = 0; at < values.length; at += classes) {
      const row = values.subarray(at, at + classes);
      softmaxInPlace(row);
      if (kind === 'log-probabilities') row.set(row.map(Math.log));
    }
  }
  return dtype === 'f64' ? values : Float32Array.from(values);
}

const FORMS = [
  ['logits', 'f64', 1e-12],
  ['logits', 'f32', 2e-6],
  ['logits', 'f16', 2e-6],
  ['logits', 'bf16', 2e-6],
  ['log-probabilities', 'f64', 1e-12],
  ['log-probabilities', 'f32', 2e-6],
  ['probabilities', 'f64', 1e-11],
  ['probabilities', 'f32', 2e-6],
] as const;

describe.each(['simd', 'reference'] as const)('soft targets on %s', (kernel) => {
  describe.each(FORMS)('%s in %s', (kind, dtype, bar) => {
    const within = (actual: unknown, expected: number) => {
      const distance = Math.abs((actual as number) - expected);
      expect(distance, `${actual} for ${expected}`).toBeLessThanOrEqual(
        bar * Math.max(1, Math.abs(expected)),
      );
    };

    it.each(
      groups.flatMap((group) =>
        group.cases.map((of) => ({ ...group, ...of, classes: group.classes })),
      ),
    )(
      'cost what PyTorch says: $classes classes, smoothing $labelSmoothing, weighted $weighted, class weights $classWeighted',
      async (of) => {
        const scorer = await createScorer({
          classes: of.classes,
          kind,
          dtype,
          kernel,
          softTargets: true,
          weighted: of.weighted,
          classWeights: of.classWeighted ? of.classWeights : null,
          labelSmoothing: of.labelSmoothing,
          eps: 0,
        });
        const scores = inForm(of.logits, of.classes, kind, dtype);
        scorer.add(scores, of.targets, of.weighted ? of.weights : undefined);
        const { metrics, notices } = scorer.report();
        for (const [name, expected] of Object.entries(of.metrics)) {
          const { value, baseline, low, high } = metrics[name] as MetricValue;
          within(value, expected.value);
          if (expected.baseline !== undefined) within(baseline, expected.baseline);
          if (expected.standardError === undefined) continue;
          within(low, expected.value - Z_95 * expected.standardError);
          within(high, expected.value + Z_95 * expected.standardError);
        }
        const { evidence } = notices.find(({ code }) => code === 'soft-targets')!;
        within(evidence!.leastLoss, of.leastLoss);
        expect(evidence!.undecided).toBe(of.undecided);
        const { log_loss: loss } = metrics;
        const span = of.metrics.log_loss.baseline! - of.leastLoss;
        within(loss.skill, (of.metrics.log_loss.baseline! - of.metrics.log_loss.value) / span);
      },
    );
  });
});

describe('the reference cases', () => {
  const soft = casesOf('crossEntropy').filter(({ name }) => name.includes('soft targets'));

  it.each(soft)('$name', async ({ inputs, options, value }) => {
    expect(soft.length).toBeGreaterThan(20);
    const { input, target } = inputs as unknown as Record<string, number[][]>;
    const { weight, labelSmoothing, reduction } = options;
    const scorer = await createScorer({
      classes: input[0].length,
      dtype: 'f64',
      softTargets: true,
      classWeights: weight as number[] | undefined,
      labelSmoothing: labelSmoothing as number,
    });
    scorer.add(flat(input), flat(target));
    const values = flat(value);
    const sum = values.reduce((a, b) => a + b, 0);
    const mean = reduction === 'mean' ? sum : sum / input.length;
    expect(scorer.report().metrics.log_loss.value).toBeCloseTo(mean, 10);
  });
});
