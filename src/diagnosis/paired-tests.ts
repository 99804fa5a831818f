/** Tests of two readings of the same rows. */

import { logBinomial } from '../metrics/binomial.js';
import { Z_95 } from '../metrics/intervals.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { type ClusteredError, clusteredError } from '../tallies/paired-clusters.js';
import { type Mean, ratioMean, type WeightTotals } from '../tallies/ratio-moments.js';
import type { Change } from '../types/explain.js';
import { studentQuantile, twoSidedStudent } from './student-t.js';

/** Two-sided p-value and what it was computed from. */
export interface McNemarTest {
  /** Rows wrong before and right after. */
  readonly wrongToRight: number;
  /** Rows right before and wrong after. */
  readonly rightToWrong: number;
  readonly pValue: number;
}

/**
 * ln P[Bin(n, ½) ≤ k]. Terms are added relative to the largest, k's own or the
 * middle one's, downwards until they no longer count.
 */
function logHalfBinomialTail(n: number, k: number, math: ScalarMath): number {
  if (k >= n) return 0;
  // From the term at k down, each is i/(n − i + 1) of the one above.
  let sum = 1;
  let term = 1;
  for (let i = k; i > 0 && term > sum * 1e-18; i--) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return logBinomial(n, k, 0.5, math) + math.log(sum);
}

/**
 * Exact McNemar test: are changes from right to wrong as likely as changes
 * from wrong to right? (McNemar, Psychometrika 12, 1947; exact binomial form.)
 * @param wrongToRight number of rows, an integer ≥ 0
 * @param rightToWrong number of rows, an integer ≥ 0
 * @returns p = min(1, 2·P[Bin(n, ½) ≤ min]); 1 without a changed row
 * @example
 * ```ts
 * import { mcnemarTest } from 'logitscope';
 * mcnemarTest(5, 1).pValue; // 0.21875
 * ```
 */
export function mcnemarTest(
  wrongToRight: number,
  rightToWrong: number,
  math: ScalarMath = Math,
): McNemarTest {
  const n = wrongToRight + rightToWrong;
  const least = Math.min(wrongToRight, rightToWrong);
  const pValue = Math.min(1, math.exp(Math.LN2 + logHalfBinomialTail(n, least, math)));
  return { wrongToRight, rightToWrong, pValue };
}

/** Mean of paired differences, with its interval and the test of no difference. */
export interface PairedMean {
  readonly mean: number;
  readonly standardError: number;
  /** Degrees of freedom of Student's t; Infinity for the normal distribution. */
  readonly degrees: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly pValue: number;
}

/** As a report has it. */
export function changeOf({ mean, low, high, pValue }: PairedMean): Change {
  return { delta: mean, low, high, pValue };
}

/**
 * Means of fewer rows go by Student's t, of others by the normal distribution,
 * which is nearly the same from here on.
 */
export const FEW_ROWS = 30;

/**
 * Changes of a mean loss below this share of it are taken for rounding. That
 * of f32 rows is about 1e-7 each and may be alike in sign: where nothing but
 * the scale of the logits changed, the losses at the best temperatures differ
 * by it alone, and so little among rows that any test would call it a change.
 * Numbers that were written with five or six digits are rounded by more.
 */
export const LOSS_RESOLUTION = 1e-5;

/**
 * @param standardError sd(Δ)/√n, or its clustered form
 * @param resolution a mean no further from 0 is none
 */
export function pairedMean(
  mean: number,
  { standardError, degrees }: Pick<PairedMean, 'standardError' | 'degrees'>,
  math: ScalarMath = Math,
  resolution = 0,
): PairedMean {
  const size = Math.abs(mean);
  const z = size <= resolution ? 0 : standardError > 0 ? size / standardError : Infinity;
  const isNormal = degrees === Number.POSITIVE_INFINITY;
  const quantile = isNormal ? Z_95 : studentQuantile(0.05, degrees, math);
  const reach = standardError === 0 ? 0 : quantile * standardError;
  return {
    mean,
    standardError,
    degrees,
    low: mean - reach,
    high: mean + reach,
    pValue: isNormal ? twoSidedNormal(z, math) : twoSidedStudent(z, degrees, math),
  };
}

