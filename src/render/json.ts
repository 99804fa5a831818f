/** Reports as JSON, which has no NaN and no infinities. */

import type { AppliedCalibration, Calibration } from '../types/calibration.js';
import type { CompareReport } from '../types/compare.js';
import type { Converted } from '../types/converted.js';
import type { EpochsReport } from '../types/epochs.js';
import type { ExplainReport } from '../types/explain.js';
import type { InspectReport } from '../types/inspect.js';
import type { PerplexityReport } from '../types/perplexity.js';
import type { ScoreReport } from '../types/report.js';

/** Whether a value takes no line of its own. */
function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function write(value: unknown, indent: string): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (isPlain(value)) return JSON.stringify(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every(isPlain)) return `[${value.map((item) => write(item, '')).join(', ')}]`;
    const items = value.map((item) => deeper + write(item, deeper));
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value as Record<string, unknown>)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${deeper}${JSON.stringify(name)}: ${write(field, deeper)}`);
  return fields.length === 0 ? '{}' : `{\n${fields.join(',\n')}\n${indent}}`;
}

/**
 * A report as one JSON object; NaN and ±∞ are the strings "NaN", "Infinity"
 * and "-Infinity". Lists of numbers stand on one line.
 *
 * @example
 * ```ts
 * import { renderJson, scoreArrays } from 'logitscope';
 * const report = await scoreArrays(Float64Array.of(2, 1, 0.1), [0]);
 * JSON.parse(renderJson(report)).metrics.log_loss.value; // 0.4170300
 * ```
 */
export function renderJson(
  report:
    | ScoreReport
    | ExplainReport
    | EpochsReport
    | CompareReport
    | InspectReport
    | PerplexityReport
    | Calibration
    | AppliedCalibration
    | Converted,
): string {
  return `${write(report, '')}\n`;
}

/** The same on one line, for JSON lines; of any plain values. */
export function renderJsonLine(value: unknown): string {
  const text = JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'number' && !Number.isFinite(field) ? String(field) : field,
  );
  return `${text}\n`;
}
