/** Changes of values, of several labels and of labels alone, against NumPy and SciPy. */

import { describe, expect, it } from 'vitest';
import { type Explanation, explain } from '../../src/diagnosis/explain.js';
import type { Change } from '../../src/types/explain.js';
import { expectClose } from '../support/close.js';
import {
  LABELS,
  LINES,
  PAIRS,
  type PairedCase,
  pairedOf,
  SEVERAL,
  sampleOf,
  VALUES,
  type WantedChange,
} from './pairs.js';

const CASES: readonly [name: string, of: PairedCase][] = [
  ['plain', {}],
  ['weighted', { weighted: true }],
  ['few', { cluster: 'few' }],
  ['many', { cluster: 'many' }],
  ['weightedFew', { weighted: true, cluster: 'few' }],
];

function explainValues(of: PairedCase): Explanation {
  return explain({
    paired: pairedOf(VALUES, of),
    before: sampleOf('before', of),
    after: sampleOf('after', of),
    recalibration: LINES,
    math: Math,
    level: 0.05,
  })!;
}

function expectChange(found: Change | undefined, wanted: WantedChange, name: string): void {
  const { delta, low, high, pValue } = found!;
  // Where the mean is near 0, it is the rounding of sums of far larger numbers.
  const width = wanted.high - wanted.low;
  for (const [a, b] of [
    [delta, wanted.delta],
    [low, wanted.low],
    [high, wanted.high],
  ] as const) {
    expect(Math.abs(a - b), name).toBeLessThan(1e-9 * width);
  }
  expect(Math.abs(Math.log(pValue / wanted.pValue)), `p of ${name}`).toBeLessThan(1e-8);
}

describe.each(CASES)('changes of values, %s', (name, of) => {
  const found = explainValues(of);
  const wanted = PAIRS.values[name];

  it.each(['loss', 'absoluteError', 'refinement', 'calibration', 'scale', 'offsets'] as const)(
    '%s is what NumPy and SciPy find',
    (part) => expectChange(found[part], wanted[part], part),
  );

  it('says nothing of classes, and its identities hold', () => {
    for (const none of ['accuracy', 'cells', 'byClass', 'logTemperatureRatio']) {
      expect(found).not.toHaveProperty(none);
    }
    expect(found.identities.map(({ identity }) => identity)).toEqual([
      'Δloss = Δrefinement + Δcalibration, over the fitted rows',
      'Δcalibration = Δscale + Δoffsets, over the fitted rows',
    ]);
    for (const { residual } of found.identities) expect(Math.abs(residual)).toBeLessThan(1e-11);
  });

  it('tells of clusters where rows have them', () => {
    if (of.cluster === undefined) {
      expect([found.clusters, found.notices]).toEqual([undefined, []]);
      return;
    }
    const ids: number[] = PAIRS.clusters[of.cluster];
    const sizes = [...new Set(ids)].map((id) => ids.filter((other) => other === id).length);
    expect(found.clusters).toEqual({
      by: 'patient',
      count: sizes.length,
      largest: Math.max(...sizes),
    });
    const codes = found.notices.map(({ code }) => code);
    expect(codes).toEqual(
      of.cluster === 'few' ? ['clustered-errors', 'few-clusters'] : ['clustered-errors'],
    );
  });
});

describe('readings of values', () => {
  it('are the means and lines of both dumps', () => {
    const { readings, fitted } = explainValues({});
    expect(fitted).toBe(PAIRS.targets.length);
    readings.forEach((reading, i) => {
      const [intercept, slope] = PAIRS.line[i === 0 ? 'before' : 'after'];
      expectClose(reading.line!.slope.value, slope);
      expectClose(reading.line!.intercept.value, intercept);
      const { loss, refinement, calibration, parts } = reading;
      expectClose(refinement!.inSample + calibration!.inSample, loss);
      expectClose(parts!.scale.inSample + parts!.offsets.inSample, calibration!.inSample);
      expect(reading).not.toHaveProperty('accuracy');
      expect(reading).not.toHaveProperty('temperature');
    });
    expectClose(
      readings[1].absoluteError! - readings[0].absoluteError!,
      PAIRS.values.plain.absoluteError.delta,
    );
  });
});

describe.each(['plain', 'weighted'])('slices of changes of %s values', (name) => {
  const { slices, loss, identities } = explainValues({ by: true, weighted: name === 'weighted' });

  it('are those of their rows, the one that moved the loss most first', () => {
    const wanted = PAIRS.slices[name];
    expect(slices!.by).toBe('place');
    expect(slices!.of.map(({ value }) => value).sort()).toEqual(Object.keys(wanted).sort());
    for (const slice of slices!.of) {
      const of = wanted[slice.value];
      expect(slice.rows).toBe(of.rows);
      expectClose(slice.weight ?? slice.rows, of.weight);
      expectChange(slice.loss, of.loss, `loss of ${slice.value}`);
      expectChange(slice.absoluteError, of.absoluteError, `error of ${slice.value}`);
      expectClose(slice.lossContribution, of.lossContribution);
    }
    const sizes = slices!.of.map(({ lossContribution }) => Math.abs(lossContribution!));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });

  it('add up to the change of the loss', () => {
    const { residual } = identities.find(({ identity }) => identity.includes('slices'))!;
    expect(Math.abs(residual)).toBeLessThan(1e-12 * Math.abs(loss!.delta));
  });
});

describe.each(CASES)('rows with all labels right, %s', (name, of) => {
  it('change by McNemar’s test, or that of clusters and weights', () => {
    const paired = pairedOf(SEVERAL, of);
    const before = sampleOf('before', of);
    const after = sampleOf('after', of);
    const found = explain({
      paired,
      before,
      after,
      recalibration: LINES,
      math: Math,
      level: 0.05,
    })!;
    const wanted = PAIRS.right[name];
    expectChange(found.accuracy, wanted, 'accuracy');
    expect(found.accuracy).toMatchObject({
      wrongToRight: wanted.wrongToRight,
      rightToWrong: wanted.rightToWrong,
    });
    expect(found.cells!.map(({ rows }) => rows).reduce((a, b) => a + b)).toBe(paired.rows.paired);
    expect(found).not.toHaveProperty('byClass');
    for (const row of paired.rose.rows()) expect(row).not.toHaveProperty('target');
  });
});

describe.each(CASES)('labels alone, %s', (name, of) => {
  it('change by McNemar’s test, or that of clusters and weights, and have no loss', () => {
    const paired = pairedOf(LABELS, { ...of, by: true });
    const found = explain({
      paired,
      before: null,
      after: null,
      recalibration: null,
      math: Math,
      level: 0.05,
    })!;
    expectChange(found.accuracy, PAIRS.right[name], 'accuracy');
    for (const none of ['loss', 'refinement', 'calibration', 'absoluteError', 'byClass']) {
      expect(found).not.toHaveProperty(none);
    }
    for (const cell of found.cells!) expect(Object.keys(cell)).toEqual(['before', 'after', 'rows']);
    for (const slice of found.slices!.of) {
      expect(slice).not.toHaveProperty('loss');
      expect(slice).not.toHaveProperty('lossContribution');
      expect(slice.accuracy!.pValue).toBeGreaterThan(0);
    }
    expect(found.readings.map((reading) => Object.keys(reading))).toEqual([
      ['accuracy'],
      ['accuracy'],
    ]);
    expect([paired.rose.rows(), paired.fell.rows()]).toEqual([[], []]);
    expect(found.fitted).toBe(0);
    expect(found.verdict).toMatchObject({ causes: [], changed: true, paradox: false });
  });
});
