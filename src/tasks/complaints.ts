/**
 * Rows that cannot be scored: counted to the end, so that the message can say how many there are.
 * The same words for the same mistake in every task.
 */

import { damagedState, requireCount, requireRecord, requireText } from '../tallies/state-check.js';
import { InputError } from '../types/errors.js';

/** A kind of row that is refused or left out, counted. */
export interface Complaint {
  rows: number;
  /** Index of the first such row; Infinity while there is none. */
  firstRow: number;
  /** What that row holds. */
  found: string;
}

export interface Complaints {
  /** Rows of NaN or ∞, and their like. */
  readonly invalid: Complaint;
  /** Rows without a target. */
  readonly missing: Complaint;
}

export function noComplaints(): Complaints {
  const none = () => ({ rows: 0, firstRow: Number.POSITIVE_INFINITY, found: '' });
  return { invalid: none(), missing: none() };
}

/** Counts a row; the first is kept with what it holds. */
export function complain(complaint: Complaint, row: number, found: () => string): void {
  complaint.rows++;
  if (row >= complaint.firstRow) return;
  complaint.firstRow = row;
  complaint.found = found();
}

/** Adds what another part of the dump found. */
export function mergeComplaints(into: Complaints, other: Complaints): void {
  for (const name of ['invalid', 'missing'] as const) {
    const [ours, theirs] = [into[name], other[name]];
    ours.rows += theirs.rows;
    if (theirs.firstRow >= ours.firstRow) continue;
    ours.firstRow = theirs.firstRow;
    ours.found = theirs.found;
  }
}

/** Index of the first row of either kind; Infinity for none. */
export function firstComplaint({ invalid, missing }: Complaints): number {
  return Math.min(invalid.firstRow, missing.firstRow);
}

/** A number in a message. */
export function shown(value: number): string {
  return Number.isNaN(value) ? 'NaN, or none' : String(value).replace('Infinity', '∞');
}

/**
 * @param labels where the targets come from, if not from the source
 * @param expected what the numbers of a row should be
 * @throws InputError `invalid-rows` or `missing-targets` when there are any
 */
export function refuseComplaints(
  { invalid, missing }: Complaints,
  source: string,
  labels: string | undefined,
  expected: string,
): void {
  const others = (rows: number, one: string, many: string) =>
    rows > 1
      ? `, and neither ${rows > 2 ? many : one} ${rows - 1} other row${rows > 2 ? 's' : ''}`
      : '';
  const advice = 'Leave such rows out with --invalid skip; they are then counted in the report.';
  if (invalid.rows > 0) {
    throw new InputError('invalid-rows', {
      source,
      row: invalid.firstRow,
      problem: `the row cannot be scored${others(invalid.rows, 'can', 'can')}`,
      found: invalid.found,
      expected,
      advice,
    });
  }
  if (missing.rows > 0) {
    throw new InputError('missing-targets', {
      source: labels ?? source,
      row: missing.firstRow,
      problem: `the row has no target${others(missing.rows, 'has', 'have')}`,
      ...(missing.found !== 'none' && { found: missing.found }),
      advice,
    });
  }
}

/** A {@link Complaint} as plain values. */
export interface ComplaintState {
  readonly rows: number;
  /** Null where there is none. */
  readonly firstRow: number | null;
  readonly found: string;
}

export function complaintState({ rows, firstRow, found }: Complaint): ComplaintState {
  return { rows, firstRow: rows === 0 ? null : firstRow, found };
}

/**
 * What {@link Complaint.found} may say when it comes from anywhere: it ends up in messages, so
 * nothing that a terminal would act upon is let in, as `quote` lets none out.
 */
const PRINTABLE = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]{1,999}$/u;

function readComplaint(value: unknown, name: string): Complaint {
  const record = requireRecord(value, name);
  const rows = requireCount(record.rows, `the number of ${name}`);
  const found = requireText(record.found, `what the first of the ${name} holds`);
  if (rows === 0) {
    if (record.firstRow !== null || found !== '') throw damagedState(`${name} are none and some`);
    return { rows, firstRow: Number.POSITIVE_INFINITY, found };
  }
  if (!PRINTABLE.test(found)) throw damagedState(`what the first of the ${name} holds is unknown`);
  return { rows, firstRow: requireCount(record.firstRow, `the first of the ${name}`), found };
}

/** @throws InputError `state-damaged` */
export function readComplaints(invalid: unknown, missing: unknown): Complaints {
  return {
    invalid: readComplaint(invalid, 'invalid rows'),
    missing: readComplaint(missing, 'rows without a target'),
  };
}
