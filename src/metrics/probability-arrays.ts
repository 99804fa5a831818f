/** Targets and the probabilities of classes in arrays: checked, scored and counted. */

import { RowReference } from '../reference/row-reference.js';
import { SingleScoreReference } from '../reference/single-score-reference.js';
import { BinaryTally, type SingleScoredRows } from '../tallies/binary-tally.js';
import { ClassificationTally } from '../tallies/classification-tally.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import { rowOptions, singleScoreOptions } from '../types/row-options.js';
import { RowStatus, type ScoredRows, STATUS_MASK } from '../types/scores.js';
import { flatRows, type IndicatorRows, isIndicator } from './indicator-arrays.js';
import {
  type Label,
  type Labels,
  numberLabels,
  requireRows,
  type SampleWeight,
  weightsOf,
} from './label-arrays.js';

/**
 * Scores of N rows: N × C numbers row by row in one array, N lists of C, or N
 * numbers, each of which is P(y = 1).
 */
export type ClassScores = ArrayLike<number> | IndicatorRows;

export interface ClassScoresOptions {
  /**
   * What the columns stand for, in their order; for one score per row the
   * negative, then the positive label. Default: targets that are all in
   * 0 … C − 1 are columns, others are put in ascending order.
   */
  readonly labels?: readonly Label[] | undefined;
  /** Weight of each row; every row weighs 1 by default. */
  readonly sampleWeight?: SampleWeight | undefined;
  /**
   * Probabilities below this are raised to it in logarithms; default the machine
   * epsilon of the scores, 2⁻²³ for a Float32Array, else 2⁻⁵². 0 for never.
   */
  readonly eps?: number | undefined;
}

/** Arrays that fit together. */
export interface ScoredArrays {
  /** Null for one score per row. */
  readonly classes: number | null;
  readonly scores: Float32Array | Float64Array;
  /** Column of each row's target. */
  readonly targets: Int32Array;
  readonly weights: Float64Array | null;
}

/** Rows that are scored at a time. */
const BATCH = 4096;

/** @throws UsageError `length-mismatch`; InputError `empty-input`, `unknown-label`, … */
export function readScores(
  yTrue: Labels,
  scores: ClassScores,
  { labels, sampleWeight }: ClassScoresOptions,
): ScoredArrays {
  const rows = yTrue.length;
  requireRows('yTrue', rows);
  const flat = isIndicator(scores) ? flatRows('scores', scores) : asReal(scores);
  const width = flat.length / rows;
  if (!Number.isInteger(width) || width < 1 || (isIndicator(scores) && scores.length !== rows)) {
    const found = isIndicator(scores) ? `${scores.length} rows` : `${flat.length} numbers`;
    throw new UsageError(
      'length-mismatch',
      `${rows} targets need ${rows} scores, or as many for every class; found ${found}.`,
    );
  }
  return {
    classes: width === 1 ? null : width,
    scores: flat,
    targets: columnsOf(yTrue, Math.max(2, width), labels),
    weights: weightsOf(sampleWeight, rows),
  };
}

function asReal(scores: ArrayLike<number>): Float32Array | Float64Array {
  const isReal = scores instanceof Float32Array || scores instanceof Float64Array;
  return isReal ? scores : Float64Array.from(scores);
}

/** Column of each target. */
function columnsOf(
  yTrue: Labels,
  columns: number,
  labels: readonly Label[] | undefined,
): Int32Array {
  if (labels !== undefined && labels.length !== columns) {
    throw new UsageError(
      'bad-option',
      `Option labels needs ${columns} labels, one per class; found ${labels.length}.`,
    );
  }
  const { classes, numbers } = numberLabels({ yTrue }, labels);
  const numbered = numbers[0]!;
  if (labels === undefined) {
    const isColumn = (label: Label) => typeof label === 'number' && label >= 0 && label < columns;
    if (classes.every(isColumn)) return numbered.map((k) => classes[k] as number);
    if (classes.length === columns) return numbered;
    throw new InputError('unknown-label', {
      source: 'yTrue',
      problem: `which label each of ${columns} columns is for cannot be told`,
      found: `${classes.length} different labels`,
      expected: `column numbers 0 … ${columns - 1}, or ${columns} different labels`,
      advice: 'Name what the columns stand for with labels.',
    });
  }
  const row = numbered.findIndex((k) => k >= columns);
  if (row < 0) return numbered;
  const label = classes[numbered[row]!]!;
  throw new InputError('unknown-label', {
    source: 'yTrue',
    row,
    problem: 'the target is no class',
    found: typeof label === 'string' ? quote(label) : String(label),
    expected: 'one of the labels that the option names',
  });
}

