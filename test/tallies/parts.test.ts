import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALIBRATION_BINS, CalibrationBins } from '../../src/tallies/calibration-bins.js';
import { CellIndex } from '../../src/tallies/cell-index.js';
import { ConfusionCells } from '../../src/tallies/confusion-cells.js';
import { RatioMoments, WeightMoments } from '../../src/tallies/ratio-moments.js';

describe('ConfusionCells', () => {
  const pair = fc.tuple(fc.nat(4999), fc.nat(4999), fc.integer({ min: 1, max: 9 }));

  it.each([false, true])(
    'lists the same cells as a Map, in any order (weighted: %s)',
    (weighted) => {
      fc.assert(
        fc.property(fc.array(pair, { maxLength: 60 }), fc.nat(60), (pairs, cut) => {
          const expected = new Map<number, number>();
          const first = new ConfusionCells(5000, weighted);
          const second = new ConfusionCells(5000, weighted);
          pairs.forEach(([target, prediction, weight], i) => {
            const key = target * 5000 + prediction;
            expected.set(key, (expected.get(key) ?? 0) + weight);
            (i < cut ? first : second).add(target, prediction, weight);
          });
          second.merge(ConfusionCells.fromJSON(JSON.parse(JSON.stringify(first)), 5000, weighted));
          const { targets, predictions, weights } = second.entries();
          const sorted = [...expected].sort(([a], [b]) => a - b);
          expect(Array.from(targets, (t, i) => [t * 5000 + predictions[i]!, weights[i]])).toEqual(
            sorted,
          );
        }),
        { numRuns: 200 },
      );
    },
  );

  it('leaves out more cells than its limit, however they are split', () => {
    const fill = (from: number, to: number, weighted: boolean) => {
      const cells = new ConfusionCells(2000, weighted, 3000);
      const count = to - from;
      const targets = Int32Array.from({ length: count }, (_, i) => (from + i) % 1999);
      const predictions = Int32Array.from({ length: count }, (_, i) => (from + i) % 1997);
      cells.addRows(
        targets,
        predictions,
        weighted ? new Float64Array(count).fill(0.5) : null,
        count,
      );
      return cells;
    };
    for (const weighted of [false, true]) {
      const full = fill(0, 3000, weighted);
      expect(full.leftOut).toBe(false);
      expect(full.entries().weights).toHaveLength(3000);
      const over = fill(0, 3001, weighted);
      expect(over.leftOut).toBe(true);
      const merged = fill(0, 1500, weighted);
      merged.merge(fill(1400, 3001, weighted));
      const other = fill(2000, 2500, weighted);
      other.merge(over);
      for (const cells of [over, merged, other]) {
        expect(JSON.stringify(cells)).toBe(
          '{"leftOut":true,"targets":[],"predictions":[],"weights":[]}',
        );
      }
      const read = ConfusionCells.fromJSON(JSON.parse(JSON.stringify(over)), 2000, weighted, 3000);
      read.merge(full);
      expect(read.leftOut).toBe(true);
    }
  });

  it('makes no cell for a row that weighs nothing', () => {
    const cells = new ConfusionCells(2000, true);
    cells.addRows(Int32Array.of(7, 8), Int32Array.of(7, 8), Float64Array.of(0, 2), 2);
    expect(cells.entries().targets).toEqual(Int32Array.of(8));
  });

  it.each([
    ['out of order', { leftOut: false, targets: [1, 0], predictions: [0, 0], weights: [1, 1] }],
    ['twice', { leftOut: false, targets: [1, 1], predictions: [0, 0], weights: [1, 1] }],
    ['out of range', { leftOut: false, targets: [3], predictions: [0], weights: [1] }],
    ['fractional', { leftOut: false, targets: [0], predictions: [0], weights: [0.5] }],
    ['left out though dense', { leftOut: true, targets: [], predictions: [], weights: [] }],
  ])('refuses cells %s', (_, state) => {
    expect(() => ConfusionCells.fromJSON(state, 3, false)).toThrowError(
      expect.objectContaining({ code: 'state-damaged' }),
    );
  });
});

describe('CellIndex', () => {
  it('finds every pair again, through growth and up to its limit', () => {
    const index = new CellIndex(5000);
    for (let i = 0; i < 5000; i++) expect(index.slotOf(i * 52, (i * i) % 262_144)).toBe(i);
    for (let i = 0; i < 5000; i++) expect(index.slotOf(i * 52, (i * i) % 262_144)).toBe(i);
    expect(index.slotOf(1, 1)).toBe(-1);
    expect(index.size).toBe(5000);
  });
});

describe('CalibrationBins', () => {
  /** The bin that a confidence falls into, as the tally finds it. */
  const binOf = (confidence: number) => {
    const bins = new CalibrationBins(false);
    bins.addRows(Float64Array.of(confidence), Float64Array.of(1), null, 1);
    return Array.from({ length: CALIBRATION_BINS }, (_, i) => bins.bin(i).rows).indexOf(1);
  };

  it('puts every edge into the bin above it, and its lower neighbour below', () => {
    for (let i = 1; i < CALIBRATION_BINS; i++) {
      const edge = i / CALIBRATION_BINS;
      const below = edge - 2 ** (Math.floor(Math.log2(edge)) - 52);
      expect(below).toBeLessThan(edge);
      expect([binOf(below), binOf(edge)]).toEqual([i - 1, i]);
    }
  });

  it('agrees with the edges for any confidence', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (confidence) => {
        const bin = binOf(confidence);
        expect(confidence).toBeGreaterThanOrEqual(bin / CALIBRATION_BINS);
        if (bin < 14) expect(confidence).toBeLessThan((bin + 1) / CALIBRATION_BINS);
      }),
    );
  });

  it.each([
    [0, 0],
    [1, 14],
    [1.0005, 14],
  ])('puts %s into bin %s', (confidence, bin) => expect(binOf(confidence)).toBe(bin));
});

describe('RatioMoments', () => {
  it('gives the mean and its standard error, by the two-pass formula', () => {
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    const weight = fc.double({ min: 0.01, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, weight), { minLength: 2 }), (rows) => {
        const moments = new RatioMoments(true);
        const weights = new WeightMoments(true);
        const u = Float64Array.from(rows, ([x, w]) => x * w);
        const v = Float64Array.from(rows, ([, w]) => w);
        moments.addRows(u, v, rows.length);
        weights.addRows(v, rows.length);
        const found = moments.over(weights.totals());
        const total = rows.reduce((sum, [, w]) => sum + w, 0);
        const mean = rows.reduce((sum, [x, w]) => sum + x * w, 0) / total;
        const squares = rows.reduce((sum, [x, w]) => sum + (w * (x - mean)) ** 2, 0);
        expect(found.mean).toBeCloseTo(mean, 12);
        // Differences of sums lose half of the digits where all values are equal.
        expect(Math.abs(found.standardError - Math.sqrt(squares) / total)).toBeLessThan(1e-6);
      }),
    );
  });
});
