/** scikit-learn's curves and areas, on the core and on the reference. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  averagePrecisionScore,
  prAucTrapezoid,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
  thresholdTable,
} from '../../src/index.js';

interface Curves {
  roc: Record<'fpr' | 'tpr' | 'thresholds', number[]>;
  pr: Record<'precision' | 'recall' | 'thresholds', number[]>;
}

interface BinaryCase extends Partial<Curves> {
  name: string;
  score: number[];
  target: number[];
  sample_weight: number[] | null;
  expected: Record<string, number> & Partial<Curves>;
  roc_full?: Curves['roc'];
  thresholds?: Record<string, number>[];
}

interface ClassCase {
  name: string;
  logits?: number[][];
  probabilities?: number[][];
  target: number[];
  sample_weight: number[] | null;
  expected: Record<string, number | number[]>;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../oracles/${name}.json`, import.meta.url), 'utf8'));
const binary = read('binary').cases as BinaryCase[];
const classification = (read('metrics').cases as ClassCase[]).filter(({ logits }) => logits);
const { curves, multiclass } = read('ranking') as { curves: BinaryCase[]; multiclass: ClassCase[] };

function expectClose(found: ArrayLike<number>, expected: readonly number[], name: string): void {
  expect(found.length, name).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(found[i] - value), `${name}[${i}]`).toBeLessThanOrEqual(
      1e-9 * Math.abs(value) + 1e-15,
    );
  });
}

const softmax = (row: number[]) => {
  const top = Math.max(...row);
  const e = row.map((z) => Math.exp(z - top));
  const sum = e.reduce((a, b) => a + b);
  return e.map((x) => x / sum);
};

describe.each(['simd', 'reference'] as const)('%s', (kernel) => {
  describe.each([Float32Array, Float64Array])('%o', (RealArray) => {
    describe.each([...binary, ...curves])('$name', (entry) => {
      // Scores are exact in f32, so both formats give the same.
      const scores = RealArray.from(entry.score);
      const options = { sampleWeight: entry.sample_weight, kernel };
      const { expected } = entry;

      it('areas', () => {
        const found = {
          roc_auc: rocAucScore(entry.target, scores, options),
          average_precision: averagePrecisionScore(entry.target, scores, options),
          pr_auc_trapezoid: prAucTrapezoid(entry.target, scores, options),
        };
        for (const [name, value] of Object.entries(found)) {
          expectClose([value], [expected[name]], name);
        }
      });

      it('partial areas', () => {
        const names = Object.keys(expected).filter((name) => name.startsWith('partial_auc'));
        expect(names.length).toBeGreaterThan(1);
        for (const name of names) {
          const maxFpr = Number(name.split('_').at(-1));
          const found = rocAucScore(entry.target, scores, { ...options, maxFpr });
          expectClose([found], [expected[name]], name);
        }
      });

      it('curves', () => {
        const pr = entry.pr ?? expected.pr!;
        const found = precisionRecallCurve(entry.target, scores, options);
        // Thresholds are the scores as they were given.
        const asGiven = (name: string, values: number[]) =>
          name === 'thresholds' ? [...RealArray.from(values)] : values;
        for (const name of ['precision', 'recall', 'thresholds'] as const) {
          expectClose(found[name], asGiven(name, pr[name]), name);
        }
        // The cases of binary.json leave out the first point; scikit-learn 1.2 gives it another threshold.
        const full = rocCurve(entry.target, scores, { ...options, dropIntermediate: false });
        expect([full.fpr[0], full.tpr[0], full.thresholds[0]]).toEqual([0, 0, Infinity]);
        for (const name of ['fpr', 'tpr', 'thresholds'] as const) {
          const wanted = entry.roc_full
            ? entry.roc_full[name].slice(name === 'thresholds' ? 0 : 1)
            : expected.roc![name];
          expectClose(full[name].subarray(1), asGiven(name, wanted), name);
        }
        if (entry.roc === undefined) return;
        const bent = rocCurve(entry.target, scores, options);
        expectClose(bent.fpr, entry.roc.fpr, 'fpr');
        expectClose(bent.tpr, entry.roc.tpr, 'tpr');
        const { thresholds } = entry.roc;
        expectClose(bent.thresholds.subarray(1), asGiven('thresholds', thresholds), 'thresholds');
      });

      it('thresholds', () => {
        for (const { threshold, ...rates } of entry.thresholds ?? [
          { ...expected, threshold: 0.5 } as unknown as Record<string, number>,
        ]) {
          const table = thresholdTable(entry.target, scores, {
            ...options,
            thresholds: [threshold],
          });
          for (const name of ['accuracy', 'precision', 'recall', 'f1', 'mcc'] as const) {
            // scikit-learn's 0 stands for 0/0.
            const found = Number.isNaN(table[name][0]) ? 0 : table[name][0];
            expect(found, name).toBeCloseTo(rates[name], 9);
          }
        }
      });
    });
  });

  describe.each(classification)('metrics.json, $name', (entry) => {
    const names = Object.keys(entry.expected).filter((name) =>
      /^(roc_auc|average_prec)/.test(name),
    );

    it('covers the case', () => expect(names.length).toBeGreaterThan(2));

    it.each(names)('%s', (name) => {
      const scores = entry.logits!.flatMap(softmax);
      const [, kind, average] = /_(ov[or])_(\w+)$/.exec(name)! as unknown as string[];
      const options = { sampleWeight: entry.sample_weight, kernel, average: average as 'macro' };
      const found = name.startsWith('roc_auc')
        ? rocAucScore(entry.target, scores, { ...options, multiClass: kind as 'ovr' })
        : averagePrecisionScore(entry.target, scores, options);
      expectClose([found], [entry.expected[name] as number], name);
      const logs = scores.map(Math.log);
      const ofLogs = name.startsWith('roc_auc')
        ? rocAucScore(entry.target, logs, { ...options, multiClass: kind as 'ovr' })
        : averagePrecisionScore(entry.target, logs, options);
      expectClose([ofLogs], [found], 'of log-probabilities');
    });
  });

  describe.each(multiclass)('$name', (entry) => {
    it.each(Object.keys(entry.expected))('%s', (name) => {
      const scores = entry.probabilities!.flat();
      const [, kind, average, weighted] =
        /^(ovr|ovo|ap)_(macro|weighted|micro|none)(_weighted_rows)?$/.exec(name)!;
      const options = {
        average: average as 'macro',
        kernel,
        sampleWeight: weighted ? entry.sample_weight : null,
      };
      const found =
        kind === 'ap'
          ? averagePrecisionScore(entry.target, scores, options)
          : rocAucScore(entry.target, scores, { ...options, multiClass: kind as 'ovr' });
      expectClose([found].flat(), [entry.expected[name]].flat(), name);
    });
  });
});
