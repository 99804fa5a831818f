/** What a caller may say about rows, checked once. */

import { UsageError } from './errors.js';
import { BYTES_PER_SCORE } from './score-array.js';
import type { Dtype, RowOptions, ScoreKind } from './scores.js';
import type { SingleScoreOptions } from './single-scores.js';

/** Largest number of classes that the kernels take. */
export const MAX_CLASSES = 262_144;

/** {@link RowOptions} with defaults for everything but the number of classes. */
export interface RowOptionsInput {
  readonly classes: number;
  /** Default `f32`. */
  readonly dtype?: Dtype | undefined;
  /** Default `logits`. */
  readonly kind?: ScoreKind | undefined;
  /** Target that takes a row out of everything; none by default. */
  readonly ignoreIndex?: number | null | undefined;
  /** Weight ≥ 0 of each class in the loss. */
  readonly classWeights?: ArrayLike<number> | null | undefined;
  /** Label smoothing ε, 0 ≤ ε ≤ 1; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** Smallest probability in a logarithm; default the machine epsilon of `dtype`. */
  readonly eps?: number | undefined;
}

function refuse(code: string, message: string): never {
  throw new UsageError(code, message);
}

/** What options of any scorer have in common. */
interface ScoreOptionsInput<Kind extends ScoreKind> {
  readonly dtype?: Dtype | undefined;
  readonly kind?: Kind | undefined;
  readonly ignoreIndex?: number | null | undefined;
  readonly eps?: number | undefined;
}

/**
 * Checks the options that say how scores are read, and fills in the defaults.
 * @param kinds that the scorer takes, logits among them
 */
function scoreOptions<Kind extends ScoreKind>(
  input: ScoreOptionsInput<Kind>,
  kinds: readonly Kind[],
) {
  const { dtype = 'f32', kind = 'logits' as Kind } = input;
  if (!Object.hasOwn(BYTES_PER_SCORE, dtype)) {
    refuse(
      'bad-dtype',
      `dtype must be "f32", "f64", "f16" or "bf16"; found ${JSON.stringify(dtype)}.`,
    );
  }
  if (!kinds.includes(kind)) {
    const names = kinds.map((name) => JSON.stringify(name)).join(' or ');
    refuse('bad-kind', `kind must be ${names}; found ${JSON.stringify(kind)}.`);
  }
  if (kind === 'probabilities' && BYTES_PER_SCORE[dtype] === 2) {
    refuse(
      'bad-dtype',
      `Probabilities must be "f32" or "f64"; found "${dtype}". Widen them first.`,
    );
  }
  const ignoreIndex = input.ignoreIndex ?? null;
  if (ignoreIndex !== null && (ignoreIndex | 0) !== ignoreIndex) {
    refuse('bad-ignore-index', `ignoreIndex must be a 32-bit integer; found ${ignoreIndex}.`);
  }
  const eps = input.eps ?? (dtype === 'f64' ? 2 ** -52 : 2 ** -23);
  if (!(eps >= 0 && eps < 0.5)) refuse('bad-eps', `eps must lie in [0, 0.5); found ${eps}.`);
  return { dtype, kind, ignoreIndex, eps };
}

const KINDS: readonly ScoreKind[] = ['logits', 'log-probabilities', 'probabilities'];

/**
 * Checks options and fills in the defaults.
 * @throws UsageError `bad-classes`, `bad-kind`, `bad-ignore-index`, `bad-class-weights`, `bad-label-smoothing`, `bad-eps`
 */
export function rowOptions(input: RowOptionsInput): RowOptions {
  const { classes, labelSmoothing = 0 } = input;
  if (!Number.isInteger(classes) || classes < 2 || classes > MAX_CLASSES) {
    refuse(
      'bad-classes',
      `classes must be a whole number from 2 to ${MAX_CLASSES}; found ${classes}.`,
    );
  }
  const { dtype, kind, ignoreIndex, eps } = scoreOptions(input, KINDS);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    refuse('bad-label-smoothing', `labelSmoothing must lie in [0, 1]; found ${labelSmoothing}.`);
  }
  const classWeights = input.classWeights ? Float64Array.from(input.classWeights) : null;
  if (classWeights && classWeights.length !== classes) {
    refuse(
      'bad-class-weights',
      `classWeights needs one number per class (${classes}); found ${classWeights.length}.`,
    );
  }
  const bad = classWeights?.findIndex((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY)) ?? -1;
  if (classWeights && bad >= 0) {
    refuse(
      'bad-class-weights',
      `classWeights must be finite and ≥ 0; found ${classWeights[bad]} for class ${bad}.`,
    );
  }
  return { classes, dtype, kind, ignoreIndex, classWeights, labelSmoothing, eps };
}

const SINGLE_KINDS = ['logits', 'probabilities'] as const;

/** {@link SingleScoreOptions} with defaults for everything. */
export interface SingleScoreOptionsInput {
  /** Default `f32`. */
  readonly dtype?: Dtype | undefined;
  /** Default `logits`. */
  readonly kind?: SingleScoreOptions['kind'] | undefined;
  /** Target that takes a row out of everything; none by default. */
  readonly ignoreIndex?: number | null | undefined;
  /** Least score of a row that is predicted to be 1; default 0 for logits, 0.5 for probabilities. */
  readonly threshold?: number | undefined;
  /** Smallest probability in a logarithm; default the machine epsilon of `dtype`. */
  readonly eps?: number | undefined;
}

/**
 * Checks the options of a scorer of rows of one score, and fills in the defaults.
 * @throws UsageError `bad-dtype`, `bad-kind`, `bad-ignore-index`, `bad-threshold`, `bad-eps`
 */
export function singleScoreOptions(input: SingleScoreOptionsInput = {}): SingleScoreOptions {
  const options = scoreOptions(input, SINGLE_KINDS);
  const threshold = input.threshold ?? (options.kind === 'logits' ? 0 : 0.5);
  if (typeof threshold !== 'number' || Number.isNaN(threshold)) {
    refuse('bad-threshold', `threshold must be a number; found ${threshold}.`);
  }
  return { ...options, threshold };
}
