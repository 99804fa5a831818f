/** Targets that hold a number per class: one-hot rows and rows of probabilities. */

import { InputError, UsageError } from '../types/errors.js';
import type { Rows } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import { readNumbers } from './numbers.js';
import { showRow } from './show.js';

/** As for scores that are probabilities: how far Σ q may lie from 1. */
const TOLERANCE = 1e-3;

/** Rows of targets, checked. */
export interface TargetRows {
  readonly name: string;
  readonly classes: number;
  /** Rows × classes numbers, each row one-hot or of probabilities. */
  readonly values: RealArray;
  /** The first row that is not one-hot; null where all are. */
  readonly firstSoft: number | null;
}

/**
 * Reads rows of targets and checks each of them.
 * @throws UsageError `not-numbers`, `length-mismatch`; InputError `bad-target-row`
 */
export function readTargetRows(
  name: string,
  targets: Rows | ArrayLike<number>,
  classes: number,
): TargetRows {
  const { values, width } = readNumbers(name, targets);
  if (width !== null && width !== classes) {
    throw new UsageError(
      'length-mismatch',
      `${name} needs ${classes} numbers in every row, one per class; found ${width} in row 0.`,
    );
  }
  let firstSoft: number | null = null;
  for (let from = 0; from < values.length; from += classes) {
    const row = values.subarray(from, from + classes);
    if (!isOneHot(name, row, from / classes)) firstSoft ??= from / classes;
  }
  return { name, classes, values, firstSoft };
}

/** Whether a row is one-hot; probabilities are not. */
function isOneHot(name: string, row: RealArray, r: number): boolean {
  let sum = 0;
  let ones = 0;
  let isBinary = true;
  for (let c = 0; c < row.length; c++) {
    const q = row[c];
    if (!(q >= 0 && q < Number.POSITIVE_INFINITY)) {
      throw badRow(name, r, {
        column: c,
        problem: 'the target is no probability',
        found: String(q),
        expected: 'numbers ≥ 0 that add up to 1, or one 1 among zeros',
        advice: 'Give the class index of each row, or probabilities.',
      });
    }
    sum += q;
    if (q === 1) ones++;
    else if (q !== 0) isBinary = false;
  }
  if (isBinary && ones !== 1) {
    throw badRow(name, r, {
      problem: ones === 0 ? 'the target names no class' : 'the target names several classes',
      found: `${ones === 0 ? 'no 1' : `${ones} ones`} in ${showRow(row)}`,
      expected: 'one 1 among zeros',
      advice:
        ones === 0
          ? 'Leave the row out, with its scores.'
          : 'Divide the row by its sum to spread the target over its classes; rows of several labels are for multilabelScores.',
    });
  }
  if (Math.abs(sum - 1) <= TOLERANCE) return isBinary;
  throw badRow(name, r, {
    problem: 'the probabilities of the target do not add up to 1',
    found: `a sum of ${sum}`,
    expected: '1 ± 0.001',
    advice: 'Divide the row by its sum, if that is what it means.',
  });
}

/**
 * The class of each row, where every row is one-hot.
 * @param taker whose targets they are
 * @throws UsageError `soft-targets`
 */
export function oneHotClasses(rows: TargetRows, taker: string): Int32Array {
  if (rows.firstSoft === null) return largestClasses(rows);
  const { name, values, classes, firstSoft } = rows;
  const row = values.subarray(firstSoft * classes, (firstSoft + 1) * classes);
  throw new UsageError(
    'soft-targets',
    `${taker} needs one class per row; ${name} holds probabilities in row ${firstSoft}: ${showRow(row)}. Take the largest class of each row, or a function of probabilities: crossEntropy, logLoss, brierScoreLoss.`,
  );
}

/**
 * The class of the largest number of each row.
 * @throws InputError `tied-target` where two are the largest
 */
export function largestClasses({ name, values, classes }: TargetRows): Int32Array {
  const found = new Int32Array(values.length / classes);
  for (let r = 0; r < found.length; r++) {
    const row = values.subarray(r * classes, (r + 1) * classes);
    let best = 0;
    let rival = -1;
    for (let c = 1; c < classes; c++) {
      if (row[c] > row[best]) [best, rival] = [c, -1];
      else if (row[c] === row[best]) rival = c;
    }
    if (rival >= 0) {
      throw new InputError('tied-target', {
        source: name,
        row: r,
        problem: 'the largest class of the target is not unique',
        found: `${row[best]} for classes ${best} and ${rival}`,
        expected: 'one class that leads',
        advice: 'Decide on a class, or leave the row out.',
      });
    }
    found[r] = best;
  }
  return found;
}

function badRow(
  source: string,
  row: number,
  details: { problem: string; found: string; expected: string; advice: string; column?: number },
): InputError {
  return new InputError('bad-target-row', { source, row, ...details });
}
