/** Series of dumps of values and of labels alone: columns, stretches, best epochs and changes. */

import { describe, expect, it } from 'vitest';
import { bestEpochs } from '../../src/diagnosis/best-epochs.js';
import {
  commonColumns,
  comparePair,
  type EpochColumns,
  epochColumns,
  epochsChange,
} from '../../src/diagnosis/epoch-columns.js';
import { mcnemarTest } from '../../src/diagnosis/paired-tests.js';
import type { Recalibration } from '../../src/diagnosis/recalibration.js';
import { findStretches } from '../../src/diagnosis/stretches.js';
import { RowSample } from '../../src/tallies/row-sample.js';
import type { EpochReading } from '../../src/types/epochs.js';
import { normal, seeded } from '../support/rows.js';
import { LABELS, LINES, PAIRS, sampleOf } from './pairs.js';

const ROWS = 400;
const random = seeded(11);
const truth = Array.from({ length: ROWS }, () => 5 + 2 * normal(random));
const noise = Array.from({ length: ROWS }, () => normal(random));
/** Errors of many rows, and of few that are large. */
const large = truth.map((_, row) => (row % 10 === 0 ? 7 : 0));

/** Predictions that a straight line maps to the truth but for noise. */
function columnsOf(slope: number, error: number, far = 0, most = ROWS): EpochColumns {
  const sample = new RowSample({ classes: 2, dtype: 'f64', weighted: false, budget: 1 << 20 });
  truth.forEach((y, row) => {
    const seen = y + error * noise[row]! + far * large[row]!;
    if (sample.offers(row)) {
      sample.keep(row, 0, 1, Float64Array.of(5 + (seen - 5) * slope, y));
    }
  });
  return epochColumns(LINES, sample, LINES.fit(sample), most);
}

