/** Which options say something about a task's rows, and why the others do not. */

import { UsageError } from '../types/errors.js';
import type { RowTask } from '../types/report.js';

/** What the rows of a task are, in words. */
export const TASK_WORDS: Readonly<Record<RowTask, string>> = {
  classification: 'classes, each with a score',
  binary: 'one score per row',
  multilabel: 'several labels per row',
  regression: 'values',
  labels: 'predicted labels without scores',
};

/** Options that not every task has, as the command line calls them. */
export interface ScopedOptions {
  readonly kind?: string | undefined;
  readonly threshold?: number | undefined;
  readonly classWeights?: ArrayLike<number> | null | undefined;
  readonly labelSmoothing?: number | undefined;
  readonly classNames?: readonly string[] | null | undefined;
  readonly eps?: number | undefined;
  readonly topK?: readonly number[] | undefined;
  readonly zeroDivision?: number | undefined;
  readonly quantiles?: readonly number[] | undefined;
  readonly worst?: number | undefined;
  readonly metrics?: readonly unknown[] | undefined;
}

type Scoped = keyof ScopedOptions;

const FLAGS: Readonly<Record<Scoped, string>> = {
  kind: '--kind',
  threshold: '--threshold',
  classWeights: '--class-weights',
  labelSmoothing: '--label-smoothing',
  classNames: '--class-names',
  eps: '--eps',
  topK: '--top-k',
  zeroDivision: '--zero-division',
  quantiles: '--quantiles',
  worst: '--worst',
  metrics: 'custom metrics',
};

const NO_CLASSES = 'values have no classes';
const NO_SCORES = 'there are no scores, and so no probability and no loss';
const ONE_CLASS_PER_ROW = 'it is for rows of one true class among several, each with a score';
const IN_BOTH = `${ONE_CLASS_PER_ROW}: write scores of both classes (p_0 and p_1)`;

/** Why an option has no meaning for a task; what is not listed has one. */
const REASONS: Readonly<Record<RowTask, { readonly [option in Scoped]?: string }>> = {
  classification: {
    threshold:
      'the highest score wins. It is for one score per row (--task binary) and for several labels per row (--task multilabel)',
    quantiles: 'it is for values (--task regression)',
  },
  binary: {
    classWeights: IN_BOTH,
    labelSmoothing: IN_BOTH,
    topK: 'of two classes the two best are always right',
    quantiles: 'it is for values (--task regression)',
    metrics: IN_BOTH,
  },
  multilabel: {
    classWeights: ONE_CLASS_PER_ROW,
    labelSmoothing: ONE_CLASS_PER_ROW,
    topK: 'a row has any number of true labels, and so no one rank',
    quantiles: 'it is for values (--task regression)',
    metrics: ONE_CLASS_PER_ROW,
  },
  regression: {
    kind: 'values are neither logits nor probabilities',
    threshold: 'nothing is decided by values. To judge a decision, write it as labels',
    classWeights: NO_CLASSES,
    labelSmoothing: NO_CLASSES,
    classNames: NO_CLASSES,
    eps: 'no logarithm of a probability is taken',
    topK: NO_CLASSES,
    zeroDivision: NO_CLASSES,
    metrics: ONE_CLASS_PER_ROW,
  },
  labels: {
    kind: NO_SCORES,
    threshold: NO_SCORES,
    classWeights: NO_SCORES,
    labelSmoothing: NO_SCORES,
    eps: NO_SCORES,
    topK: NO_SCORES,
    quantiles: NO_SCORES,
    worst: `${NO_SCORES} to list rows by`,
    metrics: NO_SCORES,
  },
};

/**
 * Refuses rows to fit on where there is nothing to fit. Comparisons sample rows of every task.
 * @throws UsageError `no-such-option-here`
 */
export function refuseFitRows(task: RowTask, source: string): void {
  if (task === 'labels')
    throw noSuchOption(task, source, [`--fit-rows cannot apply: ${NO_SCORES}`]);
}

/** What to do about an option that has no meaning. */
const ADVICE: Readonly<Record<RowTask, string>> = {
  classification: 'Leave it out, or name the task.',
  binary: 'Leave it out.',
  multilabel: 'Leave it out.',
  regression: 'Leave it out, or say --task classification if these are labels of classes.',
  labels: 'Leave it out, or dump scores.',
};

const UNSAID: Readonly<Record<string, unknown>> = { kind: 'auto', labelSmoothing: 0 };

/**
 * Refuses options that say nothing about a task's rows.
 * @throws UsageError `no-such-option-here`
 */
export function refuseOptions(task: RowTask, options: ScopedOptions, source: string): void {
  const reasons = REASONS[task];
  const given = (Object.keys(FLAGS) as Scoped[]).filter((name) => {
    const value = options[name];
    if (reasons[name] === undefined || value === undefined || value === null) return false;
    // The kind `labels` says what the task does.
    if (name === 'kind' && value === task) return false;
    return name === 'metrics' ? (value as unknown[]).length > 0 : value !== UNSAID[name];
  });
  if (given.length === 0) return;
  const why = new Map<string, string[]>();
  for (const name of given) {
    why.set(reasons[name]!, [...(why.get(reasons[name]!) ?? []), FLAGS[name]]);
  }
  const said = [...why].map(([reason, flags]) => `${flags.join(', ')} cannot apply: ${reason}`);
  throw noSuchOption(task, source, said);
}

function noSuchOption(task: RowTask, source: string, said: readonly string[]): UsageError {
  return new UsageError(
    'no-such-option-here',
    `${source} is scored as ${TASK_WORDS[task]}; ${said.join('; ')}. ${ADVICE[task]}`,
  );
}
