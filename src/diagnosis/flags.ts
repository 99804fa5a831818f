/** What stands out in one dump: a sentence each, with the numbers behind it. */

import type { Diagnosis } from '../types/diagnosis.js';
import type { MetricValue, Notice } from '../types/report.js';

/** The worst 1 % of rows carrying more than this makes means unsteady. */
export const HEAVY_TAIL_SHARE = 0.5;
/** A ranking this good is not what a constant prediction would have. */
const GOOD_AUC = 0.75;

const four = (x: number): string => x.toFixed(4);
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

function numberOf(metric: MetricValue | undefined): number {
  return typeof metric?.value === 'number' ? metric.value : Number.NaN;
}

/** What flags are drawn from beside the diagnosis. */
export interface FlagFacts {
  /** Metrics of the same rows. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** Mean loss of equal probabilities for all classes. */
  readonly uniformLogLoss: number;
  /** Whether class weights or smoothing shape the loss. */
  readonly lossIsShaped: boolean;
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

/** Flags in a fixed order. What does not apply to the task has no metric, and so no flag. */
export function diagnosisFlags(
  diagnosis: Omit<Diagnosis, 'flags'>,
  { metrics, uniformLogLoss, lossIsShaped }: FlagFacts,
): Notice[] {
  const flags: Notice[] = [];
  const add = (code: string, message: string, evidence: NonNullable<Notice['evidence']>) => {
    flags.push({ code, message, evidence });
  };
  const { log_loss: logLoss, calibration_gap: gap } = metrics;
  const loss = numberOf(logLoss);
  const { calibration, temperature } = diagnosis;

  if (loss > uniformLogLoss) {
    const equal = isOfLabels(diagnosis)
      ? 'saying 50 % for every label'
      : 'equal probabilities for all classes';
    add(
      'loss-above-uniform',
      `The loss ${four(loss)} is higher than that of ${equal}, ${four(uniformLogLoss)}: the scores would do better saying nothing.`,
      { loss, uniform: uniformLogLoss },
    );
  }
  flags.push(...accuracyFlags(metrics));
  const tail = diagnosis.worstShares.find(({ rows }) => rows === 0.01);
  // Of values the report says that itself, with or without a diagnosis.
  if (diagnosis.fit.scores !== 'values' && tail !== undefined && tail.loss > HEAVY_TAIL_SHARE) {
    add(
      'few-rows-carry-loss',
      `The worst 1 % of the rows carry ${percent(tail.loss)} of the loss. Its mean says little about the others, and its interval is too narrow; look at those rows (--worst) before believing it.`,
      { rows: 0.01, loss: tail.loss },
    );
  }
  if (gap !== undefined && typeof gap.value === 'number' && gap.low !== undefined) {
    const isOver = gap.low > 0;
    if (isOver || (gap.high ?? 0) < 0) {
      const words = isOver ? 'above' : 'below';
      add(
        isOver ? 'over-confident' : 'under-confident',
        `Mean confidence lies ${(100 * Math.abs(gap.value)).toFixed(1)} percentage points ${words} the accuracy. ${remedy(temperature, calibration.crossFitted)}`,
        { gap: gap.value, low: gap.low, high: gap.high ?? Number.NaN },
      );
    }
  }
  if (lossIsShaped) {
    add(
      'loss-shaped',
      'Class weights or label smoothing shape the loss; accuracy knows nothing of them, so the two may part for that reason alone.',
      { loss, plain: diagnosis.loss },
    );
  }
  return flags;
}

function isOfLabels({ fit, temperature }: Omit<Diagnosis, 'flags'>): boolean {
  return fit.scores !== 'values' && temperature === undefined;
}

function remedy(temperature: Diagnosis['temperature'], saved: number): string {
  if (temperature === undefined || temperature.bound !== undefined || !(saved > 0))
    return 'One temperature for all rows does not cure that.';
  return `Dividing the logits by ${temperature.value.toPrecision(3)} would take ${four(saved)} off the loss and change no prediction.`;
}
