/** What it costs to know nothing but how often each class occurs. */

import type { TallySettings } from '../tallies/tally-options.js';
import { frequencies, type Marginals, sumOverClasses } from './marginals.js';
import type { ScalarMath } from './scalar-math.js';

/** Entropy −Σ π log π of the target frequencies, in nats. */
export function priorEntropy(marginals: Marginals, math: ScalarMath): number {
  return entropy(frequencies(marginals), math);
}

/** 1 − Σ π², the Brier score of the frequencies themselves. */
export function priorBrier({ classes, targets, weight }: Marginals): number {
  return sumOverClasses(
    classes,
    (k) => (targets[k]! / weight) * (Math.max(0, weight - targets[k]!) / weight),
  );
}

/** Frequencies of the target classes, largest first: the best constant ranking. */
export function sortedFrequencies(marginals: Marginals): Float64Array {
  return frequencies(marginals).sort().reverse();
}

/** Loss of constant predictions under the class weights and the smoothing of `settings`. */
export interface ConstantLosses {
  /** The least that any constant prediction costs. */
  readonly prior: number;
  /** What the prediction 1/C costs; ln C without class weights. */
  readonly uniform: number;
}

/**
 * The mean loss of a constant prediction q is Σ_c a_c (−log q_c) / V with
 * a_c = w_c [(1 − ε) n_c + (ε/C) N] and V = Σ_c w_c n_c. By Gibbs' inequality
 * q = a / A, A = Σ a, makes it least: (A / V) · H(a / A).
 */
export function constantLosses(
  marginals: Marginals,
  settings: TallySettings,
  math: ScalarMath,
): ConstantLosses {
  const { classes, targets, weight } = marginals;
  const { classWeights, labelSmoothing } = settings;
  const weightOf = (k: number) => (classWeights === null ? 1 : classWeights[k]!);
  const smoothed = labelSmoothing / classes;
  const share = Float64Array.from(
    { length: classes },
    (_, k) => weightOf(k) * ((1 - labelSmoothing) * (targets[k]! / weight) + smoothed),
  );
  const all = sumOverClasses(classes, (k) => share[k]!);
  const denominator = sumOverClasses(classes, (k) => weightOf(k) * (targets[k]! / weight));
  const scale = all / denominator;
  return {
    prior:
      scale *
      entropy(
        share.map((part) => part / all),
        math,
      ),
    uniform: scale * math.log(classes),
  };
}

function entropy(parts: Float64Array, math: ScalarMath): number {
  return sumOverClasses(parts.length, (k) =>
    parts[k] === 0 ? 0 : -parts[k]! * math.log(parts[k]!),
  );
}
