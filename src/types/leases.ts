/** What every lease of memory for rows is held to. */

import { LogitscopeError, UsageError } from './errors.js';

/** @throws UsageError `bad-lease` unless `rows` is a whole number ≥ 1 */
export function checkLeaseSize(rows: number): void {
  if (Number.isSafeInteger(rows) && rows >= 1) return;
  throw new UsageError('bad-lease', `A lease needs a whole number of rows ≥ 1; found ${rows}.`);
}

/** What a lease that is no longer the newest is refused with. */
export function deadLease(): LogitscopeError {
  return new LogitscopeError(
    'dead-lease',
    'This lease ended when the next one was taken. Fill and score the newest lease.',
  );
}

/**
 * Checks a call that scores the first `count` rows of a lease.
 * @param current the newest lease or leases of the scorer; null for none
 * @throws LogitscopeError `dead-lease`, UsageError `bad-row-count`
 */
export function checkLease<Lease extends { readonly capacity: number }>(
  lease: Lease,
  current: Lease | readonly Lease[] | null,
  count: number,
): void {
  if (!(Array.isArray(current) ? current.includes(lease) : lease === current)) throw deadLease();
  if (!Number.isSafeInteger(count) || count < 0 || count > lease.capacity) {
    throw new UsageError(
      'bad-row-count',
      `The lease holds ${lease.capacity} rows; asked to score ${count}.`,
    );
  }
}
