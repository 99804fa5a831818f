/** Reports as CSV: a line per number. */

import type { ScoreReport } from '../types/report.js';

/** Quotes a cell, and takes the power of formulas from text that a spreadsheet would run. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * Lines `metric,class,value,low,high,baseline,skill`; per-class metrics have a line per class.
 *
 * @returns text that ends with a line feed; cells that a spreadsheet would run are defused
 * @example
 * ```ts
 * import { renderCsv, scoreArrays } from 'logitscope';
 * const report = await scoreArrays(Float64Array.of(2, 1, 0.1), [0]);
 * renderCsv(report).split('\n')[0]; // 'metric,class,value,low,high,baseline,skill'
 * ```
 */
export function renderCsv(report: ScoreReport): string {
  const lines = ['metric,class,value,low,high,baseline,skill'];
  const number = (value: number | undefined) => (value === undefined ? '' : String(value));
  for (const [name, metric] of Object.entries(report.metrics)) {
    const { value, low, high, baseline, skill } = metric;
    if (typeof value === 'number') {
      lines.push([cell(name), '', ...[value, low, high, baseline, skill].map(number)].join(','));
      continue;
    }
    value.forEach((one, i) => {
      lines.push(
        [cell(name), cell(report.classNames?.[i] ?? String(i)), one, '', '', '', ''].join(','),
      );
    });
  }
  return `${lines.join('\n')}\n`;
}
