/** Numbers for people: four decimals where that says something, more care at the ends. */

import type { TemperatureReport } from '../types/diagnosis.js';

/** A metric's value, at most nine characters wide for ordinary values. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e5)) return minus(value.toExponential(2));
  return minus(value.toFixed(size >= 1000 ? 1 : size >= 100 ? 2 : 4));
}

/** A count with its thousands set apart by thin groups: 1 234 567. */
export function formatCount(value: number): string {
  if (!Number.isInteger(value)) return formatNumber(value);
  return minus(String(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** A share as a percentage with one decimal. */
export function formatShare(value: number): string {
  return Number.isFinite(value) ? `${minus((100 * value).toFixed(1))} %` : 'NaN';
}

/** A temperature, or where it goes without end. */
export function formatTemperature({ value, bound }: TemperatureReport): string {
  if (bound === undefined) return formatNumber(value);
  return bound === 'separated' ? '→ 0' : '→ ∞';
}

/** A true minus sign, as wide as a digit. */
function minus(text: string): string {
  return text.replace(/^-/, '−');
}
