/** How a training run went, for people at a terminal. */

import type { EpochReading, EpochsReport } from '../types/epochs.js';
import { noticeLines } from './notice-lines.js';
import { formatCount, formatNumber } from './numbers.js';
import { plotLines } from './plot.js';
import { safe } from './safe.js';
import { style } from './style.js';
import { tableLines } from './table.js';
import type { TextOptions } from './text.js';

function temperature({ temperature: { value, bound } }: EpochReading): string {
  if (bound === undefined) return formatNumber(value);
  return bound === 'separated' ? '→ 0' : '→ ∞';
}

function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/**
 * A training run as lines of text: plot, table, stretches, best epochs.
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
  const { epochs, stretches, best, train } = report;
  const labels = report.labels === undefined ? '' : ` against ${safe(report.labels)}`;
  const lines = [
    `${bold(`${epochs.length} epochs, ${safe(epochs[0].source)} … ${safe(epochs[epochs.length - 1].source)}`)}${labels}`,
    dim(
      `${formatCount(report.rows)} rows × ${formatCount(report.classes)} classes · kernel ${report.kernel}`,
    ),
    '',
    ...noticeLines(report.notices, look),
  ];
  if (epochs.length > 1) {
    lines.push(
      ...plotLines(
        epochs.map(({ epoch }) => epoch),
        { name: 'loss', mark: '●', values: epochs.map(({ loss }) => loss), format: formatNumber },
        {
          name: 'accuracy',
          mark: '○',
          values: epochs.map(({ accuracy }) => accuracy),
          format: formatNumber,
        },
      ),
      '',
    );
  }
  const table = tableLines(
    [
      [
        'epoch',
        'loss',
        'accuracy',
        'refinement',
        'calibration',
        'temperature',
        'confidence gap',
        ...(train ? ['train loss', 'train accuracy', 'loss gap', 'accuracy gap'] : []),
      ],
      ...epochs.map((epoch, i) => [
        String(epoch.epoch),
        formatNumber(epoch.loss),
        formatNumber(epoch.accuracy),
        formatNumber(epoch.refinement.crossFitted),
        formatNumber(epoch.calibration.crossFitted),
        temperature(epoch),
        signed(epoch.confidenceGap),
        ...(train
          ? [
              formatNumber(train[i].loss),
              formatNumber(train[i].accuracy),
              signed(epoch.loss - train[i].loss),
              signed(epoch.accuracy - train[i].accuracy),
            ]
          : []),
      ]),
    ],
    new Array(train ? 11 : 7).fill('right'),
  );
  lines.push(dim(table[0]), ...table.slice(1), '');

  if (stretches.length === 0) {
    lines.push('Nowhere do loss and accuracy part beyond chance.', '');
  } else {
    lines.push(dim('Where loss and accuracy part'));
    lines.push(...stretches.map(({ text }) => `  ${bold(text)}`), '');
  }

  const choices = tableLines(
    [
      ['Best epoch by', 'epoch', 'loss', 'cost', 'accuracy', 'cost', 'refinement', 'cost'],
      ...best.map((choice) => [
        `  ${choice.by}`,
        String(choice.epoch),
        formatNumber(choice.loss),
        cost(choice.cost.loss),
        formatNumber(choice.accuracy),
        cost(choice.cost.accuracy),
        formatNumber(choice.refinement),
        cost(choice.cost.refinement),
      ]),
    ],
    ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  );
  lines.push(dim(choices[0]), ...choices.slice(1), '');
  lines.push(
    dim(
      `Refinement: the loss after temperature scaling, cross-fitted. Tests on ${formatCount(report.fitted)} rows, corrected (Holm) for all pairs of epochs, level ${report.level}.`,
    ),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

function cost(value: number): string {
  return value === 0 ? '' : signed(value);
}
