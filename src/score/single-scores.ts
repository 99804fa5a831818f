/** What scoring rows of one score and rows of several labels have in common: every score stands alone. */

import { CoreScoreSorter } from '../engine/score-sorter.js';
import { SingleScoreEngine } from '../engine/single-score-engine.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { ReferenceScoreSorter } from '../reference/score-sorter.js';
import { SingleScoreReference } from '../reference/single-score-reference.js';
import { InputError, UsageError } from '../types/errors.js';
import type { ScoreSorter } from '../types/ranking.js';
import { type SingleScoreOptionsInput, singleScoreOptions } from '../types/row-options.js';
import type { KernelName } from '../types/scores.js';
import type { SingleScoreScorer } from '../types/single-scores.js';
import type { CoreLoader } from './create-scorer.js';
import { HEAD_ROWS } from './kind.js';
import type { DumpOptions } from './score-dump.js';

export type SingleKind = 'logits' | 'probabilities';

/** What computes. */
export interface SingleKernels {
  readonly scorer: SingleScoreScorer;
  readonly math: ScalarMath;
  readonly sorter: ScoreSorter;
}

/** @throws UsageError for options that do not fit; LogitscopeError `no-simd`, `no-relaxed-simd` */
export async function singleKernels(
  loadCore: CoreLoader,
  kernel: KernelName,
  input: SingleScoreOptionsInput,
): Promise<SingleKernels> {
  const options = singleScoreOptions(input);
  if (kernel === 'reference') {
    const scorer = new SingleScoreReference(options);
    return { scorer, math: Math, sorter: new ReferenceScoreSorter() };
  }
  const core = await loadCore(kernel);
  // Sorting begins when the last row is scored: the two can share the memory.
  return {
    scorer: new SingleScoreEngine(core, options),
    math: core,
    sorter: new CoreScoreSorter(core),
  };
}

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
export function givenKind({ kind = 'auto' }: DumpOptions, source: string): SingleKind | null {
  if (kind === 'auto') return null;
  if (kind === 'logits' || kind === 'probabilities') return kind;
  throw new UsageError(
    'bad-kind',
    `${source}: where each score stands alone, --kind is logits or probabilities; found ${kind}.`,
  );
}

/** Options about what is not there are refused. */
export function refuseOptions(
  options: DumpOptions,
  source: string,
  task: 'binary' | 'multilabel',
): void {
  const given = (
    [
      ['--class-weights', options.classWeights],
      ['--label-smoothing', options.labelSmoothing || undefined],
      ['--top-k', options.topK],
      ['--quantiles', options.quantiles],
      ['--worst', task === 'binary' ? undefined : options.worst],
      ['--ignore-index', task === 'binary' ? undefined : options.ignoreIndex],
      ['custom metrics', options.metrics?.length ? options.metrics : undefined],
    ] as const
  ).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) return;
  throw new UsageError(
    'no-such-option-here',
    `${source} is scored as ${task === 'binary' ? 'one score per row' : 'several labels per row'}; ${given.map(([name]) => name).join(', ')} cannot apply to --task ${task}. Leave the option out.`,
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

/** A score in a message. */
export function showScore(score: number): string {
  return Number.isNaN(score) ? 'NaN, or none' : String(score).replace('Infinity', '∞');
}
