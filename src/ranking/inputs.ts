/** Reads targets, scores and weights of ranking functions. */

import { type ReadNumbers, readNumbers } from '../arrays/numbers.js';
import { readPositives } from '../arrays/positives.js';
import { requireClasses } from '../arrays/shape.js';
import { currentCore } from '../engine/current-core.js';
import { CoreScoreSorter } from '../engine/score-sorter.js';
import {
  requireLength,
  requireRows,
  type SampleWeight,
  weightsOf,
} from '../metrics/label-arrays.js';
import { ReferenceScoreSorter } from '../reference/score-sorter.js';
import type { BinaryRows } from '../tallies/score-runs.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { Label, Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import { nearest } from '../types/nearest.js';
import type { ScoreSorter } from '../types/ranking.js';
import type { Notice } from '../types/report.js';
import type { KernelName } from '../types/scores.js';

/** Options that all ranking functions have. */
export interface RankingOptions {
  /** Weight of each row, finite and ≥ 0; default 1. Rows that weigh 0 are left out. */
  readonly sampleWeight?: SampleWeight | null | undefined;
  /** What sorts: `simd` (default), `relaxed` or `reference`; the results have the same bits. */
  readonly kernel?: KernelName | undefined;
  /** Told why a result is NaN, or what an average leaves out. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
}

/** Options of functions of one score per row. */
export interface BinaryRankingOptions extends RankingOptions {
  /** The target that counts as positive, all others being negative; default: 1 is (true), and all others must be 0 (false), or all −1. */
  readonly posLabel?: Label | undefined;
}

const COMMON = ['sampleWeight', 'kernel', 'onNotice'];

/** @throws UsageError `unknown-option` for a name that a function does not know */
export function checkNames(name: string, options: object, own: readonly string[]): void {
  const known = [...COMMON, ...own];
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    const near = nearest(option, known);
    throw new UsageError(
      'unknown-option',
      `${name} has no option ${quote(option)}. ${near === null ? `It knows ${known.join(', ')}.` : `Did you mean "${near}"?`}`,
    );
  }
}

/** @throws UsageError `bad-option` unless the value is one of these */
export function requireOneOf<T extends string>(
  name: string,
  found: unknown,
  choices: readonly T[],
): T {
  if (choices.includes(found as T)) return found as T;
  throw new UsageError(
    'bad-option',
    `Option ${name} is ${typeof found === 'string' ? quote(found) : String(found)}; expected one of ${choices.join(', ')}.`,
  );
}

/** @throws UsageError `bad-option`; LogitscopeError `not-initialised`, `no-simd`, `no-relaxed-simd` */
export function sorterOf(kernel: KernelName = 'simd'): ScoreSorter {
  requireOneOf('kernel', kernel, ['simd', 'relaxed', 'reference']);
  return kernel === 'reference'
    ? new ReferenceScoreSorter()
    : new CoreScoreSorter(currentCore(kernel));
}

/**
 * Rows of one score each, checked.
 * @throws UsageError `not-numbers`, `length-mismatch`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-target-row`, `bad-weight` with the row
 */
export function readBinary(
  yTrue: Targets,
  yScore: Scores,
  { sampleWeight, posLabel }: BinaryRankingOptions,
): BinaryRows {
  const count = yTrue.length;
  requireRows('yTrue', count);
  const { values: scores, width } = readNumbers('yScore', yScore);
  if (width !== null && width !== 1) throw notOneColumn(width);
  requireLength('yScore', scores.length, count);
  checkScores(scores, 1);
  return {
    dtype: scores instanceof Float32Array ? 'f32' : 'f64',
    count,
    fillScores: (into) => into.set(scores),
    labels: readPositives(yTrue, {
      source: 'yTrue',
      posLabel,
      code: 'bad-target',
      problem: 'the target cannot be ranked',
      advice: 'Say with posLabel which target is positive.',
    }),
    weights: readWeights(sampleWeight, count),
  };
}

/**
 * Whether there are several scores per row: {@link readBinary} is for one.
 * @throws UsageError `bad-classes`
 */
export function hasColumns(
  yTrue: Targets,
  read: ReadNumbers,
  classes: number | undefined,
): boolean {
  const width = read.width ?? requireClasses(classes);
  return width === null ? read.values.length !== yTrue.length : width > 1;
}

/** Refusal of lists of two scores or more, where one is ranked. */
export function notOneColumn(columns: number): UsageError {
  return new UsageError(
    'length-mismatch',
    columns === 2
      ? 'yScore has two columns. For two classes pass one score per row: the probability of class 1, or the difference of the logits z1 − z0.'
      : `yScore has ${columns} columns; expected one score per row.`,
  );
}

/** @throws InputError `bad-score` for NaN */
export function checkScores(scores: RealArray, columns: number): void {
  for (let i = 0; i < scores.length; i++) {
    if (!Number.isNaN(scores[i])) continue;
    throw badRow('score', Math.floor(i / columns), {
      ...(columns > 1 && { column: i % columns }),
      found: String(scores[i]),
      expected: 'a number; ±∞ is one',
      advice: 'Leave the row out, or mend what made the score.',
    });
  }
}

/** @throws UsageError `length-mismatch`; InputError `bad-weight` */
export function readWeights(
  sampleWeight: SampleWeight | null | undefined,
  count: number,
): Float64Array | null {
  const weights = weightsOf(sampleWeight ?? undefined, count);
  for (let row = 0; weights !== null && row < count; row++) {
    if (weights[row] >= 0 && weights[row] < Number.POSITIVE_INFINITY) continue;
    throw badRow('weight', row, {
      found: String(sampleWeight![row]),
      expected: 'a finite number ≥ 0',
      advice: 'Give the row the weight 0 to leave it out.',
    });
  }
  return weights;
}

export function badRow(
  name: 'score' | 'weight',
  row: number,
  details: { found: string; expected: string; advice?: string; column?: number },
): InputError {
  return new InputError(`bad-${name}`, {
    row,
    problem: `the ${name} cannot be ranked`,
    ...details,
  });
}
