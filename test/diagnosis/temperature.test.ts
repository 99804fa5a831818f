/** Fitted temperatures against SciPy, a naive cross-fit, and what must hold for any rows. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitRefinement } from '../../src/diagnosis/temperature.js';
import { fitTemperature } from '../../src/index.js';
import { rowHash } from '../../src/types/row-hash.js';
import type { TemperedRows, TemperKernel } from '../../src/types/temper.js';
import { normal, seeded } from '../support/rows.js';
import { readDigits } from './digits.js';
import { sampleOf, type TestRow, temperKernels } from './samples.js';

const kernels = await temperKernels();
const reference = kernels[1]!;
const fixture = JSON.parse(readFileSync(new URL('fixtures/digits.json', import.meta.url), 'utf8'));

/** Rows whose targets follow the logits at the temperature `temperature`. */
function noisyRows(count: number, classes: number, seed: number, temperature = 1.7): TestRow[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const scores = Array.from({ length: classes }, () => Math.fround(3 * normal(random)));
    const powers = scores.map((z) => Math.exp(z / temperature));
    let left = random() * powers.reduce((a, b) => a + b, 0);
    let target = 0;
    while (target < classes - 1 && left > powers[target]!) left -= powers[target++]!;
    return { scores, target };
  });
}

function columnsOf(
  kernel: TemperKernel,
  rows: readonly TestRow[],
  dtype: 'f32' | 'f64',
  beta: number,
) {
  const columns: Record<keyof TemperedRows, number[]> = {
    loss: [],
    first: [],
    second: [],
    third: [],
  };
  kernel.run(sampleOf(rows, dtype).rows(), 0, rows.length, beta, (block, count) => {
    for (const name of Object.keys(columns) as (keyof TemperedRows)[]) {
      columns[name].push(...block[name].subarray(0, count));
    }
  });
  return columns;
}

interface FixtureEpoch {
  readonly epoch: number;
  readonly temperature: number;
  readonly isBound: boolean;
  readonly loss: number;
  readonly refinement: number;
  readonly crossFitted: number;
}

const relative = (found: number, wanted: number) => Math.abs(found - wanted) / Math.abs(wanted);

describe('the kernels of tempered rows', () => {
  it.each([
    ['f64', 1e-11],
    ['f32', 4e-6],
  ] as const)('agree in %s, for any number of classes, masks and temperatures', (dtype, bar) => {
    for (const classes of [2, 3, 5, 16, 17, 511, 513, 1200]) {
      const rows = noisyRows(7, classes, classes).map(({ scores, target }, r) => ({
        scores: scores.map((z, c) => (c !== target && (c + r) % 5 === 0 ? -Infinity : z)),
        target,
      }));
      for (const beta of [1 / 1024, 0.1, 1, 7, 1024]) {
        const wanted = columnsOf(reference, rows, 'f64', beta);
        for (const kernel of kernels) {
          const found = columnsOf(kernel, rows, dtype, beta);
          for (const name of Object.keys(wanted) as (keyof TemperedRows)[]) {
            // A row's columns are differences of powers of its distances.
            const scale = { loss: 10 * beta, first: 10, second: 100, third: 1000 }[name];
            wanted[name].forEach((value, r) => {
              const error = Math.abs(found[name][r]! - value);
              expect(error, `${kernel.kernel} ${classes} ${beta} ${name}`).toBeLessThan(
                bar * (scale + Math.abs(value) + 1),
              );
            });
          }
        }
      }
    }
  });

  it('give the derivatives of the loss', () => {
    const rows = noisyRows(20, 6, 3);
    const h = 1e-4;
    const at = (beta: number) => columnsOf(reference, rows, 'f64', beta);
    const [below, here, above] = [at(0.8 - h), at(0.8), at(0.8 + h)];
    for (const [value, slope] of [
      ['loss', 'first'],
      ['first', 'second'],
      ['second', 'third'],
    ] as const) {
      here[slope].forEach((found, r) => {
        expect(found).toBeCloseTo((above[value][r]! - below[value][r]!) / (2 * h), 5);
      });
    }
  });
});

/** Mean distance from the highest score of a row. */
function meanDistance(rows: readonly TestRow[]): number {
  const means = rows.map(({ scores }) => {
    const top = Math.max(...scores);
    return scores.reduce((sum, z) => sum + top - z, 0) / (scores.length - 1);
  });
  return means.reduce((sum, mean) => sum + mean, 0) / rows.length;
}

