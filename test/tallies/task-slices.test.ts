/** Slices and clusters of values, several labels and labels alone: against NumPy, and whatever the split. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterReport } from '../../src/metrics/cluster-report.js';
import { sliceReport } from '../../src/metrics/slice-report.js';
import { ClusterTally } from '../../src/tallies/cluster-tally.js';
import { SliceTally } from '../../src/tallies/slice-tally.js';
import type { MetricValue } from '../../src/types/report.js';
import type { Readings, ScoredRows } from '../../src/types/rows.js';
import { RowStatus } from '../../src/types/scores.js';
import { LABELS, PAIRS, ROWS, SEVERAL, VALUES, valuesRead, weights } from '../diagnosis/pairs.js';
import { expectClose } from '../support/close.js';
import { deal, splits } from '../support/splits.js';

/** Rows of the fixture's first reading, at these places. */
function rowsAt(readings: Readings, places: readonly number[], weighted: boolean): ScoredRows {
  const { prediction, second, loss } = valuesRead('before');
  const right: number[] = PAIRS.rightBefore;
  const pick = (of: (row: number) => number) => Float64Array.from(places, of);
  const losses =
    readings.loss === 'mse' ? pick((row) => loss[row]!) : pick((row) => 1 - right[row]!);
  return {
    firstRow: places[0] ?? 0,
    scores: {
      count: places.length,
      status: new Uint8Array(places.length).fill(RowStatus.scored),
      // Of labels alone, whether the prediction is the target says whether it is right.
      prediction:
        readings.loss === null ? pick((row) => right[row]!) : pick((row) => prediction[row]!),
      nll: losses,
      loss: losses,
      ...(readings.loss !== null && {
        second:
          readings.second === 'mae' ? pick((row) => second[row]!) : pick((row) => right[row]!),
      }),
    },
    targets: readings.loss === null ? pick(() => 1) : pick((row) => PAIRS.targets[row]),
    weights: weighted ? pick((row) => weights[row]!) : null,
  };
}

const ALL = Array.from({ length: ROWS }, (_, row) => row);
const slicesOf = (readings: Readings, weighted: boolean, places: readonly number[] = ALL) => {
  const tally = new SliceTally('place', weighted, null, readings);
  tally.add(
    rowsAt(readings, places, weighted),
    places.map((row) => PAIRS.by[row]),
  );
  return tally;
};
const clustersOf = (readings: Readings, weighted: boolean, places: readonly number[] = ALL) => {
  const tally = new ClusterTally('patient', weighted, null, readings);
  tally.add(
    rowsAt(readings, places, weighted),
    places.map((row) => `${PAIRS.clusters.few[row]}`),
  );
  return tally;
};

describe.each(['plain', 'weighted'])('slices of %s rows', (name) => {
  const weighted = name === 'weighted';
  const wanted = PAIRS.scored[name].slices;
  const report = (readings: Readings) =>
    sliceReport('place', slicesOf(readings, weighted).slices(), weighted, readings).of;

  it('of values have squared and absolute errors, and no confidence', () => {
    const slices = report(VALUES);
    for (const { value, rows, weight, loss, absoluteError, lossShare, ...rest } of slices) {
      expect(rest).toEqual({});
      expect(rows).toBe(wanted[value].rows);
      expectClose(weight ?? rows, wanted[value].weight);
      expectClose([loss!.value, loss!.low, loss!.high], wanted[value].mse, 'mse');
      const { value: error, low, high } = absoluteError!;
      expectClose([error, low, high], wanted[value].mae, 'mae');
      expectClose(lossShare, wanted[value].share, 'share');
    }
    const shares = slices.map(({ lossShare }) => lossShare!);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });

  it('of several labels have the share of rows that are all right, and no confidence', () => {
    for (const { value, accuracy, loss, confidence } of report(SEVERAL)) {
      const { value: share, low, high } = accuracy!;
      expectClose([share, low, high], wanted[value].right, 'right');
      expect([typeof loss?.value, confidence]).toEqual(['number', undefined]);
    }
  });

  it('of labels alone have an accuracy, the one with most wrong rows first', () => {
    const slices = report(LABELS);
    for (const { value, rows, weight, accuracy, ...rest } of slices) {
      expect(rest).toEqual({});
      expect(rows).toBe(wanted[value].rows);
      expect(weight === undefined).toBe(!weighted);
      const { value: share, low, high } = accuracy!;
      expectClose([share, low, high], wanted[value].right, 'right');
    }
    const wrong = slices.map(({ value }) => wanted[value].wrong);
    expect(wrong).toEqual([...wrong].sort((a, b) => b - a));
  });
});

