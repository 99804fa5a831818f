/** Texts of comparisons, series and slices: what each task has, in tables that line up. */

import { describe, expect, it } from 'vitest';
import { epochColumns, epochsChange } from '../../src/diagnosis/epoch-columns.js';
import { type Explanation, explain } from '../../src/diagnosis/explain.js';
import { renderEpochsText } from '../../src/render/epochs-text.js';
import { renderExplainText } from '../../src/render/explain-text.js';
import { sliceLines } from '../../src/render/slice-text.js';
import { displayWidth } from '../../src/render/table.js';
import type { EpochReading, EpochsReport } from '../../src/types/epochs.js';
import type { ExplainReport } from '../../src/types/explain.js';
import type { RowTask, ScoreReport } from '../../src/types/report.js';
import { LABELS, LINES, pairedOf, ROWS, SEVERAL, sampleOf, VALUES } from '../diagnosis/pairs.js';

const source = (name: string) => ({
  name,
  format: 'csv',
  stored: 'text',
  kind: 'values',
  kindFrom: 'option',
});

function reportOf(task: RowTask, found: Explanation, lists: object = {}): ExplainReport {
  const { readings, fitted, notices, ...changes } = found;
  return {
    schema: 'logitscope.explain/1',
    version: '0',
    kernel: 'simd',
    task,
    ...(task === 'multilabel' && { classes: 5 }),
    before: { source: source('a.csv'), ...readings[0] },
    after: { source: source('b.csv'), ...readings[1] },
    rows: {
      total: ROWS,
      paired: ROWS,
      onlyBefore: 0,
      onlyAfter: 0,
      neither: 0,
      infinite: 0,
      fitted,
    },
    ...changes,
    rose: [],
    fell: [],
    notices,
    ...lists,
  } as unknown as ExplainReport;
}

const parts = { math: Math, level: 0.05 };
const of = { by: true, cluster: 'few' } as const;

function valuesReport(): ExplainReport {
  const paired = pairedOf(VALUES, of);
  const [before, after] = [sampleOf('before', of), sampleOf('after', of)];
  const found = explain({ ...parts, paired, before, after, recalibration: LINES })!;
  return reportOf('regression', found, { rose: paired.rose.rows(), fell: paired.fell.rows() });
}

/** The lines of the table whose head begins so. */
function tableOf(text: string, head: string): string[] {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.trimStart().startsWith(head));
  expect(from, head).toBeGreaterThanOrEqual(0);
  const length = lines.slice(from).indexOf('');
  return lines.slice(from, length < 0 ? undefined : from + length);
}

/** Where the columns of numbers end: each cell of a line ends at one of these. */
function expectAligned(table: readonly string[]): void {
  const ends = (line: string) =>
    [...line.matchAll(/\S(?= {2,}|$)/g)].map(({ index }) => displayWidth(line.slice(0, index + 1)));
  const [head, ...lines] = table;
  const known = new Set(ends(head!));
  for (const line of lines) {
    for (const end of ends(line).slice(1)) expect([...known], line).toContain(end);
  }
}

describe('a comparison of values', () => {
  const report = valuesReport();
  const text = renderExplainText(report);

  it('shows errors, the line and its parts, and nothing of classes', () => {
    expect(text).toMatch(/^a\.csv → b\.csv\n160 paired rows · values · kernel simd\n/);
    const rows = tableOf(text, 'before  ').map((line) => line.slice(0, 16).trim());
    expect(rows.slice(1, -1)).toEqual([
      'squared error',
      '= refinement',
      '+ calibration',
      '= scale',
      '+ offsets',
      'absolute error',
      'slope',
      'intercept',
    ]);
    expect(text).toContain('Refinement: the squared error around the best straight line.');
    expect(text).not.toMatch(/class|accuracy|temperature|confidence|right →|NaN|undefined/);
  });

  it('shows slices and rows, in columns that line up', () => {
    const slices = tableOf(text, 'Slices by place');
    expect(slices).toHaveLength(6);
    expect(slices[0]).toMatch(
      /rows +Δ squared error +95 % interval +p +of Δ squared error +Δ absolute error/,
    );
    expect(slices.join('\n')).toContain('(missing)');
    expectAligned(slices.slice(0, -1));
    expect(slices[5]).toMatch(/not corrected for how many there are/);
    const moved = tableOf(text, 'Rows that moved most');
    expect(moved[0]).toMatch(/target +prediction +squared error before +after$/);
    expect(moved).toHaveLength(7);
    const { rose } = report;
    expect(moved[1]).toContain(`row ${rose[0]!.row}`);
    expect(moved[1]).toContain(rose[0]!.target!.toFixed(4));
  });

  it('says how clusters were taken', () => {
    expect(text).toContain('Note (clustered-errors)');
    expect(text).toContain('Those of slices are of independent rows.');
  });

  it('shows metrics that were asked for', () => {
    const metrics = (value: number) => ({ r2: { value }, per_output: { value: [1, 2] } });
    const { before, after } = report;
    const more = renderExplainText({
      ...report,
      before: { ...before, metrics: metrics(0.5) },
      after: { ...after, metrics: metrics(0.75) },
    });
    expect(more).toMatch(/\nr2 +0\.5000 +0\.7500 +\+0\.2500\n/);
    expect(more).not.toContain('per_output');
  });
});