/**
 * Scores rows of C scores, in f64, a batch at a time.
 * @throws InputError `invalid-scores`, `not-probabilities`
 */
export function* scoreRows(
  { scores, targets, weights, classes }: ScoredArrays,
  kind: 'probabilities' | 'logits',
  eps?: number,
): Generator<ScoredRows> {
  const width = classes!;
  const reference = new RowReference(
    rowOptions({ classes: width, dtype: dtypeOf(scores), kind, eps }),
  );
  for (const [from, to] of batches(targets.length)) {
    const lease = reference.lease(to - from);
    lease.scores.set(scores.subarray(from * width, to * width));
    lease.targets.set(targets.subarray(from, to));
    const scored = reference.score(lease, to - from);
    requireScored(scored.status, from, kind);
    const part = weights?.subarray(from, to) ?? null;
    yield { firstRow: from, scores: scored, targets: lease.targets, weights: part };
  }
}

/**
 * Scores rows of one probability, in f64, a batch at a time.
 * @throws InputError `invalid-scores`, `not-probabilities`
 */
export function* scoreSingleRows(
  { scores, targets, weights }: ScoredArrays,
  eps?: number,
): Generator<SingleScoredRows> {
  const reference = new SingleScoreReference(
    singleScoreOptions({ dtype: dtypeOf(scores), kind: 'probabilities', eps }),
  );
  for (const [from, to] of batches(targets.length)) {
    const lease = reference.lease(to - from);
    lease.scores.set(scores.subarray(from, to));
    lease.targets.set(targets.subarray(from, to));
    const scored = reference.score(lease, to - from);
    requireScored(scored.status, from, 'probabilities');
    const part = weights?.subarray(from, to) ?? null;
    yield { firstRow: from, scores: scored, targets: lease.targets, weights: part };
  }
}

/** @throws as {@link scoreRows}; InputError `bad-weight` */
export function countScores(
  arrays: ScoredArrays,
  kind: 'probabilities' | 'logits',
  eps?: number,
): ClassificationTally {
  const tally = new ClassificationTally({
    classes: arrays.classes!,
    weighted: arrays.weights !== null,
    kernel: 'reference',
    version: '',
  });
  for (const rows of scoreRows(arrays, kind, eps)) tally.add(rows);
  return tally;
}

/** @throws as {@link scoreSingleRows}; InputError `bad-weight` */
export function countSingleScores(arrays: ScoredArrays, eps?: number): BinaryTally {
  const tally = new BinaryTally({
    weighted: arrays.weights !== null,
    kernel: 'reference',
    version: '',
  });
  for (const rows of scoreSingleRows(arrays, eps)) tally.add(rows);
  return tally;
}

const dtypeOf = (scores: Float32Array | Float64Array) =>
  scores instanceof Float32Array ? 'f32' : 'f64';

function* batches(rows: number): Generator<[from: number, to: number]> {
  for (let from = 0; from < rows; from += BATCH) yield [from, Math.min(rows, from + BATCH)];
}

/** Refuses the first row that could not be scored. */
function requireScored(status: Uint8Array, firstRow: number, kind: string): void {
  const row = status.findIndex((verdict) => (verdict & STATUS_MASK) !== RowStatus.scored);
  if (row < 0) return;
  const contradicts = (status[row]! & STATUS_MASK) === RowStatus.contradiction;
  throw new InputError(contradicts ? 'not-probabilities' : 'invalid-scores', {
    source: 'scores',
    row: firstRow + row,
    problem: contradicts ? 'the row holds no probabilities' : 'the row cannot be scored',
    found: contradicts ? 'a number outside 0 … 1, or a sum that is not 1' : 'NaN or an infinity',
    expected: kind === 'logits' ? 'numbers' : 'numbers of 0 … 1 that add up to 1 ± 0.001',
    ...(contradicts && { advice: 'Put logits through a softmax or sigmoid first.' }),
  });
}
