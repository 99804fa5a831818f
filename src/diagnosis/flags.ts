/** What stands out in one dump: a sentence each, with the numbers behind it. */

import type { Diagnosis } from '../types/diagnosis.js';
import type { MetricValue, Notice } from '../types/report.js';
import { accuracyFlags, four, numberOf, percent } from './accuracy-flags.js';
import { isToldTemperature, remedyOf } from './remedy.js';
import { pText } from './task-words.js';

/** The worst 1 % of rows carrying more than this makes means unsteady. */
export const HEAVY_TAIL_SHARE = 0.5;
/** What flags are drawn from beside the diagnosis. */
export interface FlagFacts {
  /** Metrics of the same rows. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** Mean loss of equal probabilities for all classes. */
  readonly uniformLogLoss: number;
  /** Whether class weights or smoothing shape the loss. */
  readonly lossIsShaped: boolean;
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
  const { parts, accuracyAtOffsets } = diagnosis;
  const isFavouring = diagnosis.offsets?.told === true;
  if (isFavouring) {
    const remedy = remedyOf(diagnosis, { scale: parts.scale.low > 0, offsets: true });
    const saved = Math.max(
      0,
      parts.scale.low > 0 ? calibration.crossFitted : parts.offsets.crossFitted,
    );
    const lost = accuracyAtOffsets?.lost ?? 0;
    const gain =
      accuracyAtOffsets !== undefined && accuracyAtOffsets.pValue <= 0.05 && lost > 0
        ? ` and add ${(100 * lost).toFixed(1)} points to the accuracy (${pText(accuracyAtOffsets.pValue)})`
        : '';
    add(
      'classes-favoured',
      `Some ${isOfLabels(diagnosis) ? 'labels' : 'classes'} are favoured: an offset lies on their scores, which costs ${four(parts.offsets.crossFitted)} of the loss.${remedy === null ? '' : ` To ${remedy.text} would take ${four(saved)} off the loss${gain}.`}`,
      {
        offsets: parts.offsets.crossFitted,
        low: parts.offsets.low,
        high: parts.offsets.high,
        ...(accuracyAtOffsets && { lost: accuracyAtOffsets.lost, p: accuracyAtOffsets.pValue }),
      },
    );
  }
  if (gap !== undefined && typeof gap.value === 'number' && gap.low !== undefined) {
    const isOver = gap.low > 0;
    // Offsets move confidence away from the accuracy, too: no matter of scale, and said above.
    const isOfOffsets = isFavouring && !isToldTemperature(temperature);
    if ((isOver || (gap.high ?? 0) < 0) && !isOfOffsets) {
      const words = isOver ? 'above' : 'below';
      add(
        isOver ? 'over-confident' : 'under-confident',
        `Mean confidence lies ${(100 * Math.abs(gap.value)).toFixed(1)} percentage points ${words} the accuracy. ${remedy(temperature, parts.scale.crossFitted)}`,
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