describe('stretches of values', () => {
  const stretchesOf = (...columns: EpochColumns[]) =>
    findStretches(
      columns,
      columns.map((_, i) => 10 * i),
      0.05,
      Math,
    );

  it('are none where squared and absolute error rise or fall together', () => {
    expect(stretchesOf(columnsOf(1, 0.5), columnsOf(1, 2), columnsOf(1, 0.5))).toEqual([]);
    expect(stretchesOf(columnsOf(1, 0.5), columnsOf(1, 0.5))).toEqual([]);
  });

  it('are where few errors grow large and the others small', () => {
    const [stretch, ...others] = stretchesOf(columnsOf(1, 1.5), columnsOf(1, 0.3, 1));
    expect(others).toEqual([]);
    expect(stretch).toMatchObject({
      from: 0,
      to: 10,
      loss: { movement: 'up' },
      absoluteError: { movement: 'down' },
    });
    expect(stretch).not.toHaveProperty('accuracy');
    expect(stretch!.text).toMatch(
      /^From epoch 0 to 10 the mean squared error went up by [\d.]+ \(p .*\) while the mean absolute error went down by [\d.]+ \(p/,
    );
    expect(stretch!.text).not.toMatch(/confidence|scores|temperature/);
  });

  it('lay a change of the slope to calibration alone', () => {
    const [a, b] = [columnsOf(1, 0.2), columnsOf(1.6, 0.2)];
    const { refinement, calibration } = comparePair(a, b, Math);
    expect(Math.abs(refinement!.mean)).toBeLessThan(1e-9);
    expect(calibration!.pValue).toBeLessThan(1e-6);
  });
});

describe('columns of an epoch', () => {
  it('hold targets as numbers, and the rows that all epochs have', () => {
    const whole = columnsOf(1, 1);
    expect([...whole.targets]).toEqual(truth);
    const some = columnsOf(1, 2, 0, 150);
    expect(some.index.length).toBeLessThanOrEqual(150);
    const common = commonColumns([whole, some]);
    expect(common.map(({ index }) => [...index])).toEqual([[...some.index], [...some.index]]);
    expect([...common[0]!.targets]).toEqual([...some.targets]);
    expect(common[0]!.losses!.refined).toHaveLength(some.index.length);
  });

  it('test their changes by clusters where rows have them', () => {
    const of = { cluster: 'few' } as const;
    const [was, is] = (['before', 'after'] as const).map((which) => {
      const sample = sampleOf(which, of);
      return epochColumns(LINES, sample, LINES.fit(sample), 1000);
    });
    const change = epochsChange(was!, is!, Math);
    expect(Object.keys(change)).toEqual([
      'loss',
      'absoluteError',
      'refinement',
      'calibration',
      'scale',
      'offsets',
    ]);
    for (const part of ['loss', 'absoluteError', 'refinement', 'calibration'] as const) {
      const wanted = PAIRS.values.few[part];
      expect(change[part]!.delta).toBeCloseTo(wanted.delta, 9);
      expect(Math.abs(Math.log(change[part]!.pValue / wanted.pValue)), part).toBeLessThan(1e-8);
    }
  });
});

describe('labels alone', () => {
  const labels: Recalibration = {
    readings: LABELS,
    width: 2,
    fit: () => null,
    fitAll: () => null,
    second: ({ count, scores }) =>
      Float64Array.from({ length: count }, (_, r) => (scores[2 * r] === scores[2 * r + 1] ? 1 : 0)),
    targets: ({ count, scores }) =>
      Float64Array.from({ length: count }, (_, r) => scores[2 * r + 1]!),
  };
  const columnsOfRight = (right: readonly number[]) => {
    const sample = new RowSample({ classes: 2, dtype: 'f64', weighted: false, budget: 1 << 20 });
    right.forEach((isRight, row) => {
      if (sample.offers(row)) sample.keep(row, 0, 1, Float64Array.of(isRight, 1));
    });
    return epochColumns(labels, sample, null, 1000);
  };
  const [was, is] = [columnsOfRight(PAIRS.rightBefore), columnsOfRight(PAIRS.rightAfter)];

  it('have no stretches, and a change of accuracy by McNemar’s test', () => {
    expect(findStretches([was, is], [1, 2], 0.05, Math)).toEqual([]);
    const { wrongToRight, rightToWrong, delta } = PAIRS.right.plain;
    const change = epochsChange(was, is, Math);
    expect(Object.keys(change)).toEqual(['accuracy']);
    expect(change.accuracy!.delta).toBeCloseTo(delta, 12);
    expect(change.accuracy!.pValue).toBe(mcnemarTest(wrongToRight, rightToWrong).pValue);
  });
});

describe('the best epochs', () => {
  const epoch = (number: number, reading: Partial<EpochReading>): EpochReading => ({
    epoch: number,
    source: `${number}.npy`,
    ...reading,
  });
  const refinement = (crossFitted: number) => ({ refinement: { crossFitted, inSample: 0 } });

  it('of values are those of least squared error, absolute error and refinement', () => {
    const best = bestEpochs([
      epoch(1, { loss: 4, absoluteError: 1.5, ...refinement(2) }),
      epoch(2, { loss: 5, absoluteError: 1, ...refinement(3) }),
      epoch(3, { loss: 6, absoluteError: 2, ...refinement(1.5) }),
    ]);
    expect(best.map(({ by, epoch: at, cost }) => [by, at, cost])).toEqual([
      ['loss', 1, { loss: 0, absoluteError: 0.5, refinement: 0.5 }],
      ['absoluteError', 2, { loss: 1, absoluteError: 0, refinement: 1.5 }],
      ['refinement', 3, { loss: 2, absoluteError: 1, refinement: 0 }],
    ]);
  });

  it('of labels alone is the one of highest accuracy, the first of equals', () => {
    const best = bestEpochs([1, 2, 3].map((n) => epoch(n, { accuracy: n === 1 ? 0.5 : 0.75 })));
    expect(best).toEqual([
      { by: 'accuracy', epoch: 2, source: '2.npy', accuracy: 0.75, cost: { accuracy: 0 } },
    ]);
  });
});
