/** Values as messages show them. */

import { quote } from '../types/errors.js';

/** A value as a message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}`;
  if (typeof value === 'object' && value !== null) {
    return `an object of type ${value.constructor?.name ?? 'Object'}`;
  }
  return String(value);
}

/** How many numbers of a row a message shows. */
const SHOWN = 6;

/** A row of numbers as a message shows it. */
export function showRow(row: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(SHOWN, row.length) }, (_, i) => String(row[i]));
  return `[${shown.join(', ')}${row.length > SHOWN ? ', …' : ''}]`;
}
