/** Rows at a temperature and offsets, and sums of them: the kernel against its twin and finite differences. */

import { describe, expect, it } from 'vitest';
import { TemperReference } from '../../src/reference/temper-reference.js';
import {
  type JointRows,
  type LeaningPoint,
  paddedLength,
  type SumLevel,
  sumsLength,
  type TargetedRows,
  type TemperKernel,
} from '../../src/types/temper.js';
import { normal, seeded } from '../support/rows.js';
import { temperKernels } from './samples.js';

const kernels = await temperKernels();
const reference = new TemperReference();
const FOLDS = 5;

function rowsOf(count: number, classes: number, masked: boolean, seed: number): TargetedRows {
  const random = seeded(seed);
  const targets = Int32Array.from({ length: count }, () => Math.floor(random() * classes));
  const scores = Float64Array.from({ length: count * classes }, (_, i) => {
    const [r, c] = [Math.floor(i / classes), i % classes];
    return masked && c !== targets[r] && (c + r) % 4 === 0 ? -Infinity : 3 * normal(random);
  });
  return { classes, count, scores, targets };
}

function pointsOf(classes: number, seed: number): LeaningPoint[] {
  const random = seeded(seed);
  const vector = () => Float64Array.from({ length: classes }, () => normal(random));
  return Array.from({ length: FOLDS }, (_, k) => ({
    beta: 0.3 + k / 2,
    offsets: k === 2 ? null : vector(),
    lean: k === 3 ? null : vector(),
  }));
}

const foldsOf = (count: number) => Uint8Array.from({ length: count }, (_, r) => (r * 7) % FOLDS);

function columnsAt(kernel: TemperKernel, rows: TargetedRows, stages: LeaningPoint[][]) {
  const found = stages.map(() => ({}) as Record<string, number[]>);
  kernel.runAt(rows, foldsOf(rows.count), stages, (columns, stage, count) => {
    for (const [name, column] of Object.entries(columns)) {
      found[stage]![name] ??= [];
      found[stage]![name]!.push(...(column as Float64Array).subarray(0, count));
    }
  });
  return found;
}

/** The sums without the places of the matrix that nothing is said of. */
function sumsAt(kernel: TemperKernel, rows: TargetedRows, level: SumLevel, cuts: number[]) {
  const { classes } = rows;
  const groups = {
    count: Math.max(2, classes - 2),
    of: Int32Array.from({ length: classes }, (_, c) => Math.max(0, c - 2)),
  };
  if (classes === 2) groups.of.set([0, 1]);
  const length = sumsLength(groups.count, level);
  const sums = new Float64Array(FOLDS * length);
  const point = pointsOf(classes, 5)[1]!;
  const folds = foldsOf(rows.count);
  const weights = Float64Array.from({ length: rows.count }, (_, r) => 0.5 + (r % 3));
  [0, ...cuts].forEach((from, i) => {
    const to = cuts[i] ?? rows.count;
    const part = {
      ...rows,
      count: to - from,
      scores: rows.scores.subarray(from * classes, to * classes),
      targets: rows.targets.subarray(from, to),
    };
    const folded = {
      rows: part,
      folds: folds.subarray(from, to),
      weights: weights.subarray(from, to),
    };
    kernel.sum(folded, { ...point, groups, level }, sums);
  });
  const wide = paddedLength(groups.count);
  return sums.map((value, i) => {
    const at = (i % length) - 8;
    const [row, column] = [Math.floor(at / wide), at % wide];
    const isMatrix = row >= 3 && column > row - 3;
    const isSkipped = level === 3 && row === 2;
    return at >= 0 && (column >= groups.count || isMatrix || isSkipped) ? 0 : value;
  });
}

describe('rows at points by fold', () => {
  it('are those of the reference, for any number of classes, and masks', () => {
    for (const classes of [2, 3, 4, 5, 16, 17, 513]) {
      const rows = rowsOf(23, classes, classes > 4, classes);
      const stages = [pointsOf(classes, 1), pointsOf(classes, 2)];
      const wanted = columnsAt(reference, rows, stages);
      const found = columnsAt(kernels[0]!, rows, stages);
      wanted.forEach((stage, s) => {
        for (const [name, column] of Object.entries(stage)) {
          column.forEach((value, r) => {
            const error = Math.abs(found[s]![name]![r]! - value) / (100 + Math.abs(value));
            expect(error, `${classes} ${name}`).toBeLessThan(1e-12);
          });
        }
      });
    }
  });

  it('have the derivatives of the loss along both', () => {
    const rows = rowsOf(40, 5, false, 3);
    const [point] = pointsOf(5, 4) as [LeaningPoint];
    const h = 1e-5;
    const at = (beta: number, lean: number) => {
      const offsets = point.offsets!.map((b, c) => b + lean * point.lean![c]!);
      const moved = { beta: point.beta + beta, offsets, lean: point.lean };
      return columnsAt(kernels[0]!, rows, [Array.from({ length: FOLDS }, () => moved)])[0]!;
    };
    const here = at(0, 0) as unknown as Record<keyof JointRows, number[]>;
    const slope = (a: Record<string, number[]>, b: Record<string, number[]>, r: number) =>
      (b.loss![r]! - a.loss![r]!) / (2 * h);
    const [left, right, down, up] = [at(-h, 0), at(h, 0), at(0, -h), at(0, h)];
    here.first.forEach((value, r) => {
      expect(value).toBeCloseTo(slope(left, right, r), 6);
      expect(here.lean[r]).toBeCloseTo(slope(down, up, r), 6);
    });
  });
});

describe('sums by fold', () => {
  it.each([0, 1, 2, 3] as const)('are those of the reference at level %d', (level) => {
    for (const classes of [2, 3, 7, 20, 65]) {
      const rows = rowsOf(60, classes, classes > 7, classes);
      const wanted = sumsAt(reference, rows, level, []);
      sumsAt(kernels[0]!, rows, level, []).forEach((value, i) => {
        expect(Math.abs(value - wanted[i]!), `${classes} ${i}`).toBeLessThan(
          1e-11 * (1 + Math.abs(wanted[i]!)),
        );
      });
    }
  });

  it('have the same bits however rows are cut into calls', () => {
    const rows = rowsOf(5000, 9, false, 8);
    const whole = sumsAt(kernels[0]!, rows, 2, []);
    expect(sumsAt(kernels[0]!, rows, 2, [1, 700, 4321])).toEqual(whole);
  });
});
