/** What happened over a run whose truth is known: columns of losses and right rows, made by hand. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adviceOf } from '../../src/diagnosis/epoch-advice.js';
import {
  type EpochColumns,
  rememberedPairs,
  thinnedColumns,
} from '../../src/diagnosis/epoch-columns.js';
import { patienceOf } from '../../src/diagnosis/patience.js';
import { findPhases, phaseKind } from '../../src/diagnosis/phases.js';
import { findStretches, Pairs } from '../../src/diagnosis/stretches.js';
import { RowSample } from '../../src/tallies/row-sample.js';
import type { EpochReading, Movement } from '../../src/types/epochs.js';
import type { Readings } from '../../src/types/rows.js';
import { normal, seeded } from '../support/rows.js';

const ROWS = 600;
const CLASSES = 3;
const CLASS: Readings = { loss: 'log_loss', second: 'accuracy' };
const VALUES: Readings = { loss: 'mse', second: 'mae' };

/** An epoch as it is meant to be; parts add up to the loss. */
interface Truth {
  readonly refinement: number;
  readonly scale?: number;
  readonly offsets?: number;
  /** Share of right rows, of all classes or of each; of values the mean error. */
  readonly second: number | readonly number[];
}

/** Rows that differ from each other and little from epoch to epoch; the first of a class are right. */
function columnsOf(
  truth: Truth,
  epoch: number,
  readings = CLASS,
  withOffsets = false,
): EpochColumns {
  const random = seeded(100 + epoch);
  const common = seeded(7);
  const { refinement, scale = 0, offsets = 0, second } = truth;
  const noise = () => 0.02 * normal(random);
  const base = Float64Array.from({ length: ROWS }, () => 0.5 * normal(common));
  const refined = base.map((value) => value + refinement + noise());
  const scales = base.map(() => scale + noise());
  const asIs = refined.map((value, i) => value + scales[i]! + offsets + noise());
  return {
    readings,
    index: Float64Array.from(base, (_, i) => i),
    targets: Float64Array.from(base, (_, i) => i % CLASSES),
    weights: null,
    groups: null,
    losses: readings.loss && {
      asIs,
      refined,
      scale: withOffsets ? scales : asIs.map((value, i) => value - refined[i]!),
    },
    second: Float64Array.from(base, (value, i) => {
      const share = typeof second === 'number' ? second : second[i % CLASSES]!;
      if (readings.second === 'mae') return Math.abs(value) + share + noise();
      return Math.floor(i / CLASSES) < Math.round((share * ROWS) / CLASSES) ? 1 : 0;
    }),
    resolution: 0,
    partResolution: 0,
  };
}

function phasesOf(truths: readonly Truth[], readings = CLASS, withOffsets = false) {
  const columns = truths.map((truth, i) => columnsOf(truth, i, readings, withOffsets));
  const names = columns.map((_, i) => 10 * i);
  const pairs = new Pairs(columns, 0.05, Math);
  const phases = findPhases(pairs, columns, names, (target) => ['cat', 'dog', 'owl'][target]);
  return { phases, columns, names, pairs };
}

const told = (truths: readonly Truth[], readings = CLASS) =>
  phasesOf(truths, readings).phases.map(({ from, to, kind }) => [from, to, kind]);

/** Epochs in between, on a straight line. */
function along(count: number, from: Truth, to: Truth): Truth[] {
  const mix = (a: number, b: number, i: number) => a + ((b - a) * i) / count;
  return Array.from({ length: count + 1 }, (_, i) => ({
    refinement: mix(from.refinement, to.refinement, i),
    scale: mix(from.scale ?? 0, to.scale ?? 0, i),
    second: mix(Number(from.second), Number(to.second), i),
  }));
}

