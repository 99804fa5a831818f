/** Rates per class or label of arrays, averaged as the caller asks. */

import { isNested } from '../arrays/numbers.js';
import { fBeta, jaccard, precision, type Rate, recall, specificity } from '../tallies/rates.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Label, Targets } from '../types/forms.js';
import { averagedRate, badOption, checkZeroDivision, type ZeroDivision } from './class-rates.js';
import { countIndicators } from './indicator-arrays.js';
import { countLabels, type SampleWeight } from './label-arrays.js';
import { type Marginals, marginalsOf } from './marginals.js';
import { multilabelMarginals } from './multilabel-marginals.js';

/** How a rate of several classes becomes one number, or one per class for `none`. */
export type RateAverage = 'binary' | 'micro' | 'macro' | 'weighted' | 'samples' | 'none';

export interface RateOptions<A extends RateAverage = RateAverage> {
  /**
   * `binary` (default): the rate of `posLabel` among two classes. `macro`: plain
   * mean over classes. `weighted`: mean weighted by how often each is the target.
   * `micro`: fractions of the classes added up. `samples`: mean over rows of
   * several labels. `none`: one number per class.
   */
  readonly average?: A | undefined;
  /**
   * Classes to average over, in the order that `none` gives them (indices of
   * labels for rows of several labels). Default: all that occur, ascending.
   */
  readonly labels?: readonly Label[] | undefined;
  /** The class that `binary` is about; default 1. */
  readonly posLabel?: Label | undefined;
  /** What 0/0 counts as: 0 (default), 1, or NaN, which leaves the class out of averages. */
  readonly zeroDivision?: ZeroDivision | undefined;
  /** Weight of each row; every row weighs 1 by default. */
  readonly sampleWeight?: SampleWeight | undefined;
}

/** One number, or one per class. */
export type RateValue<A extends RateAverage> = A extends 'none' ? number[] : number;

/** Named rates; Fβ goes by the names that tallies of several labels have for it. */
export type NamedRate = readonly [name: string, rate: Rate];
export const PRECISION: NamedRate = ['precision', precision];
export const RECALL: NamedRate = ['recall', recall];
export const JACCARD: NamedRate = ['jaccard', jaccard];
export const SPECIFICITY: NamedRate = ['specificity', specificity];
export const fBetaNamed = (beta: number): NamedRate => [`f${beta}`, fBeta(beta)];

export function rateOfArrays<A extends RateAverage>(
  named: NamedRate,
  yTrue: Targets,
  yPred: Targets,
  options: RateOptions<A>,
  betas: readonly number[] = [],
): RateValue<A> {
  const { average = 'binary', zeroDivision = 0, labels, sampleWeight } = options;
  checkZeroDivision(zeroDivision);
  const [name, rate] = named;
  let value: number | number[];
  if (isNested(yTrue) && isNested(yPred)) {
    const tally = countIndicators(yTrue, yPred, sampleWeight, betas);
    if (average === 'binary') throw notBinary('rows of several labels');
    if (average === 'samples') {
      if (labels !== undefined) {
        throw new UsageError('bad-option', 'Option labels does not go with average "samples".');
      }
      value = tally.rowRates.get(name)!.over(tally.weights, zeroDivision).mean;
    } else {
      const over = labelIndices(labels, tally.settings.labels);
      value = underAverage(rate, average, multilabelMarginals(tally), zeroDivision, over);
    }
  } else {
    const { classes, tally } = countLabels(yTrue, yPred, { labels, sampleWeight });
    const counts = marginalsOf(tally);
    if (average === 'binary') {
      const positive = positiveClass(classes, options.posLabel ?? 1);
      // Without a positive row or prediction there is nothing to count.
      const empty = {
        ...counts,
        classes: 1,
        targets: NOTHING,
        predictions: NOTHING,
        hits: NOTHING,
      };
      value = (
        averagedRate(rate, 'none', positive < 0 ? empty : counts, zeroDivision, [
          Math.max(0, positive),
        ]) as number[]
      )[0]!;
    } else if (average === 'samples') {
      throw new UsageError(
        'bad-option',
        'average "samples" needs rows of several labels: one list of 0 and 1 per row.',
      );
    } else {
      const over = (labels ?? classes).map((_, k) => k);
      value = underAverage(rate, average, counts, zeroDivision, over);
    }
  }
  return value as RateValue<A>;
}

const NOTHING = new Float64Array(1);

function underAverage(
  rate: Rate,
  average: string,
  counts: Marginals,
  zeroDivision: ZeroDivision,
  over: readonly number[],
): number | number[] {
  if (average === 'micro' || average === 'macro' || average === 'weighted' || average === 'none') {
    return averagedRate(rate, average, counts, zeroDivision, over);
  }
  const known = '"binary", "micro", "macro", "weighted", "samples" or "none"';
  throw badOption('average', JSON.stringify(average), known);
}

function labelIndices(labels: readonly Label[] | undefined, count: number): readonly number[] {
  const indices = labels ?? Array.from({ length: count }, (_, k) => k);
  for (const index of indices) {
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count) {
      throw badOption('labels', JSON.stringify(index), `indices of labels, 0 … ${count - 1}`);
    }
  }
  return indices as readonly number[];
}

/** Number of the positive class, or −1 where it does not occur beside the only other one. */
function positiveClass(classes: readonly Label[], posLabel: Label): number {
  if (classes.length > 2) throw notBinary(`${classes.length} classes`);
  const positive = classes.indexOf(posLabel);
  if (positive >= 0 || classes.length < 2) return positive;
  throw new InputError('no-positive-class', {
    problem: 'no row has the positive label, and two others occur',
    found: classes.map((label) => JSON.stringify(label)).join(' and '),
    expected: `${JSON.stringify(posLabel)} and one other`,
    advice: 'Name the positive label with posLabel.',
  });
}

function notBinary(found: string): UsageError {
  return new UsageError(
    'bad-option',
    `average "binary" (the default) is for two classes; found ${found}. Choose "micro", "macro", "weighted" or "none".`,
  );
}
