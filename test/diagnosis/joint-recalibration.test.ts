/** Temperature and offsets fitted together: the table of cases whose truth is known. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ClassRecalibration } from '../../src/diagnosis/class-recalibration.js';
import { rowParts } from '../../src/diagnosis/joint-parts.js';
import { fitRecalibration, recalibrate } from '../../src/index.js';
import type { Fitted } from '../../src/types/fitted.js';
import { rowHash } from '../../src/types/row-hash.js';
import { normal, seeded } from '../support/rows.js';
import { type Dump, sampleOfDump } from './recalibrations.js';
import { temperKernels } from './samples.js';

const kernels = await temperKernels();
const [kernel] = kernels;

/** A class drawn from the softmax of logits. */
function draw(logits: ArrayLike<number>, random: () => number): number {
  const powers = Array.from(logits, (z) => Math.exp(z));
  let left = random() * powers.reduce((a, b) => a + b, 0);
  let target = 0;
  while (target < powers.length - 1 && left > powers[target]!) left -= powers[target++]!;
  return target;
}

function fitOf(dump: Dump, classes: number): Fitted {
  const recalibration = new ClassRecalibration({
    kernel: kernel!,
    math: Math,
    classes,
    dtype: 'f64',
    kind: 'logits',
    eps: 0,
  });
  return recalibration.fit(sampleOfDump(recalibration, dump))!;
}

describe('rows of four classes whose targets are drawn from the model', () => {
  const ROWS = 6000;
  const CLASSES = 4;
  const random = seeded(7);
  const z = Float64Array.from({ length: ROWS * CLASSES }, () => 1.3 * normal(random));
  const targets = Array.from({ length: ROWS }, (_, r) =>
    draw(z.subarray(r * CLASSES, (r + 1) * CLASSES), random),
  );
  const s = [1, 0.3, -0.3, -1];
  const noise = z.map(() => 0.9 * normal(random));
  const of = (change: (value: number, c: number, i: number) => number) => {
    const scores = z.map((value, i) => change(value, i % CLASSES, i));
    return fitOf({ columns: CLASSES, scores, classes: targets }, CLASSES);
  };
  const plain = of((x) => x);
  const near = (found: number, wanted: number, bar = 0.006) =>
    expect(Math.abs(found - wanted)).toBeLessThan(bar);

  it('have neither part as they are', () => {
    near(plain.parts.scale.crossFitted, 0, 0.002);
    near(plain.parts.offsets.crossFitted, 0, 0.002);
    expect(plain.parameters.offsets!.told).toBe(false);
  });

  it('have scale alone at twice the logits, offsets alone with some added, and both', () => {
    const cases = [
      { fit: of((x) => 2 * x), scale: true, offsets: false },
      { fit: of((x, c) => x + s[c]!), scale: false, offsets: true },
      { fit: of((x, c) => 2 * x + s[c]!), scale: true, offsets: true },
    ];
    for (const { fit, scale, offsets } of cases) {
      near(fit.loss, plain.loss, 1e-6);
      expect(fit.parts.scale.crossFitted > 0.05).toBe(scale);
      expect(fit.parts.offsets.crossFitted > 0.05).toBe(offsets);
      expect(fit.parameters.offsets!.told).toBe(offsets);
      if (!scale) near(fit.parts.scale.crossFitted, 0);
      if (!offsets) near(fit.parts.offsets.crossFitted, 0);
    }
    const both = cases[2]!.fit;
    near(both.parameters.temperature!.value, 2, 0.1);
    both.parameters.offsets!.values.forEach(({ value, low, high }, c) => {
      near(value, -s[c]! / 2, 0.1);
      expect(low! < value && value < high!).toBe(true);
    });
    expect(both.parts.residual).toBeLessThan(1e-9);
  });

  it('tell less with noise', () => {
    const noisy = of((x, _, i) => x + noise[i]!);
    expect(noisy.parts.refinement.crossFitted).toBeGreaterThan(plain.parts.refinement.high);
    near(noisy.parts.offsets.crossFitted, 0, 0.002);
  });
});

interface Problem {
  readonly key: number;
  readonly rows: number;
  readonly classes: number;
  readonly scale: number;
  readonly noise: number;
  readonly shift: number;
  readonly weighted: boolean;
  readonly targets: number;
  readonly beta: number;
  readonly loss: number;
  readonly offsets: readonly number[];
}

