/** Student's t distribution with any number of degrees of freedom above 0. */

import type { ScalarMath } from '../metrics/scalar-math.js';

/** Stirling's series from here on. */
const SERIES_FROM = 16;
/** With fewer degrees of freedom the 97.5 % quantile is beyond 10²⁰. */
const FEWEST_DEGREES = 0.05;

/** ln Γ(x) for x > 0, to about 1e-15 of its size (Stirling's series, shifted upwards). */
function lnGamma(x: number, math: ScalarMath): number {
  let product = 1;
  let y = x;
  for (; y < SERIES_FROM; y++) product *= y;
  const square = 1 / (y * y);
  const series =
    (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / y;
  return (y - 0.5) * math.log(y) - y + 0.5 * math.log(2 * Math.PI) + series - math.log(product);
}

/**
 * The continued fraction of the incomplete beta function (DLMF 8.17.22) by
 * Lentz's method, for x < (a + 1)/(a + b + 2).
 */
function betaFraction(x: number, a: number, b: number): number {
  const TINY = 1e-300;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || TINY);
  let fraction = d;
  for (let m = 1; m < 500; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / (1 + term * d || TINY);
      c = 1 + term / c || TINY;
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return fraction;
}

/**
 * P[|T| > t], two-sided: the regularised incomplete beta function at
 * ν/(ν + t²) with ν/2 and ½ (Abramowitz and Stegun 26.7.1).
 * @param degrees ν > 0, also between whole numbers
 */
export function twoSidedStudent(t: number, degrees: number, math: ScalarMath = Math): number {
  if (Number.isNaN(t)) return Number.NaN;
  const size = Math.abs(t);
  if (size === 0) return 1;
  if (size === Number.POSITIVE_INFINITY) return 0;
  const a = degrees / 2;
  const square = (size / degrees) * size;
  const x = 1 / (1 + square);
  const rest = square / (1 + square);
  // ln of x^a √(1 − x) / B(a, ½)
  const lnFront =
    a * math.log(x) +
    0.5 * math.log(rest) +
    lnGamma(a + 0.5, math) -
    lnGamma(a, math) -
    0.5 * math.log(Math.PI);
  const front = math.exp(lnFront);
  return x < (a + 1) / (a + 2.5)
    ? (front * betaFraction(x, a, 0.5)) / a
    : 1 - 2 * front * betaFraction(rest, 0.5, a);
}

/** The t that P[|T| > t] is `share` at; Infinity with next to no degrees of freedom. */
export function studentQuantile(share: number, degrees: number, math: ScalarMath = Math): number {
  if (degrees < FEWEST_DEGREES) return Number.POSITIVE_INFINITY;
  // On ln t, over whose range the tail falls all the way; halved until doubles end.
  let [low, high] = [-50, 150];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return math.exp(middle);
    if (twoSidedStudent(math.exp(middle), degrees, math) > share) low = middle;
    else high = middle;
  }
}
