/** Whether a training run got better lately: what ends a run early. */

import type { EpochReading, Patience } from '../types/epochs.js';
import { quote } from '../types/errors.js';
import { comparePair, type EpochColumns } from './epoch-columns.js';
import { holm } from './paired-tests.js';
import type { Pairs } from './stretches.js';

/**
 * Holds the last epochs against the best of those before them, by the loss (of labels alone by
 * accuracy): the run is over when none of them is better beyond chance. Tests are paired and corrected
 * for as many as there are last epochs. A difference that is not beyond chance is no progress: a slow one adds up
 * over the epochs until it is.
 * @param count how many last epochs
 */
export function patienceOf(
  count: number,
  epochs: readonly EpochReading[],
  columns: readonly EpochColumns[],
  { level, math }: Pick<Pairs, 'level' | 'math'>,
  compare: typeof comparePair = comparePair,
): Patience {
  const before = epochs.length - count;
  if (before < 1) {
    const text = `Patience: ${epochs.length} of the first ${count + 1} epochs.`;
    return { epochs: count, isOver: false, text };
  }
  const cost = ({ loss, accuracy }: EpochReading) => loss ?? -(accuracy ?? Number.NaN);
  let at = 0;
  for (let i = 1; i < before; i++) if (cost(epochs[i]) < cost(epochs[at])) at = i;
  const changes = columns.slice(before).map((column) => {
    const { loss, second } = compare(columns[at], column, math);
    return loss ?? { ...second, mean: -second.mean };
  });
  const corrected = holm(changes.map(({ pValue }) => pValue));
  const better = changes.findIndex(({ mean }, i) => mean < 0 && corrected[i] <= level);
  const { epoch, source } = epochs[at];
  const facts = { epochs: count, best: { epoch, source }, isOver: better < 0 };
  const text =
    better < 0
      ? `Patience is over: none of the last ${count} epochs (${epochs[before].epoch} to ${epochs[epochs.length - 1].epoch}) is better than epoch ${epoch} beyond chance. Keep epoch ${epoch}, ${quote(source)}.`
      : `Patience: epoch ${epochs[before + better].epoch} is better than epoch ${epoch} beyond chance.`;
  return { ...facts, text };
}
