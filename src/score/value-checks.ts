/** What is wrong with rows of values, or of scores that need no other in their row. */

import { isUsable } from '../tallies/regression-tally.js';
import { InputError } from '../types/errors.js';
import { type Complaint, noComplaint } from './row-checks.js';

export interface Complaints {
  readonly invalid: Complaint;
  readonly missing: Complaint;
}

export function noComplaints(): Complaints {
  return { invalid: noComplaint(), missing: noComplaint() };
}

/** Weights are checked with their file's name, which the tally does not know. */
export function requireWeights(
  weights: Float64Array | null,
  count: number,
  source: string,
  firstRow: number,
): void {
  if (weights === null) return;
  const bad = weights.subarray(0, count).findIndex((weight) => !(weight >= 0 && isUsable(weight)));
  if (bad < 0) return;
  throw new InputError('bad-weight', {
    source,
    row: firstRow + bad,
    problem: 'a sample weight cannot be used',
    found: String(weights[bad]),
    expected: 'a number from 0 to 1e100',
    advice: 'Correct the weight, or give the row the weight 0 to leave it out.',
  });
}

/** @throws InputError `invalid-rows` or `missing-targets` when there are any. */
export function refuseRows(
  { invalid, missing }: Complaints,
  source: string,
  labels: string | undefined,
  expected: string,
): void {
  const others = (rows: number) => (rows === 1 ? '' : ` (so it is in ${rows} rows in all)`);
  const advice = 'Leave such rows out with --invalid skip; they are then counted in the report.';
  if (invalid.rows > 0) {
    throw new InputError('invalid-rows', {
      source,
      row: invalid.firstRow,
      problem: `the row cannot be scored${others(invalid.rows)}`,
      found: invalid.found,
      expected,
      advice,
    });
  }
  if (missing.rows > 0) {
    throw new InputError('missing-targets', {
      source: labels ?? source,
      row: missing.firstRow,
      problem: `the row has no target${others(missing.rows)}`,
      advice,
    });
  }
}
