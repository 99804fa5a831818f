/** What a conversion wrote, for people at a terminal. */

import type { Converted } from '../types/converted.js';
import { formatCount } from './numbers.js';
import { safe } from './safe.js';
import { style } from './style.js';

/** Columns that are listed. */
const MOST_LISTED = 12;

const TYPES = {
  f16: 'f16',
  bf16: 'bf16',
  f32: 'f32',
  f64: 'f64',
  i64: 'i64',
  text: 'text',
} as const;

/** One line, and one for each column, array or field. */
export function renderConvertedText(
  { source, out, rows, fields, notices }: Converted,
  { colour }: { readonly colour: boolean },
): string {
  const { yellow } = style(colour);
  const shown = fields.slice(0, MOST_LISTED);
  const most = Math.max(0, ...shown.map(({ name }) => safe(name).length));
  const lines = shown.map(({ name, type, shape }) => {
    const axes = shape.length === 1 ? '' : ` × ${shape.slice(1).join(' × ')}`;
    return `  ${safe(name).padEnd(most)}  ${TYPES[type]}${axes}`;
  });
  const left = fields.length - shown.length;
  return [
    `${safe(out)}: ${formatCount(rows)} rows of ${safe(source)}`,
    ...lines,
    ...(left > 0 ? [`  and ${formatCount(left)} more`] : []),
    ...notices.map(({ code, message }) => yellow(`Note (${code}): ${message}`)),
    '',
  ].join('\n');
}
