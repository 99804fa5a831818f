/** What the predictions of a dump are for. */

import type { Task } from '../types/report.js';
import type { DumpOptions } from './score-dump.js';

/** What to open a dump as: a kind is one of scores of classes, or labels. */
export function taskOf({
  task = 'auto',
  kind = 'auto',
}: Pick<DumpOptions, 'task' | 'kind'>): Task | 'auto' {
  if (task !== 'auto' || kind === 'auto') return task;
  return 'classification';
}
