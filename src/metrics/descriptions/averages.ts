/** Rates under each of their averages: a description of each, from one of the rate. */

import type { MetricDescription, MetricTask } from '../../types/metric-description.js';

/** Rates that reports of classes and of labels give, by name: what they are, and their formula. */
const RATES = {
  precision: ['rows predicted as @ that are of it', 'TP / (TP + FP)'],
  recall: ['rows of @ that are predicted as it', 'TP / (TP + FN)'],
  'f<β>': [
    'mean of precision and recall, recall β-fold',
    '(1 + β²)·TP / ((1 + β²)·TP + β²·FN + FP)',
  ],
  jaccard: ['overlap of targets and predictions of @', 'TP / (TP + FP + FN)'],
  specificity: ['rows not of @ and not predicted as it', 'TN / (TN + FP)'],
} as const;

/**
 * Descriptions of all rates.
 * @param thing what rates are of: `a class`, `a label`
 * @param averages names of averages, and what each says
 */
export function averagedRates(
  task: MetricTask,
  thing: string,
  averages: Readonly<Record<string, string>>,
): MetricDescription[] {
  return Object.entries(RATES).flatMap(([name, [summary, formula]]) =>
    Object.entries(averages).map(([average, words]) => ({
      name: `${name}_${average}`,
      task,
      group: 'rates' as const,
      summary: `${sentence(summary.replace('@', thing))}; ${words}`,
      formula,
      needsScores: false,
    })),
  );
}

function sentence(summary: string): string {
  return /^rows /.test(summary)
    ? `Share of the ${summary}`
    : `${summary[0].toUpperCase()}${summary.slice(1)}`;
}
