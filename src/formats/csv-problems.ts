/** What is said of rows of CSV that do not hold what they should. */

import { InputError, type InputPlace, quote } from '../types/errors.js';
import { parseDecimal } from './number-scan.js';

/** A cell of a column of numbers. */
export function notNumber(text: string, place: InputPlace, named: boolean): InputError {
  if (/^\s*[+-]?\d*,\d+\s*%?\s*$/.test(text)) {
    return new InputError('decimal-comma', {
      ...place,
      problem: 'the number has a decimal comma, which the first rows do not have',
      found: quote(text),
      expected: 'a decimal point',
      advice: "Write numbers with a point (pandas: to_csv(decimal='.')).",
    });
  }
  const isDecimal = parseDecimal(text) !== null;
  return new InputError('not-a-number', {
    ...place,
    problem: isDecimal
      ? 'the number is written in another way than those before'
      : 'the cell is not a decimal number',
    found: quote(text),
    expected: 'a number such as 0.25, -1e-3, nan or inf',
    ...(place.row === 0 &&
      !named && {
        advice: 'If the first line is a header, give its column names by option.',
      }),
  });
}

/** A row of more or fewer cells than the first line. */
export function ragged(place: InputPlace, found: number, expected: number): InputError {
  return new InputError('ragged-row', {
    ...place,
    problem: 'the row has another number of fields than the first line',
    found: `${found}`,
    expected: `${expected}`,
    advice:
      found === 2 * expected
        ? 'If numbers are written with a decimal comma, write them with a point.'
        : 'Cells that hold the delimiter must stand in quotes.',
  });
}