const PROBLEMS: Problem[] = JSON.parse(
  readFileSync(new URL('fixtures/joint.json', import.meta.url), 'utf8'),
);

/** The rows that make-joint.py draws, to the last bit. */
function rowsOf({ key, rows, classes, scale, noise, shift, weighted }: Problem) {
  const size = rows * classes;
  const uniform = (i: number) => rowHash(i, key) / 2 ** 32;
  const bell = (start: number, i: number) => {
    const at = start + 4 * i;
    return uniform(at) + uniform(at + 1) + uniform(at + 2) + uniform(at + 3) - 2;
  };
  const offset = Array.from({ length: classes }, (_, c) => bell(8 * size, c));
  const added = Array.from({ length: classes }, (_, c) => bell(8 * size + 4 * classes, c));
  const logits = new Float64Array(size);
  const targets = new Int32Array(rows);
  for (let r = 0; r < rows; r++) {
    let top = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      const i = r * classes + c;
      const truth = bell(0, i);
      const value = truth * 4 + bell(4 * size, i) * noise + offset[c]! * shift;
      if (value > top) [targets[r], top] = [c, value];
      logits[i] = truth * (4 * scale) + added[c]! * shift;
    }
  }
  const sampleWeight = weighted
    ? Float64Array.from({ length: rows }, (_, r) => uniform(8 * size + 8 * classes + r) + 0.5)
    : undefined;
  return { logits, targets, sampleWeight };
}

describe('the fit of all parameters', () => {
  it.each(PROBLEMS)('of $classes classes is that of SciPy ($key)', (problem) => {
    const { classes } = problem;
    const { logits, targets, sampleWeight } = rowsOf(problem);
    const counts = new Float64Array(classes);
    for (const target of targets) counts[target]++;
    expect(Math.max(...counts)).toBe(problem.targets);
    const found = fitRecalibration(logits, targets, { classes, sampleWeight, ridge: 0 });
    expect(Math.abs(found.lossAfter - problem.loss)).toBeLessThan(1e-6);
    expect(Math.abs(1 / found.temperature - problem.beta)).toBeLessThan(1e-4);
    problem.offsets.forEach((offset, c) => {
      expect(Math.abs(found.offsets[c]! - offset)).toBeLessThan(1e-4);
    });
    expect(found.parts.residual).toBeLessThanOrEqual(1e-9);
  });

  it.each(PROBLEMS.filter(({ classes }) => classes <= 12))(
    'makes the mean probability of every class its share of the targets ($key)',
    (problem) => {
      const { classes, rows } = problem;
      const { logits, targets, sampleWeight } = rowsOf(problem);
      const counts = new Float64Array(classes);
      for (const target of targets) counts[target]++;
      const { temperature, offsets } = fitRecalibration(logits, targets, {
        classes,
        sampleWeight,
        ridge: 0,
      });
      const scaled = recalibrate(logits, { temperature, offsets });
      const excess = new Float64Array(classes);
      let total = 0;
      for (let r = 0; r < rows; r++) {
        const weight = sampleWeight?.[r] ?? 1;
        total += weight;
        const powers = Array.from(scaled.subarray(r * classes, (r + 1) * classes), Math.exp);
        const sum = powers.reduce((a, b) => a + b, 0);
        powers.forEach((power, c) => {
          excess[c] += weight * (power / sum - (targets[r] === c ? 1 : 0));
        });
      }
      // Classes that share an offset do so together.
      let shared = 0;
      excess.forEach((value, c) => {
        if (counts[c]! < 10) shared += value;
        else expect(Math.abs(value / total)).toBeLessThan(1e-9);
      });
      expect(Math.abs(shared / total)).toBeLessThan(1e-9);
    },
  );
});

