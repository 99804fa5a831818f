/** The diagnosis of rows of any task: the same from batches, threads and saved states, and on all rows. */

import { describe, expect, it } from 'vitest';
import { ClassRecalibration } from '../../src/diagnosis/class-recalibration.js';
import { LabelRecalibration } from '../../src/diagnosis/label-recalibration.js';
import { MultilabelRecalibration } from '../../src/diagnosis/multilabel-recalibration.js';
import type { ShapedRecalibration } from '../../src/diagnosis/recalibration.js';
import { ValueRecalibration } from '../../src/diagnosis/value-recalibration.js';
import { ReferenceScoreSorter } from '../../src/reference/score-sorter.js';
import { TemperReference } from '../../src/reference/temper-reference.js';
import { diagnosisLines, worstRowLines } from '../../src/render/diagnosis-text.js';
import { style } from '../../src/render/style.js';
import { fitAllRows } from '../../src/run/fit-all-rows.js';
import { DiagnosisPart, type DiagnosisPartOptions } from '../../src/run/parts/diagnosis-part.js';
import type { Diagnosis } from '../../src/types/diagnosis.js';
import type { ScoredRows } from '../../src/types/rows.js';
import type { PartFacts } from '../../src/types/scorer-part.js';
import { normal, seeded } from '../support/rows.js';
import { batchOf, type Dump, fitRows } from './recalibrations.js';

const ROWS = 3000;
const sorter = new ReferenceScoreSorter();
const FACTS: PartFacts = { metrics: {}, support: null, uniformLogLoss: Math.LN2 };
const plainStyle = style(false);

interface Task {
  readonly recalibration: ShapedRecalibration;
  readonly scores: DiagnosisPartOptions['scores'];
  readonly dump: Dump;
}

function valueTask(): Task {
  const random = seeded(1);
  const values = Float64Array.from({ length: ROWS }, () => 50 + 10 * normal(random));
  const scores = values.map((y) => 50 + 1.5 * (y - 50) + normal(random));
  const losses = Array.from(values, (y, r) => (y - scores[r]!) ** 2);
  const recalibration = new ValueRecalibration('f64');
  return { recalibration, scores: 'values', dump: { columns: 1, scores, values, losses } };
}

const TEMPER = { kernel: new TemperReference(), math: Math, kind: 'logits', eps: 0 } as const;
const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

function labelTask(labels = 3): Task {
  const random = seeded(2);
  const scores = Float64Array.from({ length: ROWS * labels }, () => 4 * normal(random));
  const values = scores.map((z) => (random() < 1 / (1 + Math.exp(-z / 2)) ? 1 : 0));
  const losses = Array.from({ length: ROWS }, (_, r) => {
    let sum = 0;
    for (let i = r * labels; i < (r + 1) * labels; i++) {
      sum += softplus(values[i] === 1 ? -scores[i]! : scores[i]!);
    }
    return sum / labels;
  });
  const recalibration = new MultilabelRecalibration({
    ...TEMPER,
    labels,
    dtype: 'f64',
    threshold: 0,
  });
  return { recalibration, scores: 'logits', dump: { columns: labels, scores, values, losses } };
}

function classTask(): Task {
  const random = seeded(3);
  const scores = Float64Array.from({ length: 2 * ROWS }, () => 3 * normal(random));
  const classes = Array.from({ length: ROWS }, (_, r) => {
    const [a, b] = [scores[2 * r]!, scores[2 * r + 1]!];
    return random() < 1 / (1 + Math.exp((a - b) / 2)) ? 1 : 0;
  });
  const losses = classes.map((target, r) => {
    const lead = scores[2 * r + target]! - scores[2 * r + 1 - target]!;
    return softplus(-lead);
  });
  const recalibration = new ClassRecalibration({ ...TEMPER, classes: 2, dtype: 'f64' });
  return { recalibration, scores: 'logits', dump: { columns: 2, scores, classes, losses } };
}

const TASKS = [
  ['values', valueTask],
  ['several labels', labelTask],
  ['classes', classTask],
] as const;

/** @param room for so many sampled rows */
function partOf({ recalibration, scores }: Task, room = ROWS): DiagnosisPart {
  const sampleBudget = room * recalibration.width * 8;
  return new DiagnosisPart({
    recalibration,
    tally: { weighted: false, worst: 5, sampleBudget },
    scores,
    sorter,
  });
}

function addTo(part: DiagnosisPart, { dump }: Task, from: number, to: number, batch = 500): void {
  for (let first = from; first < to; first += batch) {
    part.add(...batchOf(dump, first, Math.min(to, first + batch)));
  }
}

function whole(task: Task, room = ROWS): DiagnosisPart {
  const part = partOf(task, room);
  addTo(part, task, 0, ROWS);
  return part;
}

