/** Rows that callers hold in arrays, on their way into leases. */

import { UsageError } from '../types/errors.js';
import { type RowTexts, TEXT_ROLES } from '../types/row-texts.js';
import type { RowBuffers } from '../types/scores.js';

/** Part of an array, without a copy where there need be none. */
export function slice(values: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  if (ArrayBuffer.isView(values)) return (values as Float64Array).subarray(from, to);
  return Array.prototype.slice.call(values, from, to);
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
 * each, or where they are soft a probability per class.
 * @throws UsageError `bad-target`
 */
export function fillTargets(
  lease: RowBuffers,
  targets: ArrayLike<number | bigint>,
  first: number,
  count: number,
  classes: number,
): void {
  if (lease.soft) {
    const soft = targets as ArrayLike<number>;
    lease.soft.set(slice(soft, first * classes, (first + count) * classes));
    return;
  }
  for (let r = 0; r < count; r++) lease.targets[r] = wholeTarget(targets[first + r], first + r);
}

function wholeTarget(value: number | bigint, row: number): number {
  const target = Number(value);
  if ((target | 0) !== target) {
    throw new UsageError(
      'bad-target',
      `Row ${row}: a target must be a whole number of 32 bits; found ${value}.`,
    );
  }
  return target;
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
