/** Isotonic recalibration of one score per row, with what it saves out of fold. */

import { Z_95 } from '../metrics/intervals.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type { CalibrationFit } from '../types/calibration.js';
import type { FitRows } from '../types/fitted.js';
import { ColumnMeans } from './column-means.js';
import { FOLDS, foldOf } from './fold-moments.js';
import { type IsotonicBlock, isotonicDecomposition } from './isotonic.js';
import { mcnemarTest, pairedMean } from './paired-tests.js';

/** Probabilities `x` ascend; those between them lie on straight lines. */
export type Breakpoints = NonNullable<CalibrationFit['isotonic']>;

export interface IsotonicTerms {
  readonly kind: 'logits' | 'probabilities';
  /** Probabilities nearer to 0 or 1 than this are moved there, before and after. */
  readonly eps: number;
  /** Least score that is predicted to be 1, as the scores are. */
  readonly threshold: number;
  readonly math: ScalarMath;
}

/** The value of the curve at a probability; those outside go with the ends. */
export function curveAt({ x, y }: Breakpoints, p: number): number {
  let [low, high] = [0, x.length - 1];
  if (p <= x[0]) return y[0];
  if (p >= x[high]) return y[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= p) low = middle;
    else high = middle;
  }
  return y[low] + ((y[high] - y[low]) * (p - x[low])) / (x[high] - x[low]);
}

/** Both ends of each flat piece. */
function breakpoints(blocks: readonly IsotonicBlock[]): Breakpoints {
  const x: number[] = [];
  const y: number[] = [];
  for (const { low, high, value } of blocks) {
    x.push(low);
    y.push(value);
    if (high === low) continue;
    x.push(high);
    y.push(value);
  }
  return { x, y };
}

/**
 * Fits the curve on rows as the recalibration of one score samples them: 0 and the logit, or both
 * probabilities.
 * @param of rows that were there to be sampled
 * @returns null without rows
 */
export function fitIsotonic(
  rows: FitRows,
  of: number,
  terms: IsotonicTerms,
): CalibrationFit | null {
  const { kind, eps, threshold, math } = terms;
  const { count, scores, targets, index, weights } = rows;
  if (count === 0) return null;
  const score = (r: number) => scores[2 * r + 1];
  const p = Float64Array.from({ length: count }, (_, r) =>
    kind === 'logits' ? 1 / (1 + math.exp(-score(r))) : score(r),
  );
  const fitOn = (isIn: (r: number) => boolean): Breakpoints | null => {
    const own = Uint32Array.from({ length: count }, (_, r) => r).filter(isIn);
    if (own.length === 0) return null;
    return breakpoints(
      isotonicDecomposition(
        Array.from(own, (r) => targets[r]),
        Array.from(own, (r) => p[r]),
        weights ? { sampleWeight: Array.from(own, (r) => weights[r]) } : {},
      ).blocks,
    );
  };
  const curve = fitOn(() => true)!;
  const folds = Uint8Array.from(index.subarray(0, count), foldOf);
  const others = Array.from({ length: FOLDS }, (_, k) => fitOn((r) => folds[r] !== k) ?? curve);
  const lossOf = (q: number, r: number) =>
    -math.log(Math.min(1 - eps, Math.max(eps, targets[r] === 1 ? q : 1 - q)));
  const asIs = Float64Array.from(p, (value, r) => {
    if (kind === 'probabilities') return lossOf(value, r);
    const z = targets[r] === 1 ? score(r) : -score(r);
    return Math.max(0, -z) + math.log(1 + math.exp(-Math.abs(z)));
  });
  const after = Float64Array.from(p, (value, r) => lossOf(curveAt(curve, value), r));
  const q = Float64Array.from(p, (value, r) => curveAt(others[folds[r]], value));
  const crossFitted = Float64Array.from(q, (value, r) => lossOf(value, r));
  const right = (isOne: boolean, r: number) => (isOne === (targets[r] === 1) ? 1 : 0);
  const was = Float64Array.from(p, (_, r) => right(score(r) >= threshold, r));
  const is = Float64Array.from(q, (value, r) => right(value >= 0.5, r));
  const means = new ColumnMeans(7);
  const minus = (a: Float64Array, b: Float64Array) => a.map((value, r) => value - b[r]);
  const saved = minus(asIs, crossFitted);
  means.add([asIs, after, crossFitted, saved, was, is, minus(is, was)], weights, count);
  const { low, high, pValue } = pairedMean(means.mean(3), means.paired(3, math), math);
  const accuracy = means.paired(5, math);
  const up = is.reduce((sum, value, r) => sum + (value > was[r] ? 1 : 0), 0);
  const down = is.reduce((sum, value, r) => sum + (value < was[r] ? 1 : 0), 0);
  const change = weights ? means.paired(6, math) : mcnemarTest(up, down, math);
  return {
    isotonic: curve,
    ...{ rows: count, of },
    loss: {
      name: 'log_loss',
      before: means.mean(0),
      after: means.mean(1),
      afterCrossFitted: means.mean(2),
      saved: { value: means.mean(3), low, high, pValue },
    },
    accuracy: {
      before: means.mean(4),
      afterCrossFitted: accuracy.mean,
      low: Math.max(0, accuracy.mean - Z_95 * accuracy.standardError),
      high: Math.min(1, accuracy.mean + Z_95 * accuracy.standardError),
      pValue: change.pValue,
    },
  };
}
