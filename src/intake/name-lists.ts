/** Names that say what a column, field or member is for, and what is said when one does not fit. */

import { shapeOf } from '../formats/npy-fields.js';
import { InputError, quote } from '../types/errors.js';
import { type Field, type Fields, holdsArrays } from '../types/fields.js';
import { nearest } from '../types/nearest.js';
import type { TextRole } from '../types/row-texts.js';

/** What a field can be for. */
export type Role = 'scores' | 'prediction' | 'single score' | 'target' | 'weight' | TextRole;

/**
 * Names that are found without an option, in any case, `-`, `_` and blanks alike.
 * Scores and predictions of several numbers per row are scores of classes, of one a single score.
 */
export const KNOWN_NAMES: Readonly<Record<Exclude<Role, 'by' | 'cluster'>, readonly string[]>> = {
  scores: [
    'logits',
    'log_probs',
    'logprobs',
    'probs',
    'probabilities',
    'scores',
    'log_probabilities',
    'log_likelihoods',
  ],
  prediction: ['y_pred', 'prediction', 'pred', 'predictions', 'preds', 'y_hat', 'predicted'],
  'single score': [
    ...['y_score', 'proba', 'prob', 'probability', 'score', 'pred_proba', 'y_prob', 'y_proba'],
    ...['predict_proba', 'y_pred_proba', 'logit'],
  ],
  target: [
    ...['label', 'labels', 'label_ids', 'label_id', 'target', 'targets', 'y', 'y_true', 'truth'],
    ...['actual', 'actuals', 'ground_truth', 'gold', 'class', 'true_label', 'gold_label', 'y_test'],
  ],
  weight: ['weight', 'sample_weight', 'weights', 'sample_weights'],
  id: ['id', 'ids', 'sample_id', 'row_id', 'example_id', 'doc_id', 'uid', 'uuid', 'guid'],
};

/** First lines that are headers of a file of text with one column. */
const SOLE_HEADERS: Readonly<Record<TextRole, readonly string[]>> = {
  id: [...KNOWN_NAMES.id, 'name', 'names'],
  by: ['slice', 'slices', 'group', 'groups'],
  cluster: ['cluster', 'clusters', 'group', 'groups'],
};

/** Names of a role, and such as head a file of that role alone. */
export function namesOf(role: Role): readonly string[] {
  return role === 'id' || role === 'by' || role === 'cluster'
    ? SOLE_HEADERS[role]
    : KNOWN_NAMES[role];
}

/** Option of the command line that names the holder of a role; stands in advice. */
export const ROLE_OPTION: Readonly<Record<Role, string>> = {
  scores: '--scores',
  target: '--target',
  prediction: '--prediction',
  'single score': '--scores',
  weight: '--weights',
  id: '--id',
  by: '--by',
  cluster: '--cluster',
};

/** A name in small letters, `-` and blanks as `_`. */
export const plainName = (name: string) => name.trim().toLowerCase().replace(/[-\s]/g, '_');

/** Whether a name is one of a list, in any case, `-`, `_` and blanks alike. */
export function isOneOf(name: string | null, list: readonly string[]): boolean {
  return name !== null && list.includes(plainName(name));
}

/** A column that pandas writes for its index has no name. */
export function isIndexName(name: string | null): boolean {
  return name !== null && (name.trim() === '' || /^unnamed: ?0$/i.test(name.trim()));
}

/** Names in a message: the first few, quoted, and how many more there are. */
export function listNames(names: readonly (string | null)[], limit = 12): string {
  if (names.length === 0) return 'none';
  const shown = names
    .slice(0, limit)
    .map((name) => quote(name ?? ''))
    .join(', ');
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}

/** Names of fields in a message. */
export function listFields(fields: readonly Field[]): string {
  return listNames(fields.map(({ name }) => name));
}

/**
 * The field of a name that an option gives.
 * @throws InputError `unknown-column`, `duplicate-column`, and why it cannot be read
 */
