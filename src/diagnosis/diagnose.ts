/** The diagnosis of one dump from its tally, whatever its task. */

import type { DiagnosisTally } from '../tallies/diagnosis-tally.js';
import type { Diagnosis } from '../types/diagnosis.js';
import type { Fitted } from '../types/fitted.js';
import type { MetricValue } from '../types/report.js';
import { diagnosisFlags } from './flags.js';
import { recalibrated } from './recalibrated.js';
import type { Recalibration } from './recalibration.js';

/** Shares of rows whose part of the loss is told. */
const WORST_SHARES = [0.001, 0.01, 0.1];

/** What a diagnosis is made of. */
export interface DiagnosisParts {
  readonly tally: DiagnosisTally;
  readonly recalibration: Recalibration;
  /** A fit on all rows, where there is one beside the sample. */
  readonly found: Fitted | null;
  /** What was recalibrated. */
  readonly scores: Diagnosis['fit']['scores'];
  /** Metrics of the same rows. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** Whether class weights or smoothing shape the loss. */
  readonly lossIsShaped: boolean;
  readonly uniformLogLoss: number;
  /** Names of the classes, or labels, where there are any. */
  readonly classNames?: readonly string[] | null | undefined;
}

/** @returns null where no row of finite loss weighs anything, and where rows have no scores */
export function diagnose(parts: DiagnosisParts): Diagnosis | null {
  const { tally, recalibration, scores } = parts;
  const found = parts.found ?? recalibration.fit(tally.sample);
  if (found === null) return null;
  const loss = tally.histogram.mean();
  const diagnosis: Omit<Diagnosis, 'flags'> = {
    loss,
    infiniteRows: tally.leftOut,
    fit: { rows: found.rows, of: tally.sample.seen, scores },
    ...recalibrated(found, loss, parts.classNames),
    worstShares: WORST_SHARES.map((share) => ({
      rows: share,
      loss: tally.histogram.shareOfWorst(share),
    })),
    worst: tally.worst.rows(),
  };
  return { ...diagnosis, flags: diagnosisFlags(diagnosis, parts) };
}
