/** Recalibrations by temperatures: of classes, of one score, of several labels, each against fits by hand. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassRecalibration } from '../../src/diagnosis/class-recalibration.js';
import { LabelRecalibration } from '../../src/diagnosis/label-recalibration.js';
import { MultilabelRecalibration } from '../../src/diagnosis/multilabel-recalibration.js';
import { SingleRecalibration } from '../../src/diagnosis/single-recalibration.js';
import type { Fitted } from '../../src/types/fitted.js';
import { bitsNumber } from '../../src/types/text-number.js';
import { normal, seeded } from '../support/rows.js';
import { batchOf, type Dump, driven, fitRows, plain, sampleOfDump } from './recalibrations.js';
import { sampleOf, type TestRow, temperKernels } from './samples.js';

const kernels = await temperKernels();
const reference = kernels[1]!;
const fixture = JSON.parse(
  readFileSync(new URL('fixtures/recalibration.json', import.meta.url), 'utf8'),
).labels;

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const relative = (found: number, wanted: number) => Math.abs(found - wanted) / Math.abs(wanted);

/** Logits, and targets that follow them at some temperatures. */
function labelDump(rows: number, labels: number, seed: number, weighted = false): Dump {
  const random = seeded(seed);
  const scores = Float32Array.from({ length: rows * labels }, () => 2 * normal(random));
  const values = Float64Array.from(scores, (z, i) =>
    random() < sigmoid(z / (0.5 + (i % labels))) ? 1 : 0,
  );
  const weights = weighted ? Array.from({ length: rows }, () => 0.5 + random()) : undefined;
  return { columns: labels, scores, values, weights };
}

/** One label as rows of two classes. */
function pairsOf(
  { columns, scores, values, weights }: Dump,
  label: number,
  pair: (score: number) => number[],
): TestRow[] {
  return Array.from({ length: scores.length / columns }, (_, r) => ({
    scores: pair(scores[r * columns + label]!),
    target: values![r * columns + label]!,
    ...(weights && { weight: weights[r]! }),
  }));
}

/** One label fitted by itself, as rows of two classes. */
function pairFit(dump: Dump, label: number, pair: (score: number) => number[]): Fitted {
  const recalibration = new ClassRecalibration({
    kernel: reference,
    math: Math,
    classes: 2,
    dtype: 'f64',
    kind: 'logits',
    eps: 0,
  });
  return recalibration.fit(sampleOf(pairsOf(dump, label, pair)))!;
}

