/** What stands out of accuracy beside the loss: a page that scores loads this at once, and no diagnosis. */

import type { MetricValue, Notice } from '../types/report.js';

/** A ranking this good is not what a constant prediction would have. */
const GOOD_AUC = 0.75;

export const four = (x: number): string => x.toFixed(4);
export const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

export function numberOf(metric: MetricValue | undefined): number {
  return typeof metric?.value === 'number' ? metric.value : Number.NaN;
}

/** What accuracy says beside the loss and the ranking of the same rows. */
export function accuracyFlags(metrics: Readonly<Record<string, MetricValue>>): Notice[] {
  const flags: Notice[] = [];
  const { log_loss: logLoss, accuracy: right } = metrics;
  const loss = numberOf(logLoss);
  const prior = logLoss?.baseline ?? Number.NaN;
  const accuracy = numberOf(right);
  const majority = right?.baseline ?? Number.NaN;
  const { low = Number.NaN, high = Number.NaN } = right ?? {};
  if (loss > prior && low > majority) {
    flags.push({
      code: 'loss-above-prior',
      message: `Accuracy ${percent(accuracy)} beats the majority class (${percent(majority)}), but the loss ${four(loss)} is worse than that of the class frequencies, ${four(prior)}: the ranking is good and the probabilities are bad.`,
      evidence: { accuracy, majority, loss, prior },
    });
  }
  const auc = Math.max(
    ...[metrics.roc_auc, metrics.roc_auc_ovr_macro].map(numberOf).filter((x) => !Number.isNaN(x)),
    Number.NEGATIVE_INFINITY,
  );
  if (auc >= GOOD_AUC && low <= majority && majority <= high) {
    flags.push({
      code: 'accuracy-at-majority',
      message: `Accuracy ${percent(accuracy)} is that of always saying the majority class (${percent(majority)}), though the ranking is good (AUC ${four(auc)}): look at the threshold or the imbalance, not at the model.`,
      evidence: { accuracy, majority, auc },
    });
  }
  return flags;
}
