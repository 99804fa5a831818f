/** What to do about the scale and the offsets of scores, in words, with the numbers. */

import type { OffsetsReport, TemperatureReport } from '../types/diagnosis.js';
import type { Recalibrated } from '../types/explain.js';

/** Offsets that a sentence holds at most. */
const MOST_SAID = 5;

const three = (x: number): string => String(Number(x.toPrecision(3)));

/** A number with its sign, a true minus. */
function signed(x: number): string {
  return `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(2)}`;
}

/** Whether a temperature is told from 1, and no bound. */
export function isToldTemperature(temperature: TemperatureReport | undefined): boolean {
  if (temperature === undefined || temperature.bound !== undefined) return false;
  const { low = 0, high = Number.POSITIVE_INFINITY } = temperature;
  return low > 1 || high < 1;
}

/** "(−0.98, +0.03, +0.95)", or the largest of many. */
function offsetsText({ values }: OffsetsReport): string {
  const nameOf = ({ name, index }: OffsetsReport['values'][number]) => name ?? `class ${index}`;
  if (values.length <= MOST_SAID && values.every(({ name }) => name === undefined)) {
    return `(${values.map(({ value }) => signed(value)).join(', ')})`;
  }
  const largest = [...values]
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index)
    .slice(0, MOST_SAID);
  const said = largest.map((offset) => `${signed(offset.value)} to ${nameOf(offset)}`).join(', ');
  const left = values.length - largest.length;
  return left > 0 ? `${said} and what the report lists to ${left} others` : said;
}

export interface Remedy {
  /** "divide the logits by 1.61 and add (−0.98, +0.03, +0.95)" */
  readonly text: string;
  readonly divides: boolean;
  readonly adds: boolean;
}

/**
 * What to do to the logits; null where there is nothing to be done.
 * @param parts what is to be mended
 */
export function remedyOf(
  { temperature, offsets, threshold }: Recalibrated,
  parts: { readonly scale: boolean; readonly offsets: boolean },
): Remedy | null {
  const divides = parts.scale && temperature !== undefined && temperature.bound === undefined;
  const values = offsets?.values ?? [];
  const adds = parts.offsets && values.length > 0;
  if (!divides && !adds) return null;
  const words: string[] = [];
  if (divides) words.push(`divide the logits by ${three(temperature.value)}`);
  if (adds) words.push(`add ${addText(offsets!)}`);
  const text = words.join(' and ');
  if (!adds || threshold === undefined) return { text, divides, adds };
  const on = threshold.scale === 'logit' ? 'logit' : 'probability';
  return {
    text: `${text} (which moves the threshold to a ${on} of ${three(threshold.value)})`,
    divides,
    adds,
  };
}

function addText(offsets: OffsetsReport): string {
  const { values } = offsets;
  return values.length === 1 ? `${signed(values[0].value)} to the logit` : offsetsText(offsets);
}
