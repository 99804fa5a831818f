/** Slices, for people at a terminal. */

import type { Estimate, ScoreReport } from '../types/report.js';
import { formatCount, formatNumber, formatShare } from './numbers.js';
import { safe } from './safe.js';
import { tableLines } from './table.js';

/** Slices of which the text shows a line each; the JSON has all. */
const SLICE_LINES = 20;

/** A line per slice, those that carry most of the loss first. */
export function sliceLines(
  { slices, options }: ScoreReport,
  dim: (text: string) => string,
): string[] {
  if (slices === undefined || slices.of.length === 0) return [];
  const shown = slices.of.slice(0, SLICE_LINES);
  const most = shown.length < slices.of.length;
  const title = most
    ? `The ${shown.length} of ${formatCount(slices.of.length)} slices by ${safe(slices.by)} with most of the loss`
    : `Slices by ${safe(slices.by)}`;
  const interval = ({ low, high }: Estimate) =>
    low === undefined || high === undefined ? '' : `${formatNumber(low)} … ${formatNumber(high)}`;
  const rows = [
    [
      title,
      options.weighted ? 'weight' : 'rows',
      'loss',
      '95 % interval',
      'accuracy',
      '95 % interval',
      'confidence',
      'gap',
      'of the loss',
    ],
    ...shown.map((slice) => [
      `  ${slice.value === '' ? '(missing)' : safe(slice.value)}`,
      formatCount(slice.weight ?? slice.rows),
      formatNumber(slice.loss.value),
      interval(slice.loss),
      formatNumber(slice.accuracy.value),
      interval(slice.accuracy),
      formatNumber(slice.confidence),
      formatNumber(slice.calibrationGap),
      formatShare(slice.lossShare),
    ]),
  ];
  const lines = tableLines(
    rows,
    rows[0].map((_, i) => (i === 0 ? 'left' : 'right')),
  );
  return [dim(lines[0]), ...lines.slice(1), ''];
}
