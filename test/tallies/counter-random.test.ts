import { describe, expect, it } from 'vitest';
import { CounterRandom, middle } from '../../src/tallies/counter-random.js';

const DRAWS = 200_000;

describe('CounterRandom', () => {
  it('depends on seed, replicate and index, and on nothing else', () => {
    const bits = (seed: number, replicate: number, index: number) =>
      new CounterRandom(seed, replicate).bits(index);
    const values = [
      bits(0, 0, 0),
      bits(1, 0, 0),
      bits(-1, 0, 0),
      bits(2 ** 32, 0, 0),
      bits(0, 1, 0),
      bits(0, 0, 1),
      bits(0, 0, 2 ** 32),
      bits(0, 0, 2 ** 40),
    ];
    expect(new Set(values).size).toBe(values.length);
    expect(bits(7, 3, 12)).toBe(bits(7, 3, 12));
    // Pinned: saved intervals must be found again by every later version.
    expect(values.slice(0, 2)).toEqual([2976966965, 3540102413]);
  });

  it('is uniform, in every bit and across neighbours, replicates and seeds', () => {
    const streams: ((i: number) => number)[] = [
      (i) => new CounterRandom(0, 0).bits(i),
      (i) => new CounterRandom(0, i).bits(5),
      (i) => new CounterRandom(i, 0).bits(5),
    ];
    for (const draw of streams) {
      const ones = new Float64Array(32);
      let [sum, product, before] = [0, 0, 0.5];
      for (let i = 0; i < DRAWS; i++) {
        const bits = draw(i);
        for (let b = 0; b < 32; b++) ones[b]! += (bits >>> b) & 1;
        const u = bits / 2 ** 32;
        sum += u;
        product += (u - 0.5) * (before - 0.5);
        before = u;
      }
      // Five standard deviations.
      for (const count of ones)
        expect(Math.abs(count / DRAWS - 0.5)).toBeLessThan(2.5 / Math.sqrt(DRAWS));
      expect(Math.abs(sum / DRAWS - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(DRAWS));
      expect(Math.abs(product / DRAWS)).toBeLessThan(5 / 12 / Math.sqrt(DRAWS));
    }
  });

  it('replicates do not go together', () => {
    const [first, second] = [new CounterRandom(0, 0), new CounterRandom(0, 1)];
    let product = 0;
    for (let i = 0; i < DRAWS; i++) product += (first.poisson(i) - 1) * (second.poisson(i) - 1);
    expect(Math.abs(product / DRAWS)).toBeLessThan(5 / Math.sqrt(DRAWS));
  });

  it('draws Poisson variables of mean 1', () => {
    const random = new CounterRandom(11, 4);
    const counts = new Array<number>(14).fill(0);
    for (let i = 0; i < DRAWS; i++) counts[random.poisson(i)]!++;
    let expected = DRAWS / Math.E;
    for (let k = 0; k < 6; k++) {
      expect(Math.abs(counts[k]! - expected), `${k}`).toBeLessThan(5 * Math.sqrt(expected));
      expected /= k + 1;
    }
  });

  it.each([1, 7, 256, 257, 5000, 1e9])('draws what %d Poisson variables add up to', (mean) => {
    const replicates = 4000;
    const values = Array.from({ length: replicates }, (_, r) =>
      new CounterRandom(3, r).poissonSum(9, mean),
    );
    const z = values.map((value) => (value - mean) / Math.sqrt(mean));
    const moment = (k: number) => z.reduce((sum, x) => sum + x ** k, 0) / replicates;
    // Standard errors of moments of a normal variable, five times; small means have longer tails.
    const slack = mean < 10 ? 3 : 1;
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(replicates));
    expect(Math.abs(moment(2) - 1)).toBeLessThan((slack * 5 * Math.SQRT2) / Math.sqrt(replicates));
    expect(Math.abs(moment(3) - 1 / Math.sqrt(mean))).toBeLessThan(
      (slack * 5 * Math.sqrt(15)) / Math.sqrt(replicates),
    );
    for (const value of values) expect(Number.isInteger(value) && value >= 0).toBe(true);
  });
});

describe('middle', () => {
  it('interpolates as numpy.quantile does', () => {
    expect(middle(Float64Array.of(1, 2, 4, 8), 0.5)).toEqual({ low: 1.75, high: 5 });
    expect(middle(Float64Array.of(3), 0.95)).toEqual({ low: 3, high: 3 });
    const infinite = Float64Array.of(1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    expect(middle(infinite, 0.5).high).toBe(Number.POSITIVE_INFINITY);
  });
});
