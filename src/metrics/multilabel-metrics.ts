/** Every metric of rows of several labels, as a function of the tally. */

import type { MultilabelTally } from '../tallies/multilabel-tally.js';
import { ratesFor } from '../tallies/rates.js';
import { AVERAGES, averagedRate, checkZeroDivision, type ZeroDivision } from './class-rates.js';
import { normal, wilson } from './intervals.js';
import { type Metrics, mapInterval } from './metric-values.js';
import { multilabelMarginals } from './multilabel-marginals.js';

export interface MultilabelMetricsOptions {
  /** What 0/0 counts as: 0 (the default), 1 or NaN. */
  readonly zeroDivision?: ZeroDivision | undefined;
  /** Whether to give `precision_none` and its kind, one number per label; default true. */
  readonly perLabel?: boolean | undefined;
}

/**
 * All metrics of a tally by name: `exact_match`, `zero_one`, `hamming`, and
 * precision, recall, Fβ, Jaccard index and specificity under `micro`, `macro`,
 * `weighted`, `samples` and `none`. Averages run over all labels, seen or not.
 * @throws UsageError `bad-option`
 */
export function multilabelMetrics(
  tally: MultilabelTally,
  options: MultilabelMetricsOptions = {},
): Metrics {
  const { zeroDivision = 0, perLabel = true } = options;
  checkZeroDivision(zeroDivision);
  const { labels, betas } = tally.settings;
  const { scored } = tally.rows;
  const counts = multilabelMarginals(tally);
  const totals = tally.weights.totals();
  const exact = counts.right / counts.weight;
  const interval = wilson(exact, totals);
  const errors = tally.errors.over(totals);
  const metrics: Metrics = {
    exact_match: { value: exact, ...interval },
    zero_one: {
      value: Math.max(0, counts.weight - counts.right) / counts.weight,
      ...mapInterval(interval && { low: interval.high, high: interval.low }, (x) => 1 - x),
    },
    hamming: { value: errors.mean, ...normal(errors, scored) },
  };
  const over = Array.from({ length: labels }, (_, k) => k);
  for (const [name, rate] of ratesFor(betas)) {
    for (const average of AVERAGES) {
      if (average === 'none' && !perLabel) continue;
      metrics[`${name}_${average}`] = {
        value: averagedRate(rate, average, counts, zeroDivision, over),
      };
    }
    const ofRows = tally.rowRates.get(name)!.over(tally.weights, zeroDivision);
    metrics[`${name}_samples`] = { value: ofRows.mean, ...normal(ofRows, scored) };
  }
  return metrics;
}
