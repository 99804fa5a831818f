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

/** Of tasks whose rows have a confidence. */
export function describeAbstaining(task: MetricTask): MetricDescription[] {
  return describeGroup(task, 'calibration', true, [
    [
      'aurc',
      'Share of answers that are wrong, on average over how many of the surest rows are answered',
      'mean_i Σ s·[wrong, κ ≥ κ_i] / Σ s·[κ ≥ κ_i], κ how sure',
    ],
    [
      'e_aurc',
      'What aurc exceeds that of the best possible order by',
      'aurc − aurc of right rows before wrong ones',
    ],
  ]);
}
