/** Reports with chosen metrics alone. */

import { isOfClasses } from '../metrics/choice-metrics.js';
import { describeMetric, metricDescriptions } from '../metrics/metric-descriptions.js';
import { UsageError } from '../types/errors.js';
import { nearest } from '../types/nearest.js';
import type { MetricValue, ScoreReport } from '../types/report.js';

/**
 * Refuses names that no report holds, before anything is read.
 * @param custom names of custom metrics, which are known, too
 * @throws UsageError `unknown-metric`
 */
export function requireKnownMetrics(
  names: readonly string[],
  custom: readonly string[] = [],
): void {
  if (names.length === 0) {
    throw new UsageError('unknown-metric', 'No metric is named. `logitscope metrics` lists them.');
  }
  const unknown = names.filter(
    (name) => !custom.includes(name) && describeMetric(name).length === 0,
  );
  if (unknown.length === 0) return;
  const all = [...custom, ...metricDescriptions.map(({ name }) => concrete(name))];
  const said = unknown.map((name) => {
    const near = nearest(name, all);
    return `${JSON.stringify(name)}${near === null ? '' : ` (did you mean ${near}?)`}`;
  });
  throw new UsageError(
    'unknown-metric',
    `There is no metric ${said.join(', ')}. \`logitscope metrics\` lists all.`,
  );
}

/** A name with numbers where the description has places for them. */
function concrete(name: string): string {
  return name.replace('<k>', '5').replace('<β>', '1').replace('<q>', '0.9');
}

/**
 * A report that holds the named metrics alone, in their order; all else stays.
 * @throws UsageError `unknown-metric`; `metric-not-here` where a metric does not apply, with the reason
 * @example
 * ```ts
 * import { onlyMetrics, scoreArrays } from 'logitscope';
 * const report = await scoreArrays(Float64Array.of(2, 1, 0.1), [0]);
 * Object.keys(onlyMetrics(report, ['accuracy', 'log_loss']).metrics); // ['accuracy', 'log_loss']
 * ```
 */
export function onlyMetrics(report: ScoreReport, names: readonly string[]): ScoreReport {
  requireKnownMetrics(names, Object.keys(report.metrics));
  const metrics: Record<string, MetricValue> = {};
  for (const name of names) {
    if (!Object.hasOwn(report.metrics, name)) {
      throw new UsageError(
        'metric-not-here',
        `The report on ${report.source.name} has no ${name}: ${reasonOf(report, name)}`,
      );
    }
    metrics[name] = report.metrics[name];
  }
  return { ...report, options: { ...report.options, metrics: Object.keys(metrics) }, metrics };
}

/** Metrics that are left out where targets are a probability per class. */
const NEEDS_HARD_TARGETS =
  /^(?:ece_|mce_|calibration_gap$|(?:e_)?aurc$|roc_auc|average_precision|pr_auc|log_loss_none$)/;

/** Why a report does not hold a metric that there is. */
function reasonOf(report: ScoreReport, name: string): string {
  const { task, source, classes, notices, coverage } = report;
  const descriptions = describeMetric(name);
  const description = descriptions.find((one) => one.task === task);
  if (description === undefined) {
    const tasks = descriptions.map((one) => one.task).join(' or ');
    return `it is a metric of the task ${tasks}, and these predictions are scored as ${task}.`;
  }
  if (description.needsScores && source.kind === 'labels') {
    return 'it needs scores, and these are predicted labels. Dump logits or probabilities.';
  }
  const leftOut = notices.find(
    ({ code, evidence }) =>
      code === 'metrics-left-out' && String(evidence?.metrics).split(' ').includes(name),
  );
  if (leftOut) return leftOut.message;
  if (/^acc_/.test(name)) {
    return 'it needs records of an evaluation with the texts of the choices (lm-evaluation-harness, --log_samples).';
  }
  const choices = notices.find(({ code }) => code === 'choices');
  if (choices && isOfClasses(name)) return `it is of classes. ${choices.message}`;
  const isSoft = notices.some(({ code }) => code === 'soft-targets');
  if (isSoft && NEEDS_HARD_TARGETS.test(name)) {
    return 'it is about rows of one true class, and these targets are probabilities. Score the same predictions with hard labels.';
  }
  if (coverage !== undefined && /^(?:e_)?aurc$/.test(name)) {
    return `it is of all rows, and coverage is of ${coverage.rows} of ${coverage.of}. Say --fit-rows ${coverage.of} (fitRows) to keep them all.`;
  }
  if (/^(?:log_loss_none|(?:e_)?aurc)$/.test(name))
    return 'it comes with the diagnosis, which was left out.';
  if (classes !== undefined && description.group === 'ranking') {
    if (/_ov[ro]_/.test(name)) {
      return classes === 2
        ? 'two classes have one curve alone. Ask for roc_auc or average_precision.'
        : 'these are too many scores, or it was not asked for.';
    }
    if (classes > 2) {
      return `it is of two classes, and these are ${classes}. Ask for its like with _ovr_macro.`;
    }
  }
  if (/_none$/.test(name)) return `with ${classes} classes the numbers per class are left out.`;
  if (/^debiased/.test(name)) return 'it is for rows without weights.';
  return 'it was not asked for.';
}
