/** Rows of 0 and 1, one number per label, in arrays: checked and counted. */

import { flatRows, isNested, readNumbers, rowViews } from '../arrays/numbers.js';
import { MultilabelTally } from '../tallies/multilabel-tally.js';
import { UsageError } from '../types/errors.js';
import type { Rows, Scores } from '../types/forms.js';
import { requireLength, requireRows, type SampleWeight, weightsOf } from './label-arrays.js';

/**
 * Rows as lists, whatever their form.
 * @param classes numbers per row; needed for flat arrays
 * @throws UsageError `not-numbers`, `missing-classes`, `length-mismatch`
 */
export function rowsOf(name: string, values: Scores, classes: number | undefined): Rows {
  if (isNested(values)) return values;
  const { values: flat } = readNumbers(name, values);
  if (flat.length === 0) return [];
  if (classes === undefined) {
    throw new UsageError(
      'missing-classes',
      `${name} is a flat array: say how many labels a row has, { classes }, or give a list per row.`,
    );
  }
  if (classes >= 1 && Number.isInteger(flat.length / classes)) return rowViews(flat, classes);
  throw new UsageError(
    'length-mismatch',
    `${flat.length} numbers of ${name} are no whole number of rows of ${classes} labels.`,
  );
}

/** How many labels the first of these arrays has in a row, that is lists. */
export function labelsPerRow(...arrays: readonly Scores[]): number | undefined {
  return arrays.find(isNested)?.[0]?.length;
}

/**
 * Counts rows of labels.
 * @throws UsageError `length-mismatch`; InputError `empty-input`, `bad-target`, `bad-prediction`, `bad-weight`
 */
export function countIndicators(
  yTrue: Rows,
  yPred: unknown,
  sampleWeight: SampleWeight | undefined,
  betas: readonly number[] = [1],
  name = 'yPred',
): MultilabelTally {
  requireRows('yTrue', yTrue.length);
  if (!isNested(yPred)) {
    throw new UsageError(
      'length-mismatch',
      `yTrue holds rows of labels and ${name} does not; expected rows of as many numbers in both.`,
    );
  }
  requireLength(name, yPred.length, yTrue.length);
  const labels = yTrue[0]!.length;
  const targets = Float64Array.from(flatRows('yTrue', yTrue));
  const predictions = Float64Array.from(flatRows(name, yPred, labels));
  const weights = weightsOf(sampleWeight, yTrue.length);
  const tally = new MultilabelTally({
    labels,
    weighted: weights !== null,
    betas,
    kernel: 'none',
    version: '',
  });
  tally.add({ targets, predictions, weights });
  return tally;
}