describe('phases', () => {
  it.each([
    ['both-improve', { refinement: 0.5, second: 0.9 }],
    ['loss-falls-accuracy-stands', { refinement: 1, scale: -0.5, second: 0.7 }],
    ['loss-falls-accuracy-falls', { refinement: 0.5, second: 0.5 }],
    ['loss-stands-accuracy-rises', { refinement: 1, second: 0.9 }],
    ['nothing-beyond-chance', { refinement: 1, second: 0.7 }],
    ['loss-stands-accuracy-falls', { refinement: 1, second: 0.5 }],
    ['loss-rises-accuracy-rises', { refinement: 1, scale: 0.5, second: 0.9 }],
    ['loss-rises-accuracy-stands', { refinement: 1, scale: 0.5, second: 0.7 }],
    ['both-worsen', { refinement: 1.5, second: 0.5 }],
  ] as const)('tell %s', (kind, to) => {
    expect(told([{ refinement: 1, second: 0.7 }, to])).toEqual([[0, 10, kind]]);
  });

  it('name every pair of movements, of values with the error', () => {
    const moves: Movement[] = ['up', 'down', 'still'];
    const kinds = (readings: Readings) =>
      new Set(moves.flatMap((a) => moves.map((b) => phaseKind(a, b, readings))));
    expect(kinds(CLASS).size).toBe(9);
    expect(kinds(VALUES).size).toBe(9);
    expect(phaseKind('down', 'down', VALUES)).toBe('both-improve');
    expect(phaseKind('up', 'still', VALUES)).toBe('loss-rises-error-stands');
  });

  it('cut a run where it begins and ends to move', () => {
    const [start, top] = [
      { refinement: 2, second: 0.4 },
      { refinement: 1, second: 0.9 },
    ];
    const surer = { refinement: 1, scale: -0.6, second: 0.9 };
    const tooSure = { refinement: 1, scale: 1, second: 0.9 };
    const run = [
      ...along(3, start, top),
      ...along(3, top, surer).slice(1),
      ...along(3, surer, tooSure).slice(1),
    ];
    expect(told(run)).toEqual([
      [0, 30, 'both-improve'],
      [30, 60, 'loss-falls-accuracy-stands'],
      [60, 90, 'loss-rises-accuracy-stands'],
    ]);
    const texts = phasesOf(run).phases.map(({ text }) => text);
    expect(texts[1]).toContain('growing confidence in what is right, not an error');
    expect(texts[2]).toContain('over-confidence');
  });

  it('find a plateau before a sudden drop, with the classes that lost', () => {
    const falling = (i: number, second: Truth['second']): Truth => ({
      refinement: 2 - 0.1 * i,
      second,
    });
    const shares = [0.9, 0.9, 0.9, [0.6, 0.9, 0.97], [0.6, 0.9, 0.97]];
    const run = shares.map((share, i) => falling(i, share));
    const { phases } = phasesOf(run);
    expect(phases.map(({ from, to, kind }) => [from, to, kind])).toEqual([
      [0, 20, 'loss-falls-accuracy-stands'],
      [20, 30, 'loss-falls-accuracy-falls'],
      [30, 40, 'loss-falls-accuracy-stands'],
    ]);
    const { lost, gained } = phases[1]!.classes!;
    expect(lost).toEqual([expect.objectContaining({ target: 0, name: 'cat', rows: ROWS / 3 })]);
    expect(lost[0]!.delta).toBeCloseTo(-0.3, 6);
    expect(gained.map(({ name }) => name)).toEqual(['owl']);
    expect(phases[1]!.text).toContain('Classes that lost: "cat" (−30.0 points of 200 rows');
    expect(phases[0]).not.toHaveProperty('classes');
  });

  it('say of a gradual fall where most of it lies', () => {
    const seconds = [0.9, 0.86, 0.7, 0.66];
    const { phases } = phasesOf(seconds.map((second) => ({ refinement: 1, second })));
    const fallen = phases.find(({ drop }) => drop !== undefined)!;
    expect(fallen.drop).toMatchObject({ from: 10, to: 20, delta: expect.closeTo(-0.16, 2) });
    expect(fallen.text).toContain('between epochs 10 and 20');
  });

  it('tell offsets from scale where the columns do', () => {
    const run = [
      { refinement: 1, second: 0.9 },
      { refinement: 1, offsets: 0.4, second: 0.7 },
    ];
    const [phase] = phasesOf(run, CLASS, true).phases;
    expect(phase).toMatchObject({ offsets: { movement: 'up' }, scale: { movement: 'still' } });
    expect(phase!.offsets!.delta).toBeCloseTo(0.4, 2);
    expect(phase!.text).toMatch(/what changed is which classes are favoured.*Δscale.*Δoffsets/);
    expect(phasesOf(run).phases[0]).toMatchObject({
      scale: { movement: 'up' },
      offsets: { delta: 0 },
    });
  });

  it('of values speak of errors, of labels alone of accuracy', () => {
    const [values] = phasesOf(
      [
        { refinement: 1, second: 1 },
        { refinement: 1.5, second: 0.5 },
      ],
      VALUES,
    ).phases;
    expect(values).toMatchObject({ kind: 'loss-rises-error-falls', absoluteError: {} });
    expect(values).not.toHaveProperty('classes');
    const labels = phasesOf(
      [
        { refinement: 0, second: 0.5 },
        { refinement: 0, second: 0.8 },
        { refinement: 0, second: 0.6 },
      ],
      { loss: null, second: 'accuracy' },
    ).phases;
    expect(labels.map(({ kind }) => kind)).toEqual(['accuracy-rises', 'accuracy-falls']);
    expect(labels[0]).not.toHaveProperty('loss');
  });

  it('cover every run from first to last, without gap or overlap, no two alike side by side', () => {
    const level = fc.integer({ min: 0, max: 20 });
    const truth = fc.record({ refinement: level, scale: level, second: level });
    fc.assert(
      fc.property(fc.array(truth, { minLength: 1, maxLength: 9 }), (steps) => {
        const run = steps.map(({ refinement, scale, second }) => ({
          refinement: 1 + refinement / 40,
          scale: scale / 40,
          second: 0.5 + second / 50,
        }));
        const { phases, names, columns, pairs } = phasesOf(run);
        expect(phases.length > 0).toBe(run.length > 1);
        if (phases.length === 0) return;
        expect(phases[0]!.from).toBe(0);
        expect(phases[phases.length - 1]!.to).toBe(names[names.length - 1]);
        for (let i = 1; i < phases.length; i++) {
          expect(phases[i]!.from).toBe(phases[i - 1]!.to);
          expect(phases[i]!.kind).not.toBe(phases[i - 1]!.kind);
        }
        for (const { from, to, text } of phases) {
          expect(from).toBeLessThan(to);
          expect(text).not.toMatch(/NaN|undefined/);
        }
        // What is remembered is what is compared.
        const again = new Pairs(columns, 0.05, Math, rememberedPairs());
        expect(findPhases(again, columns, names)).toEqual(findPhases(pairs, columns, names));
        expect(findStretches(columns, names, 0.05, Math, again)).toEqual(
          findStretches(columns, names, 0.05, Math),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('runs in which nothing happens', () => {
  it('are told so in 95 of 100', () => {
    const RUNS = 200;
    let claimed = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = seeded(run + 1);
      const columns = Array.from({ length: 6 }, () => {
        const z = Float64Array.from({ length: 300 }, () => normal(random));
        return {
          ...columnsOf({ refinement: 1, second: 0.8 }, 0),
          index: z.map((_, i) => i),
          targets: z.map((_, i) => i % CLASSES),
          losses: {
            asIs: z,
            refined: z.map((value) => 0.8 * value),
            scale: z.map((value) => 0.2 * value),
          },
          second: z.map((value) => (value + 0.5 * normal(random) < 0.8 ? 1 : 0)),
        };
      });
      const names = columns.map((_, i) => i);
      const phases = findPhases(new Pairs(columns, 0.05, Math), columns, names);
      if (phases.some(({ kind }) => kind !== 'nothing-beyond-chance')) claimed++;
    }
    expect(claimed / RUNS).toBeLessThanOrEqual(0.065);
  });
});

/** Readings of epochs as their columns have them. */
function readingsOf(truths: readonly Truth[]): EpochReading[] {
  return truths.map(({ refinement, scale = 0, second }, i) => ({
    epoch: 10 * i,
    source: `${i}.npy`,
    loss: refinement + scale,
    accuracy: Number(second),
    refinement: { crossFitted: refinement, inSample: refinement },
    calibration: { crossFitted: scale, inSample: scale },
  }));
}

describe('advice', () => {
  const advise = (truths: readonly Truth[]) => {
    const { pairs, phases } = phasesOf(truths);
    return adviceOf({ epochs: readingsOf(truths), pairs, phases, readings: CLASS });
  };

  it('is to stop where the last epoch tells less', () => {
    const { kind, epoch, text, accuracy } = advise([
      { refinement: 1, second: 0.7 },
      { refinement: 0.5, second: 0.9 },
      { refinement: 0.9, second: 0.8 },
    ]);
    expect([kind, epoch]).toEqual(['stop', 10]);
    expect(accuracy!.delta).toBeCloseTo(0.1, 6);
    expect(text).toMatch(
      /^Stop at epoch 10: the loss is 0\.5000 instead of 0\.9000 at the last, epoch 20 \(p < 0\.001\), accuracy \+10\.0 points \(p < 0\.001\)\./,
    );
    expect(text).toContain('which no recalibration mends');
  });

  it('is to stop or to recalibrate where only the scale is off', () => {
    const { kind, text } = advise([
      { refinement: 0.5, second: 0.9 },
      { refinement: 0.5, scale: 0.4, second: 0.9 },
    ]);
    expect(kind).toBe('recalibrate');
    expect(text).toContain('Or recalibrate the last: 0.5000 instead of 0.9000');
  });

  it('does not stand by an epoch that is lowest by chance where another is better for sure', () => {
    const truths = [1, 0.5, 0.8].map((refinement) => ({ refinement, second: 0.8 }));
    const { columns, pairs, names, phases } = phasesOf(truths);
    const epochs = readingsOf(truths).map((epoch, i) => ({ ...epoch, epoch: names[i]! }));
    // As if few rows that no test hears of had made it the lowest.
    const lucky = [{ ...epochs[0]!, loss: 0.4 }, ...epochs.slice(1)];
    const advice = adviceOf({ epochs: lucky, pairs, phases, readings: columns[0]!.readings });
    expect(advice).toMatchObject({ kind: 'stop', epoch: 10 });
    expect(advice.text).toContain(
      '(Epoch 0, the lowest, is not better than the last beyond chance.)',
    );
  });

  it('is to go on, to keep the last, or either', () => {
    const falling = along(2, { refinement: 1, second: 0.7 }, { refinement: 0.5, second: 0.9 });
    expect(advise(falling).kind).toBe('go-on');
    expect(advise([{ refinement: 1, second: 0.7 }]).kind).toBe('last');
    const noise = [1.0001, 1, 1.00005].map((refinement) => ({ refinement, second: 0.7 }));
    expect(advise(noise)).toMatchObject({ kind: 'either', epoch: 10 });
  });
});

describe('patience', () => {
  const patience = (count: number, losses: readonly number[]) => {
    const truths = losses.map((refinement) => ({ refinement, second: 0.8 }));
    const { columns, pairs } = phasesOf(truths);
    return patienceOf(count, readingsOf(truths), columns, pairs);
  };

  it('is over when none of the last epochs is better than the best before', () => {
    expect(patience(2, [1, 0.5, 0.6])).toMatchObject({ isOver: false, best: { epoch: 0 } });
    expect(patience(2, [1, 0.5, 0.6, 0.7])).toMatchObject({ isOver: true, best: { epoch: 10 } });
    expect(patience(2, [1, 0.5, 0.6, 0.4])).toMatchObject({ isOver: false });
    expect(patience(3, [1, 0.5, 0.6])).not.toHaveProperty('best');
  });

  it('takes what is not beyond chance for no progress', () => {
    expect(patience(2, [1, 0.5, 0.49999, 0.49998])).toMatchObject({
      isOver: true,
      text: expect.stringContaining('Keep epoch 10, "1.npy"'),
    });
  });
});

describe('thinned columns', () => {
  it('are those of a thinned sample', () => {
    const sample = new RowSample({ classes: 1, dtype: 'f64', weighted: false, budget: 1 << 20 });
    for (let row = 0; row < ROWS; row++) {
      if (sample.offers(row)) sample.keep(row, 0, 1, Float64Array.of(row));
    }
    const columns = columnsOf({ refinement: 1, second: 0.8 }, 0);
    for (const most of [ROWS, ROWS - 1, 300, 100, 7]) {
      const thinned = thinnedColumns(columns, most);
      expect([...thinned.index]).toEqual([...sample.atMost(most).rows().index]);
      expect(thinned.losses!.refined).toHaveLength(thinned.index.length);
    }
  });
});
