/** Slices, for people at a terminal. */

import type { Estimate, ScoreReport } from '../types/report.js';
import { formatCount, formatNumber, formatShare } from './numbers.js';
import { safe } from './safe.js';
import { tableLines } from './table.js';

/** Slices of which the text shows a line each; the JSON has all. */
export const SLICE_LINES = 20;

/** What stands in the column, for a table. */
export function sliceName(value: string): string {
  return `  ${value === '' ? '(missing)' : safe(value)}`;
}

/** The title of a table of slices. */
export function sliceTitle(by: string, shown: number, all: number, which: string): string {
  return shown < all
    ? `The ${shown} of ${formatCount(all)} slices by ${safe(by)} ${which}`
    : `Slices by ${safe(by)}`;
}

/** A number and its interval, where there is one. */
function estimateCells(estimate: Estimate | undefined): string[] {
  if (estimate === undefined) return [];
  const { value, low, high } = estimate;
  return [
    formatNumber(value),
    low === undefined ? '' : `${formatNumber(low)} … ${formatNumber(high!)}`,
  ];
}

/** A line per slice, those that carry most of the loss first. */
export function sliceLines(
  { slices, options, task }: ScoreReport,
  dim: (text: string) => string,
): string[] {
  if (slices === undefined || slices.of.length === 0) return [];
  const shown = slices.of.slice(0, SLICE_LINES);
  const [{ loss, confidence, absoluteError }] = shown;
  // As in task-names.ts, of which a page that scores needs no more.
  const ofLoss = absoluteError ? 'squared error' : 'loss';
  const rows = [
    [
      sliceTitle(
        slices.by,
        shown.length,
        slices.of.length,
        `with most ${loss ? `of the ${ofLoss}` : 'wrong rows'}`,
      ),
      options.weighted ? 'weight' : 'rows',
      ...(loss ? [ofLoss, '95 % interval'] : []),
      absoluteError ? 'absolute error' : task === 'multilabel' ? 'all labels right' : 'accuracy',
      '95 % interval',
      ...(confidence === undefined ? [] : ['confidence', 'gap']),
      ...(loss ? [`of the ${ofLoss}`] : []),
    ],
    ...shown.map((slice) => [
      sliceName(slice.value),
      formatCount(slice.weight ?? slice.rows),
      ...estimateCells(slice.loss),
      ...estimateCells(slice.accuracy ?? slice.absoluteError),
      ...(confidence === undefined
        ? []
        : [formatNumber(slice.confidence!), formatNumber(slice.calibrationGap!)]),
      ...(loss ? [formatShare(slice.lossShare!)] : []),
    ]),
  ];
  const lines = tableLines(
    rows,
    rows[0].map((_, i) => (i === 0 ? 'left' : 'right')),
  );
  return [dim(lines[0]), ...lines.slice(1), ''];
}
