/** Rows that callers hold in arrays, on their way into leases. */

import { requireWeight } from '../tallies/sample-weight.js';
import type { ArrayRows } from '../tasks/task.js';
import { UsageError } from '../types/errors.js';
import type { Rows, Scores, Targets } from '../types/forms.js';
import { type RowTexts, TEXT_ROLES } from '../types/row-texts.js';
import type { ScoredRows } from '../types/rows.js';
import { type RowBuffers, RowStatus, STATUS_MASK } from '../types/scores.js';

/** Part of an array, without a copy where there need be none. */
export function slice(values: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  if (ArrayBuffer.isView(values)) return (values as Float64Array).subarray(from, to);
  return Array.prototype.slice.call(values, from, to);
}

/**
 * Rows one after another in one array; what is flat already is not copied.
 * @throws UsageError `length-mismatch`
 */
export function flatRows(name: string, values: Targets, width: number): ArrayLike<number> {
  if (!isRow(values[0])) return values as ArrayLike<number>;
  const rows = values as Rows;
  const flat = new Float64Array(rows.length * width);
  for (let r = 0; r < rows.length; r++) {
    if (rows[r].length !== width) {
      throw new UsageError(
        'length-mismatch',
        `${name} need ${width} numbers in every row, one per class; found ${rows[r].length} in row ${r}.`,
      );
    }
    flat.set(rows[r], r * width);
  }
  return flat;
}

/** What the arrays are to be read as. */
interface ArrayOptions {
  readonly softTargets?: boolean | undefined;
  readonly classNames?: readonly string[] | null | undefined;
}

/**
 * Scores and targets of rows, in whatever form they are held.
 * @param width scores per row
 * @param areNumbers whether there are as many targets in a row
 * @throws UsageError `length-mismatch`
 */
export function readRows(
  scores: Scores,
  targets: Targets,
  width: number,
  areNumbers: boolean,
  { softTargets = false, classNames }: ArrayOptions,
): ArrayRows {
  const values = flatRows('scores', scores, width);
  const wanted = areNumbers ? flatRows('targets', targets, width) : targets;
  const count = areNumbers ? wanted.length / width : wanted.length;
  if (values.length !== count * width) {
    throw new UsageError(
      'length-mismatch',
      areNumbers
        ? `${values.length} scores need as many targets${softTargets ? ', a probability each' : ''}; found ${wanted.length}.`
        : `${count} targets of ${width} classes need ${count * width} scores; found ${values.length}.`,
    );
  }
  return {
    count,
    fill(lease, first, rows) {
      const [from, to] = [first * width, (first + rows) * width];
      lease.scores.set(slice(values, from, to));
      if (lease.values) lease.values.set(slice(wanted as ArrayLike<number>, from, to));
      else fillTargets(lease, wanted, first, rows, Math.max(2, width), classNames);
    },
  };
}

/** @throws UsageError `length-mismatch` */
export function requireWeightPerRow(
  weights: ArrayLike<number> | undefined,
  rows: number,
  weighted: boolean,
): void {
  if (weighted === (weights !== undefined) && (!weights || weights.length === rows)) return;
  throw new UsageError(
    'length-mismatch',
    weighted
      ? `Expected ${rows} weights, one per row; found ${weights?.length ?? 'none'}.`
      : 'Found weights, but the scorer was not made with weighted: true.',
  );
}

/** @throws InputError `bad-weight` for a scored row whose weight cannot be used */
export function requireWeights({ weights, scores, firstRow }: ScoredRows, source: string): void {
  if (weights === null) return;
  for (let r = 0; r < scores.count; r++) {
    if ((scores.status[r] & STATUS_MASK) !== RowStatus.scored) continue;
    requireWeight(weights[r], firstRow + r, source);
  }
}

/** Whether a value is a row of numbers. */
export function isRow(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

/** Texts of some of the rows. */
export function sliceTexts(
  texts: RowTexts | undefined,
  from: number,
  to: number,
): RowTexts | undefined {
  if (texts === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(texts).map(([role, all]) => [role, all.slice(from, to)]),
  );
}

/**
 * Copies the targets of rows `first … first + count − 1` into a lease: a class
 * each (its index, its name, or a one-hot row), or where they are soft a probability per class.
 * @param classNames that texts are looked up in
 * @throws UsageError `bad-target`
 */
export function fillTargets(
  lease: RowBuffers,
  targets: ArrayLike<unknown>,
  first: number,
  count: number,
  classes: number,
  classNames: readonly string[] | null | undefined,
): void {
  if (lease.soft) {
    const soft = targets as ArrayLike<number>;
    lease.soft.set(slice(soft, first * classes, (first + count) * classes));
    return;
  }
  for (let r = 0; r < count; r++) {
    lease.targets[r] = classOf(targets[first + r], first + r, classes, classNames ?? []);
  }
}

function classOf(
  value: unknown,
  row: number,
  classes: number,
  classNames: readonly string[],
): number {
  if (typeof value === 'string') {
    const named = classNames.indexOf(value);
    if (named >= 0) return named;
  } else if (isRow(value)) {
    const one = value.length === classes ? Array.prototype.indexOf.call(value, 1) : -1;
    const isOneHot = one >= 0 && Array.prototype.every.call(value, (q, c) => q === +(c === one));
    if (isOneHot) return one;
  } else {
    const target = Number(value);
    if ((target | 0) === target) return target;
  }
  const found = isRow(value)
    ? `[${Array.from(value).slice(0, 6).join(', ')}]`
    : JSON.stringify(value);
  throw new UsageError(
    'bad-target',
    `Row ${row}: a target must be a whole number of 32 bits, one of the classNames, or a row with one 1 among ${classes} numbers; found ${found}. For probabilities make the scorer with softTargets: true.`,
  );
}

/**
 * Holds the texts of a batch against what the scorer was made with.
 * @throws UsageError `length-mismatch`, `missing-texts`
 */
export function checkTexts(
  texts: RowTexts | undefined,
  rows: number,
  names: { readonly by?: string | undefined; readonly cluster?: string | undefined },
): void {
  for (const role of TEXT_ROLES) {
    const found = texts?.[role];
    if (found === undefined) {
      const name = role === 'id' ? undefined : names[role];
      if (name === undefined) continue;
      throw new UsageError(
        'missing-texts',
        `The scorer was made with ${role}: ${JSON.stringify(name)}; every batch needs texts.${role}, a text for each row.`,
      );
    }
    if (found.length === rows) continue;
    throw new UsageError(
      'length-mismatch',
      `Expected ${rows} texts in texts.${role}, one per row; found ${found.length}.`,
    );
  }
}