describe('the temperatures of several labels', () => {
  const options = { kernel: reference, math: Math, eps: 0, threshold: 0 } as const;
  const logits = { ...options, kind: 'logits', dtype: 'f32' } as const;

  it('are those of SciPy', () => {
    const dump = {
      columns: 3,
      scores: Float32Array.from(fixture.logits as number[]),
      values: Float64Array.from(fixture.targets as number[]),
    };
    const wanted: { temperature: number; offset: number; lossAsIs: number; loss: number }[] =
      fixture.labels;
    for (const kernel of kernels) {
      const recalibration = new MultilabelRecalibration({ ...logits, kernel, labels: 3 });
      const found = recalibration.fit(sampleOfDump(recalibration, dump))!;
      found.parameters.temperatures!.forEach(({ value }, label) => {
        expect(relative(value, wanted[label]!.temperature)).toBeLessThan(1e-8);
        const { value: offset } = found.parameters.offsets!.values[label]!;
        expect(Math.abs(offset - wanted[label]!.offset)).toBeLessThan(1e-8);
      });
      const mean = (of: 'lossAsIs' | 'loss') =>
        wanted.reduce((sum, label) => sum + label[of] / wanted.length, 0);
      expect(relative(found.lossAsIs, mean('lossAsIs'))).toBeLessThan(1e-10);
      expect(relative(found.loss, mean('loss'))).toBeLessThan(1e-10);
    }
  });

  it('are those of each label by itself, and losses their means', () => {
    const anyDump = fc
      .tuple(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        fc.boolean(),
      )
      .map(([seed, labels, weighted, isLogit]) => ({
        isLogit,
        dump: labelDump(60, labels, seed, weighted),
      }));
    fc.assert(
      fc.property(anyDump, ({ dump, isLogit }) => {
        const scores = isLogit ? dump.scores : Float64Array.from(dump.scores, sigmoid);
        const given = { ...dump, scores };
        const kind = isLogit ? 'logits' : 'probabilities';
        const dtype = isLogit ? 'f32' : 'f64';
        const labels = dump.columns;
        const recalibration = new MultilabelRecalibration({ ...options, kind, dtype, labels });
        const found = recalibration.fit(sampleOfDump(recalibration, given))!;
        const pair = (s: number) => (isLogit ? [0, s] : [Math.log(1 - s), Math.log(s)]);
        const own = Array.from({ length: labels }, (_, k) => pairFit(given, k, pair));
        expect(found.parameters.temperatures).toEqual(
          own.map(({ parameters }) => parameters.temperature),
        );
        const mean = (of: (fit: Fitted) => number) =>
          own.reduce((sum, fit) => sum + of(fit), 0) / labels;
        expect(found.lossAsIs).toBeCloseTo(
          mean(({ lossAsIs }) => lossAsIs),
          12,
        );
        expect(found.loss).toBeCloseTo(
          mean(({ loss }) => loss),
          12,
        );
        expect(found.crossFittedLoss).toBeCloseTo(
          mean((fit) => fit.crossFittedLoss),
          12,
        );
        for (const part of ['scale', 'offsets'] as const) {
          expect(found.parts[part].inSample).toBeCloseTo(
            mean(({ parts }) => parts[part].inSample),
            12,
          );
        }
        expect(found.logTemperature).toBeNaN();
        expect(found.parameters).not.toHaveProperty('temperature');

        const { asIs, refined } = found.losses(fitRows(recalibration, given));
        const weights = dump.weights ?? Array.from(asIs, () => 1);
        const total = weights.reduce((sum, w) => sum + w, 0);
        const over = (values: Float64Array) =>
          values.reduce((sum, value, r) => sum + weights[r]! * value, 0) / total;
        expect(over(asIs)).toBeCloseTo(found.lossAsIs, 12);
        expect(over(refined)).toBeCloseTo(found.parts.refinement.value, 10);
      }),
      { numRuns: 40 },
    );
  });

  it('may be at a bound for some labels alone', () => {
    const dump = labelDump(200, 3, 4);
    // The middle label is told apart without a mistake.
    for (let i = 1; i < dump.values!.length; i += 3) dump.values![i] = dump.scores[i]! > 0 ? 1 : 0;
    const recalibration = new MultilabelRecalibration({ ...logits, labels: 3 });
    const found = recalibration.fit(sampleOfDump(recalibration, dump))!;
    expect(found.parameters.temperatures!.map(({ bound }) => bound)).toEqual([
      undefined,
      'separated',
      undefined,
    ]);
    expect(Number.isFinite(found.crossFittedLoss)).toBe(true);
  });

  it('are null without rows', () => {
    const recalibration = new MultilabelRecalibration({ ...logits, labels: 2 });
    const none = { columns: 2, scores: new Float32Array(0), values: new Float64Array(0) };
    expect(recalibration.fit(sampleOfDump(recalibration, none))).toBeNull();
  });

  it('on all rows have the bits of a sample that holds them', () => {
    for (const weighted of [false, true]) {
      const dump = labelDump(9000, 3, 12, weighted);
      const recalibration = new MultilabelRecalibration({ ...logits, labels: 3 });
      const small = sampleOfDump(recalibration, dump, 4500);
      const fit = recalibration.fitAll(9000, small);
      const { found, readings } = driven(fit, recalibration, dump, 1700);
      expect(plain(found)).toEqual(plain(recalibration.fit(sampleOfDump(recalibration, dump))));
      expect(readings).toBeLessThan(20);
    }
  });

  it('come in reasonable time for a hundred labels and 8 MiB', () => {
    const rows = Math.floor((8 * 2 ** 20) / (200 * 4));
    const dump = labelDump(rows, 100, 6);
    const kernel = kernels[0]!;
    const recalibration = new MultilabelRecalibration({ ...logits, kernel, labels: 100 });
    const sample = sampleOfDump(recalibration, dump);
    const start = performance.now();
    expect(recalibration.fit(sample)!.parameters.temperatures).toHaveLength(100);
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it('go with readings of rows: all labels right, and a number of all targets', () => {
    const given = { kernel: reference, math: Math, eps: 0, kind: 'probabilities' } as const;
    const recalibration = new MultilabelRecalibration({
      ...given,
      dtype: 'f64',
      labels: 2,
      threshold: 0.3,
    });
    const dump = {
      columns: 2,
      scores: Float64Array.of(0.3, 0.2, 0.29, 0.9, 0.5, 0.5),
      values: Float64Array.of(1, 0, 1, 1, 1, 0),
    };
    const rows = fitRows(recalibration, dump);
    expect([...recalibration.second(rows)]).toEqual([1, 0, 0]);
    expect(Array.from(recalibration.targets(rows))).toEqual(
      [
        [1, 0],
        [1, 1],
        [1, 0],
      ].map((bits) => bitsNumber(bits, 0, 2)),
    );
    const [, buffers] = batchOf(dump, 0, 3);
    expect([0, 1, 2].map((r) => recalibration.shape.listedTarget!(buffers, r))).toEqual([1, 2, 1]);
  });
});

/** Rows of class logits, and targets that follow them at T = 1.7. */
function classDump(rows: number, classes: number, seed: number, weighted = false): Dump {
  const random = seeded(seed);
  const scores = Float32Array.from({ length: rows * classes }, () => 3 * normal(random));
  const targets = Array.from({ length: rows }, (_, r) => {
    const powers = Array.from(scores.subarray(r * classes, (r + 1) * classes), (z) =>
      Math.exp(z / 1.7),
    );
    let left = random() * powers.reduce((a, b) => a + b, 0);
    let target = 0;
    while (target < classes - 1 && left > powers[target]!) left -= powers[target++]!;
    return target;
  });
  const weights = weighted ? Array.from({ length: rows }, () => random()) : undefined;
  return { columns: classes, scores, classes: targets, weights };
}

/** The same rows as probabilities. */
function asProbabilities(dump: Dump): Dump {
  const scores = dump.scores.slice();
  for (let at = 0; at < scores.length; at += dump.columns) {
    const row = scores.subarray(at, at + dump.columns);
    const powers = Array.from(row, (z) => Math.exp(z));
    const sum = powers.reduce((a, b) => a + b, 0);
    row.set(powers.map((power) => power / sum));
  }
  return { ...dump, scores };
}

describe('the temperature of classes', () => {
  const cases = [
    ['logits', false],
    ['logits', true],
    ['probabilities', true],
  ] as const;

  it.each(cases)('is the fit of the rows as logits (%s, weighted: %s)', (kind, weighted) => {
    const dump = classDump(3000, 4, 5, weighted);
    const given = kind === 'logits' ? dump : asProbabilities(dump);
    for (const kernel of kernels) {
      const eps = 1e-4;
      const recalibration = new ClassRecalibration({
        kernel,
        math: Math,
        classes: 4,
        dtype: 'f32',
        kind,
        eps,
      });
      const sample = sampleOfDump(recalibration, given);
      const own = kind === 'logits' ? sample : sample.mapped((p) => Math.log(Math.max(p, eps)));
      const asLogits = new ClassRecalibration({
        kernel,
        math: Math,
        classes: 4,
        dtype: 'f32',
        kind: 'logits',
        eps,
      });
      const found = recalibration.fit(sample)!;
      expect(plain(found)).toEqual(plain(asLogits.fit(own)));
      // The sample is as it was: probabilities.
      expect(sample.rows().scores).toEqual(fitRows(recalibration, given).scores);
      const { asIs, refined } = found.losses(sample.rows());
      const { weights } = sample.rows();
      const total = weights?.reduce((a, b) => a + b, 0) ?? 3000;
      const mean = (values: Float64Array) =>
        values.reduce((sum, value, r) => sum + (weights?.[r] ?? 1) * value, 0) / total;
      expect(mean(asIs)).toBeCloseTo(found.lossAsIs, 6);
      expect(mean(refined)).toBeCloseTo(found.parts.refinement.value, 6);
      const fit = recalibration.fitAll(3000, sampleOfDump(recalibration, given, 1500));
      expect(plain(driven(fit, recalibration, given, 256).found)).toEqual(plain(found));
    }
  });

  it('goes with the lowest index among the largest scores, and classes', () => {
    const recalibration = new ClassRecalibration({
      kernel: reference,
      math: Math,
      classes: 3,
      dtype: 'f64',
      kind: 'logits',
      eps: 0,
    });
    const dump = {
      columns: 3,
      scores: Float64Array.of(1, 1, 0, 1, 1, 0, -Infinity, -2, -1),
      classes: [0, 1, 2],
    };
    const rows = fitRows(recalibration, dump);
    expect([...recalibration.second(rows)]).toEqual([1, 0, 1]);
    expect(Array.from(recalibration.targets(rows))).toEqual([0, 1, 2]);
  });
});

describe('the temperature of one score', () => {
  it.each(['logits', 'probabilities'] as const)('is that of two classes (%s)', (kind) => {
    const dump = labelDump(500, 1, 8);
    const scores = kind === 'logits' ? dump.scores : dump.scores.map(sigmoid);
    const given = { columns: 1, scores, classes: Array.from(dump.values!) };
    const recalibration = new SingleRecalibration({
      kernel: reference,
      math: Math,
      kind,
      eps: 2 ** -23,
      dtype: 'f32',
      threshold: kind === 'logits' ? 0.4 : 0.6,
    });
    const found = recalibration.fit(sampleOfDump(recalibration, given))!;
    const pair = (s: number) => (kind === 'logits' ? [0, s] : [Math.log(1 - s), Math.log(s)]);
    const wanted = pairFit({ ...dump, scores }, 0, pair);
    expect(found.parameters.temperature).toEqual(wanted.parameters.temperature);
    expect(found.lossAsIs).toBe(wanted.lossAsIs);
    const [zero, one] = wanted.parameters.offsets!.values;
    expect(found.parameters.offsets!.values).toHaveLength(1);
    expect(found.parameters.offsets!.values[0]!.value).toBeCloseTo(one!.value - zero!.value, 12);
    const least = -found.parameters.offsets!.values[0]!.value * found.parameters.temperature!.value;
    expect(found.parameters.threshold!.scale).toBe(kind === 'logits' ? 'logit' : 'probability');
    expect(found.parameters.threshold!.value).toBeCloseTo(
      kind === 'logits' ? least : sigmoid(least),
      12,
    );
    const fit = recalibration.fitAll(500, sampleOfDump(recalibration, given, 250));
    expect(plain(driven(fit, recalibration, given, 64).found)).toEqual(plain(found));
    const rows = fitRows(recalibration, given);
    const threshold = kind === 'logits' ? 0.4 : 0.6;
    expect([...recalibration.second(rows)]).toEqual(
      given.classes.map((target, r) => (scores[r]! >= threshold === (target === 1) ? 1 : 0)),
    );
  });

  it('predicts 1 from the threshold on, to the last bit', () => {
    const recalibration = new SingleRecalibration({
      kernel: reference,
      math: Math,
      kind: 'probabilities',
      eps: 0,
      dtype: 'f64',
      threshold: 0.7,
    });
    const scores = Float64Array.of(0.7, 0.7 - 2 ** -53, 0.7);
    const rows = fitRows(recalibration, { columns: 1, scores, classes: [1, 1, 0] });
    expect([...recalibration.second(rows)]).toEqual([1, 0, 0]);
  });
});

describe('labels alone', () => {
  it('have nothing to fit, and are right where they are equal', () => {
    const recalibration = new LabelRecalibration();
    const count = 3;
    const scores = {
      count,
      status: new Uint8Array(count),
      prediction: [7, 2 ** 52 + 1, 5],
      nll: new Float64Array(count),
      loss: new Float64Array(count),
    };
    const targets = Float64Array.of(7, 2 ** 52, 5);
    const buffers = {
      capacity: count,
      scores: new Float32Array(0),
      targets: new Int32Array(count),
      weights: new Float64Array(count),
    };
    const packed = new Float64Array(2 * count);
    for (let r = 0; r < count; r++) {
      const into = packed.subarray(2 * r, 2 * r + 2);
      recalibration.shape.pack!(buffers, r, into, { firstRow: 0, scores, targets, weights: null });
    }
    const rows = {
      count,
      scores: packed,
      targets: new Int32Array(count),
      index: Float64Array.of(0, 1, 2),
      weights: null,
    };
    expect([...recalibration.second(rows)]).toEqual([1, 0, 1]);
    expect(Array.from(recalibration.targets(rows))).toEqual([...targets]);
    expect(recalibration.fit()).toBeNull();
    expect(recalibration.fitAll()).toBeNull();
  });
});
