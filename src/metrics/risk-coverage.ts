/** How risk falls when the least confident rows are left unanswered, and what that is worth. */

import { ReferenceScoreSorter } from '../reference/score-sorter.js';
import { requireWeight } from '../tallies/sample-weight.js';
import { InputError } from '../types/errors.js';
import type { ScoreSorter } from '../types/ranking.js';
import { requireLength, requireRows, type SampleWeight } from './label-arrays.js';
import { RunningSum } from './running-sum.js';

/** Rows with a confidence each. */
export interface ConfidentRows {
  readonly confidence: Float64Array;
  /** 1 for a row that is right, 0 for one that is not. */
  readonly right: ArrayLike<number>;
  /** Null where it does not matter. */
  readonly losses: Float64Array | null;
  /** None of them 0; null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

/**
 * Sums over the rows that are answered at each confidence, most confident first. Rows of equal
 * confidence are one step, for no threshold parts them.
 */
export interface RiskSteps {
  readonly count: number;
  /** The least confidence that is answered. */
  readonly threshold: Float64Array;
  /** Σw of the rows answered so far. */
  readonly weight: Float64Array;
  /** Σw² of them. */
  readonly weightSquares: Float64Array;
  /** Σw of those of them that are right. */
  readonly right: Float64Array;
  /** Σw·loss of them. */
  readonly loss: Float64Array;
}

/** Steps that depend on the set of rows alone: within one, rows add up by their weight, then their loss. */
export function riskSteps(rows: ConfidentRows, sorter: ScoreSorter): RiskSteps {
  const { confidence, right, losses, weights } = rows;
  const sorted = sorter.sort('f64', confidence.length, (scores, carried) => {
    scores.set(confidence);
    for (let i = 0; i < carried.length; i++) carried[i] = i;
  });
  const { scores, carried } = sorted;
  const length = confidence.length;
  const column = () => new Float64Array(length);
  const threshold = column();
  const [weight, weightSquares, hits, loss] = [column(), column(), column(), column()];
  const sums = Array.from({ length: 4 }, () => new RunningSum());
  const inOrder = (a: number, b: number) =>
    (weights === null ? 0 : weights[a] - weights[b]) ||
    (losses === null ? 0 : losses[a] - losses[b]) ||
    right[a] - right[b];
  let count = 0;
  // Numbers of rows are exact as they are.
  let rightRows = 0;
  // A running sum cannot hold it.
  let isInfinite = false;
  for (let from = 0; from < length; count++) {
    let to = from + 1;
    while (to < length && scores[to] === scores[from]) to++;
    if (to > from + 1 && (weights !== null || losses !== null)) {
      carried.subarray(from, to).sort(inOrder);
    }
    for (let i = from; i < to; i++) {
      const row = carried[i];
      if (weights === null) rightRows += right[row];
      else {
        sums[0].add(weights[row]);
        sums[1].add(weights[row] * weights[row]);
        if (right[row] === 1) sums[2].add(weights[row]);
      }
      if (losses === null) continue;
      if (losses[row] === Number.POSITIVE_INFINITY) isInfinite = true;
      else sums[3].add(weights === null ? losses[row] : weights[row] * losses[row]);
    }
    threshold[count] = scores[from];
    weight[count] = weights === null ? to : sums[0].value;
    weightSquares[count] = weights === null ? to : sums[1].value;
    hits[count] = weights === null ? rightRows : sums[2].value;
    loss[count] = isInfinite ? Number.POSITIVE_INFINITY : sums[3].value;
    from = to;
  }
  return { count, threshold, weight, weightSquares, right: hits, loss };
}

/** Areas under risk by coverage. */
export interface RiskAreas {
  /** AURC: the mean over rows of the risk where they are the last that is answered. */
  readonly area: number;
  /** E-AURC: the area less that of the best possible order. */
  readonly excess: number;
}

/** @param rows those that the steps are of */
export function riskAreas(
  { count, weight, right }: RiskSteps,
  rows: Pick<ConfidentRows, 'right' | 'weights'>,
): RiskAreas {
  const total = weight[count - 1];
  const area = new RunningSum();
  for (let i = 0; i < count; i++) {
    const step = weight[i] - (i === 0 ? 0 : weight[i - 1]);
    area.add((step / total) * ((weight[i] - right[i]) / weight[i]));
  }
  const best = leastArea(rows, right[count - 1], total);
  return { area: area.value, excess: Math.max(0, area.value - best) };
}

/** Area where the right rows come first, then the wrong ones, the lightest first: none is smaller. */
function leastArea(
  { right, weights }: Pick<ConfidentRows, 'right' | 'weights'>,
  rightWeight: number,
  total: number,
): number {
  const wrong: number[] = [];
  for (let row = 0; row < right.length; row++) {
    if (right[row] !== 1) wrong.push(weights === null ? 1 : weights[row]);
  }
  if (weights !== null) wrong.sort((a, b) => a - b);
  const area = new RunningSum();
  const before = new RunningSum();
  for (const w of wrong) {
    before.add(w);
    area.add((w / total) * (before.value / (rightWeight + before.value)));
  }
  return area.value;
}

/** Risk by coverage, most confident rows first. */
export interface RiskCoverage extends RiskAreas {
  /** Share of the rows, by weight, that is answered at each threshold; ascending, 1 last. */
  readonly coverage: Float64Array;
  /** Share of these rows that is wrong. */
  readonly risk: Float64Array;
  /** The least confidence that is answered; descending. */
  readonly threshold: Float64Array;
}

/**
 * Selective prediction: what share of the answers is wrong when only rows of some confidence or more
 * are answered.
 *
 *     risk(θ) = Σ_{κ ≥ θ} s·wrong / Σ_{κ ≥ θ} s     coverage(θ) = Σ_{κ ≥ θ} s / Σ s
 *     AURC    = Σ_i s_i·risk(κ_i) / Σ s             E-AURC = AURC − AURC of the best order
 *
 * Rows of equal confidence κ are one step: all of them are answered, or none. The best order has all
 * right rows before all wrong ones. Both areas are sums over rows as they are, without the logarithm
 * that approximates the second. Rows that weigh 0 are left out.
 *
 * Curve: R. El-Yaniv, Y. Wiener, "On the foundations of noise-free selective classification", JMLR
 * 11, 2010; areas: Y. Geifman, G. Uziel, R. El-Yaniv, "Bias-reduced uncertainty estimation for deep
 * neural classifiers", ICLR 2019.
 *
 * @param correct 1 or true for each row that was predicted right, else 0 or false
 * @param confidence a number per row, the higher the surer; no probability need be
 * @param options `sampleWeight` per row
 * @throws UsageError `length-mismatch`
 * @throws InputError `empty-input`, `bad-target`, `bad-score`, `bad-weight`, with the row
 * @example
 * ```ts
 * import { riskCoverage } from 'logitscope';
 * const { coverage, risk, area } = riskCoverage([1, 1, 0, 1], [0.9, 0.8, 0.7, 0.6]);
 * coverage; // Float64Array [0.25, 0.5, 0.75, 1]
 * risk[3]; // 0.25
 * area.toFixed(4); // '0.1458'
 * ```
 */
export function riskCoverage(
  correct: ArrayLike<number | boolean>,
  confidence: ArrayLike<number>,
  { sampleWeight }: { readonly sampleWeight?: SampleWeight | undefined } = {},
): RiskCoverage {
  requireLength('confidence', confidence.length, correct.length);
  if (sampleWeight) requireLength('sampleWeight', sampleWeight.length, correct.length);
  const places: number[] = [];
  for (let row = 0; row < correct.length; row++) {
    const right = Number(correct[row]);
    if (right !== 0 && right !== 1) throw badRow('target', row, correct[row], '0 or 1');
    if (Number.isNaN(Number(confidence[row]))) {
      throw badRow('score', row, confidence[row], 'a number');
    }
    if (sampleWeight) requireWeight(sampleWeight[row], row);
    if (sampleWeight?.[row] !== 0) places.push(row);
  }
  requireRows('correct', places.length);
  const rows = {
    confidence: Float64Array.from(places, (row) => confidence[row]),
    right: places.map((row) => Number(correct[row])),
    losses: null,
    weights: sampleWeight ? Float64Array.from(places, (row) => sampleWeight[row]) : null,
  };
  const steps = riskSteps(rows, new ReferenceScoreSorter());
  const { count, weight, right } = steps;
  const total = weight[count - 1];
  return {
    coverage: Float64Array.from({ length: count }, (_, i) => weight[i] / total),
    risk: Float64Array.from({ length: count }, (_, i) => (weight[i] - right[i]) / weight[i]),
    threshold: steps.threshold.slice(0, count),
    ...riskAreas(steps, rows),
  };
}

function badRow(name: string, row: number, found: unknown, expected: string): InputError {
  return new InputError(`bad-${name}`, {
    row,
    problem:
      name === 'target' ? 'it is neither right nor wrong' : 'the confidence cannot be ranked',
    found: String(found),
    expected,
  });
}
