/** Options of what is drawn at random. */

import { badOption } from './class-rates.js';

export interface ReplicateOptions {
  /** How many replicates to draw. */
  readonly replicates?: number | undefined;
  /** Integer that the draws follow from; default 0. */
  readonly seed?: number | undefined;
  /** Share of the replicates between the ends of the interval; default 0.95. */
  readonly level?: number | undefined;
}

/** @throws UsageError `bad-option` */
export function checkReplicates(
  options: ReplicateOptions,
  byDefault: number,
): { readonly replicates: number; readonly seed: number; readonly level: number } {
  const { replicates = byDefault, seed = 0, level = 0.95 } = options;
  if (!Number.isSafeInteger(replicates) || replicates < 10 || replicates > 1e6) {
    throw badOption('replicates', replicates, 'an integer from 10 to 1e6');
  }
  if (!Number.isSafeInteger(seed)) throw badOption('seed', seed, 'an integer');
  if (!(level > 0 && level < 1)) throw badOption('level', level, 'a number between 0 and 1');
  return { replicates, seed, level };
}
