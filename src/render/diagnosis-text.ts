/** Why the loss is what it is, for people at a terminal. */

import type { Diagnosis, TemperatureReport } from '../types/diagnosis.js';
import { formatCount, formatNumber, formatShare } from './numbers.js';
import { safe } from './safe.js';
import type { Style } from './style.js';
import { tableLines } from './table.js';

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

/** Lines of a diagnosis, without its worst rows. */
export function diagnosisLines(diagnosis: Diagnosis, { dim, yellow }: Style): string[] {
  const { temperature, refinement, calibration, fit, worstShares } = diagnosis;
  const { bound, low, high } = temperature;
  const rows = [
    ['Why the loss is what it is', 'value', '95 % interval', 'in sample', ''],
    [
      '  temperature',
      bound === undefined ? formatNumber(temperature.value) : bound === 'separated' ? '→ 0' : '→ ∞',
      low === undefined || high === undefined ? '' : `${formatNumber(low)} … ${formatNumber(high)}`,
      '',
      meaning(temperature),
    ],
    ['  loss', formatNumber(diagnosis.loss), '', '', ''],
    [
      '  = refinement',
      formatNumber(refinement.crossFitted),
      '',
      formatNumber(refinement.inSample),
      'loss after temperature scaling; accuracy would not change',
    ],
    [
      '  + calibration',
      formatNumber(calibration.crossFitted),
      '',
      formatNumber(calibration.inSample),
      'what temperature scaling saves',
    ],
  ];
  const lines = tableLines(rows, ['left', 'right', 'right', 'right', 'left']);
  const shares = worstShares
    .map(({ rows: share, loss }) => `the worst ${100 * share} % ${formatShare(loss)}`)
    .join(', ');
  const on = fit.scores === 'logits' ? '' : ', on logarithms of the probabilities';
  const sampled =
    fit.rows < fit.of ? ` of ${formatCount(fit.of)}, sampled by a hash of their index` : '';
  return [
    dim(lines[0]),
    ...lines.slice(1),
    `  Share of the loss: ${shares}`,
    dim(`  Fitted in 5 folds on ${formatCount(fit.rows)} rows${sampled}${on}`),
    '',
    ...diagnosis.flags.map(({ message }) => yellow(`Stands out: ${message}`)),
    ...(diagnosis.flags.length > 0 ? [''] : []),
  ];
}

/** A line per row of high loss. */
export function worstRowLines(
  { worst }: Diagnosis,
  most: number,
  className: (index: number) => string,
  { dim }: Style,
): string[] {
  if (worst.length === 0 || most === 0) return [];
  const cells = worst
    .slice(0, most)
    .map(({ row, id, target, prediction, confidence, loss }) => [
      `  ${id === undefined ? `row ${row}` : safe(id)}`,
      className(target),
      className(prediction),
      formatNumber(confidence),
      formatNumber(loss),
    ]);
  const lines = tableLines(
    [['Highest losses', 'target', 'prediction', 'confidence', 'loss'], ...cells],
    ['left', 'left', 'left', 'right', 'right'],
  );
  return [dim(lines[0]), ...lines.slice(1), ''];
}
