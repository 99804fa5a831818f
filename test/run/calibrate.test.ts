/** Recalibrations of files against SciPy and scikit-learn (fixtures/make-calibration.py), and what applying them writes. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  applyCalibration,
  type CalibrateFileOptions,
  type Calibration,
  calibrateFile,
  encodeNpy,
  fitRecalibration,
  scoreFile,
} from '../../src/index.js';

const known = JSON.parse(
  readFileSync(new URL('fixtures/calibration.json', import.meta.url), 'utf8'),
);
const folder = mkdtempSync(join(tmpdir(), 'logitscope-calibrate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const ROWS = known.targets.length;
const logits = Float64Array.from(known.logits as number[]);
const probabilities = logits.map((_, i) => {
  const row = logits.subarray(i - (i % 3), i - (i % 3) + 3);
  return Math.exp(logits[i]!) / row.reduce((sum, z) => sum + Math.exp(z), 0);
});
const rowsOf = (values: ArrayLike<number>, width: number) =>
  Array.from({ length: values.length / width }, (_, r) =>
    Array.from({ length: width }, (_, c) => values[r * width + c]!),
  );
const table = (header: string, rows: readonly (readonly unknown[])[]) =>
  `${[header, ...rows.map((row) => row.join(','))].join('\n')}\n`;

const site = (r: number) => ['north', '"south, east"'][known.slices[r]]!;
const NAMES = ['cat', 'dog', 'owl'];
writeFileSync(at('logits.npy'), encodeNpy(logits, [ROWS, 3]));
writeFileSync(at('logits32.npy'), encodeNpy(Float32Array.from(logits), [ROWS, 3]));
writeFileSync(at('probabilities.npy'), encodeNpy(probabilities, [ROWS, 3]));
writeFileSync(at('targets.npy'), encodeNpy(Int32Array.from(known.targets)));
writeFileSync(
  at('sites.txt'),
  known.slices.map((s: number) => `${['north', 'south'][s]}\n`).join(''),
);
writeFileSync(
  at('z.csv'),
  table(
    'logit_0,logit_1,logit_2,label',
    rowsOf(logits, 3).map((row, r) => [...row, known.targets[r]]),
  ),
);
writeFileSync(
  at('scans.csv'),
  table(
    'id,p_cat,site,p_dog,p_owl,label',
    rowsOf(probabilities, 3).map(([a, b, c], r) => [
      ...[`r${r}`, a, site(r), b, c, NAMES[known.targets[r]]],
    ]),
  ),
);
writeFileSync(
  at('spam.csv'),
  table(
    'y_score,label',
    known.score.map((p: number, r: number) => [p, known.outcome[r]]),
  ),
);
writeFileSync(
  at('blogit.npy'),
  encodeNpy(Float64Array.from(known.score as number[], (p) => Math.log(p / (1 - p)))),
);
writeFileSync(at('outcome.npy'), encodeNpy(Int32Array.from(known.outcome)));
writeFileSync(at('tags.npy'), encodeNpy(Float64Array.from(known.tags), [ROWS, 2]));
writeFileSync(at('marks.npy'), encodeNpy(Uint8Array.from(known.marks), [ROWS, 2]));
writeFileSync(
  at('prices.csv'),
  table(
    'y_pred,y_true',
    known.values.map((v: number, r: number) => [v, known.measured[r]]),
  ),
);

const LABELS = { labels: at('targets.npy') };
const MARKS = { labels: at('marks.npy'), task: 'multilabel' } as const;

/** Loss of a file as it is scored. */
async function lossOf(name: string, options: Parameters<typeof scoreFile>[1]): Promise<number> {
  const { metrics } = await scoreFile(at(name), { ...options, diagnose: false });
  return (metrics.log_loss ?? metrics.mse)!.value as number;
}

function near(found: readonly number[] | undefined, expected: readonly number[], within = 2e-5) {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(found![i]! - value)).toBeLessThan(within);
  }
}

