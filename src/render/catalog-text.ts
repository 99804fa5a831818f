/** Listings of metrics and losses for people at a terminal. */

import type { LossInfo } from '../types/loss.js';
import type { MetricDescription, MetricGroup, MetricTask } from '../types/metric-description.js';
import { style } from './style.js';
import { tableLines } from './table.js';

const TASKS: Readonly<Record<MetricTask, string>> = {
  classification: 'Classification: scores of several classes, or predicted labels',
  binary: 'Binary: one score per row',
  multilabel: 'Multilabel: several labels per row',
  regression: 'Regression: predicted values',
};

const GROUPS: Readonly<Record<MetricGroup, string>> = {
  losses: 'losses of probabilities',
  agreement: 'agreement of labels',
  ranking: 'ranking',
  calibration: 'calibration',
  rates: 'rates of classes',
  errors: 'errors',
  explained: 'share explained',
};

/** Metrics by task and group, a line each: name, what it is, formula. */
export function renderMetricList(
  metrics: readonly MetricDescription[],
  { colour = false }: { readonly colour?: boolean } = {},
): string {
  const { bold, dim } = style(colour);
  const sections = Object.entries(TASKS).flatMap(([task, title]) => {
    const ofTask = metrics.filter((metric) => metric.task === task);
    if (ofTask.length === 0) return [];
    const table = tableLines(
      ofTask.map(({ name, summary, formula }) => [`    ${name}`, summary, formula]),
      ['left', 'left', 'left'],
    );
    const lines = ofTask.flatMap(({ group }, i) =>
      group === ofTask[i - 1]?.group ? table[i] : [dim(`  ${GROUPS[group]}`), table[i]],
    );
    return [[bold(title), ...lines].join('\n')];
  });
  return `${sections.join('\n\n')}\n`;
}

/** Losses, a line each: name, what it is, formula, likelihood. */
export function renderLossList(
  losses: readonly LossInfo[],
  { colour = false }: { readonly colour?: boolean } = {},
): string {
  const { dim } = style(colour);
  const [head, ...lines] = tableLines(
    [
      ['loss', 'what it measures', 'of one row or element', 'negative log-likelihood of'],
      ...losses.map(({ lossName, summary, formula, likelihood }) => [
        lossName,
        summary,
        formula,
        likelihood,
      ]),
    ],
    ['left', 'left', 'left', 'left'],
  );
  return `${[dim(head), ...lines].join('\n')}\n`;
}
