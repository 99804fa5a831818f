/** Targets and the probabilities of classes in arrays: checked, scored and counted. */

import { readClasses } from '../arrays/classes.js';
import { readNumbers } from '../arrays/numbers.js';
import { shapeOf } from '../arrays/shape.js';
import { largestClasses, readTargetRows, type TargetRows } from '../arrays/target-rows.js';
import { RowReference } from '../reference/row-reference.js';
import { SingleScoreReference } from '../reference/single-score-reference.js';
import { BinaryTally, type SingleScoredRows } from '../tallies/binary-tally.js';
import { ClassificationTally } from '../tallies/classification-tally.js';
import { InputError } from '../types/errors.js';
import type { Label, Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import { rowOptions, singleScoreOptions } from '../types/row-options.js';
import { RowStatus, type ScoredRows, STATUS_MASK } from '../types/scores.js';
import { requireRows, type SampleWeight, weightsOf } from './label-arrays.js';

export interface ClassScoresOptions {
  /**
   * What the columns stand for, in their order; for one score per row the
   * negative, then the positive label. Default: targets that are all in
   * 0 … C − 1 are columns, −1 and 1 the two of two; others, C different ones, are
   * put in ascending order, texts by their code points.
   */
  readonly labels?: readonly Label[] | undefined;
  /** Scores per row, where both arrays are flat and their lengths alone do not tell. */
  readonly classes?: number | undefined;
  /** Weight of each row; every row weighs 1 by default. */
  readonly sampleWeight?: SampleWeight | undefined;
  /**
   * Probabilities below this are raised to it in logarithms; default the machine
   * epsilon of the scores, 2⁻²³ for one Float32Array, else 2⁻⁵². 0 for never.
   */
  readonly eps?: number | undefined;
}

/** Arrays that fit together. */
export interface ScoredArrays {
  /** Null for one score per row. */
  readonly classes: number | null;
  readonly scores: RealArray;
  /** Column of each row's target; of rows of probabilities zeros, until it is asked for the largest. */
  readonly targets: Int32Array;
  /** Probability of each column, of single scores of both; null where every row is of one class. */
  readonly soft: TargetRows | null;
  readonly weights: Float64Array | null;
}

/** Rows that are scored at a time. */
const BATCH = 4096;

/**
 * Reads scores and a target per row, which may be probabilities.
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `bad-option`; InputError
 *   `empty-input`, `unknown-label`, `bad-label`, `mixed-labels`, `bad-target-row`
 */
export function readScores(
  yTrue: Targets,
  scores: Scores,
  { labels, sampleWeight, classes }: ClassScoresOptions,
): ScoredArrays {
  requireRows('yTrue', yTrue.length);
  const read = readNumbers('scores', scores);
  const shape = shapeOf(read, yTrue, { targetsName: 'targets', classes });
  const { rows } = shape;
  const columns = Math.max(2, shape.classes);
  const given =
    shape.targetRows === null ? null : readTargetRows('yTrue', shape.targetRows, columns);
  const soft = given?.firstSoft == null ? null : given;
  const terms = { source: 'yTrue', classes: columns, labels, code: 'unknown-label' };
  let targets: Int32Array;
  if (given === null) {
    targets = readClasses(shape.labels!, { ...terms, signs: true, areLabels: true });
  } else {
    targets = soft === null ? largestClasses(given) : new Int32Array(rows);
  }
  return {
    classes: shape.classes === 1 ? null : shape.classes,
    // Lists are read in double precision, whatever they hold.
    scores: read.width === null ? read.values : Float64Array.from(read.values),
    targets,
    soft,
    weights: weightsOf(sampleWeight, rows),
  };
}

/**
 * {@link readScores} for what is about one class per row: of probabilities the largest.
 * @throws as {@link readScores}; InputError `tied-target`
 */
export function readClassScores(
  yTrue: Targets,
  scores: Scores,
  options: ClassScoresOptions,
): ScoredArrays {
  const arrays = readScores(yTrue, scores, options);
  if (arrays.soft === null) return arrays;
  return { ...arrays, targets: largestClasses(arrays.soft), soft: null };
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

const dtypeOf = (scores: RealArray) => (scores instanceof Float32Array ? 'f32' : 'f64');

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
