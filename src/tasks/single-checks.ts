/** Scores that need no other in their row: what kind they are, and what is wrong with those that were not scored. */

import { InputError, UsageError } from '../types/errors.js';
import { HEAD_ROWS } from './kind.js';

export type SingleKind = 'logits' | 'probabilities';

/** Share of scores within [0, 1] from which the others look like mistakes. */
const MOSTLY = 0.95;

/**
 * Probabilities where every score of the first rows lies in [0, 1], else logits.
 * @param columns scores per row
 * @throws InputError `ambiguous-kind` where nearly all do
 */
export function decideSingleKind(
  source: string,
  scores: ArrayLike<number>,
  columns: number,
): SingleKind {
  let [known, outside, first] = [0, 0, 0];
  for (let i = 0; i < scores.length; i++) {
    if (!Number.isFinite(scores[i])) continue;
    known++;
    if (scores[i] >= 0 && scores[i] <= 1) continue;
    if (outside++ === 0) first = i;
  }
  if (outside === 0) return 'probabilities';
  if (outside / known > 1 - MOSTLY) return 'logits';
  throw new InputError('ambiguous-kind', {
    source,
    row: Math.floor(first / columns),
    problem: `nearly all scores of the first ${HEAD_ROWS} rows are probabilities, but not this one`,
    found: String(scores[first]),
    expected: 'numbers in [0, 1], or logits on both sides of it',
    advice: 'Repair the row, or say what the scores are with --kind.',
  });
}

/** The kind that was asked for; null where the data are to decide. */
export function givenKind(kind: string, source: string): SingleKind | null {
  if (kind === 'auto') return null;
  if (kind === 'logits' || kind === 'probabilities') return kind;
  throw new UsageError(
    'bad-kind',
    `${source}: where each score stands alone, --kind is logits or probabilities; found ${kind}.`,
  );
}

/** A score that was not scored for what it or its target is, for messages. */
export interface RefusedScore {
  readonly source: string;
  /** Where the targets come from, if not from the source. */
  readonly labels: string | undefined;
  readonly row: number;
  /** Name or number of the label; undefined where a row has one score. */
  readonly column: string | number | undefined;
  readonly found: number;
}

export function badTarget(
  { source, labels, row, column, found }: RefusedScore,
  classNames: readonly string[] | null,
): InputError {
  const names = classNames ? ` (${classNames.join(', ')})` : '';
  const advice =
    column === undefined && Number.isInteger(found) && found < 0
      ? `If ${found} marks rows to leave out, say so with --ignore-index ${found} (ignoreIndex).`
      : column === undefined
        ? 'One score tells two classes apart. For more give scores of every class; for predicted values say --task regression.'
        : 'Targets of several labels are 1 where the row has the label, else 0.';
  return new InputError('target-out-of-range', {
    source: labels ?? source,
    row,
    ...(column !== undefined && { column }),
    problem: 'the target is neither 0 nor 1',
    found: String(found),
    expected: `0 or 1${names}`,
    advice,
  });
}

export function contradiction(
  { source, row, column, found }: RefusedScore,
  kindFrom: 'data' | 'option',
): InputError {
  const decided = kindFrom === 'data' ? ', as the first rows of the file are' : ', as --kind says';
  return new InputError('contradicted-kind', {
    source,
    row,
    ...(column !== undefined && { column }),
    problem: `the score is no probability${decided}`,
    found: String(found),
    expected: 'a number in [0, 1]',
    advice: 'If these are logits, say --kind logits. Otherwise repair the row.',
  });
}
