/** Rows of 0 and 1, one number per label, in arrays: checked and counted. */

import { MultilabelTally } from '../tallies/multilabel-tally.js';
import { UsageError } from '../types/errors.js';
import { requireLength, requireRows, type SampleWeight, weightsOf } from './label-arrays.js';

/** One row per entry, each with a 1 per label that applies and a 0 per label that does not. */
export type IndicatorRows = readonly ArrayLike<number>[];

/** Whether rows hold a list each: then they are rows of several labels. */
export function isIndicator(values: unknown): values is IndicatorRows {
  const first = (values as ArrayLike<unknown>)[0];
  return Array.isArray(first) || ArrayBuffer.isView(first);
}

/**
 * Rows of one length in one array.
 * @throws UsageError `length-mismatch`
 */
export function flatRows(name: string, rows: IndicatorRows, width = rows[0]!.length) {
  const flat = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    if (row.length !== width) {
      throw new UsageError(
        'length-mismatch',
        `${name} needs ${width} numbers in every row; found ${row.length} in row ${i}.`,
      );
    }
    flat.set(row, i * width);
  });
  return flat;
}

/**
 * Counts rows of labels.
 * @throws UsageError `length-mismatch`; InputError `empty-input`, `bad-target`, `bad-prediction`, `bad-weight`
 */
export function countIndicators(
  yTrue: IndicatorRows,
  yPred: unknown,
  sampleWeight: SampleWeight | undefined,
  betas: readonly number[] = [1],
  name = 'yPred',
): MultilabelTally {
  requireRows('yTrue', yTrue.length);
  if (!isIndicator(yPred)) {
    throw new UsageError(
      'length-mismatch',
      `yTrue holds rows of labels and ${name} does not; expected rows of as many numbers in both.`,
    );
  }
  requireLength(name, yPred.length, yTrue.length);
  const targets = flatRows('yTrue', yTrue);
  const predictions = flatRows(name, yPred, yTrue[0]!.length);
  const weights = weightsOf(sampleWeight, yTrue.length);
  const tally = new MultilabelTally({
    labels: yTrue[0]!.length,
    weighted: weights !== null,
    betas,
    kernel: 'none',
    version: '',
  });
  tally.add({ targets, predictions, weights });
  return tally;
}
