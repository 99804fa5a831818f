/** Options of tallies: what two must share to be merged. */

import { UsageError } from '../types/errors.js';
import type { KernelName } from '../types/scores.js';
import {
  damagedState,
  requireCount,
  requireFlag,
  requireList,
  requireNumber,
  requireRecord,
  requireText,
} from './state-check.js';

/** As many classes as the engine takes. */
export const MOST_CLASSES = 262_144;

/** What else shapes the rows (the kind of scores, `ignoreIndex` …). */
export type TallyContext = Readonly<Record<string, string | number | boolean | null>>;

/** Where the rows of a tally come from. */
export interface TallyOrigin {
  /** Code that computes the rows, `none` for labels alone. */
  readonly kernel: KernelName | 'none';
  /** Version of the library. */
  readonly version: string;
  readonly context?: TallyContext;
}

export interface ClassificationTallyOptions extends TallyOrigin {
  /** Number of classes, 2 … 262 144. */
  readonly classes: number;
  /** Whether rows have weights of their own. */
  readonly weighted: boolean;
  /** Weight of each class in the loss, or null (the default) where all weigh 1. */
  readonly classWeights?: ArrayLike<number> | null;
  /** Label smoothing ε of the loss; default 0. */
  readonly labelSmoothing?: number;
  /** Rows whose p(target) lies below this are counted as `belowEps`; default 0. */
  readonly eps?: number;
  /** Whether rows have scores (`add`), or labels alone (`addPair`); default true. */
  readonly scores?: boolean;
}

/** {@link ClassificationTallyOptions} with every default filled in, as it stands in a state. */
export interface TallySettings {
  readonly classes: number;
  readonly weighted: boolean;
  readonly classWeights: readonly number[] | null;
  readonly labelSmoothing: number;
  readonly eps: number;
  readonly scores: boolean;
  readonly kernel: KernelName | 'none';
  readonly version: string;
  readonly context: TallyContext;
}

/** @throws UsageError `bad-option` naming the option that does not fit. */
export function tallySettings(options: ClassificationTallyOptions): TallySettings {
  const { classes, weighted, kernel, version } = options;
  const { classWeights = null, labelSmoothing = 0, eps = 0, scores = true } = options;
  if (!Number.isInteger(classes) || classes < 2 || classes > MOST_CLASSES) {
    throw badOption('classes', classes, `an integer from 2 to ${MOST_CLASSES}`);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw badOption('labelSmoothing', labelSmoothing, 'a number from 0 to 1');
  }
  if (!(eps >= 0 && eps < 1)) throw badOption('eps', eps, 'a number from 0 to below 1');
  if (classWeights !== null) {
    if (classWeights.length !== classes) {
      throw badOption('classWeights', `${classWeights.length} numbers`, `${classes} numbers`);
    }
    for (let i = 0; i < classes; i++) {
      if (!(classWeights[i]! >= 0 && classWeights[i]! < Number.POSITIVE_INFINITY)) {
        throw badOption(
          `classWeights[${i}]`,
          classWeights[i]!,
          'a finite number that is not negative',
        );
      }
    }
  }
  return {
    classes,
    weighted,
    classWeights: classWeights === null ? null : Array.from(classWeights),
    labelSmoothing,
    eps,
    scores,
    kernel,
    version,
    context: sortedContext(options.context),
  };
}

/** A context in the order that it stands in a state. */
export function sortedContext(context: TallyContext = {}): TallyContext {
  return Object.fromEntries(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @throws InputError `state-damaged` when `state` holds no settings. */
export function settingsFromJSON(state: unknown): TallySettings {
  const record = requireRecord(state, 'the options of the tally');
  const classWeights =
    record.classWeights === null
      ? null
      : requireList(record.classWeights, 'the class weights').map((weight) =>
          requireNumber(weight, 'a class weight'),
        );
  const options = {
    classes: requireCount(record.classes, 'the number of classes'),
    weighted: requireFlag(record.weighted, 'whether rows have weights'),
    classWeights,
    labelSmoothing: requireNumber(record.labelSmoothing, 'the label smoothing'),
    eps: requireNumber(record.eps, 'eps'),
    scores: requireFlag(record.scores, 'whether rows have scores'),
    ...originFromJSON(record),
  };
  return undamaged(() => tallySettings(options));
}

/** @throws InputError `state-damaged` */
export function originFromJSON(record: Record<string, unknown>): Required<TallyOrigin> {
  const context: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(requireRecord(record.context, 'the context'))) {
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) {
      throw damagedState('the context holds more than plain values', name);
    }
    context[name] = value as string | number | boolean | null;
  }
  return {
    kernel: requireText(record.kernel, 'the name of the kernel') as KernelName | 'none',
    version: requireText(record.version, 'the version'),
    context,
  };
}

/** What `make` makes of options from a state, where bad options are damage. */
export function undamaged<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof UsageError) throw damagedState(error.message.replace(/\.$/, ''));
    throw error;
  }
}

/** @throws UsageError `state-mismatch` naming the first option that differs. */
export function requireSameSettings<Settings extends object>(
  ours: Settings,
  theirs: Settings,
): void {
  for (const name of Object.keys(ours) as (keyof Settings & string)[]) {
    const [first, second] = [JSON.stringify(ours[name]), JSON.stringify(theirs[name])];
    if (first === second) continue;
    throw new UsageError(
      'state-mismatch',
      `Cannot merge states of different ${name}: found ${shorten(second)}; expected ${shorten(first)}. ` +
        'Score every part with the same options and the same version, then merge.',
    );
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function badOption(name: string, found: number | string, expected: string): UsageError {
  return new UsageError('bad-option', `Option ${name} is ${found}; expected ${expected}.`);
}