const diagnosisOf = (part: DiagnosisPart, facts = FACTS): Diagnosis =>
  part.report(facts).diagnosis!;

describe('the diagnosis of any task', () => {
  it.each(TASKS)('is the same of batches, threads and saved states (%s)', (_, task) => {
    const given = task();
    const wanted = JSON.stringify(diagnosisOf(whole(given)));
    const merged = partOf(given);
    [0, 700, 1900].forEach((from, i, starts) => {
      const part = partOf(given);
      addTo(part, given, from, starts[i + 1] ?? ROWS, 333);
      const state = i === 1 ? part.toThread() : JSON.parse(JSON.stringify(part.toJSON()));
      merged.merge(partOf(given).read(state));
    });
    expect(JSON.stringify(diagnosisOf(merged))).toBe(wanted);
    const { dump } = given;
    const loss = dump.losses!.reduce((sum, x) => sum + x, 0) / ROWS;
    expect(merged.loss()).toBeCloseTo(loss, 9);
  });

  it.each(TASKS)('splits the loss into refinement and calibration (%s)', (_, task) => {
    const found = diagnosisOf(whole(task()));
    for (const of of ['inSample', 'crossFitted'] as const) {
      expect(found.refinement[of] + found.calibration[of]).toBeCloseTo(found.loss, 12);
      expect(found.calibration[of]).toBeGreaterThan(0);
      const { refinement, scale, offsets } = found.parts;
      expect(scale[of] + offsets[of]).toBeCloseTo(found.calibration[of], 12);
      expect(refinement[of]).toBe(found.refinement[of]);
    }
    expect(found.fit).toMatchObject({ rows: ROWS, of: ROWS });
  });

  it.each(TASKS)('on all rows is that of a sample that holds them (%s)', async (_, task) => {
    const given = task();
    const part = whole(given, ROWS / 2);
    expect(diagnosisOf(part).fit.rows).toBeLessThan(ROWS);
    let readings = 0;
    const readAgain = async (take: (...batch: ReturnType<typeof batchOf>) => void) => {
      readings++;
      for (let first = 0; first < ROWS; first += 450) {
        take(...batchOf(given.dump, first, Math.min(ROWS, first + 450)));
      }
    };
    await fitAllRows(part, readAgain, 'rows');
    expect(diagnosisOf(part)).toEqual(diagnosisOf(whole(given)));
    expect(readings).toBeLessThan(20);
    const held = whole(given);
    await fitAllRows(held, () => Promise.reject(new Error('nothing is to be read')), 'rows');
    await expect(fitAllRows(part, async () => {}, 'rows')).rejects.toThrowError(
      expect.objectContaining({ code: 'input-changed' }),
    );
  });

  it('takes what a fit on all rows takes: scored rows of finite loss that weigh something', () => {
    const [rows, buffers] = batchOf(valueTask().dump, 0, 5);
    const scored: ScoredRows = {
      ...rows,
      firstRow: 40,
      scores: {
        ...rows.scores,
        status: Uint8Array.of(0, 2, 0x10, 0, 0),
        nll: Float64Array.of(1, 1, 1, Infinity, 1),
      },
      weights: Float64Array.of(1, 1, 3, 1, 0),
    };
    const { recalibration, scores } = valueTask();
    const part = new DiagnosisPart({
      recalibration,
      tally: { weighted: true, worst: 0, sampleBudget: 1e6 },
      scores,
      sorter,
    });
    part.add(scored, buffers);
    const { index, weights } = part.sample().rows();
    expect([...index]).toEqual([40, 42]);
    expect([...weights!]).toEqual([1, 3]);
    expect(diagnosisOf(part).infiniteRows).toBe(1);
  });

  it('is none of labels alone', () => {
    const part = new DiagnosisPart({
      recalibration: new LabelRecalibration(),
      tally: { weighted: false, worst: 0, sampleBudget: 1000 },
      scores: 'logits',
      sorter,
    });
    const [rows, buffers] = batchOf({ columns: 1, scores: Float64Array.of(1, 2) }, 0, 2);
    part.add({ ...rows, targets: Float64Array.of(1, 1) }, buffers);
    expect(part.report(FACTS)).toEqual({});
    expect([...part.recalibration.second(part.sample().rows())]).toEqual([1, 0]);
    expect(part.readings).toEqual({ loss: null, second: 'accuracy' });
  });

  it('refuses a number of worst rows that is none', () => {
    const { recalibration, scores } = valueTask();
    const tally = { weighted: false, worst: 1.5, sampleBudget: 1000 };
    expect(() => new DiagnosisPart({ recalibration, tally, scores, sorter })).toThrowError(
      expect.objectContaining({ code: 'bad-option' }),
    );
  });
});

