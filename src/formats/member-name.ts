/** An array of a file of several, in messages. */

import { quote } from '../types/errors.js';

/** A name comes from the file: quoted unless it is quite ordinary. */
export function memberPlace(file: string, member: string): string {
  return `${file}[${/^[\w./-]{1,60}$/.test(member) ? member : quote(member)}]`;
}
