/**
 * Intervals of the means of the two readings where rows come in clusters (K.-Y. Liang and
 * S. L. Zeger, Biometrika 73, 1986): rows of one patient, document or user are
 * not independent, and taking them for that makes intervals too narrow.
 */

import type { ClusteredMean, ClusterSummary } from '../tallies/cluster-tally.js';
import { quote } from '../types/errors.js';
import type { ClusteredError, ClusteredMetric, MetricValue, Notice } from '../types/report.js';
import { isShare, type Readings } from '../types/rows.js';
import type { PartReport } from '../types/scorer-part.js';
import { type Interval, normal } from './intervals.js';
import { roots } from './root-interval.js';

/** With fewer, the standard error itself is uncertain, and rather too small. */
export const FEW_CLUSTERS = 30;

/** A metric whose interval clusters widen. */
type Named = readonly [name: ClusteredMetric, mean: ClusteredMean];

/**
 * The metrics of the two readings with the intervals of clusters.
 * @param by name of the column
 * @param metrics as they are for independent rows
 */
export function clusterReport(
  by: string,
  summary: ClusterSummary,
  metrics: Readonly<Record<string, MetricValue>>,
  readings: Readings,
): PartReport {
  const { count, largest, loss, second } = summary;
  const widened: Record<string, MetricValue> = {};
  const named: Named[] = [];
  if (readings.loss !== null && loss !== null) named.push([readings.loss, loss]);
  named.push([readings.second, second]);
  for (const [name, mean] of named) {
    const metric = metrics[name];
    const interval = intervalOf(mean, count);
    const isOfShare = name === readings.second && isShare(readings);
    if (metric) widened[name] = withInterval(metric, isOfShare ? within01(interval) : interval);
    // Of several outputs it is the mean of their roots, which says no more.
    if (name === 'mse' && metric && metrics.rmse?.value === Math.sqrt(Number(metric.value))) {
      widened.rmse = withInterval(metrics.rmse, roots(interval));
    }
  }
  return {
    clusters: {
      by,
      count,
      largest,
      ...Object.fromEntries(named.map(([name, mean]) => [name, errorOf(mean)])),
    },
    metrics: widened,
    notices: [...clusterNotices(by, named, Object.keys(widened), summary)],
  };
}

function errorOf({ clusteredError, standardError }: ClusteredMean): ClusteredError {
  return { standardError: clusteredError, ratio: clusteredError / standardError };
}

function intervalOf({ mean, clusteredError }: ClusteredMean, clusters: number): Interval | null {
  return normal({ mean, standardError: clusteredError }, clusters);
}

function within01(interval: Interval | null): Interval | null {
  return interval && { low: Math.max(0, interval.low), high: Math.min(1, interval.high) };
}

function withInterval(metric: MetricValue, interval: Interval | null): MetricValue {
  const { value, baseline, skill } = metric;
  return {
    value,
    ...interval,
    ...(baseline !== undefined && { baseline }),
    ...(skill !== undefined && { skill }),
  };
}

/** The names of the metrics whose intervals change, in a sentence. */
function listed(names: readonly string[]): string {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

function* clusterNotices(
  by: string,
  named: readonly Named[],
  metrics: readonly string[],
  { count, missing }: ClusterSummary,
): Generator<Notice> {
  const column = quote(by);
  if (count < 2) {
    yield {
      code: 'few-clusters',
      message: `All rows are of one cluster of ${column}, which says nothing about other clusters: ${listed(metrics)} ${metrics.length === 1 ? 'has' : 'have'} no interval.`,
      evidence: { clusters: count },
    };
    return;
  }
  const ratios = named.map(([name, mean]) => [name, errorOf(mean).ratio] as const);
  const times = ratios.map(([, ratio]) =>
    Number.isFinite(ratio) ? `${ratio.toFixed(2)} ×` : 'beyond comparison to',
  );
  const isOne = named.length === 1;
  const root = metrics.includes('rmse') ? ' The interval of rmse is that of mse, by its root.' : '';
  yield {
    code: 'clustered-errors',
    message: `The ${isOne ? 'interval' : 'intervals'} of ${listed(named.map(([name]) => name))} ${isOne ? 'takes' : 'take'} rows of one cluster of ${column} for dependent (${count} clusters): ${isOne ? 'its standard error is' : 'their standard errors are'} ${times.join(' and ')} ${isOne ? 'that' : 'those'} of independent rows.${root} All other intervals are those of independent rows.`,
    evidence: {
      clusters: count,
      ...Object.fromEntries(ratios.map(([name, ratio]) => [`${camel(name)}Ratio`, ratio])),
    },
  };
  yield* countNotices(count, missing);
}

/** What the number of clusters and rows without one mean for standard errors. */
export function* countNotices(count: number, missing: number): Generator<Notice> {
  if (count < FEW_CLUSTERS) {
    yield {
      code: 'few-clusters',
      message: `${count} clusters are few: from fewer than ${FEW_CLUSTERS} a clustered standard error comes out too small as a rule.`,
      evidence: { clusters: count },
    };
  }
  if (missing > 0) {
    yield {
      code: 'missing-clusters',
      message: `${missing} ${missing === 1 ? 'row has' : 'rows have'} no cluster; together they count as one.`,
      evidence: { rows: missing },
    };
  }
}

/** `log_loss` as `logLoss`. */
function camel(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
