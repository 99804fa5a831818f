/** The rows of fixtures-matrix.json, one reading of each task at three epochs, in every format. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ScoreArraysOptions, ScoreFileOptions } from '../../src/index.js';
import { joined, npyBytes, npyHead, zipBytes } from '../support/numpy.js';
import { seeded } from '../support/rows.js';
import { op, safetensorsBytes, tensorPickle, torchBytes } from '../support/tensors.js';

export const TASKS = ['classes', 'single', 'several', 'values', 'alone'] as const;
export type TaskName = (typeof TASKS)[number];

export const FIXTURE = JSON.parse(
  readFileSync(new URL('fixtures-matrix.json', import.meta.url), 'utf8'),
);
export const ROWS: number = FIXTURE.weights.length;

/** What is said of a dump so that nothing is left to be decided from its rows. */
export const SAID: Readonly<Record<TaskName, ScoreFileOptions>> = {
  classes: { task: 'classification', kind: 'logits' },
  single: { task: 'binary', kind: 'logits' },
  several: { task: 'multilabel', kind: 'logits' },
  values: { task: 'regression' },
  alone: { kind: 'labels' },
};
/** The same of arrays. */
export const SAID_OF_ARRAYS: Readonly<Record<TaskName, ScoreArraysOptions>> = {
  classes: { task: 'classification', kind: 'logits' },
  single: { task: 'binary', kind: 'logits' },
  several: { task: 'multilabel', kind: 'logits' },
  values: { task: 'regression' },
  alone: { task: 'labels' },
};
/** The same on the command line. */
export const FLAGS: Readonly<Record<TaskName, readonly string[]>> = {
  classes: ['--kind', 'logits'],
  single: ['--task', 'binary', '--kind', 'logits'],
  several: ['--task', 'multilabel', '--kind', 'logits'],
  values: ['--task', 'regression'],
  alone: ['--kind', 'labels'],
};

const SCORE_COLUMNS: Readonly<Record<TaskName, readonly string[]>> = {
  classes: ['logit_0', 'logit_1', 'logit_2', 'logit_3'],
  single: ['y_score'],
  several: ['logit_a', 'logit_b', 'logit_c'],
  values: ['y_pred'],
  alone: ['y_pred'],
};
const TARGET_COLUMNS: Readonly<Record<TaskName, readonly string[]>> = {
  classes: ['label'],
  single: ['y_true'],
  several: ['y_a', 'y_b', 'y_c'],
  values: ['y_true'],
  alone: ['y_true'],
};
/** Members of npz, fields of JSON. */
const MEMBERS: Readonly<Record<TaskName, readonly [scores: string, targets: string]>> = {
  classes: ['logits', 'label'],
  single: ['y_score', 'y_true'],
  several: ['logits', 'labels'],
  values: ['y_pred', 'y_true'],
  alone: ['y_pred', 'y_true'],
};

export interface Row {
  readonly id: number;
  readonly importance: number;
  readonly place: number;
  readonly user: number;
  readonly scores: readonly number[];
  /** NaN for none. */
  readonly targets: readonly number[];
}

const list = (value: number | readonly number[]) => (typeof value === 'number' ? [value] : value);

/** Rows of an epoch. */
export function rowsOf(task: TaskName, epoch = 0): Row[] {
  const { targets, reads } = FIXTURE.tasks[task];
  return Array.from({ length: ROWS }, (_, i) => ({
    id: 1000 + 7 * i,
    importance: FIXTURE.weights[i],
    place: FIXTURE.by[i],
    user: FIXTURE.cluster[i],
    scores: list(reads[epoch][i]),
    targets: list(targets[i]),
  }));
}

/** Three rows that cannot be scored: a score that is NaN, no target, an infinite score. */
export function spoilt(task: TaskName): Row[] {
  const [broken, untold, endless] = FIXTURE.bad;
  const last = (scores: readonly number[], value: number) => [...scores.slice(1), value];
  return rowsOf(task).map((row, i) => {
    if (i === broken) return { ...row, scores: last(row.scores, Number.NaN) };
    if (i === untold) return { ...row, targets: [Number.NaN, ...row.targets.slice(1)] };
    // A label that is not there is as little a label as any number.
    const bad = task === 'alone' ? Number.NaN : Number.POSITIVE_INFINITY;
    return i === endless ? { ...row, scores: last(row.scores, bad) } : row;
  });
}

/** Rows some of which have −100 for a target. */
export function marked(task: TaskName): Row[] {
  return rowsOf(task).map((row, i) =>
    FIXTURE.ignored.includes(i) ? { ...row, targets: [...row.targets.slice(1), -100] } : row,
  );
}

/** The rows in another order. */
export function shuffled(rows: readonly Row[]): Row[] {
  const random = seeded(5);
  return rows
    .map((row) => [random(), row] as const)
    .sort(([a], [b]) => a - b)
    .map(([, row]) => row);
}

