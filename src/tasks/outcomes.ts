/** Labels that say whether an answer was found right: what is left of a report on classes. */

import { higherIsBetter, type Metrics } from '../metrics/metric-values.js';
import type { Sections } from '../report/sections.js';

/** Notices about classes, which outcomes have none of. */
const OF_CLASSES = ['labels-without-scores', 'classes-not-seen'];

/** The accuracy with its standard error, sd / √n with n − 1 in sd. There is nothing that it could be held against. */
export function outcomeMetrics({ accuracy }: Metrics, rows: number): Metrics {
  const { value, low, high } = accuracy!;
  const share = value as number;
  const error = Math.sqrt((share * Math.max(0, 1 - share)) / (rows - 1));
  const interval = low === undefined || high === undefined ? null : { low, high };
  return {
    accuracy: {
      ...higherIsBetter(share, interval, Number.NaN),
      ...(Number.isFinite(error) && { standardError: error }),
    },
  };
}

/** The report without what is of classes. */
export function outcomeSections({ kernel, options, rows, notices }: Sections): Sections {
  return {
    ...{ kernel, options, rows },
    notices: notices.filter(({ code }) => !OF_CLASSES.includes(code)),
  };
}
