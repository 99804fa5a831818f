import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classificationMetrics } from '../../src/metrics/classification-metrics.js';
import { confusionOf, normalizedMatrix, wholeMatrix } from '../../src/metrics/confusion.js';
import { ClassificationTally } from '../../src/tallies/classification-tally.js';
import type { DenseConfusion } from '../../src/types/report.js';
import { expectClose } from '../support/close.js';
import { softmaxRow, tallyOf } from '../tallies/scored-rows.js';

interface Case {
  readonly name: string;
  readonly logits?: number[][];
  readonly prediction?: number[];
  readonly target: number[];
  readonly sample_weight: number[] | null;
  readonly expected: Record<string, number | number[] | number[][]>;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../oracles/metrics.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

/** Curves need every score, so that no tally holds them. */
const OF_CURVES = /^(roc_auc|average_precision)/;

describe.each(cases.filter((entry) => entry.logits !== undefined))(
  'scikit-learn, $name',
  (entry) => {
    const weights = entry.sample_weight;
    const rows = entry.logits!.map((row, i) =>
      softmaxRow(row, entry.target[i]!, weights?.[i] ?? 1),
    );
    const tally = tallyOf(rows, weights !== null);
    const metrics = classificationMetrics(tally, { topK: [1, 2, 3, 4, 5], betas: [1, 2, 0.5] });
    const found: Record<string, unknown> = {
      ...Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric.value])),
      confusion: (confusionOf(tally) as DenseConfusion).matrix,
      confusion_true: normalizedMatrix(wholeMatrix(tally), 'true'),
    };
    const names = Object.keys(entry.expected).filter((name) => !OF_CURVES.test(name));

    it('covers the case', () => expect(names.length).toBeGreaterThan(35));

    it.each(names)('%s', (name) => {
      expect(found[name], name).toBeDefined();
      expectClose(found[name], entry.expected[name], name);
    });
  },
);

describe.each(cases.filter((entry) => entry.prediction !== undefined))('$name', (entry) => {
  const tally = new ClassificationTally({
    classes: 3,
    weighted: false,
    scores: false,
    kernel: 'none',
    version: 'test',
  });
  entry.target.forEach((target, i) => {
    tally.addPair(target, entry.prediction![i]!);
  });

  it.each(Object.keys(entry.expected))('%s', (name) => {
    const zeroDivision = name.endsWith('_zero_division_1') ? 1 : 0;
    const metrics = classificationMetrics(tally, { zeroDivision });
    expectClose(metrics[name.replace('_zero_division_1', '')]?.value, entry.expected[name], name);
  });
});
