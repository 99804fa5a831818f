/** Rates per class, and averaged over classes. */

import type { Rate } from '../tallies/rates.js';
import { UsageError } from '../types/errors.js';
import { type Marginals, sumOverClasses } from './marginals.js';

/** What 0/0 counts as: 0, 1, or NaN, which leaves a class out of averages. */
export type ZeroDivision = number;

export const AVERAGES = ['micro', 'macro', 'weighted', 'none'] as const;
export type Average = (typeof AVERAGES)[number];

/**
 * A rate under one average.
 * @param over classes that averages run over; default those that occur among
 *   targets or predictions.
 * @returns one number, or one per class of `over` (by default all, seen or not)
 *   for `none`. Micro adds the fractions of the classes up. NaN without rows.
 */
export function averagedRate(
  rate: Rate,
  average: Average,
  marginals: Marginals,
  zeroDivision: ZeroDivision,
  over?: readonly number[],
): number | number[] {
  const { classes, targets, predictions, hits, weight } = marginals;
  const everyClass = () => Array.from({ length: classes }, (_, k) => k);
  const seen = (k: number) => targets[k]! > 0 || predictions[k]! > 0;
  const chosen = over ?? (average === 'none' ? everyClass() : everyClass().filter(seen));
  if (weight === 0) return average === 'none' ? chosen.map(() => Number.NaN) : Number.NaN;
  const fractions = chosen.map((k) => rate(hits[k]!, targets[k]!, predictions[k]!, weight));
  const ratio = ([numerator, denominator]: readonly [number, number]) =>
    denominator === 0 ? zeroDivision : numerator / denominator;
  if (average === 'micro') {
    return ratio([
      sumOverClasses(chosen.length, (i) => fractions[i]![0]),
      sumOverClasses(chosen.length, (i) => fractions[i]![1]),
    ]);
  }
  const values = fractions.map(ratio);
  if (average === 'none') return values;
  const mean = (share: (i: number) => number) => {
    const shares = values.map((value, i) => (Number.isNaN(value) ? 0 : share(i)));
    const total = sumOverClasses(shares.length, (i) => shares[i]!);
    return total === 0
      ? null
      : sumOverClasses(shares.length, (i) => (shares[i] === 0 ? 0 : shares[i]! * values[i]!)) /
          total;
  };
  // Where no class has both a value and a target, weights say nothing; where none has a value, all is 0/0.
  const weighted = average === 'weighted' ? mean((i) => targets[chosen[i]!]!) : null;
  return weighted ?? mean(() => 1) ?? zeroDivision;
}

/** @throws UsageError `bad-option` */
export function checkZeroDivision(zeroDivision: ZeroDivision): void {
  if (zeroDivision === 0 || zeroDivision === 1 || Number.isNaN(zeroDivision)) return;
  throw badOption('zeroDivision', zeroDivision, '0, 1 or NaN');
}

/** @throws UsageError `bad-option` */
export function checkBeta(name: string, beta: number): void {
  if (!(beta > 0 && beta < 1e9)) throw badOption(name, beta, 'positive numbers below 1e9');
}

export function badOption(name: string, found: unknown, expected: string): UsageError {
  return new UsageError('bad-option', `Option ${name} holds ${found}; expected ${expected}.`);
}
