/** Short ways to write descriptions down. */

import type { MetricDescription, MetricGroup, MetricTask } from '../../types/metric-description.js';

/** Name, summary and formula. */
export type Entry = readonly [name: string, summary: string, formula: string];

/** The descriptions of a group. */
export function describeGroup(
  task: MetricTask,
  group: MetricGroup,
  needsScores: boolean,
  entries: readonly Entry[],
): MetricDescription[] {
  return entries.map(([name, summary, formula]) => ({
    name,
    task,
    group,
    summary,
    formula,
    needsScores,
  }));
}
