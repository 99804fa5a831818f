/** The best thresholds among scores that are too many for a table: one walk, nothing kept. */

import { RunningSum } from '../metrics/running-sum.js';
import type { RunWalk } from '../types/ranking.js';
import { type ThresholdRow, thresholdRow } from './threshold-table.js';

const MERITS = ['f1', 'mcc', 'accuracy'] as const;

export type BestOfRuns = Readonly<Record<(typeof MERITS)[number], ThresholdRow>>;

/**
 * The thresholds of highest F1, MCC and accuracy among ∞ and the scores of all
 * runs; of equally good ones the highest, as `bestThreshold` chooses.
 * @param positives weight of all positives, and `negatives` of all negatives
 */
export function bestOfRuns(walk: RunWalk, positives: number, negatives: number): BestOfRuns {
  const none = thresholdRow(Number.POSITIVE_INFINITY, 0, 0, positives, negatives);
  const best = { f1: none, mcc: none, accuracy: none };
  const above = { positives: new RunningSum(), negatives: new RunningSum() };
  walk((runs) => {
    for (let i = 0; i < runs.count; i++) {
      above.positives.add(runs.positives[i]);
      above.negatives.add(runs.negatives[i]);
      const { positives: hits, negatives: alarms } = above;
      const row = thresholdRow(runs.scores[i], hits.value, alarms.value, positives, negatives);
      for (const merit of MERITS) if (row[merit] > best[merit][merit]) best[merit] = row;
    }
  });
  return best;
}
