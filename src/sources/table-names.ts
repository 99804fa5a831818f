/** Names of columns, fields and members: the defaults, and what is said when one does not fit. */

import { InputError, quote } from '../types/errors.js';
import { nearest } from '../types/nearest.js';
import type { TextRole } from '../types/row-texts.js';

/** What a column, field or member can hold. */
export type Role = 'scores' | 'target' | 'prediction' | 'single score' | 'weight';

/** Names that are found without an option. */
export const DEFAULT_NAMES: Readonly<Record<Role, readonly string[]>> = {
  scores: ['logits', 'log_probs', 'logprobs', 'probs', 'probabilities', 'scores'],
  target: ['label', 'labels', 'target', 'targets', 'y_true', 'y'],
  prediction: ['y_pred', 'prediction', 'pred', 'predictions'],
  'single score': ['y_score'],
  weight: ['weight', 'sample_weight', 'weights'],
};

/** Prefixes of score columns that are found without an option: `p_cat`, `logit_cat`. */
export const SCORE_PREFIXES: readonly string[] = ['p_', 'logit_'];

/** Option of the command line that names the holder of a role; stands in advice. */
export const ROLE_OPTION: Readonly<Record<Role, string>> = {
  scores: '--scores',
  target: '--target',
  prediction: '--prediction',
  'single score': '--scores',
  weight: '--weights',
};

/** The same of columns of text. */
export const TEXT_OPTION: Readonly<Record<TextRole, string>> = {
  id: '--id',
  by: '--by',
  cluster: '--cluster',
};

/** First lines that are headers of a file of text with one column. */
export const TEXT_HEADERS: Readonly<Record<TextRole, readonly string[]>> = {
  id: ['id', 'ids', 'name', 'names'],
  by: ['slice', 'slices', 'group', 'groups'],
  cluster: ['cluster', 'clusters', 'group', 'groups'],
};

/** Where the names come from. */
export interface NameContext {
  /** File, for messages. */
  readonly source: string;
  /** Columns hold one class each; a field or member holds all scores of a row. */
  readonly unit: 'column' | 'field' | 'member';
  /** False for columns that have no names in the file and are called "0", "1", … by position. */
  readonly named?: boolean;
}

/** Names in a message: the first few, quoted, and how many more there are. */
export function listNames(names: readonly string[], limit = 12): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, limit).map(quote).join(', ');
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}

export function duplicateName(
  name: string,
  first: number,
  second: number,
  context: NameContext,
): InputError {
  return new InputError('duplicate-column', {
    source: context.source,
    column: name,
    problem: `the ${context.unit} name stands twice`,
    found: `it at positions ${first} and ${second}, counted from 0`,
    expected: 'one',
    advice: 'Rename one of them in the file.',
  });
}

export function unknownName(
  available: readonly string[],
  name: string,
  option: string,
  context: NameContext,
): InputError {
  const near = nearest(name, available);
  const hint = near === null ? '' : ` Did you mean ${quote(near)}?`;
  return new InputError('unknown-column', {
    source: context.source,
    problem: `there is no ${context.unit} ${quote(name)}`,
    found: listNames(available),
    advice: `Give ${option} one of these names.${hint}`,
  });
}

export function ambiguous(
  role: Role,
  candidates: readonly string[],
  context: NameContext,
): InputError {
  return new InputError('ambiguous-column', {
    source: context.source,
    problem: `more than one ${context.unit} could be the ${role}`,
    found: listNames(candidates),
    expected: 'one',
    advice: `Choose with ${ROLE_OPTION[role]}${
      role === 'scores' && context.unit === 'column'
        ? " (a list of columns, or a prefix such as 'p_*')"
        : ''
    }.`,
  });
}

export function usedTwice(
  name: string,
  before: string,
  role: string,
  context: NameContext,
): InputError {
  return new InputError('column-used-twice', {
    source: context.source,
    column: name,
    problem: `the ${context.unit} is chosen both as ${before} and as ${role}`,
    expected: `one ${context.unit} for each`,
    advice: 'Change one of the options.',
  });
}

/** One score per row cannot be told apart into classes: which class is it the score of, and is it a probability? */
export function singleScoreError(name: string, context: NameContext): InputError {
  return new InputError('single-score', {
    source: context.source,
    column: name,
    problem: 'one score per row; logitscope needs one column per class',
    found: `one ${context.unit} of single scores`,
    expected:
      context.unit === 'column'
        ? 'at least two columns such as p_0 and p_1'
        : 'at least two scores per row',
    advice:
      'If this is the score of the second of two classes, say --task binary (elsewhere write 1 − p and p, or 0 and the logit). If these are predicted values, say --task regression.',
  });
}

/** Rows of several scores where one was announced. */
export function severalScores(source: string, found: string): InputError {
  return new InputError('several-scores', {
    source,
    problem: 'there are several scores per row, and --task binary takes one',
    found,
    expected: 'one score per row: the logit or the probability of the second class',
    advice:
      'For scores of every class, of two classes too, leave out --task binary; or choose one column with --scores.',
  });
}
