/** Losses of probabilities against targets that are probabilities themselves. */

import { RatioMoments, WeightMoments } from '../tallies/ratio-moments.js';
import { requireWeight } from '../tallies/sample-weight.js';
import type { RealArray } from '../types/gradients.js';
import { rowOptions, singleScoreOptions } from '../types/row-options.js';
import { type ScoredArrays, scoreRows, scoreSingleRows } from './probability-arrays.js';

/** Loss of a row of scores against as many target probabilities; of a single score there are two. */
type SoftLoss = (scores: RealArray, targets: RealArray) => number;

/** Mean of a loss over rows, and what they weigh. */
export interface SoftMean {
  readonly mean: number;
  readonly weight: number;
}

/** −Σ q·log p, logarithms of p raised to `eps`; what has q = 0 adds nothing. */
export function softLogLoss(arrays: ScoredArrays, eps: number | undefined): SoftMean {
  const dtype = arrays.scores instanceof Float32Array ? 'f32' : 'f64';
  if (arrays.classes === null) {
    const least = singleScoreOptions({ dtype, kind: 'probabilities', eps }).eps;
    const logOfRest = (p: number) => (1 - p < least ? Math.log(least) : Math.log1p(-p));
    return meanOf(arrays, ([p], [q0, q1]) => {
      return weigh(q1!, 0 - Math.log(Math.max(p!, least))) + weigh(q0!, 0 - logOfRest(p!));
    });
  }
  const { classes } = arrays;
  const least = rowOptions({ classes, dtype, kind: 'probabilities', eps }).eps;
  return meanOf(arrays, (p, q) => {
    let loss = 0;
    for (let c = 0; c < p.length; c++) {
      loss += weigh(q[c], 0 - Math.log(Math.min(Math.max(p[c], least), 1)));
    }
    return loss;
  });
}

/** Σ (p − q)², of a single score (p − q₁)². */
export function softBrier(arrays: ScoredArrays): SoftMean {
  if (arrays.classes === null) return meanOf(arrays, ([p], [, q]) => (p! - q!) ** 2);
  return meanOf(arrays, (p, q) => {
    // As for one class per row, so that a one-hot row scores the same beside others.
    let [scores, both, targets] = [0, 0, 0];
    for (let c = 0; c < p.length; c++) {
      scores += p[c] * p[c];
      both += p[c] * q[c];
      targets += q[c] * q[c];
    }
    return Math.max(scores - 2 * both + targets, 0);
  });
}

const weigh = (q: number, loss: number) => (q === 0 ? 0 : q * loss);

function meanOf(arrays: ScoredArrays, lossOf: SoftLoss): SoftMean {
  const { weights, classes } = arrays;
  requireProbabilities(arrays);
  const soft = arrays.soft!;
  const width = classes ?? 1;
  const losses = Float64Array.from(arrays.targets, (_, r) => {
    const weight = weights === null ? 1 : weights[r]!;
    requireWeight(weight, r);
    const scores = arrays.scores.subarray(r * width, (r + 1) * width);
    const targets = soft.values.subarray(r * soft.classes, (r + 1) * soft.classes);
    return weigh(weight, lossOf(scores, targets));
  });
  const moments = new RatioMoments(weights !== null);
  const totals = new WeightMoments(weights !== null);
  moments.addRows(losses, weights, losses.length);
  totals.addRows(weights, losses.length);
  return { mean: moments.over(totals.totals()).mean, weight: totals.totals().weight };
}

/** Scores the rows against any class, which refuses those that are no probabilities. */
function requireProbabilities(arrays: ScoredArrays): void {
  const scored =
    arrays.classes === null ? scoreSingleRows(arrays) : scoreRows(arrays, 'probabilities');
  for (const rows of scored) void rows;
}
