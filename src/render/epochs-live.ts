/** A training run as it goes: what fits on a screen, and a line for each epoch where there is none. */

import type { EpochReading, EpochsReport } from '../types/epochs.js';
import { bestLines, epochLines, plotOf, secondOf } from './epochs-text.js';
import { formatNumber } from './numbers.js';
import { safe } from './safe.js';
import { style } from './style.js';
import { displayWidth } from './table.js';
import { taskNames } from './task-names.js';

/** A screen, in characters. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

/** Lines of the plot, on screens up to some height and above. */
const LOW_PLOT = 6;
const HIGH_PLOT = 10;
const TALL = 36;
/** Lines of epochs that the table has where there is room for more than phases and advice. */
const LEAST_EPOCHS = 3;

/**
 * What fits: what to do, and the last phase; where there is room the plot, earlier phases, the last
 * epochs, and the best ones.
 * @param status lines below, about the waiting
 */
export function renderEpochsLive(
  report: EpochsReport,
  status: readonly string[],
  { columns, rows, colour }: Screen,
): string[] {
  const { bold, dim } = style(colour);
  const { epochs, phases, advice, patience, task, notices } = report;
  const names = taskNames(task);
  const wrap = (text: string, look = (line: string) => line, indent = '') =>
    wrapped(text, columns, indent).map(look);
  const last = epochs[epochs.length - 1];
  const head = wrap(`${epochs.length} epochs, the last ${safe(last.source)}`, bold);
  const below = [
    ...notices
      .filter(({ code }) => code === 'written-again')
      .flatMap(({ message }) => wrap(message)),
    ...wrap(advice.text, bold),
    ...(patience === undefined ? [] : wrap(patience.text, patience.isOver ? bold : dim)),
    ...status.flatMap((line) => wrap(line, dim)),
  ];
  let left = rows - head.length - below.length;
  const told = phases.map(({ text }) => wrap(text, undefined, '  '));
  const shown: string[] = [];
  /** Shows so many more phases, the last ones first, where they fit with a blank line below. */
  const showPhases = (count: number) => {
    for (let i = 0; i < count && told.length > 0 && told[told.length - 1].length < left; i++) {
      const lines = told.pop()!;
      shown.unshift(...lines);
      left -= lines.length;
    }
  };
  /** Takes lines where all of them fit; none may be longer than the screen. */
  const ifRoom = (lines: readonly string[]): readonly string[] => {
    const isNarrow = lines.every((line) => displayWidth(plain(line)) <= columns);
    if (lines.length > left || !isNarrow) return [];
    left -= lines.length;
    return lines;
  };
  showPhases(1);
  const plot = ifRoom(plotOf(epochs, names, { height: rows < TALL ? LOW_PLOT : HIGH_PLOT }));
  showPhases(told.length);
  if (shown.length > 0 && left > 0) {
    shown.push('');
    left--;
  }
  const table = ifRoom(tableOf(report, Math.max(LEAST_EPOCHS, left - 2), dim));
  const best = ifRoom(bestLines(report, names, dim));
  return [...head, ...plot, ...shown, ...table, ...best, ...below].slice(0, rows);
}

/** The table with the last epochs alone. */
function tableOf(report: EpochsReport, most: number, dim: (text: string) => string): string[] {
  const { epochs, train } = report;
  return epochLines(
    {
      ...report,
      epochs: epochs.slice(-most),
      ...(train && { train: train.slice(-most) }),
    },
    taskNames(report.task),
    dim,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what it looks for
const ESCAPES = /\x1b\[[\d;]*m/g;

function plain(text: string): string {
  return text.replace(ESCAPES, '');
}

/** Text in lines no longer than the screen, broken at blanks where there are any. */
function wrapped(text: string, columns: number, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    let rest = word;
    const joined = line === indent ? indent + rest : `${line} ${rest}`;
    if (displayWidth(joined) <= columns) {
      line = joined;
      continue;
    }
    if (line !== indent) lines.push(line);
    for (; displayWidth(indent + rest) > columns; rest = rest.slice(columns - indent.length)) {
      lines.push(indent + rest.slice(0, columns - indent.length));
    }
    line = indent + rest;
  }
  return [...lines, line];
}

/** A line about the epoch that came last. */
export function renderEpochLine(report: EpochsReport): string {
  const { best, task } = report;
  const names = taskNames(task);
  const reading = latestOf(report);
  const numbers = [
    ...(reading.loss === undefined ? [] : [`${names.loss} ${formatNumber(reading.loss)}`]),
    `${names.second} ${formatNumber(secondOf(reading))}`,
    ...(reading.refinement ? [`refinement ${formatNumber(reading.refinement.crossFitted)}`] : []),
  ];
  const [{ epoch, by }] = best;
  const least = by === 'loss' ? names.loss : names.second;
  const over = report.patience?.isOver ? `; ${report.patience.text}` : '';
  return `epoch ${reading.epoch}: ${numbers.join(', ')}; best by ${least}: epoch ${epoch}${over}\n`;
}

/** The reading of the epoch that came last. */
export function latestOf({ epochs, latest }: EpochsReport): EpochReading {
  return epochs.find(({ epoch }) => epoch === latest) ?? epochs[epochs.length - 1];
}
