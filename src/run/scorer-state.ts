/** The state of a scorer as plain values, and how it is read back from anywhere. */

import {
  damagedState,
  requireCount,
  requireList,
  requireRecord,
  requireText,
} from '../tallies/state-check.js';
import { type ComplaintState, type Complaints, readComplaints } from '../tasks/complaints.js';
import type { TaskScorer } from '../tasks/task.js';
import { UsageError } from '../types/errors.js';
import { VERSION } from '../version.js';
import { RowRanges } from './row-ranges.js';

export const SCORER_SCHEMA = 'logitscope.scorer/2';

/** What `Scorer.toJSON` gives: the same text for the same rows, however they were split and merged. */
export interface ScorerState {
  readonly schema: typeof SCORER_SCHEMA;
  readonly version: string;
  readonly task: string;
  readonly kernel: string;
  /** Whether the kind of the scores was decided from the rows or given. */
  readonly kindFrom: string;
  readonly classNames: readonly string[] | null;
  /** Indices of the rows: ranges `[first, end]`, ascending and not touching. */
  readonly rows: readonly (readonly [number, number])[];
  readonly invalid: ComplaintState;
  readonly missing: ComplaintState;
  /** What the task keeps. */
  readonly scored: unknown;
  /** What was asked for beside, by name. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** Custom metrics; left out where there are none. */
  readonly metrics?: readonly MetricState[];
}

/** What the `toJSON` of a custom metric gave. */
export interface MetricState {
  readonly name: string;
  readonly state: unknown;
}

/** A state that was read and found whole. */
export interface ReadState {
  readonly taskName: string;
  readonly kindFrom: string;
  readonly classNames: readonly string[] | null;
  readonly ranges: RowRanges;
  readonly complaints: Complaints;
  readonly task: TaskScorer;
  readonly parts: Readonly<Record<string, unknown>>;
  readonly metrics: readonly MetricState[];
}

function readRanges(value: unknown): RowRanges {
  const ranges = new RowRanges();
  let last = -1;
  for (const item of requireList(value, 'the ranges of rows')) {
    const [first, end] = requireList(item, 'a range of rows', 2).map((row) =>
      requireCount(row, 'a row of a range'),
    );
    if (first! <= last || end! <= first!) throw damagedState('ranges of rows are out of order');
    ranges.add(first!, end!);
    last = end!;
  }
  return ranges;
}

function readNames(value: unknown): readonly string[] | null {
  if (value === null) return null;
  return requireList(value, 'the class names').map((name) => requireText(name, 'a class name'));
}

function readMetric(value: unknown): MetricState {
  const { name, state } = requireRecord(value, 'a custom metric');
  return { name: requireText(name, 'the name of a custom metric'), state };
}

/**
 * @param ours a task of the same options, to read its like
 * @throws InputError `state-damaged` when `state` is not what `Scorer.toJSON` gave
 * @throws UsageError `state-mismatch` for another task, kernel or version
 */
export function readScorerState(state: unknown, ours: TaskScorer): ReadState {
  const record = requireRecord(state, 'the state');
  if (record.schema !== SCORER_SCHEMA) {
    throw damagedState(`its schema is not ${SCORER_SCHEMA}`, record.schema);
  }
  const taskName = requireText(record.task, 'the task');
  for (const [what, own, found] of [
    ['tasks', ours.task, taskName],
    ['versions', VERSION, record.version],
    ['kernels', ours.kernel, record.kernel],
  ]) {
    if (own === found) continue;
    throw new UsageError(
      'state-mismatch',
      `Cannot merge states of different ${what}: found ${JSON.stringify(found)}; expected ${JSON.stringify(own)}. Score every part with the same options and the same version, then merge.`,
    );
  }
  const task = ours.read(record.scored);
  const complaints = readComplaints(record.invalid, record.missing);
  const ranges = readRanges(record.rows);
  // Merged rows that were numbered from 0 in several scorers make the ranges shorter.
  if (ranges.rows > task.rows.total) {
    throw damagedState('the ranges hold more rows than the tally');
  }
  if (complaints.invalid.rows + complaints.missing.rows !== task.rows.invalid) {
    throw damagedState('the invalid rows do not add up to those of the tally');
  }
  return {
    taskName,
    kindFrom: requireText(record.kindFrom, 'where the kind is from'),
    classNames: readNames(record.classNames),
    ranges,
    complaints,
    task,
    metrics: requireList(record.metrics ?? [], 'the custom metrics').map(readMetric),
    parts: requireRecord(record.parts, 'the parts'),
  };
}
