/** What abstaining would be worth: against NumPy, and the same however rows are split. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../src/diagnosis/coverage.js';
import { type CreateScorerOptions, createScorer, scoreArrays } from '../../src/index.js';
import { ReferenceScoreSorter } from '../../src/reference/score-sorter.js';
import type { DiagnosisTally } from '../../src/tallies/diagnosis-tally.js';
import type { Coverage, CoverageReport } from '../../src/types/coverage.js';
import type { Answers, Fitted } from '../../src/types/fitted.js';

interface Case {
  readonly task: 'classification' | 'binary' | 'multilabel';
  readonly columns: number;
  readonly scores: number[];
  readonly targets: number[];
  readonly weights: number[] | null;
  readonly threshold?: number;
  readonly asIs: CoverageReport;
  readonly recalibrated?: CoverageReport;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('fixtures/coverage.json', import.meta.url), 'utf8'),
);

const optionsOf = ({ task, columns, weights, threshold }: Case): CreateScorerOptions => ({
  ...{ task, kind: 'logits', dtype: 'f64', weighted: weights !== null, diagnose: true },
  ...(task !== 'binary' && { classes: columns }),
  ...(threshold !== undefined && { threshold }),
});

function expectNear(found: unknown, wanted: unknown, path: string): void {
  if (typeof wanted === 'number') {
    expect(Math.abs((found as number) - wanted), path).toBeLessThan(1e-9);
  } else if (Array.isArray(wanted)) {
    expect(found, path).toHaveLength(wanted.length);
    wanted.forEach((value, i) => {
      expectNear((found as unknown[])[i], value, `${path}[${i}]`);
    });
  } else {
    for (const [name, value] of Object.entries(wanted as object)) {
      expectNear((found as Record<string, unknown>)[name], value, `${path}.${name}`);
    }
  }
}

describe.each(cases)('coverage of $task of $columns', (one) => {
  const { scores, targets, weights, columns, task, asIs } = one;
  const rows = scores.length / columns;
  const perRow = targets.length / rows;

  it('agrees with NumPy', async () => {
    const scorer = await createScorer(optionsOf(one));
    scorer.add(Float64Array.from(scores), Float64Array.from(targets), weights ?? undefined);
    const { coverage, diagnosis, metrics } = scorer.report();
    expect(coverage).toMatchObject({ rows, of: rows });
    expectNear(coverage!.asIs, asIs, 'asIs');
    expect(metrics.aurc).toEqual({ value: coverage!.asIs.area });
    expect(metrics.e_aurc).toEqual({ value: coverage!.asIs.excess });
    // Of two classes a temperature leaves the order; an offset does not.
    const moves = columns > 2 || diagnosis!.parts!.offsets.inSample !== 0;
    expect(coverage!.recalibrated !== undefined).toBe(moves);
  });

  it('gives the same bits of parts, and of saved states', async () => {
    const whole = await createScorer(optionsOf(one));
    const [a, b] = [await createScorer(optionsOf(one)), await createScorer(optionsOf(one))];
    const cut = Math.floor(rows / 3);
    const add = (scorer: typeof a, from: number, to: number) =>
      scorer.add(
        Float64Array.from(scores.slice(from * columns, to * columns)),
        Float64Array.from(targets.slice(from * perRow, to * perRow)),
        weights?.slice(from, to),
        from,
      );
    add(whole, 0, rows);
    add(b, 0, cut);
    add(a, cut, rows);
    a.mergeState(JSON.parse(JSON.stringify(b)));
    expect(a.report().coverage).toEqual(whole.report().coverage);
    expect(task).toBe(one.task);
  });
});

/** Coverage of rows that are given with their answers. */
function coverageFor(
  rows: readonly { right: number; confidence: number; loss: number }[],
): Coverage {
  const column = (name: 'right' | 'confidence' | 'loss') =>
    Float64Array.from(rows, (row) => row[name]);
  const answers: Answers = {
    confidence: column('confidence'),
    right: column('right'),
    losses: column('loss'),
  };
  const found = {
    answers: (_: unknown, as: string) => (as === 'they are' ? answers : null),
  } as unknown as Fitted;
  const sample = { rows: () => ({ count: rows.length, weights: null }), seen: rows.length };
  const tally = { sample, answers: null, leftOut: 0 } as unknown as DiagnosisTally;
  const readings = { loss: 'log_loss', second: 'accuracy' } as const;
  return coverageOf(tally, found, readings, new ReferenceScoreSorter())!;
}

const row = (right: number, confidence: number) => ({ right, confidence, loss: 1 });