describe('a comparison of labels alone', () => {
  it('shows accuracy and cells, and nothing of a loss', () => {
    const paired = pairedOf(LABELS, { by: true });
    const none = { before: null, after: null, recalibration: null };
    const text = renderExplainText(reportOf('labels', explain({ ...parts, paired, ...none })!));
    expect(tableOf(text, 'before  ').map((line) => line.slice(0, 10).trim())).toEqual([
      '',
      'accuracy',
    ]);
    const cells = tableOf(text, 'before → after');
    expect(cells[0]).toMatch(/^before → after +rows$/);
    expect(cells).toHaveLength(5);
    expect(tableOf(text, 'Slices by place')[0]).toMatch(/rows +Δ accuracy +95 % interval +p$/);
    expect(text).not.toMatch(
      /the loss (rose|fell)|Δloss|efinement|temperature|Rows that moved|NaN|undefined/,
    );
  });
});

describe('a comparison of several labels', () => {
  it('counts rows with all labels right, and lists rows without a target', () => {
    const paired = pairedOf(SEVERAL, {});
    const [before, after] = [sampleOf('before', {}), sampleOf('after', {})];
    const found = explain({ ...parts, paired, before, after, recalibration: LINES })!;
    const text = renderExplainText(reportOf('multilabel', found, { rose: paired.rose.rows() }));
    expect(text).toContain('160 paired rows × 5 labels');
    expect(tableOf(text, 'before  ').some((line) => line.startsWith('all labels right'))).toBe(
      true,
    );
    expect(tableOf(text, 'Rows that moved most')[0]).toMatch(
      /^Rows that moved most +labels predicted +loss before +after$/,
    );
  });
});

