/** What each metric is, in one line and one formula, for listings. */

import type { MetricDescription } from '../types/metric-description.js';
import { binaryDescriptions, multilabelDescriptions } from './descriptions/binary.js';
import { classificationDescriptions } from './descriptions/classification.js';
import { regressionDescriptions } from './descriptions/regression.js';

/**
 * Every metric that a report can hold, by task and group: its name, what it
 * says, its formula (s is the weight of a row, 1 where rows have none).
 *
 * @example
 * ```ts
 * import { metricDescriptions } from 'logitscope';
 * metricDescriptions.find(({ name }) => name === 'rmse')?.formula; // '√mse'
 * ```
 */
export const metricDescriptions: readonly MetricDescription[] = [
  ...classificationDescriptions,
  ...binaryDescriptions,
  ...multilabelDescriptions,
  ...regressionDescriptions,
];

/** The name under which a metric is described: `top_5_accuracy` as `top_<k>_accuracy`. */
function generalName(name: string): string {
  return name
    .replace(/^top_[0-9]+_accuracy$/, 'top_<k>_accuracy')
    .replace(/^f[0-9][0-9.e+-]*(?=_|$)/, 'f<β>')
    .replace(/^pinball_[0-9][0-9.e+-]*$/, 'pinball_<q>');
}

/**
 * The descriptions of a metric by the name it has in a report, one for each task
 * that has it.
 *
 * @example
 * ```ts
 * import { describeMetric } from 'logitscope';
 * describeMetric('top_5_accuracy').map(({ name }) => name); // ['top_<k>_accuracy']
 * describeMetric('accuracy').map(({ task }) => task); // ['classification', 'binary']
 * describeMetric('acuracy'); // []
 * ```
 */
export function describeMetric(name: string): readonly MetricDescription[] {
  const general = generalName(name);
  return metricDescriptions.filter((description) => description.name === general);
}
