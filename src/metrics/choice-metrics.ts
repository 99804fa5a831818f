/** Accuracies of choices that are compared in other ways, and baselines that know how many choices each row has. */

import type { ChoiceGroup, ChoiceTally } from '../tallies/choice-tally.js';
import { exactSum } from '../tallies/exact-sums.js';
import type { Mean } from '../tallies/ratio-moments.js';
import { CHOICE_METRICS } from '../types/choices.js';
import type { MetricValue } from '../types/report.js';
import { wilson } from './intervals.js';
import { higherIsBetter, lowerIsBetter, type Metrics } from './metric-values.js';
import type { ScalarMath } from './scalar-math.js';

/**
 * What the best constant prediction comes to that knows how many choices a row has, and how often each
 * place is right among rows of so many. Where all rows have as many, that is the best of all rows.
 */
export interface ChoiceBaselines {
  /** Loss of equal probabilities. */
  readonly uniform: number;
  /** Accuracy of guessing. */
  readonly chance: number;
  readonly entropy: number;
  readonly brier: number;
  /** Share of rows whose target is among the k most frequent places. */
  top(k: number): number;
  readonly reciprocal: number;
}

/** Sums over the groups, each by its share of the weight. */
export function choiceBaselines(tally: ChoiceTally, math: ScalarMath): ChoiceBaselines {
  const { weight } = tally.totals();
  const groups = tally.groups();
  const mean = (of: (group: ChoiceGroup, own: number) => number): number =>
    exactSum(
      groups.map((group) => {
        const own = exactSum(group.targets);
        return own === 0 ? 0 : (own / weight) * of(group, own);
      }),
    );
  const overPlaces = (of: (share: number, rank: number) => number) =>
    mean(({ targets }, own) => {
      const shares = targets
        .map((target) => target / own)
        .sort()
        .reverse();
      return exactSum(shares.map((share, rank) => of(share, rank)));
    });
  return {
    uniform: mean(({ count }) => math.log(count)),
    chance: mean(({ count }) => 1 / count),
    entropy: overPlaces((share) => (share === 0 ? 0 : -share * math.log(share))),
    brier: overPlaces((share) => share * (1 - share)),
    top: (k) =>
      Math.min(
        1,
        overPlaces((share, rank) => (rank < k ? share : 0)),
      ),
    reciprocal: overPlaces((share, rank) => share / (rank + 1)),
  };
}

/** sd / √n with n − 1 in sd; the tally's own has n. */
export function sampleError({ standardError }: Mean, rows: number): number | undefined {
  const error = standardError * Math.sqrt(rows / (rows - 1));
  return rows > 1 && Number.isFinite(error) ? error : undefined;
}

/** Accuracy with its standard error, and the accuracies by other ways of comparing choices. */
export function choiceAccuracies(
  tally: ChoiceTally,
  accuracy: MetricValue,
  baseline: number,
): Metrics {
  const { rows, options } = tally;
  const withError = (metric: MetricValue, mean: Mean): MetricValue => {
    const standardError = sampleError(mean, rows);
    const { value, low, high, ...others } = metric;
    return {
      value,
      ...(low !== undefined && { low }),
      ...(high !== undefined && { high }),
      ...(standardError !== undefined && { standardError }),
      ...others,
    };
  };
  const metrics: Metrics = { accuracy: withError(accuracy, tally.mean('acc')) };
  for (const name of CHOICE_METRICS) {
    if (!options.metrics.includes(name)) continue;
    const mean = tally.mean(name);
    const metric = higherIsBetter(mean.mean, wilson(mean.mean, tally.totals()), baseline);
    metrics[name] = withError(metric, mean);
  }
  return metrics;
}

/** Metrics with the baselines of choices in place of those of classes. */
export function withChoiceBaselines(
  metrics: Readonly<Record<string, MetricValue>>,
  baselines: ChoiceBaselines,
  math: ScalarMath,
): Metrics {
  const changed: Metrics = {};
  const set = (name: string, make: typeof lowerIsBetter, baseline: number) => {
    const metric = metrics[name];
    if (metric === undefined) return;
    const { value, low, high } = metric;
    const interval = low === undefined || high === undefined ? null : { low, high };
    changed[name] = make(value as number, interval, baseline);
  };
  set('log_loss', lowerIsBetter, baselines.entropy);
  set('perplexity', higherIsBetter, math.exp(baselines.entropy));
  set('bits', lowerIsBetter, baselines.entropy / Math.LN2);
  set('brier_multiclass', lowerIsBetter, baselines.brier);
  const majority = baselines.top(1);
  set('accuracy', higherIsBetter, majority);
  for (const name of ['hamming', 'zero_one']) set(name, lowerIsBetter, 1 - majority);
  for (const name of Object.keys(metrics)) {
    const k = /^top_(\d+)_accuracy$/.exec(name)?.[1];
    if (k !== undefined) set(name, higherIsBetter, baselines.top(Number(k)));
  }
  set('mrr', higherIsBetter, baselines.reciprocal);
  return changed;
}

/** Metrics over classes, which mean nothing where a class is not one of every row. */
const OF_CLASSES =
  /^(?:balanced_accuracy.*|mcc|kappa.*|roc_auc.*|average_precision.*|pr_auc.*|.*_(?:micro|macro|weighted|none))$/;

/** The accuracies beside the accuracy; and where choices vary without metrics over classes. */
export function orderedMetrics(
  metrics: Readonly<Record<string, MetricValue>>,
  varies: boolean,
): Metrics {
  const others: readonly string[] = CHOICE_METRICS;
  const ordered: Metrics = {};
  for (const [name, metric] of Object.entries(metrics)) {
    if (others.includes(name) || (varies && isOfClasses(name))) continue;
    ordered[name] = metric;
    if (name !== 'accuracy') continue;
    for (const other of others) if (metrics[other]) ordered[other] = metrics[other];
  }
  return ordered;
}

/** Whether a metric is left out where rows have different numbers of choices. */
export function isOfClasses(name: string): boolean {
  return OF_CLASSES.test(name);
}
