/** Models over the same rows by one measure: how far each is from the best, and which cannot be told from it. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { Comparison, ModelDifference, ModelPair } from '../types/compare.js';
import type { MeasuredRows } from './compare-rows.js';
import { MaxT } from './max-t.js';
import {
  holm,
  mcnemarTest,
  type PairedMean,
  pairedMeanOf,
  twoSidedNormal,
} from './paired-tests.js';
import { studentQuantile } from './student-t.js';

/** 80 % quantile of the standard normal distribution. */
const Z_80 = 0.8416212335729143;

export interface CompareSettings {
  /** Of each model, in the order of the table. */
  readonly names: readonly string[];
  readonly level: number;
  /** The difference whose rows are asked for. */
  readonly difference?: number | undefined;
  readonly math: ScalarMath;
}

/** The |t| that is exceeded with probability `share`, both sides together. */
function quantileOf(share: number, degrees: number, math: ScalarMath): number {
  if (degrees !== Number.POSITIVE_INFINITY) return studentQuantile(share, degrees, math);
  let [low, high] = [0, 40];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (twoSidedNormal(middle, math) > share) low = middle;
    else high = middle;
  }
}

/** Paired changes between all models; `of(a, b)` is that from a to b. */
class Pairs {
  readonly #pairs = new Map<number, PairedMean>();
  readonly #models: number;

  constructor(rows: MeasuredRows, math: ScalarMath) {
    this.#models = rows.values.length;
    for (let b = 1; b < this.#models; b++) {
      for (let a = 0; a < b; a++) this.#pairs.set(a * this.#models + b, paired(rows, a, b, math));
    }
  }

  of(a: number, b: number): PairedMean {
    return this.#pairs.get(Math.min(a, b) * this.#models + Math.max(a, b))!;
  }

  /** Mean of b minus mean of a. */
  delta(a: number, b: number): number {
    if (a === b) return 0;
    return a < b ? this.of(a, b).mean : -this.of(a, b).mean;
  }

  /** The difference in standard errors; 0 where it is rounding, as tests have it. */
  size(a: number, b: number): number {
    const { mean, standardError, pValue } = this.of(a, b);
    if (pValue === 1) return 0;
    return standardError === 0 ? Number.POSITIVE_INFINITY : Math.abs(mean) / standardError;
  }
}

function paired(rows: MeasuredRows, a: number, b: number, math: ScalarMath): PairedMean {
  const { by, weights, groups, resolutions } = rows;
  const [was, is] = [rows.values[a], rows.values[b]];
  const resolution = Math.max(resolutions[a], resolutions[b]);
  const difference = (i: number) => is[i] - was[i];
  const exact = pairedMeanOf(was.length, difference, weights, math, resolution, groups);
  // A difference that is rounding is not known better than that, however alike the rows are in it.
  const isRounding = exact.mean !== 0 && Math.abs(exact.mean) <= resolution;
  const standardError = Math.max(exact.standardError, isRounding ? resolution : 0);
  const change = { ...exact, standardError };
  if (by !== 'accuracy' || weights !== null || groups !== null) return change;
  let up = 0;
  let down = 0;
  for (let i = 0; i < was.length; i++) {
    if (is[i] > was[i]) up++;
    else if (is[i] < was[i]) down++;
  }
  return { ...change, pValue: mcnemarTest(up, down, math).pValue };
}

/**
 * Compares models by one measure.
 *
 * Intervals of the differences to the best hold for all pairs of models together, because the
 * best is chosen from the same rows: they reach the quantile of the largest |t| of all pairs. The
 * set of models that cannot be told from the best is found step by step (Hansen, Lunde & Nason,
 * The model confidence set, Econometrica 79, 2011): who is beaten by more than that leaves, and
 * the quantile is taken anew among those who stay, until nobody is. A truly best model is left
 * out with probability `level` at most.
 *
 * @param rows one or more
 */
export function compareModels(
  rows: MeasuredRows,
  { names, level, difference, math }: CompareSettings,
): Comparison {
  const pairs = new Pairs(rows, math);
  const all = names.map((_, model) => model);
  const sign = rows.by === 'accuracy' ? -1 : 1;
  const best = all.reduce((first, model) => (sign * pairs.delta(first, model) < 0 ? model : first));
  const chance = new MaxT(rows);
  const { degrees } = pairs.of(0, 1);
  const single = quantileOf(level, degrees, math);
  // Of few rows standard errors are uncertain, which replicates of the same rows do not show.
  const spread = single / quantileOf(level, Number.POSITIVE_INFINITY, math);
  const reachOf = (models: readonly number[]) =>
    Math.max(single, spread * chance.quantile(models, level));
  const quantile = reachOf(all);
  const isBeaten = (model: number, by: number, reach: number) =>
    sign * pairs.delta(by, model) > 0 && pairs.size(by, model) > reach;
  let set = all;
  for (let reach = quantile; set.length > 1; reach = reachOf(set)) {
    const left = set.filter((model) => !set.some((other) => isBeaten(model, other, reach)));
    if (left.length === set.length) break;
    set = left;
  }
  const tested = allPairs(pairs, names, single);
  const count = rows.index.length;
  return {
    by: rows.by,
    rows: count,
    best: names[best],
    bestSet: set.map((model) => names[model]),
    quantile,
    differences: all
      .filter((model) => model !== best)
      .map((model): ModelDifference => {
        const { standardError } = pairs.of(best, model);
        const delta = pairs.delta(best, model);
        const reach = reaching(quantile, standardError);
        const [a, b] = [names[Math.min(best, model)], names[Math.max(best, model)]];
        const needed = difference && (((single + Z_80) * standardError) / difference) ** 2 * count;
        return {
          name: names[model],
          delta,
          low: delta - reach,
          high: delta + reach,
          standardError,
          correctedPValue: tested.find((pair) => pair.a === a && pair.b === b)!.correctedPValue,
          inBestSet: set.includes(model),
          detectable: reaching(single + Z_80, standardError),
          ...(needed !== undefined && { rowsNeeded: Math.ceil(needed) }),
        };
      }),
    pairs: tested,
  };
}

function reaching(quantile: number, standardError: number): number {
  return standardError === 0 ? 0 : quantile * standardError;
}

function allPairs(pairs: Pairs, names: readonly string[], quantile: number): ModelPair[] {
  const found = names.flatMap((b, j) =>
    names.slice(0, j).map((a, i) => ({ a, b, pair: pairs.of(i, j) })),
  );
  const corrected = holm(found.map(({ pair }) => pair.pValue));
  return found.map(({ a, b, pair }, i) => {
    const reach = reaching(quantile, pair.standardError);
    return {
      a,
      b,
      delta: pair.mean,
      low: pair.mean - reach,
      high: pair.mean + reach,
      pValue: pair.pValue,
      correctedPValue: corrected[i],
    };
  });
}
