/** Three answers to "which epoch is best", and what each costs by the others' measure. */

import type { BestEpoch, EpochReading } from '../types/epochs.js';

/** The epoch of lowest loss, of highest accuracy and of lowest refinement; of equal ones the first. */
export function bestEpochs(epochs: readonly EpochReading[]): BestEpoch[] {
  const measures = {
    loss: ({ loss }: EpochReading) => loss,
    accuracy: ({ accuracy }: EpochReading) => -accuracy,
    refinement: ({ refinement }: EpochReading) => refinement.crossFitted,
  };
  const best = (measure: (epoch: EpochReading) => number) =>
    epochs.reduce((first, epoch) => (measure(epoch) < measure(first) ? epoch : first));
  const least = {
    loss: measures.loss(best(measures.loss)),
    accuracy: measures.accuracy(best(measures.accuracy)),
    refinement: measures.refinement(best(measures.refinement)),
  };
  return (Object.keys(measures) as (keyof typeof measures)[]).map((by) => {
    const chosen = best(measures[by]);
    return {
      by,
      epoch: chosen.epoch,
      source: chosen.source,
      loss: chosen.loss,
      accuracy: chosen.accuracy,
      refinement: chosen.refinement.crossFitted,
      cost: {
        loss: measures.loss(chosen) - least.loss,
        accuracy: measures.accuracy(chosen) - least.accuracy,
        refinement: measures.refinement(chosen) - least.refinement,
      },
    };
  });
}