describe('the temperature of the digits', () => {
  it.each(fixture.epochs as FixtureEpoch[])('after epoch $epoch is that of SciPy', (wanted) => {
    const { logits, targets, classes } = readDigits(wanted.epoch);
    const rows = targets.map((target, r) => ({
      scores: Array.from(logits.subarray(r * classes, (r + 1) * classes)),
      target,
    }));
    for (const kernel of kernels) {
      for (const dtype of ['f32', 'f64'] as const) {
        const bar = dtype === 'f64' ? 1e-9 : 1e-6;
        const { fit, crossFittedLoss } = fitRefinement(kernel, sampleOf(rows, dtype))!;
        expect(relative(fit.lossAtOne, wanted.loss)).toBeLessThan(bar);
        if (wanted.isBound) {
          expect(fit.bound).toBe('no-information');
          // 1024 times how far logits lie below the highest of their row.
          expect(relative(fit.temperature / 1024, meanDistance(rows))).toBeLessThan(0.2);
          expect(fit.loss).toBeCloseTo(Math.log(10), 4);
          continue;
        }
        expect(fit.bound).toBeNull();
        expect(relative(fit.temperature, wanted.temperature)).toBeLessThan(1e-6);
        expect(relative(fit.loss, wanted.refinement)).toBeLessThan(bar);
        // Short steps to the folds' temperatures go by a series of third order.
        expect(relative(crossFittedLoss, wanted.crossFitted)).toBeLessThan(1e-7 + bar);
      }
    }
  });

  it('has an interval that most of the resampled fits lie in', () => {
    const { logits, targets, classes } = readDigits(160);
    const whole = fitTemperature(logits, targets);
    const random = seeded(5);
    let inside = 0;
    for (let run = 0; run < 100; run++) {
      const drawn = Array.from(targets, () => Math.floor(random() * targets.length));
      const { temperature } = fitTemperature(
        Float32Array.from(
          drawn.flatMap((r) => [...logits.subarray(r * classes, (r + 1) * classes)]),
        ),
        drawn.map((r) => targets[r]!),
      );
      if (temperature >= whole.low! && temperature <= whole.high!) inside++;
    }
    expect(inside).toBeGreaterThan(88);
    expect(inside).toBeLessThan(100);
  });
});

describe('a fit at the ends of the range', () => {
  const FIT = ['simd', 'reference'].flatMap((kernel) =>
    [Float32Array, Float64Array].map((Kind) => [kernel as 'simd', Kind] as const),
  );
  const targets = Array.from({ length: 20 }, (_, i) => i % 3);
  const fill = (
    Kind: Float32ArrayConstructor | Float64ArrayConstructor,
    score: (r: number, c: number) => number,
  ) => new Kind(Array.from({ length: 60 }, (_, i) => score(Math.floor(i / 3), i % 3)));

  it.each(FIT)('is "separated" however far the targets lead (%s, %o)', (kernel, Kind) => {
    for (const lead of [0.01, 0.5, 1, 4, 10, 40, 200, 1e4, 1e6]) {
      const logits = fill(Kind, (r, c) => (c === r % 3 ? lead : 0));
      const found = fitTemperature(logits, targets, { kernel });
      expect(found.bound, `lead ${lead}`).toBe('separated');
      expect(found.temperature / lead).toBeCloseTo(1 / 1024, 9);
      expect(found).not.toHaveProperty('low');
      expect(found.lossAfter).toBeLessThan(1e-4);
      expect(found.lossAfterCrossFitted).toBeLessThan(1e-4);
    }
  });

  it.each(FIT)(
    'is "separated" where targets tie for first place or stand alone (%s, %o)',
    (kernel, Kind) => {
      const tied = fitTemperature(
        fill(Kind, (r, c) => (c === (r + 1) % 3 ? 0 : 1)),
        targets,
        { kernel },
      );
      expect(tied.bound).toBe('separated');
      expect(tied.lossAfter).toBeCloseTo(Math.LN2, 6);
      const alone = fitTemperature(
        fill(Kind, (r, c) => (c === r % 3 ? 1 : -Infinity)),
        targets,
        { kernel },
      );
      expect(alone).toMatchObject({ bound: 'separated', lossBefore: 0, lossAfter: 0 });
    },
  );

  it.each(FIT)(
    'is "no-information" for constant scores, and for targets that score lowest (%s, %o)',
    (kernel, Kind) => {
      for (const score of [
        () => 2,
        (r: number, c: number) => (c === (r + 1) % 3 ? -Infinity : 7),
      ]) {
        const found = fitTemperature(fill(Kind, score), targets, { kernel });
        // Equal scores have no scale.
        expect(found).toMatchObject({ bound: 'no-information', temperature: 1024 });
        expect(found.lossAfter).toBeCloseTo(found.lossBefore, 12);
      }
      const wrong = fitTemperature(
        fill(Kind, (r, c) => (c === r % 3 ? -5 : 0)),
        targets,
        { kernel },
      );
      expect(wrong).toMatchObject({ bound: 'no-information', temperature: 1024 * 2.5 });
      expect(wrong.lossAfter).toBeCloseTo(Math.log(3), 2);
    },
  );

  it('does not charge a mistake what the range allows where the other folds are separated', () => {
    const rows: TestRow[] = Array.from({ length: 300 }, (_, i) => ({
      scores: [i === 7 ? -2 : 2, 0],
      target: 0,
    }));
    const { fit, crossFittedLoss } = fitRefinement(reference, sampleOf(rows))!;
    expect(fit.bound).toBeNull();
    expect(fit.temperature).toBeCloseTo(2 / Math.log(299), 6);
    expect(crossFittedLoss).toBeGreaterThanOrEqual(fit.loss - 1e-12);
    expect(crossFittedLoss).toBeLessThan(fit.lossAtOne);
  });
});