/**
 * {@link pairedMean} of rows whose weights add up to `totals`. One row alone
 * says nothing of its error, which then is infinite. Of few rows the standard
 * error is that of Student's t, with n − 1 for n; weighted rows count as
 * (Σw)² / Σw², Kish's effective number.
 */
export function pairedMeanOver(
  { mean, standardError }: Mean,
  { weight, weightSquares }: WeightTotals,
  math: ScalarMath = Math,
  resolution = 0,
): PairedMean {
  const rows = weight ** 2 / weightSquares;
  const normal = { standardError, degrees: Number.POSITIVE_INFINITY };
  // NaN without rows is not above 1.
  if (!(rows > 1)) normal.standardError = Number.POSITIVE_INFINITY;
  else if (rows < FEW_ROWS) {
    const few = { standardError: standardError * Math.sqrt(rows / (rows - 1)), degrees: rows - 1 };
    return pairedMean(mean, few, math, resolution);
  }
  return pairedMean(mean, normal, math, resolution);
}

/**
 * {@link pairedMean} of rows that come in clusters: of fewer than {@link FEW_ROWS} by Student's t with
 * one degree of freedom less than there are clusters.
 */
export function clusteredPairedMean(
  mean: number,
  { standardError, clusters }: ClusteredError,
  math: ScalarMath = Math,
  resolution = 0,
): PairedMean {
  const isFew = clusters > 1 && clusters < FEW_ROWS;
  const degrees = isFew ? clusters - 1 : Number.POSITIVE_INFINITY;
  return pairedMean(mean, { standardError, degrees }, math, resolution);
}

/**
 * {@link pairedMean} of differences.
 * @param weights null where every row weighs 1
 * @param groups a number of each row's cluster; null where rows are independent
 */
export function pairedMeanOf(
  count: number,
  difference: (row: number) => number,
  weights: Float64Array | null,
  math: ScalarMath = Math,
  resolution = 0,
  groups: Float64Array | null = null,
): PairedMean {
  let [u, uu, uv, v, vv] = [0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const weight = weights === null ? 1 : weights[i];
    const product = weight * difference(i);
    u += product;
    uu += product * product;
    uv += product * weight;
    v += weight;
    vv += weight * weight;
  }
  if (groups !== null) {
    const squares = clusterSquares(count, difference, weights, groups, u / v);
    const error = clusteredError(squares.sum, squares.clusters, v);
    return clusteredPairedMean(u / v, error, math, resolution);
  }
  const totals = { weight: v, weightSquares: vv };
  return pairedMeanOver(ratioMean(u, uu, uv, totals), totals, math, resolution);
}

/** Σ over clusters of (Σ w·(difference − mean))², and how many there are. */
function clusterSquares(
  count: number,
  difference: (row: number) => number,
  weights: Float64Array | null,
  groups: Float64Array,
  mean: number,
): { readonly sum: number; readonly clusters: number } {
  const offs = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const weight = weights === null ? 1 : weights[i];
    if (weight === 0) continue;
    const off = weight * (difference(i) - mean);
    offs.set(groups[i], (offs.get(groups[i]) ?? 0) + off);
  }
  let sum = 0;
  for (const off of offs.values()) sum += off * off;
  return { sum, clusters: offs.size };
}

/** P[|Z| > z] of a standard normal Z, relative error below 5e-13 down to 1e-300. */
export function twoSidedNormal(z: number, math: ScalarMath = Math): number {
  if (Number.isNaN(z)) return Number.NaN;
  const x = Math.abs(z) / Math.SQRT2;
  if (x < 2) {
    // erf by its series of positive terms: 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * math.exp(-x * x) * sum;
  }
  if (x > 27) return 0;
  // erfc by its continued fraction, from the far end.
  let fraction = 0;
  for (let k = 120; k >= 1; k--) fraction = k / 2 / (x + fraction);
  return math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

/**
 * Holm's step-down correction: p-values such that refusing those ≤ α keeps the
 * chance of any false refusal at α (Scand. J. Stat. 6, 1979).
 * @param family number of tests when more were made than are given; the others count as larger
 */
export function holm(pValues: readonly number[], family = pValues.length): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b] || a - b);
  const corrected = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (family - rank) * pValues[index]));
    corrected[index] = largest;
  });
  return corrected;
}
