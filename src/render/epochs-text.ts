/** How a training run went, for people at a terminal. */

import type { EpochReading, EpochsReport, Measure } from '../types/epochs.js';
import { noticeLines } from './notice-lines.js';
import { formatCount, formatNumber, formatTemperature } from './numbers.js';
import { type PlotOptions, plotLines } from './plot.js';
import { safe } from './safe.js';
import { SLICE_LINES, sliceName, sliceTitle } from './slice-text.js';
import { style } from './style.js';
import { type Align, tableLines } from './table.js';
import { type TaskNames, taskNames } from './task-names.js';
import type { TextOptions } from './text.js';

/** Makes text dim. */
type Dim = (text: string) => string;

function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/**
 * A training run as lines of text: plot, phases, advice, table, stretches, best epochs.
 * @param report of `epochsFiles`
 * @example
 * ```ts
 * import { epochsFiles, renderEpochsText } from 'logitscope';
 * const labels = 'labels.npy';
 * const report = await epochsFiles(['epoch-*.npy'], { labels });
 * renderEpochsText(report).includes('Where loss and accuracy part'); // true
 * ```
 */
export function renderEpochsText(report: EpochsReport, options: TextOptions = {}): string {
  const look = style(options.colour ?? false);
  const { bold, dim } = look;
  const { epochs, classes, task } = report;
  const names = taskNames(task);
  const labels = report.labels === undefined ? '' : ` against ${safe(report.labels)}`;
  const shape =
    classes === undefined || names.unit === null ? '' : ` × ${formatCount(classes)} ${names.unit}`;
  const lines = [
    `${bold(`${epochs.length} epochs, ${safe(epochs[0].source)} … ${safe(epochs[epochs.length - 1].source)}`)}${labels}`,
    dim(`${formatCount(report.rows)} rows${shape} · kernel ${report.kernel}`),
    '',
    ...noticeLines(report.notices, look),
    ...plotOf(epochs, names),
    ...phaseLines(report, look),
    ...epochLines(report, names, dim),
    ...stretchLines(report, names, look),
    ...bestLines(report, names, dim),
    ...sliceLines(report, names, dim),
    dim(lastLine(report)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The second reading of an epoch. */
export function secondOf({ accuracy, absoluteError }: EpochReading): number {
  return accuracy ?? absoluteError ?? Number.NaN;
}

export function plotOf(
  epochs: readonly EpochReading[],
  names: TaskNames,
  options: PlotOptions = {},
): string[] {
  if (epochs.length < 2) return [];
  const series = (name: string, mark: string, of: (epoch: EpochReading) => number) => ({
    name,
    mark,
    values: epochs.map(of),
    format: formatNumber,
  });
  const second = series(names.second, '○', secondOf);
  const x = epochs.map(({ epoch }) => epoch);
  if (epochs[0].loss === undefined) return [...plotLines(x, second, null, options), ''];
  const loss = series(names.loss, '●', (epoch) => epoch.loss ?? Number.NaN);
  return [...plotLines(x, loss, second, options), ''];
}

/** What happened, phase by phase, and what to do. */
function phaseLines(
  { phases, advice, patience }: EpochsReport,
  { bold, dim }: ReturnType<typeof style>,
): string[] {
  if (phases.length === 0) return [];
  return [
    dim('What happened'),
    ...phases.map(({ text }) => `  ${text}`),
    '',
    bold(advice.text),
    ...(patience === undefined ? [] : [bold(patience.text)]),
    '',
  ];
}

/** A column of the table of epochs. */
interface Column {
  readonly title: string;
  /** Undefined where the task has no such number. */
  of(epoch: EpochReading, at: number): string | undefined;
}

/** A line per epoch; of the training rows, too, where they were given. */
export function epochLines({ epochs, train }: EpochsReport, names: TaskNames, dim: Dim): string[] {
  const number = (value: number | undefined) => (value === undefined ? value : formatNumber(value));
  const gap = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? undefined : signed(a - b);
  const metrics = Object.keys(epochs[0].metrics ?? {});
  const columns: Column[] = [
    { title: 'epoch', of: ({ epoch }) => String(epoch) },
    { title: names.loss, of: ({ loss }) => number(loss) },
    { title: names.second, of: (epoch) => number(secondOf(epoch)) },
    { title: 'refinement', of: ({ refinement }) => number(refinement?.crossFitted) },
    { title: 'scale', of: ({ parts }) => number(parts?.scale.crossFitted) },
    { title: 'offsets', of: ({ parts }) => number(parts?.offsets.crossFitted) },
    { title: 'temperature', of: ({ temperature: found }) => found && formatTemperature(found) },
    { title: 'slope', of: ({ line }) => number(line?.slope.value) },
    { title: 'intercept', of: ({ line }) => number(line?.intercept.value) },
    {
      title: 'confidence gap',
      of: ({ confidenceGap }) => (confidenceGap === undefined ? undefined : signed(confidenceGap)),
    },
    ...metrics.map((name) => ({
      title: safe(name),
      of: (epoch: EpochReading) => {
        const value = epoch.metrics?.[name]?.value;
        return typeof value === 'number' ? formatNumber(value) : undefined;
      },
    })),
  ];
  if (train) {
    columns.push(
      { title: `train ${names.loss}`, of: (_, i) => number(train[i].loss) },
      { title: `train ${names.second}`, of: (_, i) => number(secondOf(train[i])) },
      { title: `${names.loss} gap`, of: ({ loss }, i) => gap(loss, train[i].loss) },
      {
        title: `${names.second} gap`,
        of: (epoch, i) => gap(secondOf(epoch), secondOf(train[i])),
      },
    );
  }
  const shown = columns.filter(({ of }) => epochs.some((epoch, i) => of(epoch, i) !== undefined));
  const table = tableLines(
    [
      shown.map(({ title }) => title),
      ...epochs.map((epoch, i) => shown.map(({ of }) => of(epoch, i) ?? '')),
    ],
    shown.map(() => 'right'),
  );
  return [dim(table[0]), ...table.slice(1), ''];
}

function stretchLines(
  { stretches, epochs }: EpochsReport,
  { both }: TaskNames,
  { bold, dim }: ReturnType<typeof style>,
): string[] {
  if (epochs[0].loss === undefined) return [];
  if (stretches.length === 0) return [`Nowhere do ${both} part beyond chance.`, ''];
  return [dim(`Where ${both} part`), ...stretches.map(({ text }) => `  ${bold(text)}`), ''];
}

export function bestLines({ best }: EpochsReport, names: TaskNames, dim: Dim): string[] {
  const titles: Readonly<Record<Measure, string>> = {
    loss: names.loss,
    accuracy: names.second,
    absoluteError: names.second,
    refinement: 'refinement',
  };
  const measures = best.map(({ by }) => by);
  const table = tableLines(
    [
      ['Best epoch by', 'epoch', ...measures.flatMap((measure) => [titles[measure], 'cost'])],
      ...best.map((choice) => [
        `  ${titles[choice.by]}`,
        String(choice.epoch),
        ...measures.flatMap((measure) => [
          formatNumber(choice[measure]!),
          cost(choice.cost[measure]!),
        ]),
      ]),
    ],
    ['left', 'right', ...measures.flatMap((): Align[] => ['right', 'right'])],
  );
  return [dim(table[0]), ...table.slice(1), ''];
}

function cost(value: number): string {
  return value === 0 ? '' : signed(value);
}

/** A line per slice, of the first epoch and the last; in the order of the last. */
function sliceLines({ epochs }: EpochsReport, names: TaskNames, dim: Dim): string[] {
  const [first, last] = [epochs[0], epochs[epochs.length - 1]];
  if (first.slices === undefined || last.slices === undefined) return [];
  const before = new Map(first.slices.of.map((slice) => [slice.value, slice]));
  const shown = last.slices.of.slice(0, SLICE_LINES);
  const hasLoss = first.loss !== undefined;
  const ends = [`epoch ${first.epoch}`, `epoch ${last.epoch}`];
  const pair = (was: number | undefined, is: number | undefined) =>
    [was, is].map((value) => (value === undefined ? '' : formatNumber(value)));
  const which = hasLoss ? `with most of the ${names.loss}` : 'with most wrong rows';
  const rows = [
    [
      sliceTitle(last.slices.by, shown.length, last.slices.of.length, which),
      shown[0]?.weight === undefined ? 'rows' : 'weight',
      ...(hasLoss ? ends.map((epoch) => `${names.loss}, ${epoch}`) : []),
      ...ends.map((epoch) => `${names.second}, ${epoch}`),
    ],
    ...shown.map((is) => {
      const was = before.get(is.value);
      const [a, b] = [was?.accuracy ?? was?.absoluteError, is.accuracy ?? is.absoluteError];
      return [
        sliceName(is.value),
        formatCount(is.weight ?? is.rows),
        ...(hasLoss ? pair(was?.loss?.value, is.loss?.value) : []),
        ...pair(a?.value, b?.value),
      ];
    }),
  ];
  const table = tableLines(
    rows,
    rows[0].map((_, i) => (i === 0 ? 'left' : 'right')),
  );
  return [dim(table[0]), ...table.slice(1), ''];
}

function lastLine({ epochs, fitted, level }: EpochsReport): string {
  const [{ loss, line, temperature: found }] = epochs;
  if (loss === undefined)
    return 'Labels alone have no scores, and so no loss that could part from accuracy.';
  const refinement = line
    ? 'the squared error around the best straight line'
    : `the loss at the best temperature and offset${found ? 's' : ' of each label'}`;
  return `Refinement: ${refinement}, cross-fitted. Tests on ${formatCount(fitted)} rows, corrected (Holm) for all pairs of epochs, level ${level}.`;
}
