/** The report of `perplexity` for people at a terminal. */

import type { PerplexityReport } from '../types/perplexity.js';
import { noticeLines } from './notice-lines.js';
import { formatCount, formatNumber } from './numbers.js';
import { safe } from './safe.js';
import { style } from './style.js';
import { tableLines } from './table.js';

/** What each number is. */
const MEANINGS: Readonly<Record<string, string>> = {
  log_loss: 'nats per token',
  perplexity: 'per token',
  bits: 'per token',
  bits_per_byte: '',
  byte_perplexity: '',
  word_perplexity: '',
  answer_perplexity: 'exp of the mean loss of an answer',
  accuracy: 'share that greedy decoding gives',
};

/** @param options `colour: true` adds the escapes of a terminal */
export function renderPerplexityText(
  report: PerplexityReport,
  { colour = false }: { readonly colour?: boolean } = {},
): string {
  const look = style(colour);
  const { source, documents, metrics, notices } = report;
  const sizes = (['tokens', 'bytes', 'words'] as const).flatMap((unit) => {
    const size = report[unit];
    return size === undefined ? [] : [`${formatCount(size)} ${unit}`];
  });
  const table = tableLines(
    [
      ['', 'value', '95 % interval', 'standard error', ''],
      ...Object.entries(metrics).map(([name, { value, low, high, standardError }]) => [
        name,
        formatNumber(value as number),
        low === undefined || high === undefined
          ? ''
          : `${formatNumber(low)} … ${formatNumber(high)}`,
        standardError === undefined ? '' : formatNumber(standardError),
        MEANINGS[name] ?? '',
      ]),
    ],
    ['left', 'right', 'right', 'right', 'left'],
  );
  const lines = [
    look.bold(safe(source)),
    look.dim([`${formatCount(documents)} documents`, ...sizes].join(' · ')),
    '',
    ...noticeLines(notices, look),
    look.dim(table[0]!),
    ...table.slice(1),
    '',
    look.dim('Intervals and errors take what one document holds for dependent.'),
  ];
  return `${lines.join('\n')}\n`;
}
