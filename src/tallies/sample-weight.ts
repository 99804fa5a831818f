/** Which sample weights can be used. */

import { InputError } from '../types/errors.js';

/**
 * Sample weights that are not 0 lie in this range. The bound keeps exact sums
 * small in memory, and squares of weights away from overflow and underflow.
 */
const SMALLEST_WEIGHT = 1e-100;
const LARGEST_WEIGHT = 1e100;

/**
 * @param source where the rows come from, for the message
 * @throws InputError `bad-weight` when a weight is negative, NaN, infinite, or not 0 and out of range
 */
export function requireWeight(weight: number, row?: number, source?: string): void {
  if (weight === 0 || (weight >= SMALLEST_WEIGHT && weight <= LARGEST_WEIGHT)) return;
  throw new InputError('bad-weight', {
    ...(source !== undefined && { source }),
    ...(row !== undefined && { row }),
    problem: 'a sample weight cannot be used',
    found: String(weight),
    expected: `0 or a number from ${SMALLEST_WEIGHT} to ${LARGEST_WEIGHT}`,
    advice: 'Correct the weight, or give the row the weight 0 to leave it out.',
  });
}
