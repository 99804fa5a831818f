/** The diagnosis of one dump from its tallies. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { DiagnosisTally } from '../tallies/diagnosis-tally.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { Diagnosis } from '../types/diagnosis.js';
import type { MetricValue } from '../types/report.js';
import type { ScoreKind } from '../types/scores.js';
import type { TemperKernel } from '../types/temper.js';
import { diagnosisFlags } from './flags.js';
import { fitRefinement, type Refinement, temperatureReport } from './temperature.js';

/** Shares of rows whose part of the loss is told. */
const WORST_SHARES = [0.001, 0.01, 0.1];

/** What a diagnosis is made of. */
export interface DiagnosisParts {
  readonly tally: DiagnosisTally;
  /** A fit on all rows, where there is one beside the sample. */
  readonly found: Refinement | null;
  readonly kernel: TemperKernel;
  readonly math: ScalarMath;
  readonly kind: ScoreKind;
  /** Probabilities below this are raised to it before logarithms are taken. */
  readonly eps: number;
  /** Metrics of the same rows. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** Whether class weights or smoothing shape the loss. */
  readonly lossIsShaped: boolean;
  readonly uniformLogLoss: number;
}

/** @returns null where no row of finite loss weighs anything */
export function diagnose(parts: DiagnosisParts): Diagnosis | null {
  const { tally, kernel, math, kind, eps } = parts;
  const found =
    parts.found ?? fitRefinement(kernel, sampleAsLogits(tally.sample, kind, eps, math), math);
  if (found === null) return null;
  const loss = tally.histogram.mean();
  const { fit, crossFittedLoss, rows } = found;
  // Of a sample, the difference carries over to all rows better than either loss.
  const calibration = {
    crossFitted: fit.lossAtOne - crossFittedLoss,
    inSample: fit.lossAtOne - fit.loss,
  };
  const diagnosis: Omit<Diagnosis, 'flags'> = {
    loss,
    infiniteRows: tally.leftOut,
    fit: {
      rows,
      of: tally.sample.seen,
      scores: kind === 'logits' ? 'logits' : 'log-probabilities',
    },
    temperature: temperatureReport(fit, math),
    refinement: {
      crossFitted: loss - calibration.crossFitted,
      inSample: loss - calibration.inSample,
    },
    calibration,
    worstShares: WORST_SHARES.map((share) => ({
      rows: share,
      loss: tally.histogram.shareOfWorst(share),
    })),
    worst: tally.worst.rows(),
  };
  return { ...diagnosis, flags: diagnosisFlags(diagnosis, parts) };
}

/** The sampled rows as logits; of probabilities their logarithms. */
export function sampleAsLogits(
  sample: RowSample,
  kind: ScoreKind,
  eps: number,
  math: ScalarMath,
): RowSample {
  const toLogit = logitOf(kind, eps, math);
  return toLogit === null ? sample : sample.mapped(toLogit);
}

/** What makes a logit of a score; null where it is one. */
export function logitOf(
  kind: ScoreKind,
  eps: number,
  math: ScalarMath,
): ((score: number) => number) | null {
  return kind === 'probabilities' ? (p) => math.log(Math.max(p, eps)) : null;
}
