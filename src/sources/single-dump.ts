/** Single values as rows of one score, against targets 0 and 1. */

import type { DumpInfo, DumpReader, ValueReader } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import { MISSING_TARGET } from '../types/scores.js';

/**
 * Reads values as scores. What was opened to find out whether it holds values
 * may turn out to hold scores, and cannot always be opened again.
 * @throws (from `read`) InputError `target-out-of-range` for a target that is no integer
 */
export function singleOfValues(
  reader: ValueReader,
  classNames: readonly string[] | null,
): DumpReader {
  const { name, format, stored, dtype, rows, hasWeights } = reader.info;
  const info: DumpInfo = {
    name,
    format,
    stored,
    dtype,
    epsilon: dtype === 'f64' ? 2 ** -52 : 2 ** -23,
    classes: 1,
    classNames,
    rows,
    hasTargets: true,
    hasWeights,
  };
  let targets = new Float64Array(0);
  let row = 0;
  return {
    info,
    async read({ capacity, scores, targets: into, weights }) {
      if (targets.length < capacity) targets = new Float64Array(capacity);
      const predictions = scores as RealArray;
      const count = await reader.read({ capacity, predictions, targets, weights });
      for (let i = 0; i < count; i++) into[i] = asTarget(targets[i]!, name, row + i);
      row += count;
      return count;
    },
    progress: () => reader.progress(),
    close: () => reader.close(),
  };
}

function asTarget(value: number, source: string, row: number): number {
  if (Number.isNaN(value)) return MISSING_TARGET;
  if ((value | 0) === value) return value;
  throw new InputError('target-out-of-range', {
    source,
    row,
    problem: 'the target is neither 0 nor 1, as those of the first rows are',
    found: String(value),
    expected: '0 or 1',
    advice: 'If these are predicted values, say --task regression.',
  });
}
