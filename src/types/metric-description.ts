/** What a metric is, for people: how listings of metrics describe each. */

/** What predictions are for, as far as it decides which metrics a report holds. */
export type MetricTask = 'classification' | 'binary' | 'multilabel' | 'regression';

/** What a metric asks. */
export type MetricGroup =
  | 'losses'
  | 'agreement'
  | 'ranking'
  | 'calibration'
  | 'rates'
  | 'errors'
  | 'explained';

/** A metric that reports hold. */
export interface MetricDescription {
  /** Name in reports, with `<k>`, `<β>` or `<q>` where a number stands. */
  readonly name: string;
  readonly task: MetricTask;
  readonly group: MetricGroup;
  /** What it is, in one line. */
  readonly summary: string;
  readonly formula: string;
  /** Whether predicted labels alone do not suffice. */
  readonly needsScores: boolean;
}