describe('a series', () => {
  const series = (task: RowTask, epochs: readonly object[], more: object = {}): EpochsReport =>
    ({
      schema: 'logitscope.epochs/1',
      version: '0',
      kernel: 'simd',
      task,
      rows: 100,
      fitted: 100,
      level: 0.05,
      epochs: epochs.map((epoch, i) => ({ epoch: i, source: `${i}.csv`, ...epoch })),
      stretches: [],
      phases: [],
      best: [],
      notices: [],
      ...more,
    }) as unknown as EpochsReport;
  const fitted = (value: number) => ({ crossFitted: value, inSample: value });
  const tested = (value: number) => ({
    ...fitted(value),
    value,
    low: value,
    high: value,
    pValue: 1,
  });

  it('of values shows both errors, the line, metrics and slices', () => {
    const slices = (value: number) => ({
      by: 'place',
      of: [
        { value: 'a', rows: 60, loss: { value }, absoluteError: { value: 1 }, lossShare: 0.7 },
        { value: '', rows: 40, loss: { value: 2 }, absoluteError: { value }, lossShare: 0.3 },
      ],
    });
    const epoch = (loss: number): Partial<EpochReading> => ({
      loss,
      absoluteError: loss / 2,
      line: { slope: { value: 0.9 }, intercept: { value: -1 } },
      refinement: fitted(1),
      calibration: fitted(loss - 1),
      parts: {
        refinement: tested(1),
        scale: tested(loss - 1),
        offsets: tested(0),
        residual: 0,
      },
      metrics: { r2: { value: 0.5 } },
      slices: slices(loss),
    });
    const epochs = [epoch(3), epoch(2), epoch(2.5)];
    const text = renderEpochsText(
      series('regression', epochs, {
        best: [
          {
            by: 'loss',
            epoch: 1,
            source: '1.csv',
            loss: 2,
            absoluteError: 1,
            refinement: 1,
            cost: { loss: 0, absoluteError: 0, refinement: 0 },
          },
          {
            by: 'absoluteError',
            epoch: 2,
            source: '2.csv',
            loss: 2.5,
            absoluteError: 1.25,
            refinement: 1,
            cost: { loss: 0.5, absoluteError: 0.25, refinement: 0 },
          },
        ],
        train: epochs.map((one, i) => ({ epoch: i, source: 't.csv', ...one })),
      }),
    );
    expect(text).toContain('100 rows · kernel simd');
    expect(text).toContain('● squared error   ○ absolute error');
    const table = tableOf(text, 'epoch');
    expect(table[0]!.trim().split(/ {2,}/)).toEqual([
      'epoch',
      'squared error',
      'absolute error',
      'refinement',
      'scale',
      'offsets',
      'slope',
      'intercept',
      'r2',
      'train squared error',
      'train absolute error',
      'squared error gap',
      'absolute error gap',
    ]);
    expectAligned(table);
    expect(text).toContain('Nowhere do squared and absolute error part beyond chance.');
    expect(tableOf(text, 'Best epoch by')[0]).toMatch(/squared error +cost +absolute error +cost$/);
    const slicesTable = tableOf(text, 'Slices by place');
    expect(slicesTable[0]).toMatch(/rows +squared error, epoch 0 +squared error, epoch 2/);
    expect(slicesTable[1]).toMatch(/^ {2}a +60 +3\.0000 +2\.5000 +1\.0000 +1\.0000$/);
    expectAligned(slicesTable);
    expect(text).not.toMatch(/class|accuracy|temperature|confidence|NaN|undefined/);
  });

  it('of labels alone shows accuracy, its plot, and no loss', () => {
    const text = renderEpochsText(
      series('labels', [{ accuracy: 0.5 }, { accuracy: 0.75 }], {
        best: [
          { by: 'accuracy', epoch: 1, source: '1.csv', accuracy: 0.75, cost: { accuracy: 0 } },
        ],
      }),
    );
    expect(text).toMatch(/\n +○ accuracy\n0\.7500 │/);
    expect(tableOf(text, 'epoch')).toEqual([
      'epoch  accuracy',
      '    0    0.5000',
      '    1    0.7500',
    ]);
    expect(tableOf(text, 'Best epoch by')).toHaveLength(2);
    expect(text).not.toMatch(/Nowhere|refinement|NaN|undefined/);
  });

  it('tells the change from the first epoch to the last in what programs read', () => {
    const [a, b] = (['before', 'after'] as const).map((which) => {
      const sample = sampleOf(which, {});
      return epochColumns(LINES, sample, LINES.fit(sample), ROWS);
    });
    const change = epochsChange(a!, b!, Math);
    for (const { delta, low, high, pValue } of Object.values(change)) {
      expect(low).toBeLessThan(delta);
      expect(delta).toBeLessThan(high);
      expect(pValue).toBeLessThanOrEqual(1);
    }
  });
});

describe('slices of one dump', () => {
  const lines = (task: string, slices: readonly object[], rows = slices.length) =>
    sliceLines(
      {
        task,
        options: {},
        slices: {
          by: 'place',
          of: Array.from({ length: rows }, (_, i) => slices[i % slices.length]),
        },
      } as unknown as ScoreReport,
      (text) => text,
    );

  it('of values have errors, and no confidence', () => {
    const slice = {
      value: 'a',
      rows: 9,
      loss: { value: 2, low: 1, high: 3 },
      absoluteError: { value: 1 },
      lossShare: 1,
    };
    const [head, line] = lines('regression', [slice]);
    expect(head).toMatch(
      /squared error +95 % interval +absolute error +95 % interval +of the squared error$/,
    );
    expect(line).toMatch(/^ {2}a +9 +2\.0000 +1\.0000 … 3\.0000 +1\.0000 +100\.0 %$/);
  });

  it('of labels alone have an accuracy, most wrong rows first', () => {
    const slice = { value: 'a', rows: 9, accuracy: { value: 0.5, low: 0.25, high: 0.75 } };
    const table = lines('classification', [slice], 30);
    expect(table[0]).toMatch(
      /^The 20 of 30 slices by place with most wrong rows +rows +accuracy +95 % interval$/,
    );
    expectAligned(table.slice(0, -1));
  });
});