describe('at the ends', () => {
  it('takes the recalibrated confidence and loss from the fit', () => {
    const one = cases[0]!;
    const { recalibrated } = one;
    // At a temperature that is given: dividing the scores beforehand is the same.
    const scores = Float64Array.from(one.scores, (score) => score / 1.7);
    return createScorer(optionsOf(one)).then((scorer) => {
      scorer.add(scores, one.targets);
      expectNear(scorer.report().coverage!.asIs, recalibrated, 'recalibrated');
    });
  });

  it('has a recalibrated order that is the one of scores at the temperature and offsets', async () => {
    const one = cases[0]!;
    const scorer = await createScorer(optionsOf(one));
    scorer.add(Float64Array.from(one.scores), one.targets);
    const { coverage, diagnosis } = scorer.report();
    const divided = await createScorer(optionsOf(one));
    const { temperature, offsets } = diagnosis!;
    const offsetOf = new Map(offsets!.values.map(({ index, value }) => [index, value]));
    divided.add(
      Float64Array.from(
        one.scores,
        (score, i) => score / temperature!.value + (offsetOf.get(i % one.columns) ?? 0),
      ),
      one.targets,
    );
    const { rows, areaAsIs, ...recalibrated } = coverage!.recalibrated!;
    expect(rows).toBe(coverage!.rows);
    // Kernel and sample compute it each in its own way.
    expect(Math.abs(areaAsIs - coverage!.asIs.area)).toBeLessThan(1e-12);
    expectNear(divided.report().coverage!.asIs, recalibrated, 'recalibrated');
  });

  it('has one point of one row', () => {
    const { asIs, summary } = coverageFor([row(1, 0.7)]);
    expect(asIs.curve).toHaveLength(1);
    expect(asIs.curve[0]).toMatchObject({ coverage: 1, threshold: 0.7, accuracy: 1, loss: 1 });
    expect(asIs).toMatchObject({ area: 0, excess: 0 });
    expect(summary[0]).toBe('Every row is right: there is nothing to abstain from.');
  });

  it('reaches nothing where all rows are wrong', () => {
    const { asIs, summary } = coverageFor([row(0, 0.7), row(0, 0.6)]);
    expect(asIs).toMatchObject({ area: 1, excess: 0 });
    expect(asIs.atAccuracy).toEqual([0.9, 0.95, 0.99].map((wanted) => ({ wanted, coverage: 0 })));
    expect(summary[0]).toBe('No row is right: abstaining from some would not help.');
  });

  it('says that equal confidences tell nothing', () => {
    const { asIs, summary } = coverageFor([row(1, 0.7), row(0, 0.7), row(1, 0.7)]);
    expect(asIs.curve.map(({ coverage }) => coverage)).toEqual([1]);
    expect(asIs.area).toBeCloseTo(1 / 3, 15);
    expect(summary[0]).toMatch(/^All rows are equally confident/);
  });

  it('says what it is worth, and where it is worth nothing', () => {
    const rows = (wrong: number) =>
      Array.from({ length: 100 }, (_, i) => row(i >= wrong && i < wrong + 10 ? 0 : 1, 1 - i / 100));
    expect(coverageFor(rows(85)).summary[0]).toBe(
      'Leaving the 20 % least confident rows out raises accuracy from 90 % to 100 %; to reach 99 % answer 85 %.',
    );
    expect(coverageFor(rows(0)).summary[0]).toBe(
      'Leaving the 20 % least confident rows out lowers accuracy from 90 % to 87.5 %.',
    );
  });

  it('takes the threshold there is where ties allow no other', () => {
    const rows = Array.from({ length: 100 }, (_, i) => row(i < 60 ? 1 : 0, i < 50 ? 1 : 0.5));
    expect(coverageFor(rows).summary[0]).toBe(
      'Leaving the 50 % least confident rows out raises accuracy from 60 % to 100 %; to reach 99 % answer 50 %.',
    );
  });

  it('has thresholds that fall and coverages that rise', () => {
    const arbitrary = fc.record({
      right: fc.nat(1),
      confidence: fc.integer({ min: 0, max: 30 }).map((k) => k / 30),
      loss: fc.double({ min: 0, max: 9, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 80 }), (rows) => {
        const { curve, atAccuracy, excess } = coverageFor(rows).asIs;
        curve.forEach((point, i) => {
          expect(point.low <= point.accuracy && point.accuracy <= point.high).toBe(true);
          if (i === 0) return;
          expect(point.threshold).toBeLessThan(curve[i - 1]!.threshold);
          expect(point.coverage).toBeGreaterThan(curve[i - 1]!.coverage);
        });
        for (const reached of atAccuracy) {
          if ('accuracy' in reached)
            expect(reached.accuracy).toBeGreaterThanOrEqual(reached.wanted);
        }
        expect(excess).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('rows without a confidence', () => {
  it('have no coverage', async () => {
    const values = await createScorer({ task: 'regression', diagnose: true });
    values.add(Float64Array.of(1, 2, 3), Float64Array.of(1, 2, 4));
    expect(values.report()).not.toHaveProperty('coverage');
    expect(values.report().metrics).not.toHaveProperty('aurc');
  });
});

describe('rows of infinite loss', () => {
  it('are rows that are wrong, however sure', async () => {
    const mask = Number.NEGATIVE_INFINITY;
    const scores = Float64Array.of(1, 0, mask, 1, 2, 0);
    const report = await scoreArrays(scores, [0, 0, 1], { kind: 'logits', diagnose: true });
    expect(report.coverage).toMatchObject({ rows: 3, of: 3 });
    const last = report.coverage!.asIs.curve.at(-1)!;
    expect(last.accuracy).toBe(report.metrics.accuracy!.value);
    expect(last.loss).toBe(Number.POSITIVE_INFINITY);
  });
});
