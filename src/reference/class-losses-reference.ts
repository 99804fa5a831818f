/** Losses over rows of classes in plain f64 TypeScript: values, and the gradient of their sum. */

import type { ClassRows } from '../types/class-rows.js';
import type { LossArithmetic } from '../types/loss.js';

/** w · value, where a weight of 0 takes the value out even if it is infinite. */
function weigh(weight: number, value: number): number {
  return weight === 0 ? 0 : weight * value;
}

/** Calls `visit` for every row that is not ignored; `row` is its part of `array`. */
function forRows(
  array: Float64Array,
  { rows, classes, indices, ignoreIndex }: ClassRows,
  visit: (row: Float64Array, r: number) => void,
): void {
  for (let r = 0; r < rows; r++) {
    if (indices && indices[r] === ignoreIndex) continue;
    visit(array.subarray(r * classes, (r + 1) * classes), r);
  }
}

interface Softmax {
  readonly max: number;
  /** log Σ e^(z − max) */
  readonly logSum: number;
  readonly p: Float64Array;
}

/** Softmax of a row; NaN throughout for rows of NaN, +∞ or −∞ alone. */
function softmaxOf(row: Float64Array): Softmax {
  let max = Number.NEGATIVE_INFINITY;
  for (const z of row) if (z > max) max = z;
  const p = row.map((z) => Math.exp(z - max));
  let sum = 0;
  for (const e of p) sum += e;
  for (let c = 0; c < p.length; c++) p[c] /= sum;
  return { max, logSum: Math.log(sum), p };
}

export interface CrossEntropyTerms {
  readonly labelSmoothing: number;
  readonly zLoss: number;
}

/** Target mass w_c·q′_c of every class of a row. */
function massOf(target: ClassRows, r: number, smoothing: number): Float64Array {
  const { classes, indices, soft, weights } = target;
  return Float64Array.from({ length: classes }, (_, c) => {
    const q = soft ? soft[r * classes + c] : Number(indices?.[r] === c);
    // The weight of an index target is that of its class; smoothing spreads over weighted classes.
    return ((1 - smoothing) * q + smoothing / classes) * (weights?.[c] ?? 1);
  });
}

export const crossEntropyReference: LossArithmetic<ClassRows, CrossEntropyTerms> = {
  values(logits, target, { labelSmoothing, zLoss }) {
    const losses = new Float64Array(target.rows);
    forRows(logits, target, (z, r) => {
      const { max, logSum } = softmaxOf(z);
      const mass = massOf(target, r, labelSmoothing);
      let loss = weigh(zLoss, (max + logSum) ** 2);
      for (let c = 0; c < z.length; c++) loss += weigh(mass[c], max - z[c] + logSum);
      losses[r] = Number.isNaN(logSum) ? Number.NaN : loss;
    });
    return losses;
  },

  gradientOfSum(logits, target, { labelSmoothing, zLoss }) {
    const gradient = new Float64Array(logits.length);
    forRows(logits, target, (z, r) => {
      const { max, logSum, p } = softmaxOf(z);
      const mass = massOf(target, r, labelSmoothing);
      let factor = weigh(2 * zLoss, max + logSum);
      for (const share of mass) factor += share;
      for (let c = 0; c < z.length; c++) gradient[r * z.length + c] = factor * p[c] - mass[c];
    });
    return gradient;
  },
};

/** −w_y · log p_y of log-probabilities. */
export const nllReference: LossArithmetic<ClassRows, object> = {
  values(logProbabilities, target) {
    const losses = new Float64Array(target.rows);
    forRows(logProbabilities, target, (row, r) => {
      const y = target.indices?.[r] as number;
      losses[r] = weigh(target.weights?.[y] ?? 1, -row[y]);
    });
    return losses;
  },

  gradientOfSum(logProbabilities, target) {
    const gradient = new Float64Array(logProbabilities.length);
    forRows(gradient, target, (row, r) => {
      const y = target.indices?.[r] as number;
      row[y] = -(target.weights?.[y] ?? 1);
    });
    return gradient;
  },
};

export interface FocalTerms {
  readonly gamma: number;
}

/** −log p and q = 1 − p of the target, without the rounding of 1 − p. */
function focalParts(row: Float64Array, y: number): { nll: number; p: number; q: number } {
  const { max, logSum, p } = softmaxOf(row);
  let rest = 0;
  for (let c = 0; c < row.length; c++) if (c !== y) rest += Math.exp(row[c] - max);
  const q = rest / Math.exp(logSum);
  return { nll: row[y] === max ? Math.log1p(rest) : max - row[y] + logSum, p: p[y], q };
}

/** w_y · (1 − p_y)^γ · (−log p_y) */
export const softmaxFocalReference: LossArithmetic<ClassRows, FocalTerms> = {
  values(logits, target, { gamma }) {
    const losses = new Float64Array(target.rows);
    forRows(logits, target, (row, r) => {
      const y = target.indices?.[r] as number;
      const { nll, q } = focalParts(row, y);
      losses[r] = weigh((target.weights?.[y] ?? 1) * q ** gamma, nll);
    });
    return losses;
  },

  gradientOfSum(logits, target, { gamma }) {
    const gradient = new Float64Array(logits.length);
    forRows(logits, target, (row, r) => {
      const y = target.indices?.[r] as number;
      const { nll, p, q } = focalParts(row, y);
      // p · (−log p)/q, at its ends: 0 for a masked target, 1 where no other class has any mass.
      const steep = p === 0 ? 0 : q === 0 ? 1 : (p * nll) / q;
      const factor = (target.weights?.[y] ?? 1) * q ** gamma * (1 + gamma * steep);
      const probabilities = softmaxOf(row).p;
      for (let c = 0; c < row.length; c++) {
        gradient[r * row.length + c] = factor * (c === y ? -q : probabilities[c]);
      }
    });
    return gradient;
  },
};

export interface MarginTerms {
  readonly margin: number;
  readonly p: number;
}

/** (w_y/C) · Σ_{j ≠ y} max(0, margin − x_y + x_j)^p */
export const multiMarginReference: LossArithmetic<ClassRows, MarginTerms> = {
  values(scores, target, { margin, p }) {
    const losses = new Float64Array(target.rows);
    forRows(scores, target, (row, r) => {
      const y = target.indices?.[r] as number;
      let sum = 0;
      for (let j = 0; j < row.length; j++) {
        if (j !== y) sum += Math.max(0, row[j] - row[y] + margin) ** p;
      }
      losses[r] = weigh((target.weights?.[y] ?? 1) / row.length, sum);
    });
    return losses;
  },

  gradientOfSum(scores, target, { margin, p }) {
    const gradient = new Float64Array(scores.length);
    forRows(scores, target, (row, r) => {
      const y = target.indices?.[r] as number;
      const share = (target.weights?.[y] ?? 1) / row.length;
      const slopes = gradient.subarray(r * row.length, (r + 1) * row.length);
      let sum = 0;
      for (let j = 0; j < row.length; j++) {
        if (j === y) continue;
        const excess = Math.max(0, row[j] - row[y] + margin);
        const slope = p === 2 ? 2 * excess : excess > 0 ? 1 : excess;
        slopes[j] = share * slope;
        sum += slope;
      }
      slopes[y] = -share * sum;
    });
    return gradient;
  },
};