describe.each(['plain', 'weighted'])('clusters of %s rows', (name) => {
  const weighted = name === 'weighted';
  const wanted = PAIRS.scored[name].clusters;
  const z = 1.959963984540054;
  const report = (readings: Readings, metrics: Record<string, MetricValue>) =>
    clusterReport('patient', clustersOf(readings, weighted).summary(), metrics, readings);

  it('of values widen mse, and with it rmse, and mae', () => {
    const { value: mse, standardError } = wanted.mse;
    const found = report(VALUES, {
      mse: { value: mse, baseline: 9, skill: 0.5 },
      rmse: { value: Math.sqrt(mse), baseline: 3 },
      mae: { value: wanted.mae.value },
      r2: { value: 0.5 },
    });
    const { by, count, largest, ...errors } = found.clusters!;
    expect([by, count]).toEqual(['patient', 8]);
    expect(largest).toBeGreaterThan(ROWS / 8);
    expect(Object.keys(errors)).toEqual(['mse', 'mae']);
    for (const metric of ['mse', 'mae'] as const) {
      expectClose(errors[metric]!.standardError, wanted[metric].standardError, metric);
      expectClose(errors[metric]!.ratio, wanted[metric].ratio, metric);
    }
    expect(Object.keys(found.metrics!)).toEqual(['mse', 'rmse', 'mae']);
    const [low, high] = [mse - z * standardError, mse + z * standardError];
    expect(found.metrics!.mse).toMatchObject({ value: mse, baseline: 9, skill: 0.5 });
    expectClose([found.metrics!.mse!.low, found.metrics!.mse!.high], [low, high]);
    const { rmse } = found.metrics!;
    expectClose([rmse!.low, rmse!.high], [Math.sqrt(low), Math.sqrt(high)]);
    expect(found.notices![0]!.message).toMatch(
      /^The intervals of mse and mae take .* \(8 clusters\): their standard errors are [\d.]+ × and [\d.]+ × those of independent rows\. The interval of rmse is that of mse, by its root\./,
    );
    expect(Object.keys(found.notices![0]!.evidence!)).toEqual(['clusters', 'mseRatio', 'maeRatio']);
  });

  it('of several outputs leave rmse alone, which is a mean of roots', () => {
    const { metrics } = report(VALUES, { mse: { value: 4 }, rmse: { value: 1.9 } });
    expect(Object.keys(metrics!)).toEqual(['mse']);
  });

  it('of labels alone widen accuracy, within 0 and 1', () => {
    const found = report(LABELS, { accuracy: { value: wanted.right.value } });
    expectClose(found.clusters!.accuracy!.standardError, wanted.right.standardError);
    expect(found.clusters!.log_loss).toBeUndefined();
    expect(found.notices![0]!.message).toMatch(
      /^The interval of accuracy takes .*: its standard error is [\d.]+ × that of independent rows\. All other/,
    );
    const sure = new ClusterTally('patient', false, null, LABELS);
    const rows = rowsAt(LABELS, ALL, false);
    sure.add({ ...rows, targets: rows.targets.map(() => 1) }, ALL.map(String));
    const { low, high } = clusterReport(
      'patient',
      sure.summary(),
      { accuracy: { value: 1 } },
      LABELS,
    ).metrics!.accuracy!;
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
  });

  it('of several labels widen exact_match', () => {
    const found = report(SEVERAL, { log_loss: { value: 1 }, exact_match: { value: 0.6 } });
    expectClose(found.clusters!.exact_match!.standardError, wanted.right.standardError);
    expect(Object.keys(found.notices![0]!.evidence!)).toEqual([
      'clusters',
      'logLossRatio',
      'exactMatchRatio',
    ]);
  });
});

describe.each([VALUES, SEVERAL, LABELS])('slices and clusters of $loss and $second', (readings) => {
  it('have the same state, however rows are split, merged and saved', () => {
    const most = 40;
    const rows = ALL.slice(0, most);
    fc.assert(
      fc.property(splits(most), fc.boolean(), fc.boolean(), (split, weighted, isSaved) => {
        for (const tallyOf of [slicesOf, clustersOf]) {
          const merged = tallyOf(readings, weighted, []);
          for (const part of deal(rows, split)) {
            const tally = tallyOf(readings, weighted, []);
            for (const row of part) tally.merge(tallyOf(readings, weighted, [row]) as never);
            if (isSaved) merged.addState(JSON.parse(JSON.stringify(tally)));
            else merged.merge(tally as never);
          }
          expect(JSON.stringify(merged)).toBe(JSON.stringify(tallyOf(readings, weighted, rows)));
        }
      }),
      { numRuns: 60 },
    );
  });
});
