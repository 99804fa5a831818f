/** Text from elsewhere, fit for a terminal. */

import { quote } from '../types/errors.js';

/** Text from a file, without control characters, and shortened. */
export function safe(text: string): string {
  return quote(text).slice(1, -1);
}