describe('a fit', () => {
  it.each([
    ['logits', 'logits.npy', LABELS],
    ['logits in a table', 'z.csv', {}],
    ['probabilities', 'scans.csv', {}],
  ])('of %s is that of SciPy', async (_, name, options) => {
    const fitted = await calibrateFile(at(name), options);
    expect(fitted.method).toBe('temperature-and-offsets');
    expect(fitted.fittedOn).toMatchObject({ rows: ROWS, of: ROWS });
    near([fitted.temperature!], [known.fit.temperature]);
    near(fitted.offsets, known.fit.offsets);
    expect(fitted.loss!.after).toBeCloseTo(known.fit.loss, 8);
    expect(fitted.loss!.afterCrossFitted).toBeGreaterThan(fitted.loss!.after);
  });

  it('of the scale alone has no offsets', async () => {
    const fitted = await calibrateFile(at('logits.npy'), { ...LABELS, only: 'scale' });
    near([fitted.temperature!], [known.scale.temperature]);
    expect(fitted).not.toHaveProperty('offsets');
    expect(fitted).not.toHaveProperty('accuracy');
    expect(fitted.loss!.after).toBeCloseTo(known.scale.loss, 8);
  });

  it('by slices is one of each', async () => {
    const fitted = await calibrateFile(at('logits.npy'), { ...LABELS, by: at('sites.txt') });
    expect(fitted).not.toHaveProperty('temperature');
    expect(fitted.slices!.map(({ name }) => name)).toEqual(['north', 'south']);
    fitted.slices!.forEach((slice, s) => {
      near([slice.temperature!], [known.bySlice[s].temperature]);
      near(slice.offsets, known.bySlice[s].offsets, 1e-4);
      expect(slice.loss.after).toBeCloseTo(known.bySlice[s].loss, 8);
    });
  });

  it('of one score is that of two classes', async () => {
    const fitted = await calibrateFile(at('spam.csv'));
    expect(fitted).toMatchObject({ task: 'binary', kind: 'probabilities', classes: 1 });
    near([fitted.temperature!], [known.single.temperature]);
    near(fitted.offsets, [known.single.offset]);
    expect(fitted.loss!.after).toBeCloseTo(known.single.loss, 8);
  });

  it('of labels is one of each', async () => {
    const fitted = await calibrateFile(at('tags.npy'), MARKS);
    near(
      fitted.temperatures,
      known.labels.map((label: { temperature: number }) => label.temperature),
    );
    near(
      fitted.offsets,
      known.labels.map((label: { offset: number }) => label.offset),
    );
    const mean = (known.labels[0].loss + known.labels[1].loss) / 2;
    expect(fitted.loss!.after).toBeCloseTo(mean, 8);
  });

  it('of values is a line', async () => {
    const fitted = await calibrateFile(at('prices.csv'));
    expect(fitted.line!.slope).toBeCloseTo(known.line.slope, 9);
    expect(fitted.line!.intercept).toBeCloseTo(known.line.intercept, 9);
    expect(fitted.loss!.name).toBe('mse');
  });

  it('of a curve is the isotonic regression of scikit-learn', async () => {
    const fitted = await calibrateFile(at('spam.csv'), { isotonic: true });
    expect(fitted).not.toHaveProperty('temperature');
    const { grid, predicted } = known.isotonic;
    writeFileSync(
      at('grid.csv'),
      table(
        'y_score,label',
        grid.map((p: number) => [p, 0]),
      ),
    );
    await applyCalibration(at('grid.csv'), fitted, at('grid-after.csv'));
    const [, ...lines] = readFileSync(at('grid-after.csv'), 'utf8').trim().split('\n');
    near(
      lines.map((line) => Number(line.split(',')[0])),
      predicted,
      1e-12,
    );
  });

  it('on all rows is the same, however few are held', async () => {
    const whole = await calibrateFile(at('scans.csv'), { by: 'site' });
    const many = { by: 'site', fitRows: 'all', memoryBudget: 2 ** 20 } as const;
    expect(await calibrateFile(at('scans.csv'), many)).toEqual(whole);
    const sampled = await calibrateFile(at('scans.csv'), { by: 'site', fitRows: 40 });
    expect(sampled.fittedOn.rows).toBeLessThanOrEqual(80);
    expect(sampled.fittedOn.of).toBe(ROWS);
  });

  it('is the same on several threads', async () => {
    const alone = await calibrateFile(at('logits.npy'), { ...LABELS, threads: 1 });
    const spread = { ...LABELS, threads: 2, stripeBytes: 1024 };
    expect(await calibrateFile(at('logits.npy'), spread)).toEqual(alone);
  });

  it('reads a long dump again for all of its rows', async () => {
    const rows = 70_000;
    const long = Float32Array.from({ length: 2 * rows }, (_, i) => Math.sin(i * i) * 3);
    writeFileSync(at('long.npy'), encodeNpy(long, [rows, 2]));
    writeFileSync(
      at('long-y.npy'),
      encodeNpy(
        Uint8Array.from({ length: rows }, (_, r) =>
          long[2 * r]! + 2 * Math.sin(r ** 3) < long[2 * r + 1]! ? 1 : 0,
        ),
      ),
    );
    const options = { labels: at('long-y.npy'), only: 'scale' } as const;
    const all = await calibrateFile(at('long.npy'), { ...options, fitRows: 'all' });
    expect(all.fittedOn).toMatchObject({ rows, of: rows });
    const sampled = await calibrateFile(at('long.npy'), options);
    expect(sampled.fittedOn.rows).toBeLessThan(rows);
    await applyCalibration(at('long.npy'), all, at('long-after.npy'));
    const loss = await lossOf('long-after.npy', { labels: at('long-y.npy') });
    expect(loss).toBeCloseTo(all.loss!.after, 6);
  });
});

