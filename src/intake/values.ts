/** Predicted and true values, or scores and indicators of several labels. */

import { InputError } from '../types/errors.js';
import type { Field } from '../types/fields.js';
import type { OpenDump } from './dump-request.js';
import { commonDtype, requireSameOrder, scoreShape, targetsPerRow } from './dump-shapes.js';
import { SCORES, TARGETS } from './joined-rows.js';
import type { Opening } from './opening.js';

/** @throws InputError `shape-mismatch`, `column-order` */
export async function valuesOf(
  opening: Opening,
  task: 'regression' | 'multilabel',
  reason: string | null,
): Promise<OpenDump> {
  const { roles, files, name } = opening;
  const { predictions } = files;
  const fields = roles.scores?.fields ?? roles.singles.slice(0, 1);
  const [field] = fields as [Field];
  const target = opening.requireTarget();
  const { classes, rows, isArray } = scoreShape(predictions, fields);
  const perRow = targetsPerRow(target, rows, classes);
  if (perRow !== classes) {
    throw new InputError('shape-mismatch', {
      source: target.file.fields.name,
      problem: 'there must be as many targets in a row as predictions',
      found: `${perRow} ${perRow === 1 ? 'target' : 'targets'} per row`,
      expected: `${classes}, as ${name} has predictions`,
      advice: 'Name the columns with --scores and --target, in the same order.',
    });
  }
  const names = isArray ? null : (roles.scores?.classNames ?? null);
  if (names !== null && names.length > 1) requireSameOrder(names, target);
  const isSole = classes === 1 && (field.rows === null || predictions.fields.unit === 'column');
  const numbers = (own: readonly Field[]) => ({ fields: own, width: classes, required: false });
  return opening.open({
    ...{ task, reason, field, rows },
    parts: [
      { key: SCORES, noun: 'predictions', file: predictions, numbers: numbers(fields) },
      { key: TARGETS, noun: 'targets', file: target.file, numbers: numbers(target.fields) },
    ],
    info: {
      dtype: field.content === 'real' && commonDtype(fields) !== 'f64' ? 'f32' : 'f64',
      classes,
      classNames: names ?? (isSole ? [field.name ?? '0'] : null),
    },
    targetsIn: ({ values }) => values!,
  });
}
