/** Why the loss is what it is, for people at a terminal. */

import type {
  Diagnosis,
  LineReport,
  ListedRow,
  TemperatureReport,
  TestedPart,
} from '../types/diagnosis.js';
import type { Estimate } from '../types/report.js';
import { formatCount, formatNumber, formatShare } from './numbers.js';
import { safe } from './safe.js';
import type { Style } from './style.js';
import { tableLines } from './table.js';

/** Labels whose temperatures are shown. */
const LABEL_LINES = 20;

/** What a temperature says, in words. */
function meaning({ value, low, high, bound }: TemperatureReport): string {
  if (bound === 'no-information') return 'the scores carry no information about the targets';
  if (bound === 'separated') return 'every target scores highest: no temperature is too low';
  if (low !== undefined && low > 1)
    return `over-confident: logits / ${value.toPrecision(3)} fit best`;
  if (high !== undefined && high < 1)
    return `under-confident: logits / ${value.toPrecision(3)} fit best`;
  return 'not told from 1: the scale of the scores is right';
}

function interval({ low, high }: Pick<Estimate, 'low' | 'high'>): string {
  if (low === undefined || high === undefined) return '';
  return `${formatNumber(low)} … ${formatNumber(high)}`;
}

function temperatureCells(temperature: TemperatureReport): [value: string, interval: string] {
  const { value, bound } = temperature;
  const shown = bound === undefined ? formatNumber(value) : bound === 'separated' ? '→ 0' : '→ ∞';
  return [shown, interval(temperature)];
}

/** What a slope says, in words; nothing where it was not fitted. */
function slopeMeaning({ low, high }: Estimate): string {
  if (low === undefined || high === undefined) return '';
  if (high < 1) return 'predictions are spread too far';
  return low > 1 ? 'predictions are not spread far enough' : 'not told from 1: the spread is right';
}

function lineRows({ slope, intercept }: LineReport): string[][] {
  const row = (name: string, estimate: Estimate, words: string) => [
    `  ${name}`,
    formatNumber(estimate.value),
    interval(estimate),
    '',
    words,
  ];
  return [
    row('slope', slope, slopeMeaning(slope)),
    row('intercept', intercept, 'intercept + slope · prediction fits best'),
  ];
}

/** Offsets in a line: whether there are any, and where they move the threshold. */
function offsetRows({ offsets, threshold, temperatures }: Diagnosis): string[][] {
  if (offsets === undefined) return [];
  const words = offsets.told
    ? `some ${temperatures ? 'labels' : 'classes'} are favoured`
    : 'not told from 0: no class is favoured';
  const [single] = offsets.values;
  const rows =
    offsets.values.length === 1
      ? [['  offset', formatNumber(single.value), interval(single), '', words]]
      : [['  offsets', '', '', '', words]];
  if (threshold !== undefined && offsets.told) {
    const what = `the ${threshold.scale} from which the second class is the better guess`;
    rows.push(['  threshold', formatNumber(threshold.value), interval(threshold), '', what]);
  }
  return rows;
}

function p(value: number): string {
  return value < 0.0001 ? '< 0.0001' : value.toFixed(4);
}

/** Rows of the table that split the loss, and what offsets do to accuracy. */
function partRows(diagnosis: Diagnosis): string[][] {
  const { temperature, line, parts, loss, offsets, accuracyAtOffsets } = diagnosis;
  const row = (name: string, part: TestedPart, words: string) => [
    name,
    formatNumber(part.crossFitted),
    interval(part),
    formatNumber(part.inSample),
    words,
  ];
  const each = temperature || line ? '' : ' of each label';
  const by = offsets === undefined ? 'the temperature' : 'temperature and offsets';
  return [
    [line ? '  squared error' : '  loss', formatNumber(loss), '', '', ''],
    row(
      '  = refinement',
      parts.refinement,
      line ? 'squared error on the best line' : `loss at the best ${by.replace('the ', '')}${each}`,
    ),
    row('  + scale', parts.scale, `what the ${line ? 'slope' : `temperature${each}`} saves`),
    row(
      '  + offsets',
      parts.offsets,
      `what the ${line ? 'intercept saves' : `offsets${each} save`}`,
    ),
    ...(accuracyAtOffsets
      ? [
          [
            temperature ? '  accuracy at the offsets' : '  all labels right at the offsets',
            formatNumber(accuracyAtOffsets.value),
            interval(accuracyAtOffsets),
            '',
            `${accuracyAtOffsets.lost < 0 ? '' : '+'}${(100 * accuracyAtOffsets.lost).toFixed(1)} points, p ${p(accuracyAtOffsets.pValue)}`,
          ],
        ]
      : []),
  ];
}

/** Classes whose offsets are shown, the largest. */
const OFFSET_LINES = 10;

