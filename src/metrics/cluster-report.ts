/**
 * Intervals of loss and accuracy where rows come in clusters (K.-Y. Liang and
 * S. L. Zeger, Biometrika 73, 1986): rows of one patient, document or user are
 * not independent, and taking them for that makes intervals too narrow.
 */

import type { ClusteredMean, ClusterSummary } from '../tallies/cluster-tally.js';
import { quote } from '../types/errors.js';
import type { ClusteredError, MetricValue, Notice } from '../types/report.js';
import type { PartReport } from '../types/scorer-part.js';
import { type Interval, normal } from './intervals.js';

/** With fewer, the standard error itself is uncertain, and rather too small. */
const FEW_CLUSTERS = 30;

/**
 * The metrics `log_loss` and `accuracy` with the intervals of clusters.
 * @param by name of the column
 * @param metrics as they are for independent rows
 */
export function clusterReport(
  by: string,
  summary: ClusterSummary,
  metrics: Readonly<Record<string, MetricValue>>,
): PartReport {
  const { count, largest, loss, accuracy } = summary;
  const clusters = {
    by,
    count,
    largest,
    log_loss: errorOf(loss),
    accuracy: errorOf(accuracy),
  };
  return {
    clusters,
    metrics: {
      log_loss: withInterval(metrics.log_loss, intervalOf(loss, count)),
      accuracy: withInterval(metrics.accuracy, within01(intervalOf(accuracy, count))),
    },
    notices: [...clusterNotices(clusters, summary)],
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

function* clusterNotices(
  { by, count, log_loss, accuracy }: { by: string } & Required<PartReport>['clusters'],
  { missing }: ClusterSummary,
): Generator<Notice> {
  const column = quote(by);
  if (count < 2) {
    yield {
      code: 'few-clusters',
      message: `All rows are of one cluster of ${column}, which says nothing about other clusters: log_loss and accuracy have no interval.`,
      evidence: { clusters: count },
    };
    return;
  }
  const times = ({ ratio }: ClusteredError) =>
    Number.isFinite(ratio) ? `${ratio.toFixed(2)} ×` : 'beyond comparison to';
  yield {
    code: 'clustered-errors',
    message: `The intervals of log_loss and accuracy take rows of one cluster of ${column} for dependent (${count} clusters): their standard errors are ${times(log_loss)} and ${times(accuracy)} those of independent rows. All other intervals are those of independent rows.`,
    evidence: { clusters: count, logLossRatio: log_loss.ratio, accuracyRatio: accuracy.ratio },
  };
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
