/** Sections of a report on values. */

import type { RegressionMetrics } from '../metrics/regression-metrics.js';
import type { RegressionTally } from '../tallies/regression-tally.js';
import type { Notice, RowCounts } from '../types/report.js';
import { plural } from './audit.js';
import type { SectionFacts, Sections } from './sections.js';

/** Share of the rows that is looked at for outliers, and how much of the loss is too much for them. */
const WORST = 0.01;
const TOO_MUCH = 0.5;
/** Fewer rows than this have no worst percent. */
const FEW_ROWS = 200;

/** What the sections are made of. */
export interface RegressionReportParts {
  readonly tally: RegressionTally;
  readonly found: RegressionMetrics;
  readonly rows: RowCounts;
  /** Why the task was decided from the data; null where it was not. */
  readonly reason: string | null;
  readonly ignoreIndex: number | null;
  readonly invalid: 'error' | 'skip';
  /** Whether the quantiles were asked for. */
  readonly quantilesGiven: boolean;
}

/** What a report says beside the metrics. */
export function regressionSections(
  parts: RegressionReportParts,
  { firstInvalidRow }: SectionFacts,
): Sections {
  const { tally, rows, ignoreIndex, invalid } = parts;
  const { settings } = tally;
  return {
    kernel: settings.kernel,
    options: {
      ...(ignoreIndex !== null && { ignoreIndex }),
      weighted: settings.weighted,
      invalid,
      ...(parts.quantilesGiven && { quantiles: settings.quantiles }),
    },
    rows,
    notices: regressionNotices(parts, firstInvalidRow),
  };
}

/** Notices in a fixed order. */
function regressionNotices(
  { tally, reason, found }: RegressionReportParts,
  firstInvalidRow: number,
): Notice[] {
  const { metrics, leftOut, bounded } = found;
  const hasWeight = tally.weights.totals().weight > 0;
  const notices: Notice[] = [];
  const add = (code: string, message: string, evidence?: Notice['evidence']) => {
    notices.push(evidence ? { code, message, evidence } : { code, message });
  };
  const { rows, settings } = tally;
  if (reason !== null) {
    add(
      'task-from-data',
      `Taken for a regression. ${reason} If they are labels of classes, say --task classification.`,
    );
  }
  if (!hasWeight) {
    add('nothing-scored', 'No row was scored: every one was left out, or has weight 0.');
  }
  if (rows.invalid > 0) {
    add(
      'invalid-rows-left-out',
      `${plural(rows.invalid, 'row')} could not be scored and ${rows.invalid === 1 ? 'was' : 'were'} left out; the first is row ${firstInvalidRow}.`,
      { rows: rows.invalid, firstRow: firstInvalidRow },
    );
  }
  for (const [reason, names] of byReason(leftOut)) {
    const { rows: wrong } = leftOut.find((metric) => metric.reason === reason)!;
    add(
      'metrics-left-out',
      `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} left out: ${reason}${wrong < rows.scored ? `; ${plural(wrong, 'row has', 'rows have')} others` : ''}.`,
      { metrics: names.join(' '), rows: wrong },
    );
  }
  const ends = Object.entries(bounded);
  if (ends.length > 0) {
    add(
      'bounded-quantiles',
      `The values of ${rows.scored} rows no longer fit into ${settings.keptBytes} bytes (--memory-budget), so what needs them all was computed from 65 536 bins: the exact numbers lie between the ends given here.`,
      Object.fromEntries(
        ends.flatMap(([name, { low, high }]) => [
          [`${name}_low`, low],
          [`${name}_high`, high],
        ]),
      ),
    );
  }
  const r2 = metrics.r2?.value;
  if (typeof r2 === 'number' && r2 < 0) {
    add(
      'worse-than-mean',
      `R² is negative: predicting the mean target everywhere would have the lower squared error.`,
      { r2 },
    );
  }
  const squares = tally.error('mse').mean * tally.weights.totals().weight;
  const share = squares > 0 ? tally.errorValues.largestSquares(WORST) / squares : 0;
  if (share > TOO_MUCH && rows.scored >= FEW_ROWS) {
    add(
      'few-rows-carry-loss',
      `The worst 1 % of the rows hold ${(100 * share).toFixed(0)} % of the squared error: its interval is too narrow, and mae or median_absolute_error say more about the others.`,
      { share },
    );
  }
  if (settings.kernel === 'reference') {
    add(
      'reference-kernel',
      'The plain reference computed this, with the logarithms of this JavaScript engine: the last bits may differ elsewhere.',
    );
  }
  return notices;
}

function byReason(leftOut: RegressionMetrics['leftOut']): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { name, reason } of leftOut) {
    groups.set(reason, [...(groups.get(reason) ?? []), name]);
  }
  return groups;
}
