/** The state of a scorer as plain values, and how it is read back from anywhere. */

import { ClassificationTally } from '../tallies/classification-tally.js';
import { type AuditedRows, RowAudit, type RowAuditState } from '../tallies/row-audit.js';
import {
  damagedState,
  requireCount,
  requireList,
  requireRecord,
  requireText,
} from '../tallies/state-check.js';
import { quote } from '../types/errors.js';
import type { Complaint } from './row-checks.js';
import { RowRanges } from './row-ranges.js';

export const SCORER_SCHEMA = 'logitscope.scorer/1';

/** Rows that were refused or left out. */
interface ComplaintState {
  readonly rows: number;
  /** Null where there is none. */
  readonly firstRow: number | null;
  readonly found: string;
}

/** What `Scorer.toJSON` gives: the same text for the same rows, however they were split and merged. */
export interface ScorerState {
  readonly schema: typeof SCORER_SCHEMA;
  readonly version: string;
  readonly kernel: string;
  /** Whether the kind of the scores was decided from the rows or given. */
  readonly kindFrom: 'data' | 'option';
  readonly classNames: readonly string[] | null;
  /** Indices of the rows: ranges `[first, end]`, ascending and not touching. */
  readonly rows: readonly (readonly [number, number])[];
  readonly invalid: ComplaintState;
  readonly missing: ComplaintState;
  readonly audit: RowAuditState;
  /** Rows of logits that look like probabilities or log-probabilities. */
  readonly normalized: number;
  /** Rows of probabilities whose sum is off by more than 1e-5. */
  readonly loose: number;
  readonly tally: unknown;
  /** What was asked for beside the tally, by name. */
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
  readonly kindFrom: string;
  readonly classNames: readonly string[] | null;
  readonly ranges: RowRanges;
  readonly invalid: Complaint;
  readonly missing: Complaint;
  readonly audit: RowAudit;
  readonly normalized: number;
  readonly loose: number;
  readonly tally: ClassificationTally;
  readonly parts: Readonly<Record<string, unknown>>;
  readonly metrics: readonly MetricState[];
}

export function complaintState({ rows, firstRow, found }: Complaint): ComplaintState {
  return { rows, firstRow: rows === 0 ? null : firstRow, found };
}

/** What {@link Complaint.found} can say: it ends up in messages, so nothing else is let in. */
const FOUND =
  /^(?:(?:NaN|\+∞) in score column \d{1,6}(?: \((".*")\))?|−∞ in every score column|none)$/;

/** Whether a text is one that a complaint can have found; a class is named as {@link quote} writes it. */
function isFinding(text: string): boolean {
  const found = FOUND.exec(text);
  const name = found?.[1];
  if (name === undefined) return found !== null;
  try {
    return quote(JSON.parse(name)) === name;
  } catch {
    return false;
  }
}

function readComplaint(value: unknown, name: string): Complaint {
  const record = requireRecord(value, name);
  const rows = requireCount(record.rows, `the number of ${name}`);
  const found = requireText(record.found, `what the first of the ${name} holds`);
  if (rows === 0) {
    if (record.firstRow !== null || found !== '') throw damagedState(`${name} are none and some`);
    return { rows, firstRow: Number.POSITIVE_INFINITY, found };
  }
  if (!isFinding(found)) throw damagedState(`what the first of the ${name} holds is unknown`);
  return { rows, firstRow: requireCount(record.firstRow, `the first of the ${name}`), found };
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
 * @param rows the rows that the scorer takes
 * @throws InputError `state-damaged` when `state` is not what `Scorer.toJSON` gave.
 */
export function readScorerState(state: unknown, rows: AuditedRows): ReadState {
  const record = requireRecord(state, 'the state');
  if (record.schema !== SCORER_SCHEMA) {
    throw damagedState(`its schema is not ${SCORER_SCHEMA}`, record.schema);
  }
  const tally = ClassificationTally.fromJSON(record.tally);
  const read: ReadState = {
    kindFrom: requireText(record.kindFrom, 'where the kind is from'),
    classNames: readNames(record.classNames),
    ranges: readRanges(record.rows),
    invalid: readComplaint(record.invalid, 'invalid rows'),
    missing: readComplaint(record.missing, 'rows without a target'),
    audit: RowAudit.fromJSON(record.audit, rows),
    normalized: requireCount(record.normalized, 'the number of normalised rows'),
    loose: requireCount(record.loose, 'the number of rows of loose sums'),
    tally,
    metrics: requireList(record.metrics ?? [], 'the custom metrics').map(readMetric),
    parts: requireRecord(record.parts, 'the parts'),
  };
  const { version, kernel } = tally.settings;
  if (record.version !== version || record.kernel !== kernel) {
    throw damagedState('the version or kernel of the tally is another than that of the state');
  }
  // Merged rows that were numbered from 0 in several scorers make the ranges shorter.
  if (read.ranges.rows > tally.rows.total) {
    throw damagedState('the ranges hold more rows than the tally');
  }
  if (read.invalid.rows + read.missing.rows !== tally.rows.invalid) {
    throw damagedState('the invalid rows do not add up to those of the tally');
  }
  if (Math.max(read.normalized, read.loose, read.audit.certain) > tally.rows.scored) {
    throw damagedState('more rows are counted than were scored');
  }
  return read;
}