export function requireField(file: Fields, name: string, option: string): Field {
  const found = file.fields.filter((field) => field.name === name);
  const [first, second] = found;
  if (first?.problem !== undefined && second === undefined) throw first.problem;
  if (first !== undefined && second === undefined) return first;
  if (second !== undefined) throw duplicateName(file, name);
  // pandas calls its index so when it reads it back.
  const index = isIndexName(name)
    ? file.fields.find((field) => isIndexName(field.name))
    : undefined;
  if (index !== undefined) return index;
  const nested = file.nested?.(name);
  if (nested !== undefined) return nested;
  const near = nearest(
    name,
    file.fields.map((field) => field.name ?? ''),
  );
  const hint = near === null ? '' : ` Did you mean ${quote(near)}?`;
  throw new InputError('unknown-column', {
    source: file.name,
    problem: `there is no ${file.unit} ${quote(name)}`,
    found: listFields(file.fields),
    advice: `Give ${option} one of these names.${hint}`,
  });
}

/** Each of these names must stand once. @throws InputError `duplicate-column` */
export function requireOnce(file: Fields, fields: readonly Field[]): void {
  const counts = new Map<string | null, number>();
  for (const { name } of file.fields) counts.set(name, (counts.get(name) ?? 0) + 1);
  const twice = fields.find(({ name }) => counts.get(name)! > 1);
  if (twice !== undefined) throw duplicateName(file, twice.name ?? '');
}

export function duplicateName(file: Fields, name: string): InputError {
  const places = file.fields.flatMap((field, i) => (field.name === name ? [i] : []));
  return new InputError('duplicate-column', {
    source: file.name,
    column: name,
    problem: `the ${file.unit} name stands twice`,
    found: `it at positions ${places[0]} and ${places[1]}, counted from 0`,
    expected: 'one',
    advice: 'Rename one of them in the file.',
  });
}

export function ambiguous(role: Role, candidates: readonly Field[], file: Fields): InputError {
  const several = role === 'scores' && file.unit === 'column';
  return new InputError('ambiguous-column', {
    source: file.name,
    problem: `more than one ${file.unit} could be the ${role}`,
    found: listFields(candidates),
    expected: 'one',
    advice: `Choose with ${ROLE_OPTION[role]}${several ? " (a list of columns, or a prefix such as 'p_*')" : ''}.`,
  });
}

export function usedTwice(field: Field, before: string, role: string, file: Fields): InputError {
  return new InputError('column-used-twice', {
    source: file.name,
    column: field.name ?? 0,
    problem: `the ${file.unit} is chosen both as ${before} and as ${role}`,
    expected: `one ${file.unit} for each`,
    advice: 'Change one of the options.',
  });
}

/** One score per row cannot be told apart into classes: which class is it the score of, and is it a probability? */
export function singleScoreError(file: Fields, field: Field): InputError {
  const isArray = file.unit === 'array' || holdsArrays(file);
  const shape = isArray ? `shape ${shapeOf(field)}` : '';
  return new InputError(isArray ? 'one-score-per-row' : 'single-score', {
    source: isArray && field.name !== null ? `${file.name}[${field.name}]` : file.name,
    ...(!isArray && { column: field.name ?? 0 }),
    problem: `one score per row; logitscope needs one column per class`,
    found: isArray ? shape : `one ${file.unit} of single scores`,
    expected: isArray
      ? '(rows, classes) with two classes or more'
      : 'scores of every class, such as columns p_0 and p_1',
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

/** Where the only or known field of a role is missing in a file for it. */
export function missingField(file: Fields, role: Role, what: string): InputError {
  return new InputError('missing-column', {
    source: file.name,
    problem: `no ${file.unit} is known to hold ${what}`,
    found: file.named ? listFields(file.fields) : `${file.fields.length} columns without names`,
    expected: `one of ${namesOf(role).slice(0, 8).join(', ')}, or a single ${file.unit}`,
    advice: `Choose with ${ROLE_OPTION[role]}.`,
  });
}
