/** A recalibration applied to rows: scores of a kind become scores of the same kind. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { Calibration, CalibrationFit } from '../types/calibration.js';
import type { RealArray } from '../types/gradients.js';
import type { ScoreKind } from '../types/scores.js';
import { curveAt } from './isotonic-calibration.js';

/** Changes row `row` of row-major scores where it lies. */
export type ChangeRow = (scores: RealArray, row: number) => void;

/**
 * @param kind what the scores of the rows are
 * @param fit parameters of the rows' slice, or of all
 */
export function rowChange(
  { task, classes, eps = 0 }: Pick<Calibration, 'task' | 'classes' | 'eps'>,
  kind: ScoreKind | 'values',
  fit: Partial<CalibrationFit>,
  math: ScalarMath,
): ChangeRow {
  const { line, isotonic, offsets } = fit;
  if (line) {
    return (scores, row) => {
      scores[row] = line.intercept + line.slope * scores[row];
    };
  }
  const beta = Array.from(
    { length: classes },
    (_, c) => 1 / (fit.temperatures?.[c] ?? fit.temperature ?? 1),
  );
  const b = Array.from({ length: classes }, (_, c) => offsets?.[c] ?? 0);
  if (task === 'classification') return classChange(kind, beta[0], b, eps, math);
  const share = (z: number) => 1 / (1 + math.exp(-z));
  const log = (p: number) => math.log(Math.max(p, eps));
  const logit = (p: number) => log(p) - log(1 - p);
  const isLogit = kind === 'logits';
  let change: (score: number, c: number) => number;
  if (isotonic) {
    const within = (p: number) => Math.min(1 - eps, Math.max(eps, p));
    change = (score) => {
      const p = curveAt(isotonic, isLogit ? share(score) : score);
      return isLogit ? math.log(within(p) / (1 - within(p))) : p;
    };
  } else if (isLogit) change = (score, c) => score * beta[c] + b[c];
  else change = (score, c) => share(logit(score) * beta[c] + b[c]);
  return (scores, row) => {
    for (let c = 0, at = row * classes; c < classes; c++, at++) scores[at] = change(scores[at], c);
  };
}

/** Rows of classes: normalised again where they were. */
function classChange(
  kind: ScoreKind | 'values',
  beta: number,
  offsets: readonly number[],
  eps: number,
  math: ScalarMath,
): ChangeRow {
  const classes = offsets.length;
  if (kind === 'logits') {
    return (scores, row) => {
      for (let c = 0, at = row * classes; c < classes; c++, at++) {
        scores[at] = scores[at] * beta + offsets[c];
      }
    };
  }
  const z = new Float64Array(classes);
  const areLogarithms = kind === 'log-probabilities';
  return (scores, row) => {
    const from = row * classes;
    let highest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      const score = scores[from + c];
      const logit = areLogarithms ? score : math.log(Math.max(score, eps));
      z[c] = logit * beta + offsets[c];
      if (z[c] > highest) highest = z[c];
    }
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += math.exp(z[c] - highest);
    const log = areLogarithms ? highest + math.log(sum) : 0;
    for (let c = 0; c < classes; c++) {
      scores[from + c] = areLogarithms ? z[c] - log : math.exp(z[c] - highest) / sum;
    }
  };
}
