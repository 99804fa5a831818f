/** What soft targets change in a report: which rows count where, and what is left out. */

import type { TallyRows } from '../tallies/classification-tally.js';
import type { MetricValue } from '../types/report.js';
import type { SoftFacts } from '../types/scorer-part.js';

/** A prediction of q itself has less confidence than accuracy by the largest class: that would be taken for an error. */
const CALIBRATION = /^(?:ece_|mce_|calibration_gap$)/;

/** Counts of rows with those that the loss alone counts among the scored. */
export function countSoftRows(rows: TallyRows, soft: SoftFacts): TallyRows {
  const { infiniteLoss, belowEps, zeroProbability } = soft;
  // No index is ignored: what the tally passed over are rows without a largest class.
  return { ...rows, scored: soft.rows, ignored: 0, infiniteLoss, belowEps, zeroProbability };
}

/** The metrics without what would be wrong. */
export function leaveOutCalibration(
  metrics: Readonly<Record<string, MetricValue>>,
): Readonly<Record<string, MetricValue>> {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !CALIBRATION.test(name)));
}
