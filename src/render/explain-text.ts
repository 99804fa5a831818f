/** What changed between two dumps, for people at a terminal. */

import type {
  Change,
  ExplainReport,
  MovedRowReport,
  Reading,
  Recalibrated,
} from '../types/explain.js';
import type { MetricValue } from '../types/report.js';
import { noticeLines } from './notice-lines.js';
import { formatCount, formatNumber, formatShare } from './numbers.js';
import { safe } from './safe.js';
import { SLICE_LINES, sliceName, sliceTitle } from './slice-text.js';
import { style } from './style.js';
import { type Align, tableLines } from './table.js';
import { type TaskNames, taskNames } from './task-names.js';
import type { TextOptions } from './text.js';

/** Classes that are shown, those that moved the loss most. */
const CLASS_LINES = 5;
/** Rows of each direction that are shown. */
const ROW_LINES = 3;

/** Makes text dim. */
type Dim = (text: string) => string;

function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

function p(value: number): string {
  return value < 0.0001 ? '< 0.0001' : value.toFixed(4);
}

function interval({ low, high }: Change): string {
  return `${signed(low)} … ${signed(high)}`;
}

/** A table whose first column stands left and whose head is dim. */
function numbersTable(rows: readonly (readonly string[])[], dim: Dim): string[] {
  const lines = tableLines(
    rows,
    rows[0].map((_, i) => (i === 0 ? 'left' : 'right')),
  );
  return [dim(lines[0]), ...lines.slice(1)];
}

/**
 * An explanation as lines of text, the verdict first.
 * @param report of `explainFiles`
 * @example
 * ```ts
 * import { explainFiles, renderExplainText } from 'logitscope';
 * const labels = 'labels.npy';
 * const report = await explainFiles(
 *   'epoch-024.npy',
 *   'epoch-070.npy',
 *   { labels },
 * );
 * renderExplainText(report).includes('The change is one of offsets and discrimination'); // true
 * ```
 */
