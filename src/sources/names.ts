/**
 * Which column, field or member holds what. Names are matched exactly: by
 * option, or by the short list of defaults below. Two candidates for one role
 * are an error that lists them; nothing is guessed.
 */

import { InputError } from '../types/errors.js';
import { type ByTextRole, TEXT_ROLES } from '../types/row-texts.js';
import { requireNames, scoreColumns } from './table-columns.js';
import {
  ambiguous,
  DEFAULT_NAMES,
  listNames,
  type NameContext,
  ROLE_OPTION,
  type Role,
  singleScoreError,
  TEXT_OPTION,
  usedTwice,
} from './table-names.js';

/** Names given by the caller. Left out: the defaults. `null`: the role is not looked for (it comes from elsewhere). */
export interface NameOptions {
  /**
   * Scores. A field or member by name; columns as a comma-separated list of
   * names and prefixes with `*` (`p_*`, `p_cat,p_dog`), in that order.
   */
  readonly scores?: string | undefined;
  readonly target?: string | null | undefined;
  readonly prediction?: string | null | undefined;
  readonly weight?: string | null | undefined;
  /** Names of rows; taken out of `*`. */
  readonly id?: string | undefined;
  /** Text that parts rows into slices; taken out of `*`. Targets, weights and the like will do, too. */
  readonly by?: string | undefined;
  /** Text that tells which rows belong together, likewise. */
  readonly cluster?: string | undefined;
}

/** The outcome. A name stands in one role at most. */
export interface ResolvedNames {
  /** Score columns in class order, or one field or member; null where the file has none. */
  readonly scores: readonly string[] | null;
  /** Class of each score column as its name says; null for fields, members and columns without names. */
  readonly classNames: readonly string[] | null;
  readonly target: string | null;
  readonly prediction: string | null;
  /** A default name for one score per row (`y_score`), which cannot stand for scores of classes. */
  readonly singleScore: string | null;
  readonly weight: string | null;
  /** Columns of text that were asked for. */
  readonly texts: ByTextRole<string>;
}

/**
 * Finds the columns, fields or members of a dump.
 * @throws InputError `unknown-column`, `ambiguous-column`, `duplicate-column`,
 *   `column-used-twice`, `duplicate-class`; `unnamed-columns` where columns have no
 *   names and the target is left open; `single-score` where there is one
 *   score per row and no predicted label; `missing-scores` where there is neither.
 */
export function resolveNames(
  available: readonly string[],
  options: NameOptions,
  context: NameContext,
): ResolvedNames {
  if (context.named === false && options.target === undefined) {
    throw new InputError('unnamed-columns', {
      source: context.source,
      line: 1,
      problem: 'the columns have no names, so none is known to be the target',
      found: `${available.length} columns of numbers without a header`,
      advice: `Give the target's position with --target (0 to ${available.length - 1}), labels of their own with --labels, or add a header line.`,
    });
  }
  // What an option names is no default candidate for another role.
  const { target: t, prediction: p, weight: w, id } = options;
  const claimed = [t, p, w, id].filter((name) => typeof name === 'string');
  const unclaimed = available.filter((name) => !claimed.includes(name));
  const find = (role: Role, option: string | null | undefined) =>
    resolveName(option === undefined ? unclaimed : available, role, option, context);
  const target = find('target', options.target);
  const prediction = find('prediction', options.prediction);
  const weight = find('weight', options.weight);
  const singleScore =
    context.named === false
      ? null
      : find('single score', options.scores === undefined ? undefined : null);
  const texts = Object.fromEntries(
    TEXT_ROLES.filter((role) => options[role] !== undefined).map((role) => [role, options[role]!]),
  ) as ByTextRole<string>;
  for (const role of TEXT_ROLES) {
    const name = texts[role];
    if (name !== undefined) requireNames(available, [name], TEXT_OPTION[role], context);
  }

  const taken = new Map<string, string>();
  const take = (name: string | null, role: string) => {
    if (name === null) return;
    const before = taken.get(name);
    if (before !== undefined) throw usedTwice(name, before, role, context);
    taken.set(name, role);
  };
  take(target, 'target');
  take(prediction, 'prediction');
  take(weight, 'weight');
  take(options.id ?? null, 'id');
  for (const role of ['by', 'cluster'] as const) {
    const name = texts[role];
    if (name !== undefined && !taken.has(name)) taken.set(name, TEXT_OPTION[role]);
  }

  const { names: scores, classNames } =
    context.unit === 'column'
      ? scoreColumns(available, options.scores, taken, context)
      : { names: oneOrNone(find('scores', options.scores)), classNames: null };
  for (const name of scores ?? []) take(name, 'scores');

  if (scores !== null && context.unit === 'column' && scores.length === 1)
    throw singleScoreError(scores[0]!, context);
  if (scores === null && prediction === null) {
    if (singleScore !== null) throw singleScoreError(singleScore, context);
    throw new InputError('missing-scores', {
      source: context.source,
      problem: `no ${context.unit} holds scores or predicted labels`,
      found: listNames(available),
      expected: defaultScores(context),
      advice: `Name ${context.unit === 'column' ? 'the score columns' : 'the scores'} with --scores, or the predicted label with --prediction.`,
    });
  }
  return { scores, classNames, target, prediction, singleScore, weight, texts };
}

/**
 * Finds the holder of one role: the option if given, otherwise the one default name that is there.
 * @returns null when the option is null, or no default name is there.
 * @throws InputError `unknown-column`, `ambiguous-column`, `duplicate-column`.
 */
export function resolveName(
  available: readonly string[],
  role: Role,
  option: string | null | undefined,
  context: NameContext,
): string | null {
  if (option === null) return null;
  if (option !== undefined) {
    requireNames(available, [option], ROLE_OPTION[role], context);
    return option;
  }
  if (context.named === false) return null;
  const defaults = DEFAULT_NAMES[role];
  const candidates = available.filter((name) => defaults.includes(name));
  const distinct = [...new Set(candidates)];
  if (distinct.length > 1) throw ambiguous(role, distinct, context);
  requireNames(available, distinct, ROLE_OPTION[role], context);
  return distinct[0] ?? null;
}

function defaultScores(context: NameContext): string {
  return context.unit === 'column'
    ? 'columns p_<class>, logit_<class> or 0 … C−1'
    : `one of ${DEFAULT_NAMES.scores.join(', ')}`;
}

function oneOrNone(name: string | null): readonly string[] | null {
  return name === null ? null : [name];
}

export { DEFAULT_NAMES, type NameContext, type Role } from './table-names.js';