/** Minimum of a convex function of ln β by ternary search: slow, plain, and nothing of ours. */
function naiveBeta(rows: readonly TestRow[]): number {
  let [low, high] = [-10 * Math.LN2, 10 * Math.LN2];
  const loss = (t: number) => naiveLoss(rows, Math.exp(t));
  for (let i = 0; i < 120; i++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

function naiveLoss(rows: readonly TestRow[], beta: number): number {
  let [sum, total] = [0, 0];
  for (const { scores, target, weight = 1 } of rows) {
    const powers = scores.reduce((all, z) => all + Math.exp(beta * (z - scores[target]!)), 0);
    sum += weight * Math.log(powers);
    total += weight;
  }
  return sum / total;
}

describe('a cross-fit', () => {
  it('equals one that fits every fold anew', () => {
    for (const [seed, weighted] of [
      [1, false],
      [2, true],
    ] as const) {
      const rows = noisyRows(160, 4, seed).map((row, i) =>
        weighted ? { ...row, weight: 0.5 + (i % 3) } : row,
      );
      const foldOf = (i: number) => rowHash(i, 0x666f6c64) % 5;
      let [sum, total] = [0, 0];
      for (let k = 0; k < 5; k++) {
        const beta = naiveBeta(rows.filter((_, i) => foldOf(i) !== k));
        const own = rows.filter((_, i) => foldOf(i) === k);
        const weight = own.reduce((all, row) => all + (row.weight ?? 1), 0);
        sum += weight * naiveLoss(own, beta);
        total += weight;
      }
      for (const kernel of kernels) {
        const found = fitRefinement(kernel, sampleOf(rows, 'f64', weighted))!;
        expect(found.crossFittedLoss).toBeCloseTo(sum / total, 7);
        expect(found.fit.beta).toBeCloseTo(naiveBeta(rows), 6);
        expect(found.fit.loss).toBeCloseTo(naiveLoss(rows, naiveBeta(rows)), 12);
      }
    }
  });

  it('is one for samples that are searched in a part of them first', () => {
    const rows = noisyRows(9000, 3, 8);
    const { fit } = fitRefinement(reference, sampleOf(rows))!;
    const slope = columnsOf(reference, rows, 'f64', fit.beta).first.reduce((a, b) => a + b, 0);
    expect(Math.abs(slope / 9000)).toBeLessThan(1e-12);
    expect(fit.temperature).toBeGreaterThan(1.5);
    expect(fit.temperature).toBeLessThan(1.9);
  });
});

describe('for any rows', () => {
  const anyRows = fc
    .tuple(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: 2, max: 6 }))
    .map(([seed, classes]) => noisyRows(60, classes, seed));
  const temperatureOf = (rows: readonly TestRow[]) => fitRefinement(reference, sampleOf(rows))!.fit;

  it('logits times s have β / s, and the same loss there', () => {
    fc.assert(
      fc.property(anyRows, fc.double({ min: 0.05, max: 20, noNaN: true }), (rows, s) => {
        const plain = temperatureOf(rows);
        const scaled = temperatureOf(
          rows.map((row) => ({ ...row, scores: row.scores.map((z) => z * s) })),
        );
        fc.pre(plain.bound === null && scaled.bound === null);
        expect(relative(scaled.beta * s, plain.beta)).toBeLessThan(1e-9);
        expect(scaled.loss).toBeCloseTo(plain.loss, 11);
        expect(relative(scaled.standardError, plain.standardError)).toBeLessThan(1e-8);
      }),
      { numRuns: 30 },
    );
  });

  it('no scale of the logits is out of the range: T goes with it, and refinement does not', () => {
    const factors = fc.oneof(
      fc.constantFrom(1e5, 1e-5, 2 ** 16, 1e3),
      fc.double({ min: -5, max: 5, noNaN: true }).map((power) => 10 ** power),
    );
    fc.assert(
      fc.property(anyRows, factors, fc.constantFrom(...kernels), (rows, factor, kernel) => {
        const fitted = (scale: number) =>
          fitRefinement(
            kernel,
            sampleOf(rows.map((row) => ({ ...row, scores: row.scores.map((z) => z * scale) }))),
          )!;
        const [plain, scaled] = [fitted(1), fitted(factor)];
        expect(scaled.fit.bound).toBe(plain.fit.bound);
        expect(relative(scaled.fit.temperature, plain.fit.temperature * factor)).toBeLessThan(1e-9);
        expect(scaled.fit.loss).toBeCloseTo(plain.fit.loss, 11);
        if (plain.fit.bound === null) {
          expect(scaled.crossFittedLoss).toBeCloseTo(plain.crossFittedLoss, 6);
          expect(relative(scaled.fit.standardError, plain.fit.standardError)).toBeLessThan(1e-8);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('nor is it for the digits in f32', () => {
    const { logits, targets } = readDigits(160);
    const plain = fitTemperature(logits, targets);
    for (const factor of [1e5, 1e-5]) {
      const scaled = fitTemperature(
        logits.map((z) => z * factor),
        targets,
      );
      expect(scaled).not.toHaveProperty('bound');
      expect(relative(scaled.temperature, plain.temperature * factor)).toBeLessThan(1e-6);
      expect(relative(scaled.high!, plain.high! * factor)).toBeLessThan(1e-6);
      expect(relative(scaled.lossAfter, plain.lossAfter)).toBeLessThan(1e-6);
    }
  });

  it('neither masks of large numbers, nor rows far off, nor scores that nearly tie hide a temperature', () => {
    const rows = noisyRows(500, 6, 21);
    const { temperature } = temperatureOf(rows);
    const masked = rows.map(({ scores, target }) => ({ scores: [...scores, -1e9, -1e9], target }));
    expect(relative(temperatureOf(masked).temperature, temperature)).toBeLessThan(1e-9);
    const far = rows.map((row, i) =>
      i % 50 === 0
        ? { ...row, scores: row.scores.map((z, c) => (c === row.target ? 1e7 : z)) }
        : row,
    );
    expect(temperatureOf(far)).toMatchObject({ bound: null });
    const tied = rows.map(({ scores, target }) => {
      const top = Math.max(...scores);
      return { scores: [...scores, top - 1e-7], target };
    });
    expect(temperatureOf(tied)).toMatchObject({ bound: null });
  });

  it('a weight of 2 is a row twice', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const weighted = temperatureOf(
          rows.map((row, i) => ({ ...row, weight: i % 3 === 0 ? 2 : 1 })),
        );
        const doubled = temperatureOf(rows.flatMap((row, i) => (i % 3 === 0 ? [row, row] : [row])));
        fc.pre(weighted.bound === null && doubled.bound === null);
        expect(relative(weighted.beta, doubled.beta)).toBeLessThan(1e-10);
        expect(weighted.loss).toBeCloseTo(doubled.loss, 12);
        expect(weighted.lossAtOne).toBeCloseTo(doubled.lossAtOne, 12);
      }),
      { numRuns: 30 },
    );
  });

  it('no β has less loss than the fitted one', () => {
    fc.assert(
      fc.property(anyRows, fc.double({ min: -6, max: 6, noNaN: true }), (rows, lnBeta) => {
        const { loss, lossAtOne } = temperatureOf(rows);
        expect(loss).toBeLessThanOrEqual(lossAtOne + 1e-12);
        expect(loss).toBeLessThanOrEqual(naiveLoss(rows, Math.exp(lnBeta)) + 1e-10);
      }),
      { numRuns: 30 },
    );
  });
});