export function renderExplainText(report: ExplainReport, options: TextOptions = {}): string {
  const look = style(options.colour ?? false);
  const { bold, dim } = look;
  const { before, after, rows, task } = report;
  const names = taskNames(task);
  const labels = report.labels === undefined ? '' : ` against ${safe(report.labels)}`;
  const shape =
    report.classes === undefined || names.unit === null
      ? ''
      : ` × ${formatCount(report.classes)} ${names.unit}`;
  const lines = [
    `${bold(`${safe(before.source.name)} → ${safe(after.source.name)}`)}${labels}`,
    dim(
      `${formatCount(rows.paired)} paired rows${shape} · ${before.source.kind} · kernel ${report.kernel}`,
    ),
    '',
    ...noticeLines(report.notices, look),
    bold(report.verdict.text),
    '',
    ...changeLines(report, names, dim),
    '',
    ...cellLines(report, dim),
    ...classLines(report, dim),
    ...sliceChangeLines(report, names, dim),
  ];
  const most = options.worst ?? ROW_LINES;
  const listed = [...report.rose.slice(0, most), ...report.fell.slice(0, most)];
  if (listed.length > 0) lines.push(...rowLines(listed, report, names, dim), '');

  const residual = Math.max(...report.identities.map((identity) => Math.abs(identity.residual)));
  if (report.identities.length > 0) {
    lines.push(
      dim(
        `Checked: ${report.identities.map(({ identity }) => identity).join('; ')}. Largest residual ${residual.toExponential(1)}.`,
      ),
    );
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Both readings, what they are made of, and what changed. */
function changeLines(report: ExplainReport, names: TaskNames, dim: Dim): string[] {
  const { before, after, rows, refinement, calibration } = report;
  const change = (
    title: string,
    of: (reading: Reading) => number | undefined,
    by: Change | undefined,
  ) => {
    const [was, is] = [of(before), of(after)];
    if (by === undefined || was === undefined || is === undefined) return [];
    const cells = [formatNumber(was), formatNumber(is), signed(by.delta), interval(by)];
    return [[title, ...cells, p(by.pValue)]];
  };
  const lines = numbersTable(
    [
      ['', 'before', 'after', 'change', '95 % interval', 'p'],
      ...change(names.loss, ({ loss }) => loss, report.loss),
      ...change('  = refinement', ({ parts }) => parts?.refinement.value, refinement),
      ...change(
        '  + calibration',
        ({ parts }) => parts && parts.scale.value + parts.offsets.value,
        calibration,
      ),
      ...change('    = scale', ({ parts }) => parts?.scale.value, report.scale),
      ...change('    + offsets', ({ parts }) => parts?.offsets.value, report.offsets),
      ...change(names.second, ({ accuracy }) => accuracy, report.accuracy),
      ...change(
        `  at the offsets`,
        ({ accuracyAtOffsets, accuracy }) => accuracyAtOffsets?.value ?? accuracy,
        report.accuracyAtOffsets,
      ),
      ...change(names.second, ({ absoluteError }) => absoluteError, report.absoluteError),
      ...fitRows(report),
      ...metricRows(before.metrics, after.metrics),
    ],
    dim,
  );
  if (refinement === undefined || calibration === undefined) return lines;
  lines.push(
    dim(
      `Refinement: ${refinementText(before)}. Fitted on ${formatCount(rows.fitted)} rows; across folds Δrefinement ${signed(refinement.crossFitted)}, Δcalibration ${signed(calibration.crossFitted)}.`,
    ),
  );
  return lines;
}

function refinementText({ line, temperature }: Recalibrated): string {
  if (line) return 'the squared error around the best straight line';
  return temperature
    ? 'the loss at the best temperature and offsets'
    : 'the loss at the best temperature and offset of each label';
}

/** What was fitted: the temperature, or the line. */
function fitRows({ before, after, logTemperatureRatio }: ExplainReport): string[][] {
  const rows: string[][] = [];
  const [was, is] = [before.temperature, after.temperature];
  if (was && is) {
    const temperature = ({ value, bound }: typeof was) =>
      bound === undefined ? formatNumber(value) : bound === 'separated' ? '→ 0' : '→ ∞';
    const ratio = Number.isNaN(logTemperatureRatio ?? Number.NaN)
      ? ''
      : `× ${formatNumber(is.value / was.value)}`;
    rows.push(['temperature', temperature(was), temperature(is), ratio, '', '']);
  }
  if (before.line && after.line) {
    for (const name of ['slope', 'intercept'] as const) {
      const [{ value: from }, { value: to }] = [before.line[name], after.line[name]];
      rows.push([name, formatNumber(from), formatNumber(to), signed(to - from), '', '']);
    }
  }
  return rows;
}

type Metrics = Readonly<Record<string, MetricValue>>;

/** Metrics that were asked for, which are not tested. */
function metricRows(before: Metrics = {}, after: Metrics = {}): string[][] {
  return Object.entries(before).flatMap(([name, { value: was }]) => {
    const is = after[name]?.value;
    if (typeof was !== 'number' || typeof is !== 'number') return [];
    return [[safe(name), formatNumber(was), formatNumber(is), signed(is - was), '', '']];
  });
}

function cellLines({ cells, rows }: ExplainReport, dim: Dim): string[] {
  if (cells === undefined) return [];
  const hasLoss = cells.every(({ contribution }) => contribution !== undefined);
  return [
    ...numbersTable(
      [
        ['before → after', 'rows', '', ...(hasLoss ? ['mean Δloss', 'of Δloss'] : [])],
        ...cells.map((cell) => [
          `  ${cell.before} → ${cell.after}`,
          formatCount(cell.rows),
          formatShare(cell.rows / rows.paired),
          ...(hasLoss
            ? [cell.rows === 0 ? '' : signed(cell.meanDelta!), signed(cell.contribution!)]
            : []),
        ]),
      ],
      dim,
    ),
    '',
  ];
}

function classLines({ byClass, classNames }: ExplainReport, dim: Dim): string[] {
  if (byClass === undefined) return [];
  const moved = [...byClass]
    .filter(({ support }) => support > 0)
    .sort((a, b) => Math.abs(b.lossContribution) - Math.abs(a.lossContribution))
    .slice(0, CLASS_LINES);
  return [
    ...numbersTable(
      [
        ['Classes that moved the loss most', 'rows', 'of Δloss', 'of Δaccuracy'],
        ...moved.map(({ target, support, lossContribution, accuracyContribution }) => [
          `  ${nameOf(target, classNames)}`,
          formatCount(support),
          signed(lossContribution),
          signed(accuracyContribution),
        ]),
      ],
      dim,
    ),
    '',
  ];
}

/** A line per slice; p-values are those of each by itself. */
function sliceChangeLines({ slices }: ExplainReport, names: TaskNames, dim: Dim): string[] {
  if (slices === undefined || slices.of.length === 0) return [];
  const shown = slices.of.slice(0, SLICE_LINES);
  const [{ loss, weight }] = shown;
  const most = `that moved the ${loss ? names.loss : names.second} most`;
  const test = (change: Change | undefined) =>
    change ? [signed(change.delta), interval(change), p(change.pValue)] : [];
  return [
    ...numbersTable(
      [
        [
          sliceTitle(slices.by, shown.length, slices.of.length, most),
          weight === undefined ? 'rows' : 'weight',
          ...(loss ? [`Δ ${names.loss}`, '95 % interval', 'p', `of Δ ${names.loss}`] : []),
          ...[`Δ ${names.second}`, '95 % interval', 'p'],
        ],
        ...shown.map((slice) => [
          sliceName(slice.value),
          formatCount(slice.weight ?? slice.rows),
          ...test(slice.loss),
          ...(slice.lossContribution === undefined ? [] : [signed(slice.lossContribution)]),
          ...test(slice.accuracy ?? slice.absoluteError),
        ]),
      ],
      dim,
    ),
    dim('p-values are those of each slice by itself, not corrected for how many there are.'),
    '',
  ];
}

/** A class by its name, as far as there is one. */
function nameOf(index: number, classNames: readonly string[] | undefined): string {
  const text = classNames?.[index];
  return text === undefined ? String(index) : safe(text);
}

function rowLines(
  rows: readonly MovedRowReport[],
  { task, classNames }: ExplainReport,
  names: TaskNames,
  dim: Dim,
): string[] {
  const isValues = task === 'regression';
  const text = (value: number) =>
    isValues ? formatNumber(value) : nameOf(value, task === 'multilabel' ? undefined : classNames);
  const side: Align = isValues ? 'right' : 'left';
  const hasTarget = rows.every(({ target }) => target !== undefined);
  const lines = tableLines(
    [
      [
        'Rows that moved most',
        ...(hasTarget ? ['target'] : []),
        task === 'multilabel' ? 'labels predicted' : 'prediction',
        `${names.loss} before`,
        'after',
      ],
      ...rows.map(
        ({ row, id, target, predictionBefore, predictionAfter, lossBefore, lossAfter }) => [
          `  ${id === undefined ? `row ${row}` : safe(id)}`,
          ...(hasTarget ? [text(target!)] : []),
          predictionBefore === predictionAfter
            ? text(predictionAfter)
            : `${text(predictionBefore)} → ${text(predictionAfter)}`,
          formatNumber(lossBefore),
          formatNumber(lossAfter),
        ],
      ),
    ],
    ['left', ...(hasTarget ? [side] : []), side, 'right', 'right'],
  );
  return [dim(lines[0]), ...lines.slice(1)];
}
