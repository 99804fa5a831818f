/** Which models `compare` takes for the best of models whose truth is known, over many seeded runs. */

import { compareModels } from '../../src/diagnosis/compare-models.js';
import { measuredRows } from '../../src/diagnosis/compare-rows.js';
import type { CompareMeasure } from '../../src/types/compare.js';
import { seeded } from '../support/rows.js';
import { math, read, type Seen, score, see } from './readings.js';

/** A model right about three times out of four. */
const STRENGTH = 2.5;
/** What each model sees beside the features, on its own. */
const NOISE = 0.3;

/** What the better model sees: by about four standard errors of the difference, of 2 000 rows. */
export const BETTER_NOISE: Readonly<Record<'loss' | 'accuracy', number>> = {
  loss: 0.2015,
  accuracy: 0,
};

function comparison(
  by: CompareMeasure,
  seen: Seen,
  noises: readonly number[],
  random: () => number,
) {
  const index = Float64Array.from(seen.targets, (_, row) => row);
  const models = noises.map((noise) => {
    const { loss, second } = score(read(seen, noise, 1, random));
    const values = by === 'loss' ? loss : second;
    return { index, weights: null, groups: null, resolution: 0, values };
  });
  const names = noises.map((_, model) => String(model));
  return compareModels(measuredRows(by, models), { names, level: 0.05, math });
}

/** How often a model that is as good as all others is left out of the set of the best. */
export function excludesEqual(
  by: 'loss' | 'accuracy',
  runs: number,
  models: number,
  rows: number,
  seed: number,
): number {
  const random = seeded(seed);
  let wrong = 0;
  for (let run = 0; run < runs; run++) {
    const noises = Array.from({ length: models }, () => NOISE);
    const { bestSet } = comparison(by, see(rows, STRENGTH, random), noises, random);
    if (bestSet.length < models) wrong++;
  }
  return wrong / runs;
}

/** What becomes of one model that is better than all others, which are equal. */
export function findsBetter(
  by: 'loss' | 'accuracy',
  runs: number,
  models: number,
  rows: number,
  seed: number,
) {
  const random = seeded(seed);
  const found = { best: 0, inSet: 0, alone: 0, toldFrom: 0, pairs: 0, allPairs: 0, errors: 0 };
  const others = models - 1;
  for (let run = 0; run < runs; run++) {
    const noises = Array.from({ length: models }, (_, m) => (m === 0 ? BETTER_NOISE[by] : NOISE));
    const { best, bestSet, pairs } = comparison(by, see(rows, STRENGTH, random), noises, random);
    const isIn = bestSet.includes('0');
    if (best === '0') found.best += 1 / runs;
    if (isIn) found.inSet += 1 / runs;
    if (isIn && bestSet.length === 1) found.alone += 1 / runs;
    if (isIn) found.toldFrom += (models - bestSet.length) / others / runs;
    const own = pairs.filter(({ a }) => a === '0');
    const told = own.filter(({ pValue, delta }) => pValue <= 0.05 && delta > 0 === (by === 'loss'));
    found.pairs += told.length / others / runs;
    if (told.length === others) found.allPairs += 1 / runs;
    for (const { delta, low, high } of own) {
      found.errors += Math.abs(delta) / ((high - low) / (2 * 1.959963984540054)) / others / runs;
    }
  }
  return found;
}
