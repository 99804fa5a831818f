/** Rows of a number per class, in place of one label per row. */

import { flatRows } from '../arrays/numbers.js';
import { columnOf } from '../arrays/shape.js';
import { showRow } from '../arrays/show.js';
import { largestClasses, readTargetRows } from '../arrays/target-rows.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Label, Labels, Rows } from '../types/forms.js';

/**
 * The label of each row: its class, or what `labels` calls that where they are texts.
 * @param areTargets whether rows may be of probabilities, of which the largest counts;
 *   predictions must be one-hot
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `bad-target-row`, `tied-target`, `bad-label`
 */
export function labelsOfRows(
  name: string,
  rows: Rows,
  labels: readonly Label[],
  areTargets: boolean,
): Labels {
  const column = columnOf(name, rows);
  if (column !== null) return column;
  const classes = rows[0]!.length;
  const indices = areTargets
    ? largestClasses(readTargetRows(name, rows, classes))
    : predictedClasses(name, rows, classes);
  if (typeof labels[0] !== 'string') return indices;
  if (labels.length === classes) return Array.from(indices, (k) => labels[k]!);
  throw new UsageError(
    'bad-option',
    `Option labels needs ${classes} labels, one per number of a row of ${name}; found ${labels.length}.`,
  );
}

function predictedClasses(name: string, rows: Rows, classes: number): Int32Array {
  const values = flatRows(name, rows);
  return Int32Array.from({ length: rows.length }, (_, r) => {
    const row = values.subarray(r * classes, (r + 1) * classes);
    const found = row.indexOf(1);
    if (found >= 0 && row.every((value, c) => value === 0 || c === found)) return found;
    throw new InputError('bad-label', {
      source: name,
      row: r,
      problem: 'a row of predictions is not one-hot',
      found: showRow(row),
      expected: 'a label, or one 1 among zeros',
      advice: 'Turn scores into labels first (by argmax or a threshold).',
    });
  });
}
