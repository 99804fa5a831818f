/** Rows dealt out to parts, for tallies that must not notice. */

import fc from 'fast-check';

/** For each of up to `most` rows the part that it goes to, and the order in which parts are merged. */
export const splits = (most: number) =>
  fc.record({
    part: fc.array(fc.nat(3), { minLength: most, maxLength: most }),
    order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }),
  });

/** The rows of each part, in the order of merging. */
export function deal<Row>(
  rows: readonly Row[],
  { part, order }: { readonly part: readonly number[]; readonly order: readonly number[] },
): Row[][] {
  return order.map((k) => rows.filter((_, i) => part[i] === k));
}
