/** What changed between two dumps, for people at a terminal. */

import type { Change, ExplainReport, MovedRowReport } from '../types/explain.js';
import { noticeLines } from './notice-lines.js';
import { formatCount, formatNumber, formatShare } from './numbers.js';
import { safe } from './safe.js';
import { style } from './style.js';
import { tableLines } from './table.js';
import type { TextOptions } from './text.js';

/** Classes that are shown, those that moved the loss most. */
const CLASS_LINES = 5;
/** Rows of each direction that are shown. */
const ROW_LINES = 3;

function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

function p(value: number): string {
  return value < 0.0001 ? '< 0.0001' : value.toFixed(4);
}

function interval({ low, high }: Change): string {
  return `${signed(low)} … ${signed(high)}`;
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
 * renderExplainText(report).includes('The change is one of discrimination'); // true
 * ```
 */
export function renderExplainText(report: ExplainReport, options: TextOptions = {}): string {
  const look = style(options.colour ?? false);
  const { bold, dim } = look;
  const { before, after, rows, loss, accuracy, refinement, calibration } = report;
  const name = (index: number) => {
    const text = report.classNames?.[index];
    return text === undefined ? String(index) : safe(text);
  };
  const labels = report.labels === undefined ? '' : ` against ${safe(report.labels)}`;
  const lines = [
    `${bold(`${safe(before.source.name)} → ${safe(after.source.name)}`)}${labels}`,
    dim(
      `${formatCount(rows.paired)} paired rows × ${formatCount(report.classes)} classes · ${before.source.kind} · kernel ${report.kernel}`,
    ),
    '',
    ...noticeLines(report.notices, look),
    bold(report.verdict.text),
    '',
  ];

  const temperature = ({ value, bound }: ExplainReport['before']['temperature']) =>
    bound === undefined ? formatNumber(value) : bound === 'separated' ? '→ 0' : '→ ∞';
  const change = (title: string, was: number, is: number, by: Change) => [
    title,
    formatNumber(was),
    formatNumber(is),
    signed(by.delta),
    interval(by),
    p(by.pValue),
  ];
  const table = tableLines(
    [
      ['', 'before', 'after', 'change', '95 % interval', 'p'],
      change('loss', before.loss, after.loss, loss),
      change('  = refinement', before.refinement.inSample, after.refinement.inSample, refinement),
      change(
        '  + calibration',
        before.calibration.inSample,
        after.calibration.inSample,
        calibration,
      ),
      change('accuracy', before.accuracy, after.accuracy, accuracy),
      [
        'temperature',
        temperature(before.temperature),
        temperature(after.temperature),
        Number.isNaN(report.logTemperatureRatio)
          ? ''
          : `× ${formatNumber(after.temperature.value / before.temperature.value)}`,
        '',
        '',
      ],
    ],
    ['left', 'right', 'right', 'right', 'right', 'right'],
  );
  lines.push(dim(table[0]), ...table.slice(1));
  lines.push(
    dim(
      `Refinement: the loss at the best temperature. Fitted on ${formatCount(rows.fitted)} rows; across folds Δrefinement ${signed(refinement.crossFitted)}, Δcalibration ${signed(calibration.crossFitted)}.`,
    ),
    '',
  );

  const cells = tableLines(
    [
      ['before → after', 'rows', '', 'mean Δloss', 'of Δloss'],
      ...report.cells.map((cell) => [
        `  ${cell.before} → ${cell.after}`,
        formatCount(cell.rows),
        formatShare(cell.rows / rows.paired),
        cell.rows === 0 ? '' : signed(cell.meanDelta),
        signed(cell.contribution),
      ]),
    ],
    ['left', 'right', 'right', 'right', 'right'],
  );
  lines.push(dim(cells[0]), ...cells.slice(1), '');

  if (report.byClass) {
    const moved = [...report.byClass]
      .filter(({ support }) => support > 0)
      .sort((a, b) => Math.abs(b.lossContribution) - Math.abs(a.lossContribution))
      .slice(0, CLASS_LINES);
    const classes = tableLines(
      [
        ['Classes that moved the loss most', 'rows', 'of Δloss', 'of Δaccuracy'],
        ...moved.map(({ target, support, lossContribution, accuracyContribution }) => [
          `  ${name(target)}`,
          formatCount(support),
          signed(lossContribution),
          signed(accuracyContribution),
        ]),
      ],
      ['left', 'right', 'right', 'right'],
    );
    lines.push(dim(classes[0]), ...classes.slice(1), '');
  }

  const most = options.worst ?? ROW_LINES;
  const listed = [...report.rose.slice(0, most), ...report.fell.slice(0, most)];
  if (listed.length > 0) lines.push(...rowLines(listed, name, dim), '');

  const residual = Math.max(...report.identities.map((identity) => Math.abs(identity.residual)));
  lines.push(
    dim(
      `Checked: ${report.identities.map(({ identity }) => identity).join('; ')}. Largest residual ${residual.toExponential(1)}.`,
    ),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

function rowLines(
  rows: readonly MovedRowReport[],
  name: (index: number) => string,
  dim: (text: string) => string,
): string[] {
  const lines = tableLines(
    [
      ['Rows that moved most', 'target', 'prediction', 'loss before', 'after'],
      ...rows.map(
        ({ row, id, target, predictionBefore, predictionAfter, lossBefore, lossAfter }) => [
          `  ${id === undefined ? `row ${row}` : safe(id)}`,
          name(target),
          predictionBefore === predictionAfter
            ? name(predictionAfter)
            : `${name(predictionBefore)} → ${name(predictionAfter)}`,
          formatNumber(lossBefore),
          formatNumber(lossAfter),
        ],
      ),
    ],
    ['left', 'left', 'left', 'right', 'right'],
  );
  return [dim(lines[0]), ...lines.slice(1)];
}