/** A line per class that has an offset of its own, the largest first. */
function offsetLines(
  { offsets, temperatures }: Diagnosis,
  nameOf: (index: number) => string,
  { dim }: Style,
): string[] {
  if (offsets === undefined || !offsets.told || temperatures || offsets.values.length < 2)
    return [];
  const { values, common } = offsets;
  const largest = [...values]
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index)
    .slice(0, OFFSET_LINES);
  const cells = largest.map((offset) => [
    `  ${offset.name === undefined ? nameOf(offset.index) : safe(offset.name)}`,
    formatNumber(offset.value),
    interval(offset),
  ]);
  if (common !== undefined) {
    cells.push([
      `  ${formatCount(common.classes)} others, of ${formatCount(common.targets)} rows`,
      formatNumber(common.value),
      interval(common),
    ]);
  }
  const lines = tableLines(
    [['Offsets to add to the logits, the largest first', '', '95 % interval'], ...cells],
    ['left', 'right', 'right'],
  );
  const left = values.length - largest.length;
  return [
    dim(lines[0]),
    ...lines.slice(1),
    ...(left > 0 ? [dim(`and ${formatCount(left)} more with --json`)] : []),
    '',
  ];
}

/**
 * Lines of a diagnosis, without its worst rows.
 * @param nameOf label by its index, where rows have several
 */
export function diagnosisLines(
  diagnosis: Diagnosis,
  look: Style,
  nameOf: (index: number) => string = String,
): string[] {
  const { dim, yellow } = look;
  const { temperature, temperatures, line, fit, worstShares } = diagnosis;
  const rows = [
    ['Why the loss is what it is', 'value', '95 % interval', 'in sample', ''],
    ...(temperature
      ? [['  temperature', ...temperatureCells(temperature), '', meaning(temperature)]]
      : []),
    ...offsetRows(diagnosis),
    ...(line ? lineRows(line) : []),
    ...partRows(diagnosis),
  ];
  const lines = tableLines(rows, ['left', 'right', 'right', 'right', 'left']);
  const shares = worstShares
    .map(({ rows: share, loss }) => `the worst ${100 * share} % ${formatShare(loss)}`)
    .join(', ');
  const on = fit.scores === 'log-probabilities' ? ', on logarithms of the probabilities' : '';
  const sampled =
    fit.rows < fit.of ? ` of ${formatCount(fit.of)}, sampled by a hash of their index` : '';
  return [
    dim(lines[0]),
    ...lines.slice(1),
    `  Share of the loss: ${shares}`,
    dim(`  Fitted in 5 folds on ${formatCount(fit.rows)} rows${sampled}${on}`),
    '',
    ...offsetLines(diagnosis, nameOf, look),
    ...(temperatures ? labelLines(temperatures, nameOf, look) : []),
    ...diagnosis.flags.map(({ message }) => yellow(`Stands out: ${message}`)),
    ...(diagnosis.flags.length > 0 ? [''] : []),
  ];
}

/** How far a temperature is from 1, by a factor; at a bound further than any other. */
function distance({ value, bound }: TemperatureReport): number {
  return bound === undefined ? Math.max(value, 1 / value) : Number.POSITIVE_INFINITY;
}

/** A line per label, the worst calibrated first. */
function labelLines(
  temperatures: readonly TemperatureReport[],
  nameOf: (index: number) => string,
  { dim }: Style,
): string[] {
  const order = temperatures
    .map((temperature, label) => ({ temperature, label, far: distance(temperature) }))
    .sort((a, b) => (a.far === b.far ? a.label - b.label : b.far - a.far));
  const cells = order
    .slice(0, LABEL_LINES)
    .map(({ temperature, label }) => [
      `  ${nameOf(label)}`,
      ...temperatureCells(temperature),
      meaning(temperature),
    ]);
  const lines = tableLines(
    [['Labels, the worst calibrated first', 'temperature', '95 % interval', ''], ...cells],
    ['left', 'right', 'right', 'left'],
  );
  const left = temperatures.length - cells.length;
  return [
    dim(lines[0]),
    ...lines.slice(1),
    ...(left > 0 ? [dim(`and ${formatCount(left)} more with --json`)] : []),
    '',
  ];
}

/** Columns of the worst rows by task, and their titles where these are other words. */
const COLUMNS = {
  values: { target: '', prediction: '', loss: 'squared error' },
  labels: { target: 'labels', prediction: 'predicted', wrong: '', loss: '' },
  classes: { target: '', prediction: '', confidence: '', loss: '' },
} as const;

/** A line per row of high loss. */
export function worstRowLines(
  { fit, temperature, worst }: Diagnosis,
  most: number,
  className: (index: number) => string,
  { dim }: Style,
): string[] {
  if (worst.length === 0 || most === 0) return [];
  const task = fit.scores === 'values' ? 'values' : temperature ? 'classes' : 'labels';
  const titles: Partial<Record<keyof ListedRow, string>> = COLUMNS[task];
  const names = (Object.keys(titles) as (keyof ListedRow)[]).filter(
    (name) => worst[0][name] !== undefined,
  );
  const show = (name: keyof ListedRow, value: number) => {
    const isNamed = task === 'classes' && (name === 'target' || name === 'prediction');
    if (isNamed) return className(value);
    return task === 'labels' && name !== 'loss' ? formatCount(value) : formatNumber(value);
  };
  const lines = tableLines(
    [
      ['Highest losses', ...names.map((name) => titles[name] || name)],
      ...worst
        .slice(0, most)
        .map((row) => [
          `  ${row.id === undefined ? `row ${row.row}` : safe(row.id)}`,
          ...names.map((name) => show(name, row[name] as number)),
        ]),
    ],
    ['left', ...names.map((_, i) => (task === 'classes' && i < 2 ? 'left' : 'right'))],
  );
  return [dim(lines[0]), ...lines.slice(1), ''];
}
