/** Reads rows with a score per class. */

import { type Label, type Labels, requireRows } from '../metrics/label-arrays.js';
import type { ClassRows } from '../metrics/one-vs-one.js';
import type { BinaryRows } from '../tallies/score-runs.js';
import { InputError, UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import {
  badRow,
  labelOf,
  type RankingOptions,
  readScores,
  readWeights,
  showLabel,
} from './inputs.js';

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

/**
 * @param yScore row-major, rows × classes: probabilities or log-probabilities
 * @param labels of the columns; default 0 … classes − 1
 * @throws UsageError `length-mismatch`, `bad-option`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-weight`, `not-probabilities` with the row
 */
export function readMulticlass(
  yTrue: Labels,
  yScore: ArrayLike<number>,
  labels: readonly Label[] | undefined,
  { sampleWeight }: RankingOptions,
): MulticlassRows {
  const count = yTrue.length;
  requireRows('yTrue', count);
  const classes = yScore.length / count;
  if (!Number.isInteger(classes) || classes < 3) {
    throw new UsageError(
      'length-mismatch',
      classes === 2
        ? `yScore has two columns. For two classes pass one score per row: the probability of class 1, or the difference of the logits z1 − z0.`
        : `yScore needs one number per row of yTrue, or rows × classes of them; found ${yScore.length} for ${count} rows.`,
    );
  }
  const targets = readClasses(yTrue, classes, labels);
  const scores = readScores(yScore, classes);
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

function readClasses(
  yTrue: Labels,
  classes: number,
  labels: readonly Label[] | undefined,
): Int32Array {
  if (labels !== undefined && (labels.length !== classes || new Set(labels).size !== classes)) {
    throw new UsageError(
      'bad-option',
      `Option labels needs ${classes} different labels, one per column of yScore; found ${labels.length}.`,
    );
  }
  const places = new Map(labels?.map((label, column) => [label, column]));
  return Int32Array.from({ length: yTrue.length }, (_, row) => {
    const target = labelOf(yTrue[row]);
    const column = labels === undefined ? Number(target) : places.get(target);
    if (column !== undefined && Number.isInteger(column) && column >= 0 && column < classes) {
      return column;
    }
    throw badRow('target', row, {
      found: showLabel(yTrue[row]),
      expected: labels ? 'one of labels' : `a class from 0 to ${classes - 1}`,
      advice: 'Give the labels of the columns with the option labels.',
    });
  });
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
