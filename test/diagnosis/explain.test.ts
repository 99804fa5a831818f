/** What changed over the training of the digits, against SciPy; and rows that tell nothing. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { epochsFiles, explainFiles } from '../../src/index.js';
import { CounterRandom } from '../../src/tallies/counter-random.js';
import type { Change } from '../../src/types/explain.js';
import { digitsFile } from './digits.js';

const json = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const fixture = json('fixtures/digits.json');
const expected = json('../oracles/dumps/expected.json')['digits-epochs'];
const FOLDER = fileURLToPath(new URL('../oracles/dumps/digits-epochs/', import.meta.url));
const labels = `${FOLDER}labels.npy`;
const file = (epoch: number) => FOLDER + digitsFile(epoch);

type Wanted = Record<
  'loss' | 'refinement' | 'calibration' | 'accuracy',
  { delta: number; standardError: number; pValue: number }
> & {
  from: number;
  to: number;
  cells: { rows: number; meanDelta: number; contribution: number }[];
  byClass: number[];
  rose: number[];
};

const CAUSES = {
  '24-70': ['offsets', 'discrimination'],
  '70-160': ['scale', 'offsets', 'discrimination'],
  '20-160': ['offsets', 'discrimination'],
};

describe.each(fixture.changes as Wanted[])('from epoch $from to $to', (wanted) => {
  const name = `${wanted.from}-${wanted.to}` as keyof typeof CAUSES;
  it.each([
    ['simd', 3e-6],
    ['reference', 1e-9],
  ] as const)('the %s kernel finds what SciPy does', async (kernel, bar) => {
    const report = await explainFiles(file(wanted.from), file(wanted.to), { labels, kernel });
    expect(report.verdict).toMatchObject({
      causes: CAUSES[name],
      level: 0.05,
      paradox: name === '70-160',
    });
    expect(report.rows).toMatchObject({ total: 1000, paired: 1000, infinite: 0, fitted: 1000 });
    // Fits without a fold are a step from that of all rows.
    const barOf = (what: string) => (/refinement|calibration/.test(what) ? 3e-4 : bar);
    const near = (found: number, value: number, what: string) =>
      expect(Math.abs(found - value), what).toBeLessThan(
        barOf(what) * Math.max(1, Math.abs(value)),
      );
    for (const part of ['loss', 'refinement', 'calibration', 'accuracy'] as const) {
      const { delta, low, high, pValue } = report[part] as Change;
      near(delta, wanted[part].delta, part);
      near((high - low) / (2 * 1.959963984540054), wanted[part].standardError, part);
      // Far out in the tail, p moves many times as far as z.
      const z = Math.abs(wanted[part].delta) / wanted[part].standardError;
      const off = Math.abs(Math.log(pValue / wanted[part].pValue));
      expect(off, part).toBeLessThan(1e3 * barOf(part) * (1 + z * z));
    }
    report.cells!.forEach((cell, i) => {
      expect(cell.rows).toBe(wanted.cells[i]!.rows);
      near(cell.contribution!, wanted.cells[i]!.contribution, 'cell');
      near(cell.meanDelta!, wanted.cells[i]!.meanDelta, 'cell');
    });
    report.byClass!.forEach(({ lossContribution }, c) => {
      near(lossContribution, wanted.byClass[c]!, 'class');
    });
    expect(report.rose.slice(0, 3).map(({ row }) => row)).toEqual(wanted.rose);
    for (const { identity, residual } of report.identities) {
      expect(Math.abs(residual), identity).toBeLessThan(1e-12);
    }
  });
});

describe('between readings that are the same', () => {
  it('there is no change, and none is claimed', async () => {
    const report = await explainFiles(file(70), file(70), { labels });
    expect(report.verdict).toMatchObject({ causes: [], changed: false });
    for (const part of ['loss', 'accuracy', 'refinement', 'calibration'] as const) {
      expect(report[part]).toMatchObject({ delta: 0, low: 0, high: 0, pValue: 1 });
    }
    expect(report.logTemperatureRatio).toBe(0);
  });
});

describe('the epochs of the digits', () => {
  it('have the loss and accuracy of PyTorch and the refinement of SciPy', async () => {
    const { epochs, fitted, notices } = await epochsFiles([`${FOLDER}epoch-*.npy`], { labels });
    expect(epochs).toHaveLength(32);
    expect(fitted).toBe(1000);
    expect(notices).toEqual([]);
    epochs.forEach((reading, i) => {
      const wanted = fixture.epochs[i];
      expect(reading.epoch).toBe(wanted.epoch);
      expect(expected[i].epoch).toBe(wanted.epoch);
      expect(Math.abs(reading.loss! / expected[i].log_loss - 1)).toBeLessThan(2e-6);
      expect(reading.accuracy).toBe(expected[i].accuracy);
      if (!wanted.isBound) {
        expect(reading.refinement!.inSample).toBeCloseTo(wanted.joint.refinement, 6);
        expect(reading.refinement!.crossFitted).toBeCloseTo(wanted.joint.crossFitted, 3);
        expect(reading.temperature!.value / wanted.joint.temperature).toBeCloseTo(1, 5);
      }
      expect(reading.refinement!.inSample + reading.calibration!.inSample).toBeCloseTo(
        reading.loss!,
        14,
      );
    });
  });

  it('part where the scale got worse while offsets that had cost accuracy went away', async () => {
    const { stretches, best, epochs } = await epochsFiles([`${FOLDER}epoch-*.npy`], { labels });
    const last = stretches.find(({ from, to }) => from >= 60 && to === 160)!;
    expect(last).toMatchObject({
      loss: { movement: 'up' },
      accuracy: { movement: 'still' },
      scale: { movement: 'up' },
    });
    expect(last.causes[0]).toBe('scale');
    expect(last.text).toContain('their scale is worse');
    expect(stretches.some(({ from, to }) => from >= 24 && to <= 60)).toBe(false);
    const of = (by: string) => best.find((choice) => choice.by === by)!;
    expect(of('loss')).toMatchObject({ epoch: 24, cost: { loss: 0 } });
    expect(of('accuracy')).toMatchObject({ epoch: 16, accuracy: 0.951, cost: { accuracy: 0 } });
    const least = Math.min(...epochs.map(({ refinement }) => refinement!.crossFitted));
    expect(of('refinement').refinement).toBe(least);
    for (const { cost } of best)
      for (const value of Object.values(cost)) expect(value).toBeGreaterThanOrEqual(0);
  });
});

describe('the same logits times three, written with five decimals', () => {
  it('are not taken for scores that tell less: the rounding is no change', async () => {
    const random = new CounterRandom(3, 1);
    const normal = (i: number) =>
      Math.sqrt(-2 * Math.log((random.bits(2 * i) + 1) / 2 ** 32)) *
      Math.cos((2 * Math.PI * random.bits(2 * i + 1)) / 2 ** 32);
    const rows = Array.from({ length: 55 }, (_, r) =>
      [0, 1, 2].map((c) => normal(3 * r + c) + (r % 3 === c ? 2 : 0)),
    );
    const folder = mkdtempSync(join(tmpdir(), 'logitscope-rounded-'));
    try {
      const [before, after] = [1, 3].map((scale) => {
        const path = join(folder, `times-${scale}.csv`);
        const lines = rows.map((z, r) => `${z.map((x) => (scale * x).toFixed(5))},${r % 3}`);
        writeFileSync(path, `logit_0,logit_1,logit_2,label\n${lines.join('\n')}\n`);
        return path;
      });
      const report = await explainFiles(before!, after!);
      expect(Math.abs(report.refinement!.delta)).toBeGreaterThan(1e-8);
      expect(report.refinement!.pValue).toBeGreaterThan(0.05);
      expect(report.verdict.causes.filter((cause) => cause !== 'scale')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
