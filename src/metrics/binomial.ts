/** Probabilities of the binomial distribution, without loss where they are far apart. */

import type { ScalarMath } from './scalar-math.js';

/** Stirling's series from here on; exact factorials below. */
const SERIES_FROM = 32;

/** ln n! for a small integer n ≥ 0. */
function logFactorial(n: number, math: ScalarMath): number {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return math.log(product);
}

/** ln(k! / √(2πk)·(e/k)^k), the remainder of Stirling's formula. */
function stirlingRemainder(k: number, math: ScalarMath): number {
  if (k === 0) return 0;
  if (k < SERIES_FROM) {
    return logFactorial(k, math) - (k * math.log(k) - k + 0.5 * math.log(2 * Math.PI * k));
  }
  const square = 1 / (k * k);
  return (
    (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / k
  );
}

/** k·ln(k/m) − (k − m), without loss where k is near m (Loader, 2000: the deviance of a Poisson count). */
function deviance(k: number, m: number, math: ScalarMath): number {
  if (k === 0) return m;
  const v = (k - m) / (k + m);
  if (Math.abs(v) >= 0.1) return k * math.log(k / m) - (k - m);
  let sum = (k - m) * v;
  let term = 2 * k * v;
  for (let j = 1; ; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}

/**
 * ln P[Bin(n, p) = k] as the saddle point has it (C. Loader, "Fast and accurate
 * computation of binomial probabilities", 2000).
 */
export function logBinomial(n: number, k: number, p: number, math: ScalarMath): number {
  if (k === 0) return n * math.log(1 - p);
  if (k === n) return n * math.log(p);
  return (
    stirlingRemainder(n, math) -
    stirlingRemainder(k, math) -
    stirlingRemainder(n - k, math) -
    deviance(k, n * p, math) -
    deviance(n - k, n * (1 - p), math) +
    0.5 * math.log(n / (2 * Math.PI * k * (n - k)))
  );
}

/** E|X − np| of X ~ Bin(n, p), in closed form (De Moivre). */
export function binomialDeviation(n: number, p: number, math: ScalarMath): number {
  if (n === 0 || p <= 0 || p >= 1) return 0;
  const k = Math.floor(n * p) + 1;
  return 2 * k * (1 - p) * math.exp(logBinomial(n, k, p, math));
}
