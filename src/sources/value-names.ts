/** Which columns, fields or members hold predicted values, true values and weights. */

import { InputError, UsageError } from '../types/errors.js';
import { type NameOptions, resolveName } from './names.js';
import { columnsByOption, requireNames } from './table-columns.js';
import { ambiguous, DEFAULT_NAMES, listNames, type NameContext, usedTwice } from './table-names.js';

/** Names of predicted values that are found without an option. */
const PREDICTIONS: readonly string[] = [
  ...DEFAULT_NAMES.prediction,
  ...DEFAULT_NAMES['single score'],
  ...DEFAULT_NAMES.scores,
];

/** The outcome; a name stands in one role. */
export interface ValueNames {
  readonly predictions: readonly string[];
  /** Name of each output: that of its column, without the prefix that all share. */
  readonly outputNames: readonly string[] | null;
  /** Empty where targets come from elsewhere, or there are none. */
  readonly targets: readonly string[];
  readonly weight: string | null;
}

/**
 * Finds the columns of values. `--scores` and `--target` take lists of columns
 * and prefixes with `*`; for fields and members a single name.
 * @throws InputError `unknown-column`, `ambiguous-column`, `duplicate-column`, `column-used-twice`,
 *   `unnamed-columns`, `missing-scores`
 * @throws UsageError `two-predictions`
 */
export function resolveValueNames(
  available: readonly string[],
  options: NameOptions,
  context: NameContext,
): ValueNames {
  const { scores, prediction, id } = options;
  if (typeof scores === 'string' && typeof prediction === 'string') {
    throw new UsageError(
      'two-predictions',
      '--scores and --prediction both name the predicted values. Give one of them.',
    );
  }
  const option = scores ?? prediction ?? undefined;
  const claimed = [option, options.target, options.weight, id];
  const unclaimed = available.filter((name) => !claimed.includes(name));
  if (id !== undefined) requireNames(available, [id], '--id', context);
  if (context.named === false && (option === undefined || options.target === undefined)) {
    throw new InputError('unnamed-columns', {
      source: context.source,
      line: 1,
      problem: 'the columns have no names, so none is known to hold the predictions or the targets',
      found: `${available.length} columns of numbers without a header`,
      advice: `Give their positions with --scores and --target (0 to ${available.length - 1}), or add a header line.`,
    });
  }

  const taken = new Map<string, string>();
  const take = (name: string, role: string) => {
    const before = taken.get(name);
    if (before !== undefined) throw usedTwice(name, before, role, context);
    taken.set(name, role);
  };
  const list = (text: string, name: string) =>
    context.unit === 'column'
      ? columnsByOption(available, text, name, taken, context)
      : [[resolveName(available, 'scores', text, context)!, text] as const];
  const weight = resolveName(
    options.weight === undefined ? unclaimed : available,
    'weight',
    options.weight,
    context,
  );
  if (id !== undefined) take(id, 'id');
  if (weight !== null) take(weight, 'weight');
  const targets =
    typeof options.target === 'string'
      ? list(options.target, '--target').map(([name]) => name)
      : [resolveName(unclaimed, 'target', options.target, context)].filter((name) => name !== null);
  for (const name of targets) take(name, 'target');
  const predictions =
    option === undefined
      ? [defaultPrediction(unclaimed, context)].map((name) => [name, name] as const)
      : list(option, scores === undefined ? '--prediction' : '--scores');
  for (const [name] of predictions) take(name, 'prediction');
  return {
    predictions: predictions.map(([name]) => name),
    outputNames: context.named === false ? null : predictions.map(([, output]) => output),
    targets,
    weight,
  };
}

function defaultPrediction(available: readonly string[], context: NameContext): string {
  const candidates = [...new Set(available.filter((name) => PREDICTIONS.includes(name)))];
  if (candidates.length > 1) throw ambiguous('scores', candidates, context);
  requireNames(available, candidates, '--scores', context);
  const [only] = candidates;
  if (only !== undefined) return only;
  throw new InputError('missing-scores', {
    source: context.source,
    problem: `no ${context.unit} is known to hold predicted values`,
    found: listNames(available),
    expected: `one of ${PREDICTIONS.join(', ')}`,
    advice: 'Name it with --scores.',
  });
}
