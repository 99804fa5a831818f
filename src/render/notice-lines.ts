/** Notices, for people at a terminal: before the numbers that they are about. */

import type { Notice } from '../types/report.js';
import type { Style } from './style.js';

/** A line per notice and one that is empty; none without notices. */
export function noticeLines(notices: readonly Notice[], { yellow }: Style): string[] {
  if (notices.length === 0) return [];
  return [...notices.map(({ code, message }) => yellow(`Note (${code}): ${message}`)), ''];
}
