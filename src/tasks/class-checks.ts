/**
 * What is wrong with rows of class scores that were not scored. Invalid rows and rows without a
 * target are complained of; a target out of range or a contradicted kind ends the run at once.
 */

import { InputError, quote } from '../types/errors.js';
import { scoreValues } from '../types/score-array.js';
import {
  type RowBuffers,
  type RowOptions,
  type RowScores,
  RowStatus,
  STATUS_MASK,
} from '../types/scores.js';
import { softProblem } from '../types/soft-targets.js';
import { type Complaints, complain } from './complaints.js';

/** Names what makes a row invalid, with its column. */
function invalidScore(
  row: Float32Array | Float64Array,
  classNames: readonly string[] | null,
): string {
  const named = (c: number) => (classNames === null ? '' : ` (${quote(classNames[c])})`);
  for (let c = 0; c < row.length; c++) {
    if (Number.isNaN(row[c])) return `NaN in score column ${c}${named(c)}`;
    if (row[c] === Number.POSITIVE_INFINITY) return `+∞ in score column ${c}${named(c)}`;
  }
  return '−∞ in every score column';
}

/** A name for a class in messages: its own, quoted, or its index. */
function targetRange(classes: number, classNames: readonly string[] | null): string {
  const names = classNames
    ? ` (${classNames.slice(0, 3).map(quote).join(', ')}${classes > 3 ? ', …' : ''})`
    : '';
  return `a class index from 0 to ${classes - 1}${names}`;
}

/** Where the rows of a batch come from, for messages. */
export interface CheckedBatch {
  readonly source: string;
  /** Where the targets come from, if not from the source. */
  readonly labels: string | undefined;
  readonly firstRow: number;
  readonly buffers: RowBuffers;
  readonly scores: RowScores;
  readonly options: RowOptions;
  readonly classNames: readonly string[] | null;
  readonly kindFrom: 'data' | 'option';
}

/**
 * Goes through the statuses of a batch.
 * @throws InputError `target-out-of-range`, `bad-soft-target`, `contradicted-kind`
 */
export function checkClassRows(batch: CheckedBatch, { invalid, missing }: Complaints): void {
  const { scores, buffers, firstRow, options } = batch;
  const { status, count } = scores;
  const { classes, dtype } = options;
  for (let r = 0; r < count; r++) {
    const verdict = status[r] & STATUS_MASK;
    if (verdict === RowStatus.scored || verdict === RowStatus.ignored) continue;
    const row = scoreValues(buffers.scores, dtype, r * classes, (r + 1) * classes);
    if (verdict === RowStatus.invalid)
      complain(invalid, firstRow + r, () => invalidScore(row, batch.classNames));
    else if (verdict === RowStatus.missingTarget) complain(missing, firstRow + r, () => 'none');
    else if (verdict === RowStatus.badTarget) throw badTarget(batch, r);
    else throw contradiction(batch, r, row);
  }
}

function badTarget(batch: CheckedBatch, r: number): InputError {
  const { targets, soft } = batch.buffers;
  if (soft) return badSoftTarget(batch, soft, r);
  const target = targets[r];
  const { classes } = batch.options;
  return new InputError('target-out-of-range', {
    source: batch.labels ?? batch.source,
    row: batch.firstRow + r,
    problem: 'the target is no class',
    found: String(target),
    expected: targetRange(classes, batch.classNames),
    advice:
      target < 0
        ? `If ${target} marks rows to leave out, say so with --ignore-index ${target} (ignoreIndex).`
        : target === classes
          ? 'If the targets start at 1, say --labels-from 1 (labelsFrom).'
          : 'Check that the targets belong to these predictions.',
  });
}

function badSoftTarget(batch: CheckedBatch, soft: Float64Array, r: number): InputError {
  const { classes } = batch.options;
  return new InputError('bad-soft-target', {
    source: batch.labels ?? batch.source,
    row: batch.firstRow + r,
    problem: 'the target is no probability per class',
    found: softProblem(soft, r * classes, classes) ?? 'another',
    expected: 'numbers ≥ 0 that sum to 1 ± 0.001, or NaN for all classes of a row without a target',
    advice: 'Repair the row: nothing is renormalised silently.',
  });
}

function contradiction(
  batch: CheckedBatch,
  r: number,
  row: Float32Array | Float64Array,
): InputError {
  const { kind } = batch.options;
  const normalizer = batch.scores.normalizer[r];
  let found: string;
  if (kind === 'probabilities') {
    const outside = row.findIndex((p) => p < 0 || p > 1 + 1e-6);
    found =
      outside >= 0
        ? `${row[outside]} in score column ${outside}`
        : `a row that sums to ${normalizer}`;
  } else {
    found = `a row with log Σ exp = ${normalizer}`;
  }
  const decided =
    batch.kindFrom === 'data' ? ', as the first rows of the file are' : ', as --kind says';
  return new InputError('contradicted-kind', {
    source: batch.source,
    row: batch.firstRow + r,
    problem: `the scores are no ${kind}${decided}`,
    found,
    expected:
      kind === 'probabilities'
        ? 'numbers in [0, 1] that sum to 1 ± 0.001'
        : 'log Σ exp = 0 ± 0.001',
    advice:
      'If these are logits, say --kind logits. Otherwise repair the row: nothing is renormalised silently.',
  });
}
