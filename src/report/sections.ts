/** A report in sections: what a task says, what parts say, and what stands in every report. */

import type { MetricValue, Notice, ReportSource, RowTask, ScoreReport } from '../types/report.js';
import type { PartReport } from '../types/scorer-part.js';
import { VERSION } from '../version.js';

/** What is known when the metrics are there, and the parts have said theirs. */
export interface SectionFacts {
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** What the parts said, all together. */
  readonly said: PartReport;
  /** Infinity where every row could be scored. */
  readonly firstInvalidRow: number;
  readonly source: ReportSource;
}

/** A report but for what the driver writes into every one. */
export interface Sections
  extends Pick<
    ScoreReport,
    | 'kernel'
    | 'options'
    | 'classes'
    | 'labels'
    | 'classNames'
    | 'classesSeen'
    | 'rows'
    | 'tiedRows'
    | 'confusion'
    | 'calibration'
    | 'thresholds'
  > {
  readonly notices: readonly Notice[];
  /** The metrics, where what the parts said changes which apply. */
  readonly metrics?: Readonly<Record<string, MetricValue>>;
}

/** Puts the report together. */
export function assembleReport(
  task: RowTask,
  sections: Sections,
  { metrics, said, source }: SectionFacts,
): ScoreReport {
  const { kernel, options, classes, labels, classNames, classesSeen } = sections;
  const { rows, tiedRows, confusion, calibration, thresholds } = sections;
  const { diagnosis, coverage, slices, clusters, notices = [] } = said;
  return {
    schema: 'logitscope.score/1',
    version: VERSION,
    task: task === 'labels' ? 'classification' : task,
    taskFrom: 'option',
    source,
    kernel,
    options,
    ...(classes !== undefined && { classes }),
    ...(labels !== undefined && { labels }),
    ...(classNames && { classNames }),
    ...(classesSeen !== undefined && { classesSeen }),
    rows,
    ...(tiedRows !== undefined && { tiedRows }),
    metrics: sections.metrics ?? metrics,
    ...(confusion && { confusion }),
    ...(calibration && { calibration }),
    ...(thresholds && { thresholds }),
    ...(diagnosis && { diagnosis }),
    ...(coverage && { coverage }),
    ...(slices && { slices }),
    ...(clusters && { clusters }),
    notices: [...sections.notices, ...notices],
  };
}
