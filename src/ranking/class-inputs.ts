/** Reads rows with a score per class. */

import { readClasses } from '../arrays/classes.js';
import type { ReadNumbers } from '../arrays/numbers.js';
import { shapeOf } from '../arrays/shape.js';
import { largestClasses, readTargetRows } from '../arrays/target-rows.js';
import { requireRows } from '../metrics/label-arrays.js';
import type { ClassRows } from '../metrics/one-vs-one.js';
import type { BinaryRows } from '../tallies/score-runs.js';
import { InputError } from '../types/errors.js';
import type { Label, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import { checkScores, notOneColumn, type RankingOptions, readWeights } from './inputs.js';

/** As in the row kernels: how far Σ p may lie from 1. */
const TOLERANCE = 1e-3;

/** Rows of several classes with what one-vs-rest takes of them. */
export interface MulticlassRows extends ClassRows {
  readonly scores: RealArray;
  /** Rows of one class against the rest. */
  oneVsRest(column: number): BinaryRows;
  /** Every score by itself: rows × classes of them, positive in the column of the target. */
  flat(): BinaryRows;
}

/** Options of functions of several scores per row. */
export interface ClassRankingOptions extends RankingOptions {
  /** Label of each column of scores; default 0 … classes − 1, or as many texts by their code points. */
  readonly labels?: readonly Label[] | undefined;
  /** Scores per row, where both arrays are flat and their lengths alone do not tell. */
  readonly classes?: number | undefined;
}

/**
 * @param scores rows × classes probabilities or log-probabilities
 * @throws UsageError `length-mismatch`, `bad-classes`, `bad-option`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-target-row`, `tied-target`,
 *   `bad-weight`, `not-probabilities` with the row
 */
export function readMulticlass(
  yTrue: Targets,
  read: ReadNumbers,
  { sampleWeight, labels, classes: asked }: ClassRankingOptions,
): MulticlassRows {
  requireRows('yTrue', yTrue.length);
  const names = { scoresName: 'scores', targetsName: 'targets' };
  const shape = shapeOf(read, yTrue, { ...names, classes: asked });
  const { rows: count, classes } = shape;
  if (classes < 3) throw notOneColumn(classes);
  const targets = shape.targetRows
    ? largestClasses(readTargetRows('yTrue', shape.targetRows, classes))
    : readClasses(shape.labels!, {
        ...{ source: 'yTrue', classes, labels, code: 'bad-target' },
        advice: 'Give the labels of the columns with the option labels.',
      });
  const scores = read.values;
  checkScores(scores, classes);
  checkProbabilities(scores, classes);
  const weights = readWeights(sampleWeight, count);
  const dtype = scores instanceof Float32Array ? 'f32' : 'f64';
  const fillColumn = (column: number, into: RealArray) => {
    for (let row = 0; row < count; row++) into[row] = scores[row * classes + column];
  };
  return {
    dtype,
    count,
    classes,
    scores,
    targets,
    weights,
    fillColumn,
    oneVsRest: (column) => ({
      dtype,
      count,
      fillScores: (into) => fillColumn(column, into),
      labels: Uint8Array.from(targets, (target) => (target === column ? 1 : 0)),
      weights,
    }),
    flat: () => {
      const hits = new Uint8Array(scores.length);
      for (let row = 0; row < count; row++) hits[row * classes + targets[row]] = 1;
      return {
        dtype,
        count: scores.length,
        fillScores: (into) => into.set(scores),
        labels: hits,
        weights: weights && Float64Array.from(scores, (_, i) => weights[Math.floor(i / classes)]),
      };
    },
  };
}

/** Logits of different rows are not comparable: each row has an offset of its own. */
function checkProbabilities(scores: RealArray, classes: number): void {
  for (let from = 0; from < scores.length; from += classes) {
    let sum = 0;
    let exponentials = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = from; i < from + classes; i++) {
      sum += scores[i];
      least = Math.min(least, scores[i]);
    }
    if (least >= 0 && Math.abs(sum - 1) <= TOLERANCE) continue;
    for (let i = from; i < from + classes; i++) exponentials += Math.exp(scores[i]);
    if (Math.abs(exponentials - 1) <= TOLERANCE) continue;
    throw new InputError('not-probabilities', {
      row: from / classes,
      problem: 'the scores of a row are neither probabilities nor log-probabilities',
      found: `a sum of ${sum}`,
      expected: 'numbers ≥ 0 that sum to 1, or their logarithms',
      advice:
        'Logits of more than two classes cannot be compared between rows: take their softmax first, or better their log-softmax, which keeps the ends apart.',
    });
  }
}
