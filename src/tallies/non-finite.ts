/** What exact sums cannot hold: how often +∞, −∞ and NaN were added to each. */

import { damagedState, requireCount, requireList } from './state-check.js';

/** How often such values were added to one sum. */
export type NonFinite = readonly [plus: number, minus: number, nan: number];

/** One value that is not finite. */
export function countOf(value: number): NonFinite {
  if (Number.isNaN(value)) return [0, 0, 1];
  return value > 0 ? [1, 0, 0] : [0, 1, 0];
}

/** What such values make of a sum, whatever else is in it. */
export function nonFiniteValue([plus, minus, nan]: NonFinite): number {
  if (nan > 0 || (plus > 0 && minus > 0)) return Number.NaN;
  return plus > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** Lists of index and counts, by index. */
export function nonFiniteEntries(counts: ReadonlyMap<number, NonFinite>): number[][] {
  return [...counts].map(([index, count]) => [index, ...count]).sort((a, b) => a[0] - b[0]);
}

/**
 * @param state what {@link nonFiniteEntries} gave
 * @throws InputError `state-damaged` when these are not lists of counts for so many sums
 */
export function readNonFinite(state: unknown, sums: number): (readonly [number, NonFinite])[] {
  return requireList(state, 'non-finite sums').map((entry) => {
    const [index, plus, minus, nan] = requireList(entry, 'a non-finite sum', 4).map((part) =>
      requireCount(part, 'a count of non-finite values'),
    );
    if (index >= sums) throw damagedState('a non-finite sum has no place', String(index));
    return [index, [plus, minus, nan]];
  });
}
