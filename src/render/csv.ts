/** Reports as CSV: a line per number. */

import type { CompareReport } from '../types/compare.js';
import type { EpochReading, EpochsReport } from '../types/epochs.js';
import type { Change, ExplainReport, Reading } from '../types/explain.js';
import type { MetricValue, ScoreReport } from '../types/report.js';

/** Quotes a cell, and takes the power of formulas from text that a spreadsheet would run. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const number = (value: number | undefined) => (value === undefined ? '' : String(value));

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
export function renderCsv(report: Pick<ScoreReport, 'metrics' | 'classNames'>): string {
  const lines = ['metric,class,value,low,high,baseline,skill'];
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

/** Numbers of a reading by name: those that tests are made of, and metrics that were asked for. */
function numbersOf({
  loss,
  accuracy,
  absoluteError,
  refinement,
  calibration,
  parts,
  accuracyAtOffsets,
  temperature,
  metrics = {},
}: Omit<Reading, 'source'>): Map<string, number | undefined> {
  const chosen = Object.entries(metrics as Record<string, MetricValue>).flatMap(
    ([name, { value }]) => (typeof value === 'number' ? [[name, value] as const] : []),
  );
  return new Map<string, number | undefined>([
    ['loss', loss],
    ['accuracy', accuracy],
    ['absolute_error', absoluteError],
    ['refinement', refinement?.crossFitted],
    ['calibration', calibration?.crossFitted],
    ['scale', parts?.scale.crossFitted],
    ['offsets', parts?.offsets.crossFitted],
    ['accuracy_at_offsets', accuracyAtOffsets?.value],
    ['temperature', temperature?.value],
    ...chosen,
  ]);
}

/**
 * Lines `quantity,before,after,change,low,high,p`; what is not tested has no interval. Refinement
 * and calibration are cross-fitted, their changes those that were tested.
 *
 * @param report of `explainFiles`
 * @returns text that ends with a line feed; cells that a spreadsheet would run are defused
 * @example
 * ```ts
 * import { explainFiles, renderExplainCsv } from 'logitscope';
 * const labels = 'labels.npy';
 * const report = await explainFiles('epoch-070.npy', 'epoch-160.npy', { labels });
 * renderExplainCsv(report).split('\n')[0]; // 'quantity,before,after,change,low,high,p'
 * ```
 */
export function renderExplainCsv(report: ExplainReport): string {
  const { before, after, loss, accuracy, absoluteError } = report;
  const { refinement, calibration, scale, offsets } = report;
  const changes: Record<string, Change | undefined> = {
    ...{ loss, accuracy, refinement, calibration, scale, offsets },
    absolute_error: absoluteError,
  };
  const [was, is] = [numbersOf(before), numbersOf(after)];
  const lines = [...was].flatMap(([name, value]) => {
    const other = is.get(name);
    if (value === undefined || other === undefined) return [];
    const { delta = other - value, low, high, pValue } = changes[name] ?? {};
    return [[cell(name), ...[value, other, delta, low, high, pValue].map(number)].join(',')];
  });
  return `${['quantity,before,after,change,low,high,p', ...lines].join('\n')}\n`;
}

/**
 * A line per epoch: `epoch,source,loss,accuracy,…`, as far as there are any, and the same of the
 * training rows as `train_…`.
 *
 * @param report of `epochsFiles`
 * @returns text that ends with a line feed; cells that a spreadsheet would run are defused
 * @example
 * ```ts
 * import { epochsFiles, renderEpochsCsv } from 'logitscope';
 * const report = await epochsFiles(['epoch-*.npy'], { labels: 'labels.npy' });
 * renderEpochsCsv(report).startsWith('epoch,source,loss,accuracy,'); // true
 * ```
 */
export function renderEpochsCsv({ epochs, train = [] }: EpochsReport): string {
  const columns = (readings: readonly EpochReading[]) =>
    readings.map((reading) => [...numbersOf(reading)].filter(([, value]) => value !== undefined));
  const [own, trained] = [columns(epochs), columns(train)];
  const names = [
    'epoch',
    'source',
    ...own[0].map(([name]) => name),
    ...(trained[0] ?? []).map(([name]) => `train_${name}`),
  ];
  const lines = epochs.map(({ epoch, source }, i) =>
    [
      number(epoch),
      cell(source),
      ...[...own[i], ...(trained[i] ?? [])].map(([, value]) => number(value)),
    ].join(','),
  );
  return `${[names.map(cell).join(','), ...lines].join('\n')}\n`;
}

/** Measures as they are called in lines and conditions. */
const MEASURES = {
  loss: 'loss',
  accuracy: 'accuracy',
  absoluteError: 'absolute_error',
  refinement: 'refinement',
} as const;

/**
 * A line per model: `model,source,loss,accuracy,…`, as far as there are any, and of each measure
 * the difference to the best with its interval and p-value, `loss_difference,loss_low,loss_high,loss_p`,
 * and whether the model can be told from it, `loss_in_best_set`.
 *
 * @param report of `compareFiles`
 * @returns text that ends with a line feed; cells that a spreadsheet would run are defused
 * @example
 * ```ts
 * import { compareFiles, renderCompareCsv } from 'logitscope';
 * const report = await compareFiles(['epoch-*.npy'], { labels: 'labels.npy' });
 * renderCompareCsv(report).startsWith('model,source,loss,accuracy,'); // true
 * ```
 */
export function renderCompareCsv({ models, comparisons }: CompareReport): string {
  const numbers = models.map((model) => numbersOf(model));
  const names = [...numbers[0].keys()].filter((name) =>
    numbers.some((of) => of.get(name) !== undefined),
  );
  const compared = comparisons.flatMap(({ by }) =>
    ['difference', 'low', 'high', 'p', 'in_best_set'].map((what) => `${MEASURES[by]}_${what}`),
  );
  const lines = models.map(({ name, source }, i) =>
    [
      cell(name),
      cell(source),
      ...names.map((of) => number(numbers[i].get(of))),
      ...comparisons.flatMap(({ differences, bestSet }) => {
        const found = differences.find((difference) => difference.name === name);
        const { delta = 0, low, high, correctedPValue } = found ?? {};
        return [...[delta, low, high, correctedPValue].map(number), bestSet.includes(name)];
      }),
    ].join(','),
  );
  return `${[['model', 'source', ...names, ...compared].map(cell).join(','), ...lines].join('\n')}\n`;
}