export const folder = mkdtempSync(join(tmpdir(), 'logitscope-matrix-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
export const path = (name: string) => join(folder, name);

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(path(name), content);
  return path(name);
}

function text(value: number): string {
  if (Number.isNaN(value)) return '';
  return value === Number.POSITIVE_INFINITY ? 'inf' : String(value);
}

/** Parts of rows that a file holds. */
type Part = 'id' | 'scores' | 'targets' | 'others';
const ALL_PARTS: readonly Part[] = ['id', 'scores', 'targets', 'others'];

export function writeCsv(
  name: string,
  task: TaskName,
  rows: readonly Row[],
  parts: readonly Part[] = ALL_PARTS,
): string {
  const has = (part: Part) => parts.includes(part);
  const header = [
    ...(has('id') ? ['id'] : []),
    ...(has('scores') ? SCORE_COLUMNS[task] : []),
    ...(has('targets') ? TARGET_COLUMNS[task] : []),
    ...(has('others') ? ['importance', 'place', 'user'] : []),
  ];
  const lines = rows.map(({ id, scores, targets, importance, place, user }) =>
    [
      ...(has('id') ? [id] : []),
      ...(has('scores') ? scores.map(text) : []),
      ...(has('targets') ? targets.map(text) : []),
      ...(has('others') ? [importance, place, user] : []),
    ].join(','),
  );
  return write(name, `${[header.join(','), ...lines].join('\n')}\n`);
}

const only = (values: readonly number[]) => (values.length === 1 ? values[0] : values);

export function writeJsonLines(name: string, task: TaskName, rows: readonly Row[]): string {
  const [x, y] = MEMBERS[task];
  const lines = rows.map(({ scores, targets, ...others }) =>
    JSON.stringify({ ...others, [x]: only(scores), [y]: only(targets) }),
  );
  return write(name, `${lines.join('\n')}\n`);
}

function arraysOf(task: TaskName, rows: readonly Row[], times: number) {
  const array = (descr: string, of: (row: Row) => readonly number[]) => {
    const values = rows.flatMap(of);
    const bytes = npyBytes({ descr, shape: [values.length], values });
    const data = bytes.subarray(10 + bytes[8]! + 256 * bytes[9]!);
    const width = values.length / rows.length;
    const shape = `(${times * rows.length},${width === 1 ? '' : width})`;
    const head = npyHead(`{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`);
    return joined([head, ...new Array<Uint8Array>(times).fill(data)]);
  };
  return {
    scores: array(task === 'alone' ? '<i4' : '<f8', ({ scores }) => scores),
    targets: array(task === 'values' ? '<f8' : '<i4', ({ targets }) => targets),
    id: array('<i4', ({ id }) => [id]),
    importance: array('<f8', ({ importance }) => [importance]),
    place: array('<i4', ({ place }) => [place]),
    user: array('<i4', ({ user }) => [user]),
  };
}

/** A file for the scores, the rows `times` over; what it is to be read with lies beside it. */
export function writeNpy(name: string, task: TaskName, rows: readonly Row[], times = 1) {
  const { scores, targets, ...others } = arraysOf(task, rows, times);
  const beside = (part: keyof typeof others) => write(`${name}-${part}.npy`, others[part]);
  return {
    file: write(`${name}.npy`, scores),
    labels: write(`${name}-targets.npy`, targets),
    id: beside('id'),
    weights: beside('importance'),
    by: beside('place'),
    cluster: beside('user'),
  };
}

export function writeNpz(
  name: string,
  task: TaskName,
  rows: readonly Row[],
  parts: readonly Part[] = ALL_PARTS,
  times = 1,
): string {
  const members = Object.entries(membersOf(task, rows, parts, times));
  return write(name, zipBytes(members.map(([of, bytes]) => ({ name: `${of}.npy`, bytes }))));
}

/** npy files by the names of their roles. */
function membersOf(
  task: TaskName,
  rows: readonly Row[],
  parts: readonly Part[],
  times: number,
): Record<string, Uint8Array> {
  const { scores, targets, id, ...others } = arraysOf(task, rows, times);
  const [x, y] = MEMBERS[task];
  return {
    ...(parts.includes('id') && { id }),
    ...(parts.includes('scores') && { [x]: scores }),
    ...(parts.includes('targets') && { [y]: targets }),
    ...(parts.includes('others') && others),
  };
}

/** The same as safetensors, or as torch.save writes it, by the ending of the name. */
export function writeTensors(name: string, task: TaskName, rows: readonly Row[]): string {
  const arrays = Object.entries(membersOf(task, rows, ALL_PARTS, 1)).map(([key, npy]) => {
    const end = 10 + npy[8]! + 256 * npy[9]!;
    const head = String.fromCharCode(...npy.subarray(10, end));
    const shape = /\(([\d, ]+)\)/.exec(head)![1]!.split(',').filter(Boolean).map(Number);
    return { key, isReal: head.includes('<f8'), shape, data: npy.slice(end) };
  });
  const bytes = joined(arrays.map(({ data }) => data));
  if (name.endsWith('.pt')) {
    const values = arrays.map(({ key, isReal, shape }) => {
      const type = isReal ? 'DoubleStorage' : 'IntStorage';
      return [key, tensorPickle(key, shape, { type })];
    });
    const storages = Object.fromEntries(arrays.map(({ key, data }) => [key, data]));
    return write(name, torchBytes(op.pickle(op.dict(Object.fromEntries(values))), storages));
  }
  let at = 0;
  const header = arrays.map(({ key, isReal, shape, data }) => {
    at += data.length;
    const dtype = isReal ? 'F64' : 'I32';
    return [key, { dtype, shape, data_offsets: [at - data.length, at] }];
  });
  return write(name, safetensorsBytes(Object.fromEntries(header), bytes));
}

/** The rows as `scoreArrays` and scorers take them. */
export function asArrays(task: TaskName, rows: readonly Row[]) {
  return {
    scores:
      task === 'classes' || task === 'several'
        ? rows.map(({ scores }) => scores)
        : rows.map(({ scores }) => scores[0]!),
    targets:
      task === 'several'
        ? rows.map(({ targets }) => targets)
        : rows.map(({ targets }) => targets[0]!),
    weights: rows.map(({ importance }) => importance),
  };
}
