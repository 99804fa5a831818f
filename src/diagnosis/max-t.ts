/**
 * How large the largest |t| among differences of models gets by chance: what intervals of all
 * differences together, and the choice of the best, have to allow for.
 *
 * A bootstrap of rows: in every replicate a row, or a whole cluster of rows, counts as often as a
 * Poisson variable of mean 1 says, drawn by its index alone (`CounterRandom`): neither order nor
 * machine show. Differences of models over the same rows are correlated, which this keeps and a
 * correction of single tests does not.
 */

import { CounterRandom } from '../tallies/counter-random.js';
import { rowHash } from '../types/row-hash.js';
import type { MeasuredRows } from './compare-rows.js';

/** Replicates: they tell the level of a 95 % quantile to a quarter of a percent. */
const REPLICATES = 8000;
/**
 * What is drawn at most. More rows, or clusters, than that are drawn in bundles, put together by a
 * hash: sums over bundles vary, and vary together, as sums over rows do, and so many tell how the
 * differences are correlated to 0.02.
 */
const MOST_UNITS = 2048;
const BUNDLE_SEED = 0x62756e64;

type Rows = Pick<MeasuredRows, 'index' | 'weights' | 'groups' | 'values'>;

export class MaxT {
  readonly #models: number;
  /** Deviation of each model's sum in each replicate, replicates × models. */
  readonly #sums: Float64Array;
  /** Standard deviation of the difference of each two of them, models × models. */
  readonly #errors: Float64Array;

  constructor(rows: Rows) {
    this.#models = rows.values.length;
    const { ids, sums } = unitsOf(rows);
    this.#errors = errorsOf(sums, this.#models);
    this.#sums = replicatesOf(ids, sums, this.#models);
  }

  /**
   * The |t| that the largest of the pairs among these models exceeds with probability `level`.
   * @param models indices of two or more
   * @returns 0 where no pair differs
   */
  quantile(models: readonly number[], level: number): number {
    const count = this.#models;
    const largest = new Float64Array(REPLICATES);
    for (let r = 0; r < REPLICATES; r++) {
      const sums = this.#sums.subarray(r * count, (r + 1) * count);
      for (const a of models) {
        for (const b of models) {
          const error = b < a ? this.#errors[a * count + b] : 0;
          if (error === 0) continue;
          const t = Math.abs(sums[a] - sums[b]) / error;
          if (t > largest[r]) largest[r] = t;
        }
      }
    }
    largest.sort();
    const place = Math.ceil((1 - level) * (REPLICATES + 1)) - 1;
    return largest[Math.min(REPLICATES - 1, place)];
  }
}

/** Mean of each model. */
function meansOf({ values, weights }: Rows): number[] {
  return values.map((of) => {
    let [sum, weight] = [0, 0];
    for (let row = 0; row < of.length; row++) {
      const w = weights === null ? 1 : weights[row];
      sum += w * of[row];
      weight += w;
    }
    return sum / weight;
  });
}

interface Units {
  /** What each is drawn by. */
  readonly ids: Float64Array;
  /** Σ w·(value − mean) of each one's rows, units × models. */
  readonly sums: Float64Array;
}

function unitsOf(rows: Rows): Units {
  const { index, weights, groups, values } = rows;
  const means = meansOf(rows);
  const own = groups ?? index;
  const isMany = new Set(own).size > MOST_UNITS;
  const idOf = (row: number) => (isMany ? rowHash(own[row], BUNDLE_SEED) % MOST_UNITS : own[row]);
  const places = new Map<number, number>();
  for (let row = 0; row < own.length; row++) {
    const id = idOf(row);
    if (!places.has(id)) places.set(id, places.size);
  }
  const models = means.length;
  const sums = new Float64Array(places.size * models);
  for (let row = 0; row < own.length; row++) {
    const at = places.get(idOf(row))! * models;
    const weight = weights === null ? 1 : weights[row];
    for (let m = 0; m < models; m++) sums[at + m] += weight * (values[m][row] - means[m]);
  }
  return { ids: Float64Array.from(places.keys()), sums };
}

function errorsOf(sums: Float64Array, models: number): Float64Array {
  const errors = new Float64Array(models * models);
  for (let at = 0; at < sums.length; at += models) {
    for (let a = 1; a < models; a++) {
      for (let b = 0; b < a; b++) errors[a * models + b] += (sums[at + a] - sums[at + b]) ** 2;
    }
  }
  return errors.map(Math.sqrt);
}

function replicatesOf(ids: Float64Array, sums: Float64Array, models: number): Float64Array {
  const drawn = new Float64Array(REPLICATES * models);
  for (let r = 0; r < REPLICATES; r++) {
    const random = new CounterRandom(0, r);
    const into = drawn.subarray(r * models, (r + 1) * models);
    for (let unit = 0; unit < ids.length; unit++) {
      // 0 in a third of the cases, which no processor foresees: multiplying is faster than leaving out.
      const times = random.poisson(ids[unit]);
      const at = unit * models;
      for (let m = 0; m < models; m++) into[m] += times * sums[at + m];
    }
  }
  return drawn;
}
