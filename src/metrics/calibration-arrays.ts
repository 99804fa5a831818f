/** Confidences and hits of arrays of probabilities, and the bins that they fall into. */

import { CalibrationBins, equalWidthEdges } from '../tallies/calibration-bins.js';
import { requireWeight } from '../tallies/sample-weight.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import { badOption } from './class-rates.js';
import {
  type ClassScoresOptions,
  readClassScores,
  scoreRows,
  scoreSingleRows,
} from './probability-arrays.js';

export interface CalibrationOptions extends Omit<ClassScoresOptions, 'eps'> {
  /** How many bins; default 15. */
  readonly bins?: number | undefined;
  /**
   * `equal-width` (default): [i/B, (i+1)/B), with 1 in the last. `equal-mass`: as
   * equal in weight as cuts can make them that never split equal confidences, so
   * that there may be fewer.
   */
  readonly binning?: 'equal-width' | 'equal-mass' | undefined;
  /**
   * `top-label` (default): the probability of the predicted class against whether
   * it is the target. `positive`: P(y = 1) of two classes against whether y = 1.
   */
  readonly on?: 'top-label' | 'positive' | undefined;
}

/** One confidence per row and whether it was right, 1 or 0. */
export interface Confidences {
  readonly confidence: Float64Array;
  readonly hit: Float64Array;
  readonly weights: Float64Array | null;
}

export function confidencesOf(
  yTrue: Targets,
  yProb: Scores,
  options: CalibrationOptions,
): Confidences {
  const { on = 'top-label' } = options;
  if (on !== 'top-label' && on !== 'positive') {
    throw badOption('on', JSON.stringify(on), '"top-label" or "positive"');
  }
  const arrays = readClassScores(yTrue, yProb, options);
  const { targets, weights, classes } = arrays;
  const rows = targets.length;
  const confidence = new Float64Array(rows);
  const hit = new Float64Array(rows);
  weights?.forEach((weight, row) => {
    requireWeight(weight, row);
  });
  if (classes === null) {
    for (const { firstRow, scores } of scoreSingleRows(arrays)) {
      for (let r = 0; r < scores.count; r++) {
        const p = scores.probability[r];
        const target = targets[firstRow + r];
        const predicted = scores.prediction[r];
        confidence[firstRow + r] = on === 'positive' || predicted === 1 ? p : 1 - p;
        hit[firstRow + r] = on === 'positive' ? target : Number(predicted === target);
      }
    }
  } else {
    if (on === 'positive' && classes !== 2) {
      throw new UsageError(
        'bad-option',
        `on "positive" needs two classes; found ${classes}. Take "top-label", or one column as P(y = 1).`,
      );
    }
    for (const { firstRow, scores } of scoreRows(arrays, 'probabilities')) {
      for (let r = 0; r < scores.count; r++) {
        const row = firstRow + r;
        confidence[row] = on === 'positive' ? arrays.scores[2 * row + 1] : scores.confidence[r];
        hit[row] = on === 'positive' ? targets[row] : Number(scores.prediction[r] === targets[row]);
      }
    }
  }
  return { confidence, hit, weights };
}

/** Bounds of the bins that the options ask for: −∞ first, ∞ last. */
export function edgesFor({ confidence, weights }: Confidences, options: CalibrationOptions) {
  const { bins = 15, binning = 'equal-width' } = options;
  if (!Number.isSafeInteger(bins) || bins < 1 || bins > 1e6) {
    throw badOption('bins', bins, 'an integer from 1 to 1e6');
  }
  if (binning === 'equal-width') return equalWidthEdges(bins);
  if (binning === 'equal-mass') return equalMassEdges(confidence, weights, bins);
  throw badOption('binning', JSON.stringify(binning), '"equal-width" or "equal-mass"');
}

/**
 * Cut k lies between the two neighbouring confidences whose boundary is
 * nearest to k/B of the weight, the lower of two that are equally near.
 */
function equalMassEdges(confidence: Float64Array, weights: Float64Array | null, bins: number) {
  // Of equal confidences the weights are sorted too, so that rows may come in any order.
  const order = Uint32Array.from(confidence.keys()).sort(
    (a, b) => confidence[a] - confidence[b] || (weights ? weights[a] - weights[b] : 0),
  );
  /** Each confidence but the lowest, with the weight below it. */
  const found: { readonly at: number; readonly below: number }[] = [];
  let weight = 0;
  order.forEach((row, i) => {
    const isNew = i > 0 && confidence[row] > confidence[order[i - 1]];
    // Rows that weigh nothing make no boundary.
    if (isNew && weight > (found.at(-1)?.below ?? 0)) {
      found.push({ at: confidence[row], below: weight });
    }
    weight += weights ? weights[row] : 1;
  });
  const boundaries = found.filter(({ below }) => below < weight);
  const edges = [Number.NEGATIVE_INFINITY];
  let nearest = 0;
  for (let cut = 1; cut < bins && boundaries.length > 0; cut++) {
    const wanted = (cut * weight) / bins;
    const distance = (boundary: number) => Math.abs(boundaries[boundary]!.below - wanted);
    while (nearest + 1 < boundaries.length && distance(nearest + 1) < distance(nearest)) nearest++;
    const { at } = boundaries[nearest]!;
    if (at > edges[edges.length - 1]!) edges.push(at);
  }
  edges.push(Number.POSITIVE_INFINITY);
  return Float64Array.from(edges);
}

/** Rows of arrays in the bins that the options ask for. */
export function binArrays(yTrue: Targets, yProb: Scores, options: CalibrationOptions) {
  const rows = confidencesOf(yTrue, yProb, options);
  const edges = edgesFor(rows, options);
  const bins = new CalibrationBins(rows.weights !== null, edges);
  bins.addRows(rows.confidence, rows.hit, rows.weights, rows.confidence.length);
  return { rows, edges, bins };
}