describe('the parts of a row', () => {
  it('add up to what it loses, for logits up to ±100', () => {
    const random = seeded(21);
    const classes = 5;
    const rows = 300;
    const scores = Float64Array.from({ length: rows * classes }, () => 200 * random() - 100);
    const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
    const offsets = Float64Array.from({ length: classes }, () => 6 * normal(random));
    for (const kernel of kernels) {
      const own = { classes, count: rows, scores, targets };
      const ends = [{ beta: 0.3, offsets }];
      const parts = rowParts(kernel, { rows: own, folds: null }, ends);
      expect(parts.residual).toBeLessThanOrEqual(1e-9);
      // The share of β by ten thousand steps of the trapezoid rule.
      for (const r of [0, 7, 100]) {
        const z = scores.subarray(r * classes, (r + 1) * classes);
        const slope = (t: number) => {
          const at = Array.from(z, (x, c) => (1 - 0.7 * t) * x + t * offsets[c]!);
          const top = Math.max(...at);
          const powers = at.map((s) => Math.exp(s - top));
          const sum = powers.reduce((a, b) => a + b, 0);
          return powers.reduce((mean, p, c) => mean + (p / sum) * z[c]!, 0) - z[targets[r]!]!;
        };
        const steps = 10_000;
        let integral = (slope(0) + slope(1)) / 2;
        for (let i = 1; i < steps; i++) integral += slope(i / steps);
        expect(parts.scale[r]).toBeCloseTo((0.7 * integral) / steps, 4);
      }
    }
  });
});

describe('rows that tell little', () => {
  const cases: Record<string, { logits: number[][]; targets: number[]; weights?: number[] }> = {
    'one row': { logits: [[1, 0, 2]], targets: [1] },
    'identical rows': {
      logits: Array(40).fill([1, 0, 2]),
      targets: [0, 1, 2, 0, 1, 2, 0, 1, 0, 2, ...Array(30).fill(0)],
    },
    'all rows of one class': {
      logits: Array.from({ length: 30 }, (_, r) => [r % 3, 1]),
      targets: Array(30).fill(1),
    },
    'separable classes': {
      logits: Array.from({ length: 60 }, (_, r) => [
        r % 3 === 0 ? 2 : 0,
        r % 3 === 1 ? 2 : 0,
        r % 3 === 2 ? 2 : 0,
      ]),
      targets: Array.from({ length: 60 }, (_, r) => r % 3),
    },
    'classes that are separable at another threshold': {
      logits: Array.from({ length: 60 }, (_, r) => [0, 3 + (r % 2) + r / 1000]),
      targets: Array.from({ length: 60 }, (_, r) => r % 2),
    },
    'a class without rows': {
      logits: Array.from({ length: 80 }, (_, r) => [r % 2, (r + 1) % 2, 1]),
      targets: Array.from({ length: 80 }, (_, r) => (r % 7 === 0 ? r % 2 : (r + 1) % 2)),
    },
    'more classes than rows': {
      logits: Array.from({ length: 9 }, (_, r) =>
        Array.from({ length: 30 }, (_, c) => (c * r) % 5),
      ),
      targets: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    },
    'weights that differ by much': {
      logits: Array.from({ length: 60 }, (_, r) => [r % 3, (r * 7) % 5]),
      targets: Array.from({ length: 60 }, (_, r) => (r * 11) % 2),
      weights: Array.from({ length: 60 }, (_, r) => (r % 10 === 0 ? 1e6 : 1e-6)),
    },
    'masked classes': {
      logits: Array.from({ length: 60 }, (_, r) => [r % 3, -Infinity, (r * 7) % 5]),
      targets: Array.from({ length: 60 }, (_, r) => 2 * ((r * 11) % 2)),
    },
  };

  it.each(Object.entries(cases))('have a fit without numbers that run away: %s', (_, rows) => {
    const { logits, targets, weights } = rows;
    for (const ridge of [undefined, 0]) {
      const fitted = fitRecalibration(logits, targets, { sampleWeight: weights, ridge });
      expect(fitted.rows).toBe(targets.length);
      for (const offset of fitted.offsets) expect(Math.abs(offset)).toBeLessThan(100);
      expect(fitted.temperature).toBeGreaterThan(0);
      expect(fitted.lossAfter).toBeLessThanOrEqual(fitted.lossBefore * (1 + 1e-9));
      expect(Number.isFinite(fitted.lossAfterCrossFitted)).toBe(true);
      for (const part of ['refinement', 'scale', 'offsets'] as const) {
        expect(Number.isFinite(fitted.parts[part].value), part).toBe(true);
      }
      expect(recalibrate(logits, fitted).some(Number.isNaN)).toBe(false);
    }
  });

  it('say the bound that they are at', () => {
    const bound = (name: string) =>
      fitRecalibration(cases[name]!.logits, cases[name]!.targets).bound;
    expect(bound('separable classes')).toBe('separated');
    expect(bound('classes that are separable at another threshold')).toBe('separated');
  });
});