describe('applying a fit', () => {
  it.each<[string, string, string, CalibrateFileOptions]>([
    ['logits', 'logits.npy', 'out.npy', LABELS],
    ['f32 logits', 'logits32.npy', 'out32.npy', LABELS],
    ['probabilities in a table', 'scans.csv', 'out.csv', {}],
    ['slices of a table', 'scans.csv', 'sites.csv', { by: 'site' }],
    ['one score', 'spam.csv', 'spam-out.csv', {}],
    [
      'the logit of one score',
      'blogit.npy',
      'blogit-out.npy',
      { labels: at('outcome.npy'), task: 'binary' },
    ],
    ['a curve', 'spam.csv', 'curve.csv', { isotonic: true }],
    [
      'a curve of logits',
      'blogit.npy',
      'curve.npy',
      { labels: at('outcome.npy'), task: 'binary', isotonic: true },
    ],
    ['labels', 'tags.npy', 'tags-out.npy', MARKS],
    ['temperatures of labels', 'tags.npy', 'tags-scale.npy', { ...MARKS, only: 'scale' }],
    ['values', 'prices.csv', 'prices-out.csv', {}],
  ])('to %s gives the loss that was promised', async (_, name, out, options) => {
    const fitted: Calibration = JSON.parse(JSON.stringify(await calibrateFile(at(name), options)));
    const { by, labels, task } = options;
    const applied = await applyCalibration(at(name), fitted, at(out), { by });
    expect(applied.rows).toBe(ROWS);
    const loss = await lossOf(out, { labels, task });
    const promised = fitted.slices
      ? fitted.slices.reduce((sum, slice) => sum + slice.rows * slice.loss.after, 0) / ROWS
      : fitted.loss!.after;
    expect(loss).toBeCloseTo(promised, name.includes('32') ? 6 : 10);
  });

  it('keeps number format, rows and the other columns', async () => {
    const fitted = await calibrateFile(at('logits32.npy'), LABELS);
    expect((await applyCalibration(at('logits32.npy'), fitted, at('a.npy'))).stored).toBe('f32');
    const header = readFileSync(at('a.npy')).subarray(10, 80).toString('latin1');
    expect(header).toContain("'descr': '<f4'");
    expect(header).toContain(`'shape': (${ROWS}, 3)`);
    const table = await calibrateFile(at('scans.csv'));
    await applyCalibration(at('scans.csv'), table, at('a.csv'));
    const lines = readFileSync(at('a.csv'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(1 + ROWS);
    expect(lines[0]).toBe('id,p_cat,site,p_dog,p_owl,label');
    const south = 1 + known.slices.indexOf(1);
    expect(lines[south]).toMatch(/^r\d+,0\.\d+,"south, east",0\.\d+,0\.\d+,(cat|dog|owl)$/);
  });

  it('goes from every format to every other', async () => {
    const fitted = await calibrateFile(at('z.csv'));
    for (const name of ['one.npz', 'one.npy', 'one.csv']) {
      await applyCalibration(at('z.csv'), fitted, at(name));
    }
    for (const name of ['one.npz', 'one.npy']) {
      for (const ending of ['npz', 'npy', 'csv']) {
        // T = 1 without offsets leaves scores as they are.
        const same = { ...fitted, temperature: 1, offsets: [0, 0, 0] };
        await applyCalibration(at(name), same, at(`two.${ending}`));
        expect(await lossOf(`two.${ending}`, LABELS)).toBe(await lossOf('one.npy', LABELS));
      }
    }
    expect(await lossOf('one.csv', {})).toBe(await lossOf('one.npy', LABELS));
  });

  it('keeps axes, and the other members of an archive', async () => {
    const shape = [2, ROWS / 2, 3];
    writeFileSync(at('axes.npy'), encodeNpy(logits, shape));
    const fitted = await calibrateFile(at('logits.npy'), LABELS);
    await applyCalibration(at('axes.npy'), fitted, at('axes-after.npy'));
    const header = readFileSync(at('axes-after.npy')).subarray(10, 80).toString('latin1');
    expect(header).toContain(`'shape': (${shape.join(', ')})`);
    const archive = new URL('../oracles/dumps/digits.npz', import.meta.url).pathname;
    const own = await calibrateFile(archive);
    await applyCalibration(archive, own, at('archive.npz'));
    expect(await lossOf('archive.npz', {})).toBeCloseTo(own.loss!.after, 6);
  });

  it('normalises log-probabilities again', async () => {
    writeFileSync(at('log.npy'), encodeNpy(probabilities.map(Math.log), [ROWS, 3]));
    const fitted = await calibrateFile(at('log.npy'), LABELS);
    expect(fitted.kind).toBe('log-probabilities');
    await applyCalibration(at('log.npy'), fitted, at('log-after.npy'));
    const { metrics, source } = await scoreFile(at('log-after.npy'), LABELS);
    expect(source.kind).toBe('log-probabilities');
    expect(metrics.log_loss!.value).toBeCloseTo(fitted.loss!.after, 10);
  });

  it('leaves masked classes masked, and says how many rows had such a target', async () => {
    const masked = logits.map((z, i) => (i % 21 === 0 ? Number.NEGATIVE_INFINITY : z));
    writeFileSync(at('masked.npy'), encodeNpy(masked, [ROWS, 3]));
    const fitted = await calibrateFile(at('masked.npy'), LABELS);
    const lost = known.targets.filter((y: number, r: number) => y === 0 && r % 7 === 0).length;
    expect(fitted.fittedOn).toMatchObject({ of: ROWS - lost, leftOut: lost });
    await applyCalibration(at('masked.npy'), fitted, at('masked-after.csv'));
    const [, row] = readFileSync(at('masked-after.csv'), 'utf8').split('\n');
    expect(row).toMatch(/^-inf,/);
  });

  it('takes what arrays were fitted on', async () => {
    const fitted = fitRecalibration(rowsOf(logits, 3), known.targets);
    await applyCalibration(at('logits.npy'), fitted, at('arrays.npy'));
    expect(await lossOf('arrays.npy', LABELS)).toBeCloseTo(fitted.lossAfter, 10);
    await applyCalibration(at('scans.csv'), fitted, at('arrays.csv'));
    expect(await lossOf('arrays.csv', {})).toBeCloseTo(fitted.lossAfter, 8);
  });

  it('leaves nothing behind where it fails', async () => {
    const fitted = await calibrateFile(at('z.csv'));
    const broken = readFileSync(at('z.csv'), 'utf8').split('\n');
    broken[100] = broken[100]!.replace(/^[^,]*/, 'nan');
    writeFileSync(at('broken.csv'), broken.join('\n'));
    const run = (invalid: 'error' | 'skip') =>
      applyCalibration(at('broken.csv'), fitted, at('never.csv'), { invalid });
    await expect(run('error')).rejects.toMatchObject({ code: 'invalid-rows' });
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
    await run('skip');
    const lines = readFileSync(at('never.csv'), 'utf8').split('\n');
    expect(lines[100]).toBe(broken[100]);
    expect(lines[101]).not.toBe(broken[101]);
  });
});

describe('refused', () => {
  it.each<[string, string, CalibrateFileOptions, string]>([
    ['a curve of classes', 'z.csv', { isotonic: true }, 'no-such-option-here'],
    ['a temperature of values', 'prices.csv', { only: 'scale' }, 'no-such-option-here'],
    ['a curve and a scale', 'spam.csv', { isotonic: true, only: 'scale' }, 'bad-option'],
    ['labels alone', 'words.csv', {}, 'no-recalibration'],
  ])('%s', async (_, name, options, code) => {
    writeFileSync(
      at('words.csv'),
      table('y_pred,label', [
        ['cat', 'cat'],
        ['dog', 'cat'],
      ]),
    );
    await expect(calibrateFile(at(name), options)).rejects.toMatchObject({ code });
  });

  it.each<[string, string, string, object, string]>([
    ['another kind', 'probabilities.npy', 'x.npy', {}, 'other-kind'],
    ['one score per row', 'spam.csv', 'x.csv', {}, 'other-task'],
    ['other classes', 'tags.npy', 'x.npy', {}, 'other-classes'],
    ['slices that were not asked for', 'z.csv', 'x.csv', { by: 'label' }, 'no-slices'],
    ['an ending', 'z.csv', 'x.txt', {}, 'out-format'],
    ['its own input', 'z.csv', 'z.csv', {}, 'same-file'],
    ['a folder that is not there', 'z.csv', 'nowhere/x.csv', {}, 'cannot-write'],
  ])('%s', async (_, name, out, options, code) => {
    const fitted = await calibrateFile(at('z.csv'));
    await expect(applyCalibration(at(name), fitted, at(out), options)).rejects.toMatchObject({
      code,
    });
  });

  it('classes in another order, or of other names', async () => {
    const fitted = await calibrateFile(at('scans.csv'));
    const [, ...rows] = readFileSync(at('scans.csv'), 'utf8').trim().split('\n');
    for (const names of ['p_dog,site,p_cat,p_owl', 'p_cat,site,p_dog,p_elk']) {
      writeFileSync(
        at('names.csv'),
        `id,${names},label\n${rows.join('\n').replaceAll('owl', 'cat')}\n`,
      );
      await expect(applyCalibration(at('names.csv'), fitted, at('x.csv'))).rejects.toMatchObject({
        code: 'other-classes',
      });
    }
  });

  it('slices that are not known, by name', async () => {
    const fitted = await calibrateFile(at('scans.csv'), { by: 'site' });
    const run = applyCalibration(at('scans.csv'), fitted, at('x.csv'), { by: 'label' });
    await expect(run).rejects.toThrow(
      /row 0: .*no fit for the slice.*found "(cat|dog|owl)".*"north"/,
    );
    await expect(applyCalibration(at('scans.csv'), fitted, at('x.csv'))).rejects.toThrow(/--by/);
  });

  it.each<[string, object]>([
    ['no schema', { schema: undefined }],
    ['no task', { task: 'translation' }],
    ['a temperature of 0', { temperature: 0 }],
    ['a temperature in words', { temperature: 'hot' }],
    ['too few offsets', { offsets: [1, -1] }],
    ['offsets of NaN', { offsets: [1, 'NaN', -1] }],
    ['a method of another task', { method: 'line' }],
    ['slices without parameters', { slices: [{ name: 'a' }] }],
    ['classes', { classes: 2.5 }],
    ['class names', { classNames: 'cat' }],
  ])('a file with %s', async (_, damage) => {
    const fitted = { ...(await calibrateFile(at('z.csv'))), ...damage };
    await expect(applyCalibration(at('z.csv'), fitted, at('x.csv'))).rejects.toMatchObject({
      code: 'bad-calibration',
    });
  });
});