describe('flags', () => {
  it('leave what a regression says itself to its report', () => {
    const { recalibration, scores } = valueTask();
    const values = new Float64Array(ROWS);
    const predictions = values.map((_, r) => (r === 5 ? 1e6 : r % 2));
    const losses = Array.from(predictions, (x) => x * x);
    const dump = { columns: 1, scores: predictions, values, losses };
    const found = diagnosisOf(whole({ recalibration, scores, dump }));
    expect(found.worstShares[1]!.loss).toBeGreaterThan(0.9);
    expect(found.flags).toEqual([]);
  });

  it('of several labels hold the loss against 50 % for each', () => {
    const metrics = { log_loss: { value: 0.9 }, exact_match: { value: 0.5 } };
    const found = diagnosisOf(whole(labelTask()), { ...FACTS, metrics });
    expect(found.flags.map(({ code }) => code)).toEqual(['loss-above-uniform']);
    expect(found.flags[0]!.message).toContain('saying 50 % for every label, 0.6931');
  });
});

describe('a diagnosis for people', () => {
  const names = (index: number) => `label ${index}`;
  const text = (diagnosis: Diagnosis, most = 2) =>
    [
      ...diagnosisLines(diagnosis, plainStyle, names),
      ...worstRowLines(diagnosis, most, names, plainStyle),
    ].join('\n');

  it('says what the line of values means, and shows rows with both values', () => {
    const given = valueTask();
    const found = diagnosisOf(whole(given));
    const shown = text(found);
    expect(shown).toMatch(/slope +0\.66\d\d .* predictions are spread too far\n/);
    expect(shown).toMatch(/ {2}squared error/);
    expect(shown).toMatch(/\+ scale .* the slope saves\n.*\+ offsets .* the intercept saves/);
    expect(shown).toMatch(/Highest losses +target +prediction +squared error\n/);
    const { row, target } = found.worst[0]!;
    expect(shown).toContain(`row ${row} `);
    expect(target).toBe(given.dump.values![row]);
    const line = (slope: number) => ({
      slope: { value: slope, low: slope - 0.1, high: slope + 0.1 },
      intercept: { value: 0 },
    });
    expect(text({ ...found, line: line(1.5) })).toContain('not spread far enough');
    expect(text({ ...found, line: line(1.05) })).toContain('not told from 1');
    expect(text({ ...found, line: { slope: { value: 1 }, intercept: { value: 2 } } })).toMatch(
      /slope +1\.0000\n/,
    );
  });

  it('lists the temperatures of at most 20 labels, the worst calibrated first', () => {
    const found = diagnosisOf(whole(labelTask(2)));
    const temperatures = [
      ...Array.from({ length: 22 }, (_, k) => ({ value: 1 + k / 100, low: 0.9, high: 1.4 })),
      { value: 0.5, low: 0.4, high: 0.6 },
      { value: 1024, bound: 'no-information' as const },
    ];
    const shown = text({ ...found, temperatures }).split('\n');
    const start = shown.findIndex((line) => line.startsWith('Labels, the worst calibrated first'));
    expect(shown[start + 1]).toMatch(/^ {2}label 23 +→ ∞ +the scores carry no information/);
    expect(shown[start + 2]).toMatch(/^ {2}label 22 +0\.5000 +0\.4000 … 0\.6000 +under-confident/);
    expect(shown[start + 3]).toMatch(/^ {2}label 21 +1\.2100/);
    expect(shown[start + 21]).toBe('and 4 more with --json');
    expect(shown.some((line) => line.includes('of each label'))).toBe(true);
  });

  it('shows of rows of labels how many they have, and how many are wrong', () => {
    const found = diagnosisOf(whole(labelTask(2)));
    const worst = [{ row: 7, target: 1, prediction: 2, wrong: 1, loss: 3 }];
    expect(text({ ...found, worst })).toMatch(
      /labels +predicted +wrong +loss\n {2}row 7 +1 +2 +1 +3\.0000/,
    );
  });

  it('leaves out a confidence that rows do not have', () => {
    const found = diagnosisOf(whole(classTask()));
    expect(text(found)).toMatch(/Highest losses {2}target {3,}prediction +loss\n/);
    const worst = found.worst.map((row) => ({ ...row, confidence: 0.75 }));
    expect(text({ ...found, worst })).toMatch(/prediction +confidence +loss\n.* 0\.7500 /);
  });
});

describe('rows of a batch', () => {
  it('are kept as they lie where nothing is left out', () => {
    const { recalibration, dump } = classTask();
    expect(fitRows(recalibration, dump).scores).toEqual(dump.scores);
  });
});
