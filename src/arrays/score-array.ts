/** Scores of any form in the number format that a scorer takes them in. */

import { UsageError } from '../types/errors.js';
import type { Scores } from '../types/forms.js';
import type { Dtype, ScoreArray } from '../types/scores.js';
import { isNested, isReal, lengthOf, readNumbers } from './numbers.js';
import { show } from './show.js';

/** Scores, row after row in one array. */
export interface ReadScoreArray {
  /** The array itself, where it is flat and of a number format of scorers. */
  readonly values: ScoreArray;
  readonly dtype: Dtype;
  /** How many rows, and scores in each, where the form says it; null for a flat array. */
  readonly rows: number | null;
  readonly width: number | null;
}

/**
 * @param given number format that the caller asks for: of 16 bits for the bits in Uint16Arrays;
 *   `f32` rounds lists of numbers and integers, which are f64 otherwise
 * @throws UsageError `bad-scores`, `bad-dtype`, `not-numbers`, `length-mismatch`
 */
export function readScoreArray(scores: Scores, given: Dtype | undefined): ReadScoreArray {
  const first: unknown = isNested(scores) ? scores[0] : scores;
  if (
    lengthOf(first) === null ||
    first instanceof BigInt64Array ||
    first instanceof BigUint64Array
  ) {
    throw new UsageError(
      'bad-scores',
      `The scores must be lists of numbers, or a typed array of numbers; found ${show(first)}.`,
    );
  }
  if (first instanceof Uint16Array) return readHalves(scores, given);
  const { values, rows, width } = readNumbers('scores', scores);
  const natural = values instanceof Float32Array ? 'f32' : 'f64';
  const dtype = given ?? natural;
  if (dtype === natural) return { values, dtype, rows, width };
  const isWhatItIs = isReal(scores) || natural === 'f32';
  if (dtype === 'f32' && !isWhatItIs) {
    return { values: Float32Array.from(values), dtype, rows, width };
  }
  throw new UsageError(
    'bad-dtype',
    `The scores are ${natural}; dtype ${JSON.stringify(given)} does not fit.`,
  );
}

/** The bits of f16 or bf16. */
function readHalves(scores: Scores, dtype: Dtype | undefined): ReadScoreArray {
  if (dtype !== 'f16' && dtype !== 'bf16') {
    throw new UsageError(
      'bad-dtype',
      'Scores in a Uint16Array need dtype "f16" or "bf16", which say what the bits mean.',
    );
  }
  if (scores instanceof Uint16Array) return { values: scores, dtype, rows: null, width: null };
  const { values, rows, width } = readNumbers('scores', scores);
  return { values: Uint16Array.from(values), dtype, rows, width };
}
