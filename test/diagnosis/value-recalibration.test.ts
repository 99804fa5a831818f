/** Lines of predicted values against exact rational arithmetic, and what must hold for any rows. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ValueRecalibration } from '../../src/diagnosis/value-recalibration.js';
import { normal, seeded } from '../support/rows.js';
import { type Dump, driven, fitRows, plain, sampleOfDump } from './recalibrations.js';

interface Case {
  readonly name: string;
  readonly predictions: readonly number[];
  readonly targets: readonly number[];
  readonly weights: readonly number[] | null;
  readonly slope: number;
  readonly slopeHalf: number;
  readonly intercept: number;
  readonly interceptHalf: number;
  readonly lossAsIs: number;
  readonly loss: number;
  readonly crossFittedLoss: number;
  readonly scale: { readonly inSample: number; readonly crossFitted: number };
  readonly offsets: { readonly inSample: number; readonly crossFitted: number };
}
const cases: Case[] = JSON.parse(
  readFileSync(new URL('fixtures/recalibration.json', import.meta.url), 'utf8'),
).values;

const recalibration = new ValueRecalibration('f64');
const dumpOf = (
  predictions: readonly number[],
  targets: readonly number[],
  weights?: readonly number[] | null,
): Dump => ({
  columns: 1,
  scores: Float64Array.from(predictions),
  values: Float64Array.from(targets),
  weights: weights ?? undefined,
});
const fitted = (dump: Dump) => recalibration.fit(sampleOfDump(recalibration, dump))!;
const expectClose = (found: number, wanted: number, name: string) =>
  expect(Math.abs(found - wanted), `${name}: ${found}, ${wanted}`).toBeLessThan(
    1e-12 * Math.abs(wanted),
  );

describe('the line of predicted values', () => {
  it.each(cases)('is that of exact arithmetic ($name)', (wanted) => {
    const found = fitted(dumpOf(wanted.predictions, wanted.targets, wanted.weights));
    const { slope, intercept } = found.parameters.line!;
    expectClose(slope.value, wanted.slope, 'slope');
    expectClose((slope.high! - slope.low!) / 2 / wanted.slopeHalf, 1, 'its interval');
    expectClose(intercept.value, wanted.intercept, 'intercept');
    expectClose((intercept.high! - intercept.low!) / 2 / wanted.interceptHalf, 1, 'its interval');
    for (const name of ['lossAsIs', 'loss', 'crossFittedLoss'] as const) {
      expectClose(found[name], wanted[name], name);
    }
    for (const part of ['scale', 'offsets'] as const) {
      for (const of of ['inSample', 'crossFitted'] as const) {
        expectClose(found.parts![part][of], wanted[part][of], `${part} ${of}`);
      }
    }
    expect(found.logTemperature).toBeNaN();
    expect(found.rows).toBe(wanted.targets.length);
  });

  it.each(cases)('has parts that add up, row by row and in the mean ($name)', (wanted) => {
    const dump = dumpOf(wanted.predictions, wanted.targets, wanted.weights);
    const found = fitted(dump);
    const { refinement, scale: scales, offsets } = found.parts;
    const rounding = 4 * 2 ** -52 * found.lossAsIs;
    for (const of of ['inSample', 'crossFitted'] as const) {
      const refined = of === 'inSample' ? found.loss : found.crossFittedLoss;
      const left = found.lossAsIs - refined - scales[of] - offsets[of];
      expect(Math.abs(left)).toBeLessThan(rounding);
    }
    const { asIs, refined, scale } = found.losses(fitRows(recalibration, dump));
    const weights = wanted.weights ?? wanted.targets.map(() => 1);
    const total = weights.reduce((sum, w) => sum + w, 0);
    const mean = (values: Float64Array) =>
      values.reduce((sum, value, r) => sum + weights[r]! * value, 0) / total;
    expect(Math.abs(mean(asIs) - found.lossAsIs)).toBeLessThan(60 * rounding);
    expect(Math.abs(mean(refined) - refinement.value)).toBeLessThan(60 * rounding);
    expect(Math.abs(mean(scale) - scales.value)).toBeLessThan(60 * rounding);
  });

  it('has intervals that hold the truth as often as they say', () => {
    const random = seeded(3);
    let [slopes, intercepts] = [0, 0];
    for (let run = 0; run < 400; run++) {
      const x = Array.from({ length: 80 }, () => 5 + normal(random));
      // The spread of errors grows with the prediction: what the sandwich is for.
      const y = x.map((v) => 1 + 0.8 * v + 0.1 * v * normal(random));
      const { slope, intercept } = fitted(dumpOf(x, y)).parameters.line!;
      if (slope.low! <= 0.8 && 0.8 <= slope.high!) slopes++;
      if (intercept.low! <= 1 && 1 <= intercept.high!) intercepts++;
    }
    for (const count of [slopes, intercepts]) {
      expect(count).toBeGreaterThan(0.88 * 400);
      expect(count).toBeLessThan(0.98 * 400);
    }
  });

  it('leaves the slope at 1 where all predictions are equal, and takes the mean of the targets', () => {
    for (const value of [0, 0.1, 1e9 + 0.1]) {
      const found = fitted(dumpOf([value, value, value], [value + 1, value + 2, value + 6]));
      const { slope, intercept } = found.parameters.line!;
      expect(slope).toEqual({ value: 1 });
      expect(intercept.value).toBeCloseTo(3, 6);
      expect(intercept.low).toBeLessThan(3);
      expect(found.loss).toBeCloseTo(14 / 3, 6);
      expect(found.parts.scale).toMatchObject({ inSample: 0, crossFitted: 0 });
    }
  });

  it('gives no intervals to as many rows as lie on a line anyway, and nothing without rows', () => {
    const two = fitted(dumpOf([1, 2], [5, 9]));
    expect(two.parameters.line).toEqual({ slope: { value: 4 }, intercept: { value: 1 } });
    expect(two.loss).toBe(0);
    const one = fitted(dumpOf([3], [5]));
    expect(one.parameters.line).toEqual({ slope: { value: 1 }, intercept: { value: 2 } });
    expect(recalibration.fit(sampleOfDump(recalibration, dumpOf([], [])))).toBeNull();
  });

  it('takes a row of weight 2 for the row twice', () => {
    const x = [1, 2, 4, 7];
    const y = [2, 1, 5, 6];
    const weighted = fitted(dumpOf(x, y, [2, 1, 1, 2]));
    const doubled = fitted(dumpOf([1, 1, 2, 4, 7, 7], [2, 2, 1, 5, 6, 6]));
    const { slope, intercept } = weighted.parameters.line!;
    expect(slope.value).toBeCloseTo(doubled.parameters.line!.slope.value, 13);
    expect(intercept.value).toBeCloseTo(doubled.parameters.line!.intercept.value, 13);
    expect(weighted.loss).toBeCloseTo(doubled.loss, 13);
  });

  it('does not depend on where values have their zero, nor on their unit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.constantFrom(2 ** -40, 1, 2 ** 30),
        fc.constantFrom(0, 1024, -(2 ** 20)),
        (seed, unit, zero) => {
          const random = seeded(seed);
          // Whole numbers, so that moving them rounds nothing.
          const number = () => Math.floor(1000 * random());
          const x = Array.from({ length: 30 }, number);
          const y = Array.from({ length: 30 }, number);
          const move = (value: number) => unit * (value + zero);
          const [here, there] = [fitted(dumpOf(x, y)), fitted(dumpOf(x.map(move), y.map(move)))];
          expectClose(
            there.parameters.line!.slope.value,
            here.parameters.line!.slope.value,
            'slope',
          );
          expectClose(there.loss, unit * unit * here.loss, 'loss');
          expectClose(there.crossFittedLoss, unit * unit * here.crossFittedLoss, 'cross-fitted');
          expectClose(
            there.parts!.scale.inSample,
            unit * unit * here.parts!.scale.inSample,
            'scale',
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('on all rows has the bits of a sample that holds them, from two readings', () => {
    const random = seeded(9);
    const count = 5000;
    const x = Array.from({ length: count }, () => 100 + 3 * normal(random));
    const y = x.map((v) => 0.9 * v + normal(random));
    const w = Array.from({ length: count }, () => 0.5 + random());
    for (const weights of [null, w]) {
      const dump = dumpOf(x, y, weights);
      const small = sampleOfDump(recalibration, dump, 2500);
      expect(small.count).toBeLessThan(count);
      const { found, readings } = driven(
        recalibration.fitAll(count, small),
        recalibration,
        dump,
        700,
      );
      expect(readings).toBe(2);
      expect(plain(found)).toEqual(plain(fitted(dump)));
    }
  });
});

describe('rows of values', () => {
  const dump = dumpOf([1, 5, 2.5], [1.5, 2, 2.5]);
  it('are read as absolute errors and true values', () => {
    const rows = fitRows(recalibration, dump);
    expect([...recalibration.second(rows)]).toEqual([0.5, 3, 0]);
    expect(Array.from(recalibration.targets(rows))).toEqual([1.5, 2, 2.5]);
  });
});
