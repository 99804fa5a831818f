/** Which columns, fields or members hold predicted values, true values and weights. */

import { InputError, UsageError } from '../types/errors.js';
import { type NameOptions, resolveName } from './names.js';
import { columnsByOption, requireNames } from './table-columns.js';
import {
  ambiguous,
  DEFAULT_NAMES,
  listNames,
  type NameContext,
  SCORE_PREFIXES,
  usedTwice,
} from './table-names.js';

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

/** Prefix of the columns of targets of several labels: `y_cat` beside `p_cat`. */
const TARGET_PREFIX = 'y_';

/** Fills in where scores and targets of several labels lie: columns `p_<label>` or `logit_<label>`, and `y_<label>`. */
export function labelColumns(
  available: readonly string[],
  options: NameOptions,
  context: NameContext,
): NameOptions {
  if (context.unit !== 'column' || context.named === false) return options;
  const has = (prefix: string) =>
    available.some((name) => name.startsWith(prefix) && !PREDICTIONS.includes(name));
  const prefixes = SCORE_PREFIXES.filter(has);
  const given = options.scores ?? options.prediction;
  if (given === undefined && prefixes.length > 1) {
    throw ambiguous(
      'scores',
      available.filter((name) => prefixes.some((p) => name.startsWith(p))),
      context,
    );
  }
  const scores = given === undefined && prefixes.length === 1 ? `${prefixes[0]}*` : options.scores;
  const target =
    options.target === undefined &&
    available.some((name) => name.startsWith(TARGET_PREFIX) && name.length > TARGET_PREFIX.length)
      ? `${TARGET_PREFIX}*`
      : options.target;
  return { ...options, scores, target };
}

/**
 * Targets of several columns must stand in the order of the predictions.
 * @throws InputError `column-order` where they have the same names in another order
 */
export function requireSameOrder({ outputNames, targets }: ValueNames, context: NameContext): void {
  if (outputNames === null || targets.length < 2) return;
  const own = (name: string) => name.slice(name.indexOf('_') + 1);
  const outputs = outputNames.map((name) =>
    targets.some((t) => own(t) === name) ? name : own(name),
  );
  const labels = targets.map(own);
  const same = (a: readonly string[], b: readonly string[]) => a.join('\n') === b.join('\n');
  if (same(outputs, labels) || !same([...outputs].sort(), [...labels].sort())) return;
  throw new InputError('column-order', {
    source: context.source,
    problem: 'the columns of the targets stand in another order than those of the predictions',
    found: listNames(targets),
    expected: `the order ${listNames(outputs)}`,
    advice: 'Give both orders with --scores and --target, as in --scores p_a,p_b --target y_a,y_b.',
  });
}
